//! Which records of the stream a function gets: the filter patterns of its event.
//!
//! Of Lambda's filter rules only equality is supported, which the template uses. Any other rule is refused with an
//! error that names it.

use serde_json::Value;

/// Patterns of which one must match.
#[derive(Clone, Debug)]
pub(crate) struct Filter(Vec<Value>);

impl Filter {
    /// Reads patterns written as JSON.
    pub(crate) fn parse<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let mut parsed = Vec::new();
        for text in patterns {
            let pattern = serde_json::from_str(text).map_err(|error| format!("the filter {text}: {error}"))?;
            supported(&pattern)
                .map_err(|rule| format!("the filter {text}: the local program does not support {rule}"))?;
            parsed.push(pattern);
        }
        Ok(Self(parsed))
    }

    /// Whether a function with this filter gets `record`.
    pub(crate) fn matches(&self, record: &Value) -> bool {
        self.0.iter().any(|pattern| fits(pattern, record))
    }
}

/// Fails with the first rule that [`fits`] does not support.
fn supported(pattern: &Value) -> Result<(), &Value> {
    match pattern {
        Value::Object(fields) => fields.values().try_for_each(supported),
        Value::Array(values) => values.iter().find(|value| value.is_object() || value.is_array()).map_or(Ok(()), Err),
        other => Err(other),
    }
}

/// Each field of a pattern must be in the record, and each list must hold the value that is there.
fn fits(pattern: &Value, found: &Value) -> bool {
    match pattern {
        Value::Object(fields) => {
            fields.iter().all(|(name, part)| found.get(name).is_some_and(|value| fits(part, value)))
        }
        Value::Array(accepted) => accepted.contains(found),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filter(patterns: &[&str]) -> Filter {
        Filter::parse(patterns.iter().copied()).unwrap()
    }

    #[test]
    fn every_field_of_a_pattern_must_hold_one_of_its_values() {
        let filter = filter(&[r#"{"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": {"a": {"S": ["x"]}}}}"#]);
        let record =
            |name: &str, a: &str| json!({ "eventName": name, "dynamodb": { "NewImage": { "a": { "S": a } } } });
        assert!(filter.matches(&record("INSERT", "x")));
        assert!(filter.matches(&record("MODIFY", "x")));
        assert!(!filter.matches(&record("REMOVE", "x")));
        assert!(!filter.matches(&record("INSERT", "y")));
        assert!(!filter.matches(&json!({ "eventName": "INSERT", "dynamodb": {} })));
    }

    #[test]
    fn one_of_several_patterns_is_enough() {
        let filter = filter(&[r#"{"a": [1]}"#, r#"{"b": [null]}"#]);
        assert!(filter.matches(&json!({ "a": 1 })));
        assert!(filter.matches(&json!({ "b": null })));
        assert!(!filter.matches(&json!({ "a": 2, "b": 2 })));
    }

    #[test]
    fn a_rule_that_is_not_equality_is_refused() {
        for pattern in [r#"{"a": [{"prefix": "x"}]}"#, r#"{"a": "x"}"#, r#"{"a": [["x"]]}"#, "{"] {
            assert!(Filter::parse([pattern].into_iter()).is_err(), "{pattern}");
        }
    }
}
