//! The shape of items: which attributes of which types a kind of item has.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use tests::dump::{Item, string};

/// The longest name of an attribute. What is longer is a name of a browser.
const LONGEST_NAME: usize = 24;

/// Every attribute of every item, as `NUMBER/OWNER devices.*.since N`.
pub(super) fn shape<'a>(items: impl IntoIterator<Item = &'a Item>) -> BTreeSet<String> {
    let mut shape = BTreeSet::new();
    for item in items {
        let kind = kind(item);
        for (name, value) in item {
            collect(&format!("{kind} {}", general(name)), value, &mut shape);
        }
    }
    shape
}

/// The kind of an item by its key, as `THROTTLE/DEVICE`. Of a counter, its scope.
pub(super) fn kind(item: &Item) -> String {
    let part = |text: &str, index| text.split('#').nth(index).unwrap_or_default().to_owned();
    let (pk, sk) = (string(item, "pk"), string(item, "sk"));
    match part(pk, 0).as_str() {
        "QUOTA" => format!("QUOTA/{}", part(pk, 1)),
        "IP" => "IP/DAY".to_owned(),
        kind => format!("{kind}/{}", part(sk, 0)),
    }
}

/// A name without what varies: the number of a window, the name of a browser.
fn general(name: &str) -> String {
    let is_window = name.len() > 1 && name[1..].bytes().all(|byte| byte.is_ascii_digit());
    match name {
        _ if is_window => format!("{}0", &name[..1]),
        _ if name.len() > LONGEST_NAME => "*".to_owned(),
        name => name.to_owned(),
    }
}

fn collect(path: &str, value: &AttributeValue, shape: &mut BTreeSet<String>) {
    let kind = match value {
        AttributeValue::S(_) => "S",
        AttributeValue::N(_) => "N",
        AttributeValue::Ss(_) => "SS",
        AttributeValue::Bool(_) => "BOOL",
        AttributeValue::M(map) => {
            for (name, value) in map {
                collect(&format!("{path}.{}", general(name)), value, shape);
            }
            "M"
        }
        AttributeValue::L(list) => {
            for value in list {
                collect(&format!("{path}[]"), value, shape);
            }
            "L"
        }
        other => panic!("a type that no item had before: {other:?}"),
    };
    shape.insert(format!("{path} {kind}"));
}
