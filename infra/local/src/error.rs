//! Why the local program cannot do its work. Each is one line that a person can act on, with the flag that matters.

use std::error::Error;
use std::net::IpAddr;
use std::path::PathBuf;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// What stopped the local program.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// The command line cannot be read.
    #[error("{0}")]
    Flags(String),
    /// Another program already listens on the port.
    #[error("{flag} {port}: the port is in use on {bind}; stop what uses it, or give another port with {flag}")]
    PortInUse {
        /// The flag that chooses the port.
        flag: &'static str,
        /// The port.
        port: u16,
        /// The address.
        bind: IpAddr,
    },
    /// The system does not let this program listen there.
    #[error("{flag} {port} (--bind {bind}): cannot listen there: {reason}")]
    Listen {
        /// The flag that chooses the port.
        flag: &'static str,
        /// The port.
        port: u16,
        /// The address.
        bind: IpAddr,
        /// What the system says.
        reason: String,
    },
    /// The file of the table, or the secret beside it, cannot be used.
    #[error("--data {}: {reason}", path.display())]
    Data {
        /// The file of the table.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file of the root secret cannot be used.
    #[error("--secret-file {}: {reason}", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The DynamoDB that should already run does not answer.
    #[error("--dynamodb {url}: {reason}")]
    Dynamodb {
        /// Where it should be.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The functions that run elsewhere cannot be reached.
    #[error("--functions {url}: {reason}")]
    Functions {
        /// Where they should be.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Embedded DynamoDB failed.
    #[error("embedded DynamoDB: {0}")]
    EmbeddedDynamoDb(String),
    /// The template says something that this program does not understand.
    #[error("infra/template.yaml: {0}")]
    Template(String),
    /// The table cannot be made, or is not as the template says.
    #[error("the table {table}: {reason}")]
    Table {
        /// Its name.
        table: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The table's stream cannot be read.
    #[error("the stream of the table: {0}")]
    Stream(String),
    /// A server inside this program cannot be started.
    #[error("cannot serve: {0}")]
    Server(std::io::Error),
}

/// Why a function gave no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The function did not end as it should.
    Crashed,
    /// The function was perhaps never called.
    Unreachable(LocalError),
}

/// Why a call to DynamoDB failed, in one line without contents.
pub(crate) fn reason<E>(error: &SdkError<E>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(service) => match (service.err().code(), service.err().message()) {
            (Some(code), Some(message)) => one_line(&format!("{code}: {message}")),
            (Some(code), None) => code.to_owned(),
            (None, _) => "the answer is not DynamoDB's".to_owned(),
        },
        SdkError::ResponseError(_) => "the answer is not DynamoDB's".to_owned(),
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        _ => "nothing answers there".to_owned(),
    }
}

/// A text of any form as one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
