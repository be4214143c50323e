//! `POST /auth/code`: a browser proves that it holds the phone.
//!
//! The attempt is taken before the code is compared, by one conditional write; nothing that fails later gives it back
//! (requirements G-02, R-02). While the code is compared the number's owner is read, whoever is right, and a wrong code is
//! counted for every number, so that it costs the same time whether there is an account or not.

use std::sync::Arc;

use lambda_http::{Body, Request, Response};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use shared::error::{Error, Fault};
use shared::http::{self, Answer, CookieName, Origins, Problem, SignInCookies, cookies, guard};
use shared::keys::{Keys, NumberIds};
use shared::login::code::Code;
use shared::login::request::{Challenge, RequestId, Verified};
use shared::login::session::Account;
use shared::login::user::{SignUps, User};
use shared::store::Table;
use shared::telemetry::Metrics;
use shared::time::Timestamp;

/// The function, and what it needs.
pub struct VerifyCode {
    table: Table,
    keys: Keys,
    origins: Origins,
    sign_ups: SignUps,
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
    /// Counts compares in `metrics`, for pages of `origins`, and lets those register whom `sign_ups` allows.
    #[must_use]
    pub fn new(table: Table, keys: Keys, origins: Origins, sign_ups: SignUps, metrics: Arc<Metrics>) -> Self {
        Self { table, keys, origins, sign_ups, metrics }
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
        let mut challenge = self.table.take_attempt(&id, now, random).await?;
        let number = challenge.find_number(&self.keys)?;
        let (verified, owned) = tokio::join!(self.compare(challenge, code), self.table.owned(&number));
        if let Err(Error::WrongCode { attempts_left }) = verified {
            tokio::join!(self.count_wrong_code(&number, now), self.drop_request(&id, attempts_left));
        }
        let (verified, owned) = (verified?, owned?);
        self.metrics.verified.add_one();
        match owned.account {
            Some(account) => self.sign_in(request, &verified, account, owned.wrong_codes, now, random).await,
            None if self.sign_ups != SignUps::Open => {
                self.drop_request(&id, 0).await;
                Err(Error::RegistrationClosed.into())
            }
            None => self.offer_registration(&verified, owned.wrong_codes, now).await,
        }
    }

    /// Argon2id on a thread of its own, so that the read of the owner goes on meanwhile.
    async fn compare(&self, challenge: Challenge, code: Code) -> Result<Verified, Error> {
        self.metrics.compares.add_one();
        let keys = self.keys.clone();
        let compared = tokio::task::spawn_blocking(move || challenge.check(&code, &keys)).await;
        compared.map_err(|_| Error::Internal(Fault::new("code compare", "panicked")))?
    }

    /// A notice to the owner hangs on it, nothing else.
    async fn count_wrong_code(&self, number: &NumberIds, now: Timestamp) {
        if let Err(error) = self.table.count_wrong_code(number, now).await {
            tracing::warn!(%error, "a wrong code was not counted for the notice to the owner");
        }
    }

    /// Nothing depends on it: a request without attempts left is refused whether it is there or not.
    async fn drop_request(&self, id: &RequestId, attempts_left: u8) {
        if attempts_left == 0
            && let Err(error) = self.table.drop_request(id).await
        {
            tracing::warn!(%error, "a used up login request stays until the table's TTL takes it");
        }
    }

    async fn sign_in(
        &self,
        request: &Request,
        verified: &Verified,
        account: Account,
        wrong_codes: i64,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> Result<Answer, Problem> {
        let cookies = SignInCookies::generate(random);
        let sign_in = cookies.sign_in(request, verified.proof(), account, wrong_codes, now);
        self.table.sign_in(verified.proof(), &sign_in).await?;
        Ok(Answer::ok(&Output::Account { user: &sign_in.session.user })?.signed_in(cookies))
    }

    async fn offer_registration(
        &self,
        verified: &Verified,
        wrong_codes: i64,
        now: Timestamp,
    ) -> Result<Answer, Problem> {
        self.table.turn_into_ticket(verified, wrong_codes, now).await?;
        Answer::ok(&Output::Register)
    }
}
