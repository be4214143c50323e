//! A state: the table, the functions under way, what browsers, phone and stream hold, and what was seen on the way here.

use std::collections::BTreeMap;

use super::engine::Table;
use super::functions::{Next, Told};
use super::notes::Id;

/// The browsers: two that are explored, and one that only makes the account.
pub const BROWSERS: usize = 3;

/// A state. Equal ones have the same future.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// Seconds after the beginning.
    pub now: i64,
    pub table: Table,
    /// In order, so that it does not matter which began first.
    pub processes: Vec<Process>,
    pub browsers: [Browser; BROWSERS],
    pub records: Vec<Record>,
    pub texts: Vec<Text>,
    /// By the key of a login request.
    pub seen: BTreeMap<Id, Seen>,
    pub waits: u8,
    pub losses: u8,
    pub refusals: u8,
}

/// A function under way.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Process {
    pub input: Id,
    pub told: Vec<Told>,
    pub next: Next,
    pub compares: u64,
    pub kind: Kind,
    /// The browser that waits for its answer.
    pub browser: usize,
    /// The key of the login request that it is about, where there is one before it begins.
    pub request: Option<Id>,
    /// The code that was typed.
    pub typed: Option<Id>,
    /// Whether that code was right and alive when it was compared.
    pub proves: bool,
    /// What was answered to a transaction that was done and whose answer got lost: `DynamoDB` answers it again for ten
    /// minutes, and does nothing.
    pub repeat: Option<Id>,
    /// Of a broken build: what it writes only when it goes on.
    pub late: Vec<(Id, Option<Id>)>,
}

/// Which function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Start,
    Resend,
    Submit,
    Register,
    /// Of the code request with this number.
    Deliver(i64),
}

/// A browser.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Browser {
    /// Its login cookie.
    pub cookie: Option<Id>,
    pub starts: u8,
    pub resends: u8,
    pub submits: u8,
    pub registers: u8,
}

/// A code request in the table's stream.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Record {
    pub image: Id,
    /// The key of its login request.
    pub request: Id,
    pub requested_at: i64,
    pub deliveries: u8,
}

/// A text on the phone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text {
    /// The key of its login request.
    pub request: Id,
    /// The number of its code request.
    pub number: i64,
    pub code: Id,
    /// When its code runs out.
    pub ends: i64,
}

/// What was seen of one login request.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Seen {
    /// Codes that were typed for it and compared.
    pub compares: u64,
    /// Whether one of them was right and alive.
    pub is_proved: bool,
    /// How often each hash was compared.
    pub hashes: BTreeMap<Id, u8>,
    pub sessions: u8,
    /// How many login requests went on where it was.
    pub followed: u8,
    /// By code request.
    pub codes: BTreeMap<i64, Counted>,
}

/// What was seen of one code request.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Counted {
    pub texts: u8,
    /// How often it was counted in the quota, and given back.
    pub charged: u8,
    pub given_back: u8,
}

impl State {
    /// The two newest texts of a login request, or more, newest first.
    pub fn texts_of(&self, request: Id) -> Vec<&Text> {
        let mut texts: Vec<_> = self.texts.iter().filter(|text| text.request == request).collect();
        texts.sort_by_key(|text| -text.number);
        texts
    }

    /// Whether a typed code is one of the newest two of its login request, and alive.
    pub fn is_right(&self, request: Id, typed: Id, now: i64) -> bool {
        self.texts_of(request).iter().take(2).any(|text| text.code == typed && now < text.ends)
    }

    /// Puts lists in order.
    pub fn settle(&mut self) {
        self.processes.sort();
        self.records.sort();
        self.texts.sort();
    }
}
