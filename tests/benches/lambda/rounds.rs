//! What people do while it is measured: they register, come back, look at the pages.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Method;
use tests::stack::Stack;

use crate::service::{Sample, Service};

/// How often all functions are started at each memory size.
const STARTS: u32 = 5;
/// How often each runs at each memory size after that.
const RUNS: u32 = 40;
/// The pages of a login with an account. No browser keeps them.
pub const PAGES: [&str; 3] = ["/", "/code", "/account"];

/// What a browser loads in a login with an account when it has nothing: the pages, and each asset once, which it keeps.
pub async fn files(stack: &Stack) -> Vec<String> {
    let mut browser = stack.browser();
    let mut assets = BTreeSet::new();
    for path in PAGES {
        let page = browser.ask(&Method::GET, path, Bytes::new()).await;
        assets.extend(page.assets().into_iter().map(str::to_owned));
    }
    PAGES.into_iter().map(str::to_owned).chain(assets).collect()
}

/// Takes the samples of one memory size. At each login the browser loads `files`.
pub async fn at(megabytes: u32, service: &Service, stack: &Stack, files: &[String], people: &mut u32) -> Vec<Sample> {
    let mut samples = Vec::new();
    for _ in 0..STARTS {
        service.begin_anew(megabytes).await;
        sign_in(stack, files, &next(people), true).await;
        samples.extend(service.take().await);
    }
    for _ in 0..RUNS {
        let phone = next(people);
        sign_in(stack, files, &phone, true).await;
        // Of this login only what no other has: the next one takes the way that most take.
        samples.extend(service.take().await.into_iter().filter(|sample| sample.function == "register"));
        sign_in(stack, files, &phone, false).await;
        samples.extend(service.take().await);
    }
    samples
}

/// A whole login of somebody who is new or has an account.
async fn sign_in(stack: &Stack, files: &[String], phone: &str, is_new: bool) {
    let mut browser = stack.browser();
    for path in files {
        assert_eq!(browser.ask(&Method::GET, path, Bytes::new()).await.status, 200, "{path}");
    }
    let code = browser.request_code(phone).await;
    let verified = browser.submit(&code).await;
    assert_eq!(verified.status, 200, "{verified:?}");
    assert_eq!(verified.json()["next"], if is_new { "register" } else { "account" });
    if is_new {
        assert_eq!(browser.register("Ada").await.status, 201);
    }
    assert_eq!(browser.session().await.status, 200);
}

/// A number that nobody has had yet. Nothing leaves this machine, so it may be anybody's.
fn next(people: &mut u32) -> String {
    *people += 1;
    // Far from each other, as those of different people are.
    format!("+4670{:07}", u64::from(*people) * 76_543 % 10_000_000)
}
