//! The trusted proxy between callers and the API, and the address of a caller behind it (requirements S-09, F-07).

use lambda_http::Request;
use lambda_http::http::header::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Problem, ProblemType, gateway_address};
use crate::sending::ip_limit::ClientIp;

/// The header in which the proxy sends its secret with each request, so that nobody else is taken for it.
const SECRET: HeaderName = HeaderName::from_static("x-doorcode-proxy");

/// The header in which `CloudFront` gives the viewer's address and port.
const VIEWER_ADDRESS: HeaderName = HeaderName::from_static("cloudfront-viewer-address");

/// Characters of the shortest secret.
const SHORTEST_SECRET: usize = 32;

/// The proxy in front of the API.
#[derive(Clone, Debug)]
pub enum TrustedProxy {
    /// There is none: the gateway sees the callers themselves, and headers that name an address are not read.
    None,
    /// `CloudFront`, recognized by a secret, of which this is the SHA-256. The gateway sees only `CloudFront`'s
    /// address.
    CloudFront([u8; 32]),
}

impl TrustedProxy {
    /// `CloudFront`, which sends this secret with each request.
    ///
    /// # Errors
    /// A secret of fewer than 32 characters, or with one that a header does not carry unchanged.
    pub fn cloudfront(secret: &str) -> Result<Self, BadProxySecret> {
        let is_good = secret.len() >= SHORTEST_SECRET && secret.bytes().all(|byte| byte.is_ascii_graphic());
        if is_good { Ok(Self::CloudFront(digest(secret.as_bytes()))) } else { Err(BadProxySecret) }
    }

    /// The caller's address, for a request that came through the proxy, where there is one.
    ///
    /// # Errors
    /// `forbidden-origin`, when it did not come through the proxy.
    pub fn caller(&self, request: &Request) -> Result<ClientIp, Problem> {
        match self {
            Self::None => Ok(gateway_address(request)),
            Self::CloudFront(secret) => {
                // Digests have one length, so that the time does not depend on the secret's (requirement K-03).
                let shown = digest(only(request, &SECRET).unwrap_or_default());
                if !bool::from(shown.ct_eq(secret)) {
                    return Err(ProblemType::ForbiddenOrigin.into());
                }
                let viewer = only(request, &VIEWER_ADDRESS).and_then(|value| std::str::from_utf8(value).ok());
                Ok(ClientIp::read(viewer.and_then(without_port)))
            }
        }
    }
}

/// A text that cannot be the secret of a proxy.
#[derive(Debug, thiserror::Error)]
#[error("not a secret of at least 32 characters without spaces")]
pub struct BadProxySecret;

fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// The value of a header that is there once.
fn only<'a>(request: &'a Request, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = request.headers().get_all(name).iter();
    values.next().filter(|_| values.next().is_none()).map(HeaderValue::as_bytes)
}

/// The address in `192.0.2.1:443`. IPv6 was seen with and without brackets before the port (`[2001:db8::1]:443`,
/// `2001:db8::1:443`); AWS shows an example of IPv4 only.
fn without_port(viewer: &str) -> Option<&str> {
    let (address, port) = viewer.rsplit_once(':')?;
    port.parse::<u16>().ok().filter(|_| port.bytes().all(|byte| byte.is_ascii_digit()))?;
    match address.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']'),
        None => Some(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "0123456789abcdef0123456789ABCDEF";

    /// The address that a request with these headers comes from; None when it is refused.
    fn caller(headers: &[(&'static str, &str)]) -> Option<ClientIp> {
        let mut request = Request::default();
        for (name, value) in headers {
            request.headers_mut().append(*name, HeaderValue::from_str(value).unwrap());
        }
        TrustedProxy::cloudfront(GOOD).unwrap().caller(&request).ok()
    }

    fn caller_at(address: &str) -> Option<ClientIp> {
        caller(&[("x-doorcode-proxy", GOOD), ("cloudfront-viewer-address", address)])
    }

    #[test]
    fn a_secret_is_long_and_fits_into_a_header() {
        let (short, long) = (&GOOD[1..], "x".repeat(1_000));
        assert!(TrustedProxy::cloudfront(GOOD).is_ok() && TrustedProxy::cloudfront(&long).is_ok());
        for bad in ["", short, &format!("{short} "), &format!("{GOOD}\n"), &format!("{GOOD}å")] {
            assert!(TrustedProxy::cloudfront(bad).is_err(), "{bad:?}");
        }
        assert!(!format!("{:?}", TrustedProxy::cloudfront(GOOD).unwrap()).contains(&GOOD[..6]));
    }

    /// Requirement S-09: only who has the secret is believed.
    #[test]
    fn who_does_not_show_the_secret_is_refused() {
        let address = ("cloudfront-viewer-address", "192.0.2.1:443");
        for wrong in
            ["", &GOOD[1..], "0123456789abcdef0123456789abcdef", &format!("{GOOD}0"), &format!("{GOOD},{GOOD}")]
        {
            assert_eq!(caller(&[("x-doorcode-proxy", wrong), address]), None, "{wrong:?}");
        }
        assert_eq!(caller(&[address]), None);
        assert_eq!(caller(&[("x-doorcode-proxy", GOOD), ("x-doorcode-proxy", GOOD), address]), None);
        assert!(caller(&[("x-doorcode-proxy", GOOD), address]).is_some());
    }

    #[test]
    fn the_address_is_read_with_its_port() {
        for (written, plain) in [
            ("192.0.2.1:443", "192.0.2.1"),
            ("192.0.2.1:1", "192.0.2.1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("2001:db8::1:443", "2001:db8::1"),
            ("2001:DB8:1:2:3:4:5:6:46532", "2001:db8:1:2::"),
            ("[::ffff:192.0.2.1]:443", "192.0.2.1"),
            ("::ffff:192.0.2.1:443", "192.0.2.1"),
        ] {
            assert_eq!(caller_at(written), Some(ClientIp::read(Some(plain))), "{written}");
            assert_ne!(caller_at(written), Some(ClientIp::Unknown), "{written}");
        }
    }

    /// Requirement S-10: never "no limit".
    #[test]
    fn an_address_that_cannot_be_read_is_unknown() {
        assert_eq!(caller(&[("x-doorcode-proxy", GOOD)]), Some(ClientIp::Unknown));
        for unreadable in [
            "",
            ":",
            "192.0.2.1",
            "192.0.2.1:",
            "192.0.2.1:port",
            "192.0.2.1:+80",
            "192.0.2.1:65536",
            "192.0.2.1:443, 192.0.2.2:443",
            "[2001:db8::1:443",
            "2001:db8::1]:443",
            "[2001:db8::1]",
            "2001:db8:1:2:3:4:5:6",
            "example.com:443",
        ] {
            assert_eq!(caller_at(unreadable), Some(ClientIp::Unknown), "{unreadable:?}");
        }
        let twice = ("cloudfront-viewer-address", "192.0.2.1:443");
        assert_eq!(caller(&[("x-doorcode-proxy", GOOD), twice, twice]), Some(ClientIp::Unknown));
    }
}
