//! The two daily limits of one number, and one in their place.

use tests::simulation::PRICE;
use tests::simulation::day::{Counted, NumberDay, Requests};
use tests::simulation::rules::{NumberRule, Rules};

const RULES: [(&str, NumberRule); 4] = [
    ("each throttle; all recognized", NumberRule::Deployed),
    ("each throttle alone", NumberRule::EachThrottle),
    ("each kind, in one place", NumberRule::EachKind),
    ("24 in all, in one place", NumberRule::OneForAll),
];

/// Prints what each of them is worth.
pub fn print() {
    println!(
        "\nThe texts of one number in a day: by unrecognized and recognized browsers of the attacker; the owner refused\n"
    );
    println!(
        "{:54}{:32}{:>8}{:>8}{:>9}{:>14}{:>14}",
        "attacker; owner", "rule", "unrec.", "recog.", "USD", "at recog.", "at unrec."
    );
    for (name, day) in days() {
        for (rule, number) in RULES {
            let rules = Rules { number, ..Rules::DEPLOYED };
            let Counted { unrecognized, recognized, at_recognized, at_unrecognized, .. } = day.play_by(rules);
            let usd = f64::from(unrecognized + recognized) * PRICE;
            let refused = |[requests, texts]: [u32; 2]| {
                if requests == 0 { "-".to_owned() } else { format!("{} of {requests}", requests - texts) }
            };
            println!(
                "{name:54}{rule:32}{unrecognized:>8}{recognized:>8}{usd:>9.2}{:>14}{:>14}",
                refused(at_recognized),
                refused(at_unrecognized)
            );
        }
    }
}

fn days() -> Vec<(&'static str, NumberDay)> {
    let day = |attacker, recognized, unrecognized| NumberDay {
        attacker,
        recognized_every: recognized,
        unrecognized_every: unrecognized,
        owner_is_first: true,
    };
    let [nobody, all] = [Requests::default(), Requests { unrecognized: true, recognized: true, types_codes: true }];
    let hours = |hours: i64| Some(hours * 3_600);
    vec![
        ("has the phone, both kinds of browser", day(all, None, None)),
        ("has the phone, unrecognized browsers", day(Requests { recognized: false, ..all }, None, None)),
        ("has the phone, recognized browser", day(Requests { unrecognized: false, ..all }, None, None)),
        ("no phone; owner recognized every hour", day(no_phone(), hours(1), None)),
        ("no phone; owner both, every two hours", day(no_phone(), hours(2), hours(2))),
        (
            "copy of the cookie, no phone; owner unrec. 4 h",
            day(Requests { recognized: true, ..nobody }, None, hours(4)),
        ),
        ("nobody; owner recognized every hour", day(nobody, hours(1), None)),
        ("nobody; owner recognized every half hour, unrec. 6 h", day(nobody, Some(1_800), hours(6))),
        ("nobody; owner unrec. every half hour, recognized 6 h", day(nobody, hours(6), Some(1_800))),
    ]
}

fn no_phone() -> Requests {
    Requests { unrecognized: true, ..Requests::default() }
}
