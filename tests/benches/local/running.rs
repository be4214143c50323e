//! The local program as a process, for benchmarks of it.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Builds the program. A benchmark is in a folder of the folder in which all builds are.
#[must_use]
pub fn build(folder: &str, arguments: &[&str]) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.arg("build").arg("--quiet").args(arguments).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    assert!(cargo.status().expect("cargo").success(), "the local program does not build");
    let benchmark = std::env::current_exe().expect("a path");
    let builds = benchmark.ancestors().nth(3).expect("target/release/deps/NAME");
    builds.join(folder).join("doorcode").with_extension(std::env::consts::EXE_EXTENSION)
}

/// The program while it runs. It ends with this value.
pub struct Program {
    child: Child,
    /// How long it took until it served.
    pub ready_after: Duration,
    /// Host and port of the site.
    pub site: String,
    /// Host and port of the inbox.
    pub inbox: String,
}

impl Program {
    /// Starts it on free ports, and waits for the two addresses that it prints once it serves.
    #[must_use]
    pub fn start(program: &Path, flags: &[&str]) -> Self {
        let begin = Instant::now();
        let mut command = Command::new(program);
        command.args(["--port", "0", "--inbox-port", "0"]).args(flags).stdout(Stdio::piped()).stderr(Stdio::piped());
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
        // A pipe that nobody reads fills up, and whoever logs into it then waits for good.
        let errors = child.stderr.take().expect("its errors");
        thread::spawn(move || lines.for_each(drop));
        thread::spawn(move || BufReader::new(errors).lines().for_each(drop));
        Self { child, ready_after, site, inbox }
    }

    /// The number of its process.
    #[must_use]
    pub fn id(&self) -> String {
        self.child.id().to_string()
    }
}

/// What a program that ended too soon had to say.
fn complaint(child: &mut Child) -> String {
    io::read_to_string(child.stderr.take().expect("its errors")).unwrap_or_default()
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().expect("a program that runs");
        self.child.wait().expect("a program that ends");
    }
}
