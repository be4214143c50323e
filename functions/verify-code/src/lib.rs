//! `POST /auth/code`: a browser proves that it holds the phone.
//!
//! One conditional write takes the attempt before the code is compared; no later failure gives it back (requirements
//! G-02, R-02). The number's owner is read while the code is compared, whether it is right or wrong. A wrong code is
//! counted for every number. So the call takes the same time with and without an account. A right code of a number that
//! is locked is refused as a wrong one, with the same calls.
//!
//! A right code whose answer got lost can be typed again, with an attempt of its own: it gives the same session, as long as
//! that is alive.

use std::sync::Arc;

use lambda_http::{Body, Request, Response};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use shared::error::{Error, RedactedError};
use shared::http::{self, ApiResponse, CookieName, Origins, Problem, SignInCookies, cookies, guard};
use shared::keys::{CodeKeys, DeviceMac, NumberIds, NumberKeys};
use shared::login::code::Code;
use shared::login::proof::{Challenge, Proof, Verified};
use shared::login::request::{LoginName, RequestId};
use shared::login::session::{Account, SignIn};
use shared::login::ticket::TicketStamp;
use shared::login::user::{RegistrationPolicy, User};
use shared::phone::Country;
use shared::sending::throttle::ThrottleKind;
use shared::store::Table;
use shared::store::accounts::SignInOutcome;
use shared::store::owners::NumberOwner;
use shared::telemetry::Metrics;
use shared::time::Timestamp;
use shared::token::Seed;

/// The function, and what it needs.
pub struct VerifyCode {
    table: Table,
    numbers: NumberKeys,
    codes: CodeKeys,
    origins: Origins,
    registration: RegistrationPolicy,
    metrics: Arc<Metrics>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeInput {
    code: String,
    /// The login request that the page belongs to.
    login: Option<LoginName>,
}

#[derive(Serialize)]
#[serde(tag = "next", rename_all = "lowercase")]
enum CodeOutput<'a> {
    Account { user: &'a User },
    Register,
}

impl VerifyCode {
    /// Counts comparisons in `metrics`. Pages of `origins` may call, and `registration` says who may register.
    #[must_use]
    pub fn new(
        table: Table,
        (numbers, codes): (NumberKeys, CodeKeys),
        origins: Origins,
        registration: RegistrationPolicy,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { table, numbers, codes, origins, registration, metrics }
    }

    /// Answers one request.
    pub async fn handle(
        &self,
        request: Request,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> Response<Body> {
        let result = self.verify(&request, now, random).await;
        http::respond(&request, result)
    }

    async fn verify(
        &self,
        request: &Request,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> Result<ApiResponse, Problem> {
        guard::let_in(request, &self.origins)?;
        let input: CodeInput = guard::body(request)?;
        let code = Code::read(&input.code)?;
        let cookie = cookies::read(request, CookieName::Login).ok_or(Error::LoginRequestOver)?;
        let id = RequestId::of(&cookie);
        LoginName::check(input.login.as_ref(), &id)?;
        let attempt = self.table.take_attempt(&id, now, random).await?;
        let challenge = attempt.resolve(&self.numbers)?;
        let (number, country) = (challenge.number().clone(), challenge.country());
        let (compared, owner) = tokio::join!(self.compare(challenge, code), self.table.number_owner(&number));
        let verified = compared.and_then(|verified| match &owner {
            Ok(owner) if is_locked(owner, &verified) => Err(verified.refusal()),
            _ => Ok(verified),
        });
        if let Err(Error::WrongCode { is_failure, .. }) = verified {
            self.count_wrong_code(&number, owner.as_ref().ok(), is_failure, country, now).await;
        }
        let (verified, owner) = (verified?, owner?);
        self.metrics.codes_verified.add_one();
        match owner.account {
            Some(account) => {
                let cookies = SignInCookies::begin(cookie, &self.codes, random)?;
                self.sign_in(request, &verified, account, owner.wrong_codes, cookies, now).await
            }
            None if self.registration != RegistrationPolicy::Open => {
                self.drop_request(&id).await;
                Err(Error::RegistrationClosed.into())
            }
            None => {
                let cookies = SignInCookies::begin(cookie, &self.codes, random)?;
                self.offer_registration(&verified, owner.wrong_codes, &cookies, now).await
            }
        }
    }

    /// Argon2id on a thread of its own, so that the read of the owner goes on meanwhile.
    async fn compare(&self, challenge: Challenge, code: Code) -> Result<Verified, Error> {
        self.metrics.codes_compared.add_one();
        let keys = self.codes.clone();
        let compared = tokio::task::spawn_blocking(move || challenge.check(&code, &keys)).await;
        compared.map_err(|_| Error::Internal(RedactedError::new("code compare", "panicked")))?
    }

    /// A code that was compared with none that was sent counts nothing, by the same write.
    async fn count_wrong_code(
        &self,
        number: &NumberIds,
        owner: Option<&NumberOwner>,
        is_failure: bool,
        country: Country,
        now: Timestamp,
    ) {
        match self.table.count_wrong_code(number, owner, is_failure, now).await {
            Ok(failures) => {
                if let Some(kind) = failures.just_ended(is_failure.into()) {
                    self.metrics.numbers_locked.add_one_for(kind.as_str(), country);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "wrong code not counted: it neither locks the number nor is told to its owner");
            }
        }
    }

    /// Nothing is to be gained by it: its code leads to the same refusal again.
    async fn drop_request(&self, id: &RequestId) {
        if let Err(error) = self.table.drop_request(id).await {
            tracing::warn!(%error, "login request of a number that may not register not deleted: it stays until its TTL");
        }
    }

    async fn sign_in(
        &self,
        request: &Request,
        verified: &Verified,
        account: Account,
        wrong_codes: i64,
        cookies: SignInCookies,
        now: Timestamp,
    ) -> Result<ApiResponse, Problem> {
        let sign_in = SignIn::new(cookies.tokens(request), verified.proof(), account, wrong_codes, now);
        let (user, cookies) = match self.table.sign_in(verified, &sign_in).await? {
            SignInOutcome::Done => {
                self.table.give_start_back(verified.proof(), now).await;
                (sign_in.session.user, cookies)
            }
            SignInOutcome::Before(seed) => self.signed_in_before(cookies, seed, now).await?,
        };
        let mac = self.device_mac(&cookies, verified.proof());
        let devices = &sign_in.account.devices;
        let others = cookies::devices(request).of_others(
            verified.proof().number(),
            |name| devices.former(std::slice::from_ref(name)).is_some(),
            &self.numbers,
        );
        let signed_in = cookies.signed_in(others, mac);
        Ok(ApiResponse::ok(&CodeOutput::Account { user: &user })?.signed_in(&signed_in))
    }

    /// The code had signed in before, and the answer may have got lost.
    async fn signed_in_before(
        &self,
        cookies: SignInCookies,
        seed: Seed,
        now: Timestamp,
    ) -> Result<(User, SignInCookies), Error> {
        let cookies = cookies.again(seed, &self.codes)?;
        match self.table.session(cookies.session_id(), now).await {
            Ok(session) => Ok((session.user, cookies)),
            Err(Error::NoSession) => Err(Error::LoginRequestOver),
            Err(error) => Err(error),
        }
    }

    fn device_mac(&self, cookies: &SignInCookies, proof: &Proof) -> DeviceMac {
        self.numbers.device_mac(&cookies.device_name(), proof.number())
    }

    async fn offer_registration(
        &self,
        verified: &Verified,
        wrong_codes: i64,
        cookies: &SignInCookies,
        now: Timestamp,
    ) -> Result<ApiResponse, Problem> {
        let mac = self.device_mac(cookies, verified.proof());
        let stamp = TicketStamp::new(verified, wrong_codes, cookies.seed().clone(), mac, &self.codes);
        self.table.turn_into_ticket(verified, &stamp, now).await?;
        ApiResponse::ok(&CodeOutput::Register)
    }
}

/// Whether a code that is right is refused all the same, because so many wrong ones were typed before (requirement G-06).
fn is_locked(owner: &NumberOwner, verified: &Verified) -> bool {
    let kind = if verified.went_to_recognized() { ThrottleKind::Recognized } else { ThrottleKind::Unrecognized };
    owner.account.is_some() && owner.failures().end_codes(kind)
}
