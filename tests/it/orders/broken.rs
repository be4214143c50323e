//! Broken builds: the same functions, whose calls to the table are altered on their way, as if somebody had written them
//! so. An explorer that finds nothing wrong with them would find nothing wrong with anything.

use serde_json::Value;

/// A build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// As it is.
    Whole,
    /// An attempt is written down only after the code was compared.
    ComparesBeforeItCounts,
    /// Attempts have no end.
    CountsWithoutLimit,
    /// A text is reserved whatever the state of its login request and of the throttle. Either of them alone would do.
    ReservesTwice,
    /// A text is reserved for a code request that a newer one followed.
    ReservesForAnOldCodeRequest,
    /// A throttle is written although it moved since it was read.
    WritesAnOldThrottle,
    /// A refused text is given back without looking whether it was.
    ReleasesTwice,
    /// A login request ends in a session although it ended in one before.
    SignsInTwice,
    /// A ticket is used although it was used and the number has an account. Either of them alone would do.
    UsesATicketTwice,
    /// An account is made although the number has one.
    RegistersATakenNumber,
    /// A code is requested before the delay is over.
    RequestsTooEarly,
    /// Two login requests go on where one was.
    FollowsTwice,
}

impl Build {
    /// Whether a call is written down only when the function goes on.
    pub fn writes_late(self, call: &str) -> bool {
        self == Self::ComparesBeforeItCounts && call.contains("attempts = attempts + :one")
    }

    /// Whether a transaction whose answer got lost is made again.
    pub fn repeats(self) -> bool {
        self == Self::ReleasesTwice
    }

    /// Alters a call.
    pub fn alter(self, operation: &str, body: &mut Value) {
        let calls: Vec<&mut Value> = match operation {
            "TransactWriteItems" => {
                let items = body["TransactItems"].as_array_mut().expect("a transaction");
                items.iter_mut().filter_map(|item| item.as_object_mut()?.values_mut().next()).collect()
            }
            _ => vec![body],
        };
        for call in calls {
            for (mark, condition) in self.left_out() {
                if call.to_string().contains(mark) {
                    leave_out(call, condition);
                }
            }
        }
    }

    /// The conditions that it leaves out, each of the calls with this text in them.
    fn left_out(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Whole | Self::ComparesBeforeItCounts => &[],
            Self::CountsWithoutLimit => &[("last_try = :try", "attempts < :max AND ")],
            Self::ReservesTwice => &[
                (":usage_ref", "#state = :requested AND "),
                ("THROTTLE#", "attribute_not_exists(version) OR version = :version"),
            ],
            Self::ReservesForAnOldCodeRequest => &[(":usage_ref", " AND code_requests = :code_requests")],
            Self::WritesAnOldThrottle => &[("THROTTLE#", "attribute_not_exists(version) OR version = :version")],
            Self::ReleasesTwice => &[
                (":undelivered", "#state = :sent AND code_hash.#hash = :hash AND attempts = attempts_before"),
                (":undelivered", "#state = :sent AND code_hash.#hash = :hash"),
            ],
            Self::SignsInTwice => &[(":ended", " AND attribute_not_exists(seed)")],
            Self::UsesATicketTwice => &[(":ended", "#state = :ticket AND "), ("NUMBER#", "attribute_not_exists(pk)")],
            Self::RegistersATakenNumber => &[("NUMBER#", "attribute_not_exists(pk)")],
            Self::RequestsTooEarly => &[("untried = :untried", " AND resend_at <= :now")],
            Self::FollowsTwice => &[("REQUEST#", "code_requests = :code_requests")],
        }
    }
}

/// Leaves a part out of a call's condition, with the names and values that nothing else uses: DynamoDB refuses those.
fn leave_out(call: &mut Value, part: &str) {
    let Some(condition) = call["ConditionExpression"].as_str() else { return };
    let rest = condition.replace(part, "");
    if rest == condition {
        return;
    }
    let members = call.as_object_mut().expect("a call");
    if rest.is_empty() {
        members.remove("ConditionExpression");
    } else {
        members.insert("ConditionExpression".to_owned(), rest.clone().into());
    }
    let used = format!("{} {rest}", members.get("UpdateExpression").and_then(Value::as_str).unwrap_or_default());
    for name in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
        let Some(Value::Object(given)) = members.get_mut(name) else { continue };
        given.retain(|name, _| {
            used.split(|sign: char| !sign.is_alphanumeric() && !":#_".contains(sign)).any(|word| word == name)
        });
        if given.is_empty() {
            members.remove(name);
        }
    }
}
