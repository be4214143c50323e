//! SNS, which takes the texts: the only place that names it. What a text says is in `text`.
//!
//! `attributes` holds the sender and the highest price of a text, `unsent` knows after which failures a call may be made
//! again.

mod attributes;
mod unsent;

use std::collections::HashMap;

use aws_sdk_sns::Client;
use aws_sdk_sns::config::http::HttpResponse;
use aws_sdk_sns::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::publish::PublishError;
use aws_sdk_sns::types::MessageAttributeValue;
use secrecy::{ExposeSecret, SecretString};

pub use attributes::{Attributes, IndiaIds, MaxPrice, OriginationNumber, Sender, SenderId};
use unsent::{OnlyUnsent, never_connected};

use crate::error::RedactedError;
use crate::login::code::Code;
use crate::phone::Country;
use crate::text::{Language, Messages};

/// Sends codes. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Sms {
    client: Client,
    messages: Messages,
    attributes: Attributes,
}

impl Sms {
    /// Texts of `messages`, sent as `client` would, but never twice: of its retries those remain before which no text
    /// can have gone out. SNS chooses the sender, and the highest price is the default of [`MaxPrice`].
    #[must_use]
    pub fn new(client: &Client, messages: Messages) -> Self {
        let client = Client::from_conf(client.config().to_builder().retry_classifier(OnlyUnsent).build());
        Self { client, messages, attributes: Attributes::default() }
    }

    /// The same with other attributes.
    #[must_use]
    pub fn with(self, attributes: Attributes) -> Self {
        Self { attributes, ..self }
    }

    /// Opens a connection, which then waits for the first real call. SNS has no call without effect. A publish without
    /// a recipient is allowed by the role, is refused by SNS, and reaches nobody.
    pub async fn connect(&self) {
        drop(self.client.publish().message("nothing").send().await);
    }

    /// Hands the message of this language to SNS, for a number of this country: once, or more often when SNS throttles or
    /// is not reached. When the SDK gives up nothing more is tried here.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn send(
        &self,
        e164: &SecretString,
        country: Country,
        language: Language,
        code: &Code,
    ) -> Result<(), NotSent> {
        let attributes = self.attributes(country).map_err(|_| NotSent::Refused(redacted("request not built")))?;
        let call = self
            .client
            .publish()
            .phone_number(e164.expose_secret())
            .message(self.messages.text(language, country, code.expose()))
            .set_message_attributes(Some(attributes));
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(NotSent::after(&error)),
        }
    }

    fn attributes(&self, country: Country) -> Result<HashMap<String, MessageAttributeValue>, BuildError> {
        let values = self.attributes.each(country).map(|(name, data_type, value)| {
            let value = MessageAttributeValue::builder().data_type(data_type).string_value(value).build()?;
            Ok((name.to_owned(), value))
        });
        values.collect()
    }
}

/// Why a text was not sent, or may not have been.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// SNS refused the text, or was never reached: there is none.
    #[error("refused: {0}")]
    Refused(RedactedError),
    /// SNS failed, or did not answer: there may be a text, so its code stays valid and stays counted.
    #[error("unknown: {0}")]
    Unknown(RedactedError),
}

impl NotSent {
    /// What is certain after a failed call. Only an answer 4xx says that SNS did not take the text: an `InternalError`, or
    /// any other 5xx, is a failure of which SNS itself does not know how far it got.
    fn after(error: &SdkError<PublishError, HttpResponse>) -> Self {
        match error {
            SdkError::ConstructionFailure(_) => Self::Refused(redacted("request not built")),
            SdkError::DispatchFailure(failure) if failure.as_connector_error().is_some_and(never_connected) => {
                Self::Refused(redacted("not reached"))
            }
            SdkError::ServiceError(failure) => {
                let kind = redacted(failure.err().code().unwrap_or("unnamed error"));
                if failure.raw().status().is_client_error() { Self::Refused(kind) } else { Self::Unknown(kind) }
            }
            SdkError::TimeoutError(_) => Self::Unknown(redacted("timed out")),
            _ => Self::Unknown(redacted("no answer")),
        }
    }
}

fn redacted(kind: &str) -> RedactedError {
    RedactedError::new("sns Publish", kind)
}
