//! A file of golden items, and a Doorcode whose table holds them.
//!
//! Beside the items a file has what their deployment and its people had: the root secret, the time, the cookies of
//! browsers, the codes on phones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::sending::decision::SendPolicy;
use tests::browser::Browser;
use tests::dump::Item;
use tests::stack::{Stack, policy};

use crate::forgery;

/// The cookies that a browser can have.
const COOKIES: [&str; 3] = ["__Host-session", "__Host-login", "__Host-device"];

/// What one version of the code wrote.
#[derive(Serialize, Deserialize)]
pub(super) struct Golden {
    /// The version of the code.
    pub(super) version: String,
    root_secret: String,
    /// When they were written.
    now: i64,
    browsers: BTreeMap<String, Person>,
    items: Vec<Value>,
}

/// A browser, and the newest code on the phone beside it.
#[derive(Serialize, Deserialize)]
struct Person {
    cookies: BTreeMap<String, String>,
    code: Option<String>,
}

/// A Doorcode that goes on with golden items.
pub(super) struct Opened {
    pub(super) stack: Stack,
    /// The Doorcode that the engine belongs to.
    _engine: Stack,
    browsers: BTreeMap<String, Browser>,
    codes: BTreeMap<String, String>,
}

impl Golden {
    /// Everything that is in the table of `stack` and not over, and these browsers, each with its code.
    pub(super) async fn of(stack: &Stack, secret: &str, browsers: &[(&str, &Browser, Option<&str>)]) -> Self {
        let now = stack.now().secs();
        let is_over =
            |item: &&Item| item.get("expires_at").is_some_and(|end| end.as_n().unwrap().parse::<i64>().unwrap() <= now);
        let dump = stack.dump().await;
        let items = dump.items().filter(|item| !is_over(item)).map(typed).collect();
        let person = |browser: &Browser, code: Option<&str>| {
            let cookie = |name| Some((String::from(name), browser.cookie(name)?.to_owned()));
            Person { cookies: COOKIES.into_iter().filter_map(cookie).collect(), code: code.map(str::to_owned) }
        };
        let browsers = browsers.iter().map(|(name, browser, code)| ((*name).to_owned(), person(browser, *code)));
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { version, root_secret: secret.to_owned(), now, browsers: browsers.collect(), items }
    }

    /// All files, the oldest version first.
    pub(super) fn all() -> Vec<Self> {
        let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
        let files = entries.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
        let mut all: Vec<Self> =
            files.map(|path| serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()).collect();
        let parts = |version: &str| version.split('.').map(|part| part.parse::<u32>().unwrap()).collect::<Vec<_>>();
        all.sort_by_key(|golden| parts(&golden.version));
        assert!(!all.is_empty(), "no golden items");
        all
    }

    pub(super) fn newest() -> Self {
        Self::all().pop().unwrap()
    }

    /// Writes the file of this version, once.
    pub(super) fn write(&self) {
        let path = folder().join(format!("{}.json", self.version));
        assert!(!path.exists(), "{} is frozen: golden items never change", path.display());
        fs::write(path, serde_json::to_string_pretty(self).unwrap() + "\n").unwrap();
    }

    /// The items as the table has them.
    pub(super) fn items(&self) -> impl Iterator<Item = Item> {
        self.items.iter().map(|item| serde_json::from_value::<serde_dynamo::Item>(item.clone()).unwrap().into())
    }

    /// A Doorcode on these items, at the moment at which they were written.
    pub(super) async fn open(&self) -> Opened {
        self.open_with(policy()).await
    }

    pub(super) async fn open_with(&self, policy: SendPolicy) -> Opened {
        let secret = SecretString::from(self.root_secret.clone());
        let engine = Stack::with(policy).await;
        let stack = engine.twin_with_secret(&secret).await;
        stack.advance(self.now - stack.now().secs());
        for item in self.items() {
            forgery::put(&stack, item).await;
        }
        let browser = |person: &Person| {
            let mut browser = stack.browser();
            person.cookies.iter().for_each(|(name, value)| browser.set_cookie(name, value));
            browser
        };
        let browsers = self.browsers.iter().map(|(name, person)| (name.clone(), browser(person))).collect();
        let codes = self.browsers.iter().filter_map(|(name, person)| Some((name.clone(), person.code.clone()?)));
        Opened { browsers, codes: codes.collect(), stack, _engine: engine }
    }
}

impl Opened {
    /// One of the browsers.
    pub(super) fn browser(&self, name: &str) -> Browser {
        self.browsers[name].clone()
    }

    /// The code on the phone beside it.
    pub(super) fn code(&self, name: &str) -> &str {
        &self.codes[name]
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// An item as DynamoDB writes it in JSON, its attributes in order.
fn typed(item: &Item) -> Value {
    in_order(serde_json::to_value(serde_dynamo::Item::from(item.clone())).unwrap())
}

fn in_order(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members.into_iter().map(|(name, value)| (name, in_order(value))).collect();
            Value::Object(Map::from_iter(members))
        }
        other => other,
    }
}
