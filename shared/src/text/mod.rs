//! The languages of the service, and the words of the text message. No I/O: what is read from `shared/languages/` is
//! read while this is compiled.
//!
//! - [`Language`]: the languages, each a file, and which of them a browser asks for.
//! - [`Messages`]: the text message of each language, for one domain and one [`ServiceName`].
//! - `segment`: whether a text fits one SMS.

mod by_country;
mod domain;
mod language;
mod lookup;
mod messages;
mod segment;
mod service_name;

pub use by_country::{BadMessages, CountryMessages};
pub use domain::{BadDomain, SmsDomain};
pub use language::Language;
pub use messages::{DoesNotFit, Messages};
pub use service_name::ServiceName;
