//! Counters of texts: never passed, nearly reached, given back.

use rand::Rng;
use shared::login::code::{Code, CodeHash};
use shared::phone::{Countries, PhoneNumber};
use shared::sending::decision::{Policy, Reason};
use shared::sending::job::Order;
use shared::sending::quota::{SHARDS, TextLimits};
use shared::store::jobs::Claim;
use tests::dump::{Item, number};
use tests::phones::of_another_range;
use tokio::task::JoinSet;

use super::{Fixture, random, token};

/// Clients that send at the same time.
const CLIENTS: u32 = 64;
/// Texts that they may send together.
const LIMIT: u32 = 200;

/// As many clients as there are take from one budget at once: together they never take more than it has, and they take
/// nine tenths of it at least (S-01).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_is_never_passed_and_nearly_reached_by_many_at_once() {
    let cases = [
        TextLimits { unused_in_a_day: LIMIT, ..TextLimits::default() },
        TextLimits { to_strangers_in_a_day: LIMIT, ..TextLimits::default() },
        TextLimits { of_a_country_in_a_day: LIMIT, ..TextLimits::default() },
        TextLimits { of_a_country_in_an_hour: LIMIT, ..TextLimits::default() },
    ];
    // An engine that is not embedded takes a minute for each, and the code is one.
    let cases = if tests::engine::is_embedded() { &cases[..] } else { &cases[..1] };
    for &limits in cases {
        let fixture = Fixture::new().await;
        let clients = (0..CLIENTS).map(|client| {
            let fixture = fixture.clone();
            async move {
                let mut sent = 0;
                for ask in 0..4 {
                    sent += usize::from(send(&fixture, client * 4 + ask, limits).await);
                }
                sent
            }
        });
        let sent: usize = clients.collect::<JoinSet<_>>().join_all().await.into_iter().sum();
        let limit = LIMIT as usize;
        assert!((limit * 9 / 10..=limit).contains(&sent), "{sent} of {limit} texts with {limits:?}");
        for (counter, window) in [("STRANGERS", "d"), ("STRANGERS", "u"), ("COUNTRY#SE", "d"), ("COUNTRY#SE", "h")] {
            let counted = sum(&fixture, &format!("BUDGET#{counter}#"), window).await;
            assert_eq!(counted, i64::try_from(sent).unwrap(), "{counter} {window}");
        }
    }
}

/// Every shard of a large budget takes part, so that no item is hot.
#[tokio::test]
async fn a_large_counter_is_spread_over_its_shards() {
    let fixture = Fixture::new().await;
    for index in 0..48 {
        assert!(send(&fixture, index, tests::stack::without_budgets().limits).await);
    }
    for prefix in ["BUDGET#STRANGERS#", "BUDGET#COUNTRY#SE#"] {
        let shards = fixture.stack.dump().await.all(prefix).len();
        assert!(shards > SHARDS / 2, "{shards} shards of {prefix}");
    }
}

/// What was counted in days and hours before the last one is swept out by the next text.
#[tokio::test]
async fn windows_that_are_over_are_removed() {
    let fixture = Fixture::new().await;
    for round in 0..100 {
        assert!(send(&fixture, round, TextLimits::default()).await);
        fixture.stack.advance(90_000);
        if fixture.stack.dump().await.all("BUDGET#STRANGERS#").len() == TextLimits::default().strangers().shards() {
            break;
        }
    }
    for item in fixture.stack.dump().await.all("BUDGET#") {
        let windows = |first| item.keys().filter(|name| is_window(name, first)).count();
        assert!(['d', 'h', 'u'].into_iter().all(|first| windows(first) <= 2), "{item:#?}");
    }
}

/// An order that is decided late meets the count of its own window, and leaves that of the next one alone: who can make
/// orders late could spend a budget twice (S-01, G-14).
#[tokio::test]
async fn an_order_of_the_day_before_is_counted_in_its_own_day() {
    let fixture = Fixture::new().await;
    let limits = TextLimits { unused_in_a_day: 2, ..TextLimits::default() };
    fixture.stack.advance(86_400 - fixture.stack.now().secs().rem_euclid(86_400) - 10);
    let mut late = Vec::new();
    for index in 0..4 {
        late.push(opened(&fixture, &phone(&of_another_range(index))).await);
    }
    let of_the_day_before = [late.remove(0), late.remove(0)];
    for order in &of_the_day_before {
        assert!(claim(&fixture, order, limits).await.is_ok());
    }
    fixture.stack.advance(20);
    assert!(send(&fixture, 10, limits).await, "a new day");
    for order in &late {
        assert_eq!(claim(&fixture, order, limits).await, Err(Reason::UnusedSpent));
    }
    let one_more = TextLimits { unused_in_a_day: 3, ..limits };
    assert!(claim(&fixture, &late[0], one_more).await.is_ok());
    assert_eq!(claim(&fixture, &late[1], one_more).await, Err(Reason::UnusedSpent));
    let counted = sum(&fixture, "BUDGET#STRANGERS#", "u").await;
    assert_eq!(counted, 3 + 1, "the count of the new day is gone");
    assert!(send(&fixture, 11, limits).await && !send(&fixture, 12, limits).await);
}

/// A number of a range is texted again in the hour whatever the range has; a new one is not, once it is full (S-07).
#[tokio::test]
async fn a_range_counts_numbers_and_not_texts() {
    let fixture = Fixture::new().await;
    let first = |index: u32| phone(&of_another_range(1).replace("000", &format!("{index:03}")));
    for index in 0..5 {
        let order = opened(&fixture, &first(index)).await;
        assert!(claim(&fixture, &order, TextLimits::default()).await.is_ok());
    }
    fixture.stack.advance(60);
    let again = opened(&fixture, &first(0)).await;
    assert!(claim(&fixture, &again, TextLimits::default()).await.is_ok());
    let sixth = opened(&fixture, &first(5)).await;
    assert_eq!(claim(&fixture, &sixth, TextLimits::default()).await, Err(Reason::RangeSpent));
    let elsewhere = opened(&fixture, &phone(&of_another_range(2))).await;
    assert!(claim(&fixture, &elsewhere, TextLimits::default()).await.is_ok());
    fixture.stack.advance(3_600);
    let later = opened(&fixture, &first(5)).await;
    assert!(claim(&fixture, &later, TextLimits::default()).await.is_ok());
}

/// A text that SNS refused is in no budget.
#[tokio::test]
async fn a_text_that_was_not_sent_is_not_counted() {
    let fixture = Fixture::new().await;
    let order = opened(&fixture, &phone(&of_another_range(1))).await;
    let permit = fixture.permit(&order).await;
    let hash = fixture.hash(&order);
    assert_eq!(fixture.table.claim(&order, &permit, &hash).await.unwrap(), Claim::Taken);
    assert_eq!(sum(&fixture, "BUDGET#STRANGERS#", "u").await, 1);
    let no_code = CodeHash::of_no_code(&fixture.keys, &mut random());
    for _ in 0..2 {
        fixture.table.mark_undelivered(&order, &permit, &hash, &no_code).await.unwrap();
        let [all, country] = ["BUDGET#STRANGERS#", "BUDGET#COUNTRY#"];
        for (prefix, window) in [(all, "d"), (all, "u"), (country, "d"), (country, "h")] {
            assert_eq!(sum(&fixture, prefix, window).await, 0, "{prefix} {window}");
        }
        let dump = fixture.stack.dump().await;
        assert_eq!(number(dump.only("BUDGET#RANGE#"), "sent"), 0);
    }
}

/// Asks for number `index` of as many ranges, and sends it, as `deliver-code` does. Tells whether it was sent.
async fn send(fixture: &Fixture, index: u32, limits: TextLimits) -> bool {
    let order = opened(fixture, &phone(&of_another_range(index))).await;
    claim(fixture, &order, limits).await.is_ok()
}

async fn opened(fixture: &Fixture, phone: &PhoneNumber) -> Order {
    let cookie = token();
    // Each from an address of its own.
    let address = format!("2001:db8:{:x}::1", random().next_u32() % 0x1_0000);
    fixture.open_for(phone, &cookie, None, &address).await.expect("an open request");
    fixture.order(&cookie).await
}

async fn claim(fixture: &Fixture, order: &Order, limits: TextLimits) -> Result<(), Reason> {
    let policy = Policy { limits, ..Policy::default() };
    let code = Code::read("123456").expect("a code");
    let salt = shared::login::code::Salt::generate(&mut random());
    let hash = CodeHash::make(&code, &salt, &order.context(), &fixture.keys).expect("a hash");
    let number = order.number_ids(&fixture.keys).expect("a number");
    loop {
        // A slow engine may not answer so many at once in time.
        let Ok(reading) = fixture.table.read_for(order, &number, &limits).await else { continue };
        let draw = random().next_u32() as usize;
        let plan = reading.standing().decide(&policy, order.asked_at(), draw).outcome?;
        let permit = reading.permit(order, plan);
        match fixture.table.claim(order, &permit, &hash).await {
            Ok(Claim::Taken) => return Ok(()),
            // Somebody else was faster, or held the item for too long.
            Ok(Claim::Moved) | Err(shared::error::Error::Unavailable(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// What all items of a counter have in their windows of one kind.
async fn sum(fixture: &Fixture, prefix: &str, window: &str) -> i64 {
    let dump = fixture.stack.dump().await;
    let first = window.chars().next().expect("d, h or u");
    let of =
        |item: &&Item| item.keys().filter(|name| is_window(name, first)).map(|name| number(item, name)).sum::<i64>();
    dump.all(prefix).iter().map(of).sum()
}

fn is_window(name: &str, first: char) -> bool {
    name.strip_prefix(first).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

fn phone(e164: &str) -> PhoneNumber {
    Countries::every("SE").expect("countries").read(e164).expect("a number")
}
