//! The third part: how soon the local program serves after its start, and how much memory it holds.

use std::path::Path;

use tests::percentile::milliseconds;
use tests::phones::ADA;
use tests::process::memory;

use crate::person;
use crate::running::{self, Program};

const STARTS: usize = 5;

/// Builds the program as `cargo run` does, and optimised as this benchmark is; measures and prints.
pub fn print() {
    println!("\nThe local program, {STARTS} starts of each build (to stay below: 1,000 ms, 60 MB)\n");
    println!("{:28}{:>19}{:>31}{:>31}", "", "ready, ms", "memory at start, MB", "after a login, MB");
    let memory = format!("{:>10}{:>11}{:>10}", "resident", "anonymous", "peak");
    println!("{:28}{:>10}{:>9}{memory}{memory}", "", "median", "longest");
    // The second build has the packages of this benchmark, so that next to nothing has to be compiled for it.
    for (name, folder, arguments) in [
        ("cargo run", "debug", [].as_slice()),
        ("optimised", "release", &["--profile", "bench", "--package", "tests", "--package", "local"]),
    ] {
        print_row(name, &running::build(folder, arguments));
    }
}

fn print_row(name: &str, program: &Path) {
    let mut ready = Vec::new();
    let (mut at_start, mut after_a_login) = (Memory::default(), Memory::default());
    for _ in 0..STARTS {
        let program = Program::start(program, &[]);
        ready.push(program.ready_after);
        at_start = at_start.max(memory_of(&program));
        let _ = person::sign_up(&program.site, &program.inbox, ADA);
        after_a_login = after_a_login.max(memory_of(&program));
    }
    ready.sort_unstable();
    let (median, longest) = (milliseconds(ready[STARTS / 2]), milliseconds(ready[STARTS - 1]));
    println!("{name:28}{median:>10}{longest:>9}{}{}", at_start.row(), after_a_login.row());
}

/// What Linux says of the program's memory; nothing elsewhere.
fn memory_of(program: &Program) -> Memory {
    let memory = |kind| memory(&program.id(), kind);
    Memory { resident: memory("VmRSS"), anonymous: memory("RssAnon"), peak: memory("VmHWM") }
}

/// Memory in MB of 1,000,000 bytes.
#[derive(Clone, Copy, Default)]
struct Memory {
    resident: f64,
    /// The part that is not read from the program's own file.
    anonymous: f64,
    peak: f64,
}

impl Memory {
    fn max(self, other: Self) -> Self {
        let larger = |part: fn(Self) -> f64| part(self).max(part(other));
        Self { resident: larger(|it| it.resident), anonymous: larger(|it| it.anonymous), peak: larger(|it| it.peak) }
    }

    fn row(self) -> String {
        let Self { resident, anonymous, peak } = self;
        format!("{resident:>10.1}{anonymous:>11.1}{peak:>10.1}")
    }
}
