//! What a browser keeps, and what a page may do.

use fantoccini::cookies::Cookie;
use serde_json::json;
use tests::needles::Needle;
use tests::phones::ADA;

use crate::doorcode::Doorcode;
use crate::person::{CODE, NAME, NUMBER, Person};

/// What stands for the number in every spelling of it.
const NUMBER_WITHOUT_COUNTRY: &str = "701740605";

/// The rules of the pages' policy, one for each thing that `attack.js` tries.
const ATTACKS: [&str; 7] =
    ["script-src-elem", "script-src-attr", "style-src-attr", "img-src", "frame-src", "form-action", "connect-src"];

/// Requirement C-07.
#[tokio::test]
async fn cookies_are_out_of_reach_of_scripts_and_of_other_sites() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let code = ada.requests_a_code().await;
    assert_eq!(ada.cookies().await, ["__Host-login Strict"]);
    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.is_at("/register").await;
    assert_eq!(ada.cookies().await, ["__Host-login Strict"]);
    ada.presses("Create account").await;
    ada.is_at("/account").await;
    assert_eq!(ada.cookies().await, ["__Host-device Strict", "__Host-session Lax"]);
    ada.presses("Sign out").await;
    ada.is_at("/").await;
    // The browser stays recognized; that lets nobody in.
    assert_eq!(ada.cookies().await, ["__Host-device Strict"]);
    ada.leaves().await;
}

/// Requirement C-18. The number is in the storage of the tab that it was typed in, until its owner is signed in.
#[tokio::test]
async fn number_and_code_are_kept_nowhere_and_in_no_address() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let mut secrets = vec![Needle::new("the number", NUMBER_WITHOUT_COUNTRY)];
    ada.opens("/").await;
    ada.types(NUMBER, ADA).await;
    ada.keeps_none_of(&secrets, false).await;
    ada.presses("Text me a code").await;
    ada.is_at("/code").await;
    secrets.push(Needle::new("the code", &ada.reads_code().await));
    ada.keeps_none_of(&secrets, false).await;
    ada.keeps_none_of(&secrets[1..], true).await;

    ada.types(CODE, "12").await;
    ada.presses("Sign in").await;
    ada.hears("alert", "This does not look like a code.").await;
    ada.waits(30).await;
    ada.presses("Ask for a new code").await;
    ada.hears("status", "You asked for a new code by text message to ").await;
    let code = ada.reads_code().await;
    secrets.push(Needle::new("the new code", &code));
    ada.types(CODE, &code).await;
    ada.keeps_none_of(&secrets, false).await;
    ada.presses("Sign in").await;
    ada.is_at("/register").await;
    ada.keeps_none_of(&secrets, false).await;

    ada.types(NAME, "Ada").await;
    ada.presses("Create account").await;
    ada.is_at("/account").await;
    ada.sees("Hello, Ada").await;
    ada.keeps_none_of(&secrets, true).await;
    ada.presses("Sign out").await;
    ada.is_at("/").await;
    ada.keeps_none_of(&secrets, false).await;
    // Nothing else is left of the visit either.
    assert_eq!(ada.runs("return sessionStorage.length + localStorage.length", Vec::new()).await, 0);
    ada.leaves().await;
}

/// Requirement C-13.
#[tokio::test]
async fn a_script_that_somebody_slips_in_does_not_run() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    for path in ["/", "/code", "/register"] {
        ada.opens(path).await;
        ada.is_at(path).await;
        assert_eq!(ada.complaints().await, Vec::<String>::new());
        let title = ada.client().title().await.expect("a title");

        let as_markup = "try { document.body.innerHTML = '<p>taken'; return 'taken' } catch (e) { return e.name }";
        assert_eq!(ada.runs(as_markup, Vec::new()).await, "TypeError", "{path}");

        ada.runs(include_str!("attack.js"), Vec::new()).await;
        ada.until("an end of the attack", async || {
            let blocked = ada.runs("return blocked.toString()", Vec::new()).await;
            ATTACKS.iter().all(|attack| blocked.as_str().is_some_and(|all| all.contains(attack))).then_some(())
        })
        .await;
        assert_eq!(ada.client().title().await.expect("a title"), title);
        let complaints = ada.complaints().await;
        assert!(complaints.len() > ATTACKS.len(), "the console does not tell: {complaints:?}");
    }
    ada.leaves().await;
}

impl Person<'_> {
    /// The cookies of the page, in the order of their names, each with the sites that may send it; no script sees them,
    /// and none goes over a connection that others can read.
    async fn cookies(&self) -> Vec<String> {
        assert_eq!(self.runs("return document.cookie", Vec::new()).await, "");
        let mut cookies = self.client().get_all_cookies().await.expect("cookies");
        cookies.sort_by(|one, other| one.name().cmp(other.name()));
        cookies.iter().map(described).collect()
    }

    /// `with_tab`: also not in the storage of the tab, which only this tab reads and which ends with it.
    async fn keeps_none_of(&self, secrets: &[Needle], with_tab: bool) {
        let script = "const done = arguments[1];
            const asked = performance.getEntriesByType('resource').map(entry => entry.name);
            const here = [location.href, document.referrer, name, history.state, document.cookie, document.title];
            const stored = [{ ...localStorage }, arguments[0] ? { ...sessionStorage } : Object.keys(sessionStorage)];
            Promise.all([indexedDB.databases(), caches.keys(), navigator.serviceWorker.getRegistrations()])
                .then(more => done(JSON.stringify({ asked, here, stored, more })))";
        let kept = self.client().execute_async(script, vec![json!(with_tab)]).await.expect("what the browser keeps");
        let kept = kept.as_str().expect("a text");
        assert!(kept.contains(&self.doorcode.site), "{kept}");
        for secret in secrets {
            secret.assert_absent("the browser", kept);
        }
    }
}

fn described(cookie: &Cookie<'static>) -> String {
    let name = cookie.name();
    assert_eq!((cookie.http_only(), cookie.secure(), cookie.path()), (Some(true), Some(true), Some("/")), "{name}");
    // 256 random bits in base64; what certifies a device stands behind a dot.
    assert_eq!(cookie.value().split('.').next().map(str::len), Some(43), "{name}");
    format!("{name} {}", cookie.same_site().map(|site| site.to_string()).unwrap_or_default())
}
