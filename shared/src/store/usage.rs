//! The counters of texts.
//!
//! A counter is split over shards, up to [`SHARDS`] items with a part of the limit each. Together they never pass the
//! limit, and they nearly reach it, since a text goes to a shard that has room. No other part of the code knows of
//! shards.
//!
//! Each window that runs is an attribute, named after the day or the hour since 1970: `d20820` and `h499680` count
//! texts, `u20820` the texts of that day that no login followed, `v20820` those that one followed. Attributes of
//! windows that are over are removed by the next write. Shard 0 of a country also has the operator's override.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use serde::de::DeserializeOwned;

use super::item_key::Key;
use super::transaction::update;
use super::{Found, Item, SCHEMA, SCHEMA_VERSION, Table, number, time, unbuildable};
use crate::error::{Error, RedactedError};
use crate::keys::NumberId;
use crate::login::proof::{Target, UsageRef};
use crate::sending::quota::{BlockUsage, CountryUsage, Quota, QuotaLimits, QuotaScope, Usage};
use crate::time::{DAY, HOUR, Timestamp};

/// The most items over which a counter is split.
pub(super) const SHARDS: usize = 16;
/// The smallest part of a limit that each shard has in its shortest window. A smaller limit uses fewer shards: it
/// bounds the load by itself, and each shard is one more read for each text.
const LEAST_PART: u32 = 100;
/// Seconds that a counter is kept after its last change. Shard 0 of a country stays: the operator's override is in it.
const COUNTER_LIFE: i64 = 30 * DAY;

/// How many shards the counter of `scope` has. A limit that is raised adds shards; one that is lowered leaves some,
/// with their counts, behind.
pub(super) fn shards(scope: &QuotaScope, limits: &QuotaLimits) -> usize {
    let smallest = match scope {
        QuotaScope::Unrecognized => limits.unrecognized_per_day.min(limits.unverified_per_day),
        QuotaScope::Recognized => limits.recognized_per_day,
        QuotaScope::Country(_) => limits.country_per_day.min(limits.country_per_hour),
        QuotaScope::RecognizedOfNumber(_) | QuotaScope::Block(_) => 0,
    };
    usize::try_from(smallest / LEAST_PART).unwrap_or(SHARDS).clamp(1, SHARDS)
}

/// The keys of all shards of a counter.
pub(super) fn keys(scope: &QuotaScope, limits: &QuotaLimits) -> impl Iterator<Item = Key> {
    (0..shards(scope, limits)).map(|shard| Key::quota(scope, shard))
}

/// What a counter has counted, in all its shards.
pub(super) fn usage(found: &Found, scope: &QuotaScope, now: Timestamp) -> Usage {
    (0..SHARDS).map(|shard| usage_of_shard(found, scope, shard, now)).fold(Usage::default(), |sum, shard| Usage {
        today: sum.today + shard.today,
        this_hour: sum.this_hour + shard.this_hour,
        unverified_today: sum.unverified_today + shard.unverified_today,
    })
}

fn usage_of_shard(found: &Found, scope: &QuotaScope, shard: usize, now: Timestamp) -> Usage {
    found.get(&Key::quota(scope, shard)).map_or_else(Usage::default, |item| Usage {
        today: count(item, &day(now)),
        this_hour: count(item, &hour(now)),
        unverified_today: count(item, &unverified(now)),
    })
}

/// What is known of a country.
pub(super) fn country(found: &Found, scope: &QuotaScope, now: Timestamp) -> Result<CountryUsage, Error> {
    let shards = || (0..SHARDS).filter_map(|shard| found.get(&Key::quota(scope, shard)));
    let of_day = |day: Timestamp| {
        let verified = shards().map(|item| count(item, &verified(day))).sum::<i64>();
        u32::try_from(verified).unwrap_or_default()
    };
    Ok(CountryUsage {
        usage: usage(found, scope, now),
        verified_today: of_day(now),
        verified_the_day_before: of_day(now.plus(-DAY)),
        operator_override: value(found.get(&Key::quota(scope, 0)), "override")?,
    })
}

/// What is known of a number block.
pub(super) fn block(found: &Found, scope: &QuotaScope, of: &NumberId, now: Timestamp) -> BlockUsage {
    let numbers = found.get(&Key::quota(scope, 0)).and_then(|item| item.get(&hour(now))?.as_ss().ok());
    let numbers = numbers.map_or(&[][..], Vec::as_slice);
    BlockUsage { numbers: numbers.len(), has_this_number: numbers.iter().any(|number| number == of.brief()) }
}

/// One text in one shard of a counter, and what the shard may have.
pub(super) struct Charge {
    scope: QuotaScope,
    pub(super) shard: usize,
    /// The shard's part of the quota.
    part: Quota,
    /// Attributes of the shard whose windows are over.
    stale: Vec<String>,
}

impl Charge {
    /// Charges a shard that has room, beginning at a drawn one, so that texts at the same time seldom meet in one. None
    /// when no shard has room.
    ///
    /// The windows of a counter can be used up in different shards, so that none has room although all together do.
    pub(super) fn with_room(
        found: &Found,
        scope: QuotaScope,
        quota: Quota,
        (limits, draw): (&QuotaLimits, usize),
        now: Timestamp,
    ) -> Option<Self> {
        let shards = shards(&scope, limits);
        let mut drawn = (0..shards).map(|step| draw.wrapping_add(step) % shards);
        let shard =
            drawn.find(|&shard| part(quota, shard, shards).has_room(usage_of_shard(found, &scope, shard, now)))?;
        let stale = stale(found, &scope, shard, now);
        Some(Self { scope, shard, part: part(quota, shard, shards), stale })
    }
}

/// One number in the set of a block's hour.
pub(super) struct BlockCharge {
    scope: QuotaScope,
    number: String,
    limit: u32,
    stale: Vec<String>,
}

impl BlockCharge {
    pub(super) fn of(found: &Found, scope: QuotaScope, number: &NumberId, limit: u32, now: Timestamp) -> Self {
        let stale = stale(found, &scope, 0, now);
        Self { scope, number: number.brief().to_owned(), limit, stale }
    }
}

/// The attributes of a shard whose windows are over. The window before the one that runs is not over: a job can be two
/// minutes late and must meet the count of its own window, and the logins of a country's day before are a quota of
/// today. Nor is a newer one, which other jobs have begun.
fn stale(found: &Found, scope: &QuotaScope, shard: usize, now: Timestamp) -> Vec<String> {
    let is_over = |name: &str| {
        let window = name.get(1..).and_then(|number| number.parse::<i64>().ok());
        let running = name.chars().next().and_then(|kind| running(kind, now));
        window.zip(running).is_some_and(|(window, running)| window < running - 1)
    };
    let names = found.get(&Key::quota(scope, shard)).into_iter().flat_map(Item::keys);
    names.filter(|name| is_over(name)).cloned().collect()
}

impl Table {
    /// Counts a text in one shard, within its part of the quota.
    pub(super) fn charge(&self, charge: &Charge, now: Timestamp) -> Result<Update, Error> {
        let (mut has_room, mut counts) = (Vec::new(), Vec::new());
        let mut builder = self.counter(&charge.scope, charge.shard, &charge.stale, now);
        for (index, (name, limit)) in windows(charge.part, now).into_iter().enumerate() {
            builder = builder.expression_attribute_names(format!("#w{index}"), name);
            counts.push(format!("#w{index} :one"));
            if let Some(limit) = limit {
                builder = builder.expression_attribute_values(format!(":w{index}"), number(limit));
                has_room.push(format!("(attribute_not_exists(#w{index}) OR #w{index} < :w{index})"));
            }
        }
        builder
            .expression_attribute_values(":one", number(1))
            .update_expression(format!(
                "{} ADD {}",
                changes(&charge.scope, charge.shard, &charge.stale),
                counts.join(", ")
            ))
            .condition_expression(has_room.join(" AND "))
            .build()
            .map_err(unbuildable)
    }

    /// Takes a text that SNS refused out of its shard.
    pub(super) fn refund(&self, charge: &Charge, now: Timestamp) -> Result<Update, Error> {
        let windows = windows(charge.part, now);
        let names: Vec<_> = windows.iter().map(|(name, _)| name.as_str()).collect();
        self.add(&charge.scope, charge.shard, &names, -1)
    }

    /// Adds a number to the set of its block's hour. A block counts numbers, not texts: how often one number gets a
    /// text is decided by its throttle. A number whose text SNS refused stays in the set.
    pub(super) fn charge_block(&self, charge: &BlockCharge, now: Timestamp) -> Result<Update, Error> {
        self.counter(&charge.scope, 0, &charge.stale, now)
            .update_expression(format!("{} ADD #hour :numbers", changes(&charge.scope, 0, &charge.stale)))
            .condition_expression("attribute_not_exists(#hour) OR contains(#hour, :number) OR size(#hour) < :limit")
            .expression_attribute_names("#hour", hour(now))
            .expression_attribute_values(":number", AttributeValue::S(charge.number.clone()))
            .expression_attribute_values(":numbers", AttributeValue::Ss(vec![charge.number.clone()]))
            .expression_attribute_values(":limit", number(charge.limit))
            .build()
            .map_err(unbuildable)
    }

    /// Records that a text to an unrecognized browser was verified: the quota of unverified texts gets it back, and the
    /// country has one verified text more.
    pub(super) fn verify_text(&self, target: &Target) -> Result<Vec<TransactWriteItem>, Error> {
        let Some(UsageRef { day, shard, country_shard }) = target.usage_ref else { return Ok(Vec::new()) };
        let country = Key::quota(&QuotaScope::Country(target.country), country_shard);
        let country = Update::builder()
            .table_name(&self.name)
            .set_key(Some(country.item()))
            .update_expression("SET #schema = :schema ADD #unverified :less, #verified :more")
            .expression_attribute_names("#schema", SCHEMA)
            .expression_attribute_values(":schema", number(SCHEMA_VERSION))
            .expression_attribute_names("#unverified", unverified(day))
            .expression_attribute_names("#verified", verified(day))
            .expression_attribute_values(":less", number(-1))
            .expression_attribute_values(":more", number(1));
        Ok(vec![
            update(self.add(&QuotaScope::Unrecognized, shard, &[&unverified(day)], -1)?),
            update(country.build().map_err(unbuildable)?),
        ])
    }

    /// An update of a shard, with the names and values of [`changes`].
    fn counter(&self, scope: &QuotaScope, shard: usize, stale: &[String], now: Timestamp) -> UpdateBuilder {
        let builder = Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::quota(scope, shard).item()))
            .expression_attribute_names("#schema", SCHEMA)
            .expression_attribute_values(":schema", number(SCHEMA_VERSION));
        let builder = stale
            .iter()
            .enumerate()
            .fold(builder, |builder, (index, name)| builder.expression_attribute_names(format!("#stale{index}"), name));
        if has_an_end(scope, shard) {
            builder.expression_attribute_values(":end", time(now.plus(COUNTER_LIFE)))
        } else {
            builder
        }
    }

    /// Adds to some attributes of a shard, whatever they are.
    fn add(&self, scope: &QuotaScope, shard: usize, attributes: &[&str], by: i64) -> Result<Update, Error> {
        let key = Key::quota(scope, shard).item();
        let builder = Update::builder().table_name(&self.name).set_key(Some(key));
        let names = (0..attributes.len()).map(|index| format!("#a{index} :by")).collect::<Vec<_>>().join(", ");
        let builder = attributes
            .iter()
            .enumerate()
            .fold(builder, |builder, (index, name)| builder.expression_attribute_names(format!("#a{index}"), *name));
        builder
            .update_expression(format!("SET #schema = :schema ADD {names}"))
            .expression_attribute_names("#schema", SCHEMA)
            .expression_attribute_values(":schema", number(SCHEMA_VERSION))
            .expression_attribute_values(":by", number(by))
            .build()
            .map_err(unbuildable)
    }
}

/// The parts of an update expression that keep a shard alive and clean.
fn changes(scope: &QuotaScope, shard: usize, stale: &[String]) -> String {
    let end = if has_an_end(scope, shard) { ", expires_at = :end" } else { "" };
    let stale = (0..stale.len()).map(|index| format!("#stale{index}")).collect::<Vec<_>>().join(", ");
    let remove = if stale.is_empty() { String::new() } else { format!(" REMOVE {stale}") };
    format!("SET #schema = :schema{end}{remove}")
}

const fn has_an_end(scope: &QuotaScope, shard: usize) -> bool {
    !matches!((scope, shard), (QuotaScope::Country(_), 0))
}

/// The part of one shard. Each limit is split as equally as it can be.
fn part(quota: Quota, shard: usize, shards: usize) -> Quota {
    let (shard, shards) = (u32::try_from(shard).unwrap_or(u32::MAX), u32::try_from(shards).unwrap_or(u32::MAX));
    let part = |limit: u32| if shard < shards { limit / shards + u32::from(shard < limit % shards) } else { 0 };
    Quota {
        per_day: part(quota.per_day),
        per_hour: quota.per_hour.map(part),
        unverified_per_day: quota.unverified_per_day.map(part),
    }
}

/// The windows in which a text is counted, each with its limit, if it has one. A country counts its unverified texts
/// even where the operator lifted their limit, so that the count is right when the limit comes back.
fn windows(quota: Quota, now: Timestamp) -> Vec<(String, Option<u32>)> {
    let hour = quota.per_hour.map(|limit| (hour(now), Some(limit)));
    let counts_unverified = quota.unverified_per_day.is_some() || quota.per_hour.is_some();
    let unverified = counts_unverified.then(|| (unverified(now), quota.unverified_per_day));
    [Some((day(now), Some(quota.per_day))), hour, unverified].into_iter().flatten().collect()
}

/// Which window of a kind runs: the number of its day or hour since 1970.
const fn running(kind: char, now: Timestamp) -> Option<i64> {
    match kind {
        'd' | 'u' | 'v' => Some(now.secs().div_euclid(DAY)),
        'h' => Some(now.secs().div_euclid(HOUR)),
        _ => None,
    }
}

fn day(now: Timestamp) -> String {
    window('d', now)
}

fn hour(now: Timestamp) -> String {
    window('h', now)
}

fn unverified(now: Timestamp) -> String {
    window('u', now)
}

fn verified(now: Timestamp) -> String {
    window('v', now)
}

fn window(kind: char, now: Timestamp) -> String {
    format!("{kind}{}", running(kind, now).unwrap_or_default())
}

fn count(item: &Item, name: &str) -> i64 {
    item.get(name).and_then(|value| value.as_n().ok()).and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn value<T: DeserializeOwned>(item: Option<&Item>, name: &str) -> Result<Option<T>, Error> {
    let value = item.and_then(|item| item.get(name)).cloned();
    let read = value.map(serde_dynamo::from_attribute_value).transpose();
    read.map_err(|_| Error::Internal(RedactedError::new("quota", "cannot be read")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
    const ALL: QuotaScope = QuotaScope::Unrecognized;

    fn quota(per_day: u32, per_hour: u32) -> Quota {
        Quota { per_day, per_hour: Some(per_hour), unverified_per_day: Some(per_day) }
    }

    /// Shards of the counter of all unrecognized browsers, each with what it has counted.
    fn found(shards: &[Usage]) -> Found {
        let item = |usage: &Usage| {
            let counts =
                [(day(NOW), usage.today), (hour(NOW), usage.this_hour), (unverified(NOW), usage.unverified_today)];
            counts.into_iter().map(|(name, count)| (name, number(count))).collect::<Item>()
        };
        let items = shards.iter().enumerate().map(|(shard, usage)| (Key::quota(&ALL, shard), item(usage)));
        Found(items.collect::<HashMap<_, _>>())
    }

    fn limits(per_day: u32, unverified_per_day: u32) -> QuotaLimits {
        QuotaLimits { unrecognized_per_day: per_day, unverified_per_day, ..QuotaLimits::default() }
    }

    #[test]
    fn the_parts_of_a_limit_are_the_limit() {
        for (day, hour, shards) in
            [(0, 0, 1), (1, 1, 2), (15, 15, 16), (217, 216, 2), (1_000, 200, 2), (65_537, 9_999, 16)]
        {
            let quota = quota(day, hour);
            let sum = |limit: fn(Quota) -> u32| (0..SHARDS).map(|shard| limit(part(quota, shard, shards))).sum::<u32>();
            assert_eq!((sum(|part| part.per_day), sum(|part| part.per_hour.unwrap())), (day, hour));
            assert_eq!(sum(|part| part.unverified_per_day.unwrap()), day);
        }
    }

    #[test]
    fn a_counter_has_a_shard_for_each_hundred_of_its_smallest_limit() {
        let of = |unverified| shards(&ALL, &limits(100_000, unverified));
        assert_eq!([0, 99, 200, 1_599, 1_600, 9_999].map(of), [1, 1, 2, 15, 16, 16]);
        let country =
            QuotaScope::Country(crate::phone::Countries::every("SE").unwrap().read("+46701740605").unwrap().country());
        let scopes = [ALL, country, QuotaScope::Recognized];
        assert_eq!(scopes.map(|scope| shards(&scope, &QuotaLimits::default())), [3, 2, 10]);
    }

    #[test]
    fn a_limit_is_reached_and_not_passed_whatever_is_drawn() {
        for draws in [|_| 0, |text| text, |text| text * 7 + 3] as [fn(usize) -> usize; 3] {
            let limits = limits(730, 730);
            let (mut usages, mut texts) = (vec![Usage::default(); SHARDS], 0);
            while let Some(charge) =
                Charge::with_room(&found(&usages), ALL, limits.unrecognized(), (&limits, draws(texts)), NOW)
            {
                usages[charge.shard].today += 1;
                texts += 1;
            }
            assert_eq!((texts, usage(&found(&usages), &ALL, NOW).today), (730, 730));
        }
    }

    #[test]
    fn a_shard_that_logins_emptied_below_zero_does_not_lift_the_limit_of_the_others() {
        let limits = limits(100_000, 1_600);
        let full = Usage { unverified_today: 100, ..Usage::default() };
        let mut usages = vec![full; SHARDS];
        usages[3].unverified_today = -20;
        let shard = |usages: &[Usage]| {
            let charge = Charge::with_room(&found(usages), ALL, limits.unrecognized(), (&limits, 0), NOW);
            charge.map(|charge| charge.shard)
        };
        assert_eq!(shard(&usages), Some(3));
        usages[3] = full;
        assert_eq!(shard(&usages), None);
    }

    /// The day before stays: late jobs and a country's quota need it.
    #[test]
    fn only_windows_that_are_over_for_good_are_stale() {
        let (days, hours) = (NOW.secs() / DAY, NOW.secs() / HOUR);
        let names = [
            format!("d{days}"),
            format!("v{}", days - 1),
            format!("u{}", days - 2),
            format!("h{}", hours - 1),
            format!("h{}", hours - 2),
            format!("d{}", days + 1),
            "override".to_owned(),
            "expires_at".to_owned(),
        ];
        let item: Item = names.iter().map(|name| (name.clone(), number(1))).collect();
        let found = Found(HashMap::from([(Key::quota(&ALL, 0), item)]));
        let mut stale = stale(&found, &ALL, 0, NOW);
        stale.sort();
        assert_eq!(stale, [format!("h{}", hours - 2), format!("u{}", days - 2)]);
    }
}
