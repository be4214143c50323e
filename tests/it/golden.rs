//! Golden items: what each version of the code wrote (`tests/golden/VERSION.json`), read, used and rewritten by the code as
//! it is now. docs/develop.md says what may change in stored data.
//!
//! A file is frozen: it must never be changed, since deployments have such items. A version whose items have another
//! shape gets a file of its own: `UPDATE_GOLDEN=1 cargo test -p tests --test doorcode golden::` writes the one of the
//! version in `Cargo.toml`, where there is none yet.

mod counted;
mod file;
mod made;
mod people;
mod shape;

use std::collections::BTreeSet;
use std::env;

use shared::store::SCHEMA_VERSION;
use tests::dump::{Dump, Item, number, string};
use tests::phones::ADA;
use tests::stack::Stack;
use tests::walk::{Observer, Step, walk};

use file::Golden;
use shape::{kind, shape};

/// The end of what is kept as long as an account.
const NEVER: i64 = 9_999_999_999;

/// An attribute that was added, renamed, dropped or got another type is seen here. It may have to be optional, since older
/// items lack it.
#[tokio::test]
async fn the_newest_items_have_the_shape_that_the_code_writes() {
    let made = made::made().await;
    if env::var_os("UPDATE_GOLDEN").is_some() {
        made.write();
    }
    let newest = Golden::newest();
    let [written, known] = [&made, &newest].map(|golden| shape(&golden.items().collect::<Vec<_>>()));
    let differences: Vec<_> = written.symmetric_difference(&known).collect();
    assert!(differences.is_empty(), "items are not as in {}; add a file: {differences:#?}", newest.version);
}

/// Whatever a whole login writes has a golden item.
#[tokio::test]
async fn a_login_writes_no_attribute_that_no_golden_item_has() {
    let stack = Stack::new().await;
    walk(&stack, ADA, &mut Unobserved).await;
    let known = shape(&Golden::newest().items().collect::<Vec<_>>());
    let written = shape(stack.dump().await.items());
    let unknown: Vec<_> = written.difference(&known).collect();
    assert!(written.len() > 50 && unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn there_is_a_golden_item_of_every_kind_and_state() {
    let items: Vec<_> = Golden::newest().items().collect();
    let kinds: BTreeSet<_> = items.iter().map(kind).collect();
    let expected = [
        "IP/DAY",
        "NUMBER/OWNER",
        "QUOTA/BLOCK",
        "QUOTA/COUNTRY",
        "QUOTA/NUMBER",
        "QUOTA/RECOGNIZED",
        "QUOTA/UNRECOGNIZED",
        "REQUEST/REQUEST",
        "SESSION/SESSION",
        "THROTTLE/DEVICE",
        "THROTTLE/UNRECOGNIZED",
        "USER/PROFILE",
        "WRONG_CODES/WRONG_CODES",
    ];
    assert_eq!(kinds, expected.map(str::to_owned).into());
    let values = |of: &str, name: &str| {
        let of_kind = items.iter().filter(|item| kind(item) == of && item.contains_key(name));
        of_kind.map(|item| string(item, name).to_owned()).collect::<BTreeSet<_>>()
    };
    assert_eq!(
        values("REQUEST/REQUEST", "state"),
        ["registered", "requested", "sent", "signed-in", "ticket", "undelivered"].map(str::to_owned).into()
    );
    assert_eq!(values("QUOTA/COUNTRY", "override"), ["allow", "block"].map(str::to_owned).into());
    let of_account = |item: &&Item| kind(item).starts_with("WRONG_CODES") && number(item, "expires_at") == NEVER;
    assert_eq!(items.iter().filter(of_account).count(), 1);
    let owner = items.iter().find(|item| kind(item) == "NUMBER/OWNER").unwrap();
    assert_eq!(owner["devices"].as_m().unwrap().len(), 2);
}

#[tokio::test]
async fn every_item_that_is_written_has_the_version_of_its_shape() {
    for golden in Golden::all() {
        golden.items().for_each(|item| assert!(number(&item, "schema_version") >= 1, "{item:#?}"));
    }
    assert_versions(&made::made().await.items().collect::<Vec<_>>());
    let stack = Stack::new().await;
    walk(&stack, ADA, &mut Unobserved).await;
    assert_versions(stack.dump().await.items());
}

/// An update makes the item that it does not find. Here the counters and throttles are gone between text and login.
#[tokio::test]
async fn an_item_that_an_update_makes_has_the_version_too() {
    let stack = Stack::new().await;
    stack.browser().sign_in(ADA).await;
    stack.advance(600);
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    for item in
        stack.dump().await.items().filter(|item| kind(item).starts_with("QUOTA") || kind(item).starts_with("THR"))
    {
        let delete = stack.dynamodb().delete_item().table_name(stack.table_name());
        let delete = delete.key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
        delete.send().await.unwrap();
    }
    assert_eq!(browser.submit(&code).await.json()["next"], "account");
    let dump = stack.dump().await;
    assert_eq!((dump.all("THROTTLE#").len(), dump.all("QUOTA#").len()), (1, 2));
    assert_versions(dump.items());
}

struct Unobserved;

impl Observer for Unobserved {
    fn begin(&mut self) {}
    fn end(&mut self, _: Step) {}
}

fn assert_versions<'a>(items: impl IntoIterator<Item = &'a Item>) {
    for item in items {
        assert_eq!(number(item, "schema_version"), i64::from(SCHEMA_VERSION), "{item:#?}");
    }
}

/// The sum of a counter's texts in the day that runs, in all its shards.
fn texts_today(dump: &Dump, stack: &Stack, counter: &str, window: char) -> i64 {
    let window = format!("{window}{}", stack.now().secs() / 86_400);
    let shards = dump.all(counter).into_iter().filter(|shard| shard.contains_key(&window));
    shards.map(|shard| number(shard, &window)).sum()
}
