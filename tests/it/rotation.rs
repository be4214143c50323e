//! One root secret takes over from another: first both are known to all functions, then the new one makes new values,
//! and accounts move to it as their people sign in (K-05; docs/operate.md, "Rotate a root secret").

use aws_sdk_dynamodb::types::AttributeValue;
use secrecy::{ExposeSecret, SecretString};
use shared::root_secret::RootSecret;
use shared::time::DAY;
use tests::phones::{ADA, BEA};
use tests::stack::Stack;

use crate::forgery;

/// A request that was opened and answered under the old secret is verified by functions that know both (K-05).
#[tokio::test]
async fn a_login_that_is_under_way_ends_under_the_new_secret() {
    let old = Stack::new().await;
    let new = old.twin_taken_over_by(&new_secret()).await;
    let mut browser = old.browser();
    let code = browser.request_code(ADA).await;
    let mut browser = browser.at(&new);
    assert_eq!(browser.submit(&code).await.json()["next"], "register");
    assert_eq!(browser.register("Ada").await.status, 201);
    assert_eq!(browser.session().await.json()["user"]["name"], "Ada");
    assert_keyed_by(&new, 1).await;
}

/// An account that was made under the old secret is the same one afterwards, is kept under the new secret alone once
/// its person signs in, and knows its browsers as before; then the old secret is not needed any more (K-05).
#[tokio::test]
async fn accounts_move_as_their_people_sign_in() {
    let old = Stack::new().await;
    let mut browser = old.browser();
    let user = browser.sign_in(ADA).await.json()["user"].clone();
    old.advance(3_600);

    let secret = new_secret();
    let both = old.twin_taken_over_by(&secret).await;
    both.deliver().await;
    let mut browser = browser.at(&both);
    assert_eq!(browser.session().await.json()["user"]["id"], user["id"], "sessions need no key");
    assert_eq!(browser.sign_in(ADA).await.json()["user"]["id"], user["id"]);
    assert_keyed_by(&both, 1).await;
    let notices = browser.session().await.json()["security_notices"].clone();
    assert_eq!(notices["new_browsers"], 0, "the browser was known");

    old.advance(3_600);
    let new = both.twin_with_secret(&secret).await;
    new.deliver().await;
    assert_eq!(browser.at(&new).sign_in(ADA).await.json()["user"]["id"], user["id"]);
    assert_eq!(new.dump().await.all("NUMBER#").len(), 1);
}

/// While some functions put the one secret first and some the other, all of them find every account, and two browsers
/// that register one number at the same time make one account.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_of_both_kinds_work_beside_each_other() {
    let secrets = [new_secret(), new_secret()];
    let [first, second] = [both(&secrets[0], &secrets[1]), both(&secrets[1], &secrets[0])];
    for _ in 0..10 {
        let engine = Stack::new().await;
        let one = engine.twin_with_secret(&first).await;
        let two = one.twin_with_secret(&second).await;
        let mut early = one.browser();
        let code = early.request_code(ADA).await;
        assert_eq!(early.submit(&code).await.json()["next"], "register");
        one.advance(600);
        let mut late = two.browser();
        two.deliver().await;
        late.start(ADA).await;
        two.deliver().await;
        let code = two.newest_code(ADA);
        assert_eq!(late.submit(&code).await.json()["next"], "register");
        let (one_answer, two_answer) = tokio::join!(early.register("Ada"), late.register("Ada"));
        let statuses = [one_answer.status, two_answer.status];
        assert!(statuses == [201, 403] || statuses == [403, 201], "{statuses:?}");
        let registered = if one_answer.status == 201 { one_answer } else { two_answer };
        let dump = one.dump().await;
        assert_eq!((dump.all("NUMBER#").len(), dump.all("USER#").len()), (1, 1));
        for stack in [&two, &one, &two] {
            one.advance(4_000);
            let mut browser = early.clone().at(stack);
            browser.start(ADA).await;
            stack.deliver().await;
            let answer = browser.submit(&stack.newest_code(ADA)).await;
            assert_eq!(answer.json()["user"]["id"], registered.json()["user"]["id"], "{answer:?}");
            assert_eq!(stack.dump().await.all("NUMBER#").len(), 1);
        }
    }
}

/// The code secret can be replaced by itself: a code that was sent and a ticket go on, and once the old secret is gone
/// nothing of before is proved by it. Numbers stay what they are (K-05).
#[tokio::test]
async fn the_code_secret_is_replaced_without_the_number_secret() {
    let old = Stack::new().await;
    let (mut coded, mut ticket, mut late) = (old.browser(), old.browser(), old.browser());
    let code = coded.request_code(ADA).await;
    let text = ticket.request_code(BEA).await;
    assert_eq!(ticket.submit(&text).await.json()["next"], "register");
    old.advance(30);
    let stale = late.request_code(BEA).await;

    let secret = new_secret();
    let both = old.twin_with_code_secret(&both(&secret, old.code_secret())).await;
    let mut coded = coded.at(&both);
    assert_eq!(coded.submit(&code).await.json()["next"], "register");
    assert_eq!(ticket.at(&both).register("Bea").await.status, 201);

    let new = both.twin_with_code_secret(&secret).await;
    new.deliver().await;
    assert_eq!(coded.at(&new).register("Ada").await.status, 201, "its ticket is of the new secret");
    assert_eq!(late.at(&new).submit(&stale).await.problem(), "internal");
    assert_eq!(new.dump().await.all("NUMBER#").len(), 2);
}

/// Wrong codes of long ago, which logins have seen, lock nobody when the old order of the secrets comes back after the
/// account moved (G-06).
#[tokio::test]
async fn an_account_that_moved_is_not_locked_where_the_old_order_comes_back() {
    let old = Stack::new().await;
    old.browser().sign_in(ADA).await;
    let seen = || AttributeValue::N("200".to_owned());
    let mut counted =
        forgery::keys(&format!("WRONG_CODES#{}", old.number_keys().number_id(ADA).as_str()), "WRONG_CODES");
    counted.insert("wrong_codes".to_owned(), seen());
    forgery::put(&old, counted).await;
    let mut owner = old.dump().await.only("NUMBER#").clone();
    owner.insert("wrong_codes_seen".to_owned(), seen());
    forgery::put(&old, owner).await;

    let secret = new_secret();
    let new_first = old.twin_taken_over_by(&secret).await;
    new_first.advance(3_600);
    new_first.deliver().await;
    new_first.browser().sign_in(ADA).await;
    assert_keyed_by(&new_first, 1).await;

    let numbers = both(old.secret(), &secret);
    let old_first = new_first.twin_with_number_secret(&numbers).await;
    old_first.advance(86_400);
    old_first.deliver().await;
    let mut unrecognized = old_first.browser();
    let code = unrecognized.request_code(ADA).await;
    assert_eq!(unrecognized.submit(&code).await.json()["next"], "account");
}

/// A number has the retry delay under the new secret that it had under the old one: taking over is no way around a
/// throttle (G-04).
#[tokio::test]
async fn throttles_go_on_under_the_new_secret() {
    let old = Stack::new().await;
    for wait in [0, 30, 60, 120, 240] {
        old.advance(wait);
        old.browser().start(ADA).await;
        old.deliver().await;
    }
    assert_eq!(old.texts(ADA).len(), 5);
    let new = old.twin_taken_over_by(&new_secret()).await;
    new.deliver().await;
    for (wait, texts) in [(300, 0), (179, 0), (1, 1), (900, 1), (60, 2)] {
        new.advance(wait);
        new.browser().start(ADA).await;
        new.deliver().await;
        assert_eq!(new.texts(ADA).len(), texts, "after {wait} s more");
    }
}

/// Failures under the old secret count under the new one, also once the old one is gone: taking over is no way around the
/// lock, and locks nobody out (G-06).
#[tokio::test]
async fn failures_go_on_under_the_new_secret() {
    let old = Stack::new().await;
    let mut owner = old.browser();
    owner.sign_in(ADA).await;
    fail(&old, 60).await;
    let secret = new_secret();
    let both = old.twin_with_secret(&both(&secret, old.secret())).await;
    both.deliver().await;
    fail(&both, 9).await;
    let texts = both.texts(ADA).len();
    fail(&both, 3).await;
    assert_eq!(both.texts(ADA).len(), texts + 1, "69 failures");
    both.browser().start(ADA).await;
    both.deliver().await;
    assert_eq!(both.texts(ADA).len(), texts + 1, "72 failures");

    let mut owner = owner.at(&both);
    owner.sign_in(ADA).await;
    assert_eq!(owner.session().await.json()["security_notices"]["wrong_codes"], 72);
    let new = both.twin_with_secret(&secret).await;
    new.deliver().await;
    fail(&new, 69).await;
    let texts = new.texts(ADA).len();
    fail(&new, 3).await;
    assert_eq!(new.texts(ADA).len(), texts + 1, "69 failures since the login");
    new.browser().start(ADA).await;
    new.deliver().await;
    assert_eq!(new.texts(ADA).len(), texts + 1, "72 failures since the login");
}

/// Types so many wrong codes in new browsers, three for each text.
async fn fail(stack: &Stack, failures: u32) {
    for _ in 0..failures / 3 {
        stack.advance(2 * DAY);
        stack.browser().guess(ADA, 3).await;
    }
    stack.advance(2 * DAY);
}

/// What was made under a secret that is not known any more verifies nothing and opens no account.
#[tokio::test]
async fn a_secret_that_is_gone_opens_nothing() {
    let old = Stack::new().await;
    let mut browser = old.browser();
    let code = browser.request_code(ADA).await;
    let new = old.twin_with_secret(&new_secret()).await;
    let answer = browser.at(&new).submit(&code).await;
    assert_eq!((answer.status, answer.problem().as_str()), (500, "internal"));
    new.deliver().await;
    assert_eq!(new.texts(ADA).len(), 0);
    let mut other = new.browser();
    let code = other.request_code(BEA).await;
    assert_eq!(other.submit(&code).await.json()["next"], "register");
}

fn new_secret() -> SecretString {
    RootSecret::generate(&mut shared::random::source()).to_text()
}

fn both(first: &SecretString, other: &SecretString) -> SecretString {
    SecretString::from(format!("{} {}", first.expose_secret(), other.expose_secret()))
}

/// So many accounts are kept, all of them under the first of the secrets.
async fn assert_keyed_by(stack: &Stack, accounts: usize) {
    let dump = stack.dump().await;
    let prefix = format!("NUMBER#{}.", stack.number_keys().id());
    assert_eq!((dump.all(&prefix).len(), dump.all("NUMBER#").len()), (accounts, accounts));
}
