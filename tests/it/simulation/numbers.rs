//! What the throttles promise, against every way of requesting codes.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::Config;
use shared::sending::throttle::{Throttle, ThrottleKind};
use shared::time::{DAY, Timestamp};
use tests::simulation::attack::{Attack, patient};
use tests::simulation::number::{Browser, Number};
use tests::simulation::scenario::{Outcome, Owner, Scenario, Visits};
use tests::simulation::spray::spray;
use tests::simulation::{BEGINNING, CodeLengths, six};

const YEAR: i64 = 365;
/// Texts of which all tries are wrong until 70 wrong codes were typed.
const TEXTS_TO_LOCK: usize = 24;

/// Owners of every habit; the attacker's chance may not depend on it.
const OWNERS: [Owner; 4] = [
    Owner { recognized: None, new: None, comes_second: false },
    Owner { recognized: Some(1), new: Some(30), comes_second: true },
    Owner { recognized: Some(1), new: None, comes_second: false },
    Owner { recognized: None, new: Some(1), comes_second: false },
];

fn play(attack: Attack, owner: Owner, code_lengths: CodeLengths, days: i64) -> Outcome {
    Scenario { attack, owner, code_lengths }.play(days)
}

/// What unrecognized browsers may cause at one number in any stretch of time: 12 texts in a day, 12 and one for each
/// day in more (S-14).
fn assert_bounded(attacks: &[Timestamp]) {
    for (index, first) in attacks.iter().enumerate() {
        for (texts, last) in (1_i64..).zip(&attacks[index..]) {
            let days = last.since(*first) / DAY + 1;
            let most = if days == 1 { 12 } else { 12 + days };
            assert!(texts <= most, "{texts} texts from {first:?} to {last:?}, in {days} days");
        }
    }
}

/// An attacker who requests a code whenever the throttle sends makes 3 × (12 + 365) guesses in a year at the most,
/// whatever the owner does: a chance of 1.1e-3 (G-04).
#[test]
fn a_year_of_greed_is_worth_one_in_nine_hundred() {
    for owner in OWNERS {
        let outcome = play(Attack::Greedy, owner, six, YEAR);
        assert!(3 * outcome.attacks.len() <= 3 * (12 + 365), "{owner:?}: {} texts", outcome.attacks.len());
        assert!(outcome.chance.value() <= 1.131e-3, "{owner:?}: {}", outcome.chance.value());
        assert_bounded(&outcome.attacks);
    }
    let busiest = play(Attack::Greedy, OWNERS[2], six, YEAR);
    assert!(busiest.chance.value() > 1.0e-3, "the attacker does nothing: {}", busiest.chance.value());
}

/// Nor is patience worth more: bursts of every length, after rests of every length (G-04).
#[test]
fn patience_is_worth_no_more_than_greed() {
    for owner in OWNERS {
        for attack in patient() {
            let outcome = play(attack, owner, six, YEAR);
            assert!(outcome.chance.value() <= 1.131e-3, "{attack:?} {owner:?}: {}", outcome.chance.value());
            assert!(outcome.attacks.len() <= 12 + 365, "{attack:?} {owner:?}");
        }
    }
}

/// Without a login between them, 70 wrong codes lock the number, and neither patience nor 400 days unlock it: 9.9e-5 for
/// ever with six digits, 4e-6 with the longer codes (G-06, G-15).
#[test]
fn without_a_login_the_chance_ends() {
    for attack in patient().chain([Attack::Greedy]) {
        let longer = play(attack, Owner::default(), Throttle::code_length, 20 * YEAR);
        assert!(longer.chance.value() <= 4.0e-6, "{attack:?}: {}", longer.chance.value());
        let outcome = play(attack, Owner::default(), six, 20 * YEAR);
        assert_eq!(outcome.attacks.len(), TEXTS_TO_LOCK, "{attack:?}");
        assert!(outcome.chance.value() <= 9.9e-5, "{attack:?}: {}", outcome.chance.value());
        assert!(outcome.number.is_locked(ThrottleKind::Unrecognized), "{attack:?} goes on");
        assert_locked(outcome.number);
    }
}

/// A number that is locked is so 400 days later.
fn assert_locked(mut number: Number) {
    let last = number.attacks.last().copied().unwrap_or(BEGINNING);
    if number.is_locked(ThrottleKind::Unrecognized) {
        for days in [1, 30, 400] {
            assert!(!number.attack(ThrottleKind::Unrecognized, last.plus(days * DAY)), "open after {days} days");
            assert_eq!(number.opens(ThrottleKind::Unrecognized, last.plus(days * DAY)), None);
        }
    }
}

/// Longer codes for a number for which somebody requests codes make the best attack 25 times as hard: 4.4e-5 a year
/// (G-15 builds on it), though the attacker can wait for quiet months.
#[test]
fn longer_codes_leave_one_in_twenty_thousand() {
    for owner in OWNERS {
        let best = patient()
            .chain([Attack::Greedy])
            .map(|attack| play(attack, owner, Throttle::code_length, YEAR).chance.value());
        let best = best.fold(0.0, f64::max);
        assert!(best <= 4.4e-5, "{owner:?}: {best}");
    }
}

/// A stolen device cookie is worth ten texts in its own throttle, once: 3e-5, and of the same account's failures (G-06).
#[test]
fn a_stolen_device_cookie_is_worth_ten_texts() {
    let outcome = play(Attack::Thief, Owner::default(), six, YEAR);
    assert!((24..=29).contains(&outcome.attacks.len()), "{} texts", outcome.attacks.len());
    assert!(outcome.chance.value() <= 9.9e-5, "{}", outcome.chance.value());
    let mut number = Number::new(six);
    let mut at = BEGINNING;
    while let Some(opens) = number.opens(ThrottleKind::Recognized, at) {
        assert!(number.attack(ThrottleKind::Recognized, opens));
        at = opens;
    }
    assert_eq!(number.attacks.len(), 10);
    assert!(number.chance.value() <= 3.0e-5, "{}", number.chance.value());
    assert!(!number.attack(ThrottleKind::Recognized, at.plus(400 * DAY)));
}

/// The copy of a device cookie is worth nothing once its owner has signed in again, and the owner waits for the thief
/// an hour at the longest, the longest retry delay of a recognized browser's throttle, or for that of unrecognized
/// browsers when it was revoked (C-15).
#[test]
fn a_login_ends_a_stolen_device_cookie() {
    let owner = Owner { recognized: Some(1), new: None, comes_second: false };
    let outcome = play(Attack::Thief, owner, six, YEAR);
    let greedy = play(Attack::Greedy, owner, six, YEAR);
    assert!(outcome.attacks.len() <= greedy.attacks.len() + 10, "{}", outcome.attacks.len());
    assert!(outcome.recognized.logins >= 363 && !outcome.recognized.still_waits, "{:?}", outcome.recognized);
    assert!(outcome.recognized.longest_retry_delay <= DAY, "{:?}", outcome.recognized);
}

/// An owner never waits at the recognized browser, and at a new one a day at the longest, as long as the number is not
/// locked and the owner gets the text for which the throttle opens (G-09, G-11). The daily login keeps it from being
/// locked.
#[test]
fn an_owner_waits_a_day_at_the_longest() {
    let owner = Owner { recognized: Some(1), new: Some(30), comes_second: false };
    let outcome = play(Attack::Greedy, owner, six, YEAR);
    assert_eq!(outcome.recognized, Visits { logins: 364, longest_retry_delay: 0, still_waits: false });
    assert!(outcome.new.logins == 12 && !outcome.new.still_waits, "{:?}", outcome.new);
    assert!((DAY / 2..=DAY).contains(&outcome.new.longest_retry_delay), "{:?}", outcome.new);
    let calm = play(Attack::None, owner, six, YEAR);
    assert_eq!(calm.recognized, outcome.recognized);
    assert_eq!(calm.new, Visits { logins: 12, longest_retry_delay: 0, still_waits: false });
}

/// Many numbers are many chances; a quota for all of them bounds them together.
#[test]
fn many_numbers_are_bounded_by_a_quota_alone() {
    let free = spray(100, YEAR, six, |_| true);
    assert_eq!((free.sends, free.guesses), (2_400, 7_200));
    assert!((free.takeovers / 7.2e-3 - 1.0).abs() < 0.01, "{}", free.takeovers);
    let mut left = 1_000;
    let held = spray(100, YEAR, six, |_| {
        let goes_out = left > 0;
        left -= u32::from(goes_out);
        goes_out
    });
    assert_eq!(held.sends, 1_000);
}

/// One thing that happens to a number.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// The attacker requests a code at the first moment at which a text goes out, or some seconds later.
    Attack { later: i64 },
    /// The owner does, and signs in.
    SignIn { later: i64 },
    /// The attacker requests a code in vain, or not, so many seconds later.
    RequestCode { after: i64 },
}

fn seconds() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => Just(0_i64),
        2 => 1..120_i64,
        2 => 0..2 * DAY,
        2 => (1..15_i64).prop_map(|days| days * DAY),
        1 => (1..15_i64).prop_map(|days| days * DAY - 1),
    ]
}

fn events(logins: bool) -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => seconds().prop_map(|later| Event::Attack { later }),
        2 => seconds().prop_map(|after| Event::RequestCode { after }),
        3 => seconds().prop_map(move |later| {
            if logins { Event::SignIn { later } } else { Event::Attack { later } }
        }),
    ];
    vec(event, 1..400)
}

/// What is left of a number after these; an attacker guesses at the codes or makes the phone ring only.
fn happen(events: Vec<Event>, guesses: bool) -> Number {
    let attack = if guesses { Number::attack } else { Number::ring };
    let (mut number, mut now) = (Number::new(six), BEGINNING);
    for event in events {
        let opens = number.opens(ThrottleKind::Unrecognized, now).unwrap_or(now);
        match event {
            Event::Attack { later } => {
                now = opens.plus(later);
                attack(&mut number, ThrottleKind::Unrecognized, now);
            }
            Event::SignIn { later } => {
                now = opens.plus(later);
                number.sign_in(Browser::New, now);
            }
            Event::RequestCode { after } => {
                now = now.plus(after);
                attack(&mut number, ThrottleKind::Unrecognized, now);
            }
        }
    }
    number
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    /// Whatever the schedule, and whenever the owner signs in between, unrecognized browsers cause no more texts than
    /// they may (S-14).
    #[test]
    fn no_schedule_makes_a_number_ring_more(events in events(true)) {
        assert_bounded(&happen(events, false).attacks);
    }

    /// Whatever the schedule, without a login 24 texts are the end, also 400 days later (G-06).
    #[test]
    fn no_schedule_without_a_login_makes_more_than_99_guesses(events in events(false)) {
        let number = happen(events, true);
        assert!(number.attacks.len() <= TEXTS_TO_LOCK, "{} texts", number.attacks.len());
        assert_bounded(&number.attacks);
        assert_locked(number);
    }
}
