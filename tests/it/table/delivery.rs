//! Orders: read, claimed, given back.

use shared::error::Error;
use shared::login::code::CodeHash;
use shared::sending::decision::Reason;
use shared::sending::job::Order;
use shared::sending::throttle::Lane;
use shared::store::jobs::{Claim, Permit, order};
use shared::token::Token;
use tests::dump::{number, string};

use super::{Fixture, at_once, code, id, random, token};

#[tokio::test]
async fn an_order_is_claimed_once() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let order = fixture.order(&cookie).await;
    let permit = fixture.permit(&order).await;
    assert_eq!(fixture.claim(&order, &permit).await.unwrap(), Claim::Taken);
    let request = fixture.request(&cookie).await.unwrap();
    assert_eq!((string(&request, "state"), number(&request, "sends")), ("sent", 1));
    assert_eq!(number(&request, "code_expires_at"), fixture.stack.now().secs() + 600);
    let lane_item = fixture.stack.dump().await.only("LANE#").clone();
    assert_eq!((number(&lane_item, "level"), number(&lane_item, "unverified")), (1, 1));

    assert_eq!(fixture.claim(&order, &permit).await.unwrap(), Claim::NotOurs);
    assert_eq!(fixture.request(&cookie).await.unwrap(), request, "the second delivery changed the request");
    assert_eq!(*fixture.stack.dump().await.only("LANE#"), lane_item, "the second delivery moved the lane");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_comes_many_times_at_once_is_claimed_once() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let mut claims = Vec::new();
    for _ in 0..20 {
        let order = fixture.order(&cookie).await;
        let permit = fixture.permit(&order).await;
        let fixture = fixture.clone();
        claims.push(async move { fixture.claim(&order, &permit).await.unwrap() });
    }
    let claims = at_once(claims).await;
    assert_eq!(claims.iter().filter(|claim| **claim == Claim::Taken).count(), 1, "{claims:?}");
    assert_eq!(number(fixture.stack.dump().await.only("LANE#"), "level"), 1);
}

#[tokio::test]
async fn a_lane_that_moved_refuses_the_claim_and_the_lane_waits() {
    let fixture = Fixture::new().await;
    let (one, two) = (token(), token());
    fixture.open(&one).await.unwrap();
    fixture.open(&two).await.unwrap();
    let (first, second) = (fixture.order(&one).await, fixture.order(&two).await);
    let as_it_was = fixture.permit(&second).await;
    let permit = fixture.permit(&first).await;
    assert_eq!(fixture.claim(&first, &permit).await.unwrap(), Claim::Taken);
    let before = fixture.stack.dump().await;
    assert_eq!(fixture.claim(&second, &as_it_was).await.unwrap(), Claim::Moved);
    assert_eq!(fixture.stack.dump().await, before, "half a claim was written");

    assert_eq!(fixture.outcome(&second).await, Err(Reason::LaneWaits));
}

#[tokio::test]
async fn only_the_newest_ask_is_claimed() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let old = fixture.order(&cookie).await;
    fixture.stack.advance(30);
    fixture.table.ask_again(&id(&cookie), fixture.stack.now()).await.unwrap();
    let permit = fixture.permit(&old).await;
    assert_eq!(fixture.claim(&old, &permit).await.unwrap(), Claim::NotOurs);
    let newest = fixture.order(&cookie).await;
    let permit = fixture.permit(&newest).await;
    assert_eq!(fixture.claim(&newest, &permit).await.unwrap(), Claim::Taken);
}

#[tokio::test]
async fn a_request_that_is_gone_is_not_claimed() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let order = fixture.order(&cookie).await;
    fixture.table.drop_request(&id(&cookie)).await.unwrap();
    let permit = fixture.permit(&order).await;
    assert_eq!(fixture.claim(&order, &permit).await.unwrap(), Claim::NotOurs);
    assert!(fixture.request(&cookie).await.is_none(), "the claim made a request out of nothing");
}

#[tokio::test]
async fn an_undelivered_send_gives_its_step_back_once_and_verifies_nothing() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let (order, permit, hash, no_code) = claimed(&fixture, &cookie).await;
    for _ in 0..3 {
        fixture.table.mark_undelivered(&order, &permit, &hash, &no_code).await.unwrap();
        let request = fixture.request(&cookie).await.unwrap();
        assert_eq!((string(&request, "state"), number(&request, "sends")), ("undelivered", 0));
        let lane = fixture.stack.dump().await.only("LANE#").clone();
        assert_eq!((number(&lane, "level"), number(&lane, "unverified")), (0, 0));
    }
    let challenge = fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
    assert!(challenge.check(&code("123456"), &fixture.keys).is_err(), "the code that nobody got was right");

    fixture.stack.advance(30);
    fixture.table.ask_again(&id(&cookie), fixture.stack.now()).await.expect("it can be asked again");
    fixture.send_again(&cookie).await;
    fixture.verify(&cookie).await;
}

/// Between the claim and the refusal of SNS the code can be guessed at. Such a guess is paid for: the step stays, or a
/// number that cannot be reached would mean free guesses for ever (G-04).
#[tokio::test]
async fn a_send_that_was_guessed_at_does_not_give_its_step_back() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let (order, permit, hash, no_code) = claimed(&fixture, &cookie).await;
    fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
    let lane = fixture.stack.dump().await.only("LANE#").clone();
    fixture.table.mark_undelivered(&order, &permit, &hash, &no_code).await.unwrap();
    let request = fixture.request(&cookie).await.unwrap();
    assert_eq!((string(&request, "state"), number(&request, "sends")), ("undelivered", 1));
    assert_eq!(*fixture.stack.dump().await.only("LANE#"), lane);
    let challenge = fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
    assert!(challenge.check(&code("123456"), &fixture.keys).is_err(), "the code that nobody got was right");
}

/// A guess that was made before anything was sent is no guess at the code.
#[tokio::test]
async fn a_guess_before_the_send_does_not_keep_its_step() {
    let fixture = Fixture::new().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    fixture.table.take_attempt(&id(&cookie), fixture.stack.now(), &mut random()).await.unwrap();
    let (order, permit, hash, no_code) = claimed(&fixture, &cookie).await;
    fixture.table.mark_undelivered(&order, &permit, &hash, &no_code).await.unwrap();
    assert_eq!(number(fixture.stack.dump().await.only("LANE#"), "level"), 0);
}

#[tokio::test]
async fn a_send_that_was_used_after_all_is_not_given_back() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("Ada").await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let (order, permit, hash, no_code) = claimed(&fixture, &cookie).await;
    let verified = fixture.verify(&cookie).await;
    fixture.signs_in(verified.proof(), &ada).await.unwrap();
    let before = fixture.stack.dump().await;
    fixture.table.mark_undelivered(&order, &permit, &hash, &no_code).await.unwrap();
    assert_eq!(fixture.stack.dump().await, before);
}

/// A lane that is closed is kept for ever: TTL must not open what time must not open (G-06).
#[tokio::test]
async fn a_closed_lane_outlives_every_sweep() {
    let fixture = Fixture::new().await;
    fixture.register("Ada").await;
    let mut sends = 0;
    loop {
        let cookie = token();
        fixture.open(&cookie).await.unwrap();
        let order = fixture.order(&cookie).await;
        if fixture.outcome(&order).await.is_err() {
            break;
        }
        let permit = fixture.permit(&order).await;
        assert_eq!(fixture.claim(&order, &permit).await.unwrap(), Claim::Taken);
        sends += 1;
        fixture.stack.advance(2 * 86_400);
    }
    assert_eq!(sends, 33);
    fixture.stack.advance(1_000 * 86_400);
    fixture.stack.sweep().await;
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let order = fixture.order(&cookie).await;
    assert_eq!(fixture.outcome(&order).await, Err(Reason::LaneClosed));
}

/// A lane that an operator deleted, to let a number in again, comes back as one that was never used.
#[tokio::test]
async fn a_login_in_a_deleted_lane_leaves_one_that_can_be_read() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("Ada").await;
    let (_, verified) = fixture.verified().await;
    let lane = fixture.stack.dump().await.only("LANE#").clone();
    let delete = fixture.stack.dynamodb().delete_item().table_name(fixture.stack.table_name());
    delete.key("pk", lane["pk"].clone()).key("sk", lane["sk"].clone()).send().await.unwrap();
    fixture.signs_in(verified.proof(), &ada).await.unwrap();
    fixture.send().await;
}

/// The expressions that move a lane do what the pure functions say.
#[tokio::test]
async fn expressions_and_pure_functions_move_a_lane_alike() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("Ada").await;
    fixture.send().await;
    fixture.stack.advance(30);
    let (_, verified) = fixture.verified().await;
    let before = lane(&fixture).await;
    fixture.signs_in(verified.proof(), &ada).await.unwrap();
    assert_eq!(lane(&fixture).await, before.logged_in(1));

    fixture.stack.advance(60);
    let cookie = token();
    fixture.open(&cookie).await.unwrap();
    let (order, permit, hash, no_code) = claimed(&fixture, &cookie).await;
    let before = lane(&fixture).await;
    fixture.table.mark_undelivered(&order, &permit, &hash, &no_code).await.unwrap();
    assert_eq!(lane(&fixture).await, before.undelivered());
}

async fn lane(fixture: &Fixture) -> Lane {
    let item = fixture.stack.dump().await.only("LANE#").clone();
    let count = |name| u32::try_from(number(&item, name)).unwrap();
    Lane {
        level: count("level"),
        unverified: count("unverified"),
        last_send: number(&item, "last_send"),
        sent_that_day: count("sent_that_day"),
        last_unused: item.get("last_unused").map(|_| number(&item, "last_unused")),
    }
}

/// An order that was claimed, and what giving it back takes.
async fn claimed(fixture: &Fixture, cookie: &Token) -> (Order, Permit, CodeHash, CodeHash) {
    let order = fixture.order(cookie).await;
    let permit = fixture.permit(&order).await;
    let hash = fixture.hash(&order);
    assert_eq!(fixture.table.claim(&order, &permit, &hash).await.unwrap(), Claim::Taken);
    (order, permit, hash, CodeHash::of_no_code(&fixture.keys, &mut random()))
}

#[tokio::test]
async fn what_is_no_request_is_no_order() {
    let fixture = Fixture::new().await;
    let cookie = fixture.send().await;
    let good = fixture.request(&cookie).await.unwrap();
    for attribute in ["pk", "state", "number_id", "sealed_number", "asked_at", "expires_at", "asks"] {
        let mut bad = good.clone();
        bad.remove(attribute);
        assert!(matches!(order(serde_dynamo::Item::from(bad)), Err(Error::Internal(_))), "without {attribute}");
        let mut bad = good.clone();
        bad.insert(attribute.to_owned(), aws_sdk_dynamodb::types::AttributeValue::Bool(true));
        assert!(matches!(order(serde_dynamo::Item::from(bad)), Err(Error::Internal(_))), "with a wrong {attribute}");
    }
    assert!(order(serde_dynamo::Item::from(good)).is_ok());
}
