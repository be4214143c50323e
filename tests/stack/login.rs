//! Whole logins.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;
use tests::answer::Answer;
use tests::browser::other_code;

use crate::person::Person;

/// How often a person who must wait requests another code, and how long they wait in between.
const RESENDS: u32 = 45;
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

/// A person registers, signs out, comes back, and it is the same account.
#[tokio::test]
async fn a_person_registers_signs_out_and_comes_back() {
    let mut person = Person::new().await;
    let code = person.request_code().await;
    assert_eq!(person.cookies(), ["__Host-login"]);
    let wrong = person.submit(&other_code(&code, 0)).await;
    assert_eq!(
        (wrong.problem().as_str(), wrong.status, &wrong.json()["attempts_left"]),
        ("wrong-code", 401, &json!(2))
    );
    let proved = person.submit(&code).await;
    assert_eq!(
        (proved.status, proved.json()),
        (200, json!({ "next": "register" })),
        "has {} an account?",
        person.number
    );

    let registered = person.register("Åsa").await;
    assert_eq!((registered.status, &registered.json()["user"]["name"]), (201, &json!("Åsa")), "{registered:?}");
    assert_signs_in(&registered);
    assert_eq!(person.cookies(), ["__Host-device", "__Host-session"]);
    let user = registered.json()["user"].clone();
    assert_is_signed_in(&mut person, &user).await;
    assert_eq!(person.sign_out().await.status, 204);
    assert_eq!(person.session().await.problem(), "no-session");

    let code = person.request_code().await;
    let back = person.submit(&code).await;
    assert_eq!((back.status, back.json()), (200, json!({ "next": "account", "user": user })));
    assert_signs_in(&back);
    assert_is_signed_in(&mut person, &user).await;
    assert_eq!(person.submit(&code).await.problem(), "login-request-over", "the code works once");
}

/// A cookie whose name only looks like the session's is none, whatever is before the functions. Beside the real one it changes
/// nothing (C-07).
#[tokio::test]
async fn a_cookie_in_disguise_is_no_session() {
    let mut person = Person::new().await;
    let code = person.request_code().await;
    person.submit(&code).await;
    assert_eq!(person.register("Ada").await.status, 201);
    let own = person.cookie_header();
    let planted = own.split("; ").find(|pair| pair.starts_with("__Host-session=")).expect("a session").to_owned();
    for sign in ["\u{2000}", "\u{a0}", "\u{3000}", "\u{85}", "\u{2028}"] {
        for (disguised, status) in
            [(format!("{sign}{planted}"), 401), (format!("{own}; {sign}__Host-session=junk"), 200)]
        {
            let request = Request::get("/auth/session").header("host", &person.target.host);
            let request = request.header("cookie", disguised.as_bytes()).body(Bytes::new()).expect("a request");
            assert_eq!(person.target.send(request).await.status, status, "{disguised:?}");
        }
    }
}

/// A person whose text is late resends after the retry delay, and gets another code.
#[tokio::test]
async fn another_code_comes_after_the_retry_delay() {
    let mut person = Person::new().await;
    person.request_code().await;
    let texts = person.target.texts.to(&person.number).await.len();
    let early = person.post("/auth/login/resend", &json!({})).await;
    assert_eq!((early.problem().as_str(), early.status), ("too-many-requests", 429));
    let wait: u32 = early.header("retry-after").and_then(|wait| wait.parse().ok()).expect("seconds");
    assert!((1..=30).contains(&wait), "{early:?}");
    assert_eq!(early.json()["retry_after"], wait);

    let mut answer = early;
    for _ in 0..RESENDS {
        if answer.status != 429 {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        answer = person.post("/auth/login/resend", &json!({})).await;
    }
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.json()["resend_in"], 60);
    let code = person.target.texts.code(&person.number, texts).await;
    assert_eq!(person.submit(&code).await.json()["next"], "register");
    assert_eq!(person.register("Ada").await.status, 201);
}

/// Three wrong codes use a login request up.
#[tokio::test]
async fn three_wrong_codes_are_enough() {
    let mut person = Person::new().await;
    let code = person.request_code().await;
    for left in [2, 1, 0] {
        let answer = person.submit(&other_code(&code, left)).await;
        assert_eq!((answer.problem().as_str(), &answer.json()["attempts_left"]), ("wrong-code", &json!(left)));
    }
    let over = person.submit(&code).await;
    assert_eq!((over.problem().as_str(), over.status), ("login-request-over", 410));
}

/// The pages are there.
#[tokio::test]
async fn the_pages_are_there() {
    let mut person = Person::new().await;
    for path in ["/", "/code", "/register", "/account"] {
        let page = person.ask(&Method::GET, path, Bytes::new()).await;
        assert_eq!(page.status, 200, "{path}: {page:?}");
        assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{path}: {page:?}");
        assert!(page.header("content-security-policy").is_some(), "{path}: {page:?}");
    }
}

async fn assert_is_signed_in(person: &mut Person, user: &serde_json::Value) {
    let session = person.session().await;
    assert_eq!(session.status, 200, "{session:?}");
    let told = session.json();
    assert_eq!((&told["user"]["id"], &told["user"]["name"]), (&user["id"], &user["name"]));
    assert_eq!(told["user"]["phone"], format!("+46•••••••{}", &person.number[10..]));
    let (created, expires) = (told["created_at"].as_i64(), told["expires_at"].as_i64());
    assert!(created < expires && created.is_some(), "{told}");
    assert_eq!(session.header("cache-control"), Some("no-store"));
}

/// The cookies of an answer that signs somebody in.
fn assert_signs_in(answer: &Answer) {
    for (name, attributes) in [
        ("__Host-session", "HttpOnly; Max-Age=2592000; Path=/; SameSite=Lax; Secure"),
        ("__Host-device", "HttpOnly; Max-Age=15552000; Path=/; SameSite=Strict; Secure"),
        ("__Host-login", "HttpOnly; Max-Age=0; Path=/; SameSite=Strict; Secure"),
    ] {
        let cookie = answer.cookie(name).unwrap_or_else(|| panic!("no {name}: {answer:?}"));
        assert_eq!(cookie.sorted_attributes(), attributes, "{name}");
        // What certifies a device stands behind a dot.
        let token = cookie.value.split('.').next().map(str::len);
        assert_eq!(token, Some(if cookie.clears() { 0 } else { 43 }), "{name}");
    }
}
