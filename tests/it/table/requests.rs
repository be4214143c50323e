//! Login requests: opened, requested anew, tried, turned into tickets.

use shared::error::Error;
use shared::login::request::{CodeRequested, RequestId};
use shared::text::Language;
use tests::dump::{number, string};

use super::{CODE, Fixture, at_once, code, id, random, token};

impl Fixture {
    async fn resend_code(self, request: RequestId) -> Result<CodeRequested, Error> {
        self.table.resend_code(&request, Language::En, self.stack.now()).await
    }

    async fn take_attempt(self, request: RequestId) -> Option<Error> {
        self.table.take_attempt(&request, self.stack.now(), &mut random()).await.err()
    }
}

#[tokio::test]
async fn a_request_is_opened_and_counted_together() {
    let fixture = Fixture::new().await;
    let cookie = token();
    let answer = fixture.open(&cookie).await.unwrap();
    assert_eq!((answer.expires_in, answer.resend_in), (600, 30));
    let request = fixture.request(&cookie).await.unwrap();
    assert_eq!((string(&request, "state"), number(&request, "attempts")), ("requested", 0));
    assert_eq!(string(&request, "untried"), "yes", "no code was tried yet");
    assert_eq!(number(&request, "expires_at"), fixture.stack.now().secs() + 900);
    assert!(!request.contains_key("code_expires_at"), "there is no code yet");
    assert_eq!(number(fixture.stack.dump().await.only("IP#"), "count"), 1);
}

#[tokio::test]
async fn a_refused_request_is_not_opened() {
    let fixture = Fixture::new().await;
    for _ in 0..20 {
        fixture.open(&token()).await.unwrap();
    }
    let before = fixture.stack.dump().await;
    assert!(matches!(fixture.open(&token()).await, Err(Error::TooManyRequests { retry_after: 900 })));
    assert_eq!(fixture.stack.dump().await, before, "a refused code request leaves nothing behind");
    assert!(fixture.open_from(&token(), None, "198.18.0.2").await.is_ok(), "another address has its own quota");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_holds_when_everybody_requests_at_once() {
    let fixture = Fixture::new().await;
    let opened = at_once((0..60).map(|_| {
        let fixture = fixture.clone();
        async move { fixture.open(&token()).await.is_ok() }
    }))
    .await;
    let dump = fixture.stack.dump().await;
    assert_eq!(opened.iter().filter(|opened| **opened).count(), 20);
    assert_eq!((dump.all("REQUEST#").len(), number(dump.only("IP#"), "count")), (20, 20));
}

#[tokio::test]
async fn opening_replaces_what_the_browser_had_and_nothing_else() {
    let fixture = Fixture::new().await;
    let (old, other, new) = (fixture.send().await, token(), token());
    fixture.open(&other).await.unwrap();
    fixture.open_from(&new, Some(&id(&old)), "198.18.0.1").await.unwrap();
    assert!(fixture.request(&old).await.is_none());
    assert!(fixture.request(&other).await.is_some() && fixture.request(&new).await.is_some());
    fixture.open_from(&token(), Some(&id(&old)), "198.18.0.1").await.expect("a request that is gone can be replaced");
}

#[tokio::test]
async fn resending_opens_the_request_anew_and_keeps_its_count() {
    let fixture = Fixture::new().await;
    let cookie = fixture.send().await;
    fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
    let tried = fixture.request(&cookie).await.unwrap();
    assert!(!tried.contains_key("untried"), "a guess leaves what a code request wrote");
    let hash = tried["code_hash"].clone();
    fixture.stack.advance(30);
    let answer = fixture.table.resend_code(&id(&cookie), Language::En, fixture.stack.now()).await.unwrap();
    assert_eq!((answer.expires_in, answer.resend_in), (600, 60));
    let request = fixture.request(&cookie).await.unwrap();
    assert_eq!(
        (string(&request, "state"), number(&request, "attempts"), number(&request, "code_requests")),
        ("requested", 1, 2)
    );
    assert_eq!(string(&request, "untried"), "yes", "the filter of the stream lets no new job through");
    assert_eq!(request["code_hash"], hash, "a code that is not replaced yet is good");
    assert_eq!(number(&request, "expires_at"), fixture.stack.now().secs() + 870, "the request got longer");
}

#[tokio::test]
async fn resending_is_refused_too_early_too_late_and_after_the_end() {
    let fixture = Fixture::new().await;
    let resend = |cookie| fixture.clone().resend_code(cookie);
    assert!(matches!(resend(id(&token())).await, Err(Error::NoLoginRequest)));

    let cookie = fixture.send().await;
    fixture.stack.advance(29);
    assert!(matches!(resend(id(&cookie)).await, Err(Error::TooManyRequests { retry_after: 1 })));
    fixture.stack.advance(871);
    assert!(matches!(resend(id(&cookie)).await, Err(Error::NoLoginRequest)), "after fifteen minutes");

    let (ticket, verified) = fixture.verified().await;
    fixture.offer(&verified).await.unwrap();
    fixture.stack.advance(30);
    assert!(matches!(resend(id(&ticket)).await, Err(Error::NoLoginRequest)), "a ticket is no login request");
}

#[tokio::test]
async fn resending_is_refused_when_the_attempts_are_used_up() {
    let fixture = Fixture::new().await;
    let cookie = fixture.send().await;
    for _ in 0..3 {
        fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
    }
    fixture.stack.advance(30);
    assert!(matches!(
        fixture.table.resend_code(&id(&cookie), Language::En, fixture.stack.now()).await,
        Err(Error::NoLoginRequest)
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_resends_in_one_second_are_one() {
    let fixture = Fixture::new().await;
    let cookie = fixture.send().await;
    fixture.stack.advance(30);
    let (name, now) = (id(&cookie), fixture.stack.now());
    let answers = at_once((0..50).map(|_| {
        let (table, name) = (fixture.table.clone(), name.clone());
        async move { table.resend_code(&name, Language::En, now).await.is_ok() }
    }))
    .await;
    assert!(answers.iter().all(|answer| *answer));
    assert_eq!(number(&fixture.request(&cookie).await.unwrap(), "code_requests"), 2);
}

#[tokio::test]
async fn an_attempt_is_counted_before_its_hash_is_given_out() {
    let fixture = Fixture::new().await;
    let cookie = fixture.send().await;
    for count in 1..=3 {
        let attempt = fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
        assert_eq!(number(&fixture.request(&cookie).await.unwrap(), "attempts"), count);
        let left = u8::try_from(3 - count).unwrap();
        let refused = attempt
            .resolve(&fixture.keys)
            .unwrap()
            .check(&code("999999"), &fixture.code_keys)
            .err()
            .expect("a wrong code");
        assert!(matches!(refused, Error::WrongCode { attempts_left, .. } if attempts_left == left));
    }
    let refused = fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await;
    assert!(matches!(refused, Err(Error::LoginRequestOver)));
    assert_eq!(number(&fixture.request(&cookie).await.unwrap(), "attempts"), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_attempts_at_once_are_three() {
    let fixture = Fixture::new().await;
    let cookie = fixture.send().await;
    let (name, now) = (id(&cookie), fixture.stack.now());
    let taken = at_once((0..100).map(|_| {
        let (table, name) = (fixture.table.clone(), name.clone());
        async move { table.take_attempt(&name, now, &mut random()).await.is_ok() }
    }))
    .await;
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 3);
    assert_eq!(number(&fixture.request(&cookie).await.unwrap(), "attempts"), 3);
}

/// A guess costs the same whether a code was sent or not, and is wrong (I-05).
#[tokio::test]
async fn an_attempt_is_taken_before_a_code_is_sent_and_cannot_be_right() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let attempt = fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
    assert_eq!(number(&fixture.request(&cookie).await.unwrap(), "attempts"), 1);
    assert!(matches!(
        attempt.resolve(&fixture.keys).unwrap().check(&code(CODE), &fixture.code_keys),
        Err(Error::WrongCode { attempts_left: 2, is_failure: false })
    ));
}

#[tokio::test]
async fn no_attempt_is_taken_without_a_request_or_after_its_end() {
    let fixture = Fixture::new().await;
    let take = |cookie| fixture.clone().take_attempt(cookie);
    assert!(matches!(take(id(&token())).await, Some(Error::LoginRequestOver)), "no request");

    let cookie = fixture.send().await;
    fixture.stack.advance(600);
    assert!(matches!(take(id(&cookie)).await, Some(Error::LoginRequestOver)), "the code is dead");
    assert_eq!(number(&fixture.request(&cookie).await.unwrap(), "attempts"), 0);
}

/// A code request that brings no message neither kills the code of before nor lengthens its life; and the time in which
/// codes may be tried is that of a code request that brings one, so that nobody can tell the two apart (E-05, G-07).
#[tokio::test]
async fn the_code_of_before_lives_its_own_life_until_a_new_one_is_sent() {
    let fixture = Fixture::new().await;
    let cookie = fixture.send().await;
    fixture.stack.advance(599);
    fixture.table.resend_code(&id(&cookie), Language::En, fixture.stack.now()).await.unwrap();
    fixture.verify(&cookie).await;
    fixture.stack.advance(1);
    let attempt = fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
    assert!(matches!(
        attempt.resolve(&fixture.keys).unwrap().check(&code(CODE), &fixture.code_keys),
        Err(Error::WrongCode { attempts_left: 1, is_failure: false })
    ));
    fixture.send_again(&cookie).await;
    fixture.verify(&cookie).await;
}

#[tokio::test]
async fn a_proof_becomes_a_ticket_once_and_again_for_the_same_browser() {
    let fixture = Fixture::new().await;
    let (cookie, verified) = fixture.verified().await;
    assert!(matches!(fixture.ticket(&cookie).await, Err(Error::NotVerified)), "no ticket yet");
    fixture.offer(&verified).await.unwrap();
    fixture.offer(&verified).await.expect("the same browser with the same code");
    assert!(fixture.ticket(&cookie).await.is_ok());
    fixture.verify(&cookie).await;
    let wrong = fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
    assert!(
        wrong.resolve(&fixture.keys).unwrap().check(&code("999999"), &fixture.code_keys).is_err(),
        "a ticket makes no code right"
    );
    let refused = fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await;
    assert!(matches!(refused, Err(Error::LoginRequestOver)), "a ticket brings no attempts");
    fixture.stack.advance(900);
    assert!(matches!(fixture.ticket(&cookie).await, Err(Error::NotVerified)), "a ticket ends");
}

#[tokio::test]
async fn a_proof_of_one_of_the_newest_two_codes_is_a_ticket() {
    for (newer, is_ticket) in [(0, true), (1, true), (2, false)] {
        let fixture = Fixture::new().await;
        let (cookie, verified) = fixture.verified().await;
        for text in 0..newer {
            fixture.stack.advance(30 << text);
            fixture.table.resend_code(&id(&cookie), Language::En, fixture.stack.now()).await.unwrap();
            fixture.send_again(&cookie).await;
        }
        let ticket = fixture.offer(&verified).await;
        assert_eq!(ticket.is_ok(), is_ticket, "{newer} texts later");
        let state = if is_ticket { "ticket" } else { "sent" };
        assert_eq!(string(&fixture.request(&cookie).await.unwrap(), "state"), state);
    }
}

#[tokio::test]
async fn a_proof_after_the_end_is_no_ticket() {
    let fixture = Fixture::new().await;
    let (_, verified) = fixture.verified().await;
    fixture.stack.advance(900);
    assert!(matches!(fixture.offer(&verified).await, Err(Error::LoginRequestOver)));
}

#[tokio::test]
async fn a_dropped_request_is_gone() {
    let fixture = Fixture::new().await;
    let cookie = fixture.send().await;
    fixture.table.drop_request(&id(&cookie)).await.unwrap();
    assert!(fixture.request(&cookie).await.is_none());
    fixture.table.drop_request(&id(&cookie)).await.expect("nothing is left to drop");
    let refused = fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await;
    assert!(matches!(refused, Err(Error::LoginRequestOver)));
    assert!(fixture.request(&cookie).await.is_none(), "an update made a request out of nothing");
}
