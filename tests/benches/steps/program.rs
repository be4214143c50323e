//! The third part: how soon the local program serves after its start, and how much memory it holds.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::client;
use tests::percentile::milliseconds;
use tests::process::memory;

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
        print_row(name, &build(folder, arguments));
    }
}

fn print_row(name: &str, program: &Path) {
    let mut ready = Vec::new();
    let (mut at_start, mut after_a_login) = (Memory::default(), Memory::default());
    for _ in 0..STARTS {
        let program = Running::start(program);
        ready.push(program.ready_after);
        at_start = at_start.max(program.memory());
        client::log_in(&program.site, &program.inbox);
        after_a_login = after_a_login.max(program.memory());
    }
    ready.sort_unstable();
    let (median, longest) = (milliseconds(ready[STARTS / 2]), milliseconds(ready[STARTS - 1]));
    println!("{name:28}{median:>10}{longest:>9}{}{}", at_start.row(), after_a_login.row());
}

/// Builds the program. This benchmark is in a folder of the folder in which all builds are.
fn build(folder: &str, arguments: &[&str]) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.arg("build").arg("--quiet").args(arguments).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    assert!(cargo.status().expect("cargo").success(), "the local program does not build");
    let benchmark = std::env::current_exe().expect("a path");
    let builds = benchmark.ancestors().nth(3).expect("target/release/deps/steps");
    builds.join(folder).join("doorcode").with_extension(std::env::consts::EXE_EXTENSION)
}

/// The program while it runs. It ends with this value.
struct Running {
    child: Child,
    ready_after: Duration,
    site: String,
    inbox: String,
}

impl Running {
    /// Starts it on free ports, and waits for the two addresses that it prints once it serves.
    fn start(program: &Path) -> Self {
        let begin = Instant::now();
        let mut command = Command::new(program);
        command.args(["--port", "0", "--inbox-port", "0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("a program");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut address = || {
            let Some(line) = lines.next() else { panic!("no address: {}", complaint(&mut child)) };
            let line = line.expect("text");
            let host = line.split_whitespace().find_map(|word| word.strip_prefix("http://")).map(str::to_owned);
            host.unwrap_or_else(|| panic!("no address in {line:?}"))
        };
        let site = address();
        let ready_after = begin.elapsed();
        let inbox = address();
        Self { child, ready_after, site, inbox }
    }

    /// What Linux says of the program's memory; nothing elsewhere.
    fn memory(&self) -> Memory {
        let child = self.child.id().to_string();
        let memory = |kind| memory(&child, kind);
        Memory { resident: memory("VmRSS"), anonymous: memory("RssAnon"), peak: memory("VmHWM") }
    }
}

/// What a program that ended too soon had to say.
fn complaint(child: &mut Child) -> String {
    io::read_to_string(child.stderr.take().expect("its errors")).unwrap_or_default()
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().expect("a program that runs");
        self.child.wait().expect("a program that ends");
    }
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
