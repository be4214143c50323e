//! The whole table, as somebody sees it who stole it.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

/// An item: its attributes by name.
pub type Item = HashMap<String, AttributeValue>;

/// All items by their keys, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Dump(BTreeMap<(String, String), Item>);

impl Dump {
    /// Reads the whole table.
    pub async fn read(client: &Client, table: &str) -> Self {
        let mut items = BTreeMap::new();
        let mut pages = client.scan().table_name(table).consistent_read(true).into_paginator().items().send();
        while let Some(item) = pages.next().await {
            let item = item.expect("a scan");
            items.insert((string(&item, "pk").to_owned(), string(&item, "sk").to_owned()), item);
        }
        Self(items)
    }

    /// All items.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.0.values()
    }

    /// The items whose partition key begins with `prefix` (`SESSION#`).
    #[must_use]
    pub fn all(&self, prefix: &str) -> Vec<&Item> {
        self.0.iter().filter(|((pk, _), _)| pk.starts_with(prefix)).map(|(_, item)| item).collect()
    }

    /// The only item whose partition key begins with `prefix`.
    #[must_use]
    pub fn only(&self, prefix: &str) -> &Item {
        let items = self.all(prefix);
        assert_eq!(items.len(), 1, "items that begin with {prefix}: {items:#?}");
        items[0]
    }

    /// The only login request that did not end in a session.
    #[must_use]
    pub fn request(&self) -> &Item {
        let mut requests = self.all("REQUEST#");
        requests.retain(|item| !item.contains_key("seed"));
        assert_eq!(requests.len(), 1, "login requests under way: {requests:#?}");
        requests[0]
    }

    /// How many items there are of each kind, as `REQUEST/REQUEST`, in order.
    #[must_use]
    pub fn kinds(&self) -> Vec<String> {
        let first = |text: &str| text.split('#').next().unwrap_or_default().to_owned();
        self.0.keys().map(|(pk, sk)| format!("{}/{}", first(pk), first(sk))).collect()
    }

    /// The table without the items whose partition key begins with one of `prefixes`.
    #[must_use]
    pub fn without(&self, prefixes: &[&str]) -> Self {
        let mut items = self.0.clone();
        items.retain(|(pk, _), _| !prefixes.iter().any(|prefix| pk.starts_with(prefix)));
        Self(items)
    }

    /// Every name and value of the table as text; bytes in hexadecimal.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for item in self.items() {
            for (name, value) in item {
                texts.push(name.clone());
                collect(value, &mut texts);
            }
        }
        texts
    }
}

/// A string attribute.
#[must_use]
pub fn string<'item>(item: &'item Item, name: &str) -> &'item str {
    let value = item.get(name).and_then(|value| value.as_s().ok());
    value.unwrap_or_else(|| panic!("no string {name} in {item:#?}"))
}

/// A number attribute.
#[must_use]
pub fn number(item: &Item, name: &str) -> i64 {
    let value = item.get(name).and_then(|value| value.as_n().ok()).and_then(|value| value.parse().ok());
    value.unwrap_or_else(|| panic!("no number {name} in {item:#?}"))
}

fn collect(value: &AttributeValue, texts: &mut Vec<String>) {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => texts.push(text.clone()),
        AttributeValue::Ss(many) | AttributeValue::Ns(many) => texts.extend(many.iter().cloned()),
        AttributeValue::B(bytes) => texts.push(crate::needles::hex(bytes.as_ref())),
        AttributeValue::Bs(many) => texts.extend(many.iter().map(|bytes| crate::needles::hex(bytes.as_ref()))),
        AttributeValue::L(many) => many.iter().for_each(|value| collect(value, texts)),
        AttributeValue::M(map) => map.iter().for_each(|(name, value)| {
            texts.push(name.clone());
            collect(value, texts);
        }),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => {}
        other => panic!("a kind of value that this test cannot read: {other:?}"),
    }
}
