//! Code requests by IP address.

use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, Update};

use super::item_key::Key;
use super::{Item, SCHEMA, SCHEMA_VERSION, Table, number, time, unbuildable};
use crate::error::Error;
use crate::sending::ip_limit::IpWindow;

impl Table {
    /// One item for each address and day. It counts the day, and each quarter of an hour of it under a name of its own,
    /// so that both limits are one condition.
    pub(super) fn count_code_request(&self, window: &IpWindow) -> Result<Update, Error> {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::ip(window).item()))
            .update_expression("SET expires_at = :end, #schema = :schema ADD #count :one, #quarter :one")
            .condition_expression(
                "(attribute_not_exists(#count) OR #count < :day) \
                 AND (attribute_not_exists(#quarter) OR #quarter < :quarter)",
            )
            .expression_attribute_names("#schema", SCHEMA)
            .expression_attribute_values(":schema", number(SCHEMA_VERSION))
            .expression_attribute_names("#count", "count")
            .expression_attribute_names("#quarter", format!("q{:02}", window.quarter()))
            .expression_attribute_values(":end", time(window.day_end()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":day", number(window.limits.per_day))
            .expression_attribute_values(":quarter", number(window.limits.per_quarter_hour))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(unbuildable)
    }
}

/// Code requests of the day of the item.
pub(super) fn requests_today(item: &Item) -> u32 {
    let count = item.get("count").and_then(|count| count.as_n().ok());
    count.and_then(|count| count.parse().ok()).unwrap_or_default()
}
