//! Sessions: read, kept alive, ended.

use shared::error::Error;
use shared::login::session::Session;
use tests::dump::number;

use super::{Fixture, at_once, token, user};

const DAY: i64 = 86_400;

async fn signed_in(fixture: &Fixture) -> Session {
    let (cookie, verified) = fixture.verified().await;
    fixture.offer(&verified).await.unwrap();
    let ticket = fixture.ticket(&cookie).await.unwrap();
    let sign_in = fixture.sign_in(&user("Ada"));
    fixture.table.register(&ticket, &sign_in).await.unwrap();
    sign_in.session
}

#[tokio::test]
async fn a_session_is_found_while_it_is_alive() {
    let fixture = Fixture::new().await;
    let session = signed_in(&fixture).await;
    assert_eq!(fixture.table.session(session.id.clone(), fixture.stack.now()).await.unwrap(), session);
    assert!(matches!(fixture.table.session(token().hash(), fixture.stack.now()).await, Err(Error::NoSession)));
    fixture.stack.advance(14 * DAY);
    assert!(matches!(fixture.table.session(session.id, fixture.stack.now()).await, Err(Error::NoSession)));
}

#[tokio::test]
async fn a_use_lengthens_a_session_and_never_brings_one_back() {
    let fixture = Fixture::new().await;
    let session = signed_in(&fixture).await;
    fixture.stack.advance(DAY);
    let touched = session.touched(fixture.stack.now()).expect("a day later");
    fixture.table.touch(&touched, fixture.stack.now()).await.unwrap();
    let expires_at = number(fixture.stack.dump().await.only("SESSION#"), "expires_at");
    assert_eq!(expires_at, fixture.stack.now().secs() + 14 * DAY);

    fixture.table.end_session(&session.id, fixture.stack.now()).await.unwrap();
    assert!(matches!(fixture.table.touch(&touched, fixture.stack.now()).await, Err(Error::NoSession)));
    assert!(fixture.stack.dump().await.all("SESSION#").is_empty(), "a session that ended came back");
}

#[tokio::test]
async fn a_session_that_is_over_is_not_touched() {
    let fixture = Fixture::new().await;
    let session = signed_in(&fixture).await;
    fixture.stack.advance(14 * DAY);
    let touched = session.touched(fixture.stack.now()).expect("days later");
    assert!(matches!(fixture.table.touch(&touched, fixture.stack.now()).await, Err(Error::NoSession)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_once() {
    let fixture = Fixture::new().await;
    let session = signed_in(&fixture).await;
    let now = fixture.stack.now();
    let ended = at_once((0..20).map(|_| {
        let (table, id) = (fixture.table.clone(), session.id.clone());
        async move { table.end_session(&id, now).await.is_ok() }
    }))
    .await;
    assert_eq!(ended.iter().filter(|ended| **ended).count(), 1);
    assert!(fixture.stack.dump().await.all("SESSION#").is_empty());
}

#[tokio::test]
async fn a_session_that_is_over_cannot_be_ended() {
    let fixture = Fixture::new().await;
    let session = signed_in(&fixture).await;
    fixture.stack.advance(30 * DAY);
    assert!(matches!(fixture.table.end_session(&session.id, fixture.stack.now()).await, Err(Error::NoSession)));
}
