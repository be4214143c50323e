//! Counters of texts: never passed, nearly reached, given back.

use rand::Rng;
use shared::login::code::CodeHash;
use shared::phone::{Countries, PhoneNumber};
use shared::sending::decision::{Decision, Reason, SendPolicy};
use shared::sending::job::SendJob;
use shared::sending::quota::QuotaLimits;
use shared::store::jobs::CommitOutcome;
use tests::clock::TO_THE_END_OF_THE_DAY;
use tests::dump::{Item, number};
use tests::phones::of_another_block;
use tokio::task::JoinSet;

use super::{Fixture, random, token};

/// Clients that send at the same time.
const CLIENTS: u32 = 64;
/// Texts that they may send together.
const LIMIT: u32 = 200;

/// The usual limits, but for one that is smaller than those of the cases.
const WIDE: QuotaLimits = QuotaLimits {
    unverified_per_day: 300,
    unrecognized_per_day: 2_000,
    recognized_per_day: 1_000,
    country_per_hour: 1_000,
    country_per_day: 1_000,
    country_unverified_per_day: 1_000,
    block_numbers_per_hour: 5,
};

/// As many clients as there are take from one quota at once: together they never take more than it has, and they take
/// nine tenths of it at least (S-01).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_is_never_passed_and_nearly_reached_by_many_at_once() {
    let cases = [
        QuotaLimits { unverified_per_day: LIMIT, ..WIDE },
        QuotaLimits { unrecognized_per_day: LIMIT, ..WIDE },
        QuotaLimits { country_per_day: LIMIT, ..WIDE },
        QuotaLimits { country_per_hour: LIMIT, ..WIDE },
        QuotaLimits { country_unverified_per_day: LIMIT, ..WIDE },
    ];
    // An engine that is not embedded takes a minute for each, and the code is one.
    let cases = if tests::engine::is_embedded() { &cases[..] } else { &cases[..1] };
    for &limits in cases {
        let fixture = Fixture::new().await;
        fixture.stack.advance(TO_THE_END_OF_THE_DAY);
        let clients = (0..CLIENTS).map(|client| {
            let fixture = fixture.clone();
            async move {
                let mut sent = 0;
                for request in 0..4 {
                    sent += usize::from(send(&fixture, client * 4 + request, limits).await);
                }
                sent
            }
        });
        let sent: usize = clients.collect::<JoinSet<_>>().join_all().await.into_iter().sum();
        let limit = LIMIT as usize;
        assert!((limit * 9 / 10..=limit).contains(&sent), "{sent} of {limit} texts with {limits:?}");
        for (counter, window) in
            [("UNRECOGNIZED", "d"), ("UNRECOGNIZED", "u"), ("COUNTRY#SE", "d"), ("COUNTRY#SE", "h")]
        {
            let counted = sum(&fixture, &format!("QUOTA#{counter}#"), window).await;
            assert_eq!(counted, i64::try_from(sent).unwrap(), "{counter} {window}");
        }
    }
}

/// Every shard of a large quota takes part, so that no item is hot.
#[tokio::test]
async fn a_large_counter_is_spread_over_its_shards() {
    let fixture = Fixture::new().await;
    for index in 0..48 {
        assert!(send(&fixture, index, tests::stack::without_quotas().limits).await);
    }
    for prefix in ["QUOTA#UNRECOGNIZED#", "QUOTA#COUNTRY#SE#"] {
        let shards = fixture.stack.dump().await.all(prefix).len();
        assert!(shards > 8, "{shards} shards of {prefix}");
    }
}

/// What was counted in days and hours before the last one is swept out by the next text.
#[tokio::test]
async fn windows_that_are_over_are_removed() {
    let fixture = Fixture::new().await;
    for round in 0..100 {
        assert!(send(&fixture, round, QuotaLimits::default()).await);
        fixture.stack.advance(90_000);
        // The default quota has three shards.
        if fixture.stack.dump().await.all("QUOTA#UNRECOGNIZED#").len() == 3 {
            break;
        }
    }
    for item in fixture.stack.dump().await.all("QUOTA#") {
        let windows = |first| item.keys().filter(|name| is_window(name, first)).count();
        assert!(['d', 'h', 'u'].into_iter().all(|first| windows(first) <= 2), "{item:#?}");
    }
}

/// A job that is decided late meets the count of its own window, and leaves that of the next one alone: who can make
/// jobs late could use a quota twice (S-01, G-14).
#[tokio::test]
async fn a_job_of_the_day_before_is_counted_in_its_own_day() {
    let fixture = Fixture::new().await;
    let limits = QuotaLimits { unverified_per_day: 2, ..QuotaLimits::default() };
    fixture.stack.advance(86_400 - fixture.stack.now().secs().rem_euclid(86_400) - 10);
    let mut late = Vec::new();
    for index in 0..4 {
        late.push(opened(&fixture, &phone(&of_another_block(index))).await);
    }
    let of_the_day_before = [late.remove(0), late.remove(0)];
    for job in &of_the_day_before {
        assert!(reserve(&fixture, job, limits).await.is_ok());
    }
    fixture.stack.advance(20);
    assert!(send(&fixture, 10, limits).await, "a new day");
    for job in &late {
        assert_eq!(reserve(&fixture, job, limits).await, Err(Reason::UnverifiedQuota));
    }
    let one_more = QuotaLimits { unverified_per_day: 3, ..limits };
    assert!(reserve(&fixture, &late[0], one_more).await.is_ok());
    assert_eq!(reserve(&fixture, &late[1], one_more).await, Err(Reason::UnverifiedQuota));
    let counted = sum(&fixture, "QUOTA#UNRECOGNIZED#", "u").await;
    assert_eq!(counted, 3 + 1, "the count of the new day is gone");
    assert!(send(&fixture, 11, limits).await && !send(&fixture, 12, limits).await);
}

/// A number of a block is texted again in the hour whatever the block has; a new one is not, once it is full (S-07).
#[tokio::test]
async fn a_block_counts_numbers_and_not_texts() {
    let fixture = Fixture::new().await;
    let first = |index: u32| phone(&of_another_block(1).replace("000", &format!("{index:03}")));
    for index in 0..5 {
        let job = opened(&fixture, &first(index)).await;
        assert!(reserve(&fixture, &job, QuotaLimits::default()).await.is_ok());
    }
    fixture.stack.advance(60);
    let again = opened(&fixture, &first(0)).await;
    assert!(reserve(&fixture, &again, QuotaLimits::default()).await.is_ok());
    let sixth = opened(&fixture, &first(5)).await;
    assert_eq!(reserve(&fixture, &sixth, QuotaLimits::default()).await, Err(Reason::BlockQuota));
    let elsewhere = opened(&fixture, &phone(&of_another_block(2))).await;
    assert!(reserve(&fixture, &elsewhere, QuotaLimits::default()).await.is_ok());
    fixture.stack.advance(3_600);
    let later = opened(&fixture, &first(5)).await;
    assert!(reserve(&fixture, &later, QuotaLimits::default()).await.is_ok());
}

/// A text that SNS refused is in no quota.
#[tokio::test]
async fn a_text_that_was_not_sent_is_not_counted() {
    let fixture = Fixture::new().await;
    let job = opened(&fixture, &phone(&of_another_block(1))).await;
    let reservation = fixture.reservation(&job).await;
    let hash = fixture.hash(&job);
    assert_eq!(fixture.table.reserve(&job, &reservation, &hash).await.unwrap(), CommitOutcome::Committed);
    assert_eq!(sum(&fixture, "QUOTA#UNRECOGNIZED#", "u").await, 1);
    let decoy_hash = CodeHash::decoy(&mut random());
    for _ in 0..2 {
        fixture.table.release(&job, &reservation, &hash, &decoy_hash).await.unwrap();
        let [all, country] = ["QUOTA#UNRECOGNIZED#", "QUOTA#COUNTRY#"];
        for (prefix, window) in [(all, "d"), (all, "u"), (country, "d"), (country, "h"), (country, "u")] {
            assert_eq!(sum(&fixture, prefix, window).await, 0, "{prefix} {window}");
        }
    }
}

/// Requests a code for the first number of block `index`, and sends it, as `deliver-code` does. Tells whether it was
/// sent.
async fn send(fixture: &Fixture, index: u32, limits: QuotaLimits) -> bool {
    let job = opened(fixture, &phone(&of_another_block(index))).await;
    reserve(fixture, &job, limits).await.is_ok()
}

async fn opened(fixture: &Fixture, phone: &PhoneNumber) -> SendJob {
    let cookie = token();
    // Each from an address of its own.
    let address = format!("2001:db8:{:x}::1", random().next_u32() % 0x1_0000);
    fixture.open_for(phone, &cookie, None, &address).await.expect("an open request");
    fixture.job(&cookie).await
}

async fn reserve(fixture: &Fixture, job: &SendJob, limits: QuotaLimits) -> Result<(), Reason> {
    let policy = SendPolicy { limits, ..SendPolicy::default() };
    let hash = fixture.hash(job);
    let number = job.number_ids(&fixture.keys).expect("a number");
    loop {
        // A slow engine may not answer so many at once in time.
        let Ok(loaded) = fixture.table.load_snapshot(job, &number, &limits).await else { continue };
        let effect = match loaded.snapshot().decide(&policy, job.requested_at()) {
            Decision::Send(effect) => effect,
            Decision::Suppress(reason, _) | Decision::Deny(reason) => return Err(reason),
        };
        let draw = random().next_u32() as usize;
        let reservation = loaded.reservation(job, &effect, draw).expect("a shard with room");
        match fixture.table.reserve(job, &reservation, &hash).await {
            Ok(CommitOutcome::Committed) => return Ok(()),
            // Somebody else was faster, or held the item for too long.
            Ok(CommitOutcome::Conflict) | Err(shared::error::Error::Unavailable(_)) => {}
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
