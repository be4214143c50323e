//! The table's contract: each verb does what it says when its condition holds, and nothing when it does not; also when
//! many call it at the same instant.

mod accounts;
mod jobs;
mod quotas;
mod requests;
mod sessions;

use std::future::Future;

use shared::error::Error;
use shared::keys::{CodeKeys, NumberKeys};
use shared::login::code::{Code, CodeHash, Salt};
use shared::login::device::Devices;
use shared::login::proof::Verified;
use shared::login::request::{CodeRequested, LoginRequest, RequestId};
use shared::login::session::{Account, SeenUpTo, Session, SignIn};
use shared::login::ticket::{Ticket, TicketStamp};
use shared::login::user::{Name, User, UserId};
use shared::phone::{Countries, PhoneNumber};
use shared::sending::decision::{Decision, Effect, Reason, SendPolicy};
use shared::sending::ip_limit::{ClientIp, IpLimits};
use shared::sending::job::SendJob;
use shared::sending::quota::QuotaLimits;
use shared::store::Table;
use shared::store::accounts::{RegisterOutcome, SignInOutcome};
use shared::store::jobs::{CommitOutcome, LoadedSnapshot, Reservation, send_job};
use shared::store::starts::Replaced;
use shared::token::Token;
use tests::dump::Item;
use tests::phones::ADA;
use tests::stack::Stack;
use tokio::task::JoinSet;

/// The code that is sent in these tests.
const CODE: &str = "123456";

/// A table and everything that its verbs are called with.
#[derive(Clone)]
struct Fixture {
    stack: Stack,
    table: Table,
    keys: NumberKeys,
    code_keys: CodeKeys,
}

impl Fixture {
    async fn new() -> Self {
        let stack = Stack::new().await;
        Self { table: stack.table(), keys: stack.number_keys(), code_keys: stack.code_keys(), stack }
    }

    /// Opens a login request for the tests' number, in a browser that gets `cookie`.
    async fn open(&self, cookie: &Token) -> Result<CodeRequested, Error> {
        self.open_from(cookie, None, "198.18.0.1").await
    }

    async fn open_from(
        &self,
        cookie: &Token,
        replaced: Option<&RequestId>,
        address: &str,
    ) -> Result<CodeRequested, Error> {
        self.open_for(&phone(), cookie, replaced, address).await
    }

    async fn open_for(
        &self,
        phone: &PhoneNumber,
        cookie: &Token,
        replaced: Option<&RequestId>,
        address: &str,
    ) -> Result<CodeRequested, Error> {
        let replaced = replaced.map(|id| Replaced::without_history(id.clone()));
        let request =
            LoginRequest::start(cookie, phone, None, &self.keys, self.stack.now(), &mut random()).expect("a request");
        let windows = ClientIp::read(Some(address)).windows(IpLimits::default(), self.stack.now());
        let windows: Vec<_> = windows.into_iter().map(|window| (window.id(&self.keys), window)).collect();
        self.table.start_login(&request, replaced.as_ref(), &windows).await
    }

    /// The send job that the stream brings, as the request is now.
    async fn job(&self, cookie: &Token) -> SendJob {
        send_job(serde_dynamo::Item::from(self.request(cookie).await.expect("a request"))).expect("a send job")
    }

    async fn loaded(&self, job: &SendJob) -> LoadedSnapshot {
        let number = job.number_ids(&self.keys).expect("a number");
        self.table.load_snapshot(job, &number, &QuotaLimits::default()).await.expect("a snapshot")
    }

    /// What is decided about the job, as everything is now: the effect of a text that goes out, or why none does.
    async fn outcome(&self, job: &SendJob) -> Result<Effect, Reason> {
        match self.loaded(job).await.snapshot().decide(&SendPolicy::default(), job.requested_at()) {
            Decision::Send(effect) => Ok(effect),
            Decision::Suppress(reason, _) | Decision::Deny(reason) => Err(reason),
        }
    }

    /// The writes that reserve a text for the job, as everything is now.
    async fn reservation(&self, job: &SendJob) -> Reservation {
        let effect = self.outcome(job).await.expect("a text that may be sent");
        self.loaded(job).await.reservation(job, &effect, 0).expect("a shard with room")
    }

    /// A hash of the tests' code for the job.
    fn hash(&self, job: &SendJob) -> CodeHash {
        let salt = Salt::generate(&mut random());
        CodeHash::make(&code(CODE), &salt, &job.context(), &self.code_keys).expect("a hash")
    }

    /// Reserves a text with the tests' code.
    async fn reserve(&self, job: &SendJob, reservation: &Reservation) -> Result<CommitOutcome, Error> {
        self.table.reserve(job, reservation, &self.hash(job)).await
    }

    /// Opens a login request and sends the tests' code.
    async fn send(&self) -> Token {
        let cookie = token();
        self.open(&cookie).await.expect("an open request");
        self.send_again(&cookie).await;
        cookie
    }

    async fn send_again(&self, cookie: &Token) {
        let job = self.job(cookie).await;
        let reservation = self.reservation(&job).await;
        assert_eq!(self.reserve(&job, &reservation).await.expect("an outcome"), CommitOutcome::Committed);
    }

    /// Opens a request, sends the code, and proves it.
    async fn verified(&self) -> (Token, Verified) {
        let cookie = self.send().await;
        let verified = self.verify(&cookie).await;
        (cookie, verified)
    }

    async fn verify(&self, cookie: &Token) -> Verified {
        let attempt = self.table.take_attempt(&id(cookie), self.stack.now(), &mut random()).await.expect("an attempt");
        attempt.resolve(&self.keys).expect("a number").check(&code(CODE), &self.code_keys).expect("the right code")
    }

    /// Offers registration to whoever proved the tests' number.
    async fn offer(&self, verified: &Verified) -> Result<(), Error> {
        let mac = self.keys.device_mac(&token().hash(), &self.keys.ids_of(ADA));
        let stamp = TicketStamp::new(verified, 0, self.code_keys.seed(&mut random()), mac, &self.code_keys);
        self.table.turn_into_ticket(verified, &stamp, self.stack.now()).await
    }

    async fn ticket(&self, cookie: &Token) -> Result<Ticket, Error> {
        self.table.ticket(&id(cookie), &self.code_keys, self.stack.now()).await
    }

    /// What a browser without session and device becomes when it signs in now.
    fn sign_in(&self, user: &User) -> SignIn {
        let now = self.stack.now();
        let session = Session {
            id: token().hash(),
            user: user.clone(),
            number_id: self.keys.number_id(ADA),
            phone: phone().masked().clone(),
            seen_up_to: SeenUpTo { wrong_codes: 0, at: now },
            created_at: now,
            last_seen: now,
        };
        let account = Account {
            user: user.clone(),
            devices: Devices::default(),
            wrong_codes_seen: 0,
            recognized_only: false,
            created_at: now,
            kept_under: self.keys.number_id(ADA),
        };
        let rotation = account.devices.sign_in(None, token().hash(), 0, now);
        let seed = self.code_keys.seed(&mut random());
        SignIn { session, account, rotation, former_session: None, wrong_codes: 0, seed }
    }

    /// Signs in as `user`, in a new browser.
    async fn signs_in(&self, verified: &Verified, user: &User) -> Result<SignInOutcome, Error> {
        self.table.sign_in(verified, &self.sign_in(user)).await
    }

    /// Registers the tests' number. Half a minute later it can be texted again.
    async fn register(&self, name: &str) -> User {
        let (cookie, verified) = self.verified().await;
        self.offer(&verified).await.expect("a ticket");
        let ticket = self.ticket(&cookie).await.expect("a ticket");
        let user = user(name);
        let done = self.table.register(&ticket, &self.sign_in(&user)).await.expect("a registration");
        assert_eq!(done, RegisterOutcome::Done);
        self.stack.advance(30);
        user
    }

    /// Whose the tests' number is.
    async fn owner(&self) -> Option<User> {
        let owner = self.stack.dump().await.all("NUMBER#").first().map(|owner| (*owner).clone())?;
        let name = owner.get("name").and_then(|name| name.as_s().ok()).map(|name| Name::read(name).expect("a name"));
        Some(User { id: serde_dynamo::from_attribute_value(owner["user_id"].clone()).expect("an id"), name })
    }

    /// The item of a login request.
    async fn request(&self, cookie: &Token) -> Option<Item> {
        let pk = format!("REQUEST#{}", id(cookie).as_str());
        self.stack.dump().await.all(&pk).first().map(|item| (*item).clone())
    }
}

fn token() -> Token {
    Token::generate(&mut random())
}

fn random() -> impl rand::CryptoRng + Send {
    shared::random::source()
}

fn id(cookie: &Token) -> RequestId {
    RequestId::of(cookie)
}

fn code(text: &str) -> Code {
    Code::read(text).expect("a code")
}

fn phone() -> PhoneNumber {
    Countries::every("SE").expect("countries").read(ADA).expect("a number")
}

fn user(name: &str) -> User {
    User { id: UserId::generate(&mut random()), name: Some(Name::read(name).expect("a name")) }
}

/// Runs all futures at once and gives back what they gave.
async fn at_once<T: Send + 'static>(
    futures: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let set: JoinSet<T> = futures.into_iter().collect();
    set.join_all().await
}
