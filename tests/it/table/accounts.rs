//! Owners, users, signing in and registering.

use shared::error::Error;
use shared::table::accounts::Registration;
use tests::dump::number;

use shared::session::SignIn;

use super::{Fixture, at_once, id, user};

#[tokio::test]
async fn a_ticket_registers_owner_user_session_and_device_together() {
    let fixture = Fixture::new().await;
    let (cookie, verified) = fixture.verified().await;
    fixture.table.turn_into_ticket(&verified, fixture.stack.now()).await.unwrap();
    let ticket = fixture.table.ticket(&id(&cookie), fixture.stack.now()).await.unwrap();
    assert!(fixture.table.owner(ticket.proof().number_id()).await.unwrap().is_none());

    let ada = user("Ada");
    let done = fixture.table.register(&ticket, &fixture.sign_in(&ada)).await.unwrap();
    assert_eq!(done, Registration::Done);
    let dump = fixture.stack.dump().await;
    let mut kinds = dump.without(&["ADDRESS#"]).kinds();
    kinds.sort();
    assert_eq!(kinds, ["LANE/STRANGER", "NUMBER/OWNER", "SESSION/SESSION", "USER/DEVICE", "USER/PROFILE"]);
    let lane = dump.only("LANE#");
    assert_eq!((number(lane, "level"), number(lane, "unverified")), (0, 0), "the login takes its own step back");
    assert_eq!(fixture.table.owner(ticket.proof().number_id()).await.unwrap(), Some(ada));

    let again = fixture.table.register(&ticket, &fixture.sign_in(&user("Eve"))).await;
    assert!(matches!(again, Err(Error::NotVerified)), "a ticket is used once");
    assert_eq!(fixture.stack.dump().await, dump);
}

#[tokio::test]
async fn a_number_with_an_owner_is_not_registered_again() {
    let fixture = Fixture::new().await;
    let ada = register(&fixture, "Ada").await;
    fixture.stack.advance(30);
    let (cookie, verified) = fixture.verified().await;
    fixture.table.turn_into_ticket(&verified, fixture.stack.now()).await.unwrap();
    let ticket = fixture.table.ticket(&id(&cookie), fixture.stack.now()).await.unwrap();
    let before = fixture.stack.dump().await;
    let taken = fixture.table.register(&ticket, &fixture.sign_in(&user("Eve"))).await.unwrap();
    assert_eq!(taken, Registration::NumberTaken);
    assert_eq!(fixture.stack.dump().await, before, "half a registration was written");

    let owner = fixture.table.owner(ticket.proof().number_id()).await.unwrap().expect("an owner");
    assert_eq!(owner, ada);
    fixture.table.sign_in(ticket.proof(), &fixture.sign_in(&owner)).await.expect("the ticket signs in instead");
    assert!(fixture.request(&cookie).await.is_none());
}

#[tokio::test]
async fn a_ticket_that_ended_registers_nobody() {
    let fixture = Fixture::new().await;
    let (cookie, verified) = fixture.verified().await;
    fixture.table.turn_into_ticket(&verified, fixture.stack.now()).await.unwrap();
    let ticket = fixture.table.ticket(&id(&cookie), fixture.stack.now()).await.unwrap();
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
    fixture.table.turn_into_ticket(&verified, fixture.stack.now()).await.unwrap();
    let name = id(&cookie);
    let done = at_once((0..30).map(|_| {
        let (fixture, name) = (fixture.clone(), name.clone());
        async move {
            let Ok(ticket) = fixture.table.ticket(&name, fixture.stack.now()).await else { return false };
            let done = fixture.table.register(&ticket, &fixture.sign_in(&user("Ada"))).await;
            done.is_ok_and(|done| done == Registration::Done)
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
    let ada = register(&fixture, "Ada").await;
    fixture.stack.advance(30);
    let (cookie, verified) = fixture.verified().await;
    fixture.table.sign_in(verified.proof(), &fixture.sign_in(&ada)).await.unwrap();
    assert!(fixture.request(&cookie).await.is_none());
    let before = fixture.stack.dump().await;
    assert_eq!(before.all("SESSION#").len(), 2);
    let again = fixture.table.sign_in(verified.proof(), &fixture.sign_in(&ada)).await;
    assert!(matches!(again, Err(Error::LoginRequestOver)));
    assert_eq!(fixture.stack.dump().await, before, "the second login left something behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_used_many_times_at_once_signs_in_once() {
    let fixture = Fixture::new().await;
    let ada = register(&fixture, "Ada").await;
    fixture.stack.advance(30);
    let cookie = fixture.send().await;
    let mut logins = Vec::new();
    for _ in 0..3 {
        let (fixture, verified, ada) = (fixture.clone(), fixture.verify(&cookie).await, ada.clone());
        logins.push(async move { fixture.table.sign_in(verified.proof(), &fixture.sign_in(&ada)).await.is_ok() });
    }
    let logins = at_once(logins).await;
    assert_eq!(logins.iter().filter(|login| **login).count(), 1);
    assert_eq!(fixture.stack.dump().await.all("SESSION#").len(), 2);
}

#[tokio::test]
async fn a_proof_of_a_code_that_was_replaced_signs_nobody_in() {
    let fixture = Fixture::new().await;
    let ada = register(&fixture, "Ada").await;
    fixture.stack.advance(30);
    let (cookie, verified) = fixture.verified().await;
    fixture.stack.advance(30);
    fixture.table.ask_again(&id(&cookie), fixture.stack.now()).await.unwrap();
    fixture.send_again(&cookie).await;
    let refused = fixture.table.sign_in(verified.proof(), &fixture.sign_in(&ada)).await;
    assert!(matches!(refused, Err(Error::LoginRequestOver)));
    assert_eq!(fixture.stack.dump().await.all("SESSION#").len(), 1);
}

#[tokio::test]
async fn a_proof_after_the_end_signs_nobody_in() {
    let fixture = Fixture::new().await;
    let ada = register(&fixture, "Ada").await;
    fixture.stack.advance(30);
    let (_, verified) = fixture.verified().await;
    fixture.stack.advance(900);
    let refused = fixture.table.sign_in(verified.proof(), &fixture.sign_in(&ada)).await;
    assert!(matches!(refused, Err(Error::LoginRequestOver)));
}

#[tokio::test]
async fn a_login_takes_the_place_of_what_the_browser_had() {
    let fixture = Fixture::new().await;
    let ada = register(&fixture, "Ada").await;
    let mut former = None;
    for _ in 0..3 {
        fixture.stack.advance(30);
        let (_, verified) = fixture.verified().await;
        let mut sign_in = fixture.sign_in(&ada);
        if let Some(SignIn { session, device, .. }) = former {
            sign_in = SignIn { former_session: Some(session.id), former_device: Some(device), ..sign_in };
        }
        fixture.table.sign_in(verified.proof(), &sign_in).await.unwrap();
        former = Some(sign_in);
        let dump = fixture.stack.dump().await;
        let devices = dump.kinds().into_iter().filter(|kind| kind == "USER/DEVICE").count();
        assert_eq!((dump.all("SESSION#").len(), devices), (2, 2), "the registration's, and the newest");
    }
}

/// Registers the tests' number.
async fn register(fixture: &Fixture, name: &str) -> shared::user::User {
    let (cookie, verified) = fixture.verified().await;
    fixture.table.turn_into_ticket(&verified, fixture.stack.now()).await.unwrap();
    let ticket = fixture.table.ticket(&id(&cookie), fixture.stack.now()).await.unwrap();
    let user = user(name);
    let done = fixture.table.register(&ticket, &fixture.sign_in(&user)).await.unwrap();
    assert_eq!(done, Registration::Done);
    user
}
