//! `POST /auth/register`: a browser that proved a number without account makes one.
//!
//! No part of an account exists before (requirement A-09). When two browsers proved the same number, the first to
//! register makes the account, and the second is signed in to it: both held the phone. A registration whose answer got lost can be
//! repeated within the life of its login request: it gives the same account and the same session, as long as that is alive.

use lambda_http::{Body, Request, Response};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use shared::error::Error;
use shared::http::{self, ApiResponse, CookieName, Origins, Problem, SignInCookies, cookies, guard};
use shared::login::proof::Ticket;
use shared::login::request::RequestId;
use shared::login::session::{Account, SignIn};
use shared::login::user::{Name, User, UserId};
use shared::store::Table;
use shared::store::accounts::{RegisterOutcome, SignInOutcome};
use shared::time::Timestamp;
use shared::token::Seed;

/// The function, and what it needs.
pub struct Register {
    table: Table,
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

/// How far a registration is.
enum Done {
    /// This call signed the user in.
    Now(User),
    /// An earlier call with the same ticket did.
    Before(Seed),
}

impl Register {
    /// Registers for pages of `origins`.
    #[must_use]
    pub fn new(table: Table, origins: Origins) -> Self {
        Self { table, origins }
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
        let ticket = self.table.ticket(&RequestId::of(&cookie), now).await?;
        let user = User { id: UserId::generate(random), name };
        let cookies = SignInCookies::begin(cookie, random);
        let done = match ticket.used() {
            Some(seed) => Done::Before(seed.clone()),
            None => self.make_account(request, &ticket, user, &cookies, now).await?,
        };
        let (user, cookies) = match done {
            Done::Now(user) => (user, cookies),
            Done::Before(seed) => self.answer_again(cookies, seed, now).await?,
        };
        Ok(ApiResponse::created(&RegisterOutput { user: &user })?.signed_in(cookies))
    }

    async fn make_account(
        &self,
        request: &Request,
        ticket: &Ticket,
        user: User,
        cookies: &SignInCookies,
        now: Timestamp,
    ) -> Result<Done, Error> {
        let wrong_codes = ticket.wrong_codes();
        let account = Account::begin(user, ticket.proof(), wrong_codes, now);
        let sign_in = SignIn::new(cookies.tokens(request), ticket.proof(), account, wrong_codes, now);
        match self.table.register(ticket, &sign_in).await? {
            RegisterOutcome::Done => Ok(Done::Now(sign_in.session.user)),
            RegisterOutcome::Before(seed) => Ok(Done::Before(seed)),
            RegisterOutcome::NumberTaken => self.join_account(request, ticket, cookies, now).await,
        }
    }

    /// Signs in to the account that somebody else who held the phone made meanwhile.
    async fn join_account(
        &self,
        request: &Request,
        ticket: &Ticket,
        cookies: &SignInCookies,
        now: Timestamp,
    ) -> Result<Done, Error> {
        let owner = self.table.number_owner(ticket.proof().number()).await?;
        let account = owner.account.ok_or(Error::NotVerified)?;
        let sign_in = SignIn::new(cookies.tokens(request), ticket.proof(), account, owner.wrong_codes, now);
        match self.table.sign_in(ticket.proof(), &sign_in).await {
            Ok(SignInOutcome::Done) => Ok(Done::Now(sign_in.session.user)),
            Ok(SignInOutcome::Before(seed)) => Ok(Done::Before(seed)),
            // A ticket that is over is none.
            Err(Error::LoginRequestOver) => Err(Error::NotVerified),
            Err(error) => Err(error),
        }
    }

    /// The ticket was used before, and the answer may have got lost: the same session, as long as it is alive.
    async fn answer_again(
        &self,
        cookies: SignInCookies,
        seed: Seed,
        now: Timestamp,
    ) -> Result<(User, SignInCookies), Error> {
        let cookies = cookies.again(seed);
        match self.table.session(cookies.session_id(), now).await {
            Ok(session) => Ok((session.user, cookies)),
            Err(Error::NoSession) => Err(Error::NotVerified),
            Err(error) => Err(error),
        }
    }
}
