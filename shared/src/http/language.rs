//! The language that a browser asks for.

use lambda_http::Request;
use lambda_http::http::header::ACCEPT_LANGUAGE;

use crate::text::Language;

/// The language of the header `Accept-Language`, which may come in several lines; English without one.
#[must_use]
pub fn language(request: &Request) -> Language {
    let lines = request.headers().get_all(ACCEPT_LANGUAGE).into_iter().filter_map(|line| line.to_str().ok());
    Language::lookup(&lines.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use lambda_http::Body;
    use lambda_http::http::HeaderValue;

    use super::*;

    #[test]
    fn the_language_is_that_of_all_lines() {
        let of = |lines: &[&'static [u8]]| {
            let mut request = Request::new(Body::Empty);
            for line in lines {
                request.headers_mut().append(ACCEPT_LANGUAGE, HeaderValue::from_bytes(line).unwrap());
            }
            language(&request)
        };
        assert_eq!(of(&[]), Language::En);
        assert_eq!(of(&[b"sv-SE, sv;q=0.9"]), Language::Sv);
        assert_eq!(of(&[b"sv;q=0.4", b"ja;q=0.8"]), Language::Ja);
        assert_eq!(of(&[b"\xff", b"fr"]), Language::Fr);
    }
}
