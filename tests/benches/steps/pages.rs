//! What a function costs before it does anything: requests that the table has no part in, from event to answer.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Method;
use tests::browser::Browser;
use tests::stack::Stack;

use tests::percentile::Percentiles;

const RUNS: usize = 1_000;

/// Measures and prints.
pub async fn print() {
    println!("\nFrom event to answer without the table, in milliseconds, p50 and p99 of {RUNS} runs\n");
    let mut browser = Stack::new().await.browser();
    let page = browser.ask(&Method::GET, "/", Bytes::new()).await;
    let script = page.assets().into_iter().find(|asset| asset.ends_with("/door.js")).expect("a script");
    for (method, path, status) in [
        (Method::GET, "/", 200),
        (Method::GET, script, 200),
        (Method::GET, "/nothing", 404),
        (Method::GET, "/auth/session", 401),
    ] {
        let mut times = Vec::with_capacity(RUNS);
        for _ in 0..RUNS {
            times.push(time(&mut browser, &method, path, status).await);
        }
        println!("{:40}  {}", format!("{method} {path}"), Percentiles::of(times));
    }
}

async fn time(browser: &mut Browser, method: &Method, path: &str, status: u16) -> Duration {
    let begin = Instant::now();
    let answer = browser.ask(method, path, Bytes::new()).await;
    let time = begin.elapsed();
    assert_eq!(answer.status, status, "{answer:?}");
    time
}
