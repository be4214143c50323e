//! `POST /auth/register`: a browser that proved a number without account makes one.
//!
//! No part of an account exists before (requirement A-09). When two browsers proved the same number, the first to
//! register makes the account; the other one starts again, and signs in to it. A registration whose answer got lost can be
//! repeated within the life of its login request: it gives the same account and the same session, as long as that is alive.

use lambda_http::{Body, Request, Response};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use shared::error::Error;
use shared::http::{self, ApiResponse, CookieName, Origins, Problem, SignInCookies, cookies, guard};
use shared::keys::CodeKeys;
use shared::login::request::RequestId;
use shared::login::session::{Account, SignIn};
use shared::login::ticket::Ticket;
use shared::login::user::{Name, User, UserId};
use shared::store::Table;
use shared::store::accounts::RegisterOutcome;
use shared::time::Timestamp;

/// The function, and what it needs.
pub struct Register {
    table: Table,
    keys: CodeKeys,
    origins: Origins,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegisterInput {
    name: Option<String>,
}

#[derive(Serialize)]
struct RegisterOutput<'a> {
    user: &'a User,
}

impl Register {
    /// Registers for pages of `origins`.
    #[must_use]
    pub fn new(table: Table, keys: CodeKeys, origins: Origins) -> Self {
        Self { table, keys, origins }
    }

    /// Answers one request.
    pub async fn handle(
        &self,
        request: Request,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> Response<Body> {
        let result = self.register(&request, now, random).await;
        http::respond(&request, result)
    }

    async fn register(
        &self,
        request: &Request,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> Result<ApiResponse, Problem> {
        guard::let_in(request, &self.origins)?;
        let input: RegisterInput = guard::body(request)?;
        let name = input.name.as_deref().map(Name::read).transpose()?;
        let cookie = cookies::read(request, CookieName::Login).ok_or(Error::NotVerified)?;
        let ticket = self.table.ticket(&RequestId::of(&cookie), &self.keys, now).await?;
        let user = User { id: UserId::generate(random), name };
        let cookies = SignInCookies::of(cookie, ticket.seed().clone(), &self.keys)?;
        let user = if ticket.is_used() {
            self.registered_before(&cookies, now).await?
        } else {
            self.make_account(request, &ticket, user, &cookies, now).await?
        };
        // Nobody in this browser had an account with the number, which has none.
        let signed_in = cookies.signed_in(cookies::devices(request), ticket.device_mac().clone());
        Ok(ApiResponse::created(&RegisterOutput { user: &user })?.signed_in(&signed_in))
    }

    async fn make_account(
        &self,
        request: &Request,
        ticket: &Ticket,
        user: User,
        cookies: &SignInCookies,
        now: Timestamp,
    ) -> Result<User, Error> {
        let wrong_codes = ticket.wrong_codes();
        let account = Account::begin(user, ticket.proof(), wrong_codes, now);
        let sign_in = SignIn::new(cookies.tokens(request), ticket.proof(), account, wrong_codes, now);
        match self.table.register(ticket, &sign_in).await? {
            RegisterOutcome::Done => {
                self.table.give_start_back(ticket.proof(), now).await;
                Ok(sign_in.session.user)
            }
            RegisterOutcome::Before => self.registered_before(cookies, now).await,
            RegisterOutcome::NumberTaken => Err(Error::NotVerified),
        }
    }

    /// The ticket was used before, and the answer may have got lost: the same session, as long as it is alive.
    async fn registered_before(&self, cookies: &SignInCookies, now: Timestamp) -> Result<User, Error> {
        match self.table.session(cookies.session_id(), now).await {
            Ok(session) => Ok(session.user),
            Err(Error::NoSession) => Err(Error::NotVerified),
            Err(error) => Err(error),
        }
    }
}
