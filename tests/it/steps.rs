//! The steps of a login, each with what has to happen before it, for tests that go through all of them.

use std::sync::Arc;

use tests::answer::Answer;
use tests::browser::{Browser, other_code};
use tests::phones::{ADA, BEA};
use tests::stack::Stack;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many cases run at the same time: more would only wait for each other.
const CASES_AT_ONCE: usize = 4;

/// Cases of one test that have nothing to do with each other.
pub struct Cases {
    begun: JoinSet<()>,
    room: Arc<Semaphore>,
}

impl Cases {
    /// No case yet.
    pub fn new() -> Self {
        Self { begun: JoinSet::new(), room: Arc::new(Semaphore::new(CASES_AT_ONCE)) }
    }

    /// Begins a case as soon as there is room for it.
    pub fn begin(&mut self, case: impl Future<Output = ()> + Send + 'static) {
        let room = self.room.clone();
        self.begun.spawn(async move {
            let _place = room.acquire().await;
            case.await;
        });
    }

    /// Waits for all cases. The first one that fails makes the test fail.
    pub async fn finish(mut self) {
        while let Some(case) = self.begun.join_next().await {
            if let Err(failure) = case {
                std::panic::resume_unwind(failure.into_panic());
            }
        }
    }
}

/// One call to the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Start,
    StartAnew,
    StartAnother,
    Resend,
    WrongCode,
    LastWrongCode,
    RightCode,
    RightCodeOfANewNumber,
    RightCodeWhileSignedIn,
    RightCodeAgain,
    Register,
    RegisterAgain,
    Session,
    SessionAfterADay,
    Lock,
    Unlock,
    SignOut,
}

/// A browser that is about to take a step.
pub struct Ready {
    pub stack: Stack,
    pub browser: Browser,
    code: String,
}

impl Step {
    pub const ALL: [Self; 17] = [
        Self::Start,
        Self::StartAnew,
        Self::StartAnother,
        Self::Resend,
        Self::WrongCode,
        Self::LastWrongCode,
        Self::RightCode,
        Self::RightCodeOfANewNumber,
        Self::RightCodeWhileSignedIn,
        Self::RightCodeAgain,
        Self::Register,
        Self::RegisterAgain,
        Self::Session,
        Self::SessionAfterADay,
        Self::Lock,
        Self::Unlock,
        Self::SignOut,
    ];

    /// A new Doorcode, in which this step is the next. No call is written down yet.
    pub async fn prepare(self) -> Ready {
        let stack = Stack::watched().await;
        let mut browser = stack.browser();
        if self.has_account() {
            stack.browser().sign_in(ADA).await;
        }
        if self.is_signed_in() {
            browser.sign_in(ADA).await;
        }
        let mut code = String::new();
        let needs_no_code = Self::Start == self || (self.is_signed_in() && self != Self::RightCodeWhileSignedIn);
        if !needs_no_code {
            code = browser.request_code(ADA).await;
        }
        match self {
            Self::StartAnew | Self::Resend => stack.advance(30),
            Self::SessionAfterADay => stack.advance(100_000),
            Self::Register => drop(browser.submit(&code).await),
            // The answers get lost.
            Self::RightCodeAgain => drop(browser.clone().submit(&code).await),
            Self::RegisterAgain => {
                browser.submit(&code).await;
                browser.clone().register("Ada").await;
            }
            Self::LastWrongCode => {
                for index in 0..2 {
                    browser.submit(&other_code(&code, index)).await;
                }
            }
            _ => {}
        }
        stack.proxy().forget();
        Ready { stack, browser, code }
    }

    /// Takes the step.
    pub async fn take(self, ready: &mut Ready) -> Answer {
        let Ready { browser, code, .. } = ready;
        match self {
            Self::Start | Self::StartAnew => browser.start(ADA).await,
            Self::StartAnother => browser.start(BEA).await,
            Self::Resend => browser.resend().await,
            Self::WrongCode | Self::LastWrongCode => browser.submit(&other_code(code, 7)).await,
            Self::RightCode | Self::RightCodeOfANewNumber | Self::RightCodeWhileSignedIn | Self::RightCodeAgain => {
                browser.submit(code).await
            }
            Self::Register | Self::RegisterAgain => browser.register("Ada").await,
            Self::Session | Self::SessionAfterADay => browser.session().await,
            Self::Lock => browser.lock().await,
            Self::Unlock => browser.unlock().await,
            Self::SignOut => browser.sign_out().await,
        }
    }

    /// The calls to the table that the step makes when nothing fails; each signature once.
    pub async fn calls(self) -> Vec<String> {
        let mut ready = self.prepare().await;
        let answer = self.take(&mut ready).await;
        assert_eq!(answer.status, self.success(), "{self:?}: {answer:?}");
        let mut signatures = ready.stack.proxy().signatures();
        signatures.dedup();
        assert!(!signatures.is_empty(), "{self:?} makes no call");
        signatures
    }

    /// The status when nothing fails.
    pub fn success(self) -> u16 {
        match self {
            Self::Start | Self::StartAnew | Self::StartAnother | Self::Resend => 202,
            Self::WrongCode | Self::LastWrongCode => 401,
            Self::Register | Self::RegisterAgain => 201,
            Self::Lock | Self::Unlock | Self::SignOut => 204,
            _ => 200,
        }
    }

    /// How many sessions there are after the step.
    pub fn sessions(self) -> usize {
        let before = usize::from(self.has_account()) + usize::from(self.is_signed_in());
        match self {
            Self::RightCode | Self::RightCodeAgain | Self::Register | Self::RegisterAgain => before + 1,
            Self::SignOut => before - 1,
            // The login that the browser had is replaced.
            _ => before,
        }
    }

    /// Calls without which the answer is known: a wrong code is wrong, whoever owns the number and whether a notice
    /// tells of it.
    pub fn can_do_without(self, signature: &str) -> bool {
        // A start that is given back.
        if signature.starts_with("UpdateItem IP/") {
            return true;
        }
        let is_wrong = matches!(self, Self::WrongCode | Self::LastWrongCode);
        is_wrong
            && ["BatchGetItem NUMBER/OWNER, WRONG_CODES/WRONG_CODES", "UpdateItem WRONG_CODES/WRONG_CODES"]
                .contains(&signature)
    }

    fn has_account(self) -> bool {
        !matches!(self, Self::RightCodeOfANewNumber | Self::Register | Self::RegisterAgain | Self::Start)
    }

    fn is_signed_in(self) -> bool {
        matches!(
            self,
            Self::RightCodeWhileSignedIn
                | Self::Session
                | Self::SessionAfterADay
                | Self::Lock
                | Self::Unlock
                | Self::SignOut
        )
    }
}
