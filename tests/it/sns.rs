//! SNS refuses a text, throttles, fails, or is silent: no text goes out twice for one count, one that may have gone out
//! stays counted and its code good, and one that certainly did not is given back.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_sns::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_sns::config::retry::RetryConfig;
use aws_sdk_sns::config::{BehaviorVersion, Config, ConfigBag, Credentials, Intercept, Region, RuntimeComponents};
use aws_sdk_sns::error::BoxError;
use local::SnsFault;
use secrecy::SecretString;
use shared::login::code::{Code, CodeLength};
use shared::phone::Country;
use shared::sms::{NotSent, Sms};
use shared::text::{CountryMessages, Language, Messages, ServiceName, SmsDomain};
use tests::dump::{number, string};
use tests::phones::ADA;
use tests::stack::Stack;

/// How often a text is handed to SNS that certainly did not go out, before it is given up.
const TRIES: usize = 3;

/// SNS fails or is silent: it got one call, whether a text went out or not. The reservation stands, and where there is a
/// text its code is good.
#[tokio::test]
async fn a_text_that_may_have_gone_out_is_not_sent_again() {
    for (fault, texts) in [
        (SnsFault::Failed, 0),
        (SnsFault::FailedAfterSending, 1),
        (SnsFault::LostBefore, 0),
        (SnsFault::LostAfterSending, 1),
    ] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        stack.inbox().fail_next(TRIES, fault);
        assert_eq!(browser.start(ADA).await.status, 202);
        stack.deliver().await;
        assert_eq!((stack.inbox().publishes(), stack.texts(ADA).len()), (1, texts), "{fault:?}");

        let dump = stack.dump().await;
        let throttle = dump.only("THROTTLE#");
        assert_eq!((number(throttle, "backoff_step"), number(throttle, "unverified")), (1, 1), "{fault:?}");
        assert_eq!(string(dump.request(), "state"), "sent", "{fault:?}");
        assert_eq!((stack.metrics().texts_failed.value(), stack.metrics().texts_sent.value()), (1, 0), "{fault:?}");

        stack.inbox().heal();
        if texts == 0 {
            stack.advance(30);
            browser.resend_code(ADA).await;
        }
        assert_eq!(browser.submit(&stack.newest_code(ADA)).await.status, 200, "{fault:?}");
    }
}

/// SNS refuses: the request is `undelivered`, the throttle has its step back, the address has not; the browser resends
/// after its retry delay and gets a code. A refusal for throttling is one after which the call is made again.
#[tokio::test]
async fn a_text_that_sns_does_not_take_can_be_requested_again() {
    for (fault, publishes) in [(SnsFault::Refused, 1), (SnsFault::Throttled, TRIES)] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        stack.inbox().fail_next(publishes, fault);
        assert_eq!(browser.start(ADA).await.status, 202);
        stack.deliver().await;
        assert!(stack.texts(ADA).is_empty(), "{fault:?}");
        assert_eq!(stack.inbox().publishes(), publishes as u64, "{fault:?}");
        let dump = stack.dump().await;
        assert_eq!(string(dump.request(), "state"), "undelivered", "{fault:?}");
        let throttle = dump.only("THROTTLE#");
        assert_eq!((number(throttle, "backoff_step"), number(throttle, "unverified")), (0, 0), "{fault:?}");
        assert_eq!(number(dump.only("IP#"), "count"), 1, "{fault:?}");
        assert_eq!((stack.metrics().texts_failed.value(), stack.metrics().texts_sent.value()), (1, 0), "{fault:?}");

        assert_eq!(browser.resend().await.problem(), "too-many-requests", "the browser has its own retry delay");
        stack.advance(30);
        let code = browser.resend_code(ADA).await;
        assert_eq!(browser.submit(&code).await.status, 200, "{fault:?}");
    }
}

/// SNS throttles twice and then takes the text: one arrives, and nothing was counted twice.
#[tokio::test]
async fn a_text_that_sns_takes_at_the_last_try_arrives_once() {
    let stack = Stack::new().await;
    stack.inbox().fail_next(TRIES - 1, SnsFault::Throttled);
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    assert_eq!((stack.inbox().publishes(), stack.texts(ADA).len()), (TRIES as u64, 1));
    assert_eq!(number(stack.dump().await.only("THROTTLE#"), "backoff_step"), 1);
    assert_eq!(browser.submit(&code).await.status, 200);
}

/// A text that SNS did not take costs whoever requests the number's next code nothing.
#[tokio::test]
async fn an_undelivered_text_makes_nobody_wait() {
    let stack = Stack::new().await;
    stack.inbox().refuse_next();
    stack.browser().start(ADA).await;
    stack.deliver().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    assert_eq!(browser.submit(&code).await.status, 200);
}

/// A call that found no connection is made again, and when none is found at all it is certain that there is no text
///
#[tokio::test]
async fn a_call_that_never_reached_sns_is_made_again() {
    for astray in 0..=TRIES {
        let stack = Stack::new().await;
        let sent = send(&sms(stack.sns(), astray)).await;
        let reached = usize::from(astray < TRIES);
        assert_eq!((stack.inbox().publishes(), stack.texts(ADA).len()), (reached as u64, reached), "{astray} astray");
        match sent {
            Ok(()) => assert_eq!(reached, 1),
            Err(error) => assert_eq!(error.to_string(), "refused: sns Publish: not reached"),
        }
    }
}

/// Leads the first tries to a port at which nobody listens.
#[derive(Debug)]
struct Astray(AtomicUsize);

impl Intercept for Astray {
    fn name(&self) -> &'static str {
        "astray"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let less = |left: usize| left.checked_sub(1);
        if self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
            context.request_mut().set_uri("http://127.0.0.1:1/")?;
        }
        Ok(())
    }
}

/// Texts that go to this endpoint, but for the first tries.
fn sms(endpoint: &str, astray: usize) -> Sms {
    let config = Config::builder()
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("local"))
        .credentials_provider(Credentials::new("test", "test", None, None, "a test"))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
        .interceptor(Astray(AtomicUsize::new(astray)))
        .endpoint_url(endpoint)
        .build();
    let domain = SmsDomain::parse("login.example.com").unwrap();
    let messages = Messages::new(domain, &ServiceName::default(), CountryMessages::default()).unwrap();
    Sms::new(&aws_sdk_sns::Client::from_conf(config), messages)
}

async fn send(sms: &Sms) -> Result<(), NotSent> {
    let code = Code::generate(CodeLength::Six, &mut shared::random::source());
    let sweden = Country::try_from("SE".to_owned()).unwrap();
    sms.send(&SecretString::from(ADA), sweden, Language::En, &code).await
}
