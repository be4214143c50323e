//! A text through the AWS SDK to something that speaks SNS and that nobody here wrote, read back from there.
//!
//! `DOORCODE_SNS` names it: `moto http://127.0.0.1:5555` or `ministack http://127.0.0.1:4566`. Both keep the number and
//! the text; ministack keeps the attributes too. moto refuses numbers that are none, as SNS does.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it cannot go on")]

use std::env;

use aws_sdk_sns::config::{BehaviorVersion, Config, Credentials, Region};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use rand::RngExt;
use secrecy::SecretString;
use serde_json::{Value, json};
use shared::login::code::{Code, CodeLength};
use shared::phone::Country;
use shared::sms::{Attributes, MaxPrice, NotSent, OriginationNumber, Sender, SenderId, Sms};
use shared::text::{CountryMessages, Language, Messages, ServiceName, SmsDomain};
use tests::phones::{MOBILES, mobile};
use tests::proxy::{InjectedFault, Proxy, Times};
use tests::stack::code_in;
use tokio::net::TcpStream;

/// What took the texts.
#[derive(Clone)]
struct Inbox {
    keeps_attributes: bool,
    url: String,
}

#[tokio::test]
async fn a_text_arrives_as_it_was_sent() {
    let inbox = Inbox::from_environment();
    let number = mobile(shared::random::source().random_range(0..MOBILES));
    let known = inbox.texts(&number).await.len();
    let code = Code::generate(CodeLength::Six, &mut shared::random::source());
    inbox.send(&number, &code).await.unwrap();

    let texts = inbox.texts(&number).await;
    assert_eq!(texts.len(), known + 1, "{texts:?}");
    let text = &texts[known];
    let message = member(text, ["Message", "message"]).as_str().unwrap();
    assert_eq!(code_in(message), code.expose());
    assert!(message.ends_with(&format!("\n\n@login.example.com #{}", code.expose())), "{message:?}");
    // No sender: without one of its own, SNS chooses.
    inbox.assert_attributes(text, &json!({}));
}

#[tokio::test]
async fn what_is_set_of_a_text_arrives_with_it() {
    let inbox = Inbox::from_environment();
    let number = mobile(shared::random::source().random_range(0..MOBILES));
    let id = Sender::Id(SenderId::parse("Doorcode").unwrap());
    let from = Sender::Number(OriginationNumber::parse("+18005550100").unwrap());
    for (sender, name, value) in
        [(id, "AWS.SNS.SMS.SenderID", "Doorcode"), (from, "AWS.MM.SMS.OriginationNumber", "+18005550100")]
    {
        let known = inbox.texts(&number).await.len();
        let max_price = MaxPrice::parse("0.05").unwrap();
        let sms = inbox.sms().with(Attributes { sender, max_price, ..Attributes::default() });
        let code = Code::generate(CodeLength::Six, &mut shared::random::source());
        sms.send(&SecretString::from(number.as_str()), sweden(), Language::Ja, &code).await.unwrap();
        let texts = inbox.texts(&number).await;
        assert_eq!(texts.len(), known + 1, "{texts:?}");
        let set = json!({
            name: { "DataType": "String", "StringValue": value },
            "AWS.SNS.SMS.MaxPrice": { "DataType": "Number", "StringValue": "0.05" },
        });
        inbox.assert_attributes(&texts[known], &set);
        let message = member(&texts[known], ["Message", "message"]).as_str().unwrap();
        assert!(message.starts_with("Doorcode：確認コード"), "{message}");
    }
}

/// A text whose answer was lost is not sent again, also where the SDK would.
#[tokio::test]
async fn a_text_whose_answer_is_lost_is_sent_once() {
    let inbox = Inbox::from_environment();
    let proxy = Proxy::start(&inbox.url).await;
    proxy.fail_all("", InjectedFault::LostAfter, Times::Always);
    let behind = Inbox { url: proxy.endpoint().to_owned(), ..inbox.clone() };
    let number = mobile(shared::random::source().random_range(0..MOBILES));
    let known = inbox.texts(&number).await.len();
    let code = Code::generate(CodeLength::Six, &mut shared::random::source());
    let unknown = behind.send(&number, &code).await.unwrap_err();
    assert_eq!(unknown.to_string(), "unknown: sns Publish: no answer");
    assert_eq!((proxy.calls().len(), inbox.texts(&number).await.len()), (1, known + 1));
}

#[tokio::test]
async fn a_number_that_is_none_is_refused() {
    let inbox = Inbox::from_environment();
    if inbox.keeps_attributes {
        // ministack takes any number.
        return;
    }
    let code = Code::generate(CodeLength::Six, &mut shared::random::source());
    let refused = inbox.send("0701740605", &code).await.unwrap_err();
    assert!(matches!(refused, NotSent::Refused(_)), "{refused:?}");
    assert_eq!(refused.to_string(), "refused: sns Publish: InvalidParameter");
}

impl Inbox {
    fn from_environment() -> Self {
        let setting = env::var("DOORCODE_SNS").expect("set DOORCODE_SNS, to moto http://127.0.0.1:5555 for instance");
        match setting.split_once(' ') {
            Some(("moto", url)) => Self { keeps_attributes: false, url: url.to_owned() },
            Some(("ministack", url)) => Self { keeps_attributes: true, url: url.to_owned() },
            _ => panic!("DOORCODE_SNS: {setting:?} is neither moto nor ministack, a space, and a URL"),
        }
    }

    fn sms(&self) -> Sms {
        let config = Config::builder()
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "a test"))
            .endpoint_url(&self.url)
            .build();
        let domain = SmsDomain::parse("login.example.com").unwrap();
        let messages = Messages::new(domain, &ServiceName::default(), CountryMessages::default()).unwrap();
        Sms::new(&aws_sdk_sns::Client::from_conf(config), messages)
    }

    async fn send(&self, number: &str, code: &Code) -> Result<(), NotSent> {
        self.sms().send(&SecretString::from(number), sweden(), Language::En, code).await
    }

    /// A text has the attributes that each has, those in `set`, and no others, where attributes are kept at all.
    fn assert_attributes(&self, text: &Value, set: &Value) {
        if !self.keeps_attributes {
            return;
        }
        let mut expected = json!({
            "AWS.SNS.SMS.SMSType": { "DataType": "String", "StringValue": "Transactional" },
            "AWS.SNS.SMS.MaxPrice": { "DataType": "Number", "StringValue": "0.20" },
        });
        expected.as_object_mut().unwrap().extend(set.as_object().unwrap().clone());
        assert_eq!(text["MessageAttributes"], expected, "{text}");
    }

    /// All that it keeps of the texts to a number, oldest first.
    async fn texts(&self, number: &str) -> Vec<Value> {
        let kept = if self.keeps_attributes {
            self.read("/_ministack/sns/sms-messages").await
        } else {
            self.read("/moto-api/data.json").await["sns"]["SMS"].clone()
        };
        let mut texts = Vec::new();
        collect(kept, number, &mut texts);
        texts
    }

    async fn read(&self, path: &str) -> Value {
        let authority = self.url.trim_start_matches("http://");
        let stream = TcpStream::connect(authority).await.expect(authority);
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("an HTTP server");
        tokio::spawn(connection);
        let request = Request::get(path).header("host", authority).body(Full::<Bytes>::default()).unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap()
    }
}

fn sweden() -> Country {
    Country::try_from("SE".to_owned()).unwrap()
}

/// Texts are in lists, by number or not.
fn collect(value: Value, number: &str, texts: &mut Vec<Value>) {
    match value {
        Value::Object(_) if member(&value, ["PhoneNumber", "phone_number"]) == number => texts.push(value),
        Value::Object(members) => members.into_iter().for_each(|(_, value)| collect(value, number, texts)),
        Value::Array(values) => values.into_iter().for_each(|value| collect(value, number, texts)),
        _ => {}
    }
}

/// The member that has one of two names.
fn member<'a>(value: &'a Value, names: [&str; 2]) -> &'a Value {
    names.iter().map(|name| &value[*name]).find(|member| !member.is_null()).unwrap_or(&Value::Null)
}
