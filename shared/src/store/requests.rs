//! Login requests: opened, asked again, tried, turned into a ticket.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};

use super::ip_counts::asks_in_the_day;
use super::item_key::Key;
use super::transaction::{delete, put, update};
use super::{Item, Table, from_item, made, number, string, time, unavailable};
use crate::error::{Error, Fault};
use crate::keys::{NumberId, NumberIds, RangeId, SealedNumber};
use crate::login::code::CodeHash;
use crate::login::request::{
    Asked, CODE_LIFE, Challenge, Counted, LoginRequest, MAX_ATTEMPTS, Proof, ProvedBy, Purpose, REQUEST_LIFE,
    RequestId, Subject, Ticket, Verified, wait_after,
};
use crate::phone::{Country, MaskedNumber};
use crate::sending::ip_limit::AddressBudget;
use crate::sending::throttle::LaneName;
use crate::time::Timestamp;
use crate::token::TokenHash;

const UPDATE: &str = "dynamodb UpdateItem";
/// The value of [`RequestRow::untried`], a text because filters of a stream compare texts.
const UNTRIED: &str = "yes";

/// Where a login request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Opened,
    Sent,
    Undelivered,
    Ticket,
}

impl State {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Sent => "sent",
            Self::Undelivered => "undelivered",
            Self::Ticket => "ticket",
        }
    }
}

/// A login request as the table keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RequestRow {
    pub(super) state: State,
    pub(super) purpose: Purpose,
    pub(super) number_id: NumberId,
    /// Of a ticket, while one root secret takes over from another: who registers has no keys to find it with.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_number_id: Option<NumberId>,
    pub(super) sealed_number: SealedNumber,
    pub(super) phone: MaskedNumber,
    pub(super) country: Country,
    pub(super) range: RangeId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<TokenHash>,
    pub(super) asked_at: Timestamp,
    pub(super) asks: u32,
    /// When the browser may ask again, and how long it waits after that ask: an expression can double a number, but
    /// cannot raise one to a power.
    resend_at: Timestamp,
    next_wait: i64,
    attempts: u8,
    /// There from each ask to the first guess after it. The filter of the stream (`infra/template.yaml`) asks for it: only
    /// an ask brings `deliver-code`. A guess leaves a request without text `opened`, and would have the same ask decided
    /// and counted again, whenever the caller likes. No write depends on it, so a record that comes again is delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    untried: Option<String>,
    /// Until when codes may be tried: the life of a code from the newest ask on, whether one was sent or not, so that the
    /// end tells nothing.
    attempts_until: Timestamp,
    pub(super) expires_at: Timestamp,
    code_hash: CodeHash,
    /// The end of the code that was really sent. It can be the one of an earlier ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    code_expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_try: Option<String>,
    pub(super) lane: LaneName,
    pub(super) sends: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<Counted>,
    /// Of a ticket: how many wrong codes had been typed for the number when it was proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    wrong_codes: Option<i64>,
}

impl RequestRow {
    fn opened(request: &LoginRequest) -> Self {
        Self {
            state: State::Opened,
            purpose: request.purpose,
            number_id: request.number_id.clone(),
            other_number_id: None,
            sealed_number: request.sealed_number.clone(),
            phone: request.phone.clone(),
            country: request.country,
            range: request.range.clone(),
            device: request.device.clone(),
            asked_at: request.asked_at,
            asks: 1,
            resend_at: request.asked_at.plus(wait_after(1)),
            next_wait: wait_after(2),
            attempts: 0,
            untried: Some(UNTRIED.to_owned()),
            attempts_until: request.asked_at.plus(CODE_LIFE),
            expires_at: request.asked_at.plus(REQUEST_LIFE),
            code_hash: request.no_code.clone(),
            code_expires_at: None,
            last_try: None,
            lane: LaneName::Stranger,
            sends: 0,
            counted: None,
            wrong_codes: None,
        }
    }

    fn is_open_to_asks(&self, now: Timestamp) -> bool {
        self.state != State::Ticket && self.attempts < MAX_ATTEMPTS && now < self.expires_at
    }

    fn asked(self, now: Timestamp) -> Asked {
        Asked::new(self.phone, self.asks, self.expires_at, now)
    }

    fn subject(self, id: &RequestId) -> Subject {
        let Self { number_id, other_number_id, phone, lane, sends, counted, country, range, .. } = self;
        let number = NumberIds { first: number_id, other: other_number_id };
        Subject { id: id.clone(), number, phone, lane, sends, counted, country, range }
    }

    fn challenge(self, id: &RequestId, now: Timestamp) -> Challenge {
        Challenge {
            purpose: self.purpose,
            code_hash: self.code_hash.clone(),
            code_is_alive: self.code_expires_at.is_some_and(|end| now < end),
            attempts: self.attempts,
            number_id: self.number_id.clone(),
            sealed_number: self.sealed_number.clone(),
            subject: self.subject(id),
        }
    }
}

impl Table {
    /// Opens a login request and counts it against the caller's address; the request that the browser had before, if
    /// any, is gone. One transaction, the same for every number, and it reads nothing.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when the address, or the network around it, has used up a window.
    pub async fn open_login(
        &self,
        request: &LoginRequest,
        replaced: Option<&RequestId>,
        budgets: &[AddressBudget],
    ) -> Result<Asked, Error> {
        let row = RequestRow::opened(request);
        let counts = budgets.iter().map(|budget| self.count_ask(budget).map(update));
        let mut writes = counts.collect::<Result<Vec<_>, _>>()?;
        writes.push(put(self.put_absent(Key::request(&request.id), &row)?));
        if let Some(replaced) = replaced {
            writes.push(delete(self.delete(Key::request(replaced))?));
        }
        let Err(refused) = self.transact(writes).await? else { return Ok(row.asked(request.asked_at)) };
        match budgets.get(refused.index) {
            Some(budget) => {
                let in_the_day = asks_in_the_day(&refused.item);
                Err(Error::TooManyRequests { retry_after: budget.retry_after(in_the_day) })
            }
            None => Err(Error::Internal(Fault::new("login request", "a random name came twice"))),
        }
    }

    /// Asks for a new code in the same request: the attempts stay counted, the end stays where it is. The code of before
    /// is dead once the new one is sent. Two asks in one second are one ask, so that an answer that got lost can be asked
    /// for again.
    ///
    /// # Errors
    /// [`Error::NoLoginRequest`]; [`Error::TooManyRequests`] before the browser's wait is over.
    pub async fn ask_again(&self, id: &RequestId, now: Timestamp) -> Result<Asked, Error> {
        let call = self
            .update_request(id)
            .update_expression(
                "SET #state = :opened, asked_at = :now, asks = asks + :one, attempts_until = :until, \
                 resend_at = :now + next_wait, next_wait = next_wait + next_wait, untried = :untried",
            )
            .condition_expression("#state <> :ticket AND attempts < :max AND expires_at > :now AND resend_at <= :now")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":opened", string(State::Opened.as_str()))
            .expression_attribute_values(":untried", string(UNTRIED))
            .expression_attribute_values(":ticket", string(State::Ticket.as_str()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":max", number(MAX_ATTEMPTS))
            .expression_attribute_values(":until", time(now.plus(CODE_LIFE)))
            .expression_attribute_values(":now", time(now));
        match changed(call).await? {
            Ok(row) => Ok(row.asked(now)),
            Err(Some(row)) if !row.is_open_to_asks(now) => Err(Error::NoLoginRequest),
            Err(Some(row)) if row.asks > 1 && row.asked_at == now => Ok(row.asked(now)),
            Err(Some(row)) => Err(Error::TooManyRequests { retry_after: row.resend_at.since(now) }),
            Err(None) => Err(Error::NoLoginRequest),
        }
    }

    /// Takes one attempt, and only then gives out the hash to compare with (requirement G-02). It is the same whether a
    /// code was sent or not, so that nobody can tell from outside.
    ///
    /// The write carries a name of its own. When its answer got lost and the SDK sends it again, the condition fails on
    /// that name, and the attempt is recognised as the one already taken (requirement R-03).
    ///
    /// # Errors
    /// [`Error::LoginRequestOver`].
    pub async fn take_attempt(
        &self,
        id: &RequestId,
        now: Timestamp,
        random: &mut impl CryptoRng,
    ) -> Result<Challenge, Error> {
        let name = format!("{:016x}", random.next_u64());
        let call = self
            .update_request(id)
            .update_expression("SET attempts = attempts + :one, last_try = :try REMOVE untried")
            .condition_expression(
                "attempts < :max AND attempts_until > :now AND expires_at > :now \
                 AND (attribute_not_exists(last_try) OR last_try <> :try)",
            )
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":try", string(&name))
            .expression_attribute_values(":max", number(MAX_ATTEMPTS))
            .expression_attribute_values(":now", time(now));
        match changed(call).await? {
            Ok(row) => Ok(row.challenge(id, now)),
            Err(Some(row)) if row.last_try.as_ref() == Some(&name) => Ok(row.challenge(id, now)),
            Err(_) => Err(Error::LoginRequestOver),
        }
    }

    /// Turns a request whose code was right into a ticket, for a number without account for which `wrong_codes` have been
    /// typed. One that is a ticket by the same code already stays one, so that an answer that got lost can be asked for
    /// again.
    ///
    /// # Errors
    /// [`Error::LoginRequestOver`] when the request is no longer the one whose code was compared.
    pub async fn turn_into_ticket(&self, verified: &Verified, wrong_codes: i64, now: Timestamp) -> Result<(), Error> {
        let Proof { subject, proved_by: ProvedBy::Code(hash) } = verified.proof() else {
            return Err(Error::LoginRequestOver);
        };
        let call = self.update_request(&subject.id);
        let (call, set_other) = match &subject.number.other {
            Some(other) => {
                (call.expression_attribute_values(":other", string(other.as_str())), ", other_number_id = :other")
            }
            None => (call, ""),
        };
        let call = call
            .update_expression(format!("SET #state = :ticket, wrong_codes = :wrong, number_id = :number{set_other}"))
            .expression_attribute_values(":number", string(subject.number.first.as_str()))
            .condition_expression("code_hash.#hash = :hash AND expires_at > :now")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#hash", "hash")
            .expression_attribute_values(":ticket", string(State::Ticket.as_str()))
            .expression_attribute_values(":wrong", number(wrong_codes))
            .expression_attribute_values(":hash", string(hash.as_str()))
            .expression_attribute_values(":now", time(now));
        changed(call).await?.map(|_| ()).map_err(|_| Error::LoginRequestOver)
    }

    /// The ticket of a browser.
    ///
    /// # Errors
    /// [`Error::NotVerified`] when it has none.
    pub async fn ticket(&self, id: &RequestId, now: Timestamp) -> Result<Ticket, Error> {
        match self.read::<RequestRow>(Key::request(id)).await? {
            Some(row) if row.state == State::Ticket && now < row.expires_at => {
                let wrong_codes = row.wrong_codes.unwrap_or_default();
                Ok(Ticket { proof: Proof { subject: row.subject(id), proved_by: ProvedBy::Ticket }, wrong_codes })
            }
            _ => Err(Error::NotVerified),
        }
    }

    /// Removes a request whose attempts are used up. Nothing depends on it: the count alone refuses further attempts.
    /// A ticket stays: a right code was compared beside the last wrong one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn drop_request(&self, id: &RequestId) -> Result<(), Error> {
        let call = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(Key::request(id).item()))
            .condition_expression("#state <> :ticket")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":ticket", string(State::Ticket.as_str()));
        made("dynamodb DeleteItem", call.send().await).map(|_| ())
    }

    fn update_request(&self, id: &RequestId) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(Key::request(id).item()))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

/// The request after a conditional update, or as it was when the condition refused it; none when there is none.
async fn changed(call: UpdateItemFluentBuilder) -> Result<Result<RequestRow, Option<RequestRow>>, Error> {
    match call.send().await {
        Ok(output) => Ok(Ok(from_item(output.attributes.unwrap_or_default())?)),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                let row = refused.item.clone().filter(|item: &Item| !item.is_empty()).map(from_item).transpose()?;
                Ok(Err(row))
            }
            _ => Err(unavailable(UPDATE, &error)),
        },
    }
}
