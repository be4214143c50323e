//! What an address has asked for.

use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, Update};

use super::item_key::Key;
use super::{Item, Table, number, time, unbuildable};
use crate::error::Error;
use crate::sending::ip_limit::AddressBudget;

impl Table {
    /// One item for each address and day. It counts the day, and each quarter of an hour of it under a name of its own, so
    /// that both limits are one condition.
    pub(super) fn count_ask(&self, budget: &AddressBudget) -> Result<Update, Error> {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::address(budget).item()))
            .update_expression("SET expires_at = :end ADD #count :one, #quarter :one")
            .condition_expression(
                "(attribute_not_exists(#count) OR #count < :day) \
                 AND (attribute_not_exists(#quarter) OR #quarter < :quarter)",
            )
            .expression_attribute_names("#count", "count")
            .expression_attribute_names("#quarter", format!("q{:02}", budget.quarter()))
            .expression_attribute_values(":end", time(budget.day_end()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":day", number(budget.limits.in_a_day))
            .expression_attribute_values(":quarter", number(budget.limits.in_a_quarter))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(unbuildable)
    }
}

/// How often an address has asked in the day of its item.
pub(super) fn asks_in_the_day(item: &Item) -> u32 {
    let count = item.get("count").and_then(|count| count.as_n().ok());
    count.and_then(|count| count.parse().ok()).unwrap_or_default()
}
