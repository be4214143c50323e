//! What an unrecognized browser can learn about a number from the answers: nothing.

mod builds;
mod counted;
mod histories;
mod two_worlds;
mod worlds;

use shared::login::user::RegistrationPolicy;
use shared::sending::decision::SendPolicy;
use shared::sending::quota::QuotaLimits;
use tests::browser::{Browser, other_code};
use tests::dump::number;
use tests::phones::{BEA, CEC, mobile};
use tests::proxy::Call;
use tests::stack::{Stack, policy};

/// English, one with signs of its own, and one that is written from right to left and chosen by its region.
const LANGUAGES: [&str; 3] = ["en", "zh-Hans", "ar-EG,ar;q=0.9"];

/// What a number can be; each in a table of its own kind of history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Registered,
    SignedInAMinuteAgo,
    Unregistered,
    Unreachable,
    InItsRetryDelay,
    RequestedTwelveTimes,
    Locked,
    RecognizedOnly,
    Proved,
}

impl Class {
    const ALL: [Self; 9] = [
        Self::Registered,
        Self::SignedInAMinuteAgo,
        Self::Unregistered,
        Self::Unreachable,
        Self::InItsRetryDelay,
        Self::RequestedTwelveTimes,
        Self::Locked,
        Self::RecognizedOnly,
        Self::Proved,
    ];

    /// Makes `phone` such a number.
    async fn prepare(self, stack: &Stack, phone: &str) {
        match self {
            Self::Unregistered => {}
            Self::Registered => {
                stack.browser().sign_in(phone).await;
                stack.advance(100_000);
            }
            Self::SignedInAMinuteAgo => {
                stack.browser().sign_in(phone).await;
                stack.advance(60);
            }
            Self::Unreachable => {
                stack.inbox().refuse_next();
                request_code(stack, phone, 0).await;
                assert!(stack.texts(phone).is_empty());
                stack.inbox().refuse_next();
            }
            Self::InItsRetryDelay => request_code(stack, phone, 1).await,
            Self::RequestedTwelveTimes => {
                for send in 0..12 {
                    request_code(stack, phone, 30 << send).await;
                }
            }
            Self::Locked => {
                stack.browser().sign_in(phone).await;
                for _ in 0..24 {
                    stack.browser().guess(phone, 3).await;
                    stack.advance(2 * 86_400);
                }
                let texts = stack.texts(phone).len();
                request_code(stack, phone, 100_000).await;
                assert_eq!(stack.texts(phone).len(), texts, "the number is not locked");
            }
            Self::RecognizedOnly => {
                let mut owner = stack.browser();
                owner.sign_in(phone).await;
                assert_eq!(owner.lock().await.status, 204);
                stack.advance(100_000);
            }
            Self::Proved => {
                let mut browser = stack.browser();
                let code = browser.request_code(phone).await;
                assert_eq!(browser.submit(&code).await.json()["next"], "register");
            }
        }
    }
}

/// Requesting a code looks the same for every number, and in every language: the bytes of the answer but for the random
/// cookie, and the calls to the table down to their size (E-01, E-03, E-05).
#[tokio::test]
async fn requesting_codes_looks_the_same_for_every_number() {
    let mut seen: Vec<(Class, String, Vec<Call>)> = Vec::new();
    for class in Class::ALL {
        let stack = Stack::watched().await;
        let phone = mobile(7);
        class.prepare(&stack, &phone).await;
        for language in LANGUAGES {
            stack.proxy().forget();
            let answer = stack.browser().in_language(language).start(&phone).await;
            assert_eq!(answer.status, 202, "{class:?}: {answer:?}");
            let cookie = answer.cookie("__Host-login").expect("a login cookie");
            let head =
                answer.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n");
            let bytes = format!("{head}\n{}", answer.text_but_names()).replace(&cookie.value, "[cookie]");
            seen.push((class, format!("{} {bytes}", answer.shape()), stack.proxy().calls()));
        }
    }
    let (_, bytes, calls) = &seen[0];
    assert!(calls.len() == 1 && calls[0].writes(), "one transaction and no reads: {calls:?}");
    for (class, other_bytes, other_calls) in &seen {
        assert_eq!(other_bytes, bytes, "{class:?} can be told from {:?}", seen[0].0);
        assert_eq!(other_calls, calls, "{class:?} is written differently from {:?}", seen[0].0);
    }
}

/// Quotas that are used up and a registration that is closed cannot be seen, whoever has an account: requesting a code,
/// and typing a wrong code, give the same bytes and the same calls to the table (E-01, E-02, E-03, E-05, E-07).
#[tokio::test]
async fn quotas_and_a_closed_registration_cannot_be_seen() {
    let used_up = QuotaLimits { unverified_per_day: 0, ..policy().limits };
    let policies = [
        policy(),
        SendPolicy { limits: used_up, ..policy() },
        SendPolicy { registration: RegistrationPolicy::Closed, ..policy() },
        SendPolicy { registration: RegistrationPolicy::ClosedAfterCode, ..policy() },
    ];
    let mut seen = Vec::new();
    for (policy, has_account) in policies.into_iter().flat_map(|policy| [(policy, false), (policy, true)]) {
        let before = Stack::new().await;
        let phone = mobile(7);
        before.browser().sign_in(if has_account { &phone } else { CEC }).await;
        before.advance(100_000);
        let stack = before.watched_twin_with(policy).await;
        stack.deliver().await;
        stack.proxy().forget();
        let mut browser = stack.browser();
        let requested = browser.start(&phone).await;
        let mut calls = stack.proxy().calls();
        stack.deliver().await;
        stack.proxy().forget();
        let wrong = browser.submit("000000").await;
        calls.extend(stack.proxy().calls());
        let cookie = requested.cookie("__Host-login").expect("a login cookie").value;
        let head =
            requested.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n");
        let bytes = format!("{head}\n{} {wrong:?}", requested.text_but_names()).replace(&cookie, "[cookie]");
        seen.push((bytes, requested.shape(), wrong.shape(), calls));
    }
    assert_eq!(seen[0].2, seen[7].2);
    assert!(seen.iter().all(|other| *other == seen[0]), "{seen:#?}");
}

/// A recognized browser is answered like any other when it requests a code for a number that is not its own (C-15,
/// E-05).
#[tokio::test]
async fn a_device_cookie_tells_nothing_about_other_numbers() {
    let stack = Stack::watched().await;
    let mut browser = stack.browser();
    browser.sign_in(&mobile(0)).await;
    stack.browser().sign_in(&mobile(1)).await;
    stack.advance(3_600);
    let mut seen = Vec::new();
    for phone in [mobile(0), mobile(1), mobile(2)] {
        stack.proxy().forget();
        let answer = browser.clone().start(&phone).await;
        let body = answer.text_but_names().replace(&phone[10..], "[end]");
        seen.push((answer.shape(), body, stack.proxy().calls()));
    }
    assert!(seen.iter().all(|other| *other == seen[0]), "{seen:#?}");
}

/// A caller that made too many code requests is told so alike for every number (E-05).
#[tokio::test]
async fn a_refusal_depends_on_the_caller_alone() {
    let stack = Stack::watched().await;
    Class::Registered.prepare(&stack, BEA).await;
    let browser = stack.browser();
    for _ in 0..20 {
        browser.clone().start(CEC).await;
    }
    let mut answers = Vec::new();
    for phone in [BEA, CEC, &mobile(40)] {
        stack.proxy().forget();
        let answer = browser.clone().start(phone).await;
        assert_eq!(answer.problem(), "too-many-requests");
        answers.push((answer, stack.proxy().calls()));
    }
    assert!(answers.iter().all(|other| *other == answers[0]), "{answers:#?}");
}

/// A number without an account has a throttle like any other: the same calls when its text goes out, and an item of the
/// same form, kept as long (E-06).
#[tokio::test]
async fn a_throttle_is_kept_for_every_number_alike() {
    let mut seen = Vec::new();
    for class in [Class::Registered, Class::Unregistered, Class::Unreachable] {
        let stack = Stack::watched().await;
        let phone = mobile(7);
        class.prepare(&stack, &phone).await;
        stack.inbox().heal();
        stack.proxy().forget();
        request_code(&stack, &phone, 0).await;
        assert!(!stack.texts(&phone).is_empty(), "{class:?}: no text");
        let dump = stack.dump().await;
        let throttle = dump.only("THROTTLE#");
        let mut form: Vec<_> =
            throttle.keys().map(|name| (name.clone(), format!("{:?}", throttle[name]).len())).collect();
        form.sort();
        seen.push((stack.proxy().signatures(), form, number(throttle, "expires_at") - stack.now().secs()));
    }
    assert!(seen.iter().all(|other| *other == seen[0]), "{seen:#?}");
}

/// A code for which no text went out is refused like a wrong code: the same answers, the same calls to the table, the
/// same number of compares, and the same end after three (E-07, I-05; docs/promises.md, "Nobody learns who has an
/// account").
#[tokio::test]
async fn a_code_that_was_not_sent_is_refused_like_a_wrong_one() {
    let sent = wrong_codes(Class::Unregistered).await;
    for class in [Class::Registered, Class::Unreachable, Class::InItsRetryDelay, Class::Locked, Class::RecognizedOnly] {
        assert_eq!(wrong_codes(class).await, sent, "{class:?}");
    }
}

/// What is seen of four wrong codes for a number of this class, typed into a fresh browser.
async fn wrong_codes(class: Class) -> Vec<(String, String, Vec<Call>, u64)> {
    let stack = Stack::watched().await;
    let phone = mobile(7);
    class.prepare(&stack, &phone).await;
    let before = stack.texts(&phone).len();
    let mut browser = stack.browser();
    browser.start(&phone).await;
    stack.deliver().await;
    let sent = stack.texts(&phone).len() > before;
    assert_eq!(sent, matches!(class, Class::Registered | Class::Unregistered), "{class:?}");
    let code = if sent { other_code(&stack.newest_code(&phone), 0) } else { "123456".to_owned() };
    let mut seen = Vec::new();
    for _ in 0..4 {
        stack.proxy().forget();
        let compares = stack.compares();
        let answer = browser.submit(&code).await;
        assert!(answer.status == 401 || answer.status == 410, "{answer:?}");
        seen.push((answer.shape(), answer.text().to_owned(), stack.proxy().calls(), stack.compares() - compares));
    }
    seen
}

/// A code that was not sent never becomes right: not even the one that the number got before (I-05).
#[tokio::test]
async fn a_request_without_a_text_never_verifies() {
    let stack = Stack::new().await;
    let phone = mobile(3);
    let code = stack.browser().request_code(&phone).await;
    let mut waiting = stack.browser();
    waiting.start(&phone).await;
    stack.deliver().await;
    assert_eq!(stack.texts(&phone).len(), 1, "no retry delay");
    for typed in [code.as_str(), "000000", &code] {
        assert_eq!(waiting.submit(typed).await.problem(), "wrong-code");
    }
    assert_eq!(waiting.submit(&code).await.problem(), "login-request-over");
    assert!(stack.dump().await.all("SESSION#").is_empty());
}

/// Before the text goes out nothing verifies, and a guess is what it is afterwards: counted, compared, refused in the
/// same words. So nobody sees from outside when a text goes out, or whether (I-05, E-03, G-17).
#[tokio::test]
async fn a_guess_before_the_text_is_a_guess_like_any_other() {
    let stack = Stack::watched().await;
    let mut seen = Vec::new();
    for delivered in [false, true] {
        let mut browser = stack.browser();
        browser.start(&mobile(3 + u32::from(delivered))).await;
        if delivered {
            stack.deliver().await;
        }
        stack.proxy().forget();
        let compares = stack.compares();
        let mut answers = Vec::new();
        for code in ["000000", "123456", "99999999", "000000"] {
            let answer = browser.submit(code).await;
            answers.push((answer.shape(), answer.text().to_owned()));
        }
        seen.push((answers, stack.proxy().signatures(), stack.compares() - compares));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].2, 3);
}

/// A guess that was made too early is used up, and the code that comes is good.
#[tokio::test]
async fn a_guess_before_the_text_does_not_spoil_the_code() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    browser.start(&mobile(3)).await;
    assert_eq!(browser.submit("000000").await.json()["attempts_left"], 2);
    stack.deliver().await;
    assert_eq!(browser.submit(&stack.newest_code(&mobile(3))).await.status, 200);
}

/// Wrong code, right code: only the person who holds the phone learns whether there is an account (E-02).
#[tokio::test]
async fn only_the_right_code_tells_whether_there_is_an_account() {
    let stack = Stack::new().await;
    stack.browser().sign_in(BEA).await;
    let mut shapes = Vec::new();
    for phone in [BEA, CEC] {
        let mut browser: Browser = stack.browser();
        let code = browser.request_code(phone).await;
        let refused = browser.submit(&other_code(&code, 0)).await;
        shapes.push((refused.shape(), refused.text().to_owned()));
    }
    assert_eq!(shapes[0], shapes[1]);
}

/// Requests a code for `phone` in a fresh browser, has the stream delivered, and lets `then` seconds pass.
async fn request_code(stack: &Stack, phone: &str, then: i64) {
    assert_eq!(stack.browser().start(phone).await.status, 202);
    stack.deliver().await;
    stack.advance(then);
}
