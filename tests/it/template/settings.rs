//! What the functions are told.

use std::collections::BTreeSet;

use serde_json::Value;
use shared::sms::MaxPrice;

use crate::resources::Template;

/// Each function, and the variables that it reads besides the log level, which all do.
const READ: [(&str, &[&str]); 6] = [
    ("StartLogin", &["TABLE", "ROOT_SECRET_ARN", "COUNTRIES", "DEFAULT_COUNTRY", "ORIGINS"]),
    ("DeliverCode", &["TABLE", "ROOT_SECRET_ARN", "DOMAIN", "SENDER_ID", "ORIGINATION_NUMBER", "MAX_PRICE"]),
    ("VerifyCode", &["TABLE", "ROOT_SECRET_ARN", "ORIGINS"]),
    ("Register", &["TABLE", "ORIGINS"]),
    ("Session", &["TABLE", "ORIGINS"]),
    ("Pages", &["TABLE", "ROOT_SECRET_ARN", "COUNTRIES", "DEFAULT_COUNTRY", "DOMAIN", "ORIGINS"]),
];

pub(super) fn told(template: &Template) -> Vec<String> {
    let mut flaws = Vec::new();
    for (function, read) in READ {
        let expected: BTreeSet<_> = read.iter().map(|variable| format!("DOORCODE_{variable}")).collect();
        let told = names(&template.properties(function)["Environment"]["Variables"]);
        flaws.extend(expected.symmetric_difference(&told).map(|variable| format!("{function}: {variable}")));
    }
    let all = names(&template.all()["Globals"]["Function"]["Environment"]["Variables"]);
    flaws.extend(
        all.into_iter().filter(|variable| variable != "DOORCODE_LOG").map(|variable| format!("all: {variable}")),
    );
    flaws
}

/// The bounds and the default of the highest price (requirement S-11) are those of the function.
pub(super) fn prices(template: &Template) -> Vec<String> {
    let price = &template.all()["Parameters"]["MaxPrice"];
    let taken = |bound: &str| MaxPrice::parse(&price[bound].to_string()).is_some();
    let checks = [
        ("the lowest", taken("MinValue")),
        ("the highest", taken("MaxValue")),
        ("the default", price["Default"].as_f64() == MaxPrice::default().as_str().parse().ok()),
    ];
    checks.into_iter().filter(|(_, holds)| !holds).map(|(name, _)| name.to_owned()).collect()
}

fn names(variables: &Value) -> BTreeSet<String> {
    variables.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}
