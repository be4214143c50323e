//! The three cookies, each a value that nobody can guess, of which the table keeps the hash.

use cookie::time::Duration;
use cookie::{Cookie as SetCookie, SameSite};
use lambda_http::Request;
use lambda_http::http::HeaderValue;
use lambda_http::http::header::COOKIE;
use rand::CryptoRng;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;
use crate::keys::{CodeKeys, DeviceMac};
use crate::login::device::DEVICE_LIFE;
use crate::login::device_cookie::DeviceCookie;
use crate::login::request::REQUEST_LIFE;
use crate::login::session::{BrowserTokens, SESSION_LIFE};
use crate::token::{Seed, Token, TokenHash};

/// Which cookie. The prefix `__Host-` makes browsers take it only over TLS, for this host alone, and for all paths
/// (requirement C-07).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieName {
    /// Names the login request.
    Login,
    /// Names the session.
    Session,
    /// Names the device.
    Device,
}

impl CookieName {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "__Host-login",
            Self::Session => "__Host-session",
            Self::Device => "__Host-device",
        }
    }

    const fn life(self) -> i64 {
        match self {
            Self::Login => REQUEST_LIFE,
            Self::Session => SESSION_LIFE,
            Self::Device => DEVICE_LIFE,
        }
    }

    /// A session must survive a link from a mail or another site; the others are used by the pages alone.
    const fn same_site(self) -> SameSite {
        match self {
            Self::Session => SameSite::Lax,
            Self::Login | Self::Device => SameSite::Strict,
        }
    }
}

/// A cookie to set or to clear.
#[derive(Debug)]
pub struct Cookie {
    name: CookieName,
    value: Option<SecretString>,
}

impl Cookie {
    /// Gives the browser `token`.
    #[must_use]
    pub fn set(name: CookieName, token: &Token) -> Self {
        Self { name, value: Some(token.expose().into()) }
    }

    /// Gives the browser its devices.
    pub(super) fn device(devices: &DeviceCookie) -> Self {
        Self { name: CookieName::Device, value: Some(devices.expose().into()) }
    }

    /// Takes the cookie from the browser.
    #[must_use]
    pub fn clear(name: CookieName) -> Self {
        Self { name, value: None }
    }

    pub(super) fn to_header(&self) -> HeaderValue {
        let (value, life) = match &self.value {
            Some(value) => (value.expose_secret(), self.name.life()),
            None => ("", 0),
        };
        let cookie = SetCookie::build((self.name.as_str(), value))
            .path("/")
            .secure(true)
            .http_only(true)
            .same_site(self.name.same_site())
            .max_age(Duration::seconds(life))
            .build();
        let mut header = HeaderValue::from_str(&cookie.to_string()).unwrap_or(HeaderValue::from_static(""));
        header.set_sensitive(true);
        header
    }
}

/// The two values that a browser gets when it signs in, both derived from its login cookie and a seed. So a browser
/// whose answer got lost, and which still has its login cookie, can get the same again.
pub struct SignInCookies {
    login: Token,
    seed: Seed,
    session: Token,
    device: Token,
}

/// The cookies of an answer that signs a browser in.
pub struct SignedIn {
    session: Token,
    devices: DeviceCookie,
}

impl SignedIn {
    /// The session, and the devices.
    pub(super) fn cookies(&self) -> [Cookie; 2] {
        [Cookie::set(CookieName::Session, &self.session), Cookie::device(&self.devices)]
    }
}

impl SignInCookies {
    /// Two new values for the browser that holds this login cookie.
    ///
    /// # Errors
    /// None: the seed is of these keys.
    pub fn begin(login: Token, keys: &CodeKeys, random: &mut impl CryptoRng) -> Result<Self, Error> {
        Self::of(login, keys.seed(random), keys)
    }

    /// The two values that the browser with this login cookie gets with this seed.
    ///
    /// # Errors
    /// [`Error::Internal`] when the seed is of a root secret that this deployment no longer has.
    pub fn of(login: Token, seed: Seed, keys: &CodeKeys) -> Result<Self, Error> {
        let session = keys.derive_token(&login, "session", &seed)?;
        let device = keys.derive_token(&login, "device", &seed)?;
        Ok(Self { login, seed, session, device })
    }

    /// The two values that the same browser got with this seed.
    ///
    /// # Errors
    /// As [`SignInCookies::of`].
    pub fn again(self, seed: Seed, keys: &CodeKeys) -> Result<Self, Error> {
        Self::of(self.login, seed, keys)
    }

    /// What they are made with.
    #[must_use]
    pub const fn seed(&self) -> &Seed {
        &self.seed
    }

    /// Names the session in the table.
    #[must_use]
    pub fn session_id(&self) -> TokenHash {
        self.session.hash()
    }

    /// Names the device in the table.
    #[must_use]
    pub fn device_name(&self) -> TokenHash {
        self.device.hash()
    }

    /// The cookies of the answer to a browser that keeps the devices `others`. `mac` certifies its new one.
    #[must_use]
    pub fn signed_in(self, others: DeviceCookie, mac: DeviceMac) -> SignedIn {
        SignedIn { session: self.session, devices: others.with(self.device, mac) }
    }

    /// What the browser that sent `request` held, and what it gets with these cookies.
    #[must_use]
    pub fn tokens(&self, request: &Request) -> BrowserTokens {
        BrowserTokens {
            former_session: read(request, CookieName::Session).map(|cookie| cookie.hash()),
            devices: devices(request).names(),
            session: self.session.hash(),
            device: self.device.hash(),
            seed: self.seed.clone(),
        }
    }
}

/// The value of a cookie that the browser sent. None when it is missing, was not made by Doorcode, or comes twice:
/// then somebody planted one beside it (requirement C-07).
#[must_use]
pub fn read(request: &Request, name: CookieName) -> Option<Token> {
    only(request, name).and_then(Token::parse)
}

/// The devices of the browser, by the same rules.
#[must_use]
pub fn devices(request: &Request) -> DeviceCookie {
    only(request, CookieName::Device).map(DeviceCookie::parse).unwrap_or_default()
}

/// The text of a cookie that the browser sent once.
fn only(request: &Request, name: CookieName) -> Option<&str> {
    let mut values = values(request, name.as_str());
    match (values.next(), values.next()) {
        (Some(value), None) => std::str::from_utf8(value).ok(),
        _ => None,
    }
}

/// Each value that the browser sent under a name.
///
/// The header is read by bytes, as RFC 6265bis section 5.7 writes it: pairs end at `;`, only space and tab around a name
/// and a value fall away, and a name is the one that it is byte for byte. A browser keeps a cookie whose name has other
/// white space before `__Host-` without the promises of that prefix, so any page of a sibling host can plant one.
pub fn values<'a>(request: &'a Request, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
    let headers = request.headers().get_all(COOKIE).iter();
    // Other software on the host may set cookies of any bytes, which must not hide ours (requirement C-19).
    let pairs = headers.flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(move |pair| {
        let end = pair.iter().position(|byte| *byte == b'=')?;
        (trimmed(&pair[..end]) == name.as_bytes()).then(|| trimmed(&pair[end + 1..]))
    })
}

/// Without space and tab at both ends.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let is_kept = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let begin = bytes.iter().position(is_kept).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(is_kept).map_or(begin, |last| last + 1);
    &bytes[begin..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    fn request(cookies: &str) -> Request {
        let mut request = Request::default();
        request.headers_mut().insert(COOKIE, HeaderValue::from_bytes(cookies.as_bytes()).unwrap());
        request
    }

    #[test]
    fn each_cookie_has_the_attributes_of_the_design() {
        let token = || Token::parse(&"A".repeat(43)).unwrap();
        let set = |name| Cookie::set(name, &token()).to_header().to_str().unwrap().replace(&"A".repeat(43), "…");
        assert_eq!(set(CookieName::Login), "__Host-login=…; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=900");
        assert_eq!(
            set(CookieName::Session),
            "__Host-session=…; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2592000"
        );
        assert_eq!(
            set(CookieName::Device),
            "__Host-device=…; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=15552000"
        );
        let cleared = Cookie::clear(CookieName::Login).to_header();
        assert_eq!(cleared, "__Host-login=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0");
    }

    #[test]
    fn a_cookie_is_read_once_under_its_exact_name() {
        let token = Token::generate(&mut random::source());
        let value = token.expose();
        let read = |cookies: &str| read(&request(cookies), CookieName::Session).map(|token| token.hash());
        assert_eq!(read(&format!("a=b; __Host-session={value}; c")), Some(token.hash()));
        assert_eq!(read(&format!("__Host-session={value}; __Host-session={value}")), None);
        assert_eq!(read(&format!("__host-session={value}")), None);
        assert_eq!(read(&format!("__Host-login={value}")), None);
        assert_eq!(read("__Host-session=forged"), None);
        assert_eq!(read("__Host-session="), None);
        assert_eq!(
            read(&format!("display=Åsa; __Host-session={value}")),
            Some(token.hash()),
            "a cookie of somebody else"
        );
        assert_eq!(read(&format!("a=b;\t__Host-session \t= {value}\t ;c=d")), Some(token.hash()), "space and tab");
    }

    /// Requirement C-07. Browsers let a sibling host set cookies of these names with a `Domain`.
    #[test]
    fn a_name_in_disguise_is_another_name() {
        let (own, planted) = (Token::generate(&mut random::source()), Token::generate(&mut random::source()));
        let read = |cookies: &str| read(&request(cookies), CookieName::Session).map(|token| token.hash());
        let spaces = (0..=char::MAX as u32).filter_map(char::from_u32).filter(|sign| sign.is_whitespace());
        let disguises = spaces.filter(|sign| *sign > ' ').chain(['\u{200b}', '\u{feff}', '\u{ad}', '$', '"', ',']);
        let mut tried = 0;
        for sign in disguises {
            for name in
                [format!("{sign}__Host-session"), format!("__Host-session{sign}"), format!(" {sign}__Host-session")]
            {
                let forged = format!("{name}={}", planted.expose());
                assert_eq!(read(&forged), None, "{name:?}");
                let own_too = format!("{forged}; __Host-session={}; {forged}", own.expose());
                assert_eq!(read(&own_too), Some(own.hash()), "{name:?} hides the own one");
                tried += 1;
            }
        }
        assert!(tried > 60, "{tried}");
        for header in [
            "$Version=1,__Host-session={}",
            "x=\"a; __Host-session={}\"",
            "=__Host-session={}",
            "__Host-session=\"{}\"",
        ] {
            assert_eq!(read(&header.replace("{}", &planted.expose())), None, "{header}");
        }
    }
}
