//! The SNS stand-in: as much of SNS's query protocol as sending a text needs.
//!
//! The shapes of answers and errors are those of the "Publish" action in the Amazon SNS API reference.

use std::collections::BTreeMap;

use axum::http::StatusCode;

use crate::texts::inbox::{SmsInbox, SnsFault};

/// The longest text that SNS takes.
const LONGEST_MESSAGE: usize = 1600;

/// What the caller gets: a status and XML.
pub(crate) type SnsResponse = (StatusCode, String);

/// Takes one call, and puts the text of a `Publish` into the inbox. None where the caller gets no answer, because a test
/// wants the connection to be lost.
pub(crate) fn answer(inbox: &SmsInbox, form: &[u8]) -> Option<SnsResponse> {
    let refused = |status, code| refusal(status, "Sender", code, "as the test asked");
    let failed = || refusal(StatusCode::INTERNAL_SERVER_ERROR, "Receiver", "InternalError", "as the test asked");
    match inbox.begin_publish() {
        None => Some(publish(inbox, form)),
        Some(SnsFault::Refused) => Some(refused(StatusCode::FORBIDDEN, "AuthorizationError")),
        Some(SnsFault::Throttled) => Some(refused(StatusCode::BAD_REQUEST, "Throttling")),
        Some(SnsFault::Failed) => Some(failed()),
        Some(SnsFault::FailedAfterSending) => {
            publish(inbox, form);
            Some(failed())
        }
        Some(SnsFault::LostBefore) => None,
        Some(SnsFault::LostAfterSending) => {
            publish(inbox, form);
            None
        }
    }
}

fn publish(inbox: &SmsInbox, form: &[u8]) -> SnsResponse {
    match Publish::read(form) {
        Ok(publish) if inbox.is_opted_out(&publish.to) => {
            let message = "Invalid parameter: PhoneNumber Reason: Phone number is opted out";
            refusal(StatusCode::BAD_REQUEST, "Sender", "InvalidParameter", message)
        }
        Ok(publish) => {
            let id = inbox.receive(publish.to, publish.text, publish.attributes);
            let id = format!("00000000-0000-4000-8000-{id:012}");
            (StatusCode::OK, published(&id))
        }
        Err((code, message)) => refusal(StatusCode::BAD_REQUEST, "Sender", code, message),
    }
}

#[derive(Debug)]
struct Publish {
    to: String,
    text: String,
    attributes: BTreeMap<String, String>,
}

impl Publish {
    fn read(form: &[u8]) -> Result<Self, (&'static str, &'static str)> {
        let mut fields: BTreeMap<String, String> = form_urlencoded::parse(form).into_owned().collect();
        if fields.remove("Action").as_deref() != Some("Publish") {
            return Err(("InvalidAction", "only Publish is supported here"));
        }
        let to = fields.remove("PhoneNumber").unwrap_or_default();
        if !is_e164(&to) {
            return Err(("InvalidParameter", "Invalid parameter: PhoneNumber Reason: not in E.164 form"));
        }
        let text = fields.remove("Message").unwrap_or_default();
        if text.is_empty() {
            return Err(("InvalidParameter", "Invalid parameter: Empty message"));
        }
        if text.len() > LONGEST_MESSAGE {
            return Err(("InvalidParameter", "Invalid parameter: Message too long"));
        }
        Ok(Self { to, text, attributes: attributes(&fields) })
    }
}

/// `MessageAttributes.entry.N.Name` with `MessageAttributes.entry.N.Value.StringValue`, for each N.
fn attributes(fields: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let named = fields.iter().filter_map(|(field, name)| {
        let entry = field.strip_prefix("MessageAttributes.entry.")?.strip_suffix(".Name")?;
        let value = fields.get(&format!("MessageAttributes.entry.{entry}.Value.StringValue"))?;
        Some((name.clone(), value.clone()))
    });
    named.collect()
}

fn is_e164(number: &str) -> bool {
    let Some(digits) = number.strip_prefix('+') else { return false };
    (2..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn published(id: &str) -> String {
    format!(
        "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>{id}</MessageId>\
         </PublishResult><ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></PublishResponse>"
    )
}

fn refusal(status: StatusCode, side: &str, code: &str, message: &str) -> SnsResponse {
    let xml = format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>{side}</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>"
    );
    (status, xml)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_out_of_the_form() {
        let form = b"Action=Publish&Version=2010-03-31&PhoneNumber=%2B46701740605&Message=one%0Atwo+%26+three\
            &MessageAttributes.entry.1.Name=AWS.SNS.SMS.SMSType&MessageAttributes.entry.1.Value.DataType=String\
            &MessageAttributes.entry.1.Value.StringValue=Transactional\
            &MessageAttributes.entry.2.Name=AWS.SNS.SMS.SenderID&MessageAttributes.entry.2.Value.DataType=String\
            &MessageAttributes.entry.2.Value.StringValue=Doorcode&MessageAttributes.entry.3.Name=without-value";
        let publish = Publish::read(form).unwrap();
        assert_eq!(publish.to, "+46701740605");
        assert_eq!(publish.text, "one\ntwo & three");
        let attributes: Vec<_> =
            publish.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(attributes, [("AWS.SNS.SMS.SMSType", "Transactional"), ("AWS.SNS.SMS.SenderID", "Doorcode")]);
    }

    #[test]
    fn what_sns_refuses_is_refused() {
        let refused = |form: &str| Publish::read(form.as_bytes()).unwrap_err().0;
        assert_eq!(refused("Action=CreateTopic&Name=x"), "InvalidAction");
        assert_eq!(refused(""), "InvalidAction");
        for number in [
            "",
            "0701740605",
            "46701740605",
            "%2B0701740605",
            "%2B4670174060512345",
            "%2B46 70",
            "%2B4",
            "+46701740605",
        ] {
            assert_eq!(
                refused(&format!("Action=Publish&PhoneNumber={number}&Message=x")),
                "InvalidParameter",
                "{number}"
            );
        }
        assert_eq!(refused("Action=Publish&PhoneNumber=%2B46701740605"), "InvalidParameter");
        let long = "x".repeat(1601);
        assert_eq!(refused(&format!("Action=Publish&PhoneNumber=%2B46701740605&Message={long}")), "InvalidParameter");
    }
}
