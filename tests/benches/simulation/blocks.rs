//! A number block's circuit breaker, and less.

use shared::sending::decision::SendPolicy;
use tests::simulation::PRICE;
use tests::simulation::rules::{BlockRule, Rules};
use tests::simulation::siege::{Attacker, Numbers, People, Siege};

use super::countries::{refused, share};

const DAYS: i64 = 30;

const RULES: [(&str, BlockRule); 4] = [
    ("breaker", BlockRule::Breaker),
    ("5 an hour alone", BlockRule::Deployed),
    ("and 48 a day", BlockRule::NumbersADay(48)),
    ("and 24 a day", BlockRule::NumbersADay(24)),
];

/// Prints what each of them is worth.
pub fn print() {
    println!("\nA number block's rule beside 5 numbers an hour and the country's quota, {DAYS} days\n");
    println!(
        "{:56}{:18}{:>8}{:>7}{:>9}{:>9}{:>18}",
        "attacker; people", "rule", "a day", "most", "a year", "USD", "people refused"
    );
    for (name, siege) in sieges() {
        for (rule, block) in RULES {
            let days = siege.play_by(Rules { block, ..Rules::DEPLOYED });
            let texts: u32 = days.iter().map(|day| day.attack.texts).sum();
            let a_day = f64::from(texts) / f64::from(u32::try_from(DAYS).unwrap_or(u32::MAX));
            let here = refused(&days, |day| &day.new).or_else(|| refused(&days, |day| &day.new_elsewhere));
            println!(
                "{name:56}{rule:18}{a_day:>8.0}{:>7}{:>9.0}{:>9.0}{:>18}",
                days.iter().map(|day| day.attack.texts).max().unwrap_or_default(),
                365.0 * a_day,
                365.0 * a_day * PRICE,
                share(here)
            );
        }
    }
}

/// So many people a day of one block of a thousand; others in other blocks.
const fn one_block(new: u32, typed_of_a_hundred: u32) -> People {
    People {
        countries: 1,
        owners: 400,
        recognized: 0,
        new,
        typed_of_a_hundred,
        blocks_from: 0,
        neighbours: 400,
        ..People::SOME
    }
}

fn sieges() -> Vec<(&'static str, Siege)> {
    let numbers = |blocks, lines| Numbers { countries: 1, blocks, lines };
    let ring = |blocks, lines| Attacker { numbers: numbers(blocks, lines), ..Attacker::RING };
    let siege = |attacker, people| Siege { policy: SendPolicy::default(), attacker, people, days: DAYS };
    let mut sieges = vec![
        ("ring, 400 numbers of one block; nobody", siege(ring(1, 400), People::NOBODY)),
        ("ring, 19 numbers of one block; nobody", siege(ring(1, 19), People::NOBODY)),
        ("ring, 100 blocks; nobody", siege(ring(100, 400), People::NOBODY)),
        ("slow ring, one block, 48 a day; nobody", siege(Attacker { every: 1_800, ..ring(1, 400) }, People::NOBODY)),
        ("ring, one block; 20 neighbours a day, 60 %", siege(ring(1, 400), one_block(20, 60))),
        (
            "slow ring, one block, 48 a day; 20 neighbours",
            siege(Attacker { every: 1_800, ..ring(1, 400) }, one_block(20, 60)),
        ),
        (
            "ring that types all codes, one block; 20 neighbours",
            siege(Attacker { typed_of_a_hundred: 100, ..ring(1, 400) }, one_block(20, 60)),
        ),
    ];
    for (name, people) in [
        ("nobody; 10 people a day of one block, 80 %", one_block(10, 80)),
        ("nobody; 40 people a day of one block, 80 %", one_block(40, 80)),
        ("nobody; 40 people a day of one block, 15 %", one_block(40, 15)),
        ("nobody; 80 people a day of one block, 80 %", one_block(80, 80)),
        ("nobody; 40 people of one block in an hour, 80 %", People { within: 3_600, ..one_block(40, 80) }),
    ] {
        sieges.push((name, siege(Attacker::NOBODY, people)));
    }
    sieges
}
