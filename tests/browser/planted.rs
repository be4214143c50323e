//! Cookies that a host beside Doorcode's plants. Browsers keep the names of `__Host-` for the host itself, over TLS. They
//! let a sibling host, and any page at http, set other names for the whole domain, and some servers take such a name
//! for the one that it looks like.

use axum::Router;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, Response};
use axum::response::Html;
use axum::routing::get;
use fantoccini::Client;
use serde_json::json;
use tests::phones::{ADA, BEA, CEC};
use tests::tls::Certificate;
use tokio::net::TcpListener;

use crate::doorcode::Doorcode;
use crate::person::{CODE, NUMBER, Person};
use crate::unrecognized::Unrecognized;

/// The cookies that somebody has who wants to be somebody else's session, login and browser.
struct Loot([(&'static str, String); 3]);

impl Loot {
    /// A session and a device of Eve, who has an account, and a ticket for another number of hers.
    async fn of_eve(doorcode: &Doorcode) -> Self {
        let (mut eve, mut ticket) = (Unrecognized::new(doorcode), Unrecognized::new(doorcode));
        let code = eve.requests_a_code(BEA).await;
        assert_eq!(eve.types(&code).await.json()["next"], "register");
        eve.registers("Eve").await;
        let code = ticket.requests_a_code(CEC).await;
        assert_eq!(ticket.types(&code).await.json()["next"], "register");
        let (session, device) = (eve.cookie("__Host-session"), eve.cookie("__Host-device"));
        Self([("__Host-session", session), ("__Host-device", device), ("__Host-login", ticket.cookie("__Host-login"))])
    }

    /// Each cookie under its own name and under those that look like it, or that a server might read as it.
    fn disguised(&self) -> Vec<String> {
        let spaces = ['\u{85}', '\u{a0}', '\u{1680}', '\u{2000}', '\u{2028}', '\u{202f}', '\u{205f}', '\u{3000}'];
        let around = spaces.iter().chain(&['\u{200b}', '\u{feff}', ' ', '\t', '$', '"', '=']);
        let mut disguised = Vec::new();
        for (name, value) in &self.0 {
            let names = around.clone().flat_map(|sign| [format!("{sign}{name}"), format!("{name}{sign}")]);
            let names = names.chain([(*name).to_owned(), name.to_lowercase(), name.replace("__Host-", "__Host_")]);
            disguised.extend(names.map(|name| format!("{name}={value}")));
            // Without a name, and with the name in the value.
            disguised.push(format!("=\u{2000}{name}={value}"));
        }
        disguised
    }
}

/// A page that sets cookies for the whole domain, by headers and by a script.
fn sibling(loot: &Loot) -> Router {
    let cookies = loot.disguised();
    let script =
        "for (const cookie of COOKIES) document.cookie = cookie + '; domain=example.test; path=/; max-age=9000'";
    let page = format!(
        "<!doctype html><link rel=icon href=data:,><title>Planted</title><script>{}</script>",
        script.replace("COOKIES", &json!(cookies).to_string())
    );
    let headers: Vec<_> = cookies.iter().map(|cookie| format!("{cookie}; Domain=example.test; Path=/")).collect();
    Router::new().route(
        "/",
        get(async move || {
            let mut response = Response::new(Html(page).0);
            for header in headers {
                let value = HeaderValue::from_bytes(header.as_bytes());
                value.map(|value| response.headers_mut().append(SET_COOKIE, value)).ok();
            }
            response.headers_mut().insert("content-type", HeaderValue::from_static("text/html; charset=utf-8"));
            response
        }),
    )
}

/// Where the sibling's page is, at http and at https.
async fn serve(sibling: Router, certificate: &Certificate) -> [String; 2] {
    let bind = async || TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let (plain, tls) = (bind().await, bind().await);
    let port = |listener: &TcpListener| listener.local_addr().expect("a bound port").port();
    let (http, https) = (port(&plain), port(&tls));
    certificate.before(&format!("127.0.0.1:{http}"), tls);
    tokio::spawn(async move { axum::serve(plain, sibling).await });
    [format!("http://evil.example.test:{http}/"), format!("https://evil.example.test:{https}/")]
}

/// Cookies of each kind that stand in the browser for Doorcode's host.
async fn planted(client: &Client) -> usize {
    let cookies = client.get_all_cookies().await.expect("cookies");
    cookies.iter().filter(|cookie| cookie.domain().is_some_and(|domain| domain.ends_with("example.test"))).count()
}

/// Whoever plants every disguise from a sibling host, over https and over http, signs nobody in to another account, takes no
/// registration, and shuts nobody out (C-07).
#[tokio::test]
async fn a_sibling_host_plants_nothing_that_is_read_as_ours() {
    let certificate = Certificate::of(&["login.example.test", "evil.example.test"]);
    let doorcode = Doorcode::behind_tls(&certificate).await;
    let loot = Loot::of_eve(&doorcode).await;
    for address in serve(sibling(&loot), &certificate).await {
        let ada = Person::new(&doorcode, ADA).await;
        let visits = async || ada.client().goto(&address).await.expect("the sibling's page");
        visits().await;
        ada.opens("/").await;
        let count = planted(ada.client()).await;
        assert!(count > 30, "only {count} cookies were planted at {address}");

        // Nobody is signed in, and there is no ticket.
        let status = "const [method, path, done] = arguments;
            fetch(path, {method, headers: {'content-type': 'application/json'}, body: method === 'POST' ? '{}' : null})
                .then(async answer => done([answer.status, await answer.text()]))";
        let calls = async |method: &str, path: &str| {
            ada.client().execute_async(status, vec![json!(method), json!(path)]).await.expect("a call")
        };
        let session = calls("GET", "/auth/session").await;
        assert_eq!(session[0], 401, "{address}: {session}");
        let register = calls("POST", "/auth/register").await;
        assert_eq!(register[0], 403, "{address}: {register}");

        // The way in is open, and planting again in the middle of it changes nothing.
        ada.types(NUMBER, ADA).await;
        ada.presses("Text me a code").await;
        ada.is_at("/code").await;
        let code = ada.reads_code().await;
        visits().await;
        ada.opens("/code").await;
        ada.types(CODE, &code).await;
        ada.presses("Sign in").await;
        if ada
            .until("the next page", async || ada.client().current_url().await.ok().filter(|url| url.path() != "/code"))
            .await
            .path()
            == "/register"
        {
            visits().await;
            ada.opens("/register").await;
            ada.types(crate::person::NAME, "Ada").await;
            ada.presses("Create account").await;
        }
        ada.is_at("/account").await;
        ada.sees("Hello, Ada").await;
        visits().await;
        ada.opens("/account").await;
        ada.sees("Hello, Ada").await;
        ada.presses("Sign out").await;
        ada.is_at("/").await;
        ada.complaints().await;
        ada.leaves().await;
        doorcode.advance(60);
    }
}
