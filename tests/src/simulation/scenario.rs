//! An attacker and an owner at one number, for some days.

use shared::sending::throttle::ThrottleKind;
use shared::time::{DAY, Timestamp};

use super::attack::Attack;
use super::number::{Browser, Number};
use super::{BEGINNING, Chance, CodeLengths};

/// What the owner does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// Days between two logins with the recognized browser.
    pub recognized: Option<i64>,
    /// Days between two logins with a browser that is new each time.
    pub new: Option<i64>,
    /// Whether the attacker is always a moment faster, when a throttle opens for which both wait.
    pub comes_second: bool,
}

/// One number, one attacker, one owner.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// How the attacker requests codes.
    pub attack: Attack,
    /// How the owner lives.
    pub owner: Owner,
    /// How long codes are.
    pub code_lengths: CodeLengths,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// When the attacker had texts sent.
    pub attacks: Vec<Timestamp>,
    /// How likely the attacker got in.
    pub chance: Chance,
    /// What the owner met at the recognized browser.
    pub recognized: Visits,
    /// What the owner met at new browsers.
    pub new: Visits,
    /// The number at the end.
    pub number: Number,
}

/// What an owner met at one kind of browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visits {
    /// Logins, each with one text.
    pub logins: u32,
    /// The longest wait for a text, in seconds; one that goes on at the end counts.
    pub longest_retry_delay: i64,
    /// Whether the owner was still waiting at the end.
    pub still_waits: bool,
}

impl Scenario {
    /// Plays it for `days`.
    #[must_use]
    pub fn play(self, days: i64) -> Outcome {
        let mut play = Play::new(self, BEGINNING.plus(days * DAY));
        while play.step() {}
        play.outcome()
    }
}

/// Something that happens next.
#[derive(Clone, Copy)]
enum Move {
    /// The attacker requests a code in a throttle.
    Attack(ThrottleKind),
    /// The owner sits down at the recognized browser, or at a new one.
    Sit(Browser),
    /// The owner, who sits there, requests a code at the moment at which the throttle opens.
    Request(Browser),
}

/// A scenario that is being played.
struct Play {
    scenario: Scenario,
    end: Timestamp,
    now: Timestamp,
    number: Number,
    recognized: Seat,
    new: Seat,
}

/// A place where the owner signs in.
struct Seat {
    days: Option<i64>,
    /// When the owner next sits down.
    next: Option<Timestamp>,
    /// Since when the owner has sat there, without a text.
    since: Option<Timestamp>,
    visits: Visits,
}

impl Seat {
    fn new(days: Option<i64>) -> Self {
        let next = days.map(|days| BEGINNING.plus(days * DAY));
        Self { days, next, since: None, visits: Visits::default() }
    }

    /// The owner sits down, or sits there still.
    fn sit(&mut self, now: Timestamp) {
        self.since = self.since.or(Some(now));
        self.next = self.days.map(|days| now.plus(days * DAY));
    }

    /// The owner is signed in.
    fn leave(&mut self, now: Timestamp) {
        self.visits.logins += 1;
        self.wait_until(now);
        self.since = None;
    }

    fn wait_until(&mut self, now: Timestamp) {
        let waited = self.since.map_or(0, |since| now.since(since));
        self.visits.longest_retry_delay = self.visits.longest_retry_delay.max(waited);
    }

    fn end(mut self, end: Timestamp) -> Visits {
        self.wait_until(end);
        Visits { still_waits: self.since.is_some(), ..self.visits }
    }
}

impl Play {
    fn new(scenario: Scenario, end: Timestamp) -> Self {
        let (recognized, new) = (Seat::new(scenario.owner.recognized), Seat::new(scenario.owner.new));
        Self { scenario, end, now: BEGINNING, number: Number::new(scenario.code_lengths), recognized, new }
    }

    /// Lets the next thing happen. Not when nothing will, or not in time.
    fn step(&mut self) -> bool {
        let attack = self.scenario.attack.next(&self.number, self.now);
        let attack = attack.map(|(at, kind)| (at, Move::Attack(kind)));
        let owner = [Browser::Recognized, Browser::New].map(|browser| self.requests(browser));
        // Of two at the same moment the first in this list is the faster.
        let requests =
            if self.scenario.owner.comes_second { [attack, owner[0], owner[1]] } else { [owner[0], owner[1], attack] };
        let sits = [(self.recognized.next, Browser::Recognized), (self.new.next, Browser::New)];
        let sits = sits.map(|(at, browser)| at.map(|at| (at, Move::Sit(browser))));
        let moves = requests.into_iter().chain(sits).flatten();
        let Some((at, next)) = moves.min_by_key(|(at, _)| *at).filter(|(at, _)| *at < self.end) else { return false };
        self.now = at;
        self.make(next);
        true
    }

    /// When an owner who sits at a browser gets a text there.
    fn requests(&mut self, browser: Browser) -> Option<(Timestamp, Move)> {
        self.seat(browser).since?;
        let opens = self.number.opens(self.number.throttle_of(browser), self.now);
        opens.map(|at| (at, Move::Request(browser)))
    }

    fn make(&mut self, next: Move) {
        let now = self.now;
        match next {
            Move::Attack(kind) => assert!(self.number.attack(kind, now), "a throttle that opens and does not send"),
            Move::Sit(browser) => self.seat(browser).sit(now),
            Move::Request(browser) => {
                assert!(self.number.sign_in(browser, now), "a throttle that opens and does not send");
                self.seat(browser).leave(now);
            }
        }
    }

    const fn seat(&mut self, browser: Browser) -> &mut Seat {
        match browser {
            Browser::Recognized => &mut self.recognized,
            Browser::New => &mut self.new,
        }
    }

    fn outcome(self) -> Outcome {
        Outcome {
            recognized: self.recognized.end(self.end),
            new: self.new.end(self.end),
            attacks: self.number.attacks.clone(),
            chance: self.number.chance,
            number: self.number,
        }
    }
}
