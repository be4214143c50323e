//! Recognized before limited: who signed in in a browser before is not refused for what others at the same address do,
//! and nobody who signs in uses up what the others may start (B-3).

use tests::browser::Browser;
use tests::dump::number;
use tests::phones::{ADA, BEA, of_another_block};
use tests::stack::Stack;

/// An office whose address is used up for the day, by people or by somebody who does not like them: a recognized browser
/// gets its code, for its own number alone (G-09, S-08).
#[tokio::test]
async fn a_recognized_browser_is_not_refused_for_its_neighbours() {
    let stack = Stack::new().await;
    let mut recognized = stack.browser();
    recognized.sign_in(ADA).await;
    recognized.sign_out().await;
    use_up(&stack, &recognized).await;

    let answer = recognized.start(ADA).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    stack.deliver().await;
    let code = stack.newest_code(ADA);
    assert_eq!(recognized.submit(&code).await.json()["next"], "account");

    recognized.forget("__Host-login");
    assert_eq!(recognized.start(BEA).await.problem(), "too-many-requests", "the cookie is of another number");
    let mut stranger = Browser::new(stack.clone(), recognized.address());
    assert_eq!(stranger.start(ADA).await.problem(), "too-many-requests", "a browser without the cookie");
    let own = recognized.cookie("__Host-device").unwrap();
    let (token, mac) = own.split_once('.').unwrap();
    let forged = [token.to_owned(), format!("{token}.{}", "A".repeat(mac.len())), format!("{}.{mac}", "A".repeat(43))];
    for cookie in forged {
        stranger.set_cookie("__Host-device", &cookie);
        assert_eq!(stranger.start(ADA).await.problem(), "too-many-requests", "{cookie}");
    }
}

/// The starts of a recognized browser have the limits of an address, each browser its own (S-08).
#[tokio::test]
async fn a_recognized_browser_has_a_limit_too() {
    let stack = Stack::new().await;
    let (mut one, mut other) = (stack.browser(), stack.browser());
    one.sign_in(ADA).await;
    other.sign_in(BEA).await;
    for _ in 0..20 {
        one.forget("__Host-login");
        assert_eq!(one.start(ADA).await.status, 202);
    }
    one.forget("__Host-login");
    assert_eq!(one.start(ADA).await.problem(), "too-many-requests");
    assert_eq!(other.start(BEA).await.status, 202);
    assert_eq!(Browser::new(stack.clone(), one.address()).start(BEA).await.status, 202, "its address is not used up");
}

/// Twice as many people as an address may start sign in from it within a quarter of an hour, and all get in: a start that
/// a login follows is given back. One that none follows stays counted (S-08).
#[tokio::test]
async fn who_signs_in_does_not_use_up_the_address() {
    let stack = Stack::new().await;
    let address = stack.browser().address();
    for person in 0..40 {
        Browser::new(stack.clone(), address).sign_in(&of_another_block(person)).await;
    }
    for person in 0..20 {
        let answer = Browser::new(stack.clone(), address).start(&of_another_block(100 + person)).await;
        assert_eq!(answer.status, 202, "start {person}");
    }
    let refused = Browser::new(stack.clone(), address).start(&of_another_block(200)).await;
    assert_eq!(refused.problem(), "too-many-requests");
}

/// Whoever has a phone cannot take out what others started at the address: each login takes out its own start, once,
/// also when its answer is repeated and when it requested codes anew (S-08).
#[tokio::test]
async fn a_login_gives_back_its_own_start_and_no_other() {
    let stack = Stack::new().await;
    let address = stack.browser().address();
    for person in 0..10 {
        Browser::new(stack.clone(), address).start(&of_another_block(person)).await;
    }
    for round in 0..5 {
        let mut browser = Browser::new(stack.clone(), address);
        browser.request_code(ADA).await;
        stack.advance(30);
        browser.start(ADA).await;
        stack.deliver().await;
        let (code, before) = (stack.newest_code(ADA), browser.clone());
        let answer = browser.submit(&code).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        if answer.json()["next"] == "register" {
            let before = browser.clone();
            assert_eq!(browser.register("Ada").await.status, 201);
            assert_eq!(before.clone().register("Ada").await.status, 201, "repeated");
        } else {
            assert_eq!(before.clone().submit(&code).await.status, 200, "repeated");
        }
        let dump = stack.dump().await;
        let counts: Vec<_> = dump.all("IP#").into_iter().map(|item| number(item, "count")).collect();
        assert_eq!(counts, [10], "round {round}");
        stack.advance(60);
    }
}

/// On the next day nothing is given back to the day before.
#[tokio::test]
async fn a_login_after_midnight_leaves_the_new_day_alone() {
    let stack = Stack::new().await;
    let to_midnight = 86_400 - stack.now().secs().rem_euclid(86_400);
    stack.advance(to_midnight - 60);
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    stack.advance(120);
    assert_eq!(Browser::new(stack.clone(), browser.address()).start(BEA).await.status, 202);
    browser.submit(&code).await;
    assert_eq!(browser.register("Ada").await.status, 201);
    let dump = stack.dump().await;
    let counts: Vec<_> = dump.all("IP#").into_iter().map(|item| number(item, "count")).collect();
    assert_eq!(counts, [1, 1]);
}

/// Three people share a browser, and each is recognized there; the fourth makes the first one make room (C-15, G-09).
#[tokio::test]
async fn a_browser_recognizes_three_people() {
    let stack = Stack::new().await;
    let mut shared = stack.browser();
    let people: Vec<_> = (0..4).map(of_another_block).collect();
    for person in &people[..3] {
        shared.sign_in(person).await;
        shared.sign_out().await;
    }
    use_up(&stack, &shared).await;
    for person in &people[..3] {
        let answer = shared.sign_in(person).await;
        assert_eq!(answer.json()["next"], "account", "{person}");
        shared.sign_out().await;
    }
    let devices = |browser: &Browser| browser.cookie("__Host-device").unwrap().split('~').count();
    assert_eq!(devices(&shared), 3, "each person once");

    let mut elsewhere = stack.browser();
    elsewhere.set_cookie("__Host-device", shared.cookie("__Host-device").unwrap());
    elsewhere.sign_in(&people[3]).await;
    assert_eq!(devices(&elsewhere), 3);
    use_up(&stack, &elsewhere).await;
    let starts = |person: usize| {
        let (mut browser, number) = (elsewhere.clone(), people[person].clone());
        async move {
            browser.forget("__Host-login");
            browser.start(&number).await.status
        }
    };
    assert_eq!([starts(0).await, starts(1).await, starts(2).await, starts(3).await], [429, 202, 202, 202]);
}

/// A device cookie from before there were MACs goes on for its life: its browser has its throttle. Its next login makes
/// it one with a MAC (C-15).
#[tokio::test]
async fn a_cookie_without_a_mac_goes_on() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    browser.sign_in(ADA).await;
    let old = browser.cookie("__Host-device").unwrap().split_once('.').unwrap().0.to_owned();
    browser.set_cookie("__Host-device", &old);
    // The throttle of unrecognized browsers has no text for the next half minute.
    stack.browser().request_code(ADA).await;
    let texts = stack.texts(ADA).len();
    let code = browser.request_code(ADA).await;
    assert_eq!(stack.texts(ADA).len(), texts + 1);
    assert_eq!(browser.submit(&code).await.json()["next"], "account");
    let new = browser.cookie("__Host-device").unwrap();
    assert!(new.contains('.') && !new.contains('~') && !new.contains(&old), "{new}");
    assert_eq!(stack.dump().await.only("NUMBER#")["devices"].as_m().unwrap().len(), 1, "the old name is gone");
}

/// Lets others use up what the browser's address may start in a day.
async fn use_up(stack: &Stack, browser: &Browser) {
    for quarter in 0..3 {
        for start in 0..20 {
            let mut other = Browser::new(stack.clone(), browser.address());
            other.start(&of_another_block(1_000 + 20 * quarter + start)).await;
        }
        stack.advance(900);
    }
    let refused = Browser::new(stack.clone(), browser.address()).start(&of_another_block(999)).await;
    assert_eq!(refused.problem(), "too-many-requests");
}
