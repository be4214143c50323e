//! What SNS and a phone do: the calls that send a text, the inbox where it arrives, and the site that shows it.

pub(crate) mod inbox;
pub(crate) mod inbox_site;
mod sns;
