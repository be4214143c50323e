//! The web site of the SMS inbox: a page, the same as JSON, and the SNS stand-in.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use hyper::body::Frame;

use pages::BASE_STYLE;

use crate::texts::inbox::{Message, SmsInbox};
use crate::texts::sns;

const PAGE: &str = include_str!("../../assets/inbox.html");
const STYLE: &str = include_str!("../../assets/inbox.css");
const SCRIPT: &str = include_str!("../../assets/inbox.js");
const ICON: &str = include_str!("../../assets/inbox.svg");

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

/// The inbox as a web site. `service` is what its page is called after, `sign_in` where it leads to.
pub(crate) fn router(inbox: &SmsInbox, service: &str, sign_in: &str) -> Router {
    let page = PAGE.replace("{sign-in}", sign_in).replace("{service}", &escaped(service));
    let of_type = |kind: &'static str, text: String| get(move || async move { ([(header::CONTENT_TYPE, kind)], text) });
    Router::new()
        .route("/", of_type("text/html; charset=utf-8", page).post(publish))
        .route("/inbox.css", of_type("text/css; charset=utf-8", [BASE_STYLE, STYLE].concat()))
        .route("/inbox.js", of_type("text/javascript; charset=utf-8", SCRIPT.to_owned()))
        .route("/inbox.svg", of_type("image/svg+xml", ICON.to_owned()))
        .route("/messages", get(messages))
        .layer(axum::middleware::map_response(secured))
        .with_state(inbox.clone())
}

/// A text in HTML, between tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

async fn messages(State(inbox): State<SmsInbox>, RawQuery(query): RawQuery) -> Json<Vec<Message>> {
    Json(match wanted_number(&query.unwrap_or_default()) {
        Some(to) => inbox.messages_to(&to),
        None => inbox.messages(),
    })
}

/// The number in `?to=`. In a query a plus sign means a space, so a number that was not encoded begins with one.
fn wanted_number(query: &str) -> Option<String> {
    let (_, to) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "to")?;
    Some(to.strip_prefix(' ').map_or_else(|| to.clone().into_owned(), |digits| format!("+{digits}")))
}

async fn publish(State(inbox): State<SmsInbox>, headers: HeaderMap, body: Bytes) -> Response {
    // The SDK sends no origin. A browser does, and no page has business here.
    if headers.contains_key(header::ORIGIN) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some((status, xml)) = sns::answer(&inbox, &body) else { return Response::new(Body::new(Lost)) };
    (status, [(header::CONTENT_TYPE, "text/xml")], xml).into_response()
}

/// A body that cannot be read, so that the server closes the connection before it wrote anything.
struct Lost;

impl HttpBody for Lost {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }
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

    use shared::time::Timestamp;

    use super::*;
    use crate::clients;
    use crate::server::{listen_anywhere, serve};
    use crate::texts::inbox::SnsFault;

    fn inbox() -> SmsInbox {
        SmsInbox::new(Arc::new(|| Timestamp::from_secs(1_700_000_000)))
    }

    #[test]
    fn a_name_is_text_and_no_html() {
        assert_eq!(escaped("<b>A & B</b>"), "&lt;b&gt;A &amp; B&lt;/b&gt;");
        assert_eq!(PAGE.matches("{service}").count(), 3);
    }

    #[test]
    fn a_plus_that_was_not_encoded_is_a_plus() {
        for query in ["to=+46701740605", "to=%2B46701740605", "a=b&to=%2b46701740605", "to=%2046701740605"] {
            assert_eq!(wanted_number(query).as_deref(), Some("+46701740605"), "{query}");
        }
        assert_eq!(wanted_number("other=1"), None);
        assert_eq!(wanted_number("to=").as_deref(), Some(""));
    }

    #[tokio::test]
    async fn the_sdk_sends_texts_and_meets_each_fault() {
        let inbox = inbox();
        let (listener, endpoint) = listen_anywhere().await.unwrap();
        let _server = serve(listener, router(&inbox, "Doorcode", ""));
        // The SDK as it is, which makes a call again that failed or got no answer.
        let client = clients::sns(&endpoint);
        let send = |to: &'static str| client.publish().phone_number(to).message("a text").send();
        for (fault, tries, texts) in [
            (SnsFault::Refused, 1, 0),
            (SnsFault::Throttled, 3, 0),
            (SnsFault::Failed, 3, 0),
            (SnsFault::FailedAfterSending, 3, 3),
            (SnsFault::LostBefore, 3, 0),
            (SnsFault::LostAfterSending, 3, 3),
        ] {
            let before = (inbox.publishes(), inbox.messages().len());
            inbox.fail_next(tries, fault);
            assert!(send("+46701740605").await.is_err(), "{fault:?}");
            let after = (inbox.publishes(), inbox.messages().len());
            assert_eq!((after.0 - before.0, after.1 - before.1), (tries as u64, texts), "{fault:?}");
            assert!(send("+46701740605").await.unwrap().message_id.is_some(), "{fault:?}: not used up");
        }
        let refused = send("0701740605").await.unwrap_err().into_service_error();
        assert!(refused.is_invalid_parameter_exception(), "{refused:?}");
    }
}
