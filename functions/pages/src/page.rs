//! A page in a language: the layout, the page's own part, and the words of both. The scripts' words are in it too, as
//! JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::brand::{Brand, Link};
use shared::text::Language;

use crate::assets::{Assets, MODULES};

const LAYOUT: &str = include_str!("../assets/layout.html");

/// A page.
pub struct Page {
    /// Its address.
    pub path: &'static str,
    /// What its words begin with, and what the script knows it by.
    pub name: &'static str,
    /// Whether it has a script.
    is_live: bool,
    pub main: &'static str,
}

pub static PAGES: [Page; 4] = [
    Page { path: "/", name: "login", is_live: true, main: include_str!("../assets/login.html") },
    Page { path: "/code", name: "code", is_live: true, main: include_str!("../assets/code.html") },
    Page { path: "/register", name: "register", is_live: true, main: include_str!("../assets/register.html") },
    Page { path: "/account", name: "account", is_live: true, main: include_str!("../assets/account.html") },
];

/// Served with status 404 wherever a person looks for a page that does not exist.
pub static NOT_FOUND: Page =
    Page { path: "", name: "not-found", is_live: false, main: include_str!("../assets/not-found.html") };

/// Served with status 503 in place of every page while the settings are wrong.
pub static UNAVAILABLE: Page =
    Page { path: "", name: "unavailable", is_live: false, main: include_str!("../assets/unavailable.html") };

/// What a page depends on besides the deployment: all that differs between two answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Visit {
    /// In which it is shown.
    pub language: Language,
    /// Whether the browser has a cookie of a session. Without one the page need not ask who is signed in.
    pub has_session: bool,
}

/// The words of one language, with the name of the service in them.
pub struct Sentences {
    page: BTreeMap<String, String>,
    problem: BTreeMap<String, String>,
}

/// A file of `shared/languages/`, as far as pages need it.
#[derive(Deserialize)]
struct File {
    page: BTreeMap<String, String>,
    problem: BTreeMap<String, String>,
}

/// The same, but for its name alone: the select shows the names of all languages and needs no sentence of them.
#[derive(Deserialize)]
struct Named {
    name: String,
}

/// What a page tells its script.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    country: &'a str,
    has_session: bool,
    page: BTreeMap<&'a str, &'a str>,
    problem: &'a BTreeMap<String, String>,
}

impl Sentences {
    /// Those of `language`; what it lacks is English.
    pub fn of(language: Language, brand: &Brand) -> Self {
        let read = |language: Language| serde_json::from_str::<File>(language.json()).ok();
        let mut words = Self { page: BTreeMap::new(), problem: BTreeMap::new() };
        for file in [Language::default(), language].into_iter().filter_map(read) {
            let named = |(key, text): (String, String)| (key, text.replace("{service}", brand.service.as_str()));
            words.page.extend(file.page.into_iter().map(named));
            words.problem.extend(file.problem.into_iter().map(named));
        }
        words
    }

    fn page(&self, key: &str) -> &str {
        self.page.get(key).map_or("", String::as_str)
    }
}

impl Page {
    /// The page's HTML. `country` is the one whose numbers need no country code.
    pub fn html(&self, visit: Visit, words: &Sentences, brand: &Brand, assets: &Assets, country: &str) -> String {
        let text = LAYOUT.replace("{{=main}}", self.main);
        let mut html = String::with_capacity(2 * text.len());
        let mut rest = text.as_str();
        while let Some((before, (key, after))) =
            rest.split_once("{{").and_then(|(before, after)| Some((before, after.split_once("}}")?)))
        {
            html.push_str(before);
            match key.strip_prefix('=') {
                Some(part) => html.push_str(&self.part(part, visit, words, brand, assets, country)),
                None if key == "tab" => html.push_str(&escaped(words.page(&format!("{}.tab", self.name)))),
                None => html.push_str(&escaped(words.page(key))),
            }
            rest = after;
        }
        html + rest
    }

    /// A part of the page that is not a sentence, as HTML.
    fn part(
        &self,
        part: &str,
        visit: Visit,
        words: &Sentences,
        brand: &Brand,
        assets: &Assets,
        country: &str,
    ) -> String {
        match part {
            "lang" => visit.language.tag().to_owned(),
            "dir" => if visit.language.is_right_to_left() { "rtl" } else { "ltr" }.to_owned(),
            "name" => self.name.to_owned(),
            "service" => escaped(brand.service.as_str()),
            "style" => assets.style.clone(),
            "logo" => assets.address("logo.svg"),
            "script" if self.is_live => {
                let address = assets.address("door.js");
                let told = self.told(visit, words, country);
                format!(
                    "<script type=\"module\" src=\"{address}\"></script>\n\
                     <script type=\"application/json\" id=\"told\">{told}</script>\n"
                )
            }
            "language" if self.is_live && Language::ALL.len() > 1 => language_select(visit.language, words),
            "links" => links(words, brand),
            // Who registers a number for texts with carriers has to show these words where people ask for them.
            "opt-in" if brand.terms.is_some() && brand.privacy.is_some() => {
                format!("<p class=\"small\">{}</p>\n", escaped(words.page("login.opt-in")))
            }
            _ => String::new(),
        }
    }

    /// What runs on this page: every module but those of other pages.
    fn scripts(&self) -> impl Iterator<Item = &'static str> {
        let name = self.name;
        let is_of = |module: &str, page: &Page| module.strip_suffix(".js") == Some(page.name);
        let others = move |module: &str| PAGES.iter().any(|page| page.name != name && is_of(module, page));
        MODULES.iter().filter(move |(module, _)| !others(module)).map(|(_, script)| *script)
    }

    /// The words that the scripts say, as JSON that HTML can hold: it has no `<`.
    fn told(&self, visit: Visit, words: &Sentences, country: &str) -> String {
        let is_said = |key: &str| self.scripts().any(|script| script.contains(&format!("\"{}\"", singular(key))));
        let page = words.page.iter().filter(|(key, _)| is_said(key)).map(|(key, text)| (key.as_str(), text.as_str()));
        let told = Told { country, has_session: visit.has_session, page: page.collect(), problem: &words.problem };
        serde_json::to_string(&told).unwrap_or_default().replace('<', "\\u003c")
    }
}

/// A key without the plural form that it ends in.
fn singular(key: &str) -> &str {
    match key.rsplit_once('.') {
        Some((key, "zero" | "one" | "two" | "few" | "many" | "other")) => key,
        _ => key,
    }
}

/// Each language by its own name. The script makes it work, and shows it.
fn language_select(chosen: Language, words: &Sentences) -> String {
    let option = |language: &Language| {
        let name = serde_json::from_str::<Named>(language.json()).map_or_else(|_| String::new(), |file| file.name);
        let (tag, selected) = (language.tag(), if *language == chosen { " selected" } else { "" });
        format!("<option value=\"{tag}\" lang=\"{tag}\"{selected}>{}</option>", escaped(&name))
    };
    let options: String = Language::ALL.iter().map(option).collect();
    let label = escaped(words.page("any.language"));
    format!("<select id=\"language\" aria-label=\"{label}\" autocomplete=\"off\" hidden>{options}</select>\n")
}

/// The links that are set.
fn links(words: &Sentences, brand: &Brand) -> String {
    let links = [("any.terms", &brand.terms), ("any.privacy", &brand.privacy), ("any.support", &brand.support)];
    let link = |(key, link): (&str, &Option<Link>)| {
        let address = escaped(link.as_ref()?.as_str());
        Some(format!("<a href=\"{address}\">{}</a>\n", escaped(words.page(key))))
    };
    links.into_iter().filter_map(link).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
