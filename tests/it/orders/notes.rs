//! Texts by number, so that a state is small and is compared fast.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Map, Value};

/// The number of a text: an item, a call, an answer.
pub type Id = u32;

/// All texts that were met.
#[derive(Default)]
pub struct Notes {
    texts: Vec<Rc<str>>,
    ids: HashMap<Rc<str>, Id>,
}

impl Notes {
    /// The number of `text`.
    pub fn id(&mut self, text: &str) -> Id {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let (text, id) = (Rc::<str>::from(text), Id::try_from(self.texts.len()).expect("fewer texts"));
        self.texts.push(text.clone());
        self.ids.insert(text, id);
        id
    }

    /// The number of a JSON value, whatever the order of its members.
    pub fn json(&mut self, value: &Value) -> Id {
        self.id(&sorted(value).to_string())
    }

    /// The text of a number.
    pub fn text(&self, id: Id) -> Rc<str> {
        self.texts[id as usize].clone()
    }

    /// The JSON value of a number.
    pub fn value(&self, id: Id) -> Value {
        serde_json::from_str(&self.text(id)).expect("a JSON text")
    }
}

/// The same value with its members in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut names: Vec<_> = members.keys().collect();
            names.sort_unstable();
            Value::Object(names.into_iter().map(|name| (name.clone(), sorted(&members[name]))).collect::<Map<_, _>>())
        }
        Value::Array(values) => Value::Array(values.iter().map(sorted).collect()),
        other => other.clone(),
    }
}
