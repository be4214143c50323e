//! What a text is worth to a guesser when either of two works: no more than alone.

use shared::login::code::CodeLength;
use tests::simulation::GUESSES;
use tests::simulation::request::{Event, KEPT, Request};

/// Every order of so many texts and of guesses, in one request that keeps so many codes.
fn requests(kept: usize, texts: usize) -> Vec<Request> {
    let length = texts + GUESSES as usize;
    let orders = (0_u32..1 << length).filter(|order| order.count_ones() as usize == texts);
    let played = orders.map(|order| {
        let mut request = Request::keeping(kept);
        for place in 0..length {
            request.play(if order >> place & 1 == 1 { Event::Text } else { Event::Guess });
        }
        request
    });
    played.collect()
}

/// The chance that is promised for so many texts: 1 − (1 − 3/N)^texts survives.
fn promised(texts: usize, length: CodeLength) -> f64 {
    let each = 1.0 - f64::from(GUESSES) / f64::from(length.codes());
    (0..texts).map(|_| each).product()
}

/// Whatever the order of texts and guesses, the code of a text is compared with three guesses at the most, so that the
/// chance for each text stays (G-04, G-05).
#[test]
fn no_order_of_texts_and_guesses_is_worth_more_than_three_guesses_a_text() {
    for texts in 1..=6 {
        for request in requests(KEPT, texts) {
            assert!(request.compared().iter().all(|compared| *compared <= GUESSES), "{request:?}");
            for length in [CodeLength::Six, CodeLength::Eight] {
                assert!(request.survived(length) >= promised(texts, length), "{request:?}");
            }
        }
    }
}

/// Two texts in one request are worth what they are in two, and more texts in one are worth less: who wants the most out of
/// texts still takes a request for each.
#[test]
fn a_request_for_each_text_is_still_the_best_that_a_guesser_can_do() {
    let best = |kept, texts| {
        let all = requests(kept, texts).into_iter().map(|request| request.compared().iter().sum::<u32>());
        all.max().unwrap()
    };
    assert_eq!([1, 2, 3, 4].map(|texts| best(KEPT, texts)), [3, 6, 6, 6]);
    assert_eq!([1, 2, 3, 4].map(|texts| best(1, texts)), [3, 3, 3, 3], "as it was with one code");
    assert!([1, 2, 3, 4].iter().all(|texts| best(KEPT, *texts) <= GUESSES * u32::try_from(*texts).unwrap()));
}
