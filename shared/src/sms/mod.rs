//! SNS, which takes the texts: the only place that names it. What a text says is in `text`.
//!
//! `attributes` holds the sender and the highest price of a text.

mod attributes;

use std::collections::HashMap;

use aws_sdk_sns::Client;
use aws_sdk_sns::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sns::types::MessageAttributeValue;
use secrecy::{ExposeSecret, SecretString};

pub use attributes::{Attributes, IndiaIds, MaxPrice, OriginationNumber, Sender, SenderId};

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
    /// Texts of `messages`, sent by `client`. SNS chooses the sender, and the highest price is the default of
    /// [`MaxPrice`].
    #[must_use]
    pub fn new(client: Client, messages: Messages) -> Self {
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

    /// Hands the message of this language to SNS, for a number of this country. The SDK tries a few times; when it gives
    /// up nothing more is tried here.
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
            Err(SdkError::ServiceError(error)) => {
                Err(NotSent::Refused(redacted(error.err().code().unwrap_or("unnamed error"))))
            }
            Err(SdkError::ConstructionFailure(_)) => Err(NotSent::Refused(redacted("request not built"))),
            Err(SdkError::TimeoutError(_)) => Err(NotSent::Unknown(redacted("timed out"))),
            Err(_) => Err(NotSent::Unknown(redacted("no answer"))),
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
    /// SNS refused: there is no text.
    #[error("refused: {0}")]
    Refused(RedactedError),
    /// SNS did not answer: there may be a text, so its code stays valid and stays counted.
    #[error("unknown: {0}")]
    Unknown(RedactedError),
}

fn redacted(kind: &str) -> RedactedError {
    RedactedError::new("sns Publish", kind)
}
