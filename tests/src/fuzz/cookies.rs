//! The header `Cookie`, which browsers send, and into which other hosts of the domain may plant. The input is the header.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lambda_http::Request;
use lambda_http::http::HeaderValue;
use lambda_http::http::header::COOKIE;
use shared::http::{CookieName, cookies};
use shared::login::device_cookie::DeviceCookie;

const NAMES: [(CookieName, &[u8]); 2] =
    [(CookieName::Login, b"__Host-login"), (CookieName::Session, b"__Host-session")];

/// A cookie is the one that stands under its exact name, once, as RFC 6265bis reads it. What is planted beside it in
/// disguise changes nothing, and a second one leaves none.
pub(super) fn target(data: &[u8]) {
    let Some(request) = request(data) else { return };
    let devices = only(data, b"__Host-device").map(super::text);
    let devices = devices.map(|value| DeviceCookie::parse(&value)).unwrap_or_default();
    assert_eq!(cookies::devices(&request).expose(), devices.expose(), "{:?}", super::text(data));
    for (cookie, name) in NAMES {
        let read = cookies::read(&request, cookie).map(|token| token.expose());
        assert_eq!(read, expected(data, name), "{:?}", super::text(data));
        let Some(value) = read else { continue };
        let again = [name, b"=", value.as_bytes()].concat();
        let alone = self::request(&again).and_then(|request| cookies::read(&request, cookie));
        assert_eq!(alone.map(|token| token.expose()).as_ref(), Some(&value), "the value that was read, alone");
        let twice = self::request(&[data, b";", &again].concat()).and_then(|request| cookies::read(&request, cookie));
        assert!(twice.is_none(), "one of two: {:?}", super::text(data));
        for sign in ["\u{a0}", "\u{2000}", "\u{feff}", "\""] {
            let planted = [data, b"; ", sign.as_bytes(), &again].concat();
            let beside = self::request(&planted).and_then(|request| cookies::read(&request, cookie));
            assert_eq!(beside.map(|token| token.expose()).as_ref(), Some(&value), "hidden by a disguise: {sign:?}");
        }
    }
}

/// A request with this header; none where HTTP carries no such header.
fn request(header: &[u8]) -> Option<Request> {
    let mut request = Request::default();
    request.headers_mut().insert(COOKIE, HeaderValue::from_bytes(header).ok()?);
    Some(request)
}

/// What is expected: 32 bytes in base64url, under a name that is there once.
fn expected(header: &[u8], name: &[u8]) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(only(header, name)?).ok().filter(|bytes| bytes.len() == 32)?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// The value under a name that is there once, by the letter of RFC 6265bis, section 5.7.
fn only<'a>(header: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut found = None;
    let mut rest = Some(header);
    while let Some(pairs) = rest {
        let end = pairs.iter().position(|byte| *byte == b';');
        let pair = &pairs[..end.unwrap_or(pairs.len())];
        rest = end.map(|end| &pairs[end + 1..]);
        let Some(equals) = pair.iter().position(|byte| *byte == b'=') else { continue };
        if strip(&pair[..equals]) == name && found.replace(strip(&pair[equals + 1..])).is_some() {
            return None;
        }
    }
    found
}

fn strip(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}
