//! Headers that every answer has, also refusals and failures (C-13).

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Method;
use tests::answer::Answer;
use tests::phones::ADA;
use tests::proxy::{InjectedFault, Times};
use tests::stack::Stack;

use crate::steps::Step;

/// Every answer of every step has the security headers (C-13).
#[tokio::test]
async fn every_answer_has_the_security_headers() {
    for step in Step::ALL {
        let mut ready = step.prepare().await;
        assert_secure(&format!("{step:?}"), &step.take(&mut ready).await);
    }
}

/// So does every refusal and every failure, from whichever function it comes (C-13).
#[tokio::test]
async fn every_refusal_has_the_security_headers() {
    let stack = Stack::watched().await;
    let mut browser = stack.browser();
    let requests = [
        (Method::POST, "/auth/login", "{}"),
        (Method::POST, "/auth/login", r#"{"phone":"hello"}"#),
        (Method::POST, "/auth/login/resend", "{}"),
        (Method::POST, "/auth/code", r#"{"code":"123456"}"#),
        (Method::POST, "/auth/register", r#"{"name":"Ada"}"#),
        (Method::GET, "/auth/session", ""),
        (Method::DELETE, "/auth/session", ""),
        (Method::PUT, "/auth/login", ""),
        (Method::GET, "/auth/login", ""),
        (Method::GET, "/no/such/page", ""),
        (Method::POST, "/", ""),
        (Method::OPTIONS, "/auth/code", ""),
    ];
    for (method, path, body) in requests {
        let answer = browser.ask(&method, path, Bytes::from(body)).await;
        assert!(answer.status >= 400, "{method} {path}: {answer:?}");
        let _ = answer.problem();
        assert_secure(&format!("{method} {path}"), &answer);
    }
    stack.proxy().fail_all("TransactWriteItems", InjectedFault::Throttled, Times::Always);
    let failed = browser.start(ADA).await;
    assert_eq!(failed.problem(), "unavailable");
    assert_secure("a failure", &failed);
}

/// Pages have them too, and a policy that lets no written-in script run, and of styles one (C-13).
#[tokio::test]
async fn pages_have_the_security_headers() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    for path in ["/", "/code", "/register", "/account"] {
        let page = browser.ask(&Method::GET, path, Bytes::new()).await;
        assert_eq!(page.status, 200, "{path}: {page:?}");
        assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{path}");
        assert_common(path, &page);
        assert_kept_by_nobody(path, &page);
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
        let text = page.text();
        assert!(!text.contains("<script>") && !text.contains(" style="), "{path}");
        assert!(!text.contains(" onclick=") && !text.contains("javascript:"), "{path}");
    }
}

/// An asset may be kept, and nothing else: it is the same for everybody, and the address that the pages name changes with
/// its content. Under any other version it is there, for pages from before a deployment, but nobody keeps it (C-13).
#[tokio::test]
async fn an_asset_is_kept_at_its_present_address_alone() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let mut get = async |path: &str| browser.ask(&Method::GET, path, Bytes::new()).await;
    let mut addresses = BTreeSet::new();
    for path in ["/", "/code", "/register", "/account"] {
        addresses.extend(get(path).await.assets().into_iter().map(str::to_owned));
    }
    assert_eq!(addresses.len(), 2, "{addresses:?}");
    for address in &addresses {
        let present = get(address).await;
        assert_eq!(present.status, 200, "{address}");
        assert_eq!(present.header("cache-control"), Some("public, max-age=31536000, immutable"), "{address}");
        assert_policy(address, &present);

        let [_, _, version, name] = address.split('/').collect::<Vec<_>>()[..] else { panic!("{address}") };
        for other in [format!("{version}A"), "1".to_owned()] {
            let path = format!("/assets/{other}/{name}");
            let old = get(&path).await;
            assert_eq!((old.status, &old.body), (200, &present.body), "{path}");
            assert_secure(&path, &old);
        }
        for path in [format!("/assets/{name}"), format!("/assets/{version}/no-{name}"), format!("{address}/")] {
            let nothing = get(&path).await;
            assert_eq!(nothing.problem(), "not-found", "{path}");
            assert_secure(&path, &nothing);
        }
    }
    for address in &addresses {
        let refused = browser.ask(&Method::DELETE, address, Bytes::new()).await;
        assert_eq!(refused.problem(), "method-not-allowed", "{address}");
        assert_secure(address, &refused);
    }
}

fn assert_secure(place: &str, answer: &Answer) {
    assert_kept_by_nobody(place, answer);
    assert_policy(place, answer);
}

fn assert_policy(place: &str, answer: &Answer) {
    assert_common(place, answer);
    let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{place}: no policy"));
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{place}: {policy}");
}

fn assert_kept_by_nobody(place: &str, answer: &Answer) {
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{place}");
}

fn assert_common(place: &str, answer: &Answer) {
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{place}");
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{place}");
    assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"), "{place}");
    let transport = answer.header("strict-transport-security").unwrap_or_default();
    let age = transport.split(['=', ';']).nth(1).and_then(|age| age.parse::<u64>().ok());
    assert!(
        age.is_some_and(|age| age >= 31_536_000) && transport.contains("includeSubDomains"),
        "{place}: {transport}"
    );
    for told in ["server", "x-powered-by", "x-amzn-errortype"] {
        assert!(answer.headers(told).next().is_none(), "{place} tells {told}");
    }
}
