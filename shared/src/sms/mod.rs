//! The text message: the only place that names SNS.
//!
//! `attributes` holds the sender and the highest price of a text.

mod attributes;

use std::collections::HashMap;
use std::fmt::Write;

use aws_sdk_sns::Client;
use aws_sdk_sns::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sns::types::MessageAttributeValue;
use secrecy::{ExposeSecret, SecretString};

pub use attributes::{Attributes, MaxPrice, OriginationNumber, SenderId};

use crate::error::RedactedError;
use crate::login::code::Code;

/// Characters of one GSM-7 segment: a text of one segment arrives whole and costs one.
const LONGEST_TEXT: usize = 160;
/// Digits of the longest code that a text must have room for.
const LONGEST_CODE: usize = 8;

/// Sends codes. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Sms {
    client: Client,
    domain: SmsDomain,
    attributes: Attributes,
}

impl Sms {
    /// Texts that end with `domain`, sent by `client`. SNS chooses the sender, and the highest price is the default of
    /// [`MaxPrice`].
    #[must_use]
    pub fn new(client: Client, domain: SmsDomain) -> Self {
        Self { client, domain, attributes: Attributes::default() }
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

    /// Hands the message to SNS. The SDK tries a few times; when it gives up nothing more is tried here.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn send(&self, e164: &SecretString, code: &Code) -> Result<(), NotSent> {
        let attributes = self.attributes().map_err(|_| NotSent::Refused(redacted("request not built")))?;
        let call = self
            .client
            .publish()
            .phone_number(e164.expose_secret())
            .message(self.domain.text(code))
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

    fn attributes(&self) -> Result<HashMap<String, MessageAttributeValue>, BuildError> {
        let values = self.attributes.each().map(|(name, data_type, value)| {
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

/// The domain that browsers bind a code to: they offer it for no other site (WICG origin-bound one-time codes). It
/// comes from configuration, never from a request (requirement I-07).
#[derive(Clone, Debug)]
pub struct SmsDomain(String);

impl SmsDomain {
    /// Reads a domain name such as `login.example.com`.
    ///
    /// # Errors
    /// A text that is not a domain name in lower case, or so long that a message would not fit into one segment.
    pub fn parse(text: &str) -> Result<Self, BadDomain> {
        let domain = Self(text.to_owned());
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let fits = domain.write_text(&"0".repeat(LONGEST_CODE)).len() <= LONGEST_TEXT;
        if fits && text.split('.').all(label) { Ok(domain) } else { Err(BadDomain(text.to_owned())) }
    }

    /// The whole message: fixed words, all of them in GSM-7, and the line that browsers read (requirement I-08).
    fn text(&self, code: &Code) -> String {
        self.write_text(code.expose())
    }

    fn write_text(&self, code: &str) -> String {
        let mut text = String::with_capacity(LONGEST_TEXT);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "{code} is your sign-in code. It works for a few minutes. Nobody will ask you for it.\n\n@{} #{code}",
            self.0
        );
        text
    }
}

/// A text that is not a domain for messages.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a domain name in lower case, at most 61 characters long, such as \"login.example.com\"")]
pub struct BadDomain(String);

#[cfg(test)]
mod tests {
    use super::*;

    /// Requirement I-08.
    #[test]
    fn a_text_is_one_segment_and_ends_with_the_line_that_browsers_read() {
        let code = Code::read("012345").unwrap();
        let text = SmsDomain::parse("login.example.com").unwrap().text(&code);
        assert_eq!(
            text,
            "012345 is your sign-in code. It works for a few minutes. Nobody will ask you for it.\n\n@login.example.com #012345"
        );
        assert!(text.len() <= LONGEST_TEXT && text.is_ascii());
    }

    /// Requirement I-08.
    #[test]
    fn a_domain_is_a_domain_and_leaves_room_for_the_text() {
        let longest = format!("{}.com", "a".repeat(57));
        for domain in
            ["localhost", "example.com", "a-b.example.co.uk", "abc123.execute-api.eu-north-1.amazonaws.com", &longest]
        {
            assert!(SmsDomain::parse(domain).is_ok(), "{domain:?}");
        }
        for domain in [
            "",
            "Example.com",
            "https://example.com",
            "example.com/",
            "a b.com",
            "a..b",
            "-a.com",
            "ä.com",
            &format!("a{longest}"),
        ] {
            assert!(SmsDomain::parse(domain).is_err(), "{domain:?}");
        }
    }
}
