//! Who may do what.

use super::kept::retained;
use crate::resources::{FUNCTIONS, Statement, Template, list};

const READS_A_SECRET: &str = "secretsmanager:GetSecretValue";

pub(super) fn own_roles(template: &Template) -> Vec<String> {
    let mut flaws = Vec::new();
    for (function, _) in FUNCTIONS {
        let role = template.role(function);
        if role != format!("{function}Role") {
            flaws.push(format!("{function} has the role {role}"));
        }
        // `!If [HasKey, !Ref UseKey, …]` is a list of its own.
        let policies = list(&template.properties(role)["ManagedPolicyArns"]);
        let key = policies.iter().any(|policy| policy[1] == "UseKey");
        let allowed = if function == "Pages" { policies == ["WriteLogs"] } else { policies.len() == 2 && key };
        if !allowed || policies[0] != "WriteLogs" {
            flaws.push(format!("{role} has {policies:?}"));
        }
    }
    if !template.statements(template.role("Pages")).is_empty() {
        flaws.push("pages has access to something".to_owned());
    }
    flaws
}

pub(super) fn start_login_is_blind(template: &Template) -> Vec<String> {
    let statements = template.statements(template.role("StartLogin"));
    let actions = statements.iter().flat_map(Statement::actions);
    let writes = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", READS_A_SECRET];
    actions.filter(|action| !writes.contains(action)).map(str::to_owned).collect()
}

pub(super) fn texts_only(template: &Template) -> Vec<String> {
    let mut flaws = Vec::new();
    let mut topics_denied = false;
    for (owner, statement) in template.all_statements() {
        if !statement.actions().iter().any(|action| action.starts_with("sns:")) {
            continue;
        }
        if owner != template.role("DeliverCode") || statement.actions() != ["sns:Publish"] {
            flaws.push(format!("{owner} may {:?}", statement.actions()));
        }
        topics_denied |= !statement.allows() && statement.resource() == "arn:${AWS::Partition}:sns:*:*:*";
    }
    if !topics_denied {
        flaws.push("topics are not denied".to_owned());
    }
    flaws
}

pub(super) fn narrow_actions(template: &Template) -> Vec<String> {
    let mut flaws = Vec::new();
    for (owner, statement) in template.all_statements() {
        let actions = statement.actions();
        let searches = |action: &str| ["Scan", "Query", "PartiQL", "Export"].iter().any(|word| action.contains(word));
        if actions.is_empty() || actions.iter().any(|action| action.contains('*') || searches(action)) {
            flaws.push(format!("{owner} may {actions:?}"));
        }
        // Neither of the two knows a resource.
        let everywhere = statement.allows() && statement.resource().is_empty() | statement.resource().contains('*');
        if everywhere && actions.iter().any(|action| !["sns:Publish", "dynamodb:ListStreams"].contains(action)) {
            flaws.push(format!("{owner} may {actions:?} everywhere"));
        }
    }
    flaws
}

pub(super) fn bound_to_kinds(template: &Template) -> Vec<String> {
    let streams = ["DescribeStream", "GetShardIterator", "GetRecords", "ListStreams"];
    let on_items = |action: &str| action.strip_prefix("dynamodb:").is_some_and(|action| !streams.contains(&action));
    let statements = template.all_statements().into_iter();
    let loose = statements
        .filter(|(_, statement)| statement.actions().into_iter().any(on_items))
        .filter(|(_, statement)| !(statement.allows() && statement.is_on_items() && statement.is_bound_to_kinds()));
    loose.map(|(owner, statement)| format!("{owner} may {:?} whatever the key", statement.actions())).collect()
}

/// Who checks the secret of the trusted proxy may read it, when there is one, and nobody else: `start-login`.
pub(super) fn proxy_secret(template: &Template) -> Vec<String> {
    let mut flaws = Vec::new();
    if template.all()["Conditions"]["HasProxySecret"].is_null() {
        flaws.push("it has no condition".to_owned());
    }
    for (function, _) in FUNCTIONS {
        let variables = &template.properties(function)["Environment"]["Variables"];
        let told = variables["DOORCODE_PROXY_SECRET_ARN"][0] == "HasProxySecret";
        let statements = list(&template.properties(template.role(function))["Policies"])
            .iter()
            .flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]));
        let may = statements
            .filter(|statement| statement.to_string().contains("ProxySecretArn"))
            .map(|statement| statement[0] == "HasProxySecret" && statement[1]["Action"] == READS_A_SECRET);
        let may: Vec<_> = may.collect();
        let expected = if function == "StartLogin" { vec![true] } else { Vec::new() };
        if may != expected || told != ["StartLogin", "Pages"].contains(&function) {
            flaws.push(format!("{function}: is told of it: {told}, may read it: {may:?}"));
        }
    }
    flaws
}

/// The root secrets, and who may read each.
const ROOT_SECRETS: [(&str, &str, &[&str]); 2] = [
    ("NumberSecret", "DOORCODE_NUMBER_SECRET_ARN", &["StartLogin", "DeliverCode", "VerifyCode"]),
    ("CodeSecret", "DOORCODE_CODE_SECRET_ARN", &["DeliverCode", "VerifyCode", "Register"]),
];

pub(super) fn root_secrets(template: &Template) -> Vec<String> {
    ROOT_SECRETS
        .iter()
        .flat_map(|(secret, variable, readers)| root_secret(template, secret, variable, readers))
        .collect()
}

fn root_secret(template: &Template, secret: &str, variable: &str, readers: &[&str]) -> Vec<String> {
    let mut flaws = retained(template, secret);
    let rules = &template.properties(secret)["GenerateSecretString"];
    // 64 characters without punctuation are base64url of 48 bytes.
    if rules["PasswordLength"] != 64 || rules["ExcludePunctuation"] != true {
        flaws.push(format!("{secret} is made by {rules}"));
    }
    for (function, _) in FUNCTIONS {
        let told = template.properties(function)["Environment"]["Variables"][variable] == format!("{secret}.Id");
        let statements = template.statements(template.role(function));
        let may = statements.iter().any(|one| one.actions() == [READS_A_SECRET] && one.resource() == secret);
        let needs = readers.contains(&function);
        // Pages looks at the shape of the ARN only.
        if may != needs || told != (needs || function == "Pages") {
            flaws.push(format!("{function}: is told of {secret}: {told}, may read it: {may}"));
        }
    }
    flaws
}
