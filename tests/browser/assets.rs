//! What a browser loads, and what it has kept.

use std::collections::BTreeSet;

use serde_json::json;
use tests::phones::ADA;

use crate::doorcode::Doorcode;
use crate::person::{CODE, NAME, NUMBER, Person};

/// Longer than a session lasts without use, in seconds.
const AWAY: i64 = 15 * 24 * 60 * 60;

/// Each asset is loaded where it is first needed, and not again: not by the next page, and not at the next visit, which
/// here comes when the session has run out. Who signs out has the browser forget what it kept.
#[tokio::test]
async fn an_asset_is_loaded_once() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let mut kept = BTreeSet::new();

    ada.types_a_code(&mut kept).await;
    ada.is_at("/register").await;
    ada.loads_what_is_new(&mut kept).await;
    ada.types(NAME, "Ada").await;
    ada.presses("Create account").await;
    ada.is_at("/account").await;
    ada.sees("Hello, Ada").await;
    ada.loads_what_is_new(&mut kept).await;

    doorcode.advance(AWAY);
    let all = kept.clone();
    ada.types_a_code(&mut kept).await;
    ada.is_at("/account").await;
    ada.sees("Hello, Ada").await;
    ada.loads_what_is_new(&mut kept).await;
    assert_eq!(kept, all);
    ada.leaves().await;
}

/// A telephone in the country: 400 kilobits a second, and 400 ms there and back. The machine that tests this is busy,
/// so the bound is wide; what it takes is printed, and docs/speed.md has it.
#[tokio::test]
async fn a_first_visit_over_a_slow_connection_is_usable_soon() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let slow = json!({ "offline": false, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000 });
    ada.browser().devtools("Network.enable", json!({})).await;
    ada.browser().devtools("Network.emulateNetworkConditions", slow).await;
    ada.runs_first(
        "new MutationObserver((_, observer) => {
            if (document.querySelector('button:enabled')) {
                window.usable = performance.now();
                observer.disconnect();
            }
        }).observe(document, { subtree: true, childList: true, attributes: true })",
    )
    .await;
    ada.opens("/").await;
    let usable =
        ada.until("a page that can be used", async || ada.runs("return window.usable", Vec::new()).await.as_f64());
    let usable = usable.await;
    let loaded = "return [performance.getEntriesByType('navigation')[0], ...performance.getEntriesByType('resource')]
        .filter(entry => entry.transferSize > 0).map(entry => entry.encodedBodySize)";
    let sizes: Vec<u64> = serde_json::from_value(ada.runs(loaded, Vec::new()).await).expect("sizes");
    println!("usable after {usable:.0} ms; {} requests, {} bytes: {sizes:?}", sizes.len(), sizes.iter().sum::<u64>());
    assert!(usable < 4_000.0, "{usable} ms");
    assert!(sizes.len() <= 3 && sizes.iter().sum::<u64>() < 30_000, "{sizes:?}");
    ada.leaves().await;
}

impl Person<'_> {
    /// Comes to the first page, requests a code and types it.
    async fn types_a_code(&self, kept: &mut BTreeSet<String>) {
        self.opens("/").await;
        self.is_at("/").await;
        self.loads_what_is_new(kept).await;
        self.types(NUMBER, ADA).await;
        self.presses("Text me a code").await;
        self.is_at("/code").await;
        self.loads_what_is_new(kept).await;
        let code = self.reads_code().await;
        self.types(CODE, &code).await;
        self.presses("Sign in").await;
    }

    /// Finds that the page loaded, each once, those of its assets that the browser has not kept, which it now has.
    async fn loads_what_is_new(&self, kept: &mut BTreeSet<String>) {
        let script = "const path = address => new URL(address).pathname;
            const elements = [...document.querySelectorAll('link[href], script[src], img[src]')];
            const loaded = performance.getEntriesByType('resource').filter(entry => entry.transferSize > 0);
            const assets = loaded.map(entry => path(entry.name)).filter(path => path.startsWith('/assets/'));
            return [elements.map(element => path(element.href ?? element.src)), assets]";
        let lists = self.runs(script, Vec::new()).await;
        let [named, mut loaded]: [Vec<String>; 2] = serde_json::from_value(lists).expect("two lists of addresses");
        loaded.sort();
        let new: BTreeSet<_> = named.into_iter().filter(|asset| !kept.contains(asset)).collect();
        assert_eq!(loaded, new.iter().cloned().collect::<Vec<_>>());
        kept.extend(new);
    }
}
