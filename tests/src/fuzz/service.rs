//! The functions that answer requests, with a table that nobody can reach and that counts who tries.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, ConfigBag, Credentials, Intercept, Region};
use aws_sdk_dynamodb::error::BoxError;
use shared::keys::{CodeKeys, NumberKeys};
use shared::root_secret::RootSecret;
use shared::store::Table;
use shared::time::Timestamp;

/// What the functions take for the time.
pub(super) const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// The root secret of the corpus, and of nothing else.
const ROOT_SECRET: &str = "what-is-sealed-in-the-corpus-of-the-fuzzers";

/// The keys of that secret as a number secret.
pub(super) fn number_keys() -> NumberKeys {
    NumberKeys::derive(&RootSecret::parse(ROOT_SECRET).expect("a root secret"))
}

/// The keys of that secret as a code secret.
pub(super) fn code_keys() -> CodeKeys {
    CodeKeys::derive(&RootSecret::parse(ROOT_SECRET).expect("a root secret"))
}

/// Counts calls, and lets none through.
#[derive(Clone, Debug, Default)]
pub(super) struct Nobody(Arc<AtomicUsize>);

impl Nobody {
    /// A table at which nobody answers.
    pub(super) fn table(&self) -> Table {
        let config = Config::builder()
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("local"))
            .credentials_provider(Credentials::new("nobody", "nobody", None, None, "a fuzzer"))
            .retry_config(RetryConfig::disabled())
            .endpoint_url("http://127.0.0.1:1")
            .interceptor(self.clone())
            .build();
        Table::new(aws_sdk_dynamodb::Client::from_conf(config), "doorcode")
    }

    /// A client of SNS at which nobody answers.
    pub(super) fn sns(&self) -> aws_sdk_sns::Client {
        let config = aws_sdk_sns::Config::builder()
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("local"))
            .credentials_provider(Credentials::new("nobody", "nobody", None, None, "a fuzzer"))
            .retry_config(RetryConfig::disabled())
            .endpoint_url("http://127.0.0.1:1")
            .interceptor(self.clone())
            .build();
        aws_sdk_sns::Client::from_conf(config)
    }

    /// How many calls there were since it was asked before.
    pub(super) fn calls(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

impl Intercept for Nobody {
    fn name(&self) -> &'static str {
        "nobody"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &aws_sdk_dynamodb::config::RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err("nobody is there".into())
    }
}
