//! Owners and users: who has which number, signing in, registering.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem, Update};
use serde::{Deserialize, Serialize};

use super::delivery::LANE_LIFE;
use super::key::Key;
use super::requests::State;
use super::sessions::{DeviceRow, SessionRow};
use super::transaction::{delete, put, update};
use super::{Table, number, string, time, unbuildable};
use crate::error::Error;
use crate::keys::NumberId;
use crate::phone::MaskedNumber;
use crate::request::{Proof, ProvedBy, Subject, Ticket};
use crate::session::{DEVICE_LIFE, SignIn};
use crate::time::Timestamp;
use crate::user::{Name, User, UserId};

/// The owner of a number.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OwnerRow {
    pub(super) user_id: UserId,
    /// A copy of the user's name, so that a login needs one read and not two.
    name: Option<Name>,
    created_at: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
struct UserRow {
    name: Option<Name>,
    phone: MaskedNumber,
    created_at: Timestamp,
}

/// What became of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// The user exists, and is signed in.
    Done,
    /// Somebody who held the phone too was faster: the number has an owner.
    NumberTaken,
}

impl Table {
    /// The user that a number belongs to.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn owner(&self, number: &NumberId) -> Result<Option<User>, Error> {
        let row = self.read::<OwnerRow>(Key::owner(number)).await?;
        Ok(row.map(|row| User { id: row.user_id, name: row.name }))
    }

    /// Ends the login request and begins a session, together: a right code yields exactly one session
    /// (requirement G-03).
    ///
    /// # Errors
    /// [`Error::LoginRequestOver`] when the request was used, replaced or asked again meanwhile.
    pub async fn sign_in(&self, proof: &Proof, sign_in: &SignIn) -> Result<(), Error> {
        let mut writes = vec![delete(self.end_request(proof, sign_in.session.created_at)?)];
        writes.extend(self.begin_session(proof, sign_in)?);
        self.transact(writes).await?.map_err(|_| Error::LoginRequestOver)
    }

    /// Makes the user who signs in the owner of the ticket's number: one transaction.
    ///
    /// # Errors
    /// [`Error::NotVerified`] when the ticket was used meanwhile.
    pub async fn register(&self, ticket: &Ticket, sign_in: &SignIn) -> Result<Registration, Error> {
        let (proof, now, user) = (ticket.proof(), sign_in.session.created_at, &sign_in.session.user);
        let owner = OwnerRow { user_id: user.id.clone(), name: user.name.clone(), created_at: now };
        let profile = UserRow { name: user.name.clone(), phone: proof.phone().clone(), created_at: now };
        let mut writes = vec![
            delete(self.end_request(proof, now)?),
            put(self.put_absent(Key::owner(proof.number_id()), &owner)?),
            put(self.put_absent(Key::user(&user.id), &profile)?),
        ];
        writes.extend(self.begin_session(proof, sign_in)?);
        match self.transact(writes).await? {
            Ok(()) => Ok(Registration::Done),
            Err(refused) if refused.index == 1 => Ok(Registration::NumberTaken),
            Err(_) => Err(Error::NotVerified),
        }
    }

    /// Ends a request that is still the one whose code was right. One that was asked again meanwhile has the same hash
    /// until the new code is sent, and may still be ended by the old one.
    fn end_request(&self, proof: &Proof, now: Timestamp) -> Result<Delete, Error> {
        let request = Delete::builder()
            .table_name(&self.name)
            .set_key(Some(Key::request(&proof.subject.id).item()))
            .expression_attribute_values(":now", time(now));
        let request = match &proof.proved_by {
            ProvedBy::Code(hash) => request
                .condition_expression("code_hash.#hash = :hash AND expires_at > :now")
                .expression_attribute_names("#hash", "hash")
                .expression_attribute_values(":hash", string(hash.as_str())),
            ProvedBy::Ticket => request
                .condition_expression("#state = :ticket AND expires_at > :now")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":ticket", string(State::Ticket.as_str())),
        };
        request.build().map_err(unbuildable)
    }

    /// The session and the device, those that they take the place of, and the lane that gets the request's steps back.
    fn begin_session(&self, proof: &Proof, sign_in: &SignIn) -> Result<Vec<TransactWriteItem>, Error> {
        let (session, user) = (&sign_in.session, &sign_in.session.user.id);
        let device = DeviceRow { created_at: session.created_at, expires_at: session.created_at.plus(DEVICE_LIFE) };
        let mut writes = vec![
            put(self.put(Key::session(&session.id), &SessionRow::of(session))?),
            put(self.put(Key::device(user, &sign_in.device), &device)?),
            update(self.step_back(&proof.subject, session.created_at)?),
        ];
        let former_session = sign_in.former_session.as_ref().map(Key::session);
        let former_device = sign_in.former_device.as_ref().map(|device| Key::device(user, device));
        for former in [former_session, former_device].into_iter().flatten() {
            writes.push(delete(self.delete(former)?));
        }
        Ok(writes)
    }

    /// [`crate::lane::Lane::logged_in`] as an expression, so that it needs no read and meets no other writer. A lane that
    /// somebody deleted comes back unused.
    fn step_back(&self, subject: &Subject, now: Timestamp) -> Result<Update, Error> {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::lane(&subject.number_id, &subject.lane).item()))
            .update_expression(
                "SET #level = if_not_exists(#level, :sends) - :sends, unverified = :zero, \
                 last_send = if_not_exists(last_send, :zero), \
                 version = if_not_exists(version, :zero) + :one, expires_at = :end",
            )
            .expression_attribute_names("#level", "level")
            .expression_attribute_values(":sends", number(subject.sends))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":end", time(now.plus(LANE_LIFE)))
            .build()
            .map_err(unbuildable)
    }
}
