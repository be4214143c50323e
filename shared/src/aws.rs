//! How a function reaches AWS: with the region and the credentials that Lambda puts into its environment, and one HTTP
//! client for all services.
//!
//! The chain of `aws-config` would look for both in files, at other services and on the network; a function in Lambda has
//! them in its environment or not at all, and carries none of that code.

use std::time::Duration;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

/// A call to AWS gets three tries, each after a short wait, and altogether so little time that three calls in a row end
/// within an invocation (requirement R-09).
const TRIES: u32 = 3;
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const TRY_TIMEOUT: Duration = Duration::from_millis(800);
const CALL_TIMEOUT: Duration = Duration::from_millis(2_500);

/// What Lambda puts into the environment of a function.
pub(crate) struct Access {
    pub(crate) region: String,
    pub(crate) key_id: String,
    pub(crate) secret_key: String,
    pub(crate) session_token: Option<String>,
}

/// Region, credentials, retries and time limits of all clients.
pub(crate) fn config(access: Access) -> SdkConfig {
    let Access { region, key_id, secret_key, session_token } = access;
    let credentials = Credentials::new(key_id, secret_key, session_token, None, "environment");
    // One client, so that services share what a TLS client has to prepare: reading the trusted certificates takes longer
    // than all else in a start.
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(FIRST_BACKOFF))
        .timeout_config(timeouts(TRY_TIMEOUT, CALL_TIMEOUT))
        .http_client(http)
        .build()
}

/// Time limits of one try and of a call with all its tries.
pub(crate) fn timeouts(one_try: Duration, all_tries: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(one_try).operation_timeout(all_tries).build()
}
