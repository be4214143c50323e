//! Starts of logins, by IP address or by recognized browser.

use aws_sdk_dynamodb::config::Config;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, Update};
use futures_util::future::try_join_all;

use super::item_key::Key;
use super::{Item, SCHEMA, SCHEMA_VERSION, Table, number, succeeded, time, unbuildable};
use crate::error::Error;
use crate::keys::NetworkId;
use crate::login::proof::{CountedStart, Proof};
use crate::sending::ip_limit::{IpWindow, day_end, quarter};
use crate::time::Timestamp;

impl Table {
    /// One item for each network and day. It counts the day, and each quarter of an hour of it under a name of its own,
    /// so that both limits are one condition.
    pub(super) fn count_start(&self, network: &NetworkId, window: &IpWindow) -> Result<Update, Error> {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::ip(network, window.day_start()).item()))
            .update_expression("SET expires_at = :end, #schema = :schema ADD #count :one, #quarter :one")
            .condition_expression(
                "(attribute_not_exists(#count) OR #count < :day) \
                 AND (attribute_not_exists(#quarter) OR #quarter < :quarter)",
            )
            .expression_attribute_names("#schema", SCHEMA)
            .expression_attribute_values(":schema", number(SCHEMA_VERSION))
            .expression_attribute_names("#count", "count")
            .expression_attribute_names("#quarter", quarter_name(window.quarter()))
            .expression_attribute_values(":end", time(window.day_end()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":day", number(window.limits.per_day))
            .expression_attribute_values(":quarter", number(window.limits.per_quarter_hour))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(unbuildable)
    }

    /// Takes a start that a login followed out of the counts of its networks. Call it once for each login: then nobody
    /// takes out more than was counted for the same request.
    ///
    /// It is no part of the login's transaction. Whoever starts many logins at one address could otherwise make the
    /// logins of others there meet a conflict.
    ///
    /// A failure leaves the start counted, and is logged.
    pub async fn give_start_back(&self, proof: &Proof, now: Timestamp) {
        let Some(counted) = proof.target.counted.as_ref().filter(|counted| now < day_end(counted.at)) else { return };
        if let Err(error) = self.uncount(counted).await {
            tracing::warn!(%error, "start not given back: it stays counted for its network");
        }
    }

    async fn uncount(&self, counted: &CountedStart) -> Result<(), Error> {
        let calls = counted.networks.iter().map(|network| async move {
            let call = self
                .client
                .update_item()
                .table_name(&self.name)
                .set_key(Some(Key::ip(network, counted.at).item()))
                .update_expression("ADD #count :less, #quarter :less")
                .condition_expression("#count > :none")
                .expression_attribute_names("#count", "count")
                .expression_attribute_names("#quarter", quarter_name(quarter(counted.at)))
                .expression_attribute_values(":less", number(-1))
                .expression_attribute_values(":none", number(0));
            // Not tried again: a call that was done and not answered would take out a start of somebody else.
            let once = Config::builder().retry_config(RetryConfig::disabled());
            succeeded("dynamodb UpdateItem", call.customize().config_override(once).send().await).map(|_| ())
        });
        try_join_all(calls).await.map(|_| ())
    }
}

fn quarter_name(quarter: i64) -> String {
    format!("q{quarter:02}")
}

/// Starts of the day of the item.
pub(super) fn starts_today(item: &Item) -> u32 {
    let count = item.get("count").and_then(|count| count.as_n().ok());
    count.and_then(|count| count.parse().ok()).unwrap_or_default()
}
