//! Wrong codes that were typed for a number.

use serde::Deserialize;

use super::item_key::Key;
use super::throttles::THROTTLE_LIFE;
use super::{Found, SCHEMA, SCHEMA_VERSION, Table, number, succeeded, time};
use crate::error::Error;
use crate::keys::{NumberId, NumberIds};
use crate::time::Timestamp;

#[derive(Default, Deserialize)]
struct WrongCodesRow {
    wrong_codes: i64,
}

/// Wrong codes that were typed for the number of this id.
pub(super) fn wrong_codes(found: &mut Found, id: &NumberId) -> Result<i64, Error> {
    Ok(found.row::<WrongCodesRow>(&Key::wrong_codes(id))?.unwrap_or_default().wrong_codes)
}

impl Table {
    /// Counts a wrong code that was typed for a number, whether it has an account or not. Nothing but a security notice
    /// depends on it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn count_wrong_code(&self, of: &NumberIds, now: Timestamp) -> Result<(), Error> {
        let call = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(Key::wrong_codes(&of.first).item()))
            .update_expression("SET expires_at = :end, #schema = :schema ADD wrong_codes :one")
            .expression_attribute_names("#schema", SCHEMA)
            .expression_attribute_values(":schema", number(SCHEMA_VERSION))
            .expression_attribute_values(":end", time(now.plus(THROTTLE_LIFE)))
            .expression_attribute_values(":one", number(1));
        succeeded("dynamodb UpdateItem", call.send().await).map(|_| ())
    }
}
