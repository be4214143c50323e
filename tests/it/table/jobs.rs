//! Send jobs: read, reserved, given back.

use shared::error::Error;
use shared::login::code::CodeHash;
use shared::sending::decision::Reason;
use shared::sending::job::SendJob;
use shared::sending::throttle::Throttle;
use shared::store::jobs::{CommitOutcome, Reservation, send_job};
use shared::text::Language;
use shared::token::Token;
use tests::dump::{number, string};

use super::{Fixture, at_once, code, id, random, token};

#[tokio::test]
async fn a_job_is_reserved_once() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let job = fixture.job(&cookie).await;
    let reservation = fixture.reservation(&job).await;
    assert_eq!(fixture.reserve(&job, &reservation).await.unwrap(), CommitOutcome::Committed);
    let request = fixture.request(&cookie).await.unwrap();
    assert_eq!((string(&request, "state"), number(&request, "sends")), ("sent", 1));
    assert_eq!(number(&request, "code_expires_at"), fixture.stack.now().secs() + 600);
    let throttle_item = fixture.stack.dump().await.only("THROTTLE#").clone();
    assert_eq!((number(&throttle_item, "backoff_step"), number(&throttle_item, "unverified")), (1, 1));

    assert_eq!(fixture.reserve(&job, &reservation).await.unwrap(), CommitOutcome::AlreadyTaken);
    assert_eq!(fixture.request(&cookie).await.unwrap(), request, "the second delivery changed the request");
    assert_eq!(*fixture.stack.dump().await.only("THROTTLE#"), throttle_item, "the second delivery moved the throttle");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_comes_many_times_at_once_is_reserved_once() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let mut outcomes = Vec::new();
    for _ in 0..20 {
        let job = fixture.job(&cookie).await;
        let reservation = fixture.reservation(&job).await;
        let fixture = fixture.clone();
        outcomes.push(async move { fixture.reserve(&job, &reservation).await.unwrap() });
    }
    let outcomes = at_once(outcomes).await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == CommitOutcome::Committed).count(), 1, "{outcomes:?}");
    assert_eq!(number(fixture.stack.dump().await.only("THROTTLE#"), "backoff_step"), 1);
}

#[tokio::test]
async fn a_throttle_that_moved_refuses_the_reservation_and_the_throttle_waits() {
    let fixture = Fixture::new().await;
    let (one, two) = (token(), token());
    fixture.open(&one).await.unwrap();
    fixture.open(&two).await.unwrap();
    let (first, second) = (fixture.job(&one).await, fixture.job(&two).await);
    let as_it_was = fixture.reservation(&second).await;
    let reservation = fixture.reservation(&first).await;
    assert_eq!(fixture.reserve(&first, &reservation).await.unwrap(), CommitOutcome::Committed);
    let before = fixture.stack.dump().await;
    assert_eq!(fixture.reserve(&second, &as_it_was).await.unwrap(), CommitOutcome::Conflict);
    assert_eq!(fixture.stack.dump().await, before, "half a reservation was written");

    assert_eq!(fixture.outcome(&second).await, Err(Reason::Backoff));
}

#[tokio::test]
async fn only_the_newest_code_request_is_reserved() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let old = fixture.job(&cookie).await;
    fixture.stack.advance(30);
    fixture.table.resend_code(&id(&cookie), Language::En, fixture.stack.now()).await.unwrap();
    let reservation = fixture.reservation(&old).await;
    assert_eq!(fixture.reserve(&old, &reservation).await.unwrap(), CommitOutcome::AlreadyTaken);
    let newest = fixture.job(&cookie).await;
    let reservation = fixture.reservation(&newest).await;
    assert_eq!(fixture.reserve(&newest, &reservation).await.unwrap(), CommitOutcome::Committed);
}

#[tokio::test]
async fn a_request_that_is_gone_is_not_reserved() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let job = fixture.job(&cookie).await;
    fixture.table.drop_request(&id(&cookie)).await.unwrap();
    let reservation = fixture.reservation(&job).await;
    assert_eq!(fixture.reserve(&job, &reservation).await.unwrap(), CommitOutcome::AlreadyTaken);
    assert!(fixture.request(&cookie).await.is_none(), "the reservation made a request out of nothing");
}

#[tokio::test]
async fn an_undelivered_send_gives_its_step_back_once_and_verifies_nothing() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let (job, reservation, hash, decoy_hash) = reserved(&fixture, &cookie).await;
    for _ in 0..3 {
        fixture.table.release(&job, &reservation, &hash, &decoy_hash).await.unwrap();
        let request = fixture.request(&cookie).await.unwrap();
        assert_eq!((string(&request, "state"), number(&request, "sends")), ("undelivered", 0));
        let throttle = fixture.stack.dump().await.only("THROTTLE#").clone();
        assert_eq!((number(&throttle, "backoff_step"), number(&throttle, "unverified")), (0, 0));
    }
    let attempt = fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
    assert!(
        attempt.resolve(&fixture.keys).unwrap().check(&code("123456"), &fixture.code_keys).is_err(),
        "the code that nobody got was right"
    );

    fixture.stack.advance(30);
    fixture.table.resend_code(&id(&cookie), Language::En, fixture.stack.now()).await.expect("it can be resent");
    fixture.send_again(&cookie).await;
    fixture.verify(&cookie).await;
}

/// A second text that SNS refuses leaves the first one's code as it was, guessed at or not; the next text is one more.
#[tokio::test]
async fn an_undelivered_send_leaves_the_code_before_it() {
    for is_guessed_at in [false, true] {
        let fixture = Fixture::new().await;
        let cookie = fixture.send().await;
        let before = fixture.request(&cookie).await.unwrap();
        fixture.stack.advance(30);
        fixture.table.resend_code(&id(&cookie), Language::En, fixture.stack.now()).await.unwrap();
        let (job, reservation, hash, decoy_hash) = reserved(&fixture, &cookie).await;
        assert_eq!(fixture.request(&cookie).await.unwrap()["older_hash"], before["code_hash"]);
        if is_guessed_at {
            fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
        }
        for _ in 0..2 {
            fixture.table.release(&job, &reservation, &hash, &decoy_hash).await.unwrap();
            let after = fixture.request(&cookie).await.unwrap();
            assert_eq!(
                (string(&after, "state"), number(&after, "sends")),
                ("undelivered", 1 + i64::from(is_guessed_at))
            );
            assert_eq!(after["code_hash"], before["code_hash"]);
            assert_eq!(after["code_expires_at"], before["code_expires_at"]);
            assert!(!after.contains_key("older_hash"));
        }
        fixture.stack.advance(60);
        fixture.table.resend_code(&id(&cookie), Language::En, fixture.stack.now()).await.unwrap();
        fixture.send_again(&cookie).await;
        assert_eq!(fixture.request(&cookie).await.unwrap()["older_hash"], before["code_hash"]);
    }
}

/// Between the reservation and the refusal of SNS the code can be guessed at. Such a guess is paid for: the step stays,
/// or a number that cannot be reached would mean free guesses for ever (G-04).
#[tokio::test]
async fn a_send_that_was_guessed_at_does_not_give_its_step_back() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let (job, reservation, hash, decoy_hash) = reserved(&fixture, &cookie).await;
    fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
    let throttle = fixture.stack.dump().await.only("THROTTLE#").clone();
    fixture.table.release(&job, &reservation, &hash, &decoy_hash).await.unwrap();
    let request = fixture.request(&cookie).await.unwrap();
    assert_eq!((string(&request, "state"), number(&request, "sends")), ("undelivered", 1));
    assert_eq!(*fixture.stack.dump().await.only("THROTTLE#"), throttle);
    let attempt = fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
    assert!(
        attempt.resolve(&fixture.keys).unwrap().check(&code("123456"), &fixture.code_keys).is_err(),
        "the code that nobody got was right"
    );
}

/// A guess that was made before anything was sent is no guess at the code.
#[tokio::test]
async fn a_guess_before_the_send_does_not_keep_its_step() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
    let (job, reservation, hash, decoy_hash) = reserved(&fixture, &cookie).await;
    fixture.table.release(&job, &reservation, &hash, &decoy_hash).await.unwrap();
    assert_eq!(number(fixture.stack.dump().await.only("THROTTLE#"), "backoff_step"), 0);
}

#[tokio::test]
async fn a_send_that_was_used_after_all_is_not_given_back() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("Ada").await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let (job, reservation, hash, decoy_hash) = reserved(&fixture, &cookie).await;
    let verified = fixture.verify(&cookie).await;
    fixture.signs_in(&verified, &ada).await.unwrap();
    let before = fixture.stack.dump().await;
    fixture.table.release(&job, &reservation, &hash, &decoy_hash).await.unwrap();
    assert_eq!(fixture.stack.dump().await, before);
}

/// A throttle that an operator deleted, to let a number in again, comes back as one that was never used.
#[tokio::test]
async fn a_login_in_a_deleted_throttle_leaves_one_that_can_be_read() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("Ada").await;
    let (_, verified) = fixture.verified().await;
    let throttle = fixture.stack.dump().await.only("THROTTLE#").clone();
    let delete = fixture.stack.dynamodb().delete_item().table_name(fixture.stack.table_name());
    delete.key("pk", throttle["pk"].clone()).key("sk", throttle["sk"].clone()).send().await.unwrap();
    fixture.signs_in(&verified, &ada).await.unwrap();
    fixture.send().await;
}

/// The expressions that move a throttle do what the pure functions say.
#[tokio::test]
async fn expressions_and_pure_functions_move_a_throttle_alike() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("Ada").await;
    fixture.send().await;
    fixture.stack.advance(30);
    let (_, verified) = fixture.verified().await;
    let before = throttle(&fixture).await;
    fixture.signs_in(&verified, &ada).await.unwrap();
    assert_eq!(throttle(&fixture).await, before.logged_in(1));

    fixture.stack.advance(60);
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let (job, reservation, hash, decoy_hash) = reserved(&fixture, &cookie).await;
    let before = throttle(&fixture).await;
    fixture.table.release(&job, &reservation, &hash, &decoy_hash).await.unwrap();
    assert_eq!(throttle(&fixture).await, before.send_failed());
}

async fn throttle(fixture: &Fixture) -> Throttle {
    let item = fixture.stack.dump().await.only("THROTTLE#").clone();
    let count = |name| u32::try_from(number(&item, name)).unwrap();
    Throttle {
        backoff_step: count("backoff_step"),
        unverified: count("unverified"),
        last_send: number(&item, "last_send"),
        sent_that_day: count("sent_that_day"),
        last_unverified: item.get("last_unverified").map(|_| number(&item, "last_unverified")),
    }
}

/// A job with its reservation, and what releasing it takes.
async fn reserved(fixture: &Fixture, cookie: &Token) -> (SendJob, Reservation, CodeHash, CodeHash) {
    let job = fixture.job(cookie).await;
    let reservation = fixture.reservation(&job).await;
    let hash = fixture.hash(&job);
    assert_eq!(fixture.table.reserve(&job, &reservation, &hash).await.unwrap(), CommitOutcome::Committed);
    (job, reservation, hash, CodeHash::decoy(&mut random()))
}

#[tokio::test]
async fn what_is_no_request_is_no_job() {
    let fixture = Fixture::new().await;
    let cookie = fixture.send().await;
    let good = fixture.request(&cookie).await.unwrap();
    for attribute in ["pk", "state", "number_id", "sealed_number", "requested_at", "expires_at", "code_requests"] {
        let mut bad = good.clone();
        bad.remove(attribute);
        assert!(matches!(send_job(serde_dynamo::Item::from(bad)), Err(Error::Internal(_))), "without {attribute}");
        let mut bad = good.clone();
        bad.insert(attribute.to_owned(), aws_sdk_dynamodb::types::AttributeValue::Bool(true));
        assert!(matches!(send_job(serde_dynamo::Item::from(bad)), Err(Error::Internal(_))), "with a wrong {attribute}");
    }
    assert!(send_job(serde_dynamo::Item::from(good)).is_ok());
}
