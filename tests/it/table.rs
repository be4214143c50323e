//! The table's contract: each verb does what it says when its condition holds, and nothing when it does not; also when
//! many call it at the same instant.

mod accounts;
mod delivery;
mod requests;
mod sessions;

use std::future::Future;

use shared::budget::{Address, AddressBudget};
use shared::code::{Code, CodeHash, Salt};
use shared::error::Error;
use shared::keys::Keys;
use shared::phone::{Countries, PhoneNumber};
use shared::request::{Asked, LoginRequest, Order, RequestId, Verified};
use shared::session::{Session, SignIn};
use shared::table::Table;
use shared::table::delivery::{Claim, Permit, order};
use shared::token::Token;
use shared::user::{Name, User, UserId};
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
        let request =
            LoginRequest::open(cookie, &phone(), None, &self.keys, self.stack.now(), &mut random()).expect("a request");
        let budget = AddressBudget::at(Address::read(Some(address)), self.stack.now());
        self.table.open_login(&request, replaced, &budget).await
    }

    /// The order that the stream tells of, as the request stands now.
    async fn order(&self, cookie: &Token) -> Order {
        order(serde_dynamo::Item::from(self.request(cookie).await.expect("a request"))).expect("an order")
    }

    /// Leave to send the order, as its lane stands now.
    async fn permit(&self, order: &Order) -> Permit {
        self.table.lane_of(order).await.expect("a lane").permit(order).expect("leave to send")
    }

    /// A hash of the tests' code for the order.
    fn hash(&self, order: &Order) -> CodeHash {
        let salt = Salt::generate(&mut random());
        CodeHash::make(&code(CODE), &salt, &order.binding(), &self.keys).expect("a hash")
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
        let session = Session::begin(token().hash(), user.clone(), phone().masked().clone(), self.stack.now());
        SignIn { session, device: token().hash(), former_session: None, former_device: None }
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
