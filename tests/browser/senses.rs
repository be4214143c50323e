//! What a person sees, hears and notices. Nothing is waited for by the clock: each of these looks again until it is so,
//! or until nobody would wait any longer.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use fantoccini::Locator;
use serde_json::{Value, json};

use crate::person::Person;

const PATIENCE: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(20);

impl Person<'_> {
    /// Is on this page, which is all there.
    pub async fn is_at(&self, path: &str) {
        let script = "return document.readyState === 'complete' && location.pathname === arguments[0]";
        self.until(&format!("the page {path}"), async || {
            let there = self.client().execute(script, vec![json!(path)]).await.ok()?;
            (there == true).then_some(())
        })
        .await;
    }

    /// Sees these words.
    pub async fn sees(&self, words: &str) {
        self.until(&format!("the words {words:?}"), async || self.page().await?.contains(words).then_some(())).await;
    }

    /// Sees a page without these words.
    pub async fn does_not_see(&self, words: &str) {
        let page = self.page().await.expect("a page");
        assert!(!page.contains(words), "{words:?} in:\n{page}");
    }

    /// Is told these words by a screen reader: at once when `role` is `alert`, at the next pause when it is `status`.
    pub async fn hears(&self, role: &str, words: &str) {
        let script =
            "return [...document.querySelectorAll(`[role=${arguments[0]}]`)].map(e => e.innerText).join('\\n')";
        self.until(&format!("the {role} {words:?}"), async || {
            let said = self.client().execute(script, vec![json!(role)]).await.ok()?;
            plain(&said)?.contains(words).then_some(())
        })
        .await;
    }

    /// Has the focus on what has this name.
    pub async fn is_on(&self, name: &str) {
        self.until(&format!("the focus on {name:?}"), async || (self.focus().await? == name).then_some(())).await;
    }

    /// The name of what has the focus.
    pub async fn focus(&self) -> Option<String> {
        let element = self.client().active_element().await.ok()?;
        self.browser().name(&element).await
    }

    /// Finds this in a field.
    pub async fn finds_typed(&self, label: &str, text: &str) {
        self.finds_property(label, "value", text).await;
    }

    /// Finds a field marked as wrong.
    pub async fn finds_marked(&self, label: &str) {
        self.finds_property(label, "ariaInvalid", "true").await;
    }

    /// Finds a field that nothing is wrong with.
    pub async fn finds_unmarked(&self, label: &str) {
        self.finds_property(label, "ariaInvalid", "null").await;
    }

    async fn finds_property(&self, label: &str, property: &str, expected: &str) {
        let script = "const label = [...document.querySelectorAll('label')].find(l => l.innerText === arguments[0]);
            return String(label.control[arguments[1]])";
        self.until(&format!("{property} {expected:?} of {label:?}"), async || {
            let value = self.client().execute(script, vec![json!(label), json!(property)]).await.ok()?;
            (value == expected).then_some(())
        })
        .await;
    }

    /// What is written on the page, as far as it is shown.
    pub async fn page(&self) -> Option<String> {
        let body = self.client().find(Locator::Css("body")).await.ok()?;
        let text = self.client().execute("return arguments[0].innerText", vec![serde_json::to_value(body).ok()?]);
        plain(&text.await.ok()?)
    }

    /// What is in the browser's console and should not be. A call of the API that is answered with a refusal is
    /// written there by every browser, and is no complaint.
    pub async fn complaints(&self) -> Vec<String> {
        let is_refusal = |entry: &String| {
            entry.starts_with("network: ") && entry.contains("/auth/") && entry.contains("responded with a status of 4")
        };
        self.browser().console().await.into_iter().filter(|entry| !is_refusal(entry)).collect()
    }

    /// Looks until there is an answer. Who waits in vain tells what they see instead.
    pub(crate) async fn until<T>(&self, what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
        if let Some(answer) = eventually(look).await {
            return answer;
        }
        let address = self.client().current_url().await.map_or_else(debug, |url| url.to_string());
        let page = self.page().await.unwrap_or_default();
        panic!(
            "{}: waited in vain for {what}, at {address}:\n{page}\n{:?}",
            self.number,
            self.browser().console().await
        )
    }
}

/// Looks until there is an answer, or nobody would wait any longer.
pub async fn eventually<T>(mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = look().await;
        if answer.is_some() || Instant::now() > deadline {
            return answer;
        }
        tokio::time::sleep(GLANCE).await;
    }
}

fn debug(error: impl Debug) -> String {
    format!("{error:?}")
}

/// A text as it is read out: how its words stand to each other makes no difference.
fn plain(text: &Value) -> Option<String> {
    Some(text.as_str()?.split_whitespace().collect::<Vec<_>>().join(" "))
}
