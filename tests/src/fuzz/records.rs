//! Records of the table's stream, through the whole of `deliver-code`. The input is an item in the JSON of the stream.

use std::sync::{Arc, LazyLock};

use deliver_code::DeliverCode;
use serde_json::{Value, json};
use shared::random;
use shared::sending::decision::SendPolicy;
use shared::sms::Sms;
use shared::store::jobs::send_job;
use shared::text::{CountryMessages, Messages, ServiceName, SmsDomain};
use tokio::runtime::{Builder, Runtime};

use super::service::{NOW, Nobody, code_keys, number_keys};

struct Delivery {
    function: DeliverCode,
    table: Nobody,
    sns: Nobody,
}

static DELIVERY: LazyLock<Delivery> = LazyLock::new(|| {
    let (table, sns) = (Nobody::default(), Nobody::default());
    let domain = SmsDomain::parse("login.example.com").expect("a domain");
    let messages = Messages::new(domain, &ServiceName::default(), CountryMessages::default()).expect("messages");
    let sms = Sms::new(&sns.sns(), messages);
    let function =
        DeliverCode::new(table.table(), (number_keys(), code_keys()), sms, SendPolicy::default(), Arc::default());
    Delivery { function, table, sns }
});

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
}

/// An item that is no code request is dropped, without a call and without a word of what is in it. One that is, is brought
/// again, since the table cannot be reached. No text goes out before the table agreed.
pub(super) fn target(data: &[u8]) {
    let Ok(image) = serde_json::from_slice::<Value>(data) else { return };
    let event = json!({ "Records": [{
        "eventID": "1", "eventName": "MODIFY", "awsRegion": "local",
        "dynamodb": { "ApproximateCreationDateTime": 1.0, "SequenceNumber": "1", "SizeBytes": 1, "NewImage": image },
    }] });
    let Ok(event) = serde_json::from_value::<aws_lambda_events::event::dynamodb::Event>(event) else { return };
    let Some(record) = event.records.first() else { return };
    let job = send_job(record.change.new_image.clone());
    let is_asked = match &job {
        Ok(job) if job.is_stale(NOW) => false,
        // Whose number it is needs no call: it is said in the item, or sealed in it.
        Ok(job) => job.number_ids(&number_keys()).inspect_err(says_nothing).is_ok(),
        Err(error) => {
            says_nothing(error);
            false
        }
    };
    if let Ok(job) = &job {
        assert!(job.code_expires_at().secs() <= job.requested_at().secs().saturating_add(600));
        assert!(job.number(&number_keys()).inspect_err(says_nothing).is_err() || !job.country().as_str().is_empty());
    }
    let response =
        RUNTIME.with(|runtime| runtime.block_on(DELIVERY.function.handle(event, NOW, &mut random::source())));
    let again = response.batch_item_failures.len();
    assert_eq!((DELIVERY.table.calls(), again), (usize::from(is_asked), usize::from(is_asked)));
    assert_eq!(DELIVERY.sns.calls(), 0, "a text went out");
}

/// An error is made of words that stand in the code.
fn says_nothing(error: &shared::error::Error) {
    let text = error.to_string();
    assert!(text.len() < 80 && text.bytes().all(|byte| byte.is_ascii_lowercase() || b": -".contains(&byte)), "{text}");
}
