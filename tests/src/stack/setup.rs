//! What one Doorcode differs in from another.

use local::Randomness;
use secrecy::{ExposeSecret, SecretString};
use shared::http::TrustedProxy;
use shared::root_secret::RootSecret;
use shared::sending::decision::SendPolicy;

use crate::clock::ManualClock;
use crate::proxy::Proxy;

/// What a Doorcode is made of besides its engine.
pub(super) struct Setup {
    pub(super) proxy: Option<Proxy>,
    pub(super) functions: Option<String>,
    pub(super) clock: ManualClock,
    pub(super) randomness: Randomness,
    /// The number secret.
    pub(super) secret: SecretString,
    pub(super) code_secret: SecretString,
    pub(super) policy: SendPolicy,
    pub(super) trusted_proxy: TrustedProxy,
}

impl Setup {
    pub(super) fn new(policy: SendPolicy) -> Self {
        let secret = RootSecret::generate(&mut shared::random::source()).to_text();
        Self {
            proxy: None,
            functions: None,
            clock: ManualClock::new(),
            randomness: local::system_randomness(),
            code_secret: secret.clone(),
            secret,
            policy,
            trusted_proxy: TrustedProxy::None,
        }
    }

    pub(super) fn with_secret(self, secret: &SecretString) -> Self {
        Self { secret: secret.clone(), code_secret: secret.clone(), ..self }
    }
}

/// The root secret that is written so.
pub(super) fn root_secret(text: &SecretString) -> RootSecret {
    RootSecret::parse(text.expose_secret()).expect("a root secret")
}
