//! `POST /auth/login` and `POST /auth/login/resend`: a browser asks for a code.
//!
//! The answer depends on the caller alone, never on the number's history (requirements E-01 to E-05): whether the number
//! has an account, and whether a message is sent, is decided later by `deliver-code`. This function needs no read of the
//! table.

use lambda_http::{Body, Request, Response};
use rand::CryptoRng;
use serde::Deserialize;
use shared::address::AskLimits;
use shared::error::Error;
use shared::http::{self, Answer, Cookie, CookieName, Origins, Problem, cookies, guard};
use shared::keys::Keys;
use shared::phone::Countries;
use shared::request::{LoginRequest, RequestId};
use shared::table::Table;
use shared::time::Timestamp;
use shared::token::Token;

/// The end of the path of the call that asks again in the same login request. A named stage stands before it.
const RESEND: &str = "/auth/login/resend";

/// The function, and what it needs.
pub struct StartLogin {
    table: Table,
    keys: Keys,
    countries: Countries,
    origins: Origins,
    limits: AskLimits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    phone: String,
}

impl StartLogin {
    /// Takes numbers of `countries`, for pages of `origins`, from one address as often as `limits` allow.
    #[must_use]
    pub fn new(table: Table, keys: Keys, countries: Countries, origins: Origins, limits: AskLimits) -> Self {
        Self { table, keys, countries, origins, limits }
    }

    /// Answers one request.
    pub async fn handle(
        &self,
        request: Request,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> Response<Body> {
        let result = if request.uri().path().ends_with(RESEND) {
            self.resend(&request, now).await
        } else {
            self.start(&request, now, random).await
        };
        http::answer(&request, result)
    }

    async fn start(
        &self,
        request: &Request,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> Result<Answer, Problem> {
        guard::let_in(request, &self.origins)?;
        let input: Input = guard::body(request)?;
        let phone = self.countries.read(&input.phone)?;
        let budgets = http::client_address(request).budgets(self.limits, now);
        let replaced = cookies::read(request, CookieName::Login).map(|cookie| RequestId::of(&cookie));
        let device = cookies::read(request, CookieName::Device).map(|cookie| cookie.hash());
        let cookie = Token::generate(random);
        let login = LoginRequest::open(&cookie, &phone, device, &self.keys, now, random)?;
        let asked = self.table.open_login(&login, replaced.as_ref(), &budgets).await?;
        Ok(Answer::accepted(&asked)?.cookie(&Cookie::set(CookieName::Login, cookie)))
    }

    async fn resend(&self, request: &Request, now: Timestamp) -> Result<Answer, Problem> {
        guard::let_in(request, &self.origins)?;
        guard::no_body(request)?;
        let cookie = cookies::read(request, CookieName::Login).ok_or(Error::NoLoginRequest)?;
        let asked = self.table.ask_again(&RequestId::of(&cookie), now).await?;
        Answer::accepted(&asked)
    }
}
