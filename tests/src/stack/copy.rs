//! Copies of a Doorcode, for tests that go on from one state many times.

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use shared::sending::decision::SendPolicy;

use super::Stack;
use super::setup::Setup;
use crate::clock::ManualClock;
use crate::engine;
use crate::proxy::Proxy;

/// The most items of one `BatchWriteItem`.
const BATCH: usize = 25;

impl Stack {
    /// Another one with a table, a clock, a stream and an inbox of its own, which goes on from what this one's table holds,
    /// with the same secrets and a policy of its own. Its functions reach the table through a [`Proxy`].
    pub async fn watched_copy_with(&self, policy: SendPolicy) -> Self {
        let clock = ManualClock::new();
        clock.advance(self.now().since(clock.now()));
        let engine = engine::with_empty_table(&clock).await;
        let proxy = Some(Proxy::start(engine.endpoint()).await);
        let copy = Self::wire(engine, Setup { proxy, clock, policy, ..self.setup() }).await;
        let items: Vec<_> = self.dump().await.items().cloned().collect();
        for batch in items.chunks(BATCH) {
            let put = |item: &_| PutRequest::builder().set_item(Some(Clone::clone(item))).build().expect("an item");
            let writes = batch.iter().map(|item| WriteRequest::builder().put_request(put(item)).build()).collect();
            let call = copy.dynamodb().batch_write_item().request_items(copy.table_name(), writes);
            call.send().await.expect("a write");
        }
        copy
    }
}
