//! HTTP requests as events of API Gateway, and the answers of functions as HTTP responses.
//!
//! The form is payload format 2.0 of HTTP APIs ("Create AWS Lambda proxy integrations for HTTP APIs" in the API Gateway
//! guide). What the guide leaves open follows what others saw on AWS:
//!
//! - `rawPath` is percent-decoded and ends where a question mark comes out of that
//!   (<https://github.com/middleapi/standard-server/pull/93>); `rawQueryString` is as it was sent
//!   (<https://github.com/ministackorg/ministack/issues/1035>).
//! - A body is text when its type is `text/*` or JSON, XML or JavaScript under `application/`; any other, or one
//!   without a type, is base64 (<https://github.com/ministackorg/ministack/pull/766>).

use std::net::IpAddr;

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use shared::time::Timestamp;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
const FORWARDED_PORT: &str = "x-forwarded-port";

/// What the gateway knows about a request besides the request.
pub(crate) struct Arrival<'a> {
    /// The route that was chosen.
    pub(crate) route: &'a str,
    /// The path as [`path`] reads it.
    pub(crate) path: &'a str,
    pub(crate) source: IpAddr,
    pub(crate) now: Timestamp,
    pub(crate) id: &'a str,
}

/// The path of a request as API Gateway matches it with routes and hands it on. None when it is no path.
pub(crate) fn path(uri: &Uri) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(uri.path()).decode_utf8_lossy();
    let path = decoded.split('?').next().unwrap_or_default();
    path.starts_with('/').then(|| path.to_owned())
}

/// The event for a request.
pub(crate) fn from_request(request: &Request<Bytes>, arrival: &Arrival<'_>) -> Value {
    let headers = request.headers();
    let host = host(request);
    let domain = domain(&host);
    let (body, is_base64) = body(headers, request.body());
    json!({
        "version": "2.0",
        "routeKey": arrival.route,
        "rawPath": arrival.path,
        "rawQueryString": request.uri().query().unwrap_or_default(),
        "cookies": cookies(headers),
        "headers": joined(headers, &host, arrival.source),
        "queryStringParameters": query(request.uri().query().unwrap_or_default()),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": domain,
            "domainPrefix": domain.split('.').next(),
            "http": {
                "method": request.method().as_str(),
                "path": arrival.path,
                "protocol": format!("{:?}", request.version()),
                "sourceIp": arrival.source.to_string(),
                "userAgent": headers.get(USER_AGENT).map(text).unwrap_or_default(),
            },
            "requestId": arrival.id,
            "routeKey": arrival.route,
            "stage": "$default",
            "time": log_time(arrival.now),
            "timeEpoch": arrival.now.secs().saturating_mul(1000),
        },
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

/// The HTTP response for what a function answered. None when API Gateway would not accept the answer.
pub(crate) fn into_response(answer: Value) -> Option<Response<Bytes>> {
    let answer: FunctionResponse = serde_json::from_value(answer).ok()?;
    let body = answer.body.unwrap_or_default();
    let body = if answer.is_base64_encoded { STANDARD.decode(body).ok()? } else { body.into_bytes() };
    let mut response = Response::builder().status(answer.status_code).body(Bytes::from(body)).ok()?;
    for (name, value) in answer.headers {
        let value = HeaderValue::from_str(value.as_str()?).ok()?;
        response.headers_mut().insert(name.parse::<HeaderName>().ok()?, value);
    }
    for cookie in answer.cookies {
        response.headers_mut().append(SET_COOKIE, HeaderValue::from_str(&cookie).ok()?);
    }
    Some(response)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionResponse {
    status_code: u16,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    cookies: Vec<String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// The host that was called, with its port.
fn host(request: &Request<Bytes>) -> String {
    let named = request.headers().get(HOST).map(text);
    named.or_else(|| request.uri().authority().map(ToString::to_string)).unwrap_or_else(|| "localhost".to_owned())
}

/// A host without its port.
fn domain(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// One entry for each cookie. API Gateway keeps them apart from the headers.
fn cookies(headers: &HeaderMap) -> Option<Vec<String>> {
    let headers = headers.get_all(COOKIE).iter().map(text).collect::<Vec<_>>();
    // Other white space is a part of a name.
    let cookies = headers.iter().flat_map(|header| header.split(';')).map(|cookie| cookie.trim_matches([' ', '\t']));
    let cookies = cookies.filter(|cookie| !cookie.is_empty());
    let cookies: Vec<_> = cookies.map(str::to_owned).collect();
    (!cookies.is_empty()).then_some(cookies)
}

/// One entry for each name, with commas between its values, and the headers that API Gateway itself adds.
fn joined(headers: &HeaderMap, host: &str, source: IpAddr) -> Map<String, Value> {
    let mut joined = Map::new();
    for name in headers.keys().filter(|name| **name != COOKIE) {
        let values: Vec<_> = headers.get_all(name).iter().map(text).collect();
        joined.insert(name.as_str().to_owned(), values.join(",").into());
    }
    let said = joined.get(FORWARDED_FOR).and_then(Value::as_str);
    let forwarded_for = said.map_or_else(|| source.to_string(), |said| format!("{said}, {source}"));
    joined.insert(FORWARDED_FOR.to_owned(), forwarded_for.into());
    joined.insert(FORWARDED_PROTO.to_owned(), "http".into());
    let port = host[domain(host).len()..].trim_start_matches(':');
    joined.insert(FORWARDED_PORT.to_owned(), if port.is_empty() { "80" } else { port }.into());
    joined.insert(HOST.as_str().to_owned(), host.into());
    joined
}

fn query(query: &str) -> Option<Map<String, Value>> {
    let mut parameters: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = match parameters.get(name.as_ref()).and_then(Value::as_str) {
            Some(earlier) => format!("{earlier},{value}"),
            None => value.into_owned(),
        };
        parameters.insert(name.into_owned(), value.into());
    }
    (!parameters.is_empty()).then_some(parameters)
}

fn body(headers: &HeaderMap, body: &Bytes) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    match std::str::from_utf8(body) {
        Ok(text) if is_text(headers) => (Some(text.to_owned()), false),
        _ => (Some(STANDARD.encode(body)), true),
    }
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(text).unwrap_or_default().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/") || matches!(kind, "application/json" | "application/xml" | "application/javascript")
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// A moment as in `12/Mar/2020:19:03:58 +0000`.
fn log_time(now: Timestamp) -> String {
    let date = DateTime::from_secs(now.secs()).fmt(DateTimeFormat::HttpDate).unwrap_or_default();
    match date.split(' ').collect::<Vec<_>>()[..] {
        [_, day, month, year, clock, _] => format!("{day}/{month}/{year}:{clock} +0000"),
        _ => date,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    fn event(request: http::request::Builder, body: &'static [u8]) -> Value {
        let request = request.body(Bytes::from_static(body)).unwrap();
        let path = path(request.uri()).unwrap();
        let now = Timestamp::from_secs(1_584_039_838);
        from_request(&request, &Arrival { route: "POST /auth/login", path: &path, source: SOURCE, now, id: "7" })
    }

    #[test]
    fn an_event_has_the_parts_that_the_guide_lists() {
        let request =
            Request::post("/auth/login?b=2&a=1").header("Host", "localhost:8080").header("User-Agent", "curl");
        let event =
            event(request.header("Content-Type", "application/json; charset=utf-8"), b"{\"phone\": \"\xc3\xa5\"}");
        assert_eq!(
            event,
            json!({
                "version": "2.0",
                "routeKey": "POST /auth/login",
                "rawPath": "/auth/login",
                "rawQueryString": "b=2&a=1",
                "cookies": null,
                "headers": {
                    "content-type": "application/json; charset=utf-8",
                    "host": "localhost:8080",
                    "user-agent": "curl",
                    "x-forwarded-for": "192.0.2.7",
                    "x-forwarded-port": "8080",
                    "x-forwarded-proto": "http",
                },
                "queryStringParameters": { "a": "1", "b": "2" },
                "requestContext": {
                    "accountId": "000000000000",
                    "apiId": "local",
                    "domainName": "localhost",
                    "domainPrefix": "localhost",
                    "http": {
                        "method": "POST",
                        "path": "/auth/login",
                        "protocol": "HTTP/1.1",
                        "sourceIp": "192.0.2.7",
                        "userAgent": "curl",
                    },
                    "requestId": "7",
                    "routeKey": "POST /auth/login",
                    "stage": "$default",
                    "time": "12/Mar/2020:19:03:58 +0000",
                    "timeEpoch": 1_584_039_838_000_i64,
                },
                "body": "{\"phone\": \"å\"}",
                "isBase64Encoded": false,
            })
        );
    }

    #[test]
    fn cookies_are_a_list_and_no_header() {
        let request = Request::get("/").header("cookie", "a=1; b=2;c=3;").header("cookie", " d=4 ");
        let event = event(request, b"");
        assert_eq!(event["cookies"], json!(["a=1", "b=2", "c=3", "d=4"]));
        assert_eq!(event["headers"].get("cookie"), None);
    }

    #[test]
    fn headers_of_one_name_are_joined() {
        let event = event(Request::get("/").header("X-One", "a").header("x-one", "b,c").header("x-two", "å"), b"");
        assert_eq!((&event["headers"]["x-one"], &event["headers"]["x-two"]), (&json!("a,b,c"), &json!("å")));
    }

    #[test]
    fn a_caller_cannot_say_where_it_comes_from() {
        let request = Request::get("/").header("x-forwarded-for", "203.0.113.9").header("x-forwarded-proto", "//");
        let event = event(request, b"");
        assert_eq!(event["headers"]["x-forwarded-for"], "203.0.113.9, 192.0.2.7");
        assert_eq!(event["headers"]["x-forwarded-proto"], "http");
        assert_eq!(event["requestContext"]["http"]["sourceIp"], "192.0.2.7");
    }

    #[test]
    fn only_text_stays_text() {
        let with = |kind: Option<&str>, body| {
            let request = Request::post("/");
            event(if let Some(kind) = kind { request.header("content-type", kind) } else { request }, body)
        };
        for kind in ["text/plain", "application/json", "APPLICATION/JSON;charset=utf-8", "application/xml"] {
            assert_eq!(with(Some(kind), b"{}")["body"], "{}", "{kind}");
        }
        for kind in [None, Some("application/x-www-form-urlencoded"), Some("application/problem+json"), Some("x")] {
            let event = with(kind, b"{}");
            assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("e30="), &json!(true)), "{kind:?}");
        }
        assert_eq!(with(Some("application/json"), b"\xff\xfe")["body"], "//4=");
        let empty = with(None, b"");
        assert_eq!((&empty["body"], &empty["isBase64Encoded"]), (&Value::Null, &json!(false)));
    }

    #[test]
    fn a_path_is_decoded_and_a_query_is_not() {
        let event = event(Request::get("/a%20b/%C3%A5%2Fc?x=%20%2B&x=2&y=+"), b"");
        assert_eq!(event["rawPath"], "/a b/å/c");
        assert_eq!(event["rawQueryString"], "x=%20%2B&x=2&y=+");
        assert_eq!(event["queryStringParameters"], json!({ "x": " +,2", "y": " " }));
        let read = |uri: &'static str| path(&Uri::from_static(uri));
        assert_eq!(read("/auth/log%69n").as_deref(), Some("/auth/login"));
        assert_eq!(read("/auth%3Fadmin=1/x").as_deref(), Some("/auth"));
        assert_eq!(read("/%FF").as_deref(), Some("/\u{fffd}"));
        assert_eq!(read("http://localhost/x").as_deref(), Some("/x"));
        assert_eq!(read("*"), None);
    }

    #[test]
    fn domains_have_no_port() {
        for (host, name) in
            [("localhost:80", "localhost"), ("localhost", "localhost"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]")]
        {
            assert_eq!(domain(host), name);
        }
    }

    #[test]
    fn an_answer_becomes_a_response() {
        let answer = json!({
            "statusCode": 201,
            "headers": { "content-type": "application/json" },
            "multiValueHeaders": {},
            "cookies": ["a=1; Path=/", "b=2"],
            "body": "e30=",
            "isBase64Encoded": true,
        });
        let response = into_response(answer).unwrap();
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        let cookies: Vec<_> = response.headers().get_all(SET_COOKIE).iter().collect();
        assert_eq!(cookies, ["a=1; Path=/", "b=2"]);
        assert_eq!(response.body().as_ref(), b"{}");
        assert_eq!(into_response(json!({ "statusCode": 204 })).unwrap().body().len(), 0);
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_none() {
        for answer in [
            json!(null),
            json!({}),
            json!({ "statusCode": 99 }),
            json!({ "statusCode": 200, "headers": { "a b": "c" } }),
            json!({ "statusCode": 200, "headers": { "a": 1 } }),
            json!({ "statusCode": 200, "cookies": ["a\nb"] }),
            json!({ "statusCode": 200, "body": "not base64", "isBase64Encoded": true }),
        ] {
            assert!(into_response(answer.clone()).is_none(), "{answer}");
        }
    }
}
