//! The roles in the template against the calls that the functions really make: a role that grants more fails here, and so
//! does one that grants less.

use std::collections::{BTreeMap, BTreeSet};

use shared::login::user::RegistrationPolicy;
use shared::sending::decision::SendPolicy;
use tests::phones::{ADA, BEA};
use tests::stack::{Stack, policy};
use tests::walk::{self, Observer, walk};

use crate::resources::{FUNCTIONS, TEXT, Template};
use crate::steps;

/// The calls that functions were seen to make, as [`Template::item_actions`] writes them.
#[derive(Default)]
struct Seen(BTreeMap<&'static str, BTreeSet<String>>);

impl Seen {
    fn add(&mut self, function: &'static str, signatures: &[String]) {
        let actions = self.0.entry(function).or_default();
        actions.extend(signatures.iter().flat_map(|signature| needed(signature)));
    }
}

/// A walk that writes down who called what.
struct Walk {
    stack: Stack,
    seen: Seen,
}

impl Observer for Walk {
    fn begin(&mut self) {
        self.stack.proxy().forget();
    }

    fn end(&mut self, step: walk::Step) {
        self.seen.add(walker(step), &self.stack.proxy().signatures());
    }
}

/// Requirement F-03.
#[tokio::test]
async fn a_role_grants_what_its_function_needs_and_nothing_else() {
    let seen = observed().await;
    assert_eq!(differences(TEXT, &seen), Vec::<String>::new());
    for (from, to, found) in [
        (r#"["REQUEST#*", "IP#*"]"#, r#"["IP#*"]"#, "StartLogin lacks UpdateItem REQUEST"),
        ("Action: dynamodb:BatchGetItem", "Action: dynamodb:GetItem", "DeliverCode lacks BatchGetItem THROTTLE"),
        (
            r#"["REQUEST#*", "NUMBER#*", "SESSION#*""#,
            r#"["USER#*", "REQUEST#*", "NUMBER#*", "SESSION#*""#,
            "VerifyCode needs no PutItem USER",
        ),
        (r#""NUMBER#*", "USER#*", "SESSION#*""#, r#""NUMBER#*", "SESSION#*""#, "Register lacks PutItem USER"),
        (", dynamodb:ConditionCheckItem]", "]", "Register lacks ConditionCheckItem NUMBER"),
        ("Policies:\n", "SendPolicy:\n", "Session lacks DeleteItem SESSION"),
    ] {
        assert!(TEXT.contains(from), "the template has no {from:?}");
        let differences = differences(&TEXT.replace(from, to), &seen);
        assert!(differences.iter().any(|difference| difference == found), "{found:?} is not in {differences:#?}");
    }
}

/// What is not a call to the table: the secret and the text, and what Lambda does in the name of the function.
#[test]
fn besides_the_table_a_role_grants_little() {
    let template = Template::parse(TEXT);
    let stream =
        ["dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords", "dynamodb:ListStreams"];
    for (function, _) in FUNCTIONS {
        let expected: Vec<_> = match function {
            "StartLogin" | "VerifyCode" | "Register" => vec!["secretsmanager:GetSecretValue"],
            "DeliverCode" => {
                [&["secretsmanager:GetSecretValue", "sns:Publish", "sqs:SendMessage"], &stream[..]].concat()
            }
            _ => Vec::new(),
        };
        assert_eq!(template.other_actions(template.role(function)), expected.into_iter().collect(), "{function}");
    }
}

#[test]
fn a_call_needs_the_actions_of_its_parts() {
    assert_eq!(needed("GetItem SESSION/SESSION"), ["GetItem SESSION"]);
    assert_eq!(
        needed("BatchGetItem NUMBER/OWNER, THROTTLE/THROTTLE"),
        ["BatchGetItem NUMBER", "BatchGetItem THROTTLE"]
    );
    assert_eq!(
        needed("TransactWriteItems Delete REQUEST/REQUEST, Put USER/DEVICE, ConditionCheck NUMBER/OWNER"),
        ["DeleteItem REQUEST", "PutItem USER", "ConditionCheckItem NUMBER"]
    );
}

/// What the roles of a template grant for nothing, and what they do not grant.
fn differences(text: &str, seen: &Seen) -> Vec<String> {
    let template = Template::parse(text);
    let mut differences = Vec::new();
    for (function, _) in FUNCTIONS {
        let granted = template.item_actions(template.role(function));
        let needed = seen.0.get(function).cloned().unwrap_or_default();
        // The one function that writes and makes no transaction.
        let needed = if function == "Session" { needed } else { of_transactions(&needed) };
        differences.extend(granted.difference(&needed).map(|action| format!("{function} needs no {action}")));
        differences.extend(needed.difference(&granted).map(|action| format!("{function} lacks {action}")));
    }
    differences
}

/// The same, with every kind for every action that writes: each action of a transaction may be shown the keys of all.
fn of_transactions(needed: &BTreeSet<String>) -> BTreeSet<String> {
    const WRITES: [&str; 4] = ["PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"];
    let pairs = needed.iter().filter_map(|action| action.split_once(' '));
    let written: Vec<_> = pairs.filter(|(action, _)| WRITES.contains(action)).collect();
    let all = written.iter().flat_map(|(action, _)| written.iter().map(move |(_, kind)| format!("{action} {kind}")));
    all.chain(needed.iter().cloned()).collect()
}

/// Every step of a login, and what a login that meets an older one does.
async fn observed() -> Seen {
    let stack = Stack::watched().await;
    let mut observer = Walk { stack: stack.clone(), seen: Seen::default() };
    walk(&stack, ADA, &mut observer).await;
    let mut seen = observer.seen;
    for step in steps::Step::ALL {
        seen.add(caller(step), &step.calls().await);
    }
    seen.add("Register", &late_registration().await);
    seen.add("VerifyCode", &refused_registration().await);
    two_secrets(&mut seen).await;
    seen
}

/// The calls of somebody who registers a number that another registered meanwhile, from a browser that is signed in to
/// another account.
async fn late_registration() -> Vec<String> {
    let stack = Stack::watched().await;
    let [mut late, mut early] = [stack.browser(), stack.browser()];
    late.sign_in(ADA).await;
    let code = late.request_code(BEA).await;
    assert_eq!(late.submit(&code).await.json()["next"], "register");
    stack.advance(30);
    early.sign_in(BEA).await;
    stack.proxy().forget();
    assert_eq!(late.register("Bea").await.problem(), "not-verified");
    stack.proxy().signatures()
}

/// The calls of a right code for a number that may not register.
async fn refused_registration() -> Vec<String> {
    let policy = SendPolicy { registration: RegistrationPolicy::ClosedAfterCode, ..policy() };
    let stack = Stack::watched_with(policy).await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    stack.proxy().forget();
    assert_eq!(browser.submit(&code).await.problem(), "registration-closed");
    stack.proxy().signatures()
}

/// What functions do besides while one root secret takes over from another.
async fn two_secrets(seen: &mut Seen) {
    let old = Stack::new().await;
    let mut owner = old.browser();
    owner.sign_in(ADA).await;
    old.advance(3_600);
    let stack = old.watched_twin_with_new_secret().await;
    stack.deliver().await;
    let mut owner = owner.at(&stack);
    for phone in [ADA, BEA] {
        stack.proxy().forget();
        let code = owner.request_code(phone).await;
        seen.add("DeliverCode", &stack.proxy().signatures().split_off(1));
        stack.proxy().forget();
        owner.submit(&code).await;
        seen.add("VerifyCode", &stack.proxy().signatures());
    }
    stack.proxy().forget();
    assert_eq!(owner.register("Bea").await.status, 201);
    seen.add("Register", &stack.proxy().signatures());
    seen.add("Register", &registration_of_an_old_account().await);
}

/// The calls of somebody who registers a number that another registered meanwhile under the old secret.
async fn registration_of_an_old_account() -> Vec<String> {
    let old = Stack::new().await;
    let stack = old.watched_twin_with_new_secret().await;
    let mut late = stack.browser();
    let code = late.request_code(ADA).await;
    assert_eq!(late.submit(&code).await.json()["next"], "register");
    old.deliver().await;
    old.advance(600);
    old.browser().sign_in(ADA).await;
    stack.proxy().forget();
    assert_eq!(late.register("Ada").await.problem(), "not-verified");
    stack.proxy().signatures()
}

/// The actions that IAM asks for: a batch by its own name, a transaction by the names of its parts.
fn needed(signature: &str) -> Vec<String> {
    let (operation, items) = signature.split_once(' ').expect("an operation and its items");
    let kind = |item: &str| item.split('/').next().unwrap_or_default().to_owned();
    let parts = items.split(", ").map(|part| match part.split_once(' ') {
        Some((action, item)) => format!("{action}Item {}", kind(item)),
        None => format!("{operation} {}", kind(part)),
    });
    parts.collect()
}

fn walker(step: walk::Step) -> &'static str {
    match step {
        walk::Step::Start | walk::Step::Resend => "StartLogin",
        walk::Step::Register => "Register",
        walk::Step::Session | walk::Step::SessionAfterADay | walk::Step::SignOut => "Session",
        step if step.delivers() => "DeliverCode",
        _ => "VerifyCode",
    }
}

fn caller(step: steps::Step) -> &'static str {
    match step {
        steps::Step::Start | steps::Step::StartAnew | steps::Step::StartAnother | steps::Step::Resend => "StartLogin",
        steps::Step::Register | steps::Step::RegisterAgain => "Register",
        steps::Step::Session
        | steps::Step::SessionAfterADay
        | steps::Step::Lock
        | steps::Step::Unlock
        | steps::Step::SignOut => "Session",
        _ => "VerifyCode",
    }
}
