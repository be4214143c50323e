//! A country's circuit breaker, and quotas that could take its place.
//!
//! The quota is one of unverified texts a day: a number, or some for each text of the country that was verified the day
//! before, or on the better one of that day and the day that runs.

use shared::sending::decision::SendPolicy;
use shared::sending::quota::QuotaLimits;
use tests::simulation::PRICE;
use tests::simulation::rules::{CountryRule, Rules};
use tests::simulation::siege::{Addresses, Attacker, Day, Numbers, People, Siege, Tally};

/// Days before the attack, and days of it.
const BEFORE: i64 = 7;
const ATTACKED: i64 = 30;

/// A rule for a service with this quota of unverified texts a day.
type RuleOf = fn(i64) -> CountryRule;

const RULES: [(&str, RuleOf); 8] = [
    ("nothing", |_| CountryRule::Nothing),
    ("breaker", |_| CountryRule::Breaker),
    ("100, 1, before", |_| CountryRule::Yesterday { floor: 100, each: 1 }),
    ("60, 1", |_| CountryRule::BothDays { floor: 60, each: 1 }),
    ("100, 1", |_| CountryRule::BothDays { floor: 100, each: 1 }),
    ("100, 2", |_| CountryRule::BothDays { floor: 100, each: 2 }),
    ("deployed", |_| CountryRule::Deployed),
    ("1/3, 4", |unverified| CountryRule::BothDays { floor: unverified / 3, each: 4 }),
];

/// The rules of a service: with the country's breaker goes that of blocks.
fn rules(rule: RuleOf, policy: &SendPolicy) -> Rules {
    match rule(policy.limits.unverified_per_day.into()) {
        CountryRule::Breaker => Rules::BREAKERS,
        country => Rules { country, ..Rules::DEPLOYED },
    }
}

/// Prints what each of them is worth.
pub fn print() {
    println!(
        "\nA country's rule: attack texts, and people on new browsers refused in the attacked countries and elsewhere;"
    );
    println!(
        "{ATTACKED} days, after {BEFORE} without an attack. deployed: unverified texts a day, 100 or four for each"
    );
    println!("verified text of that day or of the day before, whichever is most; before: of the day before alone;");
    println!("1/3: a third of what the service may send in a day\n");
    println!(
        "{:52}{:16}{:>8}{:>7}{:>9}{:>9}{:>11}{:>10}{:>11}",
        "attacker; people", "rule", "a day", "most", "a year", "USD", "takeovers", "refused", "elsewhere"
    );
    for (name, siege) in attacks() {
        for (name_of_rule, rule) in RULES {
            print_attack(
                name,
                name_of_rule,
                &siege.play_by(rules(rule, &siege.policy))[usize::try_from(BEFORE).unwrap_or_default()..],
            );
        }
    }
    println!("\nThe same rules without an attack: people on new browsers refused\n");
    println!(
        "{:52}{:16}{:>10}{:>10}{:>14}",
        "people on new browsers of one country", "rule", "day 1", "day 2", "days 3 to 28"
    );
    for (name, policy, people) in ordinary() {
        let siege = Siege { policy, attacker: Attacker::NOBODY, people, days: 28 };
        for (name_of_rule, rule) in RULES {
            let days = siege.play_by(rules(rule, &siege.policy));
            let refused = |days: &[Day]| share(refused(days, |day| &day.new));
            println!(
                "{name:52}{name_of_rule:16}{:>10}{:>10}{:>14}",
                refused(&days[..1]),
                refused(&days[1..2]),
                refused(&days[2..])
            );
        }
    }
}

/// So many people of one country, of whom so many in a hundred type the code.
const fn one_country(new: u32, typed_of_a_hundred: u32) -> People {
    People { countries: 1, owners: 40_000, recognized: 0, new, typed_of_a_hundred, ..People::SOME }
}

/// The limits of a service where a country has ten times as many people.
fn wide() -> SendPolicy {
    let limits = QuotaLimits {
        unverified_per_day: 3_000,
        unrecognized_per_day: 20_000,
        country_per_hour: 2_000,
        country_per_day: 10_000,
        ..QuotaLimits::default()
    };
    SendPolicy { limits, ..SendPolicy::default() }
}

fn attacks() -> Vec<(&'static str, Siege)> {
    let days = BEFORE..BEFORE + ATTACKED;
    let ring = Attacker { days: days.clone(), ..Attacker::RING };
    let some = People::SOME;
    let large = People { new: 1_000, recognized: 200, typed_of_a_hundred: 80, owners: 20_000, ..some };
    let siege = |attacker: &Attacker, people| Siege {
        policy: SendPolicy::default(),
        attacker: attacker.clone(),
        people,
        days: BEFORE + ATTACKED,
    };
    let every = |every| Attacker { every, ..ring.clone() };
    let types = |typed_of_a_hundred| Attacker { typed_of_a_hundred, ..ring.clone() };
    let from = |addresses| Attacker { addresses, ..ring.clone() };
    let numbers = |countries, blocks, lines| Numbers { countries, blocks, lines };
    let over = |numbers| Attacker { numbers, ..ring.clone() };
    vec![
        ("ring, one country; nobody", siege(&ring, People::NOBODY)),
        ("ring, one country; 50 people a day, 60 %", siege(&ring, some)),
        ("ring, one country; 500 people a day, 80 %", siege(&ring, large)),
        ("the same, ten times the limits", Siege { policy: wide(), ..siege(&ring, large) }),
        ("slow ring, 288 a day; 50 people a day, 60 %", siege(&every(300), some)),
        ("slow ring, 48 a day; 50 people a day, 60 %", siege(&every(1_800), some)),
        (
            "ring for one day; 50 people a day, 60 %",
            siege(&Attacker { days: BEFORE..BEFORE + 1, ..ring.clone() }, some),
        ),
        ("one IPv4 address, one country; 50 people, 60 %", siege(&from(Addresses::V4(1)), some)),
        ("one /48 network, one country; 50 people, 60 %", siege(&from(Addresses::OneNetwork), some)),
        (
            "ring, three countries; 50 people a day, 60 %",
            siege(&over(numbers(3, 100, 400)), People { countries: 6, new: 300, ..some }),
        ),
        ("ring that types 25 % of its codes; 50, 60 %", siege(&types(25), some)),
        ("ring that types 60 % of its codes; 50, 60 %", siege(&types(60), some)),
        ("ring that types all its codes; 50, 60 %", siege(&types(100), some)),
        ("spray, ten countries; nobody", siege(&Attacker { days: days.clone(), ..Attacker::BOTNET }, People::NOBODY)),
        ("spray, ten countries; 50 people a day, 60 %", siege(&Attacker { days, ..Attacker::BOTNET }, some)),
        ("spray, one country; nobody", siege(&over(numbers(1, 10_000, 10)), People::NOBODY)),
    ]
}

fn ordinary() -> Vec<(&'static str, SendPolicy, People)> {
    let usual = SendPolicy::default();
    let within = |within, people| People { within, ..people };
    let evening = |people| People { from: 20 * 3_600, within: 8 * 3_600, ..people };
    vec![
        ("20 a day, 80 % type the code", usual, one_country(20, 80)),
        ("200 a day, 70 %", usual, one_country(200, 70)),
        ("200 a day, 90 %", usual, one_country(200, 90)),
        ("900 a day, 80 %", usual, one_country(900, 80)),
        ("900 a day, 80 %, a tenth at weekends", usual, People { at_weekends: 10, ..one_country(900, 80) }),
        ("200 within ten minutes of the day, 80 %", usual, within(600, one_country(200, 80))),
        ("900 a day, 80 %, all from 20 to 4 o'clock", usual, evening(one_country(900, 80))),
        ("200 a day, 30 %, all from 20 to 4 o'clock", usual, evening(one_country(200, 30))),
        ("100 a day, 15 %, all from 20 to 4 o'clock", usual, evening(one_country(100, 15))),
        ("200 a day, 30 %", usual, one_country(200, 30)),
        ("200 a day, 45 %", usual, one_country(200, 45)),
        ("50 a day, 15 %", usual, one_country(50, 15)),
        ("100 a day, 15 %", usual, one_country(100, 15)),
        ("300 a day, 15 %", usual, one_country(300, 15)),
        ("10x: 5,000 a day, 80 %", wide(), one_country(5_000, 80)),
        ("10x: 1,500 within ten minutes of the day, 80 %", wide(), within(600, one_country(1_500, 80))),
        ("10x: 5,000 a day, 45 %", wide(), one_country(5_000, 45)),
        ("10x: 3,000 a day, 30 %", wide(), one_country(3_000, 30)),
        ("10x: 1,000 a day, 15 %", wide(), one_country(1_000, 15)),
    ]
}

fn print_attack(name: &str, rule: &str, days: &[Day]) {
    let texts: u32 = days.iter().map(|day| day.attack.texts).sum();
    let a_day = f64::from(texts) / f64::from(u32::try_from(days.len()).unwrap_or(u32::MAX));
    let takeovers: f64 = days.iter().map(|day| day.takeovers).sum();
    println!(
        "{name:52}{rule:16}{a_day:>8.0}{:>7}{:>9.0}{:>9.0}{:>11.4}{:>10}{:>11}",
        days.iter().map(|day| day.attack.texts).max().unwrap_or_default(),
        365.0 * a_day,
        365.0 * a_day * PRICE,
        takeovers * 365.0 / f64::from(u32::try_from(days.len()).unwrap_or(u32::MAX)),
        share(refused(days, |day| &day.new)),
        share(refused(days, |day| &day.new_elsewhere)),
    );
}

/// The share of code requests that got no text.
pub fn refused(days: &[Day], of: fn(&Day) -> &Tally) -> Option<f64> {
    let sum = |count: fn(&Tally) -> u32| f64::from(days.iter().map(|day| count(of(day))).sum::<u32>());
    let (requests, texts) = (sum(|tally| tally.requests), sum(|tally| tally.texts));
    (requests > 0.0).then(|| (requests - texts) / requests)
}

/// In percent.
pub fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}
