//! Sessions and devices: who is signed in in which browser, and for how long.

use serde::Serialize;

use crate::phone::MaskedNumber;
use crate::time::Timestamp;
use crate::token::TokenHash;
use crate::user::User;

const DAY: i64 = 86_400;
/// Seconds that a session lives at the most (NIST SP 800-63B-4 section 2.1.3; requirement C-10).
pub const SESSION_LIFE: i64 = 30 * DAY;
/// Seconds after which an unused session ends.
const IDLE_LIFE: i64 = 14 * DAY;
/// A use is written down at most this often: one write a day instead of one a request.
const TOUCH_AFTER: i64 = DAY;
/// Seconds that a browser is remembered as a device after its last login (requirement C-15).
pub const DEVICE_LIFE: i64 = 180 * DAY;

/// One browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of the browser's cookie.
    pub id: TokenHash,
    /// Who is signed in.
    pub user: User,
    /// The number that was used, for people.
    pub phone: MaskedNumber,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to a day.
    pub last_seen: Timestamp,
}

impl Session {
    /// A session that begins now.
    #[must_use]
    pub fn begin(id: TokenHash, user: User, phone: MaskedNumber, now: Timestamp) -> Self {
        Self { id, user, phone, created_at: now, last_seen: now }
    }

    /// When it ends: 14 days after its last use, and 30 days after its beginning whatever happens.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.last_seen.plus(IDLE_LIFE).min(self.created_at.plus(SESSION_LIFE))
    }

    /// Whether it may still be used. The table may keep items that are over (requirement G-08).
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now < self.expires_at()
    }

    /// The session with this use written down, when the last one is more than a day ago.
    #[must_use]
    pub fn touched(&self, now: Timestamp) -> Option<Self> {
        (now.since(self.last_seen) >= TOUCH_AFTER).then(|| Self { last_seen: now, ..self.clone() })
    }

    /// What a browser is told about its session.
    #[must_use]
    pub fn describe(&self) -> SessionDescription<'_> {
        SessionDescription {
            user: SignedInUser { user: &self.user, phone: &self.phone },
            created_at: self.created_at,
            expires_at: self.expires_at(),
        }
    }
}

/// One browser that signs in: what it gets, and what it gives up for it. A session or device of before is never carried
/// on (requirements C-05, C-15).
pub struct SignIn {
    /// The session that begins.
    pub session: Session,
    /// The device that the browser becomes.
    pub device: TokenHash,
    /// The session that the browser had, whoever was signed in.
    pub former_session: Option<TokenHash>,
    /// The device that the browser was.
    pub former_device: Option<TokenHash>,
}

/// The answer to `GET /auth/session`.
#[derive(Debug, Serialize)]
pub struct SessionDescription<'a> {
    user: SignedInUser<'a>,
    created_at: Timestamp,
    expires_at: Timestamp,
}

#[derive(Debug, Serialize)]
struct SignedInUser<'a> {
    #[serde(flatten)]
    user: &'a User,
    phone: &'a MaskedNumber,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::Countries;
    use crate::token::Token;
    use crate::user::UserId;

    fn session() -> Session {
        let mut random = crate::random::source();
        let user = User { id: UserId::generate(&mut random), name: None };
        let phone = Countries::every("SE").unwrap().read("+46701740605").unwrap().masked().clone();
        Session::begin(Token::generate(&mut random).hash(), user, phone, Timestamp::from_secs(0))
    }

    #[test]
    fn an_unused_session_ends_after_fourteen_days() {
        let session = session();
        assert!(session.is_alive(Timestamp::from_secs(14 * DAY - 1)));
        assert!(!session.is_alive(Timestamp::from_secs(14 * DAY)));
    }

    #[test]
    fn a_used_session_ends_after_thirty_days() {
        let mut session = session();
        for day in 1..30 {
            session = session.touched(Timestamp::from_secs(day * DAY)).unwrap();
        }
        assert!(session.is_alive(Timestamp::from_secs(30 * DAY - 3_600)));
        assert!(!session.is_alive(Timestamp::from_secs(30 * DAY)));
    }

    #[test]
    fn a_use_is_written_down_once_a_day() {
        let session = session();
        assert!(session.touched(Timestamp::from_secs(DAY - 1)).is_none());
        assert_eq!(session.touched(Timestamp::from_secs(DAY)).unwrap().last_seen, Timestamp::from_secs(DAY));
    }
}
