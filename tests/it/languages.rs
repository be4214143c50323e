//! Languages: that of a text, and the files of `shared/languages/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;
use serde_json::Value;
use shared::text::Language;
use tests::dump::string;
use tests::phones::{ADA, BEA, mobile};
use tests::stack::Stack;

/// The plural forms of each language, as `Intl.PluralRules` names them (CLDR, cardinal numbers).
const PLURALS: [(&str, &[&str]); 18] = [
    ("en", &["one", "other"]),
    ("sv", &["one", "other"]),
    ("nb", &["one", "other"]),
    ("da", &["one", "other"]),
    ("fi", &["one", "other"]),
    ("de", &["one", "other"]),
    ("nl", &["one", "other"]),
    ("fr", &["one", "many", "other"]),
    ("es", &["one", "many", "other"]),
    ("it", &["one", "many", "other"]),
    ("pt", &["one", "many", "other"]),
    ("pl", &["one", "few", "many", "other"]),
    ("tr", &["one", "other"]),
    ("cs", &["one", "few", "many", "other"]),
    ("uk", &["one", "few", "many", "other"]),
    ("ar", &["zero", "one", "two", "few", "many", "other"]),
    ("zh-Hans", &["other"]),
    ("ja", &["other"]),
];

/// Forms that may name their number by a word.
const OF_ONE_NUMBER: [&str; 3] = ["zero", "one", "two"];

/// The text of the language that the browser asks for, whatever the country of the number (E-05).
#[tokio::test]
async fn a_text_is_in_the_language_of_the_browser() {
    let stack = Stack::new().await;
    for (index, (accepted, words)) in [
        ("", "is your code"),
        ("tlh", "is your code"),
        ("sv-SE,sv;q=0.9,en;q=0.8", "är din kod"),
        ("de-CH", "ist Ihr Code"),
        ("zh-CN,zh;q=0.9", "是您的验证码"),
        ("ar", "رمزك"),
    ]
    .into_iter()
    .enumerate()
    {
        let phone = mobile(u32::try_from(index).unwrap());
        let code = stack.browser().in_language(accepted).request_code(&phone).await;
        let text = &stack.texts(&phone)[0].text;
        assert!(text.contains(words) && text.starts_with("Doorcode"), "{accepted}: {text}");
        assert!(text.ends_with(&format!("\n\n@localhost #{code}")), "{text}");
    }
}

/// A person who changes the language and resends gets the new code in that language.
#[tokio::test]
async fn a_resend_is_in_the_language_of_now() {
    let stack = Stack::new().await;
    let mut browser = stack.browser().in_language("sv");
    browser.request_code(ADA).await;
    stack.advance(3_600);
    let mut browser = browser.in_language("fr");
    browser.request_code(ADA).await;
    stack.advance(60);
    let mut browser = browser.in_language("uk");
    browser.resend_code(ADA).await;
    let texts = stack.texts(ADA);
    for (text, words) in texts.iter().zip(["är din kod", "est votre code", "Нікому не кажіть"]) {
        assert!(text.text.contains(words), "{}", text.text);
    }
}

/// A login request has one size in the table, whatever its language.
#[tokio::test]
async fn languages_are_kept_alike() {
    let mut lengths = BTreeSet::new();
    for language in Language::ALL {
        let stack = Stack::new().await;
        stack.browser().in_language(language.tag()).start(BEA).await;
        let dump = stack.dump().await;
        let stored = string(dump.request(), "language");
        assert_eq!(stored.trim_end(), language.tag());
        lengths.insert(stored.len());
    }
    assert_eq!(lengths.len(), 1);
}

/// Each file of the folder is a language, and each language has its file.
#[test]
fn each_file_is_a_language() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/languages");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let tags: BTreeSet<_> = files.filter(|name| name != "README.md").collect();
    assert_eq!(tags, Language::ALL.iter().map(|language| format!("{}.json", language.tag())).collect());
    assert_eq!(PLURALS.map(|(tag, _)| tag).as_slice(), Language::ALL.iter().map(|one| one.tag()).collect::<Vec<_>>());
}

/// Each language has the sentences of English with the same placeholders, in the plural forms that it needs.
#[test]
fn each_language_is_whole() {
    let english: Value = parse(Language::En.json());
    for language in Language::ALL {
        let flaws = flaws(&english, &parse(language.json()), plurals(*language));
        assert!(flaws.is_empty(), "{}.json: {flaws:#?}", language.tag());
    }
}

/// Files that lack something, or have too much. Each flaw is seen.
#[test]
fn each_flaw_of_a_file_is_seen() {
    let english = parse(
        r#"{"name": "English", "text": {"code": "{service}: {code}"}, "problem": {"wrong-code": "No."},
            "page": {"a": "Hi {name}", "b.one": "{count} try", "b.other": "{count} tries"}}"#,
    );
    let good = r#"{"name": "Polski", "text": {"code": "{code} - {service}"}, "problem": {"wrong-code": "Nie."},
        "page": {"a": "{name}!", "b.one": "jeden", "b.few": "{count} a", "b.many": "{count} b", "b.other": "{count} c"}}"#;
    assert_eq!(flaws(&english, &parse(good), plurals(Language::Pl)), Vec::<String>::new());
    for (from, to, flaw) in [
        (r#""a": "{name}!", "#, "", "page: a is missing"),
        (r#""b.few": "{count} a", "#, "", "page: b.few is missing"),
        (r#""b.one": "jeden""#, r#""b.one": "jeden", "b.two": "dwa""#, "page: b.two is unknown"),
        (r#""a": "#, r#""c": "c", "a": "#, "page: c is unknown"),
        ("{name}!", "{nmae}!", "page: a has other placeholders"),
        ("{name}!", "!", "page: a has other placeholders"),
        ("{count} a", "kilka", "page: b.few has other placeholders"),
        ("{name}!", "{name} {name", "page: a has other placeholders"),
        ("Nie.", " Nie.", "problem: wrong-code has space around it"),
        ("Nie.", "", "problem: wrong-code is empty"),
        ("Nie.", "<b>Nie</b>", "problem: wrong-code has markup"),
        (r#""name""#, r#""nom""#, "name"),
        (r#""problem""#, r#""problems""#, "problem"),
        (r#""Nie.""#, "1", "problem: wrong-code is no text"),
    ] {
        let broken = good.replacen(from, to, 1);
        assert_ne!(broken, good, "{from}");
        let found = flaws(&english, &parse(&broken), plurals(Language::Pl));
        assert!(found.iter().any(|found| found.contains(flaw)), "{flaw}: {found:?}");
    }
    let twice = good.replace(r#""a": "#, r#""a": "first", "a": "#);
    assert!(has_a_key_twice(&twice, &serde_json::from_str(&twice).unwrap()));
}

fn plurals(language: Language) -> &'static [&'static str] {
    PLURALS.iter().find(|(tag, _)| *tag == language.tag()).unwrap().1
}

/// What is wrong with a file.
fn flaws(english: &Value, file: &Value, plurals: &[&str]) -> Vec<String> {
    let names = |file: &Value| file.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let mut flaws: Vec<_> =
        names(english).symmetric_difference(&names(file)).map(|name| format!("{name}: missing or unknown")).collect();
    if file["name"].as_str().is_none_or(str::is_empty) {
        flaws.push("name: empty".to_owned());
    }
    for part in ["text", "page", "problem"] {
        let expected = expected(&english[part], plurals);
        let empty = serde_json::Map::new();
        let found = file[part].as_object().unwrap_or(&empty);
        let missing = expected.keys().filter(|key| !found.contains_key(*key));
        flaws.extend(missing.map(|key| format!("{part}: {key} is missing")));
        for (key, sentence) in found {
            let said = match (expected.get(key), sentence.as_str()) {
                (None, _) => Some("is unknown"),
                (_, None) => Some("is no text"),
                (Some(model), Some(sentence)) => flaw_of(key, model, sentence),
            };
            flaws.extend(said.map(|flaw| format!("{part}: {key} {flaw}")));
        }
    }
    flaws
}

fn flaw_of(key: &str, model: &str, sentence: &str) -> Option<&'static str> {
    let (has, needs) = (placeholders(sentence), placeholders(model));
    let is_word = OF_ONE_NUMBER.iter().any(|form| key.ends_with(&format!(".{form}")));
    let without = |names: &BTreeSet<String>| names.iter().filter(|name| *name != "{count}").cloned().collect();
    let is_placed = has == needs || is_word && has == without(&needs);
    let flaws = [
        (sentence.is_empty(), "is empty"),
        (sentence.trim() != sentence, "has space around it"),
        (sentence.contains('<'), "has markup"),
        (!is_placed, "has other placeholders"),
    ];
    flaws.into_iter().find(|(is_there, _)| *is_there).map(|(_, flaw)| flaw)
}

/// The keys that a language has, each with its English sentence: of a plural, one key for each form of the language.
fn expected(english: &Value, plurals: &[&str]) -> BTreeMap<String, String> {
    let english = english.as_object().unwrap();
    let mut expected = BTreeMap::new();
    for (key, sentence) in english {
        let sentence = sentence.as_str().unwrap().to_owned();
        let is_form = |form: &str| key.strip_suffix(form).is_some_and(|base| base.ends_with('.'));
        if is_form("other") {
            let base = key.trim_end_matches("other");
            expected.extend(plurals.iter().map(|form| (format!("{base}{form}"), sentence.clone())));
        } else if !(is_form("one") && english.contains_key(&key.replace(".one", ".other"))) {
            expected.insert(key.clone(), sentence);
        }
    }
    expected
}

/// Names in braces; a brace that is left over is one too.
fn placeholders(sentence: &str) -> BTreeSet<String> {
    let pattern = Regex::new(r"\{[a-z]+\}|[{}]").unwrap();
    pattern.find_iter(sentence).map(|found| found.as_str().to_owned()).collect()
}

fn parse(json: &str) -> Value {
    let file: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert!(!has_a_key_twice(json, &file), "a key is there twice: {json}");
    file
}

/// Of a key that is there twice the parser keeps the last, without a word.
fn has_a_key_twice(json: &str, file: &Value) -> bool {
    fn keys(value: &Value) -> usize {
        value.as_object().into_iter().flatten().map(|(_, value)| 1 + keys(value)).sum()
    }
    Regex::new(r#""(?:[^"\\]|\\.)*"\s*:"#).unwrap().find_iter(json).count() != keys(file)
}
