//! Settings, as an operator writes them. The first byte chooses which, the rest is its value; where a setting is made of
//! several, they stand on lines of their own.

use secrecy::ExposeSecret;
use shared::brand::{Accent, Link};
use shared::http::{Origins, TrustedProxy};
use shared::phone::{Countries, NumberKinds};
use shared::root_secret::RootSecret;
use shared::sms::{IndiaIds, MaxPrice, OriginationNumber, SenderId};
use shared::text::{CountryMessages, Language, Messages, ServiceName, SmsDomain};

type Setting = fn(&str);

const SETTINGS: [Setting; 10] =
    [countries, kinds, origins, root_secret, proxy_secret, texts, senders, price, accent, link];

/// What is taken is taken as it is written, and works. A secret that is refused is not repeated.
pub(super) fn target(data: &[u8]) {
    let Some(([chosen], text)) = super::chosen(data) else { return };
    SETTINGS[chosen % SETTINGS.len()](&super::text(text));
}

fn countries(text: &str) {
    let (served, default) = text.split_once('\n').unwrap_or((text, "SE"));
    let Ok(countries) = Countries::parse(served, default) else { return };
    let codes: Vec<_> = countries.served().iter().map(|country| country.as_str().to_owned()).collect();
    let again = Countries::parse(&codes.join(","), countries.default_country().as_str()).expect("the same countries");
    assert_eq!(again.served(), countries.served(), "{text:?}");
    assert!(countries.home(None).is_some());
    assert!(countries.served().iter().all(|country| countries.home(Some(*country)).is_some()), "{text:?}");
    countries.prepare();
}

fn kinds(text: &str) {
    let is_written = ["mobile", "mobile-or-either"].contains(&text);
    assert_eq!(NumberKinds::parse(text).is_some(), is_written, "{text:?}");
}

fn origins(text: &str) {
    let Ok(Origins::Listed(list)) = Origins::parse(text) else { return };
    assert!(!list.is_empty() && list.iter().all(|origin| text.contains(origin.as_str())), "{text:?}");
    assert!(Origins::parse(&list.join(",")).is_ok(), "{text:?}");
}

fn root_secret(text: &str) {
    match RootSecret::parse(text) {
        Ok(secret) => {
            let written = secret.to_text();
            let again = RootSecret::parse(written.expose_secret()).expect("the same secret");
            assert_eq!(again.to_text().expose_secret(), written.expose_secret());
            let typed: Vec<_> = text.split_whitespace().collect();
            assert_eq!(typed.join(" "), written.expose_secret(), "a secret that is written in two ways");
        }
        Err(error) => says_nothing(&error.to_string(), text),
    }
}

fn proxy_secret(text: &str) {
    if let Err(error) = TrustedProxy::cloudfront(text) {
        says_nothing(&error.to_string(), text);
    }
}

/// An error is the same for all values.
fn says_nothing(error: &str, text: &str) {
    let of_another = RootSecret::parse("").err().map(|error| error.to_string());
    let of_a_proxy = TrustedProxy::cloudfront("").err().map(|error| error.to_string());
    assert!([of_another, of_a_proxy].contains(&Some(error.to_owned())), "{text:?} is repeated");
}

/// Domain, name of the service, and the texts of countries.
fn texts(text: &str) {
    let mut lines = text.splitn(3, '\n');
    let [domain, name, by_country] = [(); 3].map(|()| lines.next().unwrap_or_default());
    let Ok(domain) = SmsDomain::parse(domain) else { return };
    let name = ServiceName::parse(name).unwrap_or_default();
    let own = CountryMessages::parse(by_country).unwrap_or_default();
    let Ok(messages) = Messages::new(domain.clone(), &name, own) else { return };
    for country in ["SE", "IN"].map(|code| shared::phone::Country::try_from(code.to_owned()).expect("a country")) {
        for language in Language::ALL {
            let message = messages.text(*language, country, "01234567");
            let last = message.lines().last().unwrap_or_default();
            assert_eq!(last, format!("@{} #01234567", domain.as_str()), "{text:?}");
            assert_eq!(message.matches("\n@").count(), 1, "{text:?}: two lines that browsers read");
            assert!(message.chars().count() <= 160 && !message.contains('\r'), "{text:?}");
            assert!(message.matches("01234567").count() >= 2, "{text:?}: a text without its code");
        }
    }
}

/// A sender's name, a number, and the ids of India, of one value.
fn senders(text: &str) {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    assert!(SenderId::parse(text).is_none() || is_plain && (1..=11).contains(&text.len()), "{text:?}");
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit()) && (5..=14).contains(&digits.len());
    assert_eq!(OriginationNumber::parse(text).is_some(), is_number, "{text:?}");
    assert_eq!(IndiaIds::new(text, text).is_some(), is_plain && (1..=50).contains(&text.len()), "{text:?}");
}

fn price(text: &str) {
    let Some(price) = MaxPrice::parse(text) else { return };
    assert_eq!(price.as_str(), text);
    let dollars: f64 = text.parse().expect("a number");
    assert!(dollars > 0.0 && dollars <= 10.0, "{text:?}");
}

/// A colour in CSS can be nothing else than a colour.
fn accent(text: &str) {
    let Ok(accent) = Accent::parse(text) else { return };
    for themed in [accent.light(), accent.dark()] {
        for color in [themed.accent, themed.strong, themed.on_accent] {
            let css = color.to_string();
            let digits = css.strip_prefix('#').expect("a colour");
            assert!(digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text:?}: {css}");
        }
    }
    let again = Accent::parse(&format!("{},{}", accent.light().accent, accent.dark().accent));
    assert_eq!(again.ok(), Some(accent), "{text:?}");
}

/// An address cannot leave the attribute that it stands in.
fn link(text: &str) {
    let Some(link) = Link::parse(text) else { return };
    assert_eq!(link.as_str(), text);
    assert!(text.starts_with("https://") && !text.contains(['"', '\'', '<', '>', ' ', '\n', '\\']), "{text:?}");
}
