//! What the functions cost as Lambda runs them: `cargo bench -p tests --bench lambda`.
//!
//! Each function is built as a release and started as a process before a stand-in of Lambda's runtime API; it finds
//! DynamoDB, SNS and Secrets Manager behind TLS on this machine. Where a control group can be made it has the
//! processor's share that Lambda gives with its memory. A run takes a few minutes, prints tables and writes
//! `target/lambda.json`. Times are told, never asserted.
//!
//! `-- --functions FOLDER` measures programs that were built otherwise instead of building them; `-- --memory 128,512`
//! measures these sizes; `-- --env NAME=VALUE`, as often as one likes, gives the functions another setting.

#![expect(clippy::expect_used, reason = "a benchmark ends where it cannot go on")]

mod cloud;
mod hash;
mod price;
mod process;
mod quota;
mod report;
mod rounds;
mod service;

use std::path::PathBuf;
use std::process::Command;

use tests::bench::Options;
use tests::stack::Stack;
use tests::walk;

/// The memory sizes, in MB.
const SIZES: [u32; 6] = [128, 256, 512, 1_024, 1_769, 3_008];

/// The functions, in the order in which a login meets them.
const FUNCTIONS: [&str; 6] = ["pages", "start-login", "deliver-code", "verify-code", "register", "session"];

#[tokio::main]
async fn main() {
    let Some(options) = Options::read() else { return };
    let folder = options.each("--functions").last().map_or_else(build, PathBuf::from);
    let sizes = options.numbers("--memory", &SIZES);

    let costs = walk::costs().await;
    let (service, url) = service::Service::start(folder.clone()).await;
    let stack = Stack::with_functions_at(&url).await;
    let certificates = tempfile::tempdir().expect("a folder");
    let mut environment = cloud::environment(&stack, certificates.path()).await;
    let more = options.each("--env").filter_map(|setting| setting.split_once('='));
    environment.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
    service.set_environment(environment).await;
    let (mut samples, mut people) = (Vec::new(), 0);
    service.begin_anew(SIZES[0]).await;
    let files = rounds::files(&stack).await;
    // No login: what it took to find out is not told.
    service.take().await;
    for megabytes in sizes {
        eprintln!("{megabytes} MB …");
        samples.extend(rounds::at(megabytes, &service, &stack, &files, &mut people).await);
    }
    let held_down = service.holds_down().await;
    let files = [files.len(), rounds::PAGES.len()];
    report::print(&report::Measured { folder: &folder, samples: &samples, costs: &costs, files, held_down });
    service.begin_anew(SIZES[0]).await;
}

/// Builds the functions as they are deployed, and tells where they are.
fn build() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release"]).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    cargo.args(FUNCTIONS.iter().flat_map(|name| ["--package", name]));
    assert!(cargo.status().expect("cargo").success(), "the functions do not build");
    // This benchmark is in target/release/deps.
    let benchmark = std::env::current_exe().expect("a path");
    benchmark.ancestors().nth(2).expect("target/release/deps/lambda").to_owned()
}
