//! A login request as the table keeps it.

use serde::{Deserialize, Serialize};

use crate::keys::{BlockId, NetworkId, NumberId, NumberIds, SealedNumber};
use crate::login::code::CodeHash;
use crate::login::proof::{CountedStart, ProvedBy, StoredCode, TakenAttempt, Target, UsageRef};
use crate::login::request::{
    CODE_LIFE, CodeRequested, LoginRequest, MAX_ATTEMPTS, Purpose, REQUEST_LIFE, RequestId, ThrottleName,
    retry_delay_after,
};
use crate::login::ticket::TicketStamp;
use crate::phone::{Country, MaskedNumber};
use crate::text::Language;
use crate::time::Timestamp;
use crate::token::{Seed, TokenHash};

/// The value of [`RequestRow::untried`], a text because filters of a stream compare texts.
pub(super) const UNTRIED: &str = "yes";

/// The state of a login request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    Requested,
    Sent,
    Undelivered,
    Ticket,
    /// Ended by a code. It and [`State::Registered`] have a seed, and no other state has one.
    SignedIn,
    /// Ended by a ticket.
    Registered,
}

impl State {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Sent => "sent",
            Self::Undelivered => "undelivered",
            Self::Ticket => "ticket",
            Self::SignedIn => "signed-in",
            Self::Registered => "registered",
        }
    }
}

/// What a request takes over from the one that it follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct History {
    pub(super) code_requests: u32,
    pub(super) next_delay: i64,
}

/// A login request as the table keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RequestRow {
    pub(super) state: State,
    pub(super) purpose: Purpose,
    pub(super) number_id: NumberId,
    /// Of a ticket, while one number secret takes over from another: `register` has no keys to find it with.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_number_id: Option<NumberId>,
    pub(super) sealed_number: SealedNumber,
    pub(super) phone: MaskedNumber,
    pub(super) country: Country,
    pub(super) block: BlockId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<TokenHash>,
    /// The language of the next text. Requests from before there were languages have none.
    #[serde(default)]
    pub(super) language: Language,
    pub(super) requested_at: Timestamp,
    pub(super) code_requests: u32,
    /// When the browser may request a new code, and how long the delay after that request is. It is stored because an
    /// expression can double a number, but cannot raise one to a power.
    pub(super) resend_at: Timestamp,
    next_delay: i64,
    attempts: u8,
    /// Set by each code request, removed by the first guess after it. The filter of the stream (`infra/template.yaml`)
    /// requires it, so that only a code request triggers `deliver-code`. Without it, a guess before the text would
    /// trigger `deliver-code` a second time for the same code request. No write depends on it, so a record that the
    /// stream repeats is still delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    untried: Option<String>,
    /// Until when codes may be tried: the life of a code, counted from the newest code request, whether a text was sent
    /// or not, so that the end does not show whether one was.
    attempts_until: Timestamp,
    pub(super) expires_at: Timestamp,
    code_hash: CodeHash,
    /// The end of the code that was really sent. It can be the code of an earlier code request.
    #[serde(skip_serializing_if = "Option::is_none")]
    code_expires_at: Option<Timestamp>,
    /// What `code_hash` was before the newest text, and its end: either text of a person works. There from the second
    /// code request on, if a text followed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    older_hash: Option<CodeHash>,
    #[serde(skip_serializing_if = "Option::is_none")]
    older_expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_try: Option<String>,
    pub(super) throttle: ThrottleName,
    pub(super) sends: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_ref: Option<UsageRef>,
    /// Of a ticket, used or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ticket: Option<TicketStamp>,
    /// Where its start was counted. Requests from before this was kept have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<CountedStart>,
    /// Of a request that ended in a session: what that session's cookie was made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seed: Option<Seed>,
}

impl RequestRow {
    pub(super) fn of(request: &LoginRequest, networks: Vec<NetworkId>) -> Self {
        Self {
            state: State::Requested,
            purpose: request.purpose,
            number_id: request.number_id.clone(),
            other_number_id: None,
            sealed_number: request.sealed_number.clone(),
            phone: request.phone.clone(),
            country: request.country,
            block: request.block.clone(),
            device: request.device.clone(),
            language: request.language,
            requested_at: request.requested_at,
            code_requests: 1,
            resend_at: request.requested_at.plus(retry_delay_after(1)),
            next_delay: retry_delay_after(2),
            attempts: 0,
            untried: Some(UNTRIED.to_owned()),
            attempts_until: request.requested_at.plus(CODE_LIFE),
            expires_at: request.requested_at.plus(REQUEST_LIFE),
            code_hash: request.decoy_hash.clone(),
            code_expires_at: None,
            older_hash: None,
            older_expires_at: None,
            last_try: None,
            throttle: ThrottleName::Unrecognized,
            sends: 0,
            usage_ref: None,
            ticket: None,
            counted: Some(CountedStart { networks, at: request.requested_at }),
            seed: None,
        }
    }

    /// The row of a request that follows one of the same browser and number: its delays go on where they were.
    pub(super) fn following(self, former: &History) -> Self {
        Self {
            code_requests: former.code_requests.saturating_add(1),
            resend_at: self.requested_at.plus(former.next_delay),
            next_delay: former.next_delay.saturating_mul(2),
            ..self
        }
    }

    /// What a request that follows this one takes over.
    pub(super) const fn history(&self) -> History {
        History { code_requests: self.code_requests, next_delay: self.next_delay }
    }

    /// Whether it is for this number, under whichever root secret.
    pub(super) fn is_for(&self, number: &NumberIds) -> bool {
        number.all().any(|id| *id == self.number_id)
    }

    /// Whether a code of it may be tried.
    pub(super) fn takes_codes(&self, now: Timestamp) -> bool {
        self.takes_code_requests(now) && now < self.attempts_until
    }

    /// Whether it requested another code in this very second, by a call whose answer may have got lost.
    pub(super) fn has_just_requested_again(&self, now: Timestamp) -> bool {
        self.code_requests > 1 && self.requested_at == now
    }

    pub(super) fn takes_code_requests(&self, now: Timestamp) -> bool {
        let is_open = self.state != State::Ticket && self.seed.is_none();
        is_open && self.attempts < MAX_ATTEMPTS && now < self.expires_at
    }

    /// Whether this code made a ticket of it, which is not used yet.
    pub(super) fn is_ticket_by(&self, hash: &CodeHash, now: Timestamp) -> bool {
        self.state == State::Ticket && self.has_code(hash) && now < self.expires_at
    }

    /// Whether it keeps this code, as one of its two.
    fn has_code(&self, hash: &CodeHash) -> bool {
        [Some(&self.code_hash), self.older_hash.as_ref()].contains(&Some(hash))
    }

    /// The seed of the session in which it ended, for a browser that proves the same again.
    pub(super) fn seed_for(self, proved_by: &ProvedBy, now: Timestamp) -> Option<Seed> {
        let is_proved = match proved_by {
            ProvedBy::Code(hash) => self.has_code(hash),
            ProvedBy::Ticket => self.state == State::Registered,
        };
        self.seed.filter(|_| is_proved && now < self.expires_at)
    }

    /// What the browser is told: `requested` says whether the call that it made requested a code.
    pub(super) fn answer(self, id: &RequestId, requested: bool, now: Timestamp) -> CodeRequested {
        CodeRequested {
            login: id.name(),
            sent_to: self.phone,
            country: self.country,
            code_requests: self.code_requests,
            requested,
            expires_in: self.attempts_until.min(self.expires_at).since(now),
            resend_in: self.resend_at.since(now),
            attempts_left: MAX_ATTEMPTS.saturating_sub(self.attempts),
        }
    }

    pub(super) fn target(self, id: &RequestId) -> Target {
        Target {
            request: id.clone(),
            number: NumberIds { first: self.number_id, other: self.other_number_id },
            phone: self.phone,
            throttle: self.throttle,
            sends: self.sends,
            usage_ref: self.usage_ref,
            country: self.country,
            expires_at: self.expires_at,
            counted: self.counted,
        }
    }

    pub(super) fn attempt(self, id: &RequestId, now: Timestamp) -> TakenAttempt {
        let stored = |hash: &CodeHash, end: Option<Timestamp>| StoredCode {
            hash: hash.clone(),
            expires_at: end,
            is_alive: end.is_some_and(|end| now < end),
        };
        let mut codes = vec![stored(&self.code_hash, self.code_expires_at)];
        if self.code_requests > 1 {
            // Where there is no older code, the comparison takes its time all the same.
            let older = self.older_hash.as_ref().map(|hash| stored(hash, self.older_expires_at));
            codes.push(older.unwrap_or_else(|| stored(&self.code_hash, None)));
        }
        TakenAttempt {
            purpose: self.purpose,
            codes,
            attempts: self.attempts,
            sealed_number: self.sealed_number.clone(),
            target: self.target(id),
        }
    }
}
