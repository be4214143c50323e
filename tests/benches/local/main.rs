//! How the local program bears many sign-ups in one run: `cargo bench -p tests --bench local`.
//!
//! The program runs as `cargo run -- --relaxed` starts it, a process of its own that is asked over HTTP. Printed is the
//! pace of the first and of the last hundred people who come one after the other, how long their texts took, how much
//! memory the program holds, what it takes of the processor when nobody comes, and the pace of many people at once.
//!
//! `-- --sign-ups 5000` lets so many come, `-- --program PATH` takes another build, `-- --data FILE` keeps the table in a
//! file. With `--profile dev` before the first `--` the benchmark is built like the program. Times are told, never
//! asserted; a text that does not come ends it.

#![expect(clippy::expect_used, reason = "a benchmark ends where it cannot go on")]

mod person;
mod running;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use tests::bench::Options;
use tests::percentile::Percentiles;
use tests::process::{memory, processor_time};

use running::Program;

/// People who come one after the other.
const SIGN_UPS: u32 = 1_000;
const HUNDRED: usize = 100;
/// People at once, and how many come in all each time.
const AT_ONCE: [usize; 2] = [8, 32];
const TOGETHER: u32 = 200;
/// How long the program is watched while nobody comes.
const IDLE: Duration = Duration::from_secs(20);

fn main() {
    let Some(options) = Options::read() else { return };
    let count = options.numbers("--sign-ups", &[SIGN_UPS])[0];
    let path = options.each("--program").last().map_or_else(|| running::build("debug", &[]), PathBuf::from);
    let mut flags = vec!["--relaxed"];
    if let Some(file) = options.each("--data").last() {
        flags.extend(["--data", file]);
    }
    let program = Program::start(&path, &flags);
    println!("\nready after {} ms, {}", program.ready_after.as_millis(), memory_of(&program));
    println!("processor when nobody comes: {:.1} % of a core\n", idle(&program));

    let times = one_by_one(&program, 0..count);
    println!("{:>16}{:>19}{:>19}{:>12}", "people", "sign-up, ms", "its text, ms", "a second");
    let last = times.len().saturating_sub(HUNDRED);
    print_hundred("first", &times[..HUNDRED.min(times.len())]);
    print_hundred("last", &times[last..]);
    println!("\nafter {count}: {}", memory_of(&program));
    println!("processor when nobody comes: {:.1} % of a core\n", idle(&program));

    let mut came = count;
    for clients in AT_ONCE {
        let begin = Instant::now();
        at_once(&program, clients, came..came + TOGETHER);
        came += TOGETHER;
        let rate = f64::from(TOGETHER) / begin.elapsed().as_secs_f64();
        println!("{clients:>3} at once: {rate:.1} a second, {}", memory_of(&program));
    }
}

/// How long each sign-up took, and its text.
fn one_by_one(program: &Program, people: Range<u32>) -> Vec<(Duration, Duration)> {
    let sign_up = |person| {
        let begin = Instant::now();
        let text = person::sign_up(&program.site, &program.inbox, &phone(person));
        (begin.elapsed(), text)
    };
    people.map(sign_up).collect()
}

fn at_once(program: &Program, clients: usize, people: Range<u32>) {
    let people = Mutex::new(people);
    let next = || people.lock().expect("nobody panics with it").next();
    thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| {
                while let Some(person) = next() {
                    let _ = person::sign_up(&program.site, &program.inbox, &phone(person));
                }
            });
        }
    });
}

fn print_hundred(which: &str, times: &[(Duration, Duration)]) {
    let long: Duration = times.iter().map(|(whole, _)| whole).sum();
    let count = u32::try_from(times.len()).expect("a hundred");
    let (whole, text): (Vec<_>, Vec<_>) = times.iter().copied().unzip();
    let (whole, text) = (Percentiles::of(whole).to_string(), Percentiles::of(text).to_string());
    println!("{which:>11} {count:>4}{whole:>19}{text:>19}{:>12.1}", f64::from(count) / long.as_secs_f64());
}

fn memory_of(program: &Program) -> String {
    let id = program.id();
    format!("{:.0} MB of memory, {:.0} at most", memory(&id, "VmRSS"), memory(&id, "VmHWM"))
}

/// Percent of a core.
fn idle(program: &Program) -> f64 {
    // What was begun may end.
    thread::sleep(Duration::from_secs(2));
    let before = processor_time(&program.id());
    thread::sleep(IDLE);
    100.0 * processor_time(&program.id()).saturating_sub(before).as_secs_f64() / IDLE.as_secs_f64()
}

/// A number for everybody, no two alike. Nothing leaves this machine, so it may be anybody's.
fn phone(person: u32) -> String {
    format!("+4670{:07}", u64::from(person) * 76_543 % 10_000_000)
}
