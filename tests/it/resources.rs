//! `infra/template.yaml`, read for tests on it.
//!
//! `CloudFormation`'s tags fall away: `!Ref Table` and `Table` read the same, and `!GetAtt Table.Arn` is `Table.Arn`.

use std::collections::BTreeSet;

use serde_json::Value;

/// The template of the deployment, as it is written.
pub const TEXT: &str = include_str!("../../infra/template.yaml");

/// The six functions, by their names in the template and by their folders.
pub const FUNCTIONS: [(&str, &str); 6] = [
    ("StartLogin", "start-login"),
    ("DeliverCode", "deliver-code"),
    ("VerifyCode", "verify-code"),
    ("Register", "register"),
    ("Session", "session"),
    ("Pages", "pages"),
];

/// A template.
pub struct Template(Value);

/// One statement of a role's policy.
pub struct Statement<'a>(&'a Value);

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Self {
        Self(serde_saphyr::from_str(text).expect("a template"))
    }

    /// All of it.
    pub fn all(&self) -> &Value {
        &self.0
    }

    /// The properties of a resource; nothing when there is no such resource.
    pub fn properties(&self, name: &str) -> &Value {
        &self.0["Resources"][name]["Properties"]
    }

    /// The resources of one type, with their names.
    pub fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let resources = self.0["Resources"].as_object().expect("resources").iter();
        resources.filter(move |(_, resource)| resource["Type"] == kind).map(|(name, value)| (name.as_str(), value))
    }

    /// The events of one type, each with the function that it calls.
    pub fn events<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.of_type("AWS::Serverless::Function").flat_map(move |(function, resource)| {
            let events = resource["Properties"]["Events"].as_object().into_iter().flatten();
            events
                .filter(move |(_, event)| event["Type"] == kind)
                .map(move |(_, event)| (function, &event["Properties"]))
        })
    }

    /// The name of a function's role.
    pub fn role(&self, function: &str) -> &str {
        text(&self.properties(function)["Role"]).trim_end_matches(".Arn")
    }

    /// What a role may do besides writing log lines, and what it may not.
    pub fn statements(&self, role: &str) -> Vec<Statement<'_>> {
        let policies = list(&self.properties(role)["Policies"]);
        let statements = policies.iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]));
        // `!If [HasProxySecret, {…}, …]` is a list of its own; what it may give counts as given.
        statements.map(|statement| Statement(statement.get(1).unwrap_or(statement))).collect()
    }

    /// Every statement of every role and managed policy.
    pub fn all_statements(&self) -> Vec<(&str, Statement<'_>)> {
        let roles = self.of_type("AWS::IAM::Role").map(|(name, _)| name);
        let of_roles = roles.flat_map(|role| self.statements(role).into_iter().map(move |statement| (role, statement)));
        let managed = self.of_type("AWS::IAM::ManagedPolicy").flat_map(|(name, resource)| {
            let statements = list(&resource["Properties"]["PolicyDocument"]["Statement"]);
            statements.iter().map(move |statement| (name, Statement(statement)))
        });
        of_roles.chain(managed).collect()
    }

    /// The actions on items of the table that a role allows, each with the kind of item: `PutItem USER`.
    pub fn item_actions(&self, role: &str) -> BTreeSet<String> {
        let mut pairs = BTreeSet::new();
        for statement in self.statements(role).iter().filter(|statement| statement.is_on_items()) {
            for action in statement.actions() {
                let action = action.trim_start_matches("dynamodb:");
                pairs.extend(statement.kinds().iter().map(|kind| format!("{action} {kind}")));
            }
        }
        pairs
    }

    /// The other actions that a role allows.
    pub fn other_actions(&self, role: &str) -> BTreeSet<&str> {
        let statements = self.statements(role).into_iter();
        statements.filter(|other| other.allows() && !other.is_on_items()).flat_map(|other| other.actions()).collect()
    }
}

impl<'a> Statement<'a> {
    /// Whether it gives something, and does not take it away.
    pub fn allows(&self) -> bool {
        self.0["Effect"] == "Allow"
    }

    /// Whether it is about the items of the table.
    pub fn is_on_items(&self) -> bool {
        self.resource() == "Table.Arn"
    }

    /// Its actions.
    pub fn actions(&self) -> Vec<&'a str> {
        texts(&self.0["Action"])
    }

    /// What it is about.
    pub fn resource(&self) -> &'a str {
        text(&self.0["Resource"])
    }

    /// The kinds of item that it is about: the beginnings of their keys.
    pub fn kinds(&self) -> Vec<&'a str> {
        let patterns = texts(&self.0["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]);
        patterns.into_iter().filter_map(|pattern| pattern.strip_suffix("#*")).collect()
    }

    /// Whether each call must name keys, and only keys of these kinds.
    pub fn is_bound_to_kinds(&self) -> bool {
        let condition = &self.0["Condition"];
        let patterns = texts(&condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]);
        let plain = |kind: &&str| kind.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        !patterns.is_empty()
            && self.kinds().iter().filter(|kind| !kind.is_empty()).filter(|kind| plain(kind)).count() == patterns.len()
            && condition["Null"]["dynamodb:LeadingKeys"] == "false"
    }
}

/// A text; nothing for what is none.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A list; nothing for what is none.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// One text, or a list of them.
pub fn texts(value: &Value) -> Vec<&str> {
    value.as_str().map_or_else(|| list(value).iter().filter_map(Value::as_str).collect(), |one| vec![one])
}
