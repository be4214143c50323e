//! Where callers come from: straight to the API, and through `CloudFront`.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use bytes::Bytes;
use http::{Method, Request};
use rand::Rng;
use tests::answer::Answer;
use tests::browser::Browser;
use tests::dump::{number, string};
use tests::phones::ADA;
use tests::stack::Stack;

/// What `CloudFront` shows in these tests.
const SECRET: &str = "0123456789abcdef0123456789ABCDEF";

const SHOWN: &str = "x-doorcode-proxy";
const TOLD: &str = "cloudfront-viewer-address";

/// Headers in which proxies tell addresses, and which anybody can write.
const FORWARDED: [&str; 6] =
    ["x-forwarded-for", "x-real-ip", "true-client-ip", "cf-connecting-ip", "x-client-ip", "forwarded"];

/// Without a trusted proxy, nothing that the client writes about its address or its way is believed: a thousand code
/// requests with other headers each are of one address (S-09).
#[tokio::test]
async fn forwarded_addresses_are_not_believed() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let random = &mut shared::random::source();
    let mut refused = 0;
    for _ in 0..1_000 {
        let address = Ipv4Addr::from(random.next_u32());
        let mut headers: Vec<_> = FORWARDED.iter().map(|name| (*name, address.to_string())).collect();
        headers.extend([("forwarded", format!("for={address}")), (TOLD, format!("{address}:443"))]);
        headers.push((SHOWN, SECRET.to_owned()));
        // Without it, each is a login of its own; with it, all go on with one, which is not counted for the address.
        browser.forget("__Host-login");
        let answer = request_code(&mut browser, &headers).await;
        assert!(matches!(answer.status, 202 | 429), "{answer:?}");
        refused += u32::from(answer.status == 429);
    }
    assert_eq!(refused, 980, "one address may start twenty logins");
    assert_counted_for(&stack, &[&browser.address().to_string()]).await;
}

/// Behind `CloudFront`, who comes past it is refused on both ways in, and costs nothing (F-07).
#[tokio::test]
async fn who_comes_past_the_proxy_is_refused() {
    let stack = Stack::behind_cloudfront(SECRET).await;
    let told = (TOLD, "203.0.113.1:443".to_owned());
    let lower = SECRET.to_lowercase();
    for wrong in ["", "x", &SECRET[1..], lower.as_str(), &format!("{SECRET}0"), &format!("{SECRET},{SECRET}")] {
        for headers in [vec![told.clone()], vec![(SHOWN, wrong.to_owned()), told.clone()]] {
            let mut browser = stack.browser();
            let refused = [request_code(&mut browser, &headers).await, resend(&mut browser, &headers).await];
            for answer in refused {
                assert_eq!((answer.status, answer.problem().as_str()), (403, "forbidden-origin"), "{headers:?}");
                assert!(answer.cookies().is_empty(), "{answer:?}");
            }
        }
    }
    assert!(stack.proxy().calls().is_empty(), "{:?}", stack.proxy().calls());
    assert!(stack.dump().await.items().next().is_none(), "something was written");
}

/// Behind `CloudFront` the address is the one that `CloudFront` tells, in each spelling, whatever else is said, and
/// wherever the request comes from (S-09). The table has no address in clear (P-02).
#[tokio::test]
async fn the_address_is_what_the_proxy_tells() {
    for (told, network) in [
        (["203.0.113.7:46532", "203.0.113.7:1"], vec!["203.0.113.7"]),
        (["[2001:db8:0:1::1]:443", "2001:DB8:0:1::2:443"], vec!["2001:db8:0:1::/64", "2001:db8::/48"]),
        (["::ffff:203.0.113.7:443", "203.0.113.7:443"], vec!["203.0.113.7"]),
    ] {
        let stack = Stack::behind_cloudfront(SECRET).await;
        for told in told {
            let mut headers: Vec<_> = FORWARDED.iter().map(|name| (*name, "198.51.100.1".to_owned())).collect();
            headers.extend([("X-Doorcode-Proxy", SECRET.to_owned()), ("CloudFront-Viewer-Address", told.to_owned())]);
            assert_eq!(request_code(&mut stack.browser(), &headers).await.status, 202, "{told}");
        }
        assert_counted_for(&stack, &network).await;
        for quota in stack.dump().await.all("IP#") {
            assert_eq!(number(quota, "count"), 2);
        }
    }
}

/// An address that the trusted proxy does not tell, or not so that it can be read, has the small IP rate limit of the
/// unknown; the address of the proxy itself is nobody's (S-10).
#[tokio::test]
async fn an_address_that_the_proxy_does_not_tell_is_unknown() {
    let stack = Stack::behind_cloudfront(SECRET).await;
    for told in [None, Some(""), Some("203.0.113.1"), Some("203.0.113.1:443, 203.0.113.2:443"), Some("unknown")] {
        let mut headers = vec![(SHOWN, SECRET.to_owned())];
        headers.extend(told.map(|told| (TOLD, told.to_owned())));
        assert_eq!(request_code(&mut stack.browser(), &headers).await.status, 202, "{told:?}");
    }
    assert_counted_for(&stack, &["UNKNOWN"]).await;
}

/// A page of another site is refused behind the trusted proxy too (C-09).
#[tokio::test]
async fn the_proxy_does_not_vouch_for_the_page() {
    let stack = Stack::behind_cloudfront(SECRET).await;
    let headers = [
        (SHOWN, SECRET.to_owned()),
        (TOLD, "203.0.113.7:443".to_owned()),
        ("origin", "https://evil.example".to_owned()),
    ];
    assert_eq!(request_code(&mut stack.browser(), &headers).await.problem(), "forbidden-origin");
    assert!(stack.proxy().calls().is_empty());
}

async fn request_code(browser: &mut Browser, headers: &[(&'static str, String)]) -> Answer {
    let body = format!(r#"{{"phone":"{ADA}"}}"#);
    let request = browser.request(&Method::POST, "/auth/login").body(Bytes::from(body)).expect("a request");
    browser.send(with(request, headers)).await
}

async fn resend(browser: &mut Browser, headers: &[(&'static str, String)]) -> Answer {
    let request = browser.request(&Method::POST, "/auth/login/resend").body(Bytes::new()).expect("a request");
    browser.send(with(request, headers)).await
}

fn with(mut request: Request<Bytes>, headers: &[(&'static str, String)]) -> Request<Bytes> {
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().expect("a name");
        request.headers_mut().insert(name, value.parse().expect("a value"));
    }
    request
}

/// Starts were counted for these networks, none of which stands in the table in clear (P-02).
async fn assert_counted_for(stack: &Stack, networks: &[&str]) {
    let dump = stack.dump().await;
    let items = dump.all("IP#");
    let counted: BTreeSet<_> = items.iter().map(|item| string(item, "pk").to_owned()).collect();
    let keys = stack.number_keys();
    let expected = networks.iter().map(|network| format!("IP#{}", keys.network_id(network).as_str()));
    assert_eq!(counted, expected.collect());
    for network in networks {
        assert!(!dump.texts().iter().any(|text| text.contains(network)), "{network} is in the table");
    }
}
