//! The counters of texts, and the breakers.
//!
//! A counter is one item for each of its shards. The windows that run have an attribute each, named after the day or the
//! hour since 1970 (`d20820`, `h499680`; `u20820` for the texts of that day that no login followed); those of windows that
//! are over are removed by the next write. Shard 0 also has the breaker, and the switch of a country.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use serde::de::DeserializeOwned;

use super::item_key::Key;
use super::jobs::Permit;
use super::transaction::update;
use super::{Found, Item, Table, attribute, made, number, time, unbuildable};
use crate::error::{Error, Fault};
use crate::keys::NumberId;
use crate::login::request::{Counted, Subject};
use crate::sending::breaker::{Breaker, Conversion};
use crate::sending::decision::{CountryStanding, RangeStanding};
use crate::sending::job::Order;
use crate::sending::quota::{Allowance, SHARDS, Scope, Shards, Spent};
use crate::time::{DAY, HOUR, Timestamp};

/// Seconds that a counter is kept after its last change. The first of a country's stays: the operator's switch is in it.
const COUNTER_LIFE: i64 = 30 * DAY;

/// The keys of the shards of a counter that allows so much.
pub(super) fn shards(scope: &Scope, allowance: Allowance) -> impl Iterator<Item = Key> {
    (0..allowance.shards()).map(|shard| Key::budget(scope, shard))
}

/// What the shards of a counter have counted.
pub(super) fn spent(found: &Found, scope: &Scope, now: Timestamp) -> Shards {
    std::array::from_fn(|shard| spent_in(found, scope, shard, now))
}

/// What one of them has.
pub(super) fn spent_in(found: &Found, scope: &Scope, shard: usize, now: Timestamp) -> Spent {
    found.get(&Key::budget(scope, shard)).map_or_else(Spent::default, |item| Spent {
        in_the_day: count(item, &day(now)),
        in_the_hour: count(item, &hour(now)),
        unused_in_the_day: count(item, &unused(now)),
    })
}

/// What is known of a country.
pub(super) fn country(found: &Found, scope: &Scope, now: Timestamp) -> Result<CountryStanding, Error> {
    let items = || (0..SHARDS).filter_map(|shard| found.get(&Key::budget(scope, shard)));
    let sum = |name| items().map(|item| count(item, name)).sum();
    let first = found.get(&Key::budget(scope, 0));
    Ok(CountryStanding {
        spent: spent(found, scope, now),
        conversion: Conversion { sent: sum("sent"), verified: sum("verified") },
        breaker: value(first, "breaker")?.unwrap_or_default(),
        switch: value(first, "switch")?,
    })
}

/// What is known of a range of numbers.
pub(super) fn range(found: &Found, scope: &Scope, of: &NumberId, now: Timestamp) -> Result<RangeStanding, Error> {
    let Some(item) = found.get(&Key::budget(scope, 0)) else { return Ok(RangeStanding::default()) };
    let numbers = item.get(&hour(now)).and_then(|numbers| numbers.as_ss().ok()).map_or(&[][..], Vec::as_slice);
    Ok(RangeStanding {
        numbers: numbers.len(),
        has_this_number: numbers.iter().any(|number| number == of.brief()),
        conversion: Conversion { sent: count(item, "sent"), verified: count(item, "verified") },
        breaker: value(Some(item), "breaker")?.unwrap_or_default(),
    })
}

/// One shard of a counter that a text is counted in.
pub(super) struct Counter {
    scope: Scope,
    shard: usize,
    /// Its attributes whose windows are over.
    stale: Vec<String>,
}

impl Counter {
    /// As it was found. The window before the one that runs is not over, since an order can be two minutes late, and must
    /// meet the count of its own window; nor is a newer one, which others have begun.
    pub(super) fn of(found: &Found, scope: Scope, shard: usize, now: Timestamp) -> Self {
        let is_over = |name: &str| {
            let window = name.get(1..).and_then(|number| number.parse::<i64>().ok());
            let running = name.chars().next().and_then(|kind| running(kind, now));
            window.zip(running).is_some_and(|(window, running)| window < running - 1)
        };
        let names = found.get(&Key::budget(&scope, shard)).into_iter().flat_map(Item::keys);
        let stale = names.filter(|name| is_over(name)).cloned().collect();
        Self { scope, shard, stale }
    }

    /// The parts of an update expression that keep it alive and clean.
    fn changes(&self) -> String {
        let end = if self.has_an_end() { "SET expires_at = :end" } else { "" };
        let stale = (0..self.stale.len()).map(|index| format!("#stale{index}")).collect::<Vec<_>>().join(", ");
        if stale.is_empty() { end.to_owned() } else { format!("{end} REMOVE {stale}") }
    }

    /// The attributes beside the windows that count every text.
    fn totals(&self) -> &'static [&'static str] {
        if let Scope::Country(_) = self.scope { &["sent"] } else { &[] }
    }

    const fn has_an_end(&self) -> bool {
        !matches!((&self.scope, self.shard), (Scope::Country(_), 0))
    }
}

impl Table {
    /// Counts the text of an order in the budgets that its permit names, each within its limit.
    pub(super) fn spend(&self, order: &Order, permit: &Permit) -> Result<Vec<TransactWriteItem>, Error> {
        let counters = permit.counters.iter();
        let counters = counters.map(|(counter, allowance)| self.spend_one(counter, *allowance, order.asked_at));
        let range = permit.range.iter().map(|range| self.spend_range(range, order, permit));
        counters.chain(range).map(|write| write.map(update)).collect()
    }

    /// Takes the text of an order out of the budgets again: SNS refused it.
    pub(super) fn unspend(&self, order: &Order, permit: &Permit) -> Result<Vec<TransactWriteItem>, Error> {
        let counters = permit.counters.iter().map(|(counter, allowance)| {
            let windows = windows(*allowance, order.asked_at);
            let counted: Vec<_> =
                windows.iter().map(|(name, _)| name.as_str()).chain(counter.totals().iter().copied()).collect();
            self.add(&counter.scope, counter.shard, &counted, -1)
        });
        let first = -i64::from(permit.plan.is_first);
        let range = permit.range.iter().map(|range| self.add(&range.scope, range.shard, &["sent"], first));
        counters.chain(range).map(|write| write.map(update)).collect()
    }

    /// Writes down that a stranger's text was used: the budget of unused ones gets it back, and the country and the range
    /// have one login more.
    pub(super) fn used(&self, subject: &Subject) -> Result<Vec<TransactWriteItem>, Error> {
        let Some(Counted { day, shard, country_shard }) = subject.counted else { return Ok(Vec::new()) };
        let country = Scope::Country(subject.country);
        Ok(vec![
            update(self.add(&Scope::Strangers, shard, &[&unused(day)], -1)?),
            update(self.add(&country, country_shard, &["verified"], 1)?),
            update(self.add(&Scope::Range(subject.range.clone()), 0, &["verified"], 1)?),
        ])
    }

    /// Keeps a breaker that moved, where nobody else moved it. Tells whether it was kept.
    pub(super) async fn keep_breaker(&self, scope: &Scope, before: Breaker, after: Breaker) -> Result<bool, Error> {
        let call = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(Key::budget(scope, 0).item()))
            .update_expression("SET breaker = :after")
            .condition_expression("attribute_not_exists(breaker) OR breaker = :before")
            .expression_attribute_values(":after", attribute(&after)?)
            .expression_attribute_values(":before", attribute(&before)?);
        made("dynamodb UpdateItem", call.send().await)
    }

    fn spend_one(&self, counter: &Counter, allowance: Allowance, now: Timestamp) -> Result<Update, Error> {
        let (mut builder, mut has_room, mut counts) = (self.counter(counter, now), Vec::new(), Vec::new());
        for (index, (name, limit)) in windows(allowance.part(counter.shard), now).into_iter().enumerate() {
            builder = builder
                .expression_attribute_names(format!("#w{index}"), name)
                .expression_attribute_values(format!(":w{index}"), number(limit));
            has_room.push(format!("(attribute_not_exists(#w{index}) OR #w{index} < :w{index})"));
            counts.push(format!("#w{index} :one"));
        }
        counts.extend(counter.totals().iter().map(|name| format!("{name} :one")));
        builder
            .expression_attribute_values(":one", number(1))
            .update_expression(format!("{} ADD {}", counter.changes(), counts.join(", ")))
            .condition_expression(has_room.join(" AND "))
            .build()
            .map_err(unbuildable)
    }

    /// A range counts numbers, not texts: how often one number is texted, its lane says.
    fn spend_range(&self, range: &Counter, order: &Order, permit: &Permit) -> Result<Update, Error> {
        let this = order.number_id.brief().to_owned();
        self.counter(range, order.asked_at)
            .update_expression(format!("{} ADD #hour :numbers, sent :first", range.changes()))
            .condition_expression("attribute_not_exists(#hour) OR contains(#hour, :number) OR size(#hour) < :limit")
            .expression_attribute_names("#hour", hour(order.asked_at))
            .expression_attribute_values(":number", AttributeValue::S(this.clone()))
            .expression_attribute_values(":numbers", AttributeValue::Ss(vec![this]))
            .expression_attribute_values(":limit", number(permit.limits.of_a_range_in_an_hour))
            .expression_attribute_values(":first", number(permit.plan.is_first))
            .build()
            .map_err(unbuildable)
    }

    fn counter(&self, counter: &Counter, now: Timestamp) -> UpdateBuilder {
        let key = Key::budget(&counter.scope, counter.shard).item();
        let builder = Update::builder().table_name(&self.name).set_key(Some(key));
        let stale = counter.stale.iter().enumerate();
        let builder = stale
            .fold(builder, |builder, (index, name)| builder.expression_attribute_names(format!("#stale{index}"), name));
        if counter.has_an_end() {
            builder.expression_attribute_values(":end", time(now.plus(COUNTER_LIFE)))
        } else {
            builder
        }
    }

    /// Adds to some attributes of a counter, whatever they are.
    fn add(&self, scope: &Scope, shard: usize, attributes: &[&str], by: i64) -> Result<Update, Error> {
        let key = Key::budget(scope, shard).item();
        let builder = Update::builder().table_name(&self.name).set_key(Some(key));
        let names = (0..attributes.len()).map(|index| format!("#a{index} :by")).collect::<Vec<_>>().join(", ");
        let builder = attributes
            .iter()
            .enumerate()
            .fold(builder, |builder, (index, name)| builder.expression_attribute_names(format!("#a{index}"), *name));
        let builder = builder.update_expression(format!("ADD {names}")).expression_attribute_values(":by", number(by));
        builder.build().map_err(unbuildable)
    }
}

/// The windows in which a text is counted now, each with its limit.
fn windows(allowance: Allowance, now: Timestamp) -> Vec<(String, u32)> {
    let hour = allowance.in_an_hour.map(|limit| (hour(now), limit));
    let unused = allowance.unused_in_a_day.map(|limit| (unused(now), limit));
    [Some((day(now), allowance.in_a_day)), hour, unused].into_iter().flatten().collect()
}

/// Which window of a kind runs: the number of its day or hour since 1970.
const fn running(kind: char, now: Timestamp) -> Option<i64> {
    match kind {
        'd' | 'u' => Some(now.secs().div_euclid(DAY)),
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

fn unused(now: Timestamp) -> String {
    window('u', now)
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
    read.map_err(|_| Error::Internal(Fault::new("budget", "cannot be read")))
}
