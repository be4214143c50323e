//! A broken build: it reads the counter, compares, and then writes the counter, which docs/promises.md
//! ("Three tries") rules out. A race test that finds nothing wrong with it would find nothing wrong with anything.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;
use tests::stack::Stack;

/// One login request of the broken build.
pub struct Mutant {
    stack: Stack,
    key: String,
    compares: AtomicU32,
}

impl Mutant {
    /// A login request whose code was sent.
    pub async fn open(stack: &Stack, round: u32) -> Self {
        let mutant = Self { stack: stack.clone(), key: format!("MUTANT#{round}"), compares: AtomicU32::new(0) };
        mutant.write_attempts(0).await;
        mutant
    }

    /// Tries a wrong code.
    pub async fn guess(&self) {
        let attempts = self.read_attempts().await;
        if attempts < 3 {
            self.compares.fetch_add(1, Ordering::SeqCst);
            self.write_attempts(attempts + 1).await;
        }
    }

    /// How many codes were compared.
    pub fn compares(&self) -> u32 {
        self.compares.load(Ordering::SeqCst)
    }

    async fn read_attempts(&self) -> u32 {
        let read = self.stack.dynamodb().get_item().table_name(self.stack.table_name()).consistent_read(true);
        let answer = read.key("pk", self.pk()).key("sk", self.pk()).send().await.expect("a read");
        let attempts = answer.item.and_then(|item| item["attempts"].as_n().ok().and_then(|text| text.parse().ok()));
        attempts.expect("a counter")
    }

    async fn write_attempts(&self, attempts: u32) {
        let write = self.stack.dynamodb().put_item().table_name(self.stack.table_name());
        let write = write.item("pk", self.pk()).item("sk", self.pk());
        write.item("attempts", AttributeValue::N(attempts.to_string())).send().await.expect("a write");
    }

    fn pk(&self) -> AttributeValue {
        AttributeValue::S(self.key.clone())
    }
}
