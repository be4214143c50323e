//! Owners, users, signing in and registering.

use shared::error::Error;
use shared::login::device::MAX_DEVICES;
use shared::login::session::SignIn;
use shared::store::accounts::{RegisterOutcome, SignInOutcome};
use shared::text::Language;
use tests::dump::{number, string};

use super::{Fixture, at_once, id, user};

#[tokio::test]
async fn a_ticket_registers_owner_user_session_and_device_together() {
    let fixture = Fixture::new().await;
    let (cookie, verified) = fixture.verified().await;
    fixture.offer(&verified).await.unwrap();
    let ticket = fixture.ticket(&cookie).await.unwrap();
    assert!(fixture.owner().await.is_none());

    let ada = user("Ada");
    let sign_in = fixture.sign_in(&ada);
    let done = fixture.table.register(&ticket, &sign_in).await.unwrap();
    assert_eq!(done, RegisterOutcome::Done);
    let dump = fixture.stack.dump().await;
    let mut kinds = dump.without(&["IP#", "QUOTA#"]).kinds();
    kinds.sort();
    let expected = ["NUMBER/OWNER", "REQUEST/REQUEST", "SESSION/SESSION", "THROTTLE/UNRECOGNIZED", "USER/PROFILE"];
    assert_eq!(kinds, expected);
    let throttle = dump.only("THROTTLE#");
    assert_eq!(
        (number(throttle, "backoff_step"), number(throttle, "unverified")),
        (0, 0),
        "the login takes its own step back"
    );
    assert_eq!(fixture.owner().await, Some(ada));

    let again = fixture.table.register(&ticket, &fixture.sign_in(&user("Eve"))).await.unwrap();
    assert_eq!(again, RegisterOutcome::Before, "a ticket is used once");
    assert_eq!(fixture.stack.dump().await, dump);
}

/// Requirement A-06.
#[tokio::test]
async fn a_number_with_an_owner_is_not_registered_again() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("Ada").await;
    let (cookie, verified) = fixture.verified().await;
    fixture.offer(&verified).await.unwrap();
    let ticket = fixture.ticket(&cookie).await.unwrap();
    let before = fixture.stack.dump().await;
    let taken = fixture.table.register(&ticket, &fixture.sign_in(&user("Eve"))).await.unwrap();
    assert_eq!(taken, RegisterOutcome::NumberTaken);
    assert_eq!(fixture.stack.dump().await, before, "half a registration was written");

    assert_eq!(fixture.owner().await.as_ref(), Some(&ada));
}

#[tokio::test]
async fn a_ticket_that_ended_registers_nobody() {
    let fixture = Fixture::new().await;
    let (cookie, verified) = fixture.verified().await;
    fixture.offer(&verified).await.unwrap();
    let ticket = fixture.ticket(&cookie).await.unwrap();
    fixture.stack.advance(900);
    let before = fixture.stack.dump().await;
    let refused = fixture.table.register(&ticket, &fixture.sign_in(&user("Ada"))).await;
    assert!(matches!(refused, Err(Error::NotVerified)));
    assert_eq!(fixture.stack.dump().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_used_many_times_at_once_registers_once() {
    let fixture = Fixture::new().await;
    let (cookie, verified) = fixture.verified().await;
    fixture.offer(&verified).await.unwrap();
    let name = id(&cookie);
    let done = at_once((0..30).map(|_| {
        let (fixture, name) = (fixture.clone(), name.clone());
        async move {
            let Ok(ticket) = fixture.table.ticket(&name, &fixture.code_keys, fixture.stack.now()).await else {
                return false;
            };
            let done = fixture.table.register(&ticket, &fixture.sign_in(&user("Ada"))).await;
            done.is_ok_and(|done| done == RegisterOutcome::Done)
        }
    }))
    .await;
    assert_eq!(done.iter().filter(|done| **done).count(), 1);
    let dump = fixture.stack.dump().await;
    assert_eq!((dump.all("NUMBER#").len(), dump.all("SESSION#").len()), (1, 1));
}

#[tokio::test]
async fn a_proof_signs_in_once() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("Ada").await;
    let (cookie, verified) = fixture.verified().await;
    let sign_in = fixture.sign_in(&ada);
    assert_eq!(fixture.table.sign_in(&verified, &sign_in).await.unwrap(), SignInOutcome::Done);
    assert_eq!(string(&fixture.request(&cookie).await.unwrap(), "state"), "signed-in");
    let before = fixture.stack.dump().await;
    assert_eq!(before.all("SESSION#").len(), 2);
    let again = fixture.signs_in(&verified, &ada).await.unwrap();
    assert_eq!(again, SignInOutcome::Before(sign_in.seed), "the first one's seed");
    let refused = fixture.offer(&verified).await;
    assert!(matches!(refused, Err(Error::LoginRequestOver)), "a code that signed in registers nobody");
    assert_eq!(fixture.stack.dump().await, before, "the second login left something behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_used_many_times_at_once_signs_in_once() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("Ada").await;
    let cookie = fixture.send().await;
    let mut logins = Vec::new();
    for _ in 0..3 {
        let (fixture, verified, ada) = (fixture.clone(), fixture.verify(&cookie).await, ada.clone());
        logins.push(async move { fixture.signs_in(&verified, &ada).await });
    }
    let logins = at_once(logins).await;
    let done = logins.iter().filter(|login| matches!(login, Ok(SignInOutcome::Done)));
    assert_eq!(done.count(), 1);
    assert_eq!(fixture.stack.dump().await.all("SESSION#").len(), 2);
}

#[tokio::test]
async fn a_proof_of_a_code_that_was_replaced_signs_nobody_in() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("Ada").await;
    let (cookie, verified) = fixture.verified().await;
    // Two texts later: the newest two codes are kept.
    for text in 0..2 {
        fixture.stack.advance(30 << text);
        fixture.table.resend_code(&id(&cookie), Language::En, fixture.stack.now()).await.unwrap();
        fixture.send_again(&cookie).await;
    }
    let refused = fixture.signs_in(&verified, &ada).await;
    assert!(matches!(refused, Err(Error::LoginRequestOver)));
    assert_eq!(fixture.stack.dump().await.all("SESSION#").len(), 1);
}

#[tokio::test]
async fn a_proof_after_the_end_signs_nobody_in() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("Ada").await;
    let (_, verified) = fixture.verified().await;
    fixture.stack.advance(900);
    let refused = fixture.signs_in(&verified, &ada).await;
    assert!(matches!(refused, Err(Error::LoginRequestOver)));
}

#[tokio::test]
async fn a_login_takes_the_place_of_what_the_browser_had() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("Ada").await;
    let mut former: Option<SignIn> = None;
    for _ in 0..3 {
        fixture.stack.advance(30);
        let (_, verified) = fixture.verified().await;
        let mut sign_in = fixture.sign_in(&ada);
        if let Some(former) = former {
            sign_in.former_session = Some(former.session.id);
            sign_in.rotation.forgotten = vec![former.rotation.new];
        }
        fixture.table.sign_in(&verified, &sign_in).await.unwrap();
        former = Some(sign_in);
        let sessions = fixture.stack.dump().await.all("SESSION#").len();
        assert_eq!((sessions, devices(&fixture).await), (2, 2), "the registration's, and the newest");
    }
}

#[tokio::test]
async fn nobody_signs_in_to_an_account_that_is_not_the_numbers() {
    let fixture = Fixture::new().await;
    fixture.register("Ada").await;
    let (_, verified) = fixture.verified().await;
    let before = fixture.stack.dump().await;
    assert!(matches!(fixture.signs_in(&verified, &user("Eve")).await, Err(Error::LoginRequestOver)));
    assert_eq!(fixture.stack.dump().await, before);
}

/// However many browsers sign in, ten are recognized, the newest (C-15).
#[tokio::test]
async fn an_account_has_ten_devices() {
    let stack = tests::stack::Stack::new().await;
    let mut browsers = Vec::new();
    for _ in 0..MAX_DEVICES + 2 {
        let mut browser = stack.browser();
        browser.sign_in(tests::phones::ADA).await;
        browsers.push(browser);
        stack.advance(60);
    }
    let owner = stack.dump().await.only("NUMBER#").clone();
    assert_eq!(owner["devices"].as_m().unwrap().len(), MAX_DEVICES);
}

async fn devices(fixture: &Fixture) -> usize {
    fixture.stack.dump().await.only("NUMBER#")["devices"].as_m().unwrap().len()
}
