//! Functions whose settings are wrong: the programs themselves, each with one setting that is missing or malformed, or
//! that leads to nothing. Every one says so in one line of its log that names the setting, and nobody is let in.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod lambda;

use std::process::Output;

use lambda::Lambda;
use serde_json::Value;

/// 43 characters of base64url, as the template has one made.
const GOOD: Option<&str> = Some("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
const SHORT: &str = "c2hvcnQgc2VjcmV0";

/// One setting that is wrong.
struct Case {
    variable: &'static str,
    /// What it is set to.
    value: Option<&'static str>,
    /// What Secrets Manager has under that value, if it is an ARN.
    secret: Option<&'static str>,
    /// What the log says of it.
    flaw: &'static str,
    /// Who must see it.
    functions: &'static [&'static str],
}

const TABLE: &str = "DOORCODE_TABLE";
const NUMBERS: &str = "DOORCODE_NUMBER_SECRET_ARN";
const CODES: &str = "DOORCODE_CODE_SECRET_ARN";
const DOMAIN: &str = "DOORCODE_DOMAIN";
const PROXY: &str = "DOORCODE_PROXY_SECRET_ARN";
const READ_NUMBERS: &[&str] = &["start-login", "verify-code", "deliver-code"];
const READ_CODES: &[&str] = &["verify-code", "register", "deliver-code"];

const CASES: [Case; 30] = [
    Case::new(
        TABLE,
        None,
        "is not set",
        &["start-login", "verify-code", "register", "session", "pages", "deliver-code"],
    ),
    Case::new("AWS_REGION", None, "is not set", &["session"]),
    Case::new("AWS_ACCESS_KEY_ID", None, "is not set", &["session"]),
    Case::new("AWS_SECRET_ACCESS_KEY", None, "is not set", &["session", "deliver-code"]),
    Case::new(TABLE, Some("door code"), "is malformed", &["session", "pages"]),
    Case::new(NUMBERS, None, "is not set", &["start-login", "verify-code", "pages", "deliver-code"]),
    Case::new(CODES, None, "is not set", &["register", "verify-code", "pages", "deliver-code"]),
    // A secret in the place of its ARN must not be written down.
    Case::new(NUMBERS, Some(SHORT), "is malformed", &["start-login", "verify-code", "pages", "deliver-code"]),
    Case::new(CODES, Some(SHORT), "is malformed", &["register", "verify-code", "pages", "deliver-code"]),
    Case { secret: None, ..Case::new(NUMBERS, Some(lambda::NUMBERS_ARN), "led to no secret", READ_NUMBERS) },
    Case { secret: Some(SHORT), ..Case::new(NUMBERS, Some(lambda::NUMBERS_ARN), "is too short", READ_NUMBERS) },
    Case { secret: None, ..Case::new(CODES, Some(lambda::CODES_ARN), "led to no secret", READ_CODES) },
    Case { secret: Some(SHORT), ..Case::new(CODES, Some(lambda::CODES_ARN), "is too short", READ_CODES) },
    Case::new("DOORCODE_COUNTRIES", Some("SE,XX"), "\"XX\"", &["start-login", "pages"]),
    Case::new("DOORCODE_DEFAULT_COUNTRY", Some("Sweden"), "\"Sweden\"", &["start-login", "pages"]),
    Case::new("DOORCODE_NUMBER_KINDS", Some("voip"), "is malformed", &["start-login", "pages"]),
    Case::new("DOORCODE_TEST_NUMBERS", Some("true"), "is malformed", &["start-login", "pages"]),
    Case::new("DOORCODE_ORIGINS", Some("login.example.com"), "is malformed", &["register", "session", "pages"]),
    Case::new(PROXY, Some(SHORT), "is malformed", &["start-login", "pages"]),
    Case { secret: None, ..Case::new(PROXY, Some(lambda::PROXY_ARN), "led to no secret", &["start-login"]) },
    Case { secret: Some(SHORT), ..Case::new(PROXY, Some(lambda::PROXY_ARN), "is too short", &["start-login"]) },
    Case::new(DOMAIN, Some("https://login.example.com"), "is malformed", &["pages", "deliver-code"]),
    Case::new(DOMAIN, None, "is not set", &["deliver-code"]),
    Case::new("DOORCODE_ACCENT_COLOR", Some("#ffcc00"), "contrast of 1.3 in the light theme", &["pages"]),
    Case::new("DOORCODE_TERMS_URL", Some("http://acme.example"), "is malformed", &["pages"]),
    Case::new("DOORCODE_SENDER_ID", Some("Door code"), "is malformed", &["deliver-code"]),
    Case::new("DOORCODE_ORIGINATION_NUMBER", Some("Doorcode"), "is malformed", &["deliver-code"]),
    Case::new("DOORCODE_MAX_PRICE", Some("0"), "is malformed", &["deliver-code"]),
    Case::new("DOORCODE_SERVICE_NAME", Some("Žabka"), "is malformed", &["deliver-code", "pages"]),
    Case::new("DOORCODE_MESSAGES", Some("{\"IN\": \"no code\"}"), "is malformed: the text of IN", &["deliver-code"]),
];

impl Case {
    const fn new(
        variable: &'static str,
        value: Option<&'static str>,
        flaw: &'static str,
        functions: &'static [&'static str],
    ) -> Self {
        Self { variable, value, secret: GOOD, flaw, functions }
    }
}

/// The log has one line that names the setting, its shape and an example; the API and the pages answer 503.
#[tokio::test]
async fn a_setting_that_is_wrong_is_named_and_nobody_is_let_in() {
    for case in CASES {
        for function in case.functions {
            let mut lambda = Lambda::start(GOOD).await;
            if let Some(arn) = case.value.filter(|value| value.starts_with("arn:")) {
                lambda.keep(arn, case.secret);
            }
            let process = lambda.run(function, &[(case.variable, case.value)]);
            let place = format!("{function} with {} = {:?}", case.variable, case.value);
            let output = if *function == "deliver-code" {
                let output = process.ended().await;
                assert!(!output.status.success(), "{place}: it ended as if all were well");
                output
            } else {
                assert_unavailable(&place, function, &lambda.answer("GET", "/").await);
                assert_unavailable(&place, function, &lambda.answer("POST", "/auth/login").await);
                process.stop().await
            };
            assert_named(&place, &output, &case);
        }
    }
}

/// With good settings each answers, and no line is an error: what the other test sees comes from the settings.
#[tokio::test]
async fn settings_that_are_good_start_a_function() {
    for function in ["start-login", "verify-code", "register", "session", "pages"] {
        let mut lambda = Lambda::start(GOOD).await;
        let process = lambda.run(function, &[]);
        let answer = lambda.answer("DELETE", "/auth/nothing").await;
        assert!(answer["statusCode"].as_u64().unwrap() < 500, "{function}: {answer}");
        let output = process.stop().await;
        assert_eq!(errors(function, &output), Vec::<Value>::new());
    }
}

/// Secrets Manager is down while a function starts, and back a moment later: so is the function, and it goes on when
/// Secrets Manager is down again (R-12).
#[tokio::test]
async fn a_secret_that_comes_back_is_read_once_and_without_a_new_start() {
    let mut lambda = Lambda::start(None).await;
    let process = lambda.run("start-login", &[]);
    assert_unavailable("before", "start-login", &lambda.answer("POST", "/auth/login").await);
    for secret in [GOOD, None] {
        lambda.keep(lambda::NUMBERS_ARN, secret);
        let answer = lambda.answer("POST", "/auth/login").await;
        assert!(answer["body"].as_str().unwrap().contains("urn:doorcode:problem:forbidden-origin"), "{answer}");
    }
    process.stop().await;
}

fn assert_unavailable(place: &str, function: &str, answer: &Value) {
    assert_eq!(answer["statusCode"], 503, "{place}: {answer}");
    let headers = &answer["headers"];
    assert_eq!(headers["retry-after"], "2", "{place}: {answer}");
    assert_eq!(headers["cache-control"], "no-store", "{place}: {answer}");
    assert_eq!(headers["x-content-type-options"], "nosniff", "{place}: {answer}");
    let body = answer["body"].as_str().unwrap();
    if headers["content-type"] == "application/problem+json" {
        assert!(body.contains(r#""type":"urn:doorcode:problem:unavailable""#), "{place}: {body}");
    } else {
        // A person who opens a page gets one.
        assert!(function == "pages" && body.contains("Signing in does not work just now"), "{place}: {answer}");
    }
    assert!(!body.contains("DOORCODE"), "{place}: {body}");
}

fn assert_named(place: &str, output: &Output, case: &Case) {
    let errors = errors(place, output);
    let [line] = errors.as_slice() else { panic!("{place}: {errors:#?}") };
    let message = line["message"].as_str().unwrap();
    assert_eq!(line["variable"], case.variable, "{place}: {line}");
    assert!(message.starts_with(case.variable) && message.contains(case.flaw), "{place}: {message}");
    for hint in ["shape", "example"] {
        assert!(message.contains(line[hint].as_str().unwrap()), "{place}: {message}");
    }
    let written = [output.stdout.as_slice(), &output.stderr].concat();
    assert!(!String::from_utf8(written).unwrap().contains(SHORT), "{place}: the secret is in the log");
}

/// The lines at level ERROR. Every line must be JSON.
fn errors(place: &str, output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    let lines = text.lines().map(|line| {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{place}: {error} in the line {line:?}"))
    });
    lines.filter(|line| line["level"] == "ERROR").collect()
}
