//! Reads the table's stream and hands its records to `deliver-code`, as Lambda's poller does.

use aws_lambda_events::event::streams::DynamoDbEventResponse;
use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::error::ProvideErrorMetadata;
use aws_sdk_dynamodbstreams::types::{Record as Read, ShardIteratorType};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::error::{Failure, LocalError, reason};
use crate::functions::Function;
use crate::stream::Subscription;
use crate::stream::batch::{self, BatchResponse};
use crate::stream::position::Position;
use crate::stream::record::Record;

/// As many records as one call gives at most. Where it gives fewer the end is reached, or near; asking again at once
/// would cost as much as the call before.
const LARGEST_PAGE: usize = 1_000;

/// Carries the records of one stream to one function.
pub(crate) struct StreamPoller {
    client: Client,
    stream: String,
    subscription: Subscription,
    function: Function,
    /// The clock that stamped the records, so that their age can be computed.
    clock: Clock,
    position: Option<Position>,
    shards: Mutex<Vec<Shard>>,
}

/// A shard of the stream, and how far it was read.
struct Shard {
    id: String,
    parent: Option<String>,
    iterator: Option<String>,
    last_read: Option<String>,
    finished: bool,
}

impl StreamPoller {
    pub(crate) fn new(
        client: Client,
        stream: String,
        function: Function,
        subscription: Subscription,
        clock: Clock,
        position: Option<Position>,
    ) -> Self {
        Self { client, stream, subscription, function, clock, position, shards: Mutex::default() }
    }

    /// Hands the new records that the filter selects to the function, and gives back how many. Passes never overlap.
    pub(crate) async fn pass(&self) -> Result<usize, LocalError> {
        let mut shards = self.shards.lock().await;
        let mut delivered = 0;
        loop {
            // A shard that ended is continued by others, which have to be found first.
            if shards.is_empty() || shards.iter().all(|shard| shard.finished) {
                self.find_shards(&mut shards).await?;
            }
            let mut one_ended = false;
            for place in 0..shards.len() {
                if may_be_read(&shards, place) {
                    delivered += self.read(&mut shards[place]).await?;
                    one_ended |= shards[place].finished;
                }
            }
            if !one_ended {
                return Ok(delivered);
            }
            self.find_shards(&mut shards).await?;
        }
    }

    /// Lists the shards of the stream. Shards that were listed before keep their position; those that no longer exist
    /// are removed.
    async fn find_shards(&self, shards: &mut Vec<Shard>) -> Result<(), LocalError> {
        let listed = self.list_shards().await?;
        let mut earlier = std::mem::take(shards);
        shards.extend(listed.into_iter().map(|mut shard| {
            if let Some(place) = earlier.iter().position(|other| other.id == shard.id) {
                return earlier.swap_remove(place);
            }
            shard.last_read = self.position.as_ref().and_then(|position| position.read(&self.stream, &shard.id));
            shard
        }));
        Ok(())
    }

    async fn list_shards(&self) -> Result<Vec<Shard>, LocalError> {
        let (mut shards, mut start) = (Vec::new(), None);
        loop {
            let request = self.client.describe_stream().stream_arn(&self.stream).set_exclusive_start_shard_id(start);
            let page = request.send().await.map_err(|error| LocalError::Stream(reason(&error)))?;
            let page = page.stream_description.ok_or_else(|| LocalError::Stream("no description".to_owned()))?;
            let listed = page.shards.unwrap_or_default().into_iter();
            shards.extend(listed.map(|shard| Shard::new(shard.shard_id.unwrap_or_default(), shard.parent_shard_id)));
            start = page.last_evaluated_shard_id;
            if start.is_none() {
                return Ok(shards);
            }
        }
    }

    /// Reads a shard to its present end, and hands over its records.
    async fn read(&self, shard: &mut Shard) -> Result<usize, LocalError> {
        let mut delivered = 0;
        loop {
            let iterator = match shard.iterator.take() {
                Some(iterator) => iterator,
                None => self.iterator(shard).await?,
            };
            let page = match self.client.get_records().shard_iterator(iterator).send().await {
                Ok(page) => page,
                Err(error) => {
                    // An iterator expires after minutes, a record after a day. The next pass starts with a new
                    // iterator.
                    return match error.as_service_error().and_then(ProvideErrorMetadata::code) {
                        Some("ExpiredIteratorException") => Ok(delivered),
                        Some("TrimmedDataAccessException") => {
                            shard.last_read = None;
                            Ok(delivered)
                        }
                        _ => Err(LocalError::Stream(reason(&error))),
                    };
                }
            };
            let records = page.records.unwrap_or_default();
            let last = records.last().and_then(|last| last.dynamodb.as_ref()?.sequence_number.clone());
            let is_end = records.len() < LARGEST_PAGE;
            // The position advances only after the records were handed over. After a failure they are read once more.
            delivered += self.hand_over(records).await?;
            shard.finished = page.next_shard_iterator.is_none();
            shard.iterator = page.next_shard_iterator;
            if let Some(last) = last {
                self.keep(&shard.id, &last)?;
                shard.last_read = Some(last);
            }
            if shard.finished || is_end {
                return Ok(delivered);
            }
        }
    }

    fn keep(&self, shard: &str, last: &str) -> Result<(), LocalError> {
        let Some(position) = &self.position else { return Ok(()) };
        let kept = position.write(&self.stream, shard, last);
        kept.map_err(|error| LocalError::Stream(format!("the place in it cannot be kept beside the table: {error}")))
    }

    /// A new position to read from: after the last record that was read, by this run or by one before it, or at the
    /// beginning.
    async fn iterator(&self, shard: &Shard) -> Result<String, LocalError> {
        let request = self.client.get_shard_iterator().stream_arn(&self.stream).shard_id(&shard.id);
        let request = match &shard.last_read {
            Some(last) => request.shard_iterator_type(ShardIteratorType::AfterSequenceNumber).sequence_number(last),
            None => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
        };
        let answer = request.send().await.map_err(|error| LocalError::Stream(reason(&error)))?;
        answer.shard_iterator.ok_or_else(|| LocalError::Stream("no iterator".to_owned()))
    }

    async fn hand_over(&self, records: Vec<Read>) -> Result<usize, LocalError> {
        let oldest = (self.clock)().plus(-self.subscription.maximum_age);
        let wanted: Vec<_> = records
            .into_iter()
            .filter_map(|record| Record::read(record, &self.stream))
            .filter(|record| record.written_at >= oldest && self.subscription.filter.matches(&record.json))
            .collect();
        let count = wanted.len();
        batch::deliver(wanted, &self.subscription, |records| self.invoke(records)).await?;
        Ok(count)
    }

    /// Hands over one record that the caller has, whatever the stream has. Gives back whether it is done: the stream must
    /// bring it again if not.
    pub(crate) async fn hand_over_again(&self, record: Value) -> Result<bool, LocalError> {
        let answer = self.function.invoke(json!({ "Records": [record] }), String::new()).await;
        match answer {
            Ok(answer) => {
                Ok(serde_json::from_value(answer)
                    .is_ok_and(|it: DynamoDbEventResponse| it.batch_item_failures.is_empty()))
            }
            Err(Failure::Crashed) => Ok(false),
            Err(Failure::Unreachable(error)) => Err(error),
        }
    }

    async fn invoke(&self, records: Vec<Record>) -> Result<BatchResponse, LocalError> {
        let records: Vec<_> = records.into_iter().map(|record| record.json).collect();
        match self.function.invoke(json!({ "Records": records }), String::new()).await {
            Ok(answer) => Ok(serde_json::from_value(answer).map_or(BatchResponse::Crashed, reported)),
            Err(Failure::Crashed) => Ok(BatchResponse::Crashed),
            Err(Failure::Unreachable(error)) => Err(error),
        }
    }
}

fn reported(response: DynamoDbEventResponse) -> BatchResponse {
    BatchResponse::Reported(response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect())
}

impl Shard {
    fn new(id: String, parent: Option<String>) -> Self {
        Self { id, parent, iterator: None, last_read: None, finished: false }
    }
}

/// A shard waits for its parent, so that records stay in order.
fn may_be_read(shards: &[Shard], place: usize) -> bool {
    let shard = &shards[place];
    let waits = |parent: &String| shards.iter().any(|other| other.id == *parent && !other.finished);
    !shard.finished && !shard.parent.as_ref().is_some_and(waits)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::sync::{Arc, Mutex as Plain};

    use aws_sdk_dynamodb::types::AttributeValue;
    use shared::time::Timestamp;

    use super::*;
    use crate::functions::{self, StreamFunction};
    use crate::remote::Remote;
    use crate::template::Template;
    use crate::{EmbeddedDynamoDb, clients, table};

    /// A table with its stream, a clock, and a function that writes down the items that it gets.
    struct Rig {
        engine: EmbeddedDynamoDb,
        poller: StreamPoller,
        time: Arc<AtomicI64>,
        seen: Arc<Plain<Vec<String>>>,
    }

    impl Rig {
        async fn new() -> Self {
            let time = Arc::new(AtomicI64::new(1_700_000_000));
            let shown = time.clone();
            let clock: Clock = Arc::new(move || Timestamp::from_secs(shown.load(Ordering::SeqCst)));
            let engine = EmbeddedDynamoDb::memory(clock).await.unwrap();
            let template = Template::embedded().unwrap();
            let client = clients::dynamodb(engine.endpoint());
            let stream = table::ensure(&client, engine.table(), &template.table).await.unwrap();
            // The table is there already, which is fine.
            assert_eq!(table::ensure(&client, engine.table(), &template.table).await.unwrap(), stream);
            let seen = Arc::new(Plain::new(Vec::new()));
            let clock = engine.clock().clone();
            let poller = StreamPoller::new(
                clients::streams(engine.endpoint()),
                stream,
                Function::Here(functions::stream(writes_down(seen.clone()))),
                template.subscription,
                clock,
                None,
            );
            Self { engine, poller, time, seen }
        }

        async fn put(&self, key: &str, state: &str) {
            let text = |text: &str| AttributeValue::S(text.to_owned());
            let put = clients::dynamodb(self.engine.endpoint()).put_item().table_name(self.engine.table());
            let put = put.item("pk", text(key)).item("sk", text("REQUEST")).item("state", text(state));
            let put = put.item("untried", text("yes"));
            put.item("expires_at", AttributeValue::N("1700000900".to_owned())).send().await.unwrap();
        }

        fn seen(&self) -> Vec<String> {
            std::mem::take(&mut self.seen.lock().unwrap())
        }
    }

    /// A function that panics at an item named `bad`.
    fn writes_down(seen: Arc<Plain<Vec<String>>>) -> StreamFunction {
        Arc::new(move |event| {
            let seen = seen.clone();
            Box::pin(async move {
                let keys = event.records.iter().map(|record| match &record.change.keys["pk"] {
                    serde_dynamo::AttributeValue::S(key) => key.clone(),
                    other => panic!("{other:?}"),
                });
                let keys: Vec<_> = keys.collect();
                assert!(!keys.contains(&"bad".to_owned()), "a bug");
                seen.lock().unwrap().extend(keys);
                DynamoDbEventResponse::default()
            })
        })
    }

    #[tokio::test]
    async fn new_records_that_the_filter_selects_are_handed_over_once() {
        let rig = Rig::new().await;
        assert_eq!(rig.poller.pass().await.unwrap(), 0);
        for (key, state) in [("1", "requested"), ("2", "sent"), ("3", "requested")] {
            rig.put(key, state).await;
        }
        assert_eq!(rig.poller.pass().await.unwrap(), 2);
        assert_eq!(rig.seen(), ["1", "3"]);
        rig.put("3", "sent").await;
        rig.put("2", "requested").await;
        assert_eq!(rig.poller.pass().await.unwrap(), 1);
        assert_eq!(rig.seen(), ["2"]);
        assert_eq!(rig.poller.pass().await.unwrap(), 0);
    }

    /// A table in a file outlives the program.
    #[tokio::test]
    async fn the_next_run_goes_on_where_the_last_one_ended() {
        let folder = tempfile::tempdir().unwrap();
        let mut rig = Rig::new().await;
        rig.poller.position = Some(Position::beside(&folder.path().join("table")));
        rig.put("1", "requested").await;
        assert_eq!(rig.poller.pass().await.unwrap(), 1);
        rig.put("2", "requested").await;
        let again = |position| {
            let StreamPoller { client, stream, subscription, function, clock, .. } = &rig.poller;
            let (client, stream, function) = (client.clone(), stream.clone(), function.clone());
            StreamPoller::new(client, stream, function, subscription.clone(), clock.clone(), position)
        };
        assert_eq!(again(rig.poller.position.clone()).pass().await.unwrap(), 1);
        assert_eq!(rig.seen(), ["1", "2"]);
        assert_eq!(again(rig.poller.position.clone()).pass().await.unwrap(), 0);
        assert_eq!(again(None).pass().await.unwrap(), 2);
    }

    /// It was handed over all the same, and is not handed over again by this run.
    #[tokio::test]
    async fn a_place_that_cannot_be_kept_is_said() {
        let mut rig = Rig::new().await;
        rig.poller.position = Some(Position::beside(std::path::Path::new("/nowhere/table")));
        rig.put("1", "requested").await;
        assert!(
            matches!(rig.poller.pass().await, Err(LocalError::Stream(reason)) if reason.contains("beside the table"))
        );
        assert_eq!(rig.poller.pass().await.unwrap(), 0);
        assert_eq!(rig.seen(), ["1"]);
    }

    #[tokio::test]
    async fn many_records_are_read_to_the_end() {
        let rig = Rig::new().await;
        for number in 0..25 {
            rig.put(&number.to_string(), "requested").await;
        }
        assert_eq!(rig.poller.pass().await.unwrap(), 25);
        assert_eq!(rig.seen(), (0..25).map(|number| number.to_string()).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_record_that_makes_the_function_panic_holds_up_no_other() {
        let rig = Rig::new().await;
        for key in ["1", "bad", "2"] {
            rig.put(key, "requested").await;
        }
        assert_eq!(rig.poller.pass().await.unwrap(), 3);
        assert_eq!(rig.seen(), ["1", "2"]);
    }

    #[tokio::test]
    async fn records_wait_for_a_function_that_cannot_be_reached() {
        let mut rig = Rig::new().await;
        let writes_down = rig.poller.function.clone();
        rig.put("1", "requested").await;
        rig.poller.function = Function::There(Remote::parse("http://127.0.0.1:1").unwrap(), "deliver-code".to_owned());
        for _ in 0..2 {
            assert!(matches!(rig.poller.pass().await, Err(LocalError::Functions { .. })));
        }
        rig.put("2", "requested").await;
        rig.poller.function = writes_down;
        assert_eq!(rig.poller.pass().await.unwrap(), 2);
        assert_eq!(rig.seen(), ["1", "2"]);
    }

    #[tokio::test]
    async fn records_that_are_too_old_are_skipped() {
        let rig = Rig::new().await;
        rig.put("old", "requested").await;
        rig.time.fetch_add(100, Ordering::SeqCst);
        rig.put("new", "requested").await;
        rig.time.fetch_add(21, Ordering::SeqCst);
        assert_eq!(rig.poller.pass().await.unwrap(), 1);
        assert_eq!(rig.seen(), ["new"]);
    }

    #[tokio::test]
    async fn an_iterator_that_is_gone_is_replaced_by_one_after_what_was_read() {
        let rig = Rig::new().await;
        rig.put("1", "requested").await;
        rig.poller.pass().await.unwrap();
        rig.poller.shards.lock().await[0].iterator = None;
        rig.put("2", "requested").await;
        assert_eq!(rig.poller.pass().await.unwrap(), 1);
        assert_eq!(rig.seen(), ["1", "2"]);
    }

    #[tokio::test]
    async fn expired_items_are_deleted_by_the_sweep() {
        let rig = Rig::new().await;
        rig.put("1", "sent").await;
        assert_eq!(rig.engine.sweep_expired().await.unwrap(), 0);
        rig.time.fetch_add(901, Ordering::SeqCst);
        let client = clients::dynamodb(rig.engine.endpoint());
        let count = || async { client.scan().table_name(rig.engine.table()).send().await.unwrap().count };
        assert_eq!(count().await, 1);
        assert_eq!(rig.engine.sweep_expired().await.unwrap(), 1);
        assert_eq!(count().await, 0);
        assert_eq!(rig.poller.pass().await.unwrap(), 0);
    }

    #[test]
    fn a_shard_waits_for_its_parent() {
        let shard = |id: &str, parent: Option<&str>, finished| {
            let mut shard = Shard::new(id.to_owned(), parent.map(str::to_owned));
            shard.finished = finished;
            shard
        };
        let readable = |shards: &[Shard]| {
            (0..shards.len())
                .filter(|place| may_be_read(shards, *place))
                .map(|place| shards[place].id.clone())
                .collect::<Vec<_>>()
        };
        let mut shards = vec![shard("1", Some("gone"), false), shard("2", Some("1"), false), shard("3", None, true)];
        assert_eq!(readable(&shards), ["1"]);
        shards[0].finished = true;
        assert_eq!(readable(&shards), ["2"]);
    }
}
