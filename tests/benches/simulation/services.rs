//! Attacks on a whole service, with its quotas.

use shared::sending::decision::SendPolicy;
use shared::sending::quota::QuotaLimits;
use tests::simulation::PRICE;
use tests::simulation::lockout::Lockout;
use tests::simulation::siege::{Addresses, Attacker, Day, Numbers, People, Siege, Tally};

const YEAR: i64 = 365;

/// Prints what they are worth.
pub fn print() {
    println!("\nA whole service with its quotas, attacked for {YEAR} days; takeovers if all codes are guessed at\n");
    println!(
        "{:58}{:>9}{:>9}{:>12}{:>9}{:>10}{:>11}{:>11}{:>12}",
        "", "texts", "most", "unverified", "USD", "take-", "new turned", "in another", "recognized"
    );
    println!(
        "{:58}{:>9}{:>9}{:>12}{:>9}{:>10}{:>11}{:>11}{:>12}",
        "attacker; people", "a year", "a day", "a day", "a year", "overs", "away", "country", "browsers"
    );
    for (name, siege) in sieges() {
        print_row(name, &siege.play());
    }
    let attacker = Attacker { days: 0..30, ..Attacker::RING };
    print_first_days(&Siege { attacker, ..ring(SendPolicy::default()) });
    print_lockouts();
}

fn sieges() -> Vec<(&'static str, Siege)> {
    let (policy, people) = (SendPolicy::default(), People::SOME);
    let siege = |attacker, people| Siege { policy, attacker, people, days: YEAR };
    let numbers = |countries, blocks, lines| Numbers { countries, blocks, lines };
    let from = |addresses| Attacker { addresses, ..Attacker::BOTNET };
    let daily =
        |unverified_per_day| SendPolicy { limits: QuotaLimits { unverified_per_day, ..policy.limits }, ..policy };
    let few = Attacker { numbers: numbers(10, 10, 10), ..Attacker::BOTNET };
    let one_block = Attacker { numbers: numbers(1, 1, 19), ..Attacker::RING };
    let large = QuotaLimits {
        unverified_per_day: 3_000,
        unrecognized_per_day: 20_000,
        country_per_hour: 2_000,
        country_per_day: 10_000,
        ..policy.limits
    };
    let large = SendPolicy { limits: large, ..policy };
    vec![
        ("nobody; some people", siege(Attacker::NOBODY, people)),
        ("10^5 addresses, 10^5 numbers; nobody", siege(Attacker::BOTNET, People::NOBODY)),
        ("the same; some people", siege(Attacker::BOTNET, people)),
        (
            "the same, with a daily quota of 1,000; nobody",
            Siege { policy: daily(1_000), ..siege(Attacker::BOTNET, People::NOBODY) },
        ),
        ("10^5 addresses, 1,000 numbers; nobody", siege(few, People::NOBODY)),
        ("one IPv4 address, 10^5 numbers; some people", siege(from(Addresses::V4(1)), people)),
        ("one /48 network, 10^5 numbers; some people", siege(from(Addresses::OneNetwork), people)),
        ("ring, 100 blocks of one country; nobody", siege(Attacker::RING, People::NOBODY)),
        ("the same; some people", siege(Attacker::RING, people)),
        ("the same, with ten times the quotas; some people", ring(large)),
        ("ring, 19 numbers of one block; some people", siege(one_block, people)),
        (
            "ring that types its codes; some people",
            siege(Attacker { typed_of_a_hundred: 100, ..Attacker::RING }, people),
        ),
    ]
}

fn ring(policy: SendPolicy) -> Siege {
    Siege { policy, attacker: Attacker::RING, people: People::SOME, days: YEAR }
}

fn print_row(name: &str, days: &[Day]) {
    let texts: u32 = days.iter().map(|day| day.attack.texts).sum();
    let most = |of: fn(&Day) -> u32| days.iter().map(of).max().unwrap_or_default();
    println!(
        "{name:58}{texts:>9}{:>9}{:>12}{:>9.0}{:>10.4}{:>11}{:>11}{:>12}",
        most(|day| day.attack.texts),
        most(|day| day.unverified),
        f64::from(texts) * PRICE,
        days.iter().map(|day| day.takeovers).sum::<f64>(),
        turned_away(days, |day| &day.new),
        turned_away(days, |day| &day.new_elsewhere),
        turned_away(days, |day| &day.recognized),
    );
}

/// The share of code requests for which no text was sent, in percent.
fn turned_away(days: &[Day], of: fn(&Day) -> &Tally) -> String {
    let sum = |count: fn(&Tally) -> u32| f64::from(days.iter().map(|day| count(of(day))).sum::<u32>());
    let (requests, texts) = (sum(|tally| tally.requests), sum(|tally| tally.texts));
    if requests == 0.0 { "-".to_owned() } else { format!("{:.1} %", 100.0 * (requests - texts) / requests) }
}

/// A ring that comes and goes.
fn print_first_days(siege: &Siege) {
    println!(
        "\nThe ring among some people, when it comes, and when it goes after 30 days: texts, and people turned away\n"
    );
    println!("{:20}{:>9}{:>18}{:>20}", "", "texts", "new turned away", "in another country");
    let days = siege.play();
    let parts =
        [("day 1", 0..1), ("day 2", 1..2), ("days 3 to 30", 2..30), ("day 31", 30..31), ("days 32 to 60", 31..60)];
    for (name, days) in parts.map(|(name, part)| (name, &days[part])) {
        let texts: u32 = days.iter().map(|day| day.attack.texts).sum();
        let (here, elsewhere) = (turned_away(days, |day| &day.new), turned_away(days, |day| &day.new_elsewhere));
        println!("{name:20}{texts:>9}{here:>18}{elsewhere:>20}");
    }
}

const MONTH: Lockout = Lockout { attacked: 30, days: 60, new: 7, guesses: true, recognized: true };

fn print_lockouts() {
    println!("\nSomebody who requests codes for one number each minute; the owner's longest waits, in hours\n");
    println!(
        "{:44}{:>7}{:>12}{:>8}{:>9}{:>8}{:>12}{:>14}",
        "attack; owner", "texts", "recognized", "waits", "new", "waits", "after it", "locked, days"
    );
    for (name, lockout) in [
        ("30 days of 60, guesses; recognized daily", MONTH),
        ("the same, without guesses", Lockout { guesses: false, ..MONTH }),
        ("30 days of 60, guesses; never recognized", Lockout { recognized: false, ..MONTH }),
        ("the same, without guesses", Lockout { recognized: false, guesses: false, ..MONTH }),
        ("a year, guesses; recognized daily", Lockout { attacked: YEAR, days: YEAR + 30, ..MONTH }),
    ] {
        let out = lockout.play();
        let hours = |seconds: i64| seconds / 3_600;
        println!(
            "{name:44}{:>7}{:>12}{:>8}{:>9}{:>8}{:>12}{:>14}",
            out.texts,
            out.recognized.logins,
            hours(out.recognized.longest_retry_delay),
            out.new.logins,
            hours(out.new.longest_retry_delay),
            hours(out.longest_wait_after),
            out.locked_after.map_or_else(|| "-".to_owned(), |after| format!("{}", after / 86_400))
        );
    }
}
