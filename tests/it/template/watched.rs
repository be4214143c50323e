//! What is counted and who hears of it, and that nobody can make it unheard.

use std::collections::BTreeSet;

use shared::sending::decision::Reason;
use shared::telemetry::Metrics;

use crate::resources::{FUNCTIONS, Template, list, text};

/// Alarms without which an attack or a failure would go on unseen.
const NEEDED: [&str; 11] = [
    "CallsThrottled",
    "QuotaHalfUsed",
    "QuotaUsedUp",
    "CodesGuessed",
    "ErrorsLogged",
    "NumbersLocked",
    "SpendNearLimit",
    "TableThrottled",
    "TestNumbersOn",
    "TextsGivenUp",
    "TextsUnverified",
];

/// Alarms on the sum of a metric of all functions.
const OF_ALL_FUNCTIONS: [(&str, &str); 2] = [("FunctionsFail", "Errors"), ("FunctionsThrottled", "Throttles")];

/// The namespace of the metrics that are made from log lines.
const NAMESPACE: &str = "Doorcode/${AWS::StackName}";

/// What functions may do with logs.
const LOG_ACTIONS: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];

pub(super) fn counts(template: &Template) -> Vec<String> {
    let filters: BTreeSet<_> = metrics_of_functions(template).collect();
    let uncounted = Metrics::ALL.iter().filter(|name| {
        let pattern = format!(r#"{{ $.metric = "{name}" }}"#);
        !filters.contains(&(pattern.as_str(), **name))
    });
    uncounted.map(|name| format!("{name} becomes no metric")).collect()
}

pub(super) fn alarms(template: &Template) -> Vec<String> {
    let made: BTreeSet<_> = metrics(template).map(|(_, _, name)| name).collect();
    let mut missing: BTreeSet<_> = NEEDED.into();
    let mut flaws = Vec::new();
    for (name, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        missing.remove(name);
        let alarm = &alarm["Properties"];
        if list(&alarm["AlarmActions"]) != ["AlarmTopic"] {
            flaws.push(format!("nobody hears of {name}"));
        }
        let parts = list(&alarm["Metrics"]).iter().map(|part| &part["MetricStat"]["Metric"]);
        let own = parts.chain([alarm]).filter(|metric| metric["Namespace"] == NAMESPACE);
        let unmade = own.map(|metric| text(&metric["MetricName"])).filter(|metric| !made.contains(metric));
        flaws.extend(unmade.map(|metric| format!("{name} watches {metric}, which is not made")));
    }
    flaws.extend(missing.into_iter().map(|name| format!("there is no alarm {name}")));
    flaws
}

/// A function that is missing in a sum fails, and nobody hears of it.
pub(super) fn every_function(template: &Template) -> Vec<String> {
    let mut flaws = Vec::new();
    for (alarm, name) in OF_ALL_FUNCTIONS {
        let parts = list(&template.properties(alarm)["Metrics"]).iter().map(|part| &part["MetricStat"]["Metric"]);
        let of_lambda = parts.filter(|metric| metric["Namespace"] == "AWS/Lambda" && metric["MetricName"] == name);
        let watched: BTreeSet<_> = of_lambda.map(|metric| text(&metric["Dimensions"][0]["Value"])).collect();
        let missing = FUNCTIONS.iter().filter(|(function, _)| !watched.contains(function));
        flaws.extend(missing.map(|(function, _)| format!("{alarm} does not watch {function}")));
    }
    let dashboard = text(&template.properties("Dashboard")["DashboardBody"]);
    for name in ["Errors", "Duration"] {
        let shown = |function: &str| {
            dashboard.contains(&format!(r#"["AWS/Lambda", "{name}", "FunctionName", "${{{function}}}"]"#))
        };
        let missing = FUNCTIONS.iter().filter(|(function, _)| !shown(function));
        flaws.extend(missing.map(|(function, _)| format!("the dashboard does not show {name} of {function}")));
    }
    flaws
}

/// The alarm of quotas depends on the end of the reasons that name one.
pub(super) fn used_up_quotas(template: &Template) -> Vec<String> {
    let ended = r#"{ ($.metric = "texts_suppressed") && ($.reason = "*-quota") }"#;
    let counted = metrics_of_functions(template).any(|made| made == (ended, "quota_used_up"));
    let of_quotas = Reason::ALL.iter().filter(|reason| format!("{reason:?}").ends_with("Quota"));
    let others = of_quotas.map(|reason| reason.as_str()).filter(|name| !name.ends_with("-quota"));
    let unheard = others.map(|reason| format!("nobody hears of {reason}"));
    unheard.chain((!counted).then(|| "used up quotas become no metric".to_owned())).collect()
}

pub(super) fn log_rights(template: &Template) -> Vec<String> {
    let statements = template.all_statements().into_iter();
    let actions = statements.flat_map(|(owner, statement)| {
        statement.actions().into_iter().map(move |action| (owner, action)).collect::<Vec<_>>()
    });
    let changing = actions.filter(|(_, action)| action.starts_with("logs:") && !LOG_ACTIONS.contains(action));
    changing.map(|(owner, action)| format!("{owner} may {action}")).collect()
}

/// The metrics that are made from the functions' log lines, each after the pattern of its lines.
fn metrics_of_functions(template: &Template) -> impl Iterator<Item = (&str, &str)> {
    metrics(template).filter(|(group, ..)| *group == "Logs").map(|(_, pattern, name)| (pattern, name))
}

/// The metrics that are made from log lines, each after its log group and the pattern of its lines.
fn metrics(template: &Template) -> impl Iterator<Item = (&str, &str, &str)> {
    let filters = template.of_type("AWS::Logs::MetricFilter").map(|(_, filter)| &filter["Properties"]);
    filters.flat_map(|filter| {
        let made = list(&filter["MetricTransformations"]).iter().filter(|made| made["MetricNamespace"] == NAMESPACE);
        made.map(|made| (text(&filter["LogGroupName"]), text(&filter["FilterPattern"]), text(&made["MetricName"])))
    })
}
