//! The table's contract: each verb does what it says when its condition holds, and nothing when it does not; also when
//! many call it at the same instant.

mod accounts;
mod budgets;
mod delivery;
mod requests;
mod sessions;

use std::future::Future;

use shared::error::Error;
use shared::keys::Keys;
use shared::login::code::{Code, CodeHash, Salt};
use shared::login::device::Devices;
use shared::login::request::{Asked, LoginRequest, Proof, RequestId, Verified};
use shared::login::session::{Account, News, Session, SignIn};
use shared::login::user::{Name, User, UserId};
use shared::phone::{Countries, PhoneNumber};
use shared::sending::decision::{Plan, Policy, Reason};
use shared::sending::ip_limit::{Address, AskLimits};
use shared::sending::job::Order;
use shared::sending::quota::TextLimits;
use shared::store::Table;
use shared::store::accounts::Registration;
use shared::store::jobs::{Claim, Permit, Reading, order};
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
    keys: Keys,
}

impl Fixture {
    async fn new() -> Self {
        let stack = Stack::new().await;
        Self { table: stack.table(), keys: stack.keys(), stack }
    }

    /// Opens a login request for the tests' number, in a browser that gets `cookie`.
    async fn open(&self, cookie: &Token) -> Result<Asked, Error> {
        self.open_from(cookie, None, "198.18.0.1").await
    }

    async fn open_from(&self, cookie: &Token, replaced: Option<&RequestId>, address: &str) -> Result<Asked, Error> {
        self.open_for(&phone(), cookie, replaced, address).await
    }

    async fn open_for(
        &self,
        phone: &PhoneNumber,
        cookie: &Token,
        replaced: Option<&RequestId>,
        address: &str,
    ) -> Result<Asked, Error> {
        let request =
            LoginRequest::open(cookie, phone, None, &self.keys, self.stack.now(), &mut random()).expect("a request");
        let budgets = Address::read(Some(address)).budgets(AskLimits::default(), self.stack.now());
        self.table.open_login(&request, replaced, &budgets).await
    }

    /// The order that the stream tells of, as the request stands now.
    async fn order(&self, cookie: &Token) -> Order {
        order(serde_dynamo::Item::from(self.request(cookie).await.expect("a request"))).expect("an order")
    }

    async fn reading(&self, order: &Order) -> Reading {
        let number = order.number_ids(&self.keys).expect("a number");
        self.table.read_for(order, &number, &TextLimits::default()).await.expect("a reading")
    }

    /// What is decided about the order, as everything stands now.
    async fn outcome(&self, order: &Order) -> Result<Plan, Reason> {
        let ruling = self.reading(order).await.standing().decide(&Policy::default(), order.asked_at(), 0);
        ruling.outcome.and_then(|plan| plan.silence.map_or(Ok(plan), Err))
    }

    /// Leave to send the order, as everything stands now.
    async fn permit(&self, order: &Order) -> Permit {
        let reading = self.reading(order).await;
        let plan = reading.standing().decide(&Policy::default(), order.asked_at(), 0).outcome.expect("leave to send");
        reading.permit(order, plan)
    }

    /// A hash of the tests' code for the order.
    fn hash(&self, order: &Order) -> CodeHash {
        let salt = Salt::generate(&mut random());
        CodeHash::make(&code(CODE), &salt, &order.context(), &self.keys).expect("a hash")
    }

    /// Claims the order for the tests' code.
    async fn claim(&self, order: &Order, permit: &Permit) -> Result<Claim, Error> {
        self.table.claim(order, permit, &self.hash(order)).await
    }

    /// Opens a login request and sends the tests' code.
    async fn send(&self) -> Token {
        let cookie = token();
        self.open(&cookie).await.expect("an open request");
        self.send_again(&cookie).await;
        cookie
    }

    async fn send_again(&self, cookie: &Token) {
        let order = self.order(cookie).await;
        let permit = self.permit(&order).await;
        assert_eq!(self.claim(&order, &permit).await.expect("a claim"), Claim::Taken);
    }

    /// Opens a request, sends the code, and proves it.
    async fn verified(&self) -> (Token, Verified) {
        let cookie = self.send().await;
        let verified = self.verify(&cookie).await;
        (cookie, verified)
    }

    async fn verify(&self, cookie: &Token) -> Verified {
        let challenge =
            self.table.take_attempt(&id(cookie), self.stack.now(), &mut random()).await.expect("an attempt");
        challenge.check(&code(CODE), &self.keys).expect("the right code")
    }

    /// What a browser without session and device becomes when it signs in now.
    fn sign_in(&self, user: &User) -> SignIn {
        let now = self.stack.now();
        let session = Session {
            id: token().hash(),
            user: user.clone(),
            number_id: self.keys.number_id(ADA),
            phone: phone().masked().clone(),
            news: News { wrong_codes_before: 0, since: now },
            created_at: now,
            last_seen: now,
        };
        let account = Account {
            user: user.clone(),
            devices: Devices::default(),
            wrong_codes_told: 0,
            created_at: now,
            kept_under: self.keys.number_id(ADA),
        };
        let rotation = account.devices.sign_in(None, token().hash(), 0, now);
        SignIn { session, account, rotation, former_session: None, wrong_codes: 0 }
    }

    /// Signs in as `user`, in a new browser.
    async fn signs_in(&self, proof: &Proof, user: &User) -> Result<(), Error> {
        self.table.sign_in(proof, &self.sign_in(user)).await
    }

    /// Registers the tests' number. Half a minute later it can be texted again.
    async fn register(&self, name: &str) -> User {
        let (cookie, verified) = self.verified().await;
        self.table.turn_into_ticket(&verified, 0, self.stack.now()).await.expect("a ticket");
        let ticket = self.table.ticket(&id(&cookie), self.stack.now()).await.expect("a ticket");
        let user = user(name);
        let done = self.table.register(&ticket, &self.sign_in(&user)).await.expect("a registration");
        assert_eq!(done, Registration::Done);
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
