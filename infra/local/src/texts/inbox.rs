//! The SMS inbox, where texts appear instead of on a phone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use shared::time::Timestamp;

use crate::clock::Clock;

/// Texts that the inbox keeps. The oldest is removed first.
const CAPACITY: usize = 500;

/// A text that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The phone number that it went to, in E.164 form.
    pub to: String,
    /// The text.
    pub text: String,
    /// The message attributes of the SNS call.
    pub attributes: BTreeMap<String, String>,
    /// When it was sent.
    pub at: Timestamp,
}

/// How SNS treats a call that a test wants treated badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnsFault {
    /// It refuses the text: the account may send none.
    Refused,
    /// It refuses the text, because there are too many of them just now.
    Throttled,
    /// It answers that it failed, and no text went out.
    Failed,
    /// It answers that it failed, and a text went out all the same.
    FailedAfterSending,
    /// The connection is lost before SNS did anything.
    LostBefore,
    /// A text goes out, and the connection is lost before the caller learns of it.
    LostAfterSending,
}

/// The texts that were sent, newest last. Clones are the same inbox.
#[derive(Clone)]
pub struct SmsInbox(Arc<Contents>);

struct Contents {
    messages: Mutex<VecDeque<Message>>,
    received: AtomicU64,
    publishes: AtomicU64,
    faults: Mutex<Vec<SnsFault>>,
    opted_out: Mutex<BTreeSet<String>>,
    clock: Clock,
}

impl SmsInbox {
    pub(crate) fn new(clock: Clock) -> Self {
        Self(Arc::new(Contents {
            messages: Mutex::default(),
            received: AtomicU64::new(0),
            publishes: AtomicU64::new(0),
            faults: Mutex::default(),
            opted_out: Mutex::default(),
            clock,
        }))
    }

    /// All texts, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.contents().iter().cloned().collect()
    }

    /// The texts to one number, oldest first. Programs look for them often, and the others need not be copied for that.
    pub(crate) fn messages_to(&self, number: &str) -> Vec<Message> {
        self.contents().iter().filter(|message| message.to == number).cloned().collect()
    }

    /// Lets the next `publishes` calls of SNS go wrong in this way. It replaces what was left of an earlier wish.
    pub fn fail_next(&self, publishes: usize, fault: SnsFault) {
        *self.faults() = vec![fault; publishes];
    }

    /// Lets SNS refuse the next text.
    pub fn refuse_next(&self) {
        self.fail_next(1, SnsFault::Refused);
    }

    /// Lets SNS take every text again.
    pub fn heal(&self) {
        self.faults().clear();
    }

    /// How many calls of SNS there were, those that went wrong among them.
    #[must_use]
    pub fn publishes(&self) -> u64 {
        self.0.publishes.load(Ordering::SeqCst)
    }

    /// Lets SNS refuse every text to a number, as it does after the number's owner answered STOP to one.
    pub fn opt_out(&self, number: &str) {
        self.opted_out().insert(number.to_owned());
    }

    /// Whether the owner of a number refuses texts.
    pub(crate) fn is_opted_out(&self, number: &str) -> bool {
        self.opted_out().contains(number)
    }

    fn opted_out(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.opted_out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call, and gives back how it must go wrong.
    pub(crate) fn begin_publish(&self) -> Option<SnsFault> {
        self.0.publishes.fetch_add(1, Ordering::SeqCst);
        self.faults().pop()
    }

    fn faults(&self) -> MutexGuard<'_, Vec<SnsFault>> {
        self.0.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a text, and gives back how many texts were added so far.
    pub(crate) fn receive(&self, to: String, text: String, attributes: BTreeMap<String, String>) -> u64 {
        let at = (self.0.clock)();
        let mut messages = self.contents();
        messages.push_back(Message { to, text, attributes, at });
        if messages.len() > CAPACITY {
            messages.pop_front();
        }
        self.0.received.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn contents(&self) -> MutexGuard<'_, VecDeque<Message>> {
        // A panic elsewhere leaves the list whole: each change is one push or pop.
        self.0.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn inbox() -> SmsInbox {
        SmsInbox::new(Arc::new(|| Timestamp::from_secs(1_700_000_000)))
    }

    #[test]
    fn old_texts_are_removed_first() {
        let inbox = inbox();
        for number in 0..=CAPACITY {
            inbox.receive("+46701740605".to_owned(), number.to_string(), BTreeMap::new());
        }
        let messages = inbox.messages();
        assert_eq!(messages.len(), CAPACITY);
        assert_eq!((messages[0].text.as_str(), messages[CAPACITY - 1].text.as_str()), ("1", "500"));
    }

    #[test]
    fn failures_are_used_up() {
        let inbox = inbox();
        inbox.fail_next(2, SnsFault::Failed);
        assert_eq!([(); 3].map(|()| inbox.begin_publish()), [Some(SnsFault::Failed), Some(SnsFault::Failed), None]);
        assert_eq!(inbox.publishes(), 3);
        inbox.refuse_next();
        inbox.heal();
        assert_eq!(inbox.begin_publish(), None);
    }

    #[test]
    fn a_message_has_the_form_that_is_promised() {
        let inbox = inbox();
        let attributes = BTreeMap::from([("AWS.SNS.SMS.SMSType".to_owned(), "Transactional".to_owned())]);
        inbox.receive("+46701740605".to_owned(), "a text".to_owned(), attributes);
        assert_eq!(
            serde_json::to_string(&inbox.messages()).unwrap(),
            r#"[{"to":"+46701740605","text":"a text","attributes":{"AWS.SNS.SMS.SMSType":"Transactional"},"at":1700000000}]"#
        );
    }
}
