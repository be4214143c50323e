//! Whole histories in two worlds that differ in one account: nobody without that phone sees a difference.

use std::env;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use shared::login::user::RegistrationPolicy;
use shared::sending::decision::{Reason, SendPolicy};
use shared::sending::quota::QuotaLimits;
use tokio::runtime::{Builder, Runtime};

use super::builds::Injected;
use super::histories::{History, Hold, Short, WIDE_LIMITS, histories, policies};
use super::worlds::Worlds;

/// How many times as many histories as usual are played (`tests/run nightly`).
const MORE: &str = "DOORCODE_MORE_HISTORIES";

/// How many histories are played, and how many actions each has at the most.
const HISTORIES: u32 = 60;
const LONGEST: usize = 12;
/// How many shorter histories are tried where the build as it is differs.
const SHRINKS: u32 = 200;

/// The outsider with an account, a neighbour, somebody of another block, and of another country.
const OTHERS: &[usize] = &[0, 1, 6, 8];

/// Plays histories in two worlds, which are prepared once.
struct Player {
    runtime: Runtime,
    worlds: Worlds,
}

impl Player {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let worlds = runtime.block_on(Worlds::prepare());
        Self { runtime, worlds }
    }

    fn difference(&self, history: &History, injected: Option<Injected>) -> Option<String> {
        self.runtime.block_on(self.worlds.difference(history, injected))
    }

    /// Plays so many of these histories, until two worlds differ in one. Gives back one like it, as short as so many tries
    /// make it, and how they differ.
    fn search(
        &self,
        (cases, shrinks): (u32, u32),
        of: &impl Strategy<Value = History>,
        injected: Option<Injected>,
    ) -> Option<(History, String)> {
        let config = Config { cases, failure_persistence: None, max_shrink_iters: shrinks, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let played = runner.run(of, |history| match self.difference(&history, injected) {
            Some(told) => Err(TestCaseError::fail(told)),
            None => Ok(()),
        });
        match played {
            Ok(()) => None,
            Err(TestError::Fail(told, history)) => Some((history, told.to_string())),
            Err(TestError::Abort(reason)) => panic!("{reason}"),
        }
    }

    /// A broken build differs in a history in which the build as it is does not.
    fn assert_finds(&self, what: &str, of: &impl Strategy<Value = History>, injected: Injected) {
        let Some((history, told)) = self.search((HISTORIES, 0), of, Some(injected)) else {
            panic!("{what}: {injected:?} is not found")
        };
        println!("{what}: {injected:?}: {:?}\n{told}", history.actions);
        assert!(told.starts_with("after"), "{told}");
        let whole = self.difference(&history, None);
        assert_eq!(whole, None, "{what}: {injected:?}: the build as it is, in {history:?}");
    }
}

/// Whoever has an account: nobody without that phone can tell, from whole histories of code requests, right and wrong
/// codes, logins and registrations of others, neighbours in the same block, and quotas that are nearly used up
/// (E-01, E-02, E-03, E-05, E-07).
#[test]
fn two_worlds_look_alike() {
    let more = env::var(MORE).ok().and_then(|text| text.parse().ok()).unwrap_or(1_u32);
    let found = Player::new().search((HISTORIES * more, SHRINKS), &histories(policies(), LONGEST), None);
    assert!(found.is_none(), "{found:#?}");
}

/// The proof that the test above can fail: a block whose count a login resets tells who signed in (E-05).
#[test]
fn a_block_that_counts_again_after_a_login_is_found() {
    let limits = QuotaLimits { block_numbers_per_hour: 2, ..WIDE_LIMITS };
    let policy = SendPolicy { limits, registration: RegistrationPolicy::Open };
    let of = Short { policy, hold: None, phones: &[1], owner: (2, false) }.histories();
    Player::new().assert_finds("block", &of, Injected::BlockCountsAgainAfterALogin);
}

/// And a difference in each reason for which no text is sent (E-05). An account that is locked, or closed to unrecognized
/// browsers by its owner, is one that has no text by right; so there, and where nobody may register, the broken build is
/// one that does not count what it keeps back.
#[test]
fn a_difference_in_each_reason_is_found() {
    let player = Player::new();
    for reason in Reason::ALL {
        for (policy, hold, injected) in differences_in(*reason) {
            let owner = (u32::from(*reason == Reason::RecognizedQuota), true);
            let of = Short { policy, hold, phones: OTHERS, owner }.histories();
            player.assert_finds(reason.as_str(), &of, injected);
        }
    }
}

/// Services whose quota for this reason is nearly used up, and builds in which the reason depends on the account.
fn differences_in(reason: Reason) -> Vec<(SendPolicy, Option<Hold>, Injected)> {
    let wide = WIDE_LIMITS;
    let unverified = |unverified_per_day| QuotaLimits { unverified_per_day, ..wide };
    let not_counted = |counter, windows| Injected::NotCounted { counter, windows };
    let throttle = |attribute, value| Injected::Throttle { attribute, value };
    let (all, country) = ("QUOTA#UNRECOGNIZED#", "QUOTA#COUNTRY#");
    let of = |limits, hold, injected| {
        let is_closed = reason == Reason::RegistrationClosed;
        let registration = if is_closed { RegistrationPolicy::Closed } else { RegistrationPolicy::Open };
        vec![(SendPolicy { limits, registration }, hold, injected)]
    };
    match reason {
        Reason::Backoff => of(unverified(2), None, throttle("backoff_step", 0)),
        Reason::DailyLimit => of(unverified(2), None, throttle("sent_that_day", 24)),
        Reason::Locked => of(unverified(1), Some(Hold::Locked), Injected::SuppressedIsFree),
        Reason::RecognizedOnly => of(unverified(1), Some(Hold::RecognizedOnly), Injected::SuppressedIsFree),
        Reason::RegistrationClosed => of(unverified(1), None, Injected::SuppressedIsFree),
        Reason::CountryBlocked => of(unverified(1), Some(Hold::CountryBlocked), Injected::OverrideIsNotSeen),
        Reason::BlockQuota => {
            let one = QuotaLimits { block_numbers_per_hour: 1, ..wide };
            // An account that signed in lately is not held by its block.
            let free = of(QuotaLimits { unverified_per_day: 2, ..one }, None, Injected::SuppressedIsFree);
            [of(one, None, Injected::NotInTheBlock), free].concat()
        }
        Reason::CountryQuota => of(QuotaLimits { country_per_day: 1, ..wide }, None, not_counted(country, "dh")),
        Reason::CountryUnverifiedQuota => {
            of(QuotaLimits { country_unverified_per_day: 1, ..wide }, None, not_counted(country, "u"))
        }
        Reason::UnrecognizedQuota => of(QuotaLimits { unrecognized_per_day: 1, ..wide }, None, not_counted(all, "d")),
        Reason::UnverifiedQuota => of(unverified(1), None, not_counted(all, "u")),
        Reason::RecognizedQuota => {
            let limits = QuotaLimits { recognized_per_day: 1, unrecognized_per_day: 0, ..wide };
            of(limits, None, not_counted("QUOTA#RECOGNIZED#", "d"))
        }
    }
}
