//! What rules promise that are compared with those of the service (`docs/promises.md`).

use std::net::Ipv4Addr;

use shared::sending::decision::SendPolicy;
use shared::sending::ip_limit::{ClientIp, IpLimits};
use shared::sending::quota::QuotaLimits;
use shared::time::DAY;
use tests::simulation::BEGINNING;
use tests::simulation::day::{Counted, NumberDay, Requests};
use tests::simulation::lockout::Lockout;
use tests::simulation::number::Browser;
use tests::simulation::rules::{BlockRule, CountryRule, NumberRule, Rules};
use tests::simulation::service::{Phone, Service};
use tests::simulation::siege::{Addresses, Attacker, Day, Numbers, People, Siege, Tally};

/// Unverified texts that a country has in a day, at least.
const FLOOR: u32 = 100;

fn siege(attacker: Attacker, people: People, days: i64) -> Siege {
    Siege { policy: SendPolicy::default(), attacker, people, days }
}

/// Texts of the attack, all days together.
fn texts(days: &[Day]) -> u32 {
    days.iter().map(|day| day.attack.texts).sum()
}

/// How many in a hundred of the code requests of people on new browsers got no text.
fn refused(days: &[Day], of: fn(&Day) -> &Tally) -> u32 {
    let sum = |count: fn(&Tally) -> u32| days.iter().map(|day| count(of(day))).sum::<u32>();
    let (requests, texts) = (sum(|tally| tally.requests), sum(|tally| tally.texts));
    100 * (requests - texts) / requests.max(1)
}

fn here(days: &[Day]) -> u32 {
    refused(days, |day| &day.new)
}

fn country(country: CountryRule) -> Rules {
    Rules { country, ..Rules::DEPLOYED }
}

fn both_days(floor: i64, each: i64) -> Rules {
    country(CountryRule::BothDays { floor, each })
}

/// So many people a day of one country, of whom so many in a hundred type the code.
const fn one_country(new: u32, typed_of_a_hundred: u32) -> People {
    People { countries: 1, owners: 40_000, recognized: 0, new, typed_of_a_hundred, ..People::SOME }
}

/// Ten times the limits.
fn wide(siege: Siege) -> Siege {
    let limits = QuotaLimits {
        unverified_per_day: 3_000,
        unrecognized_per_day: 20_000,
        country_per_hour: 2_000,
        country_per_day: 10_000,
        ..QuotaLimits::default()
    };
    Siege { policy: SendPolicy { limits, ..SendPolicy::default() }, ..siege }
}

/// What other quotas are compared with is what is deployed: the model of a quota, with the deployed numbers, sends the
/// same.
#[test]
fn the_model_of_a_quota_sends_what_the_deployed_one_sends() {
    let comes_and_goes = Attacker { days: 1..3, ..Attacker::RING };
    for attacker in [Attacker::RING, Attacker::BOTNET, comes_and_goes, Attacker::NOBODY] {
        for typed_of_a_hundred in [10, 30, 80] {
            let people = People { typed_of_a_hundred, new: 400, ..People::SOME };
            let siege = siege(attacker.clone(), people, 4);
            let texts = |days: Vec<Day>| days.iter().map(|day| (day.attack.texts, day.new.texts)).collect::<Vec<_>>();
            assert_eq!(texts(siege.play()), texts(siege.play_by(both_days(FLOOR.into(), 4))));
        }
    }
}

/// Where few codes are typed the quota sends a third of the texts that the breaker sends, or half, and leaves other
/// countries what is theirs. On its first day a ring has four for each of the people's verified ones, while they have
/// any.
#[test]
fn a_quota_of_a_country_holds_a_ring_better_than_a_breaker() {
    let slow = Attacker { every: 300, ..Attacker::RING };
    let network = Attacker { addresses: Addresses::OneNetwork, ..Attacker::RING };
    for (attacker, people, least, of_quota) in [
        (Attacker::RING, People::NOBODY, 250, FLOOR - 15),
        (Attacker::RING, People::SOME, 250, FLOOR - 15),
        (slow, People::SOME, 250, FLOOR - 15),
        // Its own limit is reached while texts are still to be released.
        (network, People::SOME, 150, FLOOR / 2),
    ] {
        let siege = siege(attacker, people, 12);
        let (quota, breaker) = (siege.play(), siege.play_by(Rules::BREAKERS));
        let of_days: Vec<_> = quota.iter().map(|day| day.attack.texts).collect();
        assert!(of_days.iter().all(|texts| *texts <= 4 * 31), "{of_days:?}");
        assert!(of_days[2..].iter().all(|texts| (of_quota..=FLOOR).contains(texts)), "{of_days:?}");
        assert_eq!(refused(&quota, |day| &day.new_elsewhere), 0);
        assert!(quota.iter().chain(&breaker).all(|day| day.recognized.requests == day.recognized.texts));
        assert!(texts(&breaker) > 12 * least, "{}", texts(&breaker));
    }
}

/// In three countries, a ring gets the unverified texts of the service, whatever holds a country.
#[test]
fn a_ring_in_three_countries_gets_the_texts_of_the_service() {
    let numbers = Numbers { countries: 3, blocks: 100, lines: 400 };
    let siege = siege(Attacker { numbers, ..Attacker::RING }, People { countries: 6, new: 300, ..People::SOME }, 8);
    for rules in [Rules::DEPLOYED, Rules::BREAKERS] {
        assert!((8 * 260..=8 * 300).contains(&texts(&siege.play_by(rules))));
    }
}

/// One address requests 60 codes a day, fewer than a country has. With 60 for a country it would close it.
#[test]
fn one_address_does_not_use_up_the_quota_of_a_country() {
    let siege = siege(Attacker { addresses: Addresses::V4(1), ..Attacker::RING }, People::SOME, 5);
    assert!(siege.play().iter().all(|day| day.attack.texts <= 60) && here(&siege.play()) < 3);
    assert!(here(&siege.play_by(both_days(60, 1))) > here(&siege.play()));
}

/// A country where a third of the codes is typed does not meet its quota, on its first day neither, nor after a quiet
/// one.
#[test]
fn people_who_type_their_codes_never_meet_the_quota_of_their_country() {
    let people = one_country(900, 80);
    for people in [
        people,
        People { at_weekends: 10, ..people },
        People { within: 600, ..one_country(200, 80) },
        one_country(350, 33),
    ] {
        let days = siege(Attacker::NOBODY, people, 10).play();
        assert!(days.iter().all(|day| !day.new.refused.contains_key("country-unverified-quota")), "{days:?}");
    }
}

/// Where fewer than a fifth type their codes, the breaker refuses a small country and the quota does not; a large one
/// has both against it.
#[test]
fn a_quota_refuses_no_small_country_where_few_type_their_codes() {
    let played = |rules, new| here(&siege(Attacker::NOBODY, one_country(new, 15), 14).play_by(rules));
    assert_eq!([50, 100].map(|new| played(Rules::DEPLOYED, new)), [0, 0]);
    assert!(played(Rules::BREAKERS, 100) > 10);
    assert!(played(Rules::BREAKERS, 300) > 30 && played(Rules::DEPLOYED, 300) > 50);
}

/// A launch: 1,500 people within ten minutes, of whom the breaker sees none that has typed a code yet.
#[test]
fn a_quota_lets_a_launch_through_and_a_breaker_does_not() {
    let launch = wide(siege(Attacker::NOBODY, People { within: 600, ..one_country(1_500, 80) }, 1));
    assert!(here(&launch.play()) < 8 && here(&launch.play_by(Rules::BREAKERS)) > 80);
}

/// Each other quota that was tried refuses people that the deployed one does not, or lets a ring have more.
#[test]
fn other_quotas_of_a_country_are_worse() {
    let nobody = |people| siege(Attacker::NOBODY, people, 1);
    let of_yesterday = country(CountryRule::Yesterday { floor: 100, each: 1 });
    for (siege, rules) in [
        (nobody(one_country(900, 80)), of_yesterday),
        (wide(nobody(one_country(5_000, 45))), both_days(100, 1)),
        (wide(nobody(one_country(3_000, 30))), both_days(100, 2)),
    ] {
        assert_eq!(here(&siege.play()), 0);
        assert!(here(&siege.play_by(rules)) > 40, "{rules:?}");
    }
    let people = People { new: 1_000, recognized: 200, typed_of_a_hundred: 80, owners: 20_000, ..People::SOME };
    let ring = wide(siege(Attacker { days: 2..9, ..Attacker::RING }, people, 9));
    // On its first days there are four for each verified text of the people before it.
    let later = |rules| texts(&ring.play_by(rules)[6..]);
    assert!(later(both_days(1_000, 4)) > 3 * later(Rules::DEPLOYED));
}

/// With numbers of one block alone, a ring gets half the country's texts: what the block keeps back at midnight is counted
/// in the quota of the country, as if it had been sent, but not what the country releases later, two an hour. A breaker
/// lets fewer out. In exchange it refuses neighbours on days without a ring (S-07).
#[test]
fn a_block_without_a_breaker_refuses_fewer_neighbours_and_sends_half_a_country() {
    let one_block = |new, typed_of_a_hundred| People {
        owners: 400,
        blocks_from: 0,
        neighbours: 400,
        ..one_country(new, typed_of_a_hundred)
    };
    let block = |block| Rules { block, ..Rules::DEPLOYED };
    let [deployed, breaker, a_day] = [BlockRule::Deployed, BlockRule::Breaker, BlockRule::NumbersADay(24)].map(block);
    let ring = Attacker { numbers: Numbers { countries: 1, blocks: 1, lines: 400 }, ..Attacker::RING };
    let alone = siege(ring.clone(), People::NOBODY, 10);
    assert!((10 * 50..10 * 55).contains(&texts(&alone.play_by(deployed))));
    assert!((10 * 20..10 * 30).contains(&texts(&alone.play_by(breaker))));

    let slow = siege(Attacker { every: 1_800, ..ring }, one_block(20, 60), 10);
    let few_type = siege(Attacker::NOBODY, one_block(40, 15), 10);
    for siege in [slow, few_type] {
        let [least, most, others] = [deployed, breaker, a_day].map(|rules| here(&siege.play_by(rules)));
        assert!(least <= 1 && most > 20 && others > 30, "{least} {most} {others}");
    }
}

/// Somebody who requests codes for one number gets what its throttle allows, whatever holds its country.
#[test]
fn the_owner_of_one_number_meets_the_same_with_a_quota() {
    let lockout = Lockout { attacked: 30, days: 45, new: 7, guesses: true, recognized: true };
    assert_eq!(lockout.play(), lockout.play_by(Rules::BREAKERS));
}

/// Whether the number of somebody who watches gets a text after `fillers` other numbers of its block, where the owner
/// of one of them signed in or did not.
fn watched(rules: Rules, signs_in: bool, fillers: u32) -> bool {
    let mut service = Service::new(SendPolicy::default(), IpLimits::default()).with(rules);
    let mut at = BEGINNING.start_of(DAY);
    let mut request = |line, after, signs_in| {
        at = at.plus(after);
        let address = ClientIp::V4(Ipv4Addr::from_bits(0x0100_0000 + u32::try_from(at.secs() % DAY).unwrap()));
        let Ok(text) = service.request_code(Phone { country: 0, block: 0, line }, &address, Browser::New, at) else {
            return false;
        };
        if signs_in {
            service.log_in(text);
        }
        true
    };
    request(0, 60, false);
    request(0, 60, signs_in);
    for filler in 0..fillers {
        request(1 + filler, 900, false);
        if filler == 8 {
            request(0, 1, false);
        }
    }
    request(999, 900, false)
}

/// What is counted for a block depends on nothing that a login changes; a breaker of blocks tells who signed in (E-05).
#[test]
fn a_quota_of_a_block_tells_nobody_who_signed_in() {
    let tells = |block| {
        let rules = Rules { block, ..Rules::DEPLOYED };
        (1..60).any(|fillers| watched(rules, true, fillers) != watched(rules, false, fillers))
    };
    assert!(!tells(BlockRule::Deployed) && !tells(BlockRule::NumbersADay(24)));
    assert!(tells(BlockRule::Breaker), "the watcher sees nothing where there is something to see");
}

fn number_day(attacker: Requests, recognized_every: Option<i64>, number: NumberRule) -> Counted {
    let day = NumberDay { attacker, recognized_every, unrecognized_every: None, owner_is_first: true };
    day.play_by(Rules { number, ..Rules::DEPLOYED })
}

/// A number gets 24 texts a day through unrecognized browsers and 24 through recognized ones. Without a count that all
/// recognized browsers share, one phone uses up what all of them have; with one count for both kinds, somebody without
/// the phone takes texts of the owner (S-01, G-09).
#[test]
fn one_daily_limit_of_a_number_for_each_kind_of_browser_is_the_least_that_holds() {
    let has_the_phone = Requests { unrecognized: true, recognized: true, types_codes: true };
    let texts = |rule| {
        let counted = number_day(has_the_phone, None, rule);
        (counted.unrecognized, counted.recognized)
    };
    assert_eq!([NumberRule::Deployed, NumberRule::EachKind].map(texts), [(24, 24); 2]);
    assert_eq!(texts(NumberRule::EachThrottle), (24, 1_000));

    let no_phone = Requests { unrecognized: true, ..Requests::default() };
    let owner = |rule| number_day(no_phone, Some(3_600), rule).at_recognized;
    assert_eq!([NumberRule::Deployed, NumberRule::EachKind].map(owner), [[24, 24]; 2]);
    let [requests, texts] = owner(NumberRule::OneForAll);
    assert!(texts < requests, "an unrecognized browser takes nothing");
}

/// A recognized browser is revoked after ten texts, and its throttle ends with a login, so that 24 a day are never its limit.
#[test]
fn the_throttle_of_a_recognized_browser_never_sends_a_days_worth() {
    for types_codes in [true, false] {
        let attacker = Requests { recognized: true, types_codes, ..Requests::default() };
        for every in [None, Some(600), Some(3_600)] {
            let most = number_day(attacker, every, NumberRule::EachThrottle).most_of_a_throttle;
            assert!((1..=10).contains(&most), "{most}");
        }
    }
}
