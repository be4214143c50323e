//! One login request under attack: which guesses are compared with which texts' codes.
//!
//! A request keeps the codes of its newest texts, and each guess is compared with all that it keeps. So a guess may be
//! compared with two codes, but no code with more guesses than the request has attempts.

use shared::login::code::CodeLength;
use shared::login::request::MAX_ATTEMPTS;

/// Codes that a request keeps.
pub const KEPT: usize = 2;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A text goes out.
    Text,
    /// A guess that was not made before.
    Guess,
}

/// A login request whose guesses are all wrong so far.
#[derive(Clone, Debug)]
pub struct Request {
    kept: usize,
    attempts: u8,
    /// With how many guesses the code of each text was compared.
    compared: Vec<u32>,
}

impl Request {
    /// One that keeps the codes of this many texts.
    #[must_use]
    pub const fn keeping(kept: usize) -> Self {
        Self { kept, attempts: 0, compared: Vec::new() }
    }

    /// Plays one event. A guess after the last attempt is refused.
    pub fn play(&mut self, event: Event) {
        match event {
            Event::Text => self.compared.push(0),
            Event::Guess if self.attempts < MAX_ATTEMPTS => {
                self.attempts += 1;
                self.compared.iter_mut().rev().take(self.kept).for_each(|compared| *compared += 1);
            }
            Event::Guess => {}
        }
    }

    /// With how many guesses the code of each text was compared.
    #[must_use]
    pub fn compared(&self) -> &[u32] {
        &self.compared
    }

    /// How likely it is that none of the guesses was right: the codes are drawn independently.
    #[must_use]
    pub fn survived(&self, length: CodeLength) -> f64 {
        let codes = f64::from(length.codes());
        self.compared.iter().map(|compared| 1.0 - f64::from(*compared) / codes).product()
    }
}
