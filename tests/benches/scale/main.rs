//! Whether a login costs the same however many users there are: `cargo bench -p tests --bench scale`.
//!
//! For each size of the table a new engine in memory is filled with that many users; then people register and come back
//! for a while, several at a time. Printed is what each step takes, how many logins a second this machine does with the
//! hash of every code, what memory it takes, and that every account that was made is still its owner's. A run takes about
//! four minutes and three gigabytes; `-- --users 1000,10000 --seconds 10` makes it shorter. Times are told, never
//! asserted; a lost account ends it.

#![expect(clippy::expect_used, reason = "a benchmark ends where it cannot go on")]

mod fill;
mod people;

use std::fs;
use std::time::Duration;

use tests::bench::Options;
use tests::percentile::Percentiles;
use tests::stack::{Stack, without_budgets};

use people::People;

/// Users in the table before anybody comes.
const USERS: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// How long people come at each size, in seconds.
const SECONDS: u32 = 30;

#[tokio::main]
async fn main() {
    let Some(options) = Options::read() else { return };
    let sizes = options.numbers("--users", &USERS);
    let seconds = options.numbers("--seconds", &[SECONDS])[0];

    println!("\nEach step in milliseconds, p50 and p99, one person at a time; then {seconds} s of several at a time\n");
    let steps = people::STEPS.map(|step| format!("{step:>19}")).concat();
    println!("{:>10}{steps}{:>10}{:>10}{:>10}{:>20}", "users", "logins", "logins/s", "lost", "memory, MB: full, end");
    for users in sizes {
        let empty = Stack::with(without_budgets()).await;
        fill::fill(&empty, users).await;
        // A Doorcode whose stream begins behind what was filled in.
        let stack = empty.twin().await;
        let full = memory();
        let mut people = People::new(stack);
        let times = people.one_at_a_time().await.map(|times| format!(" {}", Percentiles::of(times)));
        let logins = people.together(Duration::from_secs(u64::from(seconds))).await;
        let lost = people.lost().await;
        let rate = f64::from(logins) / f64::from(seconds);
        let end = memory();
        println!("{users:>10}{}{logins:>10}{rate:>10.1}{lost:>10}{full:>14}{end:>7}", times.concat());
        assert_eq!(lost, 0, "accounts are lost");
    }
}

/// The memory of this process, engine and functions together, in MB.
fn memory() -> u32 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().map_or(0, |units: u32| units / 1_000)
}
