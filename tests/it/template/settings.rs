//! What the functions are told.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::sending::ip_limit::AskLimits;
use shared::sending::quota::TextLimits;
use shared::sms::MaxPrice;

use crate::resources::Template;

/// Each function, and the variables that it reads besides the log level, which all do.
const READ: [(&str, &[&str]); 6] = [
    (
        "StartLogin",
        &[
            "TABLE",
            "ROOT_SECRET_ARN",
            "COUNTRIES",
            "DEFAULT_COUNTRY",
            "NUMBER_KINDS",
            "TEST_NUMBERS",
            "ORIGINS",
            "FRONT_SECRET_ARN",
            "ASKS_IN_A_QUARTER",
            "ASKS_IN_A_DAY",
        ],
    ),
    (
        "DeliverCode",
        &[
            "TABLE",
            "ROOT_SECRET_ARN",
            "DOMAIN",
            "SENDER_ID",
            "ORIGINATION_NUMBER",
            "MAX_PRICE",
            "REGISTRATION",
            "UNUSED_TEXTS_IN_A_DAY",
            "STRANGER_TEXTS_IN_A_DAY",
            "DEVICE_TEXTS_IN_A_DAY",
            "COUNTRY_TEXTS_IN_AN_HOUR",
            "COUNTRY_TEXTS_IN_A_DAY",
            "RANGE_NUMBERS_IN_AN_HOUR",
        ],
    ),
    ("VerifyCode", &["TABLE", "ROOT_SECRET_ARN", "ORIGINS", "REGISTRATION"]),
    ("Register", &["TABLE", "ORIGINS"]),
    ("Session", &["TABLE", "ORIGINS"]),
    (
        "Pages",
        &[
            "TABLE",
            "ROOT_SECRET_ARN",
            "COUNTRIES",
            "DEFAULT_COUNTRY",
            "NUMBER_KINDS",
            "TEST_NUMBERS",
            "DOMAIN",
            "ORIGINS",
            "FRONT_SECRET_ARN",
        ],
    ),
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

/// Numbers that nobody has are taken only where the deployer says so, and never without an alarm.
pub(super) fn test_numbers(template: &Template) -> Vec<String> {
    let all = template.all();
    let checks = [
        ("they are taken by default", all["Parameters"]["TestNumbers"]["Default"] == "no"),
        ("the alarm has another condition", all["Resources"]["TestNumbersOn"]["Condition"] == "TakesTestNumbers"),
        ("the condition is another", all["Conditions"]["TakesTestNumbers"] == json!(["TestNumbers", "yes"])),
    ];
    checks.into_iter().filter(|(_, holds)| !holds).map(|(flaw, _)| flaw.to_owned()).collect()
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

/// The limits that a deployer need not choose are those that the code has by itself.
pub(super) fn limits(template: &Template) -> Vec<String> {
    let (asks, texts) = (AskLimits::default(), TextLimits::default());
    let usual = [
        ("AsksInAQuarter", asks.in_a_quarter),
        ("AsksInADay", asks.in_a_day),
        ("UnusedTextsInADay", texts.unused_in_a_day),
        ("StrangerTextsInADay", texts.to_strangers_in_a_day),
        ("DeviceTextsInADay", texts.to_devices_in_a_day),
        ("CountryTextsInAnHour", texts.of_a_country_in_an_hour),
        ("CountryTextsInADay", texts.of_a_country_in_a_day),
        ("RangeNumbersInAnHour", texts.of_a_range_in_an_hour),
    ];
    let parameters = &template.all()["Parameters"];
    let differs = |(name, usual): &(&str, u32)| parameters[*name]["Default"] != *usual;
    usual.iter().filter(|limit| differs(limit)).map(|(name, _)| (*name).to_owned()).collect()
}

fn names(variables: &Value) -> BTreeSet<String> {
    variables.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}
