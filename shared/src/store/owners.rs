//! Owners: who has which number, what they are told, and what they chose.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::item_key::Key;
use super::wrong_codes::{CountFrom, wrong_codes};
use super::{Found, Table, string, succeeded, time};
use crate::error::Error;
use crate::keys::{NumberId, NumberIds};
use crate::login::device::Devices;
use crate::login::session::{Account, AccountState, SecurityNotices, Session, SignIn};
use crate::login::user::{Name, User, UserId};
use crate::sending::lock::Failures;
use crate::sending::throttle::ThrottleKind;
use crate::time::{DAY, Timestamp};
use crate::token::TokenHash;

const UPDATE: &str = "dynamodb UpdateItem";
/// Seconds after its last login within which an account is not held by its number block.
const LATELY: i64 = 30 * DAY;

/// The owner of a number, and what a login needs of the account, so that it needs one read.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OwnerRow {
    user_id: UserId,
    /// A copy of the user's name.
    name: Option<Name>,
    created_at: Timestamp,
    /// The browsers that signed in before. They are here and not in items of their own, so that there are never more
    /// than allowed, and `deliver-code` reads them without another call.
    pub(super) devices: Devices,
    /// Wrong codes that had been typed for the number at the last login.
    wrong_codes_seen: i64,
    /// Whether the owner wants texts for recognized browsers only.
    #[serde(default)]
    recognized_only: bool,
}

impl OwnerRow {
    /// Whether it recognizes a browser by its device cookie.
    pub(super) fn recognizes(&self, device: &TokenHash, now: Timestamp) -> bool {
        self.devices.get(device, now).is_some()
    }

    /// Failed attempts at the account since its last login, where `wrong_codes` are counted for its number.
    pub(super) fn failures(&self, wrong_codes: i64) -> Failures {
        Failures::since_login(wrong_codes, self.wrong_codes_seen)
    }

    /// Whether the account signed in within the last 30 days, which its number block then does not hold.
    pub(super) fn signed_in_lately(&self, now: Timestamp) -> bool {
        self.devices.last_login(now).is_some_and(|last| now.since(last) < LATELY)
    }

    /// Whether the owner wants texts for recognized browsers only. When none is remembered any more, half a year after the
    /// last login, the choice has nothing left to protect and would keep the owner out for ever.
    pub(super) fn is_recognized_only(&self, now: Timestamp) -> bool {
        self.recognized_only && self.devices.last_login(now).is_some()
    }

    /// As it is where `less` fewer wrong codes are counted for its number.
    fn counted_from(self, less: i64) -> Self {
        let (devices, wrong_codes_seen) = (self.devices.counted_from(less), self.wrong_codes_seen - less);
        Self { devices, wrong_codes_seen, ..self }
    }

    fn into_account(self, kept_under: NumberId) -> Account {
        Account {
            user: User { id: self.user_id, name: self.name },
            devices: self.devices,
            wrong_codes_seen: self.wrong_codes_seen,
            recognized_only: self.recognized_only,
            created_at: self.created_at,
            kept_under,
        }
    }

    /// The owner after a login.
    pub(super) fn after(sign_in: &SignIn) -> Self {
        let account = &sign_in.account;
        Self {
            user_id: account.user.id.clone(),
            name: account.user.name.clone(),
            created_at: account.created_at,
            devices: account.devices.after(&sign_in.rotation),
            wrong_codes_seen: sign_in.wrong_codes,
            recognized_only: account.recognized_only,
        }
    }
}

/// What is known of a number whose code was typed.
#[derive(Clone, Debug)]
pub struct NumberOwner {
    /// Its account, where it has one.
    pub account: Option<Account>,
    /// Wrong codes that have been typed for it: those that are counted, or more where the count was deleted after the
    /// account's last login had seen it.
    pub wrong_codes: i64,
    /// Those that are counted.
    counted: i64,
}

impl NumberOwner {
    /// Failed attempts at the account since its last login.
    #[must_use]
    pub fn failures(&self) -> Failures {
        self.failures_of(self.wrong_codes)
    }

    /// The same, where meanwhile there are so many wrong codes.
    fn failures_of(&self, wrong_codes: i64) -> Failures {
        let seen = self.account.as_ref().map_or(wrong_codes, |account| account.wrong_codes_seen);
        Failures::since_login(wrong_codes, seen)
    }
}

/// The owner of a number, with the id of the number that it is kept under, and the wrong codes that are counted under the
/// number's first id. An owner who is kept under the other id is counted from there on: what was counted under that id
/// is subtracted from what was seen, so that the account can move to the first id.
pub(super) fn owner(found: &mut Found, number: &NumberIds) -> Result<(Option<(OwnerRow, NumberId)>, i64), Error> {
    let counted = wrong_codes(found, &number.first)?;
    if let Some(row) = found.row::<OwnerRow>(&Key::owner(&number.first))? {
        return Ok((Some((row, number.first.clone())), counted));
    }
    let Some(other) = &number.other else { return Ok((None, counted)) };
    let less = wrong_codes(found, other)?;
    let row = found.row::<OwnerRow>(&Key::owner(other))?;
    Ok((row.map(|row| (row.counted_from(less), other.clone())), counted))
}

/// The keys of what [`owner`] reads.
pub(super) fn keys(number: &NumberIds) -> impl Iterator<Item = Key> {
    number.all().flat_map(|id| [Key::owner(id), Key::wrong_codes(id)])
}

impl Table {
    /// Who owns a number, and how many wrong codes were typed for it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn number_owner(&self, number: &NumberIds) -> Result<NumberOwner, Error> {
        let mut found = self.read_all(keys(number)).await?;
        let (row, counted) = owner(&mut found, number)?;
        let account = row.map(|(row, kept_under)| row.into_account(kept_under));
        let seen = account.as_ref().map_or(0, |account| account.wrong_codes_seen);
        Ok(NumberOwner { account, wrong_codes: seen.max(counted), counted })
    }

    /// Counts a wrong code that was typed for a number, if it is a failure, by a write that is the same in any case and for
    /// every number. Gives back all failures of the account since its last login. Where the owner could not be read, none;
    /// the count is then kept as that of an account.
    ///
    /// A count that was deleted goes on where the account's last login saw it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn count_wrong_code(
        &self,
        of: &NumberIds,
        owner: Option<&NumberOwner>,
        is_failure: bool,
        now: Timestamp,
    ) -> Result<Failures, Error> {
        let from = CountFrom {
            start: owner.map_or(0, |owner| owner.wrong_codes - owner.counted),
            is_of_account: owner.is_none_or(|owner| owner.account.is_some()),
        };
        let wrong_codes = self.add_wrong_codes(&of.first, from, is_failure.into(), now).await?;
        Ok(owner.map_or_else(Failures::default, |owner| owner.failures_of(wrong_codes)))
    }

    /// What the person who is signed in should know, and what they chose.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn account_state(&self, session: &Session, now: Timestamp) -> Result<AccountState, Error> {
        let number = &session.number_id;
        let owner = Key::owner(number);
        let mut found = self.read_all([owner.clone(), Key::wrong_codes(number)]).await?;
        let wrong_codes = wrong_codes(&mut found, number)?;
        let owner: Option<OwnerRow> = found.row(&owner)?;
        Ok(AccountState {
            notices: SecurityNotices {
                wrong_codes: wrong_codes.saturating_sub(session.seen_up_to.wrong_codes).max(0),
                new_browsers: owner.as_ref().map_or(0, |owner| owner.devices.new_since(session.seen_up_to.at, now)),
                locked: owner
                    .as_ref()
                    .is_some_and(|owner| owner.failures(wrong_codes).end_texts(ThrottleKind::Unrecognized)),
            },
            recognized_only: owner.is_some_and(|owner| owner.recognized_only),
        })
    }

    /// Texts go to recognized browsers only from now on. One of these `devices` of the browser must be of the account, so
    /// that nobody locks themselves out.
    ///
    /// # Errors
    /// [`Error::UnrecognizedBrowser`].
    pub async fn lock(&self, session: &Session, devices: &[TokenHash], now: Timestamp) -> Result<(), Error> {
        let is_remembered = (0..devices.len()).map(|index| format!("devices.#device{index}.#until > :now"));
        let condition = is_remembered.collect::<Vec<_>>().join(" OR ");
        if condition.is_empty() {
            return Err(Error::UnrecognizedBrowser);
        }
        let call = self
            .update_owner(session)
            .update_expression("SET recognized_only = :yes")
            .condition_expression(format!("user_id = :user AND ({condition})"))
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .expression_attribute_values(":now", time(now));
        let call = devices.iter().enumerate().fold(call, |call, (index, device)| {
            call.expression_attribute_names(format!("#device{index}"), device.as_str())
        });
        if succeeded(UPDATE, call.send().await)? { Ok(()) } else { Err(Error::UnrecognizedBrowser) }
    }

    /// Texts go to every browser again. An account that has another number by now stays as it is.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn unlock(&self, session: &Session) -> Result<(), Error> {
        let call = self
            .update_owner(session)
            .update_expression("SET recognized_only = :no")
            .condition_expression("user_id = :user")
            .expression_attribute_values(":no", AttributeValue::Bool(false));
        succeeded(UPDATE, call.send().await).map(|_| ())
    }

    /// An update of the owner of the session's number, if that is who is signed in.
    fn update_owner(&self, session: &Session) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(Key::owner(&session.number_id).item()))
            .expression_attribute_values(":user", string(session.user.id.as_str()))
    }
}
