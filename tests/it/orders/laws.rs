//! What must hold after every event.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use shared::time::DAY;

use super::notes::{Id, Notes};
use super::state::{Kind, Process, State};

/// The most comparisons in a login request, and of one code (docs/promises.md, "Three tries").
const TRIES: u64 = 3;

/// A law that was broken.
pub type Broken = Result<(), String>;

/// One item before and after a call.
#[derive(Clone, Copy)]
pub struct Change {
    pub key: Id,
    pub before: Option<Id>,
    pub after: Option<Id>,
}

/// What of an item the laws are about.
struct Facts {
    state: String,
    attempts: i64,
    code_requests: i64,
    seed: Option<String>,
    expires_at: i64,
    resend_at: i64,
    code: String,
    user: String,
    /// Texts of the day, and those that no login followed.
    texts: i64,
    unverified: i64,
    /// Of a throttle: the texts of the day of the last one, and when that was.
    sent: i64,
    last_send: i64,
}

/// The laws.
#[derive(Default)]
pub struct Laws {
    facts: HashMap<Id, Rc<Facts>>,
}

impl Laws {
    /// After a function got an answer and compared a code with `answer`.
    pub fn compared(notes: &mut Notes, state: &mut State, process: &mut Process, answer: Id, now: i64) -> Broken {
        let Some(request) = process.request else { return Err("a code was compared without a login request".into()) };
        let typed = process.typed.ok_or("no code was typed")?;
        process.proves = state.is_right(request, typed, now);
        let row = row_of(notes, answer);
        let seen = state.seen.entry(request).or_default();
        seen.compares += 1;
        seen.is_proved |= process.proves;
        let mut names = vec!["code_hash"];
        if row["code_requests"]["N"] != "1" {
            names.push("older_hash");
        }
        for name in names {
            let Some(hash) = row[name]["M"]["hash"]["S"].as_str() else { continue };
            let compared = seen.hashes.entry(notes.id(hash)).or_default();
            *compared += 1;
            holds(u64::from(*compared) <= TRIES, "a code was compared a fourth time")?;
        }
        holds(seen.compares <= TRIES, "a fourth comparison in a login request")
    }

    /// After SNS took a text.
    pub fn texted(state: &mut State, request: Id, number: i64) -> Broken {
        let seen = state.seen.entry(request).or_default().codes.entry(number).or_default();
        seen.texts += 1;
        holds(seen.texts <= 1, "a second text for one code request")?;
        holds(seen.charged == 1 && seen.given_back == 0, "a text that is not counted")
    }

    /// After a call of `process` changed the table.
    pub fn changed(
        &mut self,
        notes: &mut Notes,
        state: &mut State,
        process: &Process,
        changes: &[Change],
        now: i64,
    ) -> Broken {
        let (mut texts, mut sent) = (0, 0);
        for change in changes {
            let key = notes.text(change.key);
            let (before, after) = (self.facts(notes, change.before), self.facts(notes, change.after));
            match key.split('#').next().unwrap_or_default() {
                "REQUEST" => {
                    if let (Some(before), Some(after)) = (&before, &after) {
                        request_changed(before, after, process.kind, now)?;
                    }
                    let begins = after.filter(|_| before.is_none());
                    if let (Some(begins), Some(former)) = (begins, process.request)
                        && begins.code_requests > 1
                    {
                        let seen = state.seen.entry(former).or_default();
                        seen.followed += 1;
                        holds(seen.followed <= 1, "two login requests went on where one was")?;
                    }
                }
                "SESSION" if before.is_none() && after.is_some() => self.session_began(notes, state, process, now)?,
                "NUMBER" => {
                    let is_same = before.zip(after).is_none_or(|(before, after)| before.user == after.user);
                    holds(is_same, "the number has another owner")?;
                }
                "USER" => {
                    let users = state.table.iter().filter(|(key, _)| notes.text(*key).starts_with("USER#")).count();
                    holds(users <= 1, "two accounts for one number")?;
                }
                "QUOTA" => {
                    let count = |facts: &Option<Rc<Facts>>| facts.as_ref().map_or(0, |facts| facts.texts);
                    if key.starts_with("QUOTA#UNRECOGNIZED#") {
                        texts += count(&after) - count(&before);
                    }
                    let unverified = after.map_or(0, |facts| facts.unverified);
                    holds(unverified >= 0, "a text was given back that was not counted")?;
                }
                "THROTTLE" => {
                    let today = |facts: &Option<Rc<Facts>>| facts.as_ref().map_or(0, |facts| facts.sent_on(now / DAY));
                    sent += today(&after) - today(&before);
                }
                _ => {}
            }
        }
        Self::counted(state, process, (texts, sent))
    }

    /// When an item's time to live ends; never is zero.
    pub fn expires_at(&mut self, notes: &Notes, item: Id) -> i64 {
        self.facts(notes, Some(item)).map_or(0, |facts| facts.expires_at)
    }

    /// A text is counted once in throttle and quota, and given back once at the most.
    fn counted(state: &mut State, process: &Process, (texts, sent): (i64, i64)) -> Broken {
        holds(texts == sent, "throttle and quota count differently")?;
        let Kind::Deliver(number) = process.kind else {
            return holds(texts == 0, "a text was counted by who sends none");
        };
        let Some(request) = process.request else { return Ok(()) };
        let seen = state.seen.entry(request).or_default().codes.entry(number).or_default();
        match texts {
            0 => Ok(()),
            1 => {
                seen.charged += 1;
                holds(seen.charged <= 1, "a code request was counted twice")
            }
            -1 => {
                seen.given_back += 1;
                holds(seen.given_back <= 1, "a text was given back twice")?;
                holds(seen.texts == 0, "a text was given back that went out")
            }
            _ => Err("several texts were counted at once".into()),
        }
    }

    fn session_began(&mut self, notes: &Notes, state: &mut State, process: &Process, now: i64) -> Broken {
        let request = process.request.ok_or("a session without a login request")?;
        let row = state.table.iter().find(|(key, _)| *key == request).map(|(_, item)| *item);
        let row = self.facts(notes, row).ok_or("a session of a login request that is gone")?;
        holds(now < row.expires_at, "a session of a login request that is over")?;
        let seen = state.seen.entry(request).or_default();
        seen.sessions += 1;
        holds(seen.sessions <= 1, "two sessions of one login request")?;
        match process.kind {
            Kind::Submit => holds(process.proves, "a session without a right code"),
            Kind::Register => holds(seen.is_proved, "a session of a ticket without a right code"),
            _ => Err("a session by who compares no code".into()),
        }
    }

    fn facts(&mut self, notes: &Notes, item: Option<Id>) -> Option<Rc<Facts>> {
        let item = item?;
        Some(self.facts.entry(item).or_insert_with(|| Rc::new(Facts::of(&notes.value(item)))).clone())
    }
}

impl Facts {
    fn of(item: &Value) -> Self {
        let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| item[name]["N"].as_str().and_then(|text| text.parse().ok()).unwrap_or_default();
        let window = |kind: char| -> i64 {
            let is_window = |name: &str| name.strip_prefix(kind).is_some_and(|rest| rest.parse::<i64>().is_ok());
            let members = item.as_object().into_iter().flatten().filter(|(name, _)| is_window(name));
            members.map(|(name, _)| number(name)).sum()
        };
        Self {
            state: text("state"),
            attempts: number("attempts"),
            code_requests: number("code_requests"),
            seed: item["seed"]["S"].as_str().map(str::to_owned),
            expires_at: number("expires_at"),
            resend_at: number("resend_at"),
            code: item["code_hash"]["M"]["hash"]["S"].as_str().unwrap_or_default().to_owned(),
            user: text("user_id"),
            texts: window('d'),
            unverified: window('u'),
            sent: number("sent_that_day"),
            last_send: number("last_send"),
        }
    }

    fn sent_on(&self, day: i64) -> i64 {
        if self.last_send / DAY == day { self.sent } else { 0 }
    }
}

/// Attempts never go down, delays hold, and a login request that ended never takes codes again.
fn request_changed(before: &Facts, after: &Facts, kind: Kind, now: i64) -> Broken {
    if let (Kind::Deliver(number), "requested", "sent") = (kind, before.state.as_str(), after.state.as_str()) {
        holds(before.code_requests == number, "a text for a code request that a newer one followed")?;
    }
    holds(after.attempts >= before.attempts, "attempts went down")?;
    if after.code_requests > before.code_requests {
        holds(after.code_requests == before.code_requests + 1, "two code requests at once")?;
        holds(now >= before.resend_at, "a code request before its delay was over")?;
        holds(before.state != "ticket" && before.seed.is_none(), "a code request of a login request that ended")?;
        holds(u64::try_from(before.attempts).is_ok_and(|attempts| attempts < TRIES), "a code request without tries")?;
    }
    if before.seed.is_some() {
        let same = |facts: &Facts| (facts.seed.clone(), facts.state.clone(), facts.code.clone());
        holds(same(before) == same(after), "a login request that ended began again")?;
    }
    Ok(())
}

/// The login request in an answer of the table to an attempt.
fn row_of(notes: &Notes, answer: Id) -> Value {
    let text = notes.text(answer);
    let body = text.split_once(' ').map(|(_, body)| body).unwrap_or_default();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    if body["Attributes"].is_object() { body["Attributes"].clone() } else { body["Item"].clone() }
}

fn holds(it_holds: bool, else_said: &str) -> Broken {
    if it_holds { Ok(()) } else { Err(else_said.to_owned()) }
}
