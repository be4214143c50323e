//! AWS clients that talk to this machine. No credentials, no configuration file and no environment are read.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};

/// A call that has no answer after this long is tried again. Longer than in a deployment: one machine may be busy with
/// something else, a build say, and a late answer is better than none.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 3;
const FIRST_BACKOFF: Duration = Duration::from_millis(10);

pub(crate) fn dynamodb(endpoint: &str) -> aws_sdk_dynamodb::Client {
    dynamodb_within(endpoint, ATTEMPT_TIMEOUT)
}

/// The same with a time limit of its own for each try.
pub(crate) fn dynamodb_within(endpoint: &str, attempt_timeout: Duration) -> aws_sdk_dynamodb::Client {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(attempt_timeout).build();
    let config = aws_sdk_dynamodb::config::Builder::from(&shared(endpoint)).retry_partition(retries());
    aws_sdk_dynamodb::Client::from_conf(config.timeout_config(timeouts).build())
}

pub(crate) fn streams(endpoint: &str) -> aws_sdk_dynamodbstreams::Client {
    let config = aws_sdk_dynamodbstreams::config::Builder::from(&shared(endpoint)).retry_partition(retries());
    aws_sdk_dynamodbstreams::Client::from_conf(config.build())
}

pub(crate) fn sns(endpoint: &str) -> aws_sdk_sns::Client {
    let config = aws_sdk_sns::config::Builder::from(&shared(endpoint)).retry_partition(retries());
    aws_sdk_sns::Client::from_conf(config.build())
}

fn shared(endpoint: &str) -> SdkConfig {
    // The engines check no signature; the SDK makes no call without one.
    let nobody = Credentials::new("local", "local", None, None, "doorcode on one machine");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("local"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(SharedCredentialsProvider::new(nobody))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(FIRST_BACKOFF))
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build())
        .build()
}

/// Each client may retry without limit: the SDK's own is shared by the whole process and runs dry when many calls fail,
/// after which the number of attempts would depend on what failed before.
fn retries() -> RetryPartition {
    RetryPartition::custom("local").token_bucket(TokenBucket::unlimited()).build()
}
