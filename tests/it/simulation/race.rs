//! How many failures an account can have in a row, whoever guesses, when, and how many guesses at once.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::Config;
use shared::time::{DAY, Timestamp};
use tests::simulation::BEGINNING;
use tests::simulation::race::Race;

/// Seconds from the first text to each of the five whose codes are alive together.
const FIVE: [i64; 5] = [0, 30, 90, 210, 450];

/// Guesses at 23 texts, one after the other over months, which leaves one failure until texts end.
fn up_to_69(race: &mut Race) -> Timestamp {
    let at = |text: i64| BEGINNING.plus(20 * text * DAY);
    for text in 0..23 {
        assert!(race.request_code(None, at(text)));
        race.guess(3, at(text));
    }
    assert_eq!(race.failures(), 69);
    at(23)
}

/// Has five texts sent, with a copied cookie or without one.
fn five_texts(race: &mut Race, copy: Option<usize>, from: Timestamp) {
    assert_eq!(FIVE.map(|after| race.request_code(copy, from.plus(after))), [true; 5]);
}

/// The worst that can happen: 84 failures on unrecognized browsers, 99 with a copy of a recognized browser's cookie. Each
/// further copy adds 15 (G-06; NIST allows 100).
#[test]
fn at_worst_84_failures_and_99_with_a_copied_cookie() {
    for (copies, most) in [(0, 84), (1, 99), (2, 114)] {
        let mut race = Race::new(copies);
        let start = up_to_69(&mut race);
        five_texts(&mut race, None, start);
        (0..copies).for_each(|copy| five_texts(&mut race, Some(copy), start));
        race.guess(1_000, start.plus(451));
        assert_eq!(race.failures(), most, "{copies} copies");
        assert!(!race.request_code(None, start.plus(400 * DAY)));
    }
}

/// A recognized browser alone ends at 99 too, whether others guessed before or not.
#[test]
fn a_copied_cookie_alone_is_worth_no_more() {
    let mut race = Race::new(1);
    let start = up_to_69(&mut race);
    five_texts(&mut race, None, start);
    race.guess(15, start.plus(451));
    assert_eq!(race.failures(), 84);
    five_texts(&mut race, Some(0), start.plus(DAY));
    race.guess(15, start.plus(DAY + 451));
    assert_eq!(race.failures(), 99);
    assert!([None, Some(0)].iter().all(|copy| !race.request_code(*copy, start.plus(2 * DAY))));
}

#[derive(Clone, Copy, Debug)]
enum Event {
    RequestCode { with_copy: bool },
    Guess { most: i64 },
    Wait { seconds: i64 },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let wait = prop_oneof![3 => 1..70_i64, 2 => 1..700_i64, 2 => (1..20_i64).prop_map(|days| days * DAY)];
    let event = prop_oneof![
        6 => any::<bool>().prop_map(|with_copy| Event::RequestCode { with_copy }),
        3 => prop_oneof![1..4_i64, 10..40_i64].prop_map(|most| Event::Guess { most }),
        5 => wait.prop_map(|seconds| Event::Wait { seconds }),
    ];
    vec(event, 1..600)
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    /// Whatever the order and the times: never a hundredth failure (G-06).
    #[test]
    fn no_order_of_texts_and_guesses_makes_a_hundred_failures(events in events(), has_copy in any::<bool>()) {
        let (mut race, mut now) = (Race::new(usize::from(has_copy)), BEGINNING);
        for event in events {
            match event {
                Event::RequestCode { with_copy } => {
                    race.request_code((with_copy && has_copy).then_some(0), now);
                }
                Event::Guess { most } => race.guess(most, now),
                Event::Wait { seconds } => now = now.plus(seconds),
            }
        }
        assert!(race.failures() <= if has_copy { 99 } else { 84 }, "{} failures", race.failures());
    }
}
