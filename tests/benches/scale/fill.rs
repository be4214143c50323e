//! Users who are there before anybody comes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, StreamSpecification, StreamViewType, WriteRequest};
use shared::login::user::UserId;
use shared::random;
use shared::token::Token;
use tests::stack::Stack;

/// The largest batch that DynamoDB takes.
const BATCH: usize = 25;

/// Writes so many users straight into the table: an owner item and a profile each. The stream is off meanwhile, as
/// nobody is to read all that.
pub async fn fill(stack: &Stack, users: u32) {
    stream(stack, None).await;
    let mut random = random::source();
    let mut batch = Vec::with_capacity(BATCH);
    for index in 0..users {
        let user = UserId::generate(&mut random);
        // As long as the id of a number, and as random.
        let number = Token::generate(&mut random).hash();
        let owner = [("user_id", text(user.as_str())), ("name", text("Ada")), ("created_at", time(index))];
        let profile = [("phone", text("+46•••••••05")), ("name", text("Ada")), ("created_at", time(index))];
        batch.push(put(format!("NUMBER#{}", number.as_str()), "OWNER", owner));
        batch.push(put(format!("USER#{}", user.as_str()), "PROFILE", profile));
        if batch.len() + 2 > BATCH || index + 1 == users {
            let items = HashMap::from([(stack.table_name().to_owned(), std::mem::take(&mut batch))]);
            let written = stack.dynamodb().batch_write_item().set_request_items(Some(items)).send().await;
            let left = written.expect("a batch").unprocessed_items.unwrap_or_default();
            assert!(left.is_empty(), "the engine took only a part");
        }
    }
    stream(stack, Some(StreamViewType::NewImage)).await;
}

async fn stream(stack: &Stack, view: Option<StreamViewType>) {
    let wanted = StreamSpecification::builder().stream_enabled(view.is_some()).set_stream_view_type(view).build();
    let table = stack.dynamodb().update_table().table_name(stack.table_name());
    table.stream_specification(wanted.expect("a stream")).send().await.expect("a table");
}

fn put<const N: usize>(pk: String, sk: &str, attributes: [(&str, AttributeValue); N]) -> WriteRequest {
    let put = PutRequest::builder().item("pk", AttributeValue::S(pk)).item("sk", text(sk));
    let put = attributes.into_iter().fold(put, |put, (name, value)| put.item(name, value));
    WriteRequest::builder().put_request(put.build().expect("an item")).build()
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn time(index: u32) -> AttributeValue {
    AttributeValue::N((1_700_000_000 + u64::from(index)).to_string())
}
