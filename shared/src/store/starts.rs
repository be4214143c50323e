//! Login requests: started, and started again in the browser that has one.
//!
//! A start in a browser that has a live request for the same number goes on with it. A request that is over is followed
//! by a new one, whose retry delays go on where they were: starting again is never a way round a delay. All of it is the
//! browser's own history, and tells nothing of the number.

use aws_sdk_dynamodb::types::Delete;

use super::ip_counts::starts_today;
use super::item_key::Key;
use super::request_row::{History, RequestRow};
use super::requests::changed;
use super::transaction::{delete, put, update};
use super::{Table, number, string, unbuildable};
use crate::error::{Error, RedactedError};
use crate::keys::{NetworkId, NumberIds};
use crate::login::request::{CodeRequested, LoginRequest, RequestId};
use crate::sending::ip_limit::IpWindow;
use crate::text::Language;
use crate::time::Timestamp;

/// What becomes of the login request that a browser has when it starts again.
pub enum Again {
    /// It goes on.
    Continued(CodeRequested),
    /// It makes way for a new one.
    Replaced(Replaced),
}

/// A login request that makes way for a new one of the same browser.
pub struct Replaced {
    id: RequestId,
    /// What the new one takes over, where it is for the same number.
    history: Option<History>,
}

impl Replaced {
    /// One that leaves nothing to the new one.
    #[must_use]
    pub const fn without_history(id: RequestId) -> Self {
        Self { id, history: None }
    }
}

impl Table {
    /// Goes on with the login request that the browser has, if it is for this number and a code of it may be tried:
    /// with a new code request if its retry delay is over, else as it is. One conditional update, and no read.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when the request is over, and the one that would follow it would come too early.
    pub async fn continue_login(
        &self,
        id: &RequestId,
        number: &NumberIds,
        language: Language,
        now: Timestamp,
    ) -> Result<Again, Error> {
        let other = number.other.as_ref().unwrap_or(&number.first);
        let call = self
            .request_code(id, language, now, " AND attempts_until > :now AND number_id IN (:first, :other)")
            .expression_attribute_values(":first", string(number.first.as_str()))
            .expression_attribute_values(":other", string(other.as_str()));
        let replaced = |history| Ok(Again::Replaced(Replaced { id: id.clone(), history }));
        match changed(call).await? {
            Ok(row) => Ok(Again::Continued(row.answer(id, true, now))),
            Err(Some(row)) if !row.is_for(number) || now >= row.expires_at => replaced(None),
            Err(Some(row)) if row.takes_codes(now) => {
                let requested = row.has_just_requested_again(now);
                Ok(Again::Continued(row.answer(id, requested, now)))
            }
            Err(Some(row)) if now < row.resend_at => {
                Err(Error::TooManyRequests { retry_after: row.resend_at.since(now) })
            }
            Err(Some(row)) => replaced(Some(row.history())),
            Err(None) => replaced(None),
        }
    }

    /// Starts a login request and counts the start in `windows`. The request that it replaces, if any, is deleted; if it
    /// takes over the history of that one, only one can. One transaction, the same for every number, and it reads
    /// nothing.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when a window of the address, or of the network around it, is used up, and when
    /// another start followed the same request.
    pub async fn start_login(
        &self,
        request: &LoginRequest,
        replaced: Option<&Replaced>,
        windows: &[(NetworkId, IpWindow)],
    ) -> Result<CodeRequested, Error> {
        let history = replaced.and_then(|replaced| replaced.history);
        let row = RequestRow::of(request, windows.iter().map(|(network, _)| network.clone()).collect());
        let row = if let Some(history) = &history { row.following(history) } else { row };
        let counts = windows.iter().map(|(network, window)| self.count_start(network, window).map(update));
        let mut writes = counts.collect::<Result<Vec<_>, _>>()?;
        writes.push(put(self.put_absent(Key::request(&request.id), &row)?));
        if let Some(replaced) = replaced {
            writes.push(delete(self.delete_replaced(replaced)?));
        }
        let Err(refused) = self.transact(writes).await? else {
            return Ok(row.answer(&request.id, true, request.requested_at));
        };
        match (windows.get(refused.index), history) {
            (Some((_, window)), _) => {
                let today = starts_today(&refused.item);
                Err(Error::TooManyRequests { retry_after: window.retry_after(today) })
            }
            (None, Some(history)) if refused.index > windows.len() => {
                Err(Error::TooManyRequests { retry_after: history.next_delay })
            }
            _ => Err(Error::Internal(RedactedError::new("login request", "a random name came twice"))),
        }
    }

    fn delete_replaced(&self, replaced: &Replaced) -> Result<Delete, Error> {
        let key = Key::request(&replaced.id);
        let Some(history) = &replaced.history else { return self.delete(key) };
        Delete::builder()
            .table_name(&self.name)
            .set_key(Some(key.item()))
            .condition_expression("code_requests = :code_requests")
            .expression_attribute_values(":code_requests", number(history.code_requests))
            .build()
            .map_err(unbuildable)
    }
}
