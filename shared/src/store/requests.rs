//! Login requests: resent, tried, turned into a ticket.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use rand::CryptoRng;

use super::item_key::Key;
use super::request_row::{RequestRow, State, UNTRIED};
use super::{Item, Table, attribute, from_item, number, string, succeeded, time, unavailable};
use crate::error::Error;
use crate::keys::CodeKeys;
use crate::login::proof::{Proof, ProvedBy, TakenAttempt, Verified};
use crate::login::request::{CODE_LIFE, CodeRequested, MAX_ATTEMPTS, RequestId};
use crate::login::ticket::{Ticket, TicketStamp};
use crate::text::Language;
use crate::time::Timestamp;

/// That one of the request's two codes is still the one that was compared.
pub(super) const HAS_THE_CODE: &str = "(code_hash.#hash = :hash OR older_hash.#hash = :hash)";

/// That the request did not end in a session.
pub(super) const IS_OPEN: &str = "attribute_not_exists(seed)";

const UPDATE: &str = "dynamodb UpdateItem";

impl Table {
    /// Requests a new code in the same login request. Attempts stay counted, and the end stays where it is. The newest
    /// code that was sent stays valid beside the new one. The text is in the language of the browser now, which the person may
    /// have changed since. Two resends within one second are idempotent, so that a call
    /// whose answer got lost can be repeated.
    ///
    /// # Errors
    /// [`Error::NoLoginRequest`]; [`Error::TooManyRequests`] before the browser's retry delay is over.
    pub async fn resend_code(
        &self,
        id: &RequestId,
        language: Language,
        now: Timestamp,
    ) -> Result<CodeRequested, Error> {
        match changed(self.request_code(id, language, now, "")).await? {
            Ok(row) => Ok(row.answer(id, true, now)),
            Err(Some(row)) if !row.takes_code_requests(now) => Err(Error::NoLoginRequest),
            Err(Some(row)) if row.has_just_requested_again(now) => Ok(row.answer(id, true, now)),
            Err(Some(row)) => Err(Error::TooManyRequests { retry_after: row.resend_at.since(now) }),
            Err(None) => Err(Error::NoLoginRequest),
        }
    }

    /// The code request of a login request that takes one, and for which this further condition holds.
    pub(super) fn request_code(
        &self,
        id: &RequestId,
        language: Language,
        now: Timestamp,
        further: &str,
    ) -> UpdateItemFluentBuilder {
        self.update_request(id)
            .update_expression(
                "SET #state = :requested, requested_at = :now, code_requests = code_requests + :one, attempts_until = :until, \
                 resend_at = :now + next_delay, next_delay = next_delay + next_delay, untried = :untried, \
                 #language = :language",
            )
            .condition_expression(format!(
                "#state <> :ticket AND {IS_OPEN} AND attempts < :max AND expires_at > :now AND resend_at <= :now{further}"
            ))
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#language", "language")
            .expression_attribute_values(":language", string(String::from(language)))
            .expression_attribute_values(":requested", string(State::Requested.as_str()))
            .expression_attribute_values(":untried", string(UNTRIED))
            .expression_attribute_values(":ticket", string(State::Ticket.as_str()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":max", number(MAX_ATTEMPTS))
            .expression_attribute_values(":until", time(now.plus(CODE_LIFE)))
            .expression_attribute_values(":now", time(now))
    }

    /// Takes one attempt, and only then gives out the hash to compare with (requirement G-02). It is the same whether a
    /// code was sent or not, so that nobody can tell from outside.
    ///
    /// The write carries a name of its own. When its answer got lost and the SDK sends it again, the condition fails on
    /// that name, and the attempt is recognized as the one already taken (requirement R-03).
    ///
    /// # Errors
    /// [`Error::LoginRequestOver`].
    pub async fn take_attempt(
        &self,
        id: &RequestId,
        now: Timestamp,
        random: &mut impl CryptoRng,
    ) -> Result<TakenAttempt, Error> {
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
            Ok(row) => Ok(row.attempt(id, now)),
            Err(Some(row)) if row.last_try.as_ref() == Some(&name) => Ok(row.attempt(id, now)),
            Err(_) => Err(Error::LoginRequestOver),
        }
    }

    /// Turns a request whose code was right into a ticket, for a number without account. A ticket by the same code stays
    /// as it is, so that a call whose answer got lost can be repeated.
    ///
    /// # Errors
    /// [`Error::LoginRequestOver`] when the request is no longer the one whose code was compared.
    pub async fn turn_into_ticket(
        &self,
        verified: &Verified,
        stamp: &TicketStamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Proof { target, proved_by: ProvedBy::Code(hash) } = verified.proof() else {
            return Err(Error::LoginRequestOver);
        };
        let call = self.update_request(&target.request);
        let (call, set_other) = match &target.number.other {
            Some(other) => {
                (call.expression_attribute_values(":other", string(other.as_str())), ", other_number_id = :other")
            }
            None => (call, ""),
        };
        let call = call
            .update_expression(format!("SET #state = :ticket, ticket = :stamp, number_id = :number{set_other}"))
            .condition_expression(format!("{HAS_THE_CODE} AND {IS_OPEN} AND #state <> :ticket AND expires_at > :now"))
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#hash", "hash")
            .expression_attribute_values(":ticket", string(State::Ticket.as_str()))
            .expression_attribute_values(":stamp", attribute(stamp)?)
            .expression_attribute_values(":number", string(target.number.first.as_str()))
            .expression_attribute_values(":hash", string(hash.as_str()))
            .expression_attribute_values(":now", time(now));
        match changed(call).await? {
            Ok(_) => Ok(()),
            Err(Some(row)) if row.is_ticket_by(hash, now) => Ok(()),
            Err(_) => Err(Error::LoginRequestOver),
        }
    }

    /// The ticket of a browser, which may be used already.
    ///
    /// # Errors
    /// [`Error::NotVerified`] when it has none that `verify-code` made.
    pub async fn ticket(&self, id: &RequestId, keys: &CodeKeys, now: Timestamp) -> Result<Ticket, Error> {
        let row = self.read::<RequestRow>(Key::request(id)).await?;
        let is_kept = |row: &RequestRow| matches!(row.state, State::Ticket | State::Registered) && now < row.expires_at;
        let mut row = row.filter(is_kept).ok_or(Error::NotVerified)?;
        let (stamp, is_used) = (row.ticket.take().ok_or(Error::NotVerified)?, row.state == State::Registered);
        let target = row.target(id);
        if !stamp.is_genuine(&target, keys) {
            return Err(Error::NotVerified);
        }
        Ok(Ticket { proof: Proof { target, proved_by: ProvedBy::Ticket }, stamp, is_used })
    }

    /// Removes a request for whose number nobody may register. A ticket stays.
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
        succeeded("dynamodb DeleteItem", call.send().await).map(|_| ())
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
pub(super) async fn changed(call: UpdateItemFluentBuilder) -> Result<Result<RequestRow, Option<RequestRow>>, Error> {
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
