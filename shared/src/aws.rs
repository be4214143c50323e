//! How a function reaches AWS: with the region and the credentials that Lambda puts into its environment, and one HTTP
//! client for all services.
//!
//! Of `aws-config` the two providers that read the environment are used. Its default chains would also look in files, ask
//! other services and wait for the network. A function in Lambda has both in its environment or not at all, and the linker
//! leaves the code of the chains out of its program.

use std::time::Duration;

use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::meta::region::ProvideRegion;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

/// A call to AWS gets three tries, each after a short wait, and altogether so little time that three calls in a row end
/// within an invocation (requirement R-09).
const TRIES: u32 = 3;
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const TRY_TIMEOUT: Duration = Duration::from_millis(800);
const CALL_TIMEOUT: Duration = Duration::from_millis(2_500);

/// Region, credentials, retries and time limits of all clients.
///
/// Whoever calls it has looked whether the environment has a region and credentials: these providers cannot say which
/// variable is missing, and the one of the credentials says so only at the first call to AWS.
pub(crate) async fn config() -> SdkConfig {
    // One client, so that services share what a TLS client has to prepare: reading the trusted certificates takes longer
    // than all else in a start.
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(EnvironmentVariableRegionProvider::new().region().await)
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .retry_config(retries(FIRST_BACKOFF))
        .timeout_config(timeouts(TRY_TIMEOUT, CALL_TIMEOUT))
        .http_client(http)
        .build()
}

/// As many tries as each call gets, with a random wait before each but the first: up to `first_backoff`, then up to twice
/// of it.
pub(crate) fn retries(first_backoff: Duration) -> RetryConfig {
    RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(first_backoff)
}

/// Time limits of one try and of a call with all its tries.
pub(crate) fn timeouts(one_try: Duration, all_tries: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(one_try).operation_timeout(all_tries).build()
}
