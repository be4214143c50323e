//! Bodies that are compressed for whoever takes it.

use std::io::Write;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use lambda_http::http::HeaderMap;
use lambda_http::http::HeaderValue;
use lambda_http::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use lambda_http::{Body, Response};

/// A text, and the same compressed once somebody asked for it.
pub struct Compressed {
    text: String,
    gzip: OnceLock<Vec<u8>>,
}

impl Compressed {
    pub fn new(text: String) -> Self {
        Self { text, gzip: OnceLock::new() }
    }

    /// An answer with it, compressed where `request` takes that. The header `vary` may be added to.
    pub fn response(&self, request: &HeaderMap) -> Response<Body> {
        let mut response = if takes_gzip(request) {
            let gzip = self.gzip.get_or_init(|| gzip(self.text.as_bytes()));
            let mut response = Response::new(Body::Binary(gzip.clone()));
            // It also tells `lambda_http` to hand the body on in base64, which API Gateway decodes.
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response
        } else {
            Response::new(Body::Text(self.text.clone()))
        };
        response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
        response
    }
}

/// Writing to memory does not fail.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    drop(encoder.write_all(bytes));
    encoder.finish().unwrap_or_default()
}

/// Whether `gzip` is named with a weight above zero. `*` alone is not taken for it: browsers name what they take.
fn takes_gzip(request: &HeaderMap) -> bool {
    let values = request.get_all(ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim_matches(['0', '.']).is_empty());
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    fn response(accept_encoding: &str) -> Response<Body> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, accept_encoding.parse().unwrap());
        Compressed::new("a page ".repeat(100)).response(&headers)
    }

    #[test]
    fn who_takes_it_gets_it_compressed() {
        for coding in ["gzip", "gzip, deflate, br, zstd", "br;q=1.0, GZIP;q=0.1", "identity, gzip ;q=1"] {
            let response = response(coding);
            assert_eq!(response.headers()[CONTENT_ENCODING], "gzip", "{coding}");
            assert_eq!(response.headers()[VARY], "accept-encoding", "{coding}");
            let Body::Binary(bytes) = response.body() else { panic!("{coding}: {response:?}") };
            let mut text = String::new();
            GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
            assert_eq!(text, "a page ".repeat(100));
            assert!(bytes.len() < 100);
        }
    }

    #[test]
    fn who_does_not_gets_the_text() {
        for coding in ["", "br", "gzip;q=0", "gzip;q=0.000, *", "identity", "xgzip"] {
            let response = response(coding);
            assert_eq!(response.headers().get(CONTENT_ENCODING), None, "{coding}");
            assert_eq!(response.headers()[VARY], "accept-encoding", "{coding}");
            assert!(matches!(response.body(), Body::Text(text) if text.len() == 700), "{coding}");
        }
    }
}
