//! `infra/cloudfront.yaml` against what the functions and the pages need of it, which no emulator shows.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::resources::{Template, list, texts};

const TEXT: &str = include_str!("../../infra/cloudfront.yaml");

/// Managed policies of `CloudFront`, by the ids that its documentation lists.
const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const CACHING_OPTIMIZED: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const HOST_HEADER_ONLY: &str = "bf0718e1-ba1e-49d1-88b1-f726733018ae";
const ALL_VIEWER_AND_CLOUDFRONT_HEADERS: &str = "33f36d7e-f396-46d9-90e0-52428a34d9dc";

/// The errors whose answers `CloudFront` can be told not to keep.
const ERRORS: [u64; 11] = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

/// A change that breaks it, and what is found then.
const BROKEN: [(&str, &str, &str); 16] = [
    ("4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "658327ea-f89d-4fab-a63d-7e88639e58f6", "answers are kept"),
    ("33f36d7e-f396-46d9-90e0-52428a34d9dc", "216adef6-5c7f-47e4-b989-5492eafa07d3", "no address of the viewer"),
    ("[GET, HEAD, OPTIONS, PUT, POST, PATCH, DELETE]", "[GET, HEAD]", "methods"),
    ("PathPattern: /assets/*", "PathPattern: /asset/*", "assets are not kept"),
    ("PathPattern: /assets/*", "PathPattern: /a*", "assets are not kept"),
    ("          - { ErrorCode: 503, ErrorCachingMinTTL: 0 }\n", "", "errors"),
    ("{ ErrorCode: 403, ErrorCachingMinTTL: 0 }", "{ ErrorCode: 403, ErrorCachingMinTTL: 10 }", "errors"),
    ("HeaderName: x-doorcode-proxy", "HeaderName: x-doorcode-front", "the secret"),
    ("https-only", "match-viewer", "the origin"),
    ("redirect-to-https", "allow-all", "http"),
    ("urn:doorcode:problem:too-many-requests", "urn:doorcode:problem:slow-down", "the refusal"),
    ("SearchString: /auth/", "SearchString: /api/", "calls"),
    ("SearchString: POST", "SearchString: GET", "calls"),
    ("bf0718e1-ba1e-49d1-88b1-f726733018ae", "216adef6-5c7f-47e4-b989-5492eafa07d3", "assets are not kept"),
    ("TLSv1.2_2021", "TLSv1", "TLS"),
    ("Scope: CLOUDFRONT", "Scope: REGIONAL", "the web ACL"),
];

/// Requirements S-09, F-07.
#[test]
fn what_stands_in_front_passes_on_what_the_service_needs() {
    assert_eq!(flaws(TEXT), Vec::<String>::new());
    for (from, to, found) in BROKEN {
        assert!(TEXT.contains(from), "the template has no {from:?}");
        let flaws = flaws(&TEXT.replace(from, to));
        assert!(flaws.iter().any(|flaw| flaw.starts_with(found)), "{to:?}: {flaws:?}");
    }
}

/// An asset that the pages name is at an address that is kept.
#[tokio::test]
async fn the_assets_of_the_pages_are_kept() {
    let mut browser = tests::stack::Stack::new().await.browser();
    let page = browser.ask(&http::Method::GET, "/", bytes::Bytes::new()).await;
    let assets = page.assets();
    assert!(!assets.is_empty() && assets.iter().all(|asset| asset.starts_with("/assets/")), "{assets:?}");
}

fn flaws(text: &str) -> Vec<String> {
    let template = Template::parse(text);
    let distribution = &template.properties("Distribution")["DistributionConfig"];
    let (default, others) = (&distribution["DefaultCacheBehavior"], list(&distribution["CacheBehaviors"]));
    let mut flaws = Vec::new();
    let mut look = |what: &str, holds: bool| {
        if !holds {
            flaws.push(what.to_owned());
        }
    };
    look("answers are kept that are of one person", default["CachePolicyId"] == CACHING_DISABLED);
    let policy = &default["OriginRequestPolicyId"];
    look("no address of the viewer is told, or no host", policy == ALL_VIEWER_AND_CLOUDFRONT_HEADERS);
    let methods: BTreeSet<_> = texts(&default["AllowedMethods"]).into_iter().collect();
    look(
        "methods of the API are refused",
        ["GET", "POST", "DELETE", "PATCH", "PUT"].iter().all(|one| methods.contains(one)),
    );
    let assets = others.iter().find(|behavior| behavior["PathPattern"] == "/assets/*");
    let is_kept = |assets: &Value| {
        assets["CachePolicyId"] == CACHING_OPTIMIZED && assets["OriginRequestPolicyId"] == HOST_HEADER_ONLY
    };
    look("assets are not kept", others.len() == 1 && assets.is_some_and(is_kept));
    let over_https = |behavior: &Value| behavior["ViewerProtocolPolicy"] == "redirect-to-https";
    look("http is answered", over_https(default) && others.iter().all(over_https));
    let errors = list(&distribution["CustomErrorResponses"]).iter();
    let not_kept = errors.filter(|error| error["ErrorCachingMinTTL"] == 0 && error["ResponsePagePath"].is_null());
    let not_kept: BTreeSet<_> = not_kept.filter_map(|error| error["ErrorCode"].as_u64()).collect();
    look("errors are kept", not_kept == ERRORS.into_iter().collect());
    let [origin] = list(&distribution["Origins"]) else { return vec!["the origin is not one".to_owned()] };
    let [header] = list(&origin["OriginCustomHeaders"]) else { return vec!["the secret is not sent".to_owned()] };
    look("the secret is sent under another name", header["HeaderName"] == "x-doorcode-proxy");
    look(
        "the secret is in the template",
        header["HeaderValue"].as_str().is_some_and(|value| value.contains("{{resolve:")),
    );
    look("the origin is called without TLS", origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only");
    look("TLS is too old", distribution["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021");
    look("the web ACL is not on it", distribution["WebACLId"] == "WebAcl.Arn");
    flaws.extend(flaws_of_the_web_acl(&template));
    flaws
}

fn flaws_of_the_web_acl(template: &Template) -> Vec<String> {
    let acl = template.properties("WebAcl");
    let rules = list(&acl["Rules"]);
    let limits = |rule: &&Value| !rule["Statement"]["RateBasedStatement"].is_null();
    let refusal: Value = acl["CustomResponseBodies"]["too-many-requests"]["Content"]
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let answers = |rule: &&Value| {
        let answer = &rule["Action"]["Block"]["CustomResponse"];
        answer["ResponseCode"] == 429 && answer["CustomResponseBodyKey"] == "too-many-requests"
    };
    let calls = rules.iter().find(limits).unwrap_or(&Value::Null);
    let scope = &calls["Statement"]["RateBasedStatement"]["ScopeDownStatement"]["AndStatement"]["Statements"];
    let limited = |part: usize| &scope[part]["ByteMatchStatement"]["SearchString"];
    let checks = [
        ("the web ACL is not CloudFront's", acl["Scope"] == "CLOUDFRONT"),
        ("calls of the API are not limited first", limited(0) == "POST" && limited(1) == "/auth/"),
        ("the limits are not two", rules.iter().filter(limits).count() == 2),
        (
            "the refusal is no problem of the API",
            rules.iter().filter(limits).all(|rule| answers(&rule))
                && refusal["type"] == "urn:doorcode:problem:too-many-requests"
                && refusal["status"] == 429
                && refusal["retry_after"].is_u64(),
        ),
    ];
    checks.into_iter().filter(|(_, holds)| !holds).map(|(flaw, _)| flaw.to_owned()).collect()
}
