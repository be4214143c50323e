//! A person with a phone and a browser, and what they do. What they see is in [`crate::senses`].

use std::cell::Cell;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use crate::chromium::Chromium;
use crate::doorcode::Doorcode;

/// The field of the sign-in page.
pub const NUMBER: &str = "Mobile number";
/// The field of the code page.
pub const CODE: &str = "Code";
/// The field of the registration page.
pub const NAME: &str = "Name (optional)";

/// More often than this nobody presses Tab to get somewhere.
const MOST_TABS: usize = 12;

/// A person. Their texts are read in a tab of their own.
pub struct Person<'a> {
    pub(crate) doorcode: &'a Doorcode,
    pub(crate) number: &'static str,
    pub(crate) browser: Option<Chromium>,
    site: WindowHandle,
    phone: WindowHandle,
    texts_read: Cell<usize>,
    seconds_waited: Cell<i64>,
}

impl<'a> Person<'a> {
    /// The owner of `number`, with a new browser.
    pub async fn new(doorcode: &'a Doorcode, number: &'static str) -> Self {
        Self::with_browser(doorcode, number, &[]).await
    }

    /// The same with a browser that runs no scripts.
    pub async fn without_scripts(doorcode: &'a Doorcode, number: &'static str) -> Self {
        Self::with_browser(doorcode, number, &["--blink-settings=scriptEnabled=false"]).await
    }

    async fn with_browser(doorcode: &'a Doorcode, number: &'static str, arguments: &[&str]) -> Self {
        let more = doorcode.arguments.iter().map(String::as_str);
        let browser = Chromium::start(&more.chain(arguments.iter().copied()).collect::<Vec<_>>()).await;
        let site = browser.client.window().await.expect("a tab");
        let phone = browser.client.new_window(true).await.expect("another tab").handle;
        let (texts_read, seconds_waited) = (Cell::new(0), Cell::new(0));
        Self { doorcode, number, browser: Some(browser), site, phone, texts_read, seconds_waited }
    }

    pub(crate) fn browser(&self) -> &Chromium {
        self.browser.as_ref().expect("a person who has not left")
    }

    pub(crate) fn client(&self) -> &Client {
        &self.browser().client
    }

    /// Goes to a page by its address.
    pub async fn opens(&self, path: &str) {
        self.client().goto(&format!("{}{path}", self.doorcode.site)).await.expect("a page");
    }

    /// Presses the browser's Back button.
    pub async fn goes_back(&self) {
        self.client().back().await.expect("a page before this one");
    }

    /// Types into a field, which is found by its label. What was there is replaced.
    pub async fn types(&self, label: &str, text: &str) {
        let field = self.finds(&format!("//input[@id=//label[normalize-space()='{label}']/@for]")).await;
        field.clear().await.expect("an empty field");
        field.send_keys(text).await.expect("a field that takes text");
    }

    /// Presses a button.
    pub async fn presses(&self, button: &str) {
        let label = format!("normalize-space()='{button}'");
        self.finds(&format!("//button[{label} or *[{label}]]")).await.click().await.expect("a button");
    }

    /// Follows a link.
    pub async fn follows(&self, link: &str) {
        self.finds(&format!("//a[normalize-space()='{link}']")).await.click().await.expect("a link");
    }

    /// Types with nothing but the keyboard, wherever the focus is.
    pub async fn types_there(&self, text: &str) {
        let keys = text.chars().flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }]);
        self.acts(keys).await;
    }

    /// Presses a key.
    pub async fn presses_key(&self, key: Key) {
        self.types_there(&key.to_string()).await;
    }

    /// Presses Tab until the focus is on what has this name, and sees all the way where it is.
    pub async fn tabs_to(&self, name: &str) {
        let outline = "const [focus, seen] = [document.activeElement, getComputedStyle(document.activeElement)];
            return focus === document.body || seen.outlineStyle !== 'none' && parseFloat(seen.outlineWidth) >= 2";
        for _ in 0..MOST_TABS {
            self.presses_key(Key::Tab).await;
            let focus = self.focus().await;
            assert_eq!(self.runs(outline, Vec::new()).await, true, "the focus on {focus:?} is not seen");
            if focus.as_deref() == Some(name) {
                return;
            }
        }
        panic!("Tab does not lead to {name:?}");
    }

    /// Copies this text and pastes it, with the keyboard, where the focus is.
    pub async fn pastes(&self, text: &str) {
        let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        self.browser().devtools("Browser.grantPermissions", permissions).await;
        let copy = "const [text, done] = arguments; navigator.clipboard.writeText(text).then(() => done(true), done)";
        let copied = self.client().execute_async(copy, vec![json!(text)]).await;
        assert_eq!(copied.expect("a clipboard"), true);
        self.pastes_what_was_copied().await;
    }

    /// Presses Ctrl and V.
    pub async fn pastes_what_was_copied(&self) {
        let control = char::from(Key::Control);
        let (v, down) = ('v', |value| KeyAction::Down { value });
        self.acts([down(control), down(v), KeyAction::Up { value: v }, KeyAction::Up { value: control }]).await;
    }

    /// Reads the newest text, which must be one that they have not read, and gives back its code.
    pub async fn reads_code(&self) -> String {
        self.at_the_phone(async || self.newest_text().await.1).await
    }

    /// Presses the button beside the newest text that copies its code.
    pub async fn copies_code(&self) {
        self.at_the_phone(async || {
            self.newest_text().await;
            self.presses("Copy code").await;
            self.hears("status", "Copied").await;
        })
        .await;
    }

    /// Reads the newest text and gives back all of it.
    pub async fn reads_text(&self) -> String {
        self.at_the_phone(async || self.newest_text().await.0).await
    }

    /// Waits, by the clocks of this browser and of Doorcode.
    pub async fn waits(&self, seconds: i64) {
        self.doorcode.advance(seconds);
        self.browser_clock_gains(seconds).await;
    }

    /// Sets this browser's clock forward. It is told to the page that is open, and to all that follow.
    pub async fn browser_clock_gains(&self, seconds: i64) {
        let waited = self.seconds_waited.get() + seconds;
        self.seconds_waited.set(waited);
        let script = format!("window.trueNow ??= Date.now.bind(Date); Date.now = () => trueNow() + {waited} * 1000;");
        self.client().execute(&script, Vec::new()).await.expect("a page");
        self.runs_first(&script).await;
    }

    /// Has this script run before those of each page that is opened from now on.
    pub async fn runs_first(&self, script: &str) {
        self.browser().devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// Runs a script in the page, and gives back what it returns.
    pub async fn runs(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client().execute(script, arguments).await.expect("a script that runs")
    }

    /// From nowhere to the code page, with a code on its way.
    pub async fn starts(&self) {
        self.opens("/").await;
        self.types(NUMBER, self.number).await;
        self.presses("Text me a code").await;
        self.is_at("/code").await;
    }

    /// From nowhere to the code page, with a code that was read from the phone.
    pub async fn requests_a_code(&self) -> String {
        self.starts().await;
        self.reads_code().await
    }

    /// From nowhere to the account page, as somebody new here.
    pub async fn registers(&self, name: &str) {
        let code = self.requests_a_code().await;
        self.types(CODE, &code).await;
        self.presses("Sign in").await;
        self.is_at("/register").await;
        self.types(NAME, name).await;
        self.presses("Create account").await;
        self.is_at("/account").await;
        self.sees(&format!("Hello, {name}")).await;
    }

    /// Opens another tab and stays there; gives back this one.
    pub async fn opens_a_tab(&self) -> WindowHandle {
        let here = self.client().window().await.expect("a tab");
        let tab = self.client().new_window(true).await.expect("another tab").handle;
        self.client().switch_to_window(tab).await.expect("that tab");
        here
    }

    /// Closes this tab, and goes to another one.
    pub async fn returns_to(&self, tab: WindowHandle) {
        self.client().close_window().await.expect("no tab");
        self.client().switch_to_window(tab).await.expect("the other tab");
    }

    /// Ends their browser. Its console must hold nothing that a test did not take out before.
    pub async fn leaves(mut self) {
        assert_eq!(self.complaints().await, Vec::<String>::new(), "in the browser's console");
        self.browser.take().expect("a browser").quit().await;
    }

    /// The newest text and its code, once there is one that was not read.
    async fn newest_text(&self) -> (String, String) {
        let script = "const texts = [...document.querySelectorAll('#messages li')]
            .filter(text => text.querySelector('.to').textContent === arguments[0]);
            return [texts.length, ...['.text', '.digits'].map(part => texts[0]?.querySelector(part).innerText)];";
        let newest = self.until("a new text", async || {
            let newest = self.client().execute(script, vec![json!(self.number)]).await.ok()?;
            let count = usize::try_from(newest[0].as_u64()?).ok()?;
            (count > self.texts_read.get()).then_some((count, newest))
        });
        let (count, newest) = newest.await;
        self.texts_read.set(count);
        let part = |index: usize| newest[index].as_str().expect("a text with a code").to_owned();
        (part(1), part(2))
    }

    /// Does something in the tab of the texts.
    pub async fn at_the_phone<T>(&self, looks: impl AsyncFnOnce() -> T) -> T {
        self.client().switch_to_window(self.phone.clone()).await.expect("the tab of the texts");
        self.client().goto(&self.doorcode.inbox).await.expect("the SMS inbox");
        let seen = looks().await;
        self.client().switch_to_window(self.site.clone()).await.expect("the tab of the pages");
        seen
    }

    async fn acts(&self, keys: impl IntoIterator<Item = KeyAction>) {
        let sequence = KeyActions::new("keyboard".to_owned());
        let sequence = keys.into_iter().fold(sequence, KeyActions::then);
        self.client().perform_actions(sequence).await.expect("a keyboard");
    }

    /// The element at this place in the page, once a person can see and use it.
    async fn finds(&self, xpath: &str) -> fantoccini::elements::Element {
        self.until(xpath, async || {
            let element = self.client().find(Locator::XPath(xpath)).await.ok()?;
            let usable = element.is_displayed().await.ok()? && element.is_enabled().await.ok()?;
            usable.then_some(element)
        })
        .await
    }
}

impl Drop for Person<'_> {
    fn drop(&mut self) {
        assert!(self.browser.is_none() || std::thread::panicking(), "a test must end with Person::leaves");
    }
}
