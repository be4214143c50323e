//! `POST /auth/code`: a browser proves that it holds the phone.
//!
//! The attempt is taken before the code is compared, by one conditional write; nothing that fails later gives it back
//! (requirements G-02, R-02). While the code is compared the number's owner is read, whoever is right, so that a wrong
//! code costs the same time for every number.

use std::sync::Arc;

use lambda_http::{Body, Request, Response};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use shared::code::Code;
use shared::error::{Error, Fault};
use shared::http::{self, Answer, CookieName, Origins, Problem, SignInCookies, cookies, guard};
use shared::keys::Keys;
use shared::request::{Challenge, RequestId, Verified};
use shared::table::Table;
use shared::telemetry::Metrics;
use shared::time::Timestamp;
use shared::user::User;

/// The function, and what it needs.
pub struct VerifyCode {
    table: Table,
    keys: Keys,
    origins: Origins,
    metrics: Arc<Metrics>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    code: String,
}

#[derive(Serialize)]
#[serde(tag = "next", rename_all = "lowercase")]
enum Output<'a> {
    Account { user: &'a User },
    Register,
}

impl VerifyCode {
    /// Counts compares in `metrics`, for pages of `origins`.
    #[must_use]
    pub fn new(table: Table, keys: Keys, origins: Origins, metrics: Arc<Metrics>) -> Self {
        Self { table, keys, origins, metrics }
    }

    /// Answers one request.
    pub async fn handle(
        &self,
        request: Request,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> Response<Body> {
        let result = self.verify(&request, now, random).await;
        http::answer(&request, result)
    }

    async fn verify(
        &self,
        request: &Request,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> Result<Answer, Problem> {
        guard::let_in(request, &self.origins)?;
        let input: Input = guard::body(request)?;
        let code = Code::read(&input.code)?;
        let cookie = cookies::read(request, CookieName::Login).ok_or(Error::LoginRequestOver)?;
        let id = RequestId::of(&cookie);
        let challenge = self.table.take_attempt(&id, now, random).await?;
        let number = challenge.number_id().clone();
        let (verified, owner) = tokio::join!(self.compare(challenge, code), self.table.owner(&number));
        if let Err(Error::WrongCode { attempts_left: 0 }) = verified {
            self.drop_request(&id).await;
        }
        let verified = verified?;
        self.metrics.verified.add_one();
        match owner? {
            Some(user) => self.sign_in(request, &verified, user, now, random).await,
            None => self.offer_registration(&verified, now).await,
        }
    }

    /// Argon2id on a thread of its own, so that the read of the owner goes on meanwhile.
    async fn compare(&self, challenge: Challenge, code: Code) -> Result<Verified, Error> {
        self.metrics.compares.add_one();
        let keys = self.keys.clone();
        let compared = tokio::task::spawn_blocking(move || challenge.check(&code, &keys)).await;
        compared.map_err(|_| Error::Internal(Fault::new("code compare", "panicked")))?
    }

    /// Nothing depends on it: a request without attempts left is refused whether it is there or not.
    async fn drop_request(&self, id: &RequestId) {
        if let Err(error) = self.table.drop_request(id).await {
            tracing::warn!(%error, "a used up login request stays until the table's TTL takes it");
        }
    }

    async fn sign_in(
        &self,
        request: &Request,
        verified: &Verified,
        user: User,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> Result<Answer, Problem> {
        let cookies = SignInCookies::generate(random);
        let sign_in = cookies.sign_in(request, user, verified.proof().phone().clone(), now);
        self.table.sign_in(verified.proof(), &sign_in).await?;
        Ok(Answer::ok(&Output::Account { user: &sign_in.session.user })?.signed_in(cookies))
    }

    async fn offer_registration(&self, verified: &Verified, now: Timestamp) -> Result<Answer, Problem> {
        self.table.turn_into_ticket(verified, now).await?;
        Answer::ok(&Output::Register)
    }
}
