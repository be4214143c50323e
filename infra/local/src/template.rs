//! The parts of `infra/template.yaml` that this program uses: routes, the table, the stream event.
//!
//! The deployment and this program read one file, so a route or a key that is changed there is changed here.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{LocalError, one_line};
use crate::stream::Subscription;
use crate::stream::filter::Filter;

const TEXT: &str = include_str!("../../template.yaml");

/// What the template says.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) routes: Vec<Route>,
    pub(crate) table: TableDefinition,
    pub(crate) subscription: Subscription,
}

/// One route of the HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// As API Gateway writes it: `POST /auth/login`, or `$default`.
    pub(crate) key: String,
    /// The function's folder in `functions/`.
    pub(crate) function: String,
}

/// The definition of the table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TableDefinition {
    /// The key attributes and their types.
    pub(crate) attributes: Vec<(String, String)>,
    /// The key attributes and their parts in the key.
    pub(crate) keys: Vec<(String, String)>,
    /// The attribute that DynamoDB's time to live reads.
    pub(crate) expiry: String,
    /// What the stream's records hold.
    pub(crate) view: String,
}

impl Template {
    /// The template that this program was built with.
    pub(crate) fn embedded() -> Result<Self, LocalError> {
        Self::parse(TEXT)
    }

    fn parse(text: &str) -> Result<Self, LocalError> {
        // CloudFormation's tags (`!Ref` and others) stand on values that this program does not read.
        let document: Document = serde_saphyr::from_str(text).map_err(|error| fault(&error.to_string()))?;
        let functions = document.of_type("AWS::Serverless::Function");
        let events = functions.flat_map(|function| function.events.values().map(|event| (function.folder(), event)));
        let (mut routes, mut subscriptions) = (Vec::new(), Vec::new());
        for (function, event) in events {
            match event.kind.as_str() {
                "HttpApi" => routes.push(Route { key: event.properties.route_key(), function }),
                "DynamoDB" => subscriptions.push(event.properties.subscription(function)?),
                other => {
                    return Err(fault(&format!("events of the type {other} are not supported by the local program")));
                }
            }
        }
        let table = single(document.of_type("AWS::DynamoDB::Table"), "table")?.table()?;
        Ok(Self { routes, table, subscription: single(subscriptions.into_iter(), "stream event")? })
    }
}

/// The routes of another template, as API Gateway writes them; what can be read of a template is tried by it.
///
/// # Errors
/// [`LocalError::Template`]: the text is no template, or one that this program does not support.
pub fn routes_of(text: &str) -> Result<Vec<String>, LocalError> {
    Ok(Template::parse(text)?.routes.into_iter().map(|route| route.key).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    resources: BTreeMap<String, Resource>,
}

impl Document {
    fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Properties> {
        self.resources.values().filter(move |resource| resource.kind == kind).map(|resource| &resource.properties)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(default)]
    properties: Properties,
}

/// The properties that matter here, of functions and of tables.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Properties {
    code_uri: String,
    events: BTreeMap<String, Event>,
    attribute_definitions: Vec<Attribute>,
    key_schema: Vec<Attribute>,
    time_to_live_specification: Option<TimeToLive>,
    stream_specification: Option<Stream>,
}

impl Properties {
    fn folder(&self) -> String {
        self.code_uri.rsplit('/').next().unwrap_or_default().to_owned()
    }

    fn table(&self) -> Result<TableDefinition, LocalError> {
        let pairs = |attributes: &[Attribute]| {
            attributes.iter().map(|attribute| (attribute.name.clone(), attribute.value.clone())).collect()
        };
        let expiry = self.time_to_live_specification.as_ref().ok_or_else(|| fault("the table has no time to live"))?;
        let stream = self.stream_specification.as_ref().ok_or_else(|| fault("the table has no stream"))?;
        Ok(TableDefinition {
            attributes: pairs(&self.attribute_definitions),
            keys: pairs(&self.key_schema),
            expiry: expiry.attribute_name.clone(),
            view: stream.stream_view_type.clone(),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    #[serde(rename = "AttributeName")]
    name: String,
    #[serde(alias = "AttributeType", alias = "KeyType")]
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLive {
    attribute_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Stream {
    stream_view_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    #[serde(rename = "Type")]
    kind: String,
    properties: EventProperties,
}

/// The properties of an event, of the API or of the stream.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EventProperties {
    method: Option<String>,
    path: Option<String>,
    batch_size: Option<usize>,
    filter_criteria: Option<FilterCriteria>,
    #[serde(rename = "MaximumRecordAgeInSeconds")]
    maximum_record_age: Option<i64>,
    maximum_retry_attempts: Option<u32>,
    #[serde(default)]
    bisect_batch_on_function_error: bool,
    #[serde(default)]
    function_response_types: Vec<String>,
}

impl EventProperties {
    /// An event without method and path is the route that takes what no other route takes.
    fn route_key(&self) -> String {
        match (&self.method, &self.path) {
            (Some(method), Some(path)) => format!("{} {path}", method.to_uppercase()),
            _ => "$default".to_owned(),
        }
    }

    fn subscription(&self, function: String) -> Result<Subscription, LocalError> {
        let missing = |name: &str| fault(&format!("the stream event of {function} has no {name}"));
        let filters = self.filter_criteria.as_ref().ok_or_else(|| missing("FilterCriteria"))?;
        let patterns = filters.filters.iter().map(|filter| filter.pattern.as_str());
        Ok(Subscription {
            filter: Filter::parse(patterns).map_err(|reason| fault(&reason))?,
            batch_size: self.batch_size.filter(|size| *size > 0).ok_or_else(|| missing("BatchSize"))?,
            maximum_age: self.maximum_record_age.ok_or_else(|| missing("MaximumRecordAgeInSeconds"))?,
            maximum_retries: self.maximum_retry_attempts.ok_or_else(|| missing("MaximumRetryAttempts"))?,
            bisect: self.bisect_batch_on_function_error,
            reports_failures: self.function_response_types.iter().any(|kind| kind == "ReportBatchItemFailures"),
            function,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria {
    filters: Vec<FilterPattern>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterPattern {
    pattern: String,
}

fn single<T>(mut found: impl Iterator<Item = T>, what: &str) -> Result<T, LocalError> {
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(fault(&format!("there is no {what}"))),
        (Some(_), Some(_)) => Err(fault(&format!("there is more than one {what}"))),
    }
}

fn fault(reason: &str) -> LocalError {
    LocalError::Template(one_line(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_routes_are_those_of_the_deployment() {
        let mut routes = Template::embedded().unwrap().routes;
        routes.sort_by(|one, two| one.key.cmp(&two.key));
        let routes: Vec<_> = routes.iter().map(|route| (route.key.as_str(), route.function.as_str())).collect();
        assert_eq!(
            routes,
            [
                ("$default", "pages"),
                ("DELETE /auth/session", "session"),
                ("GET /auth/session", "session"),
                ("POST /auth/code", "verify-code"),
                ("POST /auth/lock", "session"),
                ("POST /auth/login", "start-login"),
                ("POST /auth/login/resend", "start-login"),
                ("POST /auth/register", "register"),
                ("POST /auth/unlock", "session"),
            ]
        );
    }

    #[test]
    fn the_table_is_that_of_the_deployment() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let table = Template::embedded().unwrap().table;
        assert_eq!(table.attributes, [pair("pk", "S"), pair("sk", "S")]);
        assert_eq!(table.keys, [pair("pk", "HASH"), pair("sk", "RANGE")]);
        assert_eq!((table.expiry.as_str(), table.view.as_str()), ("expires_at", "NEW_IMAGE"));
    }

    #[test]
    fn the_subscription_is_that_of_the_deployment() {
        let subscription = Template::embedded().unwrap().subscription;
        assert_eq!(subscription.function, "deliver-code");
        assert_eq!((subscription.batch_size, subscription.maximum_age, subscription.maximum_retries), (10, 120, 3));
        assert!(subscription.bisect && subscription.reports_failures);
        let record = |image: serde_json::Value| serde_json::json!({ "dynamodb": { "NewImage": image } });
        let untried = |state: &str| record(serde_json::json!({ "state": { "S": state }, "untried": { "S": "yes" } }));
        assert!(subscription.filter.matches(&untried("requested")));
        assert!(!subscription.filter.matches(&untried("sent")));
        assert!(!subscription.filter.matches(&record(serde_json::json!({ "state": { "S": "requested" } }))));
    }

    #[test]
    fn what_it_does_not_understand_is_named() {
        let refused = |from: &str, to: &str| {
            assert!(TEXT.contains(from), "{from}");
            Template::parse(&TEXT.replace(from, to)).unwrap_err().to_string()
        };
        assert!(refused("Type: HttpApi", "Type: Schedule").contains("Schedule"));
        assert!(refused("BatchSize: 10", "BatchSize: 0").contains("BatchSize"));
        assert!(refused("MaximumRetryAttempts: 3", "MaximumRetries: 3").contains("MaximumRetryAttempts"));
        assert!(refused("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable").contains("no table"));
        assert!(refused(r#"["requested"]"#, r#"[{"prefix": "r"}]"#).contains("prefix"));
        assert!(refused("Resources:", "Resources: [").starts_with("infra/template.yaml: "));
    }
}
