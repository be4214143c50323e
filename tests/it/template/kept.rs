//! What is kept, for how long, and what is handed on.

use serde_json::Value;
use shared::sending::job::MAX_JOB_AGE;

use crate::resources::{Template, list, text, texts};

/// Requirement P-05.
const LONGEST_LOGS: u64 = 90;

pub(super) fn stream_event(template: &Template) -> Vec<String> {
    let events: Vec<_> = template.events("DynamoDB").collect();
    let [("DeliverCode", event)] = events.as_slice() else { return vec![format!("{events:?}")] };
    let filters = list(&event["FilterCriteria"]["Filters"]);
    let patterns: Vec<Value> =
        filters.iter().filter_map(|filter| serde_json::from_str(text(&filter["Pattern"])).ok()).collect();
    let requested = serde_json::json!({ "state": { "S": ["requested"] }, "untried": { "S": ["yes"] } });
    let requested = serde_json::json!({ "dynamodb": { "NewImage": requested } });
    let failed = &event["DestinationConfig"]["OnFailure"];
    let checks = [
        ("the filter", patterns == [requested]),
        ("the age", event["MaximumRecordAgeInSeconds"] == MAX_JOB_AGE),
        ("the retries", event["MaximumRetryAttempts"].as_u64().is_some_and(|retries| (1..=5).contains(&retries))),
        ("the bisection", event["BisectBatchOnFunctionError"] == true),
        ("the partial answers", texts(&event["FunctionResponseTypes"]) == ["ReportBatchItemFailures"]),
        ("the queue", failed["Type"] == "SQS" && failed["Destination"] == "Undelivered.Arn"),
        ("the stream", event["Stream"] == "Table.StreamArn"),
        ("the image", template.properties("Table")["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"),
    ];
    wrong(&checks)
}

pub(super) fn table(template: &Template) -> Vec<String> {
    let table = template.properties("Table");
    let expiry = &table["TimeToLiveSpecification"];
    let checks = [
        ("time to live", expiry["AttributeName"] == "expires_at" && expiry["Enabled"] == true),
        ("recovery", table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] == true),
        ("deletion protection", table["DeletionProtectionEnabled"] == true),
        ("on demand", table["BillingMode"] == "PAY_PER_REQUEST"),
        ("an end to the bill", table["OnDemandThroughput"].as_object().is_some_and(|limits| limits.len() == 2)),
    ];
    [retained(template, "Table"), wrong(&checks)].concat()
}

pub(super) fn logs(template: &Template) -> Vec<String> {
    let mut flaws = Vec::new();
    let choices = list(&template.all()["Parameters"]["LogRetentionInDays"]["AllowedValues"]);
    if choices.is_empty() || !choices.iter().all(|days| days.as_u64().is_some_and(|days| days <= LONGEST_LOGS)) {
        flaws.push(format!("{choices:?}"));
    }
    for (name, group) in template.of_type("AWS::Logs::LogGroup") {
        if group["Properties"]["RetentionInDays"] != "LogRetentionInDays" {
            flaws.push(format!("{name} is kept for ever"));
        }
    }
    if template.all()["Globals"]["Function"]["LoggingConfig"]["LogGroup"] != "Logs" {
        flaws.push("functions write to groups that Lambda makes, which are kept for ever".to_owned());
    }
    flaws
}

pub(super) fn retained(template: &Template, name: &str) -> Vec<String> {
    let resource = &template.all()["Resources"][name];
    let kept = resource["DeletionPolicy"] == "Retain" && resource["UpdateReplacePolicy"] == "Retain";
    if kept { Vec::new() } else { vec![format!("{name} goes with the stack")] }
}

/// The names of the checks that failed.
fn wrong(checks: &[(&str, bool)]) -> Vec<String> {
    checks.iter().filter(|(_, holds)| !holds).map(|(name, _)| (*name).to_owned()).collect()
}
