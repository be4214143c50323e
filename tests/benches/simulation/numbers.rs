//! Attacks on one number, and on many that share nothing.

use shared::sending::throttle::Throttle;
use tests::simulation::attack::{Attack, patient};
use tests::simulation::scenario::{Owner, Scenario, Visits};
use tests::simulation::spray::spray;
use tests::simulation::{CodeLengths, GUESSES, PRICE, six};

const YEAR: i64 = 365;
const YEARS: i64 = 10;

const CODES: [(&str, CodeLengths); 2] =
    [("six digits", six), ("eight after an unverified text", Throttle::code_length)];

/// Owners, from the one who never comes to the one whom an attacker can hurt the most.
const OWNERS: [(&str, Owner); 4] = [
    ("never signs in", Owner { recognized: None, new: None, comes_second: false }),
    ("recognized daily, new monthly", Owner { recognized: Some(1), new: Some(30), comes_second: false }),
    ("the same, always second", Owner { recognized: Some(1), new: Some(30), comes_second: true }),
    ("new daily", Owner { recognized: None, new: Some(1), comes_second: false }),
];

/// Prints what they are worth.
pub fn print() {
    for (codes, code_lengths) in CODES {
        println!("\nOne number, {codes}: in {YEAR} days, the chance also in {YEARS} years\n");
        print_head();
        for (habits, owner) in OWNERS {
            for attack in [Attack::None, Attack::Greedy, best_patience(owner, code_lengths), Attack::Thief] {
                print_row(&attack_name(attack), habits, Scenario { attack, owner, code_lengths });
            }
        }
    }
    for (codes, code_lengths) in CODES {
        println!("\nMany numbers without a quota for all, {codes}: until each number is locked\n");
        println!("{:>10}{:>12}{:>12}{:>14}{:>14}", "numbers", "texts", "guesses", "takeovers", "USD");
        for numbers in [1_000, 10_000, 100_000] {
            let sprayed = spray(numbers, YEAR, code_lengths, |_| true);
            let cost = f64::from(sprayed.sends) * PRICE;
            println!(
                "{numbers:>10}{:>12}{:>12}{:>14.4}{cost:>14.0}",
                sprayed.sends, sprayed.guesses, sprayed.takeovers
            );
        }
    }
}

fn print_head() {
    println!(
        "{:34}{:30}{:>7}{:>9}{:>10}{:>10}{:>8}{:>9}{:>19}{:>14}",
        "attacker", "owner", "texts", "guesses", "P", "10 years", "logins", "USD", "waits: recognized", "waits: new"
    );
}

fn print_row(attack: &str, habits: &str, scenario: Scenario) {
    let (year, years) = (scenario.play(YEAR), scenario.play(YEARS * YEAR));
    let texts = u32::try_from(year.attacks.len()).unwrap_or(u32::MAX);
    let logins = year.recognized.logins + year.new.logins;
    println!(
        "{attack:34}{habits:30}{texts:>7}{:>9}{:>10.1e}{:>10.1e}{logins:>8}{:>9.2}{:>19}{:>14}",
        texts * GUESSES,
        year.chance.value(),
        years.chance.value(),
        f64::from(texts + logins) * PRICE,
        wait(year.recognized),
        wait(year.new)
    );
}

/// The patience that is worth the most against this owner.
fn best_patience(owner: Owner, code_lengths: CodeLengths) -> Attack {
    let worth = |attack: &Attack| Scenario { attack: *attack, owner, code_lengths }.play(YEAR).chance.value();
    patient().max_by(|one, other| worth(one).total_cmp(&worth(other))).unwrap_or(Attack::Greedy)
}

fn attack_name(attack: Attack) -> String {
    match attack {
        Attack::None => "nobody".to_owned(),
        Attack::Greedy => "greedy".to_owned(),
        Attack::Patient { burst, rest } => format!("patient: {burst} texts, {rest} days' rest"),
        Attack::Thief => "copy of the device cookie".to_owned(),
    }
}

/// The owner's longest wait at one kind of browser.
fn wait(visits: Visits) -> String {
    let hours = f64::from(i32::try_from(visits.longest_retry_delay).unwrap_or(i32::MAX)) / 3_600.0;
    if visits.still_waits { format!("> {hours:.0} h") } else { format!("{hours:.1} h") }
}
