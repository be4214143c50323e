//! `POST /auth/login` and `POST /auth/login/resend`: a browser requests a code.
//!
//! The answer depends on the caller alone, never on the number's history (requirements E-01 to E-05). Whether the
//! number has an account, and whether it gets a text, is decided later by `deliver-code`. This function does not read
//! the table.

use std::sync::Arc;

use lambda_http::{Body, Request, Response};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use shared::error::Error;
use shared::http::{self, ApiResponse, Cookie, CookieName, Origins, Problem, TrustedProxy, cookies, guard};
use shared::keys::NumberKeys;
use shared::login::request::{CodeRequested, LoginName, LoginRequest, RequestId};
use shared::phone::{Countries, Country, PhoneNumber};
use shared::sending::ip_limit::{ClientIp, IpLimits, IpWindow};
use shared::store::Table;
use shared::store::starts::Again;
use shared::telemetry::Metrics;
use shared::time::Timestamp;
use shared::token::Token;

/// The end of the path of a resend. API Gateway puts the name of a stage before the path.
const RESEND: &str = "/auth/login/resend";

/// The function, and what it needs.
pub struct StartLogin {
    table: Table,
    keys: NumberKeys,
    countries: Countries,
    callers: Callers,
    metrics: Arc<Metrics>,
}

/// Who may request codes, and how often.
#[derive(Clone, Debug)]
pub struct Callers {
    /// The pages that may call.
    pub origins: Origins,
    /// The proxy that they call through.
    pub proxy: TrustedProxy,
    /// How many logins one address may start.
    pub limits: IpLimits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StartInput {
    phone: String,
    /// In whose national form the number is; without it, in the default country's.
    country: Option<Country>,
}

/// What the page of a resend says, if it says anything.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResendInput {
    login: Option<LoginName>,
}

/// The answer to a start. It alone holds the number in clear, for the browser that just sent it.
#[derive(Serialize)]
struct StartOutput<'a> {
    number: &'a str,
    #[serde(flatten)]
    requested: &'a CodeRequested,
}

impl StartLogin {
    /// Takes numbers of `countries` from `callers`.
    #[must_use]
    pub fn new(table: Table, keys: NumberKeys, countries: Countries, callers: Callers, metrics: Arc<Metrics>) -> Self {
        Self { table, keys, countries, callers, metrics }
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
        http::respond(&request, result)
    }

    async fn start(
        &self,
        request: &Request,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> Result<ApiResponse, Problem> {
        let ip = self.callers.let_in(request)?;
        let input: StartInput = guard::body(request)?;
        let home = self.countries.home(input.country);
        let home = home.ok_or_else(|| Problem::invalid_request("This service does not work in that country."))?;
        let phone = self.countries.read_in(&input.phone, home).map_err(Error::from)?;
        let language = http::language(request);
        let number = self.keys.ids_of(phone.e164());
        // The browser keeps its cookie. Like a resend, going on with a request is not counted for the address: the
        // request has delays of its own.
        let replaced = match cookies::read(request, CookieName::Login) {
            Some(cookie) => match self.table.continue_login(&RequestId::of(&cookie), &number, language, now).await? {
                Again::Continued(requested) => return answer(&phone, &requested),
                Again::Replaced(replaced) => Some(replaced),
            },
            None => None,
        };
        let devices = cookies::devices(request);
        let certified = devices.certified_for(&number, &self.keys);
        let windows = match &certified {
            Some(device) => vec![IpWindow::of_device(device, self.callers.limits, now)],
            None => ip.windows(self.callers.limits, now),
        };
        let device = certified.or_else(|| devices.uncertified());
        let cookie = Token::generate(random);
        let login = LoginRequest::start(&cookie, &phone, device, &self.keys, now, random)?;
        let login = login.in_language(language);
        let windows: Vec<_> = windows.into_iter().map(|window| (window.id(&self.keys), window)).collect();
        let requested = self.table.start_login(&login, replaced.as_ref(), &windows).await?;
        if phone.is_set_aside() {
            // Nobody can receive a text at such a number; an alarm watches the count.
            self.metrics.test_numbers_used.add_one();
        }
        Ok(answer(&phone, &requested)?.cookie(&Cookie::set(CookieName::Login, &cookie)))
    }

    async fn resend(&self, request: &Request, now: Timestamp) -> Result<ApiResponse, Problem> {
        self.callers.let_in(request)?;
        let input: ResendInput = guard::optional_body(request)?;
        let cookie = cookies::read(request, CookieName::Login).ok_or(Error::NoLoginRequest)?;
        let id = RequestId::of(&cookie);
        LoginName::check(input.login.as_ref(), &id)?;
        let requested = self.table.resend_code(&id, http::language(request), now).await?;
        ApiResponse::accepted(&requested)
    }
}

fn answer(phone: &PhoneNumber, requested: &CodeRequested) -> Result<ApiResponse, Problem> {
    ApiResponse::accepted(&StartOutput { number: phone.international(), requested })
}

impl Callers {
    /// Checks the origin and the proxy of a call, and gives back the caller's address.
    fn let_in(&self, request: &Request) -> Result<ClientIp, Problem> {
        let ip = self.proxy.caller(request)?;
        guard::let_in(request, &self.origins)?;
        Ok(ip)
    }
}
