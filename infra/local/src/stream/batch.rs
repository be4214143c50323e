//! Hands records to a stream function as Lambda does: in batches, which are retried after a failure in ever smaller
//! parts, until a record that fails alone is dropped.
//!
//! What Lambda does is in its guide: "Configuring partial batch response with DynamoDB and Lambda" and "Creating an
//! event source mapping". A batch is retried from the first record that was reported as failed. A report that names no
//! record of the batch counts as a failure of the whole batch. Splitting a batch does not count as a retry.

use std::collections::VecDeque;
use std::future::Future;

use crate::error::LocalError;
use crate::stream::Subscription;
use crate::stream::record::Record;

/// What became of one invocation.
#[derive(Debug)]
pub(crate) enum BatchResponse {
    /// The function ended, and reported these sequence numbers as failed.
    Reported(Vec<Option<String>>),
    /// The function did not end as it should.
    Crashed,
}

/// Hands `records` to the function until each is done or dropped. Gives back how many were dropped. It ends early when
/// the function cannot be reached, so that the records stay in the stream.
pub(crate) async fn deliver<I>(
    records: Vec<Record>,
    subscription: &Subscription,
    invoke: impl Fn(Vec<Record>) -> I,
) -> Result<usize, LocalError>
where
    I: Future<Output = Result<BatchResponse, LocalError>>,
{
    let mut dropped = 0;
    let mut waiting = batches(records, subscription.batch_size);
    while let Some(batch) = waiting.pop_front() {
        let answer = invoke(batch.records.clone()).await?;
        let failed = unfinished(batch.records, answer, subscription.reports_failures);
        // In front of all that wait, so that records stay in order.
        for part in parts(failed, batch.retries, subscription.bisect).into_iter().rev() {
            if part.retries > subscription.maximum_retries {
                dropped += part.records.len();
                log_dropped(&part.records, subscription);
            } else {
                waiting.push_front(part);
            }
        }
    }
    Ok(dropped)
}

struct Batch {
    records: Vec<Record>,
    retries: u32,
}

/// The part of a batch that an invocation left undone, and whether its first record is the cause.
struct Failed {
    records: Vec<Record>,
    first_is_cause: bool,
}

fn batches(mut records: Vec<Record>, size: usize) -> VecDeque<Batch> {
    let mut batches = VecDeque::new();
    while !records.is_empty() {
        let rest = records.split_off(size.min(records.len()));
        batches.push_back(Batch { records, retries: 0 });
        records = rest;
    }
    batches
}

fn unfinished(mut records: Vec<Record>, answer: BatchResponse, reports_failures: bool) -> Failed {
    let reported = match answer {
        BatchResponse::Crashed => return Failed { records, first_is_cause: false },
        BatchResponse::Reported(reported) if reported.is_empty() || !reports_failures => {
            return Failed { records: Vec::new(), first_is_cause: false };
        }
        BatchResponse::Reported(reported) => reported,
    };
    let place = |number: &Option<String>| {
        records.iter().position(|record| number.as_ref().is_some_and(|number| *number == record.sequence_number))
    };
    // One number that is in no record makes the whole report worthless.
    match reported.iter().map(place).collect::<Option<Vec<_>>>().and_then(|places| places.into_iter().min()) {
        Some(lowest) => Failed { records: records.split_off(lowest), first_is_cause: true },
        None => Failed { records, first_is_cause: false },
    }
}

/// What to try next, in order. Without bisecting that is all that failed; with it, a record that was reported goes
/// alone, and a batch whose cause is unknown is halved.
fn parts(failed: Failed, retries: u32, bisect: bool) -> Vec<Batch> {
    let mut first = failed.records;
    if first.is_empty() {
        return Vec::new();
    }
    if first.len() == 1 || !bisect {
        return vec![Batch { records: first, retries: retries + 1 }];
    }
    if failed.first_is_cause {
        let rest = first.split_off(1);
        return vec![Batch { records: first, retries: retries + 1 }, Batch { records: rest, retries }];
    }
    let second = first.split_off(first.len() / 2);
    vec![Batch { records: first, retries }, Batch { records: second, retries }]
}

/// On AWS the positions of dropped records go to a queue; here they are logged. Nothing logs their contents.
fn log_dropped(records: &[Record], subscription: &Subscription) {
    for record in records {
        tracing::error!(
            function = subscription.function,
            sequence_number = record.sequence_number,
            retries = subscription.maximum_retries,
            "stream record dropped: the function failed at every retry"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::ready;

    use super::*;
    use crate::stream::filter::Filter;

    const SUBSCRIPTION: fn() -> Subscription = || Subscription {
        function: "deliver-code".to_owned(),
        filter: Filter::parse(std::iter::empty()).unwrap(),
        batch_size: 4,
        maximum_age: 120,
        maximum_retries: 3,
        bisect: true,
        reports_failures: true,
    };

    /// Delivers records named 1 to `count` to a function that answers as `script` says, and writes down each batch.
    fn run(
        count: usize,
        subscription: &Subscription,
        script: impl Fn(&[String], usize) -> BatchResponse,
    ) -> (Vec<String>, usize) {
        let records = (1..=count).map(|number| Record::numbered(&number.to_string())).collect();
        let calls = RefCell::new(Vec::new());
        let invoke = |records: Vec<Record>| {
            let numbers: Vec<_> = records.into_iter().map(|record| record.sequence_number).collect();
            let answer = script(&numbers, calls.borrow().len());
            calls.borrow_mut().push(numbers.join(" "));
            ready(Ok(answer))
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let dropped = runtime.block_on(deliver(records, subscription, invoke)).unwrap();
        (calls.into_inner(), dropped)
    }

    fn reported(numbers: &[&str]) -> BatchResponse {
        BatchResponse::Reported(numbers.iter().map(|number| Some((*number).to_owned())).collect())
    }

    #[test]
    fn records_go_in_batches_and_in_order() {
        let (calls, dropped) = run(9, &SUBSCRIPTION(), |_, _| reported(&[]));
        assert_eq!(calls, ["1 2 3 4", "5 6 7 8", "9"]);
        assert_eq!(dropped, 0);
    }

    #[test]
    fn a_reported_record_is_tried_again_alone_and_what_follows_it_after_it() {
        let (calls, dropped) = run(4, &SUBSCRIPTION(), |_, call| reported(if call == 0 { &["3", "2"] } else { &[] }));
        assert_eq!(calls, ["1 2 3 4", "2", "3 4"]);
        assert_eq!(dropped, 0);
    }

    #[test]
    fn a_record_that_always_fails_is_dropped_and_holds_up_no_other() {
        let bad = |numbers: &[String], _| reported(if numbers.contains(&"1".to_owned()) { &["1"] } else { &[] });
        let (calls, dropped) = run(5, &SUBSCRIPTION(), bad);
        assert_eq!(calls, ["1 2 3 4", "1", "1", "1", "2 3 4", "5"]);
        assert_eq!(dropped, 1);
    }

    #[test]
    fn a_crash_splits_the_batch_until_the_record_that_causes_it_is_alone() {
        let bad = |numbers: &[String], _| {
            if numbers.contains(&"3".to_owned()) { BatchResponse::Crashed } else { reported(&[]) }
        };
        let (calls, dropped) = run(4, &SUBSCRIPTION(), bad);
        assert_eq!(calls, ["1 2 3 4", "1 2", "3 4", "3", "3", "3", "3", "4"]);
        assert_eq!(dropped, 1);
    }

    #[test]
    fn a_record_that_succeeds_at_the_last_retry_is_done() {
        let (calls, dropped) = run(1, &SUBSCRIPTION(), |_, call| reported(if call < 3 { &["1"] } else { &[] }));
        assert_eq!(calls.len(), 4);
        assert_eq!(dropped, 0);
    }

    #[test]
    fn a_report_that_names_no_record_of_the_batch_fails_the_whole() {
        for answer in [Some("77".to_owned()), Some(String::new()), None] {
            let script =
                |_: &[String], call| BatchResponse::Reported(if call == 0 { vec![answer.clone()] } else { Vec::new() });
            assert_eq!(run(4, &SUBSCRIPTION(), script).0, ["1 2 3 4", "1 2", "3 4"], "{answer:?}");
        }
    }

    #[test]
    fn without_bisecting_a_batch_stays_together() {
        let subscription = Subscription { bisect: false, ..SUBSCRIPTION() };
        let (calls, dropped) = run(2, &subscription, |_, _| BatchResponse::Crashed);
        assert_eq!(calls, ["1 2", "1 2", "1 2", "1 2"]);
        assert_eq!(dropped, 2);
    }

    #[test]
    fn a_report_is_not_read_where_the_template_does_not_request_it() {
        let subscription = Subscription { reports_failures: false, ..SUBSCRIPTION() };
        assert_eq!(run(2, &subscription, |_, _| reported(&["1"])), (vec!["1 2".to_owned()], 0));
    }
}
