//! The pairs of calls that nobody may tell apart by their times.

use shared::random;
use shared::token::Token;
use tests::browser::{Browser, other_code};
use tests::phones::{MOBILES, mobile};
use tests::stack::Stack;

use crate::arms::{Call, Request};

/// A code of the right form; that no text holds it is seen to where texts go out.
const CODE: &str = "271828";
/// Seconds before each text to a number: its retry delays, and while the first code is still good.
const DELAYS: [i64; 5] = [0, 30, 60, 120, 240];
/// Wrong codes before the last one, which makes one call to the table more.
const GUESSES: usize = 2;

/// Two kinds of call.
#[derive(Clone, Copy)]
pub enum Pair {
    /// A number with an account, and one without.
    StartAccount,
    /// A number that has to wait for its next text, and one for which nobody requested a code.
    StartWait,
    /// A wrong code for a number with an account, and for one without.
    CodeAccount,
    /// A wrong code for a number that got no text, and for one that did.
    CodeText,
    /// A code for a login request that is over, of a number with an account, and of one without.
    CodeOver,
    /// A code for a login request that is over, and for one that never was.
    CodeNever,
}

impl Pair {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::StartAccount, Self::StartWait, Self::CodeAccount, Self::CodeText, Self::CodeOver, Self::CodeNever];

    /// How the table of results calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::StartAccount => "start: a number with an account, or without",
            Self::StartWait => "start: a number that must wait, or a new one",
            Self::CodeAccount => "wrong code: a number with an account, or without",
            Self::CodeText => "wrong code: before the text went out, or after it",
            Self::CodeOver => "any code, too late: a number with an account, or without",
            Self::CodeNever => "any code: a login request that is over, or that never was",
        }
    }

    /// Whether the two must be alike. A table gives back the request whose condition failed, and nothing where there is
    /// none; who can tell the two apart holds the cookie of that request, and learns what it knows.
    pub fn must_hold(self) -> bool {
        !matches!(self, Self::CodeNever)
    }

    /// How many times are taken of each arm.
    pub fn samples(self) -> usize {
        match self {
            // Each needs a text that went out, of which few can be out at once.
            Self::CodeText => 850,
            _ => 2_000,
        }
    }

    /// So many calls of each kind, on a new table.
    pub async fn prepare(self, first: usize, second: usize) -> [Vec<Call>; 2] {
        let stack = Stack::new().await;
        match self {
            Self::StartAccount => {
                stack.browser().sign_in(&mobile(0)).await;
                stack.advance(100_000);
                [starts(&stack, &mobile(0), first), starts(&stack, &mobile(1), second)]
            }
            Self::StartWait => {
                for send in 0..12 {
                    stack.browser().request_code(&mobile(0)).await;
                    stack.advance(30 << send);
                }
                stack.browser().request_code(&mobile(0)).await;
                [starts(&stack, &mobile(0), first), starts(&stack, &mobile(1), second)]
            }
            Self::CodeAccount => {
                stack.browser().sign_in(&mobile(0)).await;
                stack.advance(100_000);
                [guesses(&stack, &mobile(0), first, 1).await, guesses(&stack, &mobile(1), second, 1).await]
            }
            Self::CodeText => {
                let texted = guesses_after_texts(&stack, second).await;
                [guesses(&stack, &mobile(0), first, GUESSES).await, texted]
            }
            Self::CodeOver => {
                stack.browser().sign_in(&mobile(0)).await;
                stack.advance(100_000);
                let late = [late(&stack, &mobile(0), first).await, late(&stack, &mobile(1), second).await];
                stack.advance(600);
                late
            }
            Self::CodeNever => {
                let late = late(&stack, &mobile(0), first).await;
                stack.advance(600);
                [late, guesses_at_nothing(&stack, second)]
            }
        }
    }
}

fn starts(stack: &Stack, phone: &str, count: usize) -> Vec<Call> {
    let call = || Call { browser: stack.browser(), request: Request::Start(phone.to_owned()), status: 202 };
    std::iter::repeat_with(call).take(count).collect()
}

/// Guesses at login requests of which no text went out, `each` at one.
async fn guesses(stack: &Stack, phone: &str, count: usize, each: usize) -> Vec<Call> {
    let mut guesses = Vec::new();
    while guesses.len() < count {
        let mut browser = stack.browser();
        assert_eq!(browser.start(phone).await.status, 202);
        guesses.extend(guesses_at(&browser, CODE, each));
    }
    guesses.truncate(count);
    guesses
}

/// Guesses at login requests that will be over when they are made.
async fn late(stack: &Stack, phone: &str, count: usize) -> Vec<Call> {
    let mut guesses = guesses(stack, phone, count, 1).await;
    for call in &mut guesses {
        call.status = 410;
    }
    guesses
}

/// Guesses at login requests whose texts went out, a few for each number.
async fn guesses_after_texts(stack: &Stack, count: usize) -> Vec<Call> {
    let mut guesses = Vec::new();
    for delay in DELAYS {
        stack.advance(delay);
        for phone in (0..MOBILES).map(mobile) {
            let mut browser = stack.browser();
            let code = browser.request_code(&phone).await;
            guesses.extend(guesses_at(&browser, &other_code(&code, 0), GUESSES));
        }
    }
    assert!(guesses.len() >= count, "only {} guesses", guesses.len());
    guesses.truncate(count);
    guesses
}

fn guesses_at(browser: &Browser, code: &str, each: usize) -> Vec<Call> {
    let guess = || Call { browser: browser.clone(), request: Request::Submit(code.to_owned()), status: 401 };
    std::iter::repeat_with(guess).take(each).collect()
}

/// Guesses by browsers whose login requests never were.
fn guesses_at_nothing(stack: &Stack, count: usize) -> Vec<Call> {
    let call = || {
        let mut browser = stack.browser();
        browser.set_cookie("__Host-login", &Token::generate(&mut random::source()).expose());
        Call { browser, request: Request::Submit(CODE.to_owned()), status: 410 }
    };
    std::iter::repeat_with(call).take(count).collect()
}
