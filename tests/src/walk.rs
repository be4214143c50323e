//! Every step of a login once, in the life of one number, for those who measure them.

use std::collections::BTreeMap;

use crate::answer::Answer;
use crate::browser::{Browser, other_code};
use crate::phones::ADA;
use crate::proxy::Cost;
use crate::stack::Stack;

/// More than a day, after which a session is written again.
const A_DAY: i64 = 100_000;

/// A step that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A browser requests a code.
    Start,
    /// It starts again with the same number, and goes on.
    StartAgain,
    /// The code is sent.
    DeliverSent,
    /// The code is sent to a number whose owner requests it on a recognized browser.
    DeliverToRecognized,
    /// The code is not sent, because the number must wait.
    DeliverSuppressed,
    /// SNS does not take the text.
    DeliverUndelivered,
    /// The browser requests another code.
    Resend,
    /// A wrong code.
    VerifyWrong,
    /// The third wrong code.
    VerifyLastWrong,
    /// The right code of a number without account.
    VerifyNewNumber,
    /// The right code of a number with an account.
    VerifyAccount,
    /// The account is made.
    Register,
    /// The browser asks who is signed in.
    Session,
    /// The same, for the first time in a day.
    SessionAfterADay,
    /// The browser signs out.
    SignOut,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Start,
        Self::StartAgain,
        Self::DeliverSent,
        Self::DeliverToRecognized,
        Self::DeliverSuppressed,
        Self::DeliverUndelivered,
        Self::Resend,
        Self::VerifyWrong,
        Self::VerifyLastWrong,
        Self::VerifyNewNumber,
        Self::VerifyAccount,
        Self::Register,
        Self::Session,
        Self::SessionAfterADay,
        Self::SignOut,
    ];

    /// How a report calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::StartAgain => "start again, same number",
            Self::DeliverSent => "deliver: sent",
            Self::DeliverToRecognized => "deliver: sent, recognized",
            Self::DeliverSuppressed => "deliver: suppressed",
            Self::DeliverUndelivered => "deliver: undelivered",
            Self::Resend => "resend",
            Self::VerifyWrong => "verify: wrong",
            Self::VerifyLastWrong => "verify: wrong, the last one",
            Self::VerifyNewNumber => "verify: right, no account",
            Self::VerifyAccount => "verify: right, account",
            Self::Register => "register",
            Self::Session => "session",
            Self::SessionAfterADay => "session, first in a day",
            Self::SignOut => "sign out",
        }
    }

    /// How many calls to the table the step may make.
    #[must_use]
    pub fn calls(self) -> usize {
        match self {
            Self::Start | Self::StartAgain | Self::Resend | Self::DeliverSuppressed | Self::SignOut => 1,
            Self::DeliverSent | Self::DeliverToRecognized | Self::Session => 2,
            Self::VerifyAccount => 4,
            _ => 3,
        }
    }

    /// Whether `deliver-code` takes the step.
    #[must_use]
    pub fn delivers(self) -> bool {
        self.name().starts_with("deliver")
    }

    /// Whether `verify-code` takes the step.
    #[must_use]
    pub fn verifies(self) -> bool {
        self.name().starts_with("verify")
    }

    /// Whether a code is hashed in the step. It is not where none is sent.
    #[must_use]
    pub fn hashes(self) -> bool {
        self.verifies() || (self.delivers() && self != Self::DeliverSuppressed)
    }
}

/// Looks at each step from both ends.
pub trait Observer {
    /// A step begins.
    fn begin(&mut self);
    /// It is done.
    fn end(&mut self, step: Step);
}

/// Takes every step once. Nobody may have `phone` yet, nor may anything wait in the stream.
pub async fn walk(stack: &Stack, phone: &str, observer: &mut impl Observer) {
    let mut walk = Walk { stack, phone, observer };
    let mut owner = stack.browser();
    walk.makes_an_account(&mut owner).await;
    walk.comes_back().await;
    walk.guesses(&mut owner).await;
    walk.is_out_of_reach().await;
}

/// The calls of each step to the table, with what they cost.
pub async fn costs() -> BTreeMap<Step, Vec<Cost>> {
    let stack = Stack::watched().await;
    stack.proxy().count_costs();
    let mut costs = Costs { stack: stack.clone(), seen: BTreeMap::new() };
    walk(&stack, ADA, &mut costs).await;
    costs.seen
}

struct Costs {
    stack: Stack,
    seen: BTreeMap<Step, Vec<Cost>>,
}

impl Observer for Costs {
    fn begin(&mut self) {
        self.stack.proxy().forget();
    }

    fn end(&mut self, step: Step) {
        let (calls, costs) = (self.stack.proxy().calls(), self.stack.proxy().costs());
        assert_eq!(calls.len(), costs.len(), "{step:?}: a call without an answer");
        self.seen.insert(step, costs);
    }
}

struct Walk<'a, O> {
    stack: &'a Stack,
    phone: &'a str,
    observer: &'a mut O,
}

impl<O: Observer> Walk<'_, O> {
    async fn makes_an_account(&mut self, browser: &mut Browser) {
        self.take(Step::Start, 202, browser.start(self.phone)).await;
        self.deliver(Step::DeliverSent).await;
        self.take(Step::StartAgain, 202, browser.start(self.phone)).await;
        let wrong = other_code(&self.stack.newest_code(self.phone), 0);
        self.take(Step::VerifyWrong, 401, browser.submit(&wrong)).await;
        self.stack.advance(30);
        self.take(Step::Resend, 202, browser.resend()).await;
        self.stack.deliver().await;
        let code = self.stack.newest_code(self.phone);
        self.take(Step::VerifyNewNumber, 200, browser.submit(&code)).await;
        self.take(Step::Register, 201, browser.register("Ada")).await;
        self.take(Step::Session, 200, browser.session()).await;
        self.stack.advance(A_DAY);
        self.take(Step::SessionAfterADay, 200, browser.session()).await;
        self.take(Step::SignOut, 204, browser.sign_out()).await;
    }

    /// Another requests a code at the same time and gets nothing: the number has a retry delay after the first.
    async fn comes_back(&mut self) {
        let mut browser = self.stack.browser();
        let code = browser.request_code(self.phone).await;
        self.stack.browser().start(self.phone).await;
        self.deliver(Step::DeliverSuppressed).await;
        self.take(Step::VerifyAccount, 200, browser.submit(&code)).await;
    }

    async fn guesses(&mut self, recognized: &mut Browser) {
        recognized.start(self.phone).await;
        self.deliver(Step::DeliverToRecognized).await;
        let code = self.stack.newest_code(self.phone);
        for index in 0..2 {
            recognized.submit(&other_code(&code, index)).await;
        }
        self.take(Step::VerifyLastWrong, 401, recognized.submit(&other_code(&code, 2))).await;
    }

    async fn is_out_of_reach(&mut self) {
        let texts = self.stack.texts(self.phone);
        self.stack.inbox().refuse_next();
        self.stack.browser().start(self.phone).await;
        self.deliver(Step::DeliverUndelivered).await;
        assert_eq!(self.stack.texts(self.phone), texts, "a text that should not go out");
    }

    async fn take(&mut self, step: Step, status: u16, work: impl Future<Output = Answer>) {
        self.observer.begin();
        let answer = work.await;
        self.observer.end(step);
        assert_eq!(answer.status, status, "{step:?}: {answer:?}");
    }

    async fn deliver(&mut self, step: Step) {
        self.observer.begin();
        let records = self.stack.deliver().await;
        self.observer.end(step);
        assert_eq!(records, 1, "{step:?}");
    }
}
