//! Owners and users: who has which number, signing in, registering.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use serde::{Deserialize, Serialize};

use super::key::Key;
use super::sessions::{DeviceRow, SessionRow};
use super::transaction::{delete, put, update};
use super::{Item, Table, from_item, number, string, time, to_item, unavailable, unbuildable};
use crate::error::Error;
use crate::keys::NumberId;
use crate::phone::MaskedNumber;
use crate::request::{Proof, ProvedBy, Ticket};
use crate::session::{DEVICE_LIFE, SignIn};
use crate::table::requests::State;
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
        let profile = UserRow { name: user.name.clone(), phone: proof.phone.clone(), created_at: now };
        let mut writes = vec![
            delete(self.end_request(proof, now)?),
            put(self.put_absent(Key::owner(&proof.number_id), to_item(&owner)?)?),
            put(self.put_absent(Key::user(&user.id), to_item(&profile)?)?),
        ];
        writes.extend(self.begin_session(proof, sign_in)?);
        match self.transact(writes).await? {
            Ok(()) => Ok(Registration::Done),
            Err(refused) if refused.index == 1 => Ok(Registration::NumberTaken),
            Err(_) => Err(Error::NotVerified),
        }
    }

    /// Reads one item, strongly consistent: access is decided on it (requirement K-10).
    pub(super) async fn read<T: serde::de::DeserializeOwned>(&self, key: Key) -> Result<Option<T>, Error> {
        let call = self.client.get_item().table_name(&self.name).set_key(Some(key.item())).consistent_read(true);
        let output = call.send().await.map_err(|error| unavailable("dynamodb GetItem", &error))?;
        output.item.map(from_item).transpose()
    }

    fn end_request(&self, proof: &Proof, now: Timestamp) -> Result<Delete, Error> {
        let request = Delete::builder()
            .table_name(&self.name)
            .set_key(Some(Key::request(&proof.id).item()))
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":now", time(now));
        let request = match &proof.proved_by {
            ProvedBy::Code(hash) => request
                .condition_expression("#state = :state AND code_hash.#hash = :hash AND expires_at > :now")
                .expression_attribute_names("#hash", "hash")
                .expression_attribute_values(":hash", string(hash.as_str()))
                .expression_attribute_values(":state", string(State::Sent.as_str())),
            ProvedBy::Ticket => request
                .condition_expression("#state = :state AND expires_at > :now")
                .expression_attribute_values(":state", string(State::Ticket.as_str())),
        };
        request.build().map_err(unbuildable)
    }

    /// The session and the device, those that they take the place of, and the lane that gets the request's steps back.
    fn begin_session(&self, proof: &Proof, sign_in: &SignIn) -> Result<Vec<TransactWriteItem>, Error> {
        let (session, user) = (&sign_in.session, &sign_in.session.user.id);
        let device = DeviceRow { created_at: session.created_at, expires_at: session.created_at.plus(DEVICE_LIFE) };
        let mut writes = vec![
            put(self.put(Key::session(&session.id).with(to_item(&SessionRow::of(session))?))?),
            put(self.put(Key::device(user, &sign_in.device).with(to_item(&device)?))?),
            update(self.step_back(&proof.number_id, &proof.lane, proof.sends)?),
        ];
        let former_session = sign_in.former_session.as_ref().map(Key::session);
        let former_device = sign_in.former_device.as_ref().map(|device| Key::device(user, device));
        for former in [former_session, former_device].into_iter().flatten() {
            writes.push(delete(self.delete(former)?));
        }
        Ok(writes)
    }

    /// [`crate::lane::Lane::logged_in`] as an expression, so that it needs no read and meets no other writer.
    fn step_back(&self, number_id: &NumberId, lane: &str, sends: u32) -> Result<Update, Error> {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::lane(number_id, lane).item()))
            .update_expression(
                "SET #level = if_not_exists(#level, :sends) - :sends, unverified = :zero, \
                 version = if_not_exists(version, :zero) + :one",
            )
            .expression_attribute_names("#level", "level")
            .expression_attribute_values(":sends", number(sends))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .build()
            .map_err(unbuildable)
    }

    pub(super) fn delete(&self, key: Key) -> Result<Delete, Error> {
        Delete::builder().table_name(&self.name).set_key(Some(key.item())).build().map_err(unbuildable)
    }

    fn put(&self, item: Item) -> Result<Put, Error> {
        Put::builder().table_name(&self.name).set_item(Some(item)).build().map_err(unbuildable)
    }

    fn put_absent(&self, key: Key, attributes: Item) -> Result<Put, Error> {
        Put::builder()
            .table_name(&self.name)
            .set_item(Some(key.with(attributes)))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(unbuildable)
    }
}
