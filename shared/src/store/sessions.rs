//! Sessions: read, kept alive, ended.

use serde::{Deserialize, Serialize};

use super::item_key::Key;
use super::{Table, succeeded, time};
use crate::error::Error;
use crate::keys::NumberId;
use crate::login::session::{SeenUpTo, Session};
use crate::login::user::{Name, User, UserId};
use crate::phone::MaskedNumber;
use crate::time::Timestamp;
use crate::token::TokenHash;

/// A session as the table keeps it: all that says who is there, so that a look-up is one read.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SessionRow {
    user_id: UserId,
    name: Option<Name>,
    number_id: NumberId,
    phone: MaskedNumber,
    wrong_codes_seen: i64,
    seen_up_to: Timestamp,
    created_at: Timestamp,
    last_seen: Timestamp,
    expires_at: Timestamp,
}

impl SessionRow {
    pub(super) fn of(session: &Session) -> Self {
        Self {
            user_id: session.user.id.clone(),
            name: session.user.name.clone(),
            number_id: session.number_id.clone(),
            phone: session.phone.clone(),
            wrong_codes_seen: session.seen_up_to.wrong_codes,
            seen_up_to: session.seen_up_to.at,
            created_at: session.created_at,
            last_seen: session.last_seen,
            expires_at: session.expires_at(),
        }
    }

    fn into_session(self, id: TokenHash) -> Session {
        Session {
            id,
            user: User { id: self.user_id, name: self.name },
            number_id: self.number_id,
            phone: self.phone,
            seen_up_to: SeenUpTo { wrong_codes: self.wrong_codes_seen, at: self.seen_up_to },
            created_at: self.created_at,
            last_seen: self.last_seen,
        }
    }
}

impl Table {
    /// The session of a browser, while it is alive. One strongly consistent read.
    ///
    /// # Errors
    /// [`Error::NoSession`].
    pub async fn session(&self, id: TokenHash, now: Timestamp) -> Result<Session, Error> {
        let row = self.read::<SessionRow>(Key::session(&id)).await?.ok_or(Error::NoSession)?;
        Some(row.into_session(id)).filter(|session| session.is_alive(now)).ok_or(Error::NoSession)
    }

    /// Writes down that a session was used. One that ended meanwhile stays ended.
    ///
    /// # Errors
    /// [`Error::NoSession`].
    pub async fn touch(&self, session: &Session, now: Timestamp) -> Result<(), Error> {
        let call = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(Key::session(&session.id).item()))
            .update_expression("SET last_seen = :seen, expires_at = :end")
            .condition_expression("attribute_exists(pk) AND expires_at > :now")
            .expression_attribute_values(":seen", time(session.last_seen))
            .expression_attribute_values(":end", time(session.expires_at()))
            .expression_attribute_values(":now", time(now));
        if succeeded("dynamodb UpdateItem", call.send().await)? { Ok(()) } else { Err(Error::NoSession) }
    }

    /// Ends a session that is alive.
    ///
    /// # Errors
    /// [`Error::NoSession`].
    pub async fn end_session(&self, id: &TokenHash, now: Timestamp) -> Result<(), Error> {
        let call = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(Key::session(id).item()))
            .condition_expression("attribute_exists(pk) AND expires_at > :now")
            .expression_attribute_values(":now", time(now));
        if succeeded("dynamodb DeleteItem", call.send().await)? { Ok(()) } else { Err(Error::NoSession) }
    }
}
