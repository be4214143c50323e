//! Stops texts that nobody uses.
//!
//! Somebody who is paid for texts has them sent to numbers of a country, or of a range, where nobody types the codes
//! (SMS pumping). So the share of texts that a login followed is watched, for each country and each range; where it is too
//! low, strangers get no more texts there, until a few that are let through show that people are back (requirement S-06).

use serde::{Deserialize, Serialize};

use crate::time::{HOUR, Timestamp};

/// Texts of strangers to one country, or numbers of one range that got one, and how many logins followed, since the
/// beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// Texts.
    pub sent: i64,
    /// Logins.
    pub verified: i64,
}

impl Conversion {
    fn since(self, base: Self) -> Self {
        Self { sent: self.sent - base.sent, verified: self.verified - base.verified }
    }

    /// Whether at least `percent` of the texts led to a login.
    const fn is_at_least(self, percent: i64) -> bool {
        self.verified * 100 >= self.sent * percent
    }
}

/// When a breaker looks, and how often it tries again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Texts after which the share is judged.
    window: i64,
    /// Seconds between two texts that are let through while it is tripped.
    probe_every: i64,
    /// Texts let through after which it is judged again.
    probes: i64,
}

impl Rule {
    /// For a range of a thousand numbers, `an_hour` of which get texts in an hour: as many as in four hours; then one in
    /// an hour.
    #[must_use]
    pub fn range(an_hour: u32) -> Self {
        Self { window: 4 * i64::from(an_hour), probe_every: HOUR, probes: 5 }
    }

    /// For a country: 200 texts; then one in five minutes.
    pub const COUNTRY: Self = Self { window: 200, probe_every: 300, probes: 10 };
    /// Below this share, in percent, it trips.
    const TRIPS_BELOW: i64 = 20;
    /// From this share on, in percent, it is set again: well above the other, so that it does not flutter.
    const RESETS_AT: i64 = 50;
}

/// The state of one breaker. One that was never used is [`Breaker::default`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// Where the count stood when the window, or the row of probes, began.
    base: Conversion,
    /// Since when it is tripped.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    tripped_at: Option<Timestamp>,
    /// When the last probe was let through.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    probed_at: Option<Timestamp>,
    /// How many shards were counted when the window began, where that can change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    shards: Option<usize>,
}

/// What a breaker says to one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be sent.
    Pass,
    /// It may not.
    Stop,
}

impl Breaker {
    /// Whether it lets nothing but probes through.
    #[must_use]
    pub const fn is_tripped(self) -> bool {
        self.tripped_at.is_some()
    }

    /// The breaker of a counter that has so many shards. When it had another number, as an operator changed its limit, counts
    /// of before came or went, and a new window begins.
    #[must_use]
    pub fn over(self, shards: usize, counted: Conversion) -> Self {
        if self.shards == Some(shards) || self == Self::default() {
            return self;
        }
        Self { base: counted, shards: Some(shards), ..self }
    }

    /// Whether a text asked for at `now` may be sent, and the breaker after that. The state changes seldom: after each
    /// window, and with each probe.
    #[must_use]
    pub fn ask(self, rule: Rule, counted: Conversion, now: Timestamp) -> (Verdict, Self) {
        let seen = counted.since(self.base);
        match self.tripped_at {
            None if seen.sent < rule.window => (Verdict::Pass, self),
            None if seen.is_at_least(Rule::TRIPS_BELOW) => {
                // Half of the window stays in view, so that no attack begins with an empty one.
                let base =
                    Conversion { sent: counted.sent - seen.sent / 2, verified: counted.verified - seen.verified / 2 };
                (Verdict::Pass, Self { base, ..self })
            }
            None => (Verdict::Stop, Self { base: counted, tripped_at: Some(now), probed_at: Some(now), ..self }),
            Some(_) if seen.sent >= rule.probes && seen.is_at_least(Rule::RESETS_AT) => {
                (Verdict::Pass, Self { base: counted, tripped_at: None, probed_at: None, ..self })
            }
            Some(_) => self.probe(rule, counted, seen, now),
        }
    }

    fn probe(self, rule: Rule, counted: Conversion, seen: Conversion, now: Timestamp) -> (Verdict, Self) {
        if self.probed_at.is_some_and(|at| now.since(at) < rule.probe_every) {
            return (Verdict::Stop, self);
        }
        // Twice as many as are judged, without success: these probes tell nothing any more, and a new row begins.
        let base = if seen.sent >= 2 * rule.probes { counted } else { self.base };
        (Verdict::Pass, Self { base, probed_at: Some(now), ..self })
    }
}

/// What the operator set for a country, above any breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// No texts to strangers, whatever they are used for.
    Closed,
    /// Texts within the budgets, however few are used.
    Open,
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule::COUNTRY;

    /// Sends texts one a second as far as the breaker allows, of which `one_in` leads to a login, and tells how many were
    /// sent.
    fn run(breaker: &mut Breaker, counted: &mut Conversion, now: &mut i64, seconds: i64, one_in: i64) -> i64 {
        let before = counted.sent;
        for _ in 0..seconds {
            *now += 1;
            let (verdict, next) = breaker.ask(RULE, *counted, Timestamp::from_secs(*now));
            *breaker = next;
            if verdict == Verdict::Pass {
                counted.sent += 1;
                counted.verified += i64::from(counted.sent % one_in == 0);
            }
        }
        counted.sent - before
    }

    #[test]
    fn texts_that_people_use_go_on() {
        let (mut breaker, mut counted, mut now) = (Breaker::default(), Conversion::default(), 0);
        assert_eq!(run(&mut breaker, &mut counted, &mut now, 5_000, 2), 5_000);
        assert_eq!(run(&mut breaker, &mut counted, &mut now, 5_000, 4), 5_000);
        assert!(!breaker.is_tripped());
    }

    #[test]
    fn texts_that_nobody_uses_stop_after_one_window() {
        let (mut breaker, mut counted, mut now) = (Breaker::default(), Conversion::default(), 0);
        assert_eq!(run(&mut breaker, &mut counted, &mut now, 300, 20), 200);
        assert!(breaker.is_tripped());
        // One probe in five minutes.
        assert_eq!(run(&mut breaker, &mut counted, &mut now, 3_000, 20), 10);
        assert!(breaker.is_tripped());
    }

    #[test]
    fn an_attack_after_good_times_is_stopped_within_two_windows() {
        let (mut breaker, mut counted, mut now) = (Breaker::default(), Conversion::default(), 0);
        run(&mut breaker, &mut counted, &mut now, 1_150, 2);
        let sent = run(&mut breaker, &mut counted, &mut now, 1_000, i64::MAX);
        assert!((50..=400).contains(&sent), "{sent} texts");
    }

    #[test]
    fn it_is_set_again_when_half_of_the_probes_are_used_and_not_before() {
        for (one_in, tripped) in [(3, true), (2, false), (1, false)] {
            let (mut breaker, mut counted, mut now) = (Breaker::default(), Conversion::default(), 0);
            run(&mut breaker, &mut counted, &mut now, 201, i64::MAX);
            run(&mut breaker, &mut counted, &mut now, 12 * RULE.probe_every, one_in);
            assert_eq!(breaker.is_tripped(), tripped, "one in {one_in}");
        }
    }

    #[test]
    fn people_who_are_back_are_seen_after_bad_probes_too() {
        let (mut breaker, mut counted, mut now) = (Breaker::default(), Conversion::default(), 0);
        run(&mut breaker, &mut counted, &mut now, 201, i64::MAX);
        run(&mut breaker, &mut counted, &mut now, 100 * RULE.probe_every, i64::MAX);
        assert!(breaker.is_tripped());
        run(&mut breaker, &mut counted, &mut now, 50 * RULE.probe_every, 1);
        assert!(!breaker.is_tripped());
    }

    /// A limit that is lowered leaves shards behind, and with them a part of what was counted; one that is raised brings
    /// such shards back.
    #[test]
    fn another_number_of_shards_begins_a_new_window() {
        for (tripped, shards) in [(false, 2), (true, 2), (false, 32), (true, 32)] {
            let (mut breaker, mut counted, mut now) = (Breaker::default(), Conversion::default(), 0);
            run(&mut breaker, &mut counted, &mut now, 20_000, if tripped { i64::MAX } else { 2 });
            assert_eq!(breaker.is_tripped(), tripped);
            let before = breaker.over(16, counted);
            assert_eq!(before.over(16, counted), before);
            // What comes back was used a lot, or not at all: neither says anything of now.
            let verified = if tripped { counted.sent * shards / 16 } else { 0 };
            counted = Conversion { sent: counted.sent * shards / 16, verified };
            breaker = before.over(usize::try_from(shards).unwrap(), counted);
            assert_eq!(breaker.ask(RULE, counted, Timestamp::from_secs(now + 1)).1.is_tripped(), tripped);
            if tripped {
                let sent = run(&mut breaker, &mut counted, &mut now, 50 * RULE.probe_every, 1);
                assert!(!breaker.is_tripped(), "{sent} texts that were used did not bring it back");
            } else {
                let sent = run(&mut breaker, &mut counted, &mut now, 1_000, i64::MAX);
                assert!(sent <= 200 + 1_000 / RULE.probe_every, "{sent} texts: nothing is judged");
            }
        }
        assert_eq!(Breaker::default().over(2, Conversion::default()), Breaker::default(), "nothing to write");
    }
}
