//! The SMS inbox, where texts appear instead of on a phone. It serves a page, the same as JSON, and the SNS stand-in.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use shared::time::Timestamp;

use crate::{Clock, sns};

/// Texts that the inbox keeps. The oldest is removed first.
const CAPACITY: usize = 500;

const PAGE: &str = include_str!("../assets/inbox.html");
const STYLE: &str = include_str!("../assets/inbox.css");
const SCRIPT: &str = include_str!("../assets/inbox.js");
const ICON: &str = include_str!("../assets/inbox.svg");

/// Nothing is loaded from elsewhere and nothing runs that is written into the page (requirement C-13).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// A text that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The phone number that it went to, in E.164 form.
    pub to: String,
    /// The text.
    pub text: String,
    /// The message attributes of the SNS call.
    pub attributes: BTreeMap<String, String>,
    /// When it was sent.
    pub at: Timestamp,
}

/// The texts that were sent, newest last. Clones are the same inbox.
#[derive(Clone)]
pub struct SmsInbox(Arc<Contents>);

struct Contents {
    messages: Mutex<VecDeque<Message>>,
    received: AtomicU64,
    failures: AtomicUsize,
    opted_out: Mutex<BTreeSet<String>>,
    clock: Clock,
}

impl SmsInbox {
    pub(crate) fn new(clock: Clock) -> Self {
        let (messages, received, failures) = (Mutex::default(), AtomicU64::new(0), AtomicUsize::new(0));
        Self(Arc::new(Contents { messages, received, failures, opted_out: Mutex::default(), clock }))
    }

    /// All texts, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.contents().iter().cloned().collect()
    }

    /// Lets the next `publishes` calls of SNS fail with a server error, which the SDK tries again.
    pub fn fail_next(&self, publishes: usize) {
        self.0.failures.store(publishes, Ordering::SeqCst);
    }

    /// Lets SNS refuse every text to a number, as it does after the number's owner answered STOP to one.
    pub fn opt_out(&self, number: &str) {
        self.opted_out().insert(number.to_owned());
    }

    /// Whether the owner of a number refuses texts.
    pub(crate) fn is_opted_out(&self, number: &str) -> bool {
        self.opted_out().contains(number)
    }

    fn opted_out(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.opted_out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this call must fail. It uses up one of the failures of [`SmsInbox::fail_next`].
    pub(crate) fn fails_now(&self) -> bool {
        let less = |left: usize| left.checked_sub(1);
        self.0.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok()
    }

    /// Adds a text, and gives back how many texts were added so far.
    pub(crate) fn receive(&self, to: String, text: String, attributes: BTreeMap<String, String>) -> u64 {
        let at = (self.0.clock)();
        let mut messages = self.contents();
        messages.push_back(Message { to, text, attributes, at });
        if messages.len() > CAPACITY {
            messages.pop_front();
        }
        self.0.received.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The inbox as a web site. `sign_in` is where its page leads to.
    pub(crate) fn router(&self, sign_in: &str) -> Router {
        let page = PAGE.replace("{sign-in}", sign_in);
        let of_type =
            |kind: &'static str, text: String| get(move || async move { ([(header::CONTENT_TYPE, kind)], text) });
        Router::new()
            .route("/", of_type("text/html; charset=utf-8", page).post(publish))
            .route("/inbox.css", of_type("text/css; charset=utf-8", STYLE.to_owned()))
            .route("/inbox.js", of_type("text/javascript; charset=utf-8", SCRIPT.to_owned()))
            .route("/inbox.svg", of_type("image/svg+xml", ICON.to_owned()))
            .route("/messages", get(messages))
            .layer(axum::middleware::map_response(secured))
            .with_state(self.clone())
    }

    fn contents(&self) -> MutexGuard<'_, VecDeque<Message>> {
        // A panic elsewhere leaves the list whole: each change is one push or pop.
        self.0.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn messages(State(inbox): State<SmsInbox>, RawQuery(query): RawQuery) -> Json<Vec<Message>> {
    let mut messages = inbox.messages();
    if let Some(to) = wanted_number(&query.unwrap_or_default()) {
        messages.retain(|message| message.to == to);
    }
    Json(messages)
}

/// The number in `?to=`. In a query a plus sign means a space, so a number that was not encoded begins with one.
fn wanted_number(query: &str) -> Option<String> {
    let (_, to) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "to")?;
    Some(to.strip_prefix(' ').map_or_else(|| to.clone().into_owned(), |digits| format!("+{digits}")))
}

async fn publish(State(inbox): State<SmsInbox>, headers: HeaderMap, body: Bytes) -> Response {
    // The SDK sends no origin. A browser does, and no page may send texts.
    if headers.contains_key(header::ORIGIN) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let (status, xml) = sns::answer(&inbox, &body);
    (status, [(header::CONTENT_TYPE, "text/xml")], xml).into_response()
}

async fn secured(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clients;
    use crate::server::{listen_anywhere, serve};

    fn inbox() -> SmsInbox {
        SmsInbox::new(Arc::new(|| Timestamp::from_secs(1_700_000_000)))
    }

    #[test]
    fn a_plus_that_was_not_encoded_is_a_plus() {
        for query in ["to=+46701740605", "to=%2B46701740605", "a=b&to=%2b46701740605", "to=%2046701740605"] {
            assert_eq!(wanted_number(query).as_deref(), Some("+46701740605"), "{query}");
        }
        assert_eq!(wanted_number("other=1"), None);
        assert_eq!(wanted_number("to=").as_deref(), Some(""));
    }

    #[test]
    fn old_texts_are_removed_first() {
        let inbox = inbox();
        for number in 0..=CAPACITY {
            inbox.receive("+46701740605".to_owned(), number.to_string(), BTreeMap::new());
        }
        let messages = inbox.messages();
        assert_eq!(messages.len(), CAPACITY);
        assert_eq!((messages[0].text.as_str(), messages[CAPACITY - 1].text.as_str()), ("1", "500"));
    }

    #[test]
    fn failures_are_used_up() {
        let inbox = inbox();
        inbox.fail_next(2);
        assert_eq!([inbox.fails_now(), inbox.fails_now(), inbox.fails_now()], [true, true, false]);
    }

    #[test]
    fn a_message_has_the_form_that_is_promised() {
        let inbox = inbox();
        let attributes = BTreeMap::from([("AWS.SNS.SMS.SMSType".to_owned(), "Transactional".to_owned())]);
        inbox.receive("+46701740605".to_owned(), "a text".to_owned(), attributes);
        assert_eq!(
            serde_json::to_string(&inbox.messages()).unwrap(),
            r#"[{"to":"+46701740605","text":"a text","attributes":{"AWS.SNS.SMS.SMSType":"Transactional"},"at":1700000000}]"#
        );
    }

    #[tokio::test]
    async fn the_sdk_sends_texts_and_tries_again_after_a_failure() {
        let inbox = inbox();
        let (listener, endpoint) = listen_anywhere().await.unwrap();
        let _server = serve(listener, inbox.router(""));
        let client = clients::sns(&endpoint);
        let send = |to: &'static str| client.publish().phone_number(to).message("a text").send();
        inbox.fail_next(2);
        assert!(send("+46701740605").await.unwrap().message_id.is_some());
        assert_eq!(inbox.messages().len(), 1);
        inbox.fail_next(3);
        assert!(send("+46701740605").await.is_err());
        let refused = send("0701740605").await.unwrap_err().into_service_error();
        assert!(refused.is_invalid_parameter_exception(), "{refused:?}");
        assert_eq!(inbox.messages().len(), 1);
    }
}
