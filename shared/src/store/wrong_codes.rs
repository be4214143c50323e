//! Wrong codes that were typed for a number.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use serde::Deserialize;

use super::item_key::Key;
use super::throttles::THROTTLE_LIFE;
use super::{Found, SCHEMA, SCHEMA_VERSION, Table, from_item, number, time, unavailable};
use crate::error::Error;
use crate::keys::NumberId;
use crate::time::Timestamp;

/// The end of the count of a number that has an account: none, since time must not unlock it (requirement G-06). It is
/// written as long as any other end.
const NEVER: Timestamp = Timestamp::from_secs(9_999_999_999);

#[derive(Default, Deserialize)]
struct WrongCodesRow {
    wrong_codes: i64,
}

/// Wrong codes that were counted for the number of this id.
pub(super) fn wrong_codes(found: &mut Found, id: &NumberId) -> Result<i64, Error> {
    Ok(found.row::<WrongCodesRow>(&Key::wrong_codes(id))?.unwrap_or_default().wrong_codes)
}

/// How a count goes on.
pub(super) struct CountFrom {
    /// Where a count begins that is not there.
    pub(super) start: i64,
    /// Whether it is kept as that of an account.
    pub(super) is_of_account: bool,
}

impl Table {
    /// Counts `more` wrong codes, none or one: the same write each time, and as long. Gives back all that are counted.
    pub(super) async fn add_wrong_codes(
        &self,
        of: &NumberId,
        from: CountFrom,
        more: i64,
        now: Timestamp,
    ) -> Result<i64, Error> {
        let call = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(Key::wrong_codes(of).item()))
            .update_expression(
                "SET wrong_codes = if_not_exists(wrong_codes, :start) + :more, expires_at = :end, #schema = :schema",
            )
            .return_values(ReturnValue::UpdatedNew)
            .expression_attribute_names("#schema", SCHEMA)
            .expression_attribute_values(":schema", number(SCHEMA_VERSION))
            .expression_attribute_values(":end", time(if from.is_of_account { NEVER } else { now.plus(THROTTLE_LIFE) }))
            // DynamoDB drops the leading zeros.
            .expression_attribute_values(":start", AttributeValue::N(format!("{:010}", from.start)))
            .expression_attribute_values(":more", number(more));
        let output = call.send().await.map_err(|error| unavailable("dynamodb UpdateItem", &error))?;
        Ok(from_item::<WrongCodesRow>(output.attributes.unwrap_or_default())?.wrong_codes)
    }
}
