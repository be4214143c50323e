//! Which failures of a publish are certain to have sent no text. SNS takes no idempotency token: a call that is made again
//! can be a second text, which is paid for and which confuses. So all others are left as they are.

use aws_sdk_sns::config::http::HttpResponse;
use aws_sdk_sns::config::interceptors::InterceptorContext;
use aws_sdk_sns::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_sns::error::ConnectorError;
use hyper_util::client::legacy::Error as ClientError;

/// How HTTP says that a caller is too fast.
const TOO_MANY_REQUESTS: u16 = 429;

/// Forbids the SDK to make a call again after which a text may be on its way (requirement R-04). What it makes again is
/// what SNS throttled, and what never reached SNS; it waits before that, with jitter.
#[derive(Debug)]
pub(super) struct OnlyUnsent;

impl ClassifyRetry for OnlyUnsent {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        match context.response().map(HttpResponse::status) {
            Some(status) if status.as_u16() == TOO_MANY_REQUESTS => RetryAction::throttling_error(),
            // A refusal. Whether it is one for throttling, the SDK's own classifiers know by its name.
            Some(status) if status.is_client_error() => RetryAction::NoActionIndicated,
            None if error.as_connector_error().is_some_and(never_connected) => RetryAction::NoActionIndicated,
            _ => RetryAction::RetryForbidden,
        }
    }

    fn name(&self) -> &'static str {
        "only what was not sent"
    }
}

/// Whether a call failed before there was a connection to send it over: a name that was not found, a refused
/// connection, a TLS handshake that failed or took too long.
///
/// The SDK's own error does not tell: a refused connection and one that broke after the call was sent are both
/// `is_io`, and both limits of time are `is_timeout`. The HTTP client's error below it does.
pub(super) fn never_connected(error: &ConnectorError) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if error.downcast_ref::<ClientError>().is_some_and(ClientError::is_connect) {
            return true;
        }
        next = error.source();
    }
    false
}
