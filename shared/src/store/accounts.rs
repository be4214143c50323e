//! Accounts: signing in, registering.

use aws_sdk_dynamodb::types::{Delete, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use serde::{Deserialize, Serialize};

use super::item_key::Key;
use super::owners::OwnerRow;
use super::request_row::{RequestRow, State};
use super::requests::{HAS_THE_CODE, IS_OPEN};
use super::sessions::SessionRow;
use super::transaction::{Refused, check, delete, put, update};
use super::{Table, attribute, from_item, number, string, time, unbuildable};
use crate::error::{Error, RedactedError};
use crate::keys::NumberId;
use crate::login::proof::{Proof, ProvedBy, Verified};
use crate::login::session::SignIn;
use crate::login::ticket::Ticket;
use crate::login::user::Name;
use crate::phone::MaskedNumber;
use crate::time::Timestamp;
use crate::token::Seed;

#[derive(Debug, Serialize, Deserialize)]
struct UserRow {
    name: Option<Name>,
    phone: MaskedNumber,
    created_at: Timestamp,
}

/// What became of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInOutcome {
    /// The session began.
    Done,
    /// It began before, with this seed: the same was proved, and the answer may have got lost.
    Before(Seed),
}

/// What became of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterOutcome {
    /// The user exists, and is signed in.
    Done,
    /// The ticket was used meanwhile.
    Before,
    /// Another browser that proved the number was faster: the number has an owner.
    NumberTaken,
}

impl Table {
    /// Ends the login request and begins a session, together: a right code yields exactly one session
    /// (requirement G-03). Of a request that ended so before, what was proved yields its seed again.
    ///
    /// # Errors
    /// [`Error::LoginRequestOver`] when meanwhile the request was used or replaced, a new code was sent for it, or the
    /// account was deleted; [`Error::Unavailable`] when another login moved the account meanwhile.
    pub async fn sign_in(&self, verified: &Verified, sign_in: &SignIn) -> Result<SignInOutcome, Error> {
        let proof = verified.proof();
        let is_moved = sign_in.account.kept_under != proof.number().first;
        let mut writes = vec![update(self.end_request(proof, sign_in)?)];
        if is_moved {
            writes.extend(self.move_owner(proof, sign_in)?);
        } else {
            writes.push(update(self.rotate_device(&proof.number().first, sign_in)?));
        }
        writes.extend(self.begin_session(proof, sign_in)?);
        let Err(refused) = self.transact(writes).await? else { return Ok(SignInOutcome::Done) };
        match refused.index {
            0 => {
                let seed = ended_before(refused, proof, sign_in.session.created_at)?;
                seed.map(SignInOutcome::Before).ok_or(Error::LoginRequestOver)
            }
            1 | 2 if is_moved => {
                Err(Error::Unavailable(RedactedError::new("login", "the account was moved meanwhile")))
            }
            _ => Err(Error::LoginRequestOver),
        }
    }

    /// Makes the user who signs in the owner of the ticket's number: one transaction.
    ///
    /// # Errors
    /// [`Error::NotVerified`] when the request is no ticket any more.
    pub async fn register(&self, ticket: &Ticket, sign_in: &SignIn) -> Result<RegisterOutcome, Error> {
        let (proof, now, user) = (ticket.proof(), sign_in.session.created_at, &sign_in.session.user);
        let number = proof.number();
        let profile = UserRow { name: user.name.clone(), phone: proof.phone().clone(), created_at: now };
        let mut writes = vec![
            update(self.end_request(proof, sign_in)?),
            put(self.put_absent(Key::owner(&number.first), &OwnerRow::after(sign_in))?),
        ];
        if let Some(other) = &number.other {
            writes.push(check(self.absent(Key::owner(other))?));
        }
        let owners = writes.len();
        writes.push(put(self.put_absent(Key::user(&user.id), &profile)?));
        writes.extend(self.begin_session(proof, sign_in)?);
        match self.transact(writes).await? {
            Ok(()) => Ok(RegisterOutcome::Done),
            Err(refused) if (1..owners).contains(&refused.index) => Ok(RegisterOutcome::NumberTaken),
            Err(refused) if refused.index == 0 => {
                ended_before(refused, proof, now)?.map(|_| RegisterOutcome::Before).ok_or(Error::NotVerified)
            }
            Err(_) => Err(Error::NotVerified),
        }
    }

    /// Keeps the account under the number's first id from now on, and no longer where it was found.
    fn move_owner(&self, proof: &Proof, sign_in: &SignIn) -> Result<[TransactWriteItem; 3], Error> {
        let account = &sign_in.account;
        let there = Delete::builder()
            .table_name(&self.name)
            .set_key(Some(Key::owner(&account.kept_under).item()))
            .condition_expression("user_id = :user")
            .expression_attribute_values(":user", string(account.user.id.as_str()));
        let here = self.put_absent(Key::owner(&proof.number().first), &OwnerRow::after(sign_in))?;
        // What was counted there is in what the account has seen. It would count again if the old order came back.
        let counted = self.delete(Key::wrong_codes(&account.kept_under))?;
        Ok([put(here), delete(there.build().map_err(unbuildable)?), delete(counted)])
    }

    /// Ends a request that still has the code that was right. It keeps the newest two that were sent. When it refuses, it
    /// gives back the request as it is.
    fn end_request(&self, proof: &Proof, sign_in: &SignIn) -> Result<Update, Error> {
        let request = Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::request(&proof.target.request).item()))
            .update_expression("SET #state = :ended, seed = :seed REMOVE untried")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":seed", string(sign_in.seed.as_str()))
            .expression_attribute_values(":now", time(sign_in.session.created_at));
        let request = match &proof.proved_by {
            ProvedBy::Code(hash) => request
                .condition_expression(format!("{HAS_THE_CODE} AND {IS_OPEN} AND expires_at > :now"))
                .expression_attribute_names("#hash", "hash")
                .expression_attribute_values(":hash", string(hash.as_str()))
                .expression_attribute_values(":ended", string(State::SignedIn.as_str())),
            ProvedBy::Ticket => request
                .condition_expression("#state = :ticket AND expires_at > :now")
                .expression_attribute_values(":ticket", string(State::Ticket.as_str()))
                .expression_attribute_values(":ended", string(State::Registered.as_str())),
        };
        request.build().map_err(unbuildable)
    }

    /// The session, the session that it replaces, the backoff steps that the request took, and the quotas that get its
    /// text back.
    fn begin_session(&self, proof: &Proof, sign_in: &SignIn) -> Result<Vec<TransactWriteItem>, Error> {
        let session = &sign_in.session;
        let mut writes = vec![
            put(self.put(Key::session(&session.id), &SessionRow::of(session))?),
            update(self.step_back(&proof.target, session.created_at)?),
        ];
        if let Some(former) = &sign_in.former_session {
            writes.push(delete(self.delete(Key::session(former))?));
        }
        writes.extend(self.verify_text(&proof.target)?);
        Ok(writes)
    }

    /// Stores the browser's new device and removes those that it replaces. Nothing is read for it, so that concurrent
    /// logins do not wait for each other.
    fn rotate_device(&self, of: &NumberId, sign_in: &SignIn) -> Result<Update, Error> {
        let rotation = &sign_in.rotation;
        let forgotten = (0..rotation.forgotten.len()).map(|index| format!("devices.#gone{index}"));
        let remove = forgotten.collect::<Vec<_>>().join(", ");
        let builder = Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::owner(of).item()))
            .update_expression(format!(
                "SET devices.#new = :device, wrong_codes_seen = :wrong_codes{}{remove}",
                if remove.is_empty() { "" } else { " REMOVE " }
            ))
            .condition_expression("user_id = :user")
            .expression_attribute_names("#new", rotation.new.as_str())
            .expression_attribute_values(":device", attribute(&rotation.device)?)
            .expression_attribute_values(":wrong_codes", number(sign_in.wrong_codes))
            .expression_attribute_values(":user", string(sign_in.session.user.id.as_str()));
        let builder = rotation.forgotten.iter().enumerate().fold(builder, |builder, (index, name)| {
            builder.expression_attribute_names(format!("#gone{index}"), name.as_str())
        });
        builder.build().map_err(unbuildable)
    }
}

/// The seed of the session in which a request had ended that could not be ended, if the same was proved then. A request that
/// is gone gives none.
fn ended_before(refused: Refused, proof: &Proof, now: Timestamp) -> Result<Option<Seed>, Error> {
    if refused.item.is_empty() {
        return Ok(None);
    }
    Ok(from_item::<RequestRow>(refused.item)?.seed_for(&proof.proved_by, now))
}
