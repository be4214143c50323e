//! What quotas and throttles together promise, against attackers with any number of addresses and numbers.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use shared::sending::decision::SendPolicy;
use shared::sending::ip_limit::{ClientIp, IpLimits};
use shared::sending::quota::{QuotaLimits, released};
use shared::sending::throttle::ThrottleKind;
use shared::time::DAY;
use tests::simulation::lockout::Lockout;
use tests::simulation::number::Browser;
use tests::simulation::scenario::Visits;
use tests::simulation::service::{Phone, Service};
use tests::simulation::siege::{Addresses, Attacker, Day, Numbers, People, Siege, Tally};
use tests::simulation::{BEGINNING, GUESSES};

/// What a day must keep to, whatever happens.
fn assert_bounded(days: &[Day], limits: &QuotaLimits) {
    for (index, day) in days.iter().enumerate() {
        assert!(day.unverified <= limits.unverified_per_day, "{} unverified texts on day {index}", day.unverified);
        let all: u32 = day.of_countries.values().sum();
        assert!(all <= limits.unrecognized_per_day, "{all} texts to unrecognized on day {index}");
        for (country, texts) in &day.of_countries {
            assert!(*texts <= limits.country_per_day, "{texts} texts to country {country} on day {index}");
        }
        assert_eq!(
            day.recognized.requests, day.recognized.texts,
            "recognized browsers on day {index}: {:?}",
            day.recognized.refused
        );
    }
}

fn played(attacker: Attacker, people: People, limits: QuotaLimits, days: i64) -> Vec<Day> {
    let policy = SendPolicy { limits, ..SendPolicy::default() };
    let days = Siege { policy, attacker, people, days }.play();
    assert_bounded(&days, &limits);
    days
}

fn sum(days: &[Day], count: fn(&Day) -> u32) -> u32 {
    days.iter().map(count).sum()
}

/// Quotas that no attack of these tests uses up, but for the one of a country without logins.
const WIDE: QuotaLimits = QuotaLimits {
    unverified_per_day: 100_000,
    unrecognized_per_day: 100_000,
    country_per_hour: 100_000,
    country_per_day: 100_000,
    country_unverified_per_day: 100,
    recognized_per_day: 1_000,
    block_numbers_per_hour: 5,
};

/// 20,000 numbers of 20 countries, each with a code request from an address of its own once a day, get a thousand texts
/// a day where that is the quota: all of it and no more. From the half on, each text is a warning (G-14, S-01).
#[test]
fn many_numbers_get_no_more_texts_than_the_day_has() {
    let numbers = Numbers { countries: 20, blocks: 100, lines: 10 };
    let attacker = Attacker { every: 4, numbers, ..Attacker::BOTNET };
    let limits = QuotaLimits { unverified_per_day: 1_000, ..QuotaLimits::default() };
    for day in played(attacker, People::NOBODY, limits, 3) {
        assert!(day.attack.requests >= 20_000);
        assert_eq!((day.attack.texts, day.unverified, day.warnings), (1_000, 1_000, 501));
    }
}

/// 10^5 addresses are worth what the unverified texts of the days are, and no more: 3 × 365 × 300 / 10^6, a third of an
/// account a year, of all that there are. Here they have 40 days, and people who do not type their codes have a share
/// (G-14).
#[test]
fn a_botnet_takes_a_third_of_an_account_a_year() {
    let limits = QuotaLimits::default();
    for people in [People::NOBODY, People::SOME] {
        let days = played(Attacker::BOTNET, people, limits, 40);
        let takeovers: f64 = days.iter().map(|day| day.takeovers).sum();
        let most = 40.0 * f64::from(limits.unverified_per_day * GUESSES) / 1e6;
        assert!(takeovers <= most, "{takeovers} of {most}");
        assert!(takeovers > 0.8 * most, "the attacker does nothing: {takeovers}");
    }
}

/// With few numbers it is worth a tenth of that: their codes are longer from the second on (G-14, G-15).
#[test]
fn a_botnet_with_few_numbers_guesses_at_long_codes() {
    let numbers = Numbers { countries: 10, blocks: 10, lines: 10 };
    let days = played(Attacker { numbers, ..Attacker::BOTNET }, People::NOBODY, QuotaLimits::default(), 30);
    let (texts, takeovers) = (sum(&days, |day| day.attack.texts), days.iter().map(|day| day.takeovers).sum::<f64>());
    let most = f64::from(GUESSES) * (1_000.0 / 1e6 + f64::from(texts) / 1e8);
    assert!(texts > 8_000 && takeovers <= most, "{takeovers} of {most} by {texts} texts");
}

/// A flood that uses up the unrecognized browsers' quota each day turns new browsers away, and no recognized one: their
/// texts have a quota of their own (S-05, G-09).
#[test]
fn a_flood_turns_no_recognized_browser_away() {
    let days = played(Attacker::BOTNET, People::SOME, QuotaLimits::default(), 20);
    let [new, recognized] =
        [sum(&days, |day| day.new.requests - day.new.texts), sum(&days, |day| day.recognized.texts)];
    assert!(new > 0, "nobody was turned away: there was no flood");
    assert_eq!(recognized, 20 * People::SOME.recognized);
}

/// One address opens 60 login requests a day, and one /48 network of IPv6 300, whatever its numbers (S-08, E-09).
#[test]
fn one_address_does_not_use_up_the_quota_of_all() {
    for (addresses, most) in [(Addresses::V4(1), 60), (Addresses::OneNetwork, 300)] {
        for day in played(Attacker { addresses, ..Attacker::BOTNET }, People::SOME, QuotaLimits::default(), 5) {
            assert!(day.attack.texts <= most && day.attack.refused["ip-limit"] > 2_000, "{:?}", day.attack);
            assert!(addresses == Addresses::OneNetwork || day.new.requests == day.new.texts, "{:?}", day.new);
        }
    }
}

/// A ring that is paid for texts to numbers of one country, where nobody types a code, gets 100 a day. Where people
/// sign in it gets four for each of their logins at the most. Another country, and recognized browsers, do not notice
/// (S-06).
#[test]
fn a_ring_gets_what_a_country_has_without_logins() {
    let days = played(Attacker::RING, People::NOBODY, WIDE, 20);
    assert!(days.iter().all(|day| day.attack.texts == 100), "{:?}", days[0].attack);

    let days = played(Attacker::RING, People::SOME, WIDE, 10);
    for pair in days.windows(2) {
        let logins = pair.iter().map(|day| day.new.texts).max().unwrap_or_default();
        assert!(pair[1].attack.texts <= (4 * logins).max(100), "{:?}", pair[1].attack);
    }
    let turned_away = sum(&days, |day| day.new.requests - day.new.texts);
    let elsewhere = sum(&days, |day| day.new_elsewhere.requests - day.new_elsewhere.texts);
    assert!(turned_away > 0 && elsewhere == 0, "{turned_away} here and {elsewhere} in another country");
}

/// Rings in many countries together get what all unrecognized browsers have: 300 texts a day, 15 USD at 0.05 each
/// (S-01, S-06).
#[test]
fn rings_get_no_more_than_the_unverified_texts_of_the_day() {
    let numbers = Numbers { countries: 20, blocks: 20, lines: 1_000 };
    let days = played(Attacker { numbers, ..Attacker::RING }, People::SOME, QuotaLimits::default(), 20);
    assert!(days.iter().all(|day| day.attack.texts <= 300));
    assert!(sum(&days, |day| day.attack.texts) > 20 * 200, "the rings do nothing");
}

/// People of the country are let in again within a day after a ring has gone (S-06).
#[test]
fn people_are_back_a_day_after_the_ring_has_gone() {
    let days = played(Attacker { days: 0..5, ..Attacker::RING }, People::SOME, WIDE, 8);
    let turned_away = |tally: &Tally| tally.requests - tally.texts;
    assert!(turned_away(&days[4].new) > 0, "the ring stopped nothing");
    assert_eq!([&days[6], &days[7]].map(|day| turned_away(&day.new)), [0, 0]);
}

/// A thousand numbers in a row, each of them twice in two days, get five an hour, and beside them those whose accounts
/// signed in lately (S-07).
#[test]
fn a_block_gets_five_numbers_an_hour() {
    let limits = QuotaLimits { country_unverified_per_day: 100_000, unverified_per_day: 100_000, ..WIDE };
    for types_codes in [false, true] {
        let mut service = Service::new(SendPolicy { limits, ..SendPolicy::default() }, IpLimits::default());
        let (mut texts, mut signed_in, mut of_others) = ([0; 48], HashSet::new(), 0);
        for request in 0..48 * 40_u32 {
            let at = BEGINNING.start_of(DAY).plus(90 * i64::from(request));
            let phone = Phone { country: 0, block: 0, line: request % 1_000 };
            let ip = ClientIp::V4(Ipv4Addr::from_bits(0x0100_0000 + request % 100_000));
            let Ok(text) = service.request_code(phone, &ip, Browser::New, at) else { continue };
            if signed_in.contains(&phone) {
                of_others += 1;
            } else {
                texts[(request / 40) as usize] += 1;
            }
            if types_codes && request % 2 == 0 {
                service.log_in(text);
                signed_in.insert(phone);
            }
        }
        assert!(texts.iter().all(|texts| *texts <= 5), "{texts:?}");
        assert_eq!((texts == [5; 48], of_others > 0), (!types_codes, types_codes), "{texts:?} {of_others}");
    }
}

/// A ring that has the phones and types the codes looks like people. What holds it is the quota of the country (S-01).
#[test]
fn a_ring_that_types_its_codes_gets_what_the_country_has() {
    let attacker = Attacker { typed_of_a_hundred: 100, ..Attacker::RING };
    let days = played(attacker, People::NOBODY, QuotaLimits::default(), 5);
    let most = QuotaLimits::default().country_per_day;
    assert!(days.iter().all(|day| day.attack.texts <= most));
    assert_eq!(days[0].attack.texts, most, "the ring does nothing");
}

/// One with phones in many countries gets what the day has, and no more (S-01).
#[test]
fn a_ring_that_types_its_codes_in_many_countries_gets_what_the_day_has() {
    let numbers = Numbers { countries: 20, blocks: 20, lines: 1_000 };
    let attacker = Attacker { typed_of_a_hundred: 100, numbers, ..Attacker::RING };
    let days = played(attacker, People::NOBODY, QuotaLimits::default(), 5);
    let most = QuotaLimits::default().unrecognized_per_day;
    assert_eq!(days.iter().map(|day| day.attack.texts).max(), Some(most), "the ring does nothing");
}

/// Codes for one number each minute for 30 days of 45; its owner wants to sign in on a new browser each week.
const MONTH: Lockout = Lockout { attacked: 30, days: 45, new: 7, guesses: true, recognized: true };

/// Who requests codes for somebody's number each minute, for 30 days, and guesses, makes no recognized browser wait, nor a
/// new one for longer than a day after it ends (G-09, G-11).
#[test]
fn an_unrecognized_browser_locks_no_recognized_browser_out() {
    for guesses in [true, false] {
        let out = Lockout { guesses, recognized: true, ..MONTH }.play();
        assert_eq!(out.recognized, Visits { logins: 45, longest_retry_delay: 0, still_waits: false });
        assert!(out.longest_wait_after <= DAY && !out.new.still_waits && out.new.logins > 0, "{out:?}");
        assert!((33..=12 + 30).contains(&out.texts) && out.locked_after.is_none(), "{out:?}");
    }
}

/// What is left: an owner without a recognized browser is locked out, for good, by somebody who types 70 wrong codes before
/// the owner signs in. That takes 24 texts, and so 13 days. Texts alone lock nobody out (G-06).
#[test]
fn seventy_wrong_codes_take_thirteen_days_and_texts_alone_lock_nothing() {
    let out = Lockout { guesses: true, recognized: false, ..MONTH }.play();
    assert_eq!((out.texts, out.new.logins, out.new.still_waits), (24, 0, true));
    let locked_after = out.locked_after.expect("a locked number");
    assert!((12 * DAY..13 * DAY).contains(&locked_after), "{locked_after}");

    let out = Lockout { guesses: false, recognized: false, ..MONTH }.play();
    assert!(out.locked_after.is_none() && !out.new.still_waits && out.new.logins > 0, "{out:?}");
    assert!(out.longest_wait_after <= DAY, "{out:?}");
}

/// An hour of 50 code requests a second, from as many addresses as it takes: each login of a recognized browser gets
/// its text, and unrecognized browsers get no more than their quota.
#[test]
fn an_hour_of_fifty_requests_a_second_costs_the_quota_and_no_login() {
    let mut service = Service::new(SendPolicy::default(), IpLimits::default());
    let owned = |owner| Phone { country: 0, block: 1_000_000 + owner, line: 0 };
    (0..360).for_each(|owner| service.recognize(owned(owner)));
    let [mut texts, mut logins] = [0, 0];
    for request in 0..3_600 * 50_u32 {
        let at = BEGINNING.plus(i64::from(request / 50));
        let address = ClientIp::V4(Ipv4Addr::from_bits(0x0100_0000 + request % 100_000));
        let phone = Phone { country: request % 10, block: request / 10 % 200, line: request / 2_000 };
        texts += u32::from(service.request_code(phone, &address, Browser::New, at).is_ok());
        if request % 500 == 0 {
            let text = service.request_code(
                owned(request / 500),
                &ClientIp::V4(Ipv4Addr::from_bits(request)),
                Browser::Recognized,
                at,
            );
            logins += u32::from(text.is_ok_and(|text| text.kind == ThrottleKind::Recognized));
        }
    }
    assert_eq!((texts, logins), (released(300, BEGINNING.plus(3_599)), 360));
}
