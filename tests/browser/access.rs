//! Pages for every hand, eye and ear.

use fantoccini::key::Key;
use serde_json::json;
use tests::browser::other_code;
use tests::phones::ADA;

use crate::doorcode::Doorcode;
use crate::person::{CODE, NAME, NUMBER, Person};
use crate::refusals::NOT_A_NUMBER;

/// A narrow phone, also a desktop enlarged four times (WCAG 1.4.10); a usual phone; a desktop.
const SCREENS: [(u32, u32); 3] = [(320, 568), (390, 844), (1280, 800)];

/// The screen on which pages are tried by a program as well; what it looks for does not depend on the width.
const PHONE: u32 = 390;

/// Names the folder in which [`every_page_fits_every_screen`] leaves a picture of all that it looks at.
const PICTURES: &str = "DOORCODE_PICTURES";

#[tokio::test]
async fn a_keyboard_is_enough() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.opens("/").await;
    ada.is_at("/").await;
    ada.tabs_to(NUMBER).await;
    ada.types_there(ADA).await;
    ada.presses_key(Key::Enter).await;

    ada.is_at("/code").await;
    ada.is_on(CODE).await;
    let code = ada.reads_code().await;
    ada.types_there(&other_code(&code, 0)).await;
    ada.presses_key(Key::Enter).await;
    ada.hears("alert", "That code is not right.").await;
    ada.is_on(CODE).await;
    ada.tabs_to("Ask for a new code").await;
    ada.presses_key(Key::Enter).await;
    ada.hears("status", "You can ask for a new code in ").await;
    ada.is_on("Ask for a new code").await;
    ada.tabs_to("No message, or the code is refused?").await;
    ada.presses_key(Key::Enter).await;
    ada.sees("A message can take a minute.").await;

    // After an error the wrong text is selected, so that it is typed over.
    ada.opens("/code").await;
    ada.is_at("/code").await;
    ada.is_on(CODE).await;
    ada.types_there("12").await;
    ada.presses_key(Key::Enter).await;
    ada.hears("alert", "This does not look like a code.").await;
    ada.types_there(&code).await;
    ada.presses_key(Key::Enter).await;

    ada.is_at("/register").await;
    ada.is_on(NAME).await;
    ada.types_there("Ada").await;
    ada.tabs_to("Create account").await;
    ada.presses_key(Key::Space).await;

    ada.is_at("/account").await;
    ada.sees("Hello, Ada").await;
    ada.tabs_to("Sign out").await;
    ada.presses_key(Key::Enter).await;
    ada.is_at("/").await;
    ada.hears("status", "You are signed out.").await;
    ada.leaves().await;
}

#[tokio::test]
async fn every_page_fits_every_screen() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.opens("/").await;
    ada.looks_at("sign-in").await;
    ada.runs("document.querySelector('details').open = true", Vec::new()).await;
    ada.types(NUMBER, "070-174").await;
    ada.presses("Text me a code").await;
    ada.hears("alert", NOT_A_NUMBER).await;
    ada.looks_at("sign-in-refused").await;

    let code = ada.requests_a_code().await;
    ada.looks_at("code").await;
    ada.runs("document.querySelector('details').open = true", Vec::new()).await;
    ada.types(CODE, &other_code(&code, 0)).await;
    ada.presses("Sign in").await;
    ada.hears("alert", "That code is not right.").await;
    ada.looks_at("code-refused").await;
    ada.at_the_phone(async || {
        ada.sees(ADA).await;
        ada.looks_at("inbox").await;
    })
    .await;

    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.is_at("/register").await;
    ada.looks_at("register").await;
    ada.types(NAME, &"Ada".repeat(22)).await;
    ada.presses("Create account").await;
    ada.hears("alert", "This name is too long").await;
    ada.looks_at("register-refused").await;
    ada.types(NAME, "Ada Lovelace").await;
    ada.presses("Create account").await;
    ada.is_at("/account").await;
    ada.sees("Hello, Ada Lovelace").await;
    ada.looks_at("account").await;
    let longest = "hello.lastChild.textContent = document.getElementById('name').textContent = 'Ada'.repeat(21)";
    ada.runs(longest, Vec::new()).await;
    ada.looks_at("account-long-name").await;

    ada.opens("/code").await;
    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.is_on("Time for a new code").await;
    ada.looks_at("code-over").await;
    ada.opens("/nothing").await;
    ada.sees("There is no such page").await;
    ada.looks_at("not-found").await;
    let complaints = ada.complaints().await;
    assert!(complaints.iter().all(|complaint| complaint.contains("/nothing - ")), "{complaints:?}");
    ada.leaves().await;
}

#[tokio::test]
async fn every_page_says_when_it_needs_scripts() {
    let doorcode = Doorcode::start().await;
    let ada = Person::without_scripts(&doorcode, ADA).await;
    for path in ["/", "/code", "/register", "/account"] {
        ada.opens(path).await;
        ada.sees("This page needs JavaScript to sign you in.").await;
        let sends = "return [...document.querySelectorAll('button')].filter(button => !button.disabled).length";
        assert_eq!(ada.runs(sends, Vec::new()).await, 0, "{path} has a button that does nothing");
        ada.looks("without-scripts", false).await;
    }
    ada.at_the_phone(async || ada.sees("This page needs JavaScript to show new texts.").await).await;
    ada.leaves().await;
}

impl Person<'_> {
    /// Looks at the page on each screen, by day and by night, and finds nothing wrong with it. A program tries it too.
    pub(crate) async fn looks_at(&self, what: &str) {
        self.looks(what, true).await;
    }

    async fn looks(&self, what: &str, with_axe: bool) {
        for (width, height) in SCREENS {
            for scheme in ["light", "dark"] {
                self.screen_is(width, height, scheme).await;
                let faults = self.runs(include_str!("look.js"), vec![json!(width)]).await;
                assert_eq!(faults, json!([]), "{what}, {scheme}, on a screen of {width} px");
                if with_axe && width == PHONE {
                    self.breaks_no_rule(&format!("{what}, {scheme}")).await;
                }
                if let Some(folder) = std::env::var_os(PICTURES) {
                    let picture = self.client().screenshot().await.expect("a picture");
                    let path = std::path::Path::new(&folder).join(format!("{what}-{width}-{scheme}.png"));
                    std::fs::write(path, picture).expect("a folder for pictures");
                }
            }
        }
        self.browser().devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    pub(crate) async fn screen_is(&self, width: u32, height: u32, scheme: &str) {
        let is_phone = width < 500;
        let density = if is_phone { 2 } else { 1 };
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": density, "mobile": is_phone });
        self.browser().devtools("Emulation.setDeviceMetricsOverride", size).await;
        // Without motion every colour is at once what it will be.
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.browser().devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }
}
