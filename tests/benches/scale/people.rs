//! People who register and come back.

use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use shared::keys::NumberIds;
use tests::browser::Browser;
use tests::stack::Stack;
use tokio::task::JoinSet;

/// The steps that are told apart.
pub const STEPS: [&str; 5] = ["start", "deliver", "verify", "register", "session"];

/// How many register and come back while it is counted what that takes of the table; it is the same each time.
const COUNTED: u32 = 10;
/// How many come one after the other.
const ALONE: u32 = 100;
/// How many come at a time after that.
pub const AT_A_TIME: u32 = 8;

/// What a login takes of the table, the mean of a registration and a return.
#[derive(Clone, Copy)]
pub struct Units {
    pub calls: f64,
    pub write: f64,
    pub read: f64,
}

/// Counts it at a Doorcode with a proxy, which takes time that the others need not spend.
pub async fn units(watched: &Stack) -> Units {
    watched.proxy().count_costs();
    watched.proxy().forget();
    for person in 0..COUNTED {
        login(watched, person, None).await;
        login(watched, person, None).await;
    }
    let costs = watched.proxy().costs();
    let each = |units: f64| units / f64::from(2 * COUNTED);
    Units {
        calls: each(costs.iter().map(|_| 1.0).sum()),
        write: each(costs.iter().map(|cost| cost.write).sum()),
        read: each(costs.iter().map(|cost| cost.read).sum()),
    }
}

/// All who came, in the order of their numbers.
pub struct People {
    stack: Stack,
    came: u32,
    accounts: Vec<(u32, String)>,
}

impl People {
    /// Nobody yet but those who were counted.
    pub async fn new(stack: Stack) -> Self {
        // Their texts went out long ago; they are still before this stream.
        stack.deliver().await;
        Self { stack, came: COUNTED, accounts: Vec::new() }
    }

    /// The times of the steps of [`STEPS`].
    pub async fn one_at_a_time(&mut self) -> [Vec<Duration>; 5] {
        let mut times: [Vec<Duration>; 5] = Default::default();
        for person in self.next(ALONE) {
            let id = login(&self.stack, person, Some(&mut times)).await;
            self.accounts.push((person, id));
        }
        times
    }

    /// So many logins: half as many people register and come back, a few at a time.
    pub async fn together(&mut self, logins: u32) {
        let people = Arc::new(Mutex::new(self.next(logins / 2)));
        let mut throttles = JoinSet::new();
        for _ in 0..AT_A_TIME {
            let (stack, people) = (self.stack.clone(), people.clone());
            throttles.spawn(async move {
                let mut accounts = Vec::new();
                let next = || people.lock().expect("nobody panics with it").next();
                while let Some(person) = next() {
                    let made = login(&stack, person, None).await;
                    let found = login(&stack, person, None).await;
                    assert_eq!(made, found, "somebody got another account");
                    accounts.push((person, made));
                }
                accounts
            });
        }
        for accounts in throttles.join_all().await {
            self.accounts.extend(accounts);
        }
    }

    /// So many people who have not come yet.
    fn next(&mut self, count: u32) -> Range<u32> {
        let first = self.came;
        self.came += count;
        first..self.came
    }

    /// How many accounts are no longer their owner's.
    pub async fn lost(&self) -> usize {
        let keys = self.stack.number_keys();
        let mut lost = 0;
        for (person, id) in &self.accounts {
            let number = NumberIds::one(keys.number_id(&phone(*person)));
            let owned = self.stack.table().number_owner(&number).await.expect("a table");
            lost += usize::from(owned.account.is_none_or(|account| account.user.id.as_str() != id));
        }
        lost
    }
}

/// A number for everybody, no two alike. Nothing leaves this machine, so it may be anybody's.
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
