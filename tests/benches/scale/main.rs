//! Whether a login costs the same however many users there are: `cargo bench -p tests --bench scale`.
//!
//! For each size of the table a new engine is filled with that many users; then people register and come back, several
//! at a time. Printed is what each step takes, how many logins a second this machine does with the hash of every code,
//! what a login takes of the processor and of the table, what memory, and that every account that was made is still its
//! owner's. On a machine that does much else, read the processor's time and the table's units: they do not wait.
//!
//! A run takes about five minutes and two gigabytes of memory, where the tables are kept. `-- --logins 100000` makes
//! so many logins in all, which takes 40 minutes and more; `-- --users 1000,10000` fills the tables so. Times are told,
//! never asserted; a lost account ends it.

#![expect(clippy::expect_used, reason = "a benchmark ends where it cannot go on")]

mod fill;
mod people;

use std::path::Path;
use std::time::{Duration, Instant};

use local::EmbeddedDynamoDb;
use tests::bench::Options;
use tests::percentile::Percentiles;
use tests::process::{memory, processor_time};
use tests::stack::{Stack, without_quotas};

use people::{People, Units};

/// Users in the table before anybody comes.
const USERS: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// Logins in all, beside those that come one at a time.
const LOGINS: u32 = 4_000;
/// Files here are kept in memory, so that nothing waits for a disk.
const IN_MEMORY: &str = "/dev/shm";

/// What was measured with one size of the table.
struct Row {
    users: u32,
    steps: [Percentiles; 5],
    logins: u32,
    long: Duration,
    /// The processor's time of a login, in the first and in the second half.
    own: [Duration; 2],
    units: Units,
    lost: usize,
    /// This process, engine and functions together, in MB: before anybody comes, at half, at the end.
    memory: [f64; 3],
}

#[tokio::main]
async fn main() {
    let Some(options) = Options::read() else { return };
    let sizes = options.numbers("--users", &USERS);
    let logins = options.numbers("--logins", &[LOGINS])[0];
    let logins = logins / u32::try_from(sizes.len()).expect("a few sizes");
    let mut rows = Vec::new();
    for users in sizes {
        eprintln!("{users} users …");
        rows.push(measure(users, logins).await);
    }
    print(&rows);
    assert!(rows.iter().all(|row| row.lost == 0), "accounts are lost");
}

/// So many logins with so many users.
async fn measure(users: u32, logins: u32) -> Row {
    let folder = if Path::new(IN_MEMORY).is_dir() { tempfile::tempdir_in(IN_MEMORY) } else { tempfile::tempdir() };
    let folder = folder.expect("a folder");
    let empty =
        Stack::on(EmbeddedDynamoDb::file(&folder.path().join("table")).await.expect("an engine"), without_quotas())
            .await;
    fill::fill(&empty, users).await;
    // Doorcodes whose stream begins behind what was filled in.
    let (watched, stack) = (empty.watched_twin_with(without_quotas()).await, empty.twin().await);
    let units = people::units(&watched).await;
    let mut people = People::new(stack).await;
    let steps = people.one_at_a_time().await.map(Percentiles::of);
    let full = memory("self", "VmRSS");
    let begin = Instant::now();
    let first = half(&mut people, logins / 2).await;
    let at_half = memory("self", "VmRSS");
    let second = half(&mut people, logins / 2).await;
    let (long, end) = (begin.elapsed(), memory("self", "VmRSS"));
    let lost = people.lost().await;
    Row { users, steps, logins: logins / 2 * 2, long, own: [first, second], units, lost, memory: [full, at_half, end] }
}

/// So many logins; the processor's time of one.
async fn half(people: &mut People, logins: u32) -> Duration {
    let before = processor_time("self");
    people.together(logins).await;
    processor_time("self").saturating_sub(before) / logins
}

fn print(rows: &[Row]) {
    println!("\nEach step in milliseconds, p50 and p99, one person at a time\n");
    println!("{:>10}{}", "users", people::STEPS.map(|step| format!("{step:>19}")).concat());
    for Row { users, steps, .. } in rows {
        println!("{users:>10}{}", steps.map(|times| format!("{:>19}", times.to_string())).concat());
    }
    println!("\nLogins, {} at a time: own time is the processor's, hashes included\n", people::AT_A_TIME);
    println!(
        "{:>10}{:>10}{:>10}{:>24}{:>28}{:>8}{:>26}",
        "users",
        "logins",
        "a second",
        "own ms a login, halves",
        "calls, write, read units",
        "lost",
        "memory, MB, as it goes"
    );
    for Row { users, logins, long, own: [first, second], units, lost, memory: [full, half, end], .. } in rows {
        let rate = f64::from(*logins) / long.as_secs_f64();
        let own = format!("{:.1} {:.1}", first.as_secs_f64() * 1e3, second.as_secs_f64() * 1e3);
        let units = format!("{:.1} {:.1} {:.1}", units.calls, units.write, units.read);
        let memory = format!("{full:.0} {half:.0} {end:.0}");
        println!("{users:>10}{logins:>10}{rate:>10.1}{own:>24}{units:>28}{lost:>8}{memory:>26}");
    }
}
