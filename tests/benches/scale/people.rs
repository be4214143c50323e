//! People who register and come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use shared::keys::NumberIds;
use tests::browser::Browser;
use tests::stack::Stack;
use tokio::task::JoinSet;

/// The steps that are told apart.
pub const STEPS: [&str; 5] = ["start", "deliver", "verify", "register", "session"];

/// How many come one after the other, each twice.
const ALONE: u32 = 100;
/// How many come at a time after that.
const AT_A_TIME: u32 = 8;

/// All who came, in the order of their numbers.
pub struct People {
    stack: Stack,
    came: Arc<AtomicU32>,
    accounts: Vec<(u32, String)>,
}

impl People {
    pub fn new(stack: Stack) -> Self {
        Self { stack, came: Arc::default(), accounts: Vec::new() }
    }

    /// The times of the steps of [`STEPS`].
    pub async fn one_at_a_time(&mut self) -> [Vec<Duration>; 5] {
        let mut times: [Vec<Duration>; 5] = Default::default();
        for _ in 0..ALONE {
            let person = self.came.fetch_add(1, Ordering::Relaxed);
            let id = login(&self.stack, person, Some(&mut times)).await;
            self.accounts.push((person, id));
        }
        times
    }

    /// Lets people register and come back for so long, and tells how many logins that were.
    pub async fn together(&mut self, long: Duration) -> u32 {
        let end = Instant::now() + long;
        let mut lanes = JoinSet::new();
        for _ in 0..AT_A_TIME {
            let (stack, came) = (self.stack.clone(), self.came.clone());
            lanes.spawn(async move {
                let (mut accounts, mut logins) = (Vec::new(), 0);
                while Instant::now() < end {
                    let person = came.fetch_add(1, Ordering::Relaxed);
                    let made = login(&stack, person, None).await;
                    let found = login(&stack, person, None).await;
                    assert_eq!(made, found, "somebody got another account");
                    accounts.push((person, made));
                    logins += 2;
                }
                (accounts, logins)
            });
        }
        let mut logins = 0;
        for (accounts, more) in lanes.join_all().await {
            self.accounts.extend(accounts);
            logins += more;
        }
        logins
    }

    /// How many accounts are no longer their owner's.
    pub async fn lost(&self) -> usize {
        let keys = self.stack.keys();
        let mut lost = 0;
        for (person, id) in &self.accounts {
            let number = NumberIds::one(keys.number_id(&phone(*person)));
            let owned = self.stack.table().owned(&number).await.expect("a table");
            lost += usize::from(owned.account.is_none_or(|account| account.user.id.as_str() != id));
        }
        lost
    }
}

/// A number for everybody. Nothing leaves this machine, so it may be anybody's.
fn phone(person: u32) -> String {
    format!("+4670{:07}", u64::from(person) * 76_543 % 10_000_000)
}

/// Signs somebody in, who registers when that is needed, and gives back the account's id.
async fn login(stack: &Stack, person: u32, mut times: Option<&mut [Vec<Duration>; 5]>) -> String {
    let (mut browser, phone) = (stack.browser(), phone(person));
    let texts = stack.texts(&phone).len();
    let mut begin = Instant::now();
    let mut done = |step: usize| {
        if let Some(times) = &mut times {
            times[step].push(begin.elapsed());
        }
        begin = Instant::now();
    };
    assert_eq!(browser.start(&phone).await.status, 202);
    done(0);
    let code = code(stack, &phone, texts).await;
    done(1);
    let verified = browser.submit(&code).await;
    assert_eq!(verified.status, 200, "{verified:?}");
    done(2);
    if verified.json()["next"] == "register" {
        assert_eq!(browser.register("Ada").await.status, 201);
        done(3);
    }
    let id = who(&mut browser).await;
    done(4);
    id
}

/// The code of a new text, once whoever carries the stream has brought it.
async fn code(stack: &Stack, phone: &str, known: usize) -> String {
    loop {
        stack.deliver().await;
        if stack.texts(phone).len() > known {
            return stack.newest_code(phone);
        }
    }
}

async fn who(browser: &mut Browser) -> String {
    let session = browser.session().await;
    assert_eq!(session.status, 200, "{session:?}");
    session.json()["user"]["id"].as_str().expect("an id").to_owned()
}
