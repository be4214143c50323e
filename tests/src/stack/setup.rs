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
        let [secret, code_secret] = [(); 2].map(|()| RootSecret::generate(&mut shared::random::source()).to_text());
        Self {
            proxy: None,
            functions: None,
            clock: ManualClock::new(),
            randomness: local::system_randomness(),
            secret,
            code_secret,
            policy,
            trusted_proxy: TrustedProxy::None,
        }
    }

    pub(super) fn taken_over_by(self, new: &SecretString) -> Self {
        let both = |old: &SecretString| SecretString::from(format!("{} {}", new.expose_secret(), old.expose_secret()));
        Self { secret: both(&self.secret), code_secret: both(&self.code_secret), ..self }
    }

    pub(super) fn with_secret(self, secret: &SecretString) -> Self {
        Self { secret: secret.clone(), code_secret: secret.clone(), ..self }
    }
}

/// The root secret that is written so.
pub(super) fn root_secret(text: &SecretString) -> RootSecret {
    RootSecret::parse(text.expose_secret()).expect("a root secret")
}
