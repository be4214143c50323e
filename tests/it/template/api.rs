//! What the API lets in, and what it writes down.

use serde_json::Value;

use crate::resources::{FUNCTIONS, Template, list, text};

const ROUTES: [(&str, &str); 9] = [
    ("$default", "Pages"),
    ("DELETE /auth/session", "Session"),
    ("GET /auth/session", "Session"),
    ("POST /auth/code", "VerifyCode"),
    ("POST /auth/lock", "Session"),
    ("POST /auth/login", "StartLogin"),
    ("POST /auth/login/resend", "StartLogin"),
    ("POST /auth/register", "Register"),
    ("POST /auth/unlock", "Session"),
];

/// Calls a second that one route may let in, where it sends texts or writes accounts.
const FASTEST_LOGIN: u64 = 50;

pub(super) fn routes(template: &Template) -> Vec<String> {
    let mut found: Vec<_> = template.events("HttpApi").map(|(function, event)| (route(event), function)).collect();
    found.sort();
    let mut flaws = Vec::new();
    if found.iter().map(|(route, function)| (route.as_str(), *function)).ne(ROUTES) {
        flaws.push(format!("{found:?}"));
    }
    for (function, folder) in FUNCTIONS {
        let code = text(&template.properties(function)["CodeUri"]);
        if code != format!("../functions/{folder}") {
            flaws.push(format!("{function} is built from {code}"));
        }
    }
    flaws
}

fn route(event: &Value) -> String {
    match (event["Method"].as_str(), event["Path"].as_str()) {
        (Some(method), Some(path)) => format!("{method} {path}"),
        _ => "$default".to_owned(),
    }
}

pub(super) fn access_log(template: &Template) -> Vec<String> {
    let format = text(&template.properties("Api")["AccessLogSettings"]["Format"]);
    let told = format.split('"').filter_map(|part| part.strip_prefix("$context."));
    let told: Vec<_> = told.collect();
    let personal =
        |name: &&&str| ["identity", "path", "authorizer", "domainName"].iter().any(|part| name.contains(part));
    let flaws: Vec<_> = told.iter().filter(personal).map(|name| (*name).to_owned()).collect();
    if told.is_empty() { vec!["there is no access log".to_owned()] } else { flaws }
}

pub(super) fn throttles(template: &Template) -> Vec<String> {
    let api = template.properties("Api");
    let limited =
        |settings: &Value| ["ThrottlingRateLimit", "ThrottlingBurstLimit"].map(|limit| settings[limit].clone());
    let mut flaws = Vec::new();
    if limited(&api["DefaultRouteSettings"]).iter().any(|limit| limit != "CallsPerSecond") {
        flaws.push("routes without a throttle of their own have none".to_owned());
    }
    for (route, _) in ROUTES.iter().filter(|(route, _)| route.starts_with("POST")) {
        let [rate, burst] = limited(&api["RouteSettings"][route]);
        let held = |limit: &Value, most: u64| limit.as_u64().is_some_and(|limit| (1..=most).contains(&limit));
        if !held(&rate, FASTEST_LOGIN) || !held(&burst, 2 * FASTEST_LOGIN) {
            flaws.push(format!("{route}: {rate} a second, {burst} at once"));
        }
    }
    flaws
}

pub(super) fn one_way_in(template: &Template) -> Vec<String> {
    let mut flaws = Vec::new();
    let (api, domain) = (template.properties("Api"), template.properties("CustomDomain"));
    let policies = list(&domain["DomainNameConfigurations"]).iter().map(|each| text(&each["SecurityPolicy"]));
    if policies.collect::<Vec<_>>() != ["TLS_1_2"] {
        flaws.push(format!("TLS before 1.2: {domain}"));
    }
    if api["DisableExecuteApiEndpoint"] != serde_json::json!(["ServesDomain", true, false]) {
        flaws.push("with a domain of its own, the API still answers at its other address".to_owned());
    }
    if !api["CorsConfiguration"].is_null() {
        flaws.push("the API is open to pages of other origins".to_owned());
    }
    flaws
}
