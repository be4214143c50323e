//! What the functions are told.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::sending::ip_limit::IpLimits;
use shared::sending::quota::QuotaLimits;
use shared::sms::MaxPrice;
use shared::text::ServiceName;

use crate::resources::Template;

/// Each function, and the variables that it reads besides the log level, which all do.
const READ: [(&str, &[&str]); 6] = [
    (
        "StartLogin",
        &[
            "TABLE",
            "NUMBER_SECRET_ARN",
            "COUNTRIES",
            "DEFAULT_COUNTRY",
            "NUMBER_KINDS",
            "TEST_NUMBERS",
            "ORIGINS",
            "PROXY_SECRET_ARN",
            "IP_REQUESTS_PER_QUARTER_HOUR",
            "IP_REQUESTS_PER_DAY",
        ],
    ),
    (
        "DeliverCode",
        &[
            "TABLE",
            "NUMBER_SECRET_ARN",
            "CODE_SECRET_ARN",
            "DOMAIN",
            "SENDER_ID",
            "ORIGINATION_NUMBER",
            "MAX_PRICE",
            "SERVICE_NAME",
            "MESSAGES",
            "INDIA_ENTITY_ID",
            "INDIA_TEMPLATE_ID",
            "REGISTRATION",
            "UNVERIFIED_TEXTS_PER_DAY",
            "UNRECOGNIZED_TEXTS_PER_DAY",
            "RECOGNIZED_TEXTS_PER_DAY",
            "COUNTRY_TEXTS_PER_HOUR",
            "COUNTRY_TEXTS_PER_DAY",
            "COUNTRY_UNVERIFIED_TEXTS_PER_DAY",
            "BLOCK_NUMBERS_PER_HOUR",
        ],
    ),
    ("VerifyCode", &["TABLE", "NUMBER_SECRET_ARN", "CODE_SECRET_ARN", "ORIGINS", "REGISTRATION"]),
    ("Register", &["TABLE", "CODE_SECRET_ARN", "ORIGINS"]),
    ("Session", &["TABLE", "ORIGINS"]),
    (
        "Pages",
        &[
            "TABLE",
            "NUMBER_SECRET_ARN",
            "CODE_SECRET_ARN",
            "COUNTRIES",
            "DEFAULT_COUNTRY",
            "NUMBER_KINDS",
            "TEST_NUMBERS",
            "DOMAIN",
            "SERVICE_NAME",
            "ORIGINS",
            "PROXY_SECRET_ARN",
            "ACCENT_COLOR",
            "TERMS_URL",
            "PRIVACY_URL",
            "SUPPORT_URL",
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

/// What the functions refuse is refused before a deployment: two senders, and ids of India without a text. The default
/// name is that of the code, and the longest one too.
pub(super) fn texts(template: &Template) -> Vec<String> {
    let all = template.all();
    let (name, rules) = (&all["Parameters"]["ServiceName"], &all["Rules"]);
    let is_set = |parameter: &str| json!([[parameter, ""]]);
    let asserts = |rule: &str, index: usize| rules[rule]["Assertions"][index]["Assert"].clone();
    let checks = [
        ("the default name", name["Default"] == ServiceName::default().as_str()),
        ("the longest name", name["MaxLength"] == ServiceName::LONGEST),
        ("two senders: when", rules["OneSender"]["RuleCondition"] == is_set("SenderId")),
        ("two senders: what", asserts("OneSender", 0) == json!(["OriginationNumber", ""])),
        ("the entity of India: when", rules["IndiaNeedsBothIds"]["RuleCondition"] == is_set("IndiaEntityId")),
        ("the entity of India: what", asserts("IndiaNeedsBothIds", 0) == is_set("IndiaTemplateId")),
        ("the template of India: when", rules["IndiaNeedsItsText"]["RuleCondition"] == is_set("IndiaTemplateId")),
        ("the template of India: entity", asserts("IndiaNeedsItsText", 0) == is_set("IndiaEntityId")),
        ("the template of India: text", asserts("IndiaNeedsItsText", 1) == is_set("Messages")),
    ];
    checks.into_iter().filter(|(_, holds)| !holds).map(|(name, _)| name.to_owned()).collect()
}

/// The limits that a deployer need not choose are those that the code has by itself.
pub(super) fn limits(template: &Template) -> Vec<String> {
    let (ip, texts) = (IpLimits::default(), QuotaLimits::default());
    let usual = [
        ("IpRequestsPerQuarterHour", ip.per_quarter_hour),
        ("IpRequestsPerDay", ip.per_day),
        ("UnverifiedTextsPerDay", texts.unverified_per_day),
        ("UnrecognizedTextsPerDay", texts.unrecognized_per_day),
        ("RecognizedTextsPerDay", texts.recognized_per_day),
        ("CountryTextsPerHour", texts.country_per_hour),
        ("CountryTextsPerDay", texts.country_per_day),
        ("CountryUnverifiedTextsPerDay", texts.country_unverified_per_day),
        ("BlockNumbersPerHour", texts.block_numbers_per_hour),
    ];
    let parameters = &template.all()["Parameters"];
    let differs = |(name, usual): &(&str, u32)| parameters[*name]["Default"] != *usual;
    usual.iter().filter(|limit| differs(limit)).map(|(name, _)| (*name).to_owned()).collect()
}

fn names(variables: &Value) -> BTreeSet<String> {
    variables.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}
