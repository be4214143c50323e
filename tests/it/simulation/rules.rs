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
use tests::simulation::siege::{Addresses, Attacker, Block, Day, People, Siege};

/// Unverified texts that a country has in a day, at least.
const FLOOR: u32 = 100;

fn siege(attacker: Attacker, people: People, days: i64) -> Siege {
    Siege { policy: SendPolicy::default(), attacker, people, days }
}

/// What of the code requests of people on new browsers got no text, in percent.
fn refused(days: &[Day]) -> u32 {
    let sum = |count: fn(&Day) -> u32| days.iter().map(count).sum::<u32>();
    let requests = sum(|day| day.new.asks);
    100 * (requests - sum(|day| day.new.texts)) / requests
}

/// What other quotas are compared with is what is deployed: the model of a quota, with the deployed numbers, sends the same.
#[test]
fn the_model_of_a_quota_sends_what_the_deployed_one_sends() {
    let deployed = CountryRule::BothDays { floor: FLOOR.into(), each: 4 };
    let comes_and_goes = Attacker { days: 1..3, ..Attacker::RING };
    for attacker in [Attacker::RING, Attacker::BOTNET, comes_and_goes, Attacker::NOBODY] {
        for typed_of_a_hundred in [10, 30, 80] {
            let people = People { typed_of_a_hundred, new: 400, ..People::SOME };
            let siege = siege(attacker.clone(), people, 6);
            let texts = |days: Vec<Day>| days.iter().map(|day| (day.attack.texts, day.new.texts)).collect::<Vec<_>>();
            let modelled = Rules { country: deployed, ..Rules::DEPLOYED };
            assert_eq!(texts(siege.play()), texts(siege.play_by(modelled)));
            assert_ne!(texts(siege.play()), texts(siege.play_by(Rules::BREAKERS)), "no rule decides anything");
        }
    }
}

/// A ring gets the unverified texts of its country, and leaves other countries what is theirs. On its first day it has four
/// for each of the people's verified ones, while they have any.
#[test]
fn a_quota_of_a_country_holds_a_ring_and_not_other_countries() {
    for people in [People::NOBODY, People::SOME] {
        let days = siege(Attacker::RING, people, 20).play();
        let texts: Vec<_> = days.iter().map(|day| day.attack.texts).collect();
        assert!(texts.iter().all(|texts| *texts <= 4 * 31), "{texts:?}");
        assert!(texts[2..].iter().all(|texts| (FLOOR - 10..=FLOOR).contains(texts)), "{texts:?}");
        assert!(days.iter().all(|day| day.new_elsewhere.asks == day.new_elsewhere.texts));
    }
}

/// One address requests 60 codes a day, fewer than a country has.
#[test]
fn one_address_does_not_use_up_the_quota_of_a_country() {
    let days = siege(Attacker { addresses: Addresses::V4(1), ..Attacker::RING }, People::SOME, 10).play();
    assert!(days.iter().all(|day| day.attack.texts == 60 && day.new.asks == day.new.texts));
}

/// A country where a third of the codes is typed does not meet its quota, on its first day neither, nor after a quiet one.
#[test]
fn people_who_type_their_codes_never_meet_the_quota_of_their_country() {
    let people = People { countries: 1, owners: 40_000, known: 0, new: 900, typed_of_a_hundred: 80, ..People::SOME };
    for people in [
        people,
        People { at_weekends: 10, ..people },
        People { new: 200, within: 600, ..people },
        People { new: 350, typed_of_a_hundred: 33, ..people },
    ] {
        let days = siege(Attacker::NOBODY, people, 10).play();
        assert!(days.iter().all(|day| !day.new.refused.contains_key("country-unverified-quota")), "{days:?}");
    }
}

/// Somebody who asks for one number gets what its throttle allows, whatever holds its country.
#[test]
fn the_owner_of_one_number_meets_the_same_with_a_quota() {
    let lockout = Lockout { attacked: 30, days: 45, new: 7, reopens: true };
    assert_eq!(lockout.play(), lockout.play_by(Rules::BREAKERS));
}

/// Whether the number of somebody who watches gets a text after `fillers` other numbers of its block, where the owner of one
/// of them signed in or did not.
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
/// recognized browsers share, one phone uses up what all of them have; with one count for both kinds, somebody without the
/// phone takes texts of the owner (S-01, G-09).
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
    assert!(texts < requests, "a stranger takes nothing");
}

/// A recognized browser's throttle locks after ten texts and ends with a login, so that 24 a day are never its limit.
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
