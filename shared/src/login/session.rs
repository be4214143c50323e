//! Sessions: who is signed in in which browser, for how long, and what that person should know.

use serde::Serialize;

use crate::keys::NumberId;
use crate::login::device::{Devices, Rotation};
use crate::login::proof::Proof;
use crate::login::user::User;
use crate::phone::MaskedNumber;
use crate::time::{DAY, Timestamp};
use crate::token::{Seed, TokenHash};

/// Seconds that a session lives at the most (NIST SP 800-63B-4 section 2.1.3; requirement C-10).
pub const SESSION_LIFE: i64 = 30 * DAY;
/// Seconds after which an unused session ends.
const IDLE_LIFE: i64 = 14 * DAY;
/// A use is stored at most this often: one write a day instead of one a request.
const TOUCH_AFTER: i64 = DAY;
/// Seconds after a login within which its browser may do what needs a fresh proof (requirement C-16, NIST SP 800-63B-4
/// section 4.1.2).
const FRESH: i64 = 1_200;

/// One browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of the browser's cookie.
    pub id: TokenHash,
    /// Who is signed in.
    pub user: User,
    /// The number that was used.
    pub number_id: NumberId,
    /// The number that was used, for people.
    pub phone: MaskedNumber,
    /// What the person has been told already.
    pub seen_up_to: SeenUpTo,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to a day.
    pub last_seen: Timestamp,
}

impl Session {
    /// Whether the person proved only a moment ago who they are.
    #[must_use]
    pub const fn is_fresh(&self, now: Timestamp) -> bool {
        now.since(self.created_at) < FRESH
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

    /// The session with this use, when the last stored use is at least a day ago.
    #[must_use]
    pub fn touched(&self, now: Timestamp) -> Option<Self> {
        (now.since(self.last_seen) >= TOUCH_AFTER).then(|| Self { last_seen: now, ..self.clone() })
    }

    /// What a browser is told about its session.
    #[must_use]
    pub fn describe(&self, account: AccountState) -> SessionDescription<'_> {
        SessionDescription {
            user: SignedInUser { user: &self.user, phone: &self.phone },
            created_at: self.created_at,
            expires_at: self.expires_at(),
            recognized_only: account.recognized_only,
            security_notices: account.notices,
        }
    }
}

/// What the person has been told already: up to the last login of this browser. In a new browser: wrong codes up to the
/// account's last login, and browsers up to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenUpTo {
    /// Wrong codes that had been typed for the number by then.
    pub wrong_codes: i64,
    /// When that was. Browsers that came later are new.
    pub at: Timestamp,
}

/// What the person who is signed in should know (requirements G-11, G-18).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SecurityNotices {
    /// Wrong codes that were typed for the number after [`SeenUpTo`].
    pub wrong_codes: i64,
    /// Browsers that signed in to the account for the first time since then.
    pub new_browsers: usize,
    /// The number is locked: after too many wrong codes since the account's last login, unrecognized browsers get no
    /// codes. The next login ends that.
    pub locked: bool,
}

/// What is told of an account beside its session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountState {
    /// What the person should know.
    pub notices: SecurityNotices,
    /// Whether the person chose that recognized browsers alone get texts.
    pub recognized_only: bool,
}

/// An account, as whoever signs in to it finds it.
#[derive(Clone, Debug)]
pub struct Account {
    /// Whose it is.
    pub user: User,
    /// The browsers that signed in before.
    pub devices: Devices,
    /// Wrong codes that had been typed for its number at the last login.
    pub wrong_codes_seen: i64,
    /// Whether its owner wants texts for recognized browsers only.
    pub recognized_only: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// The number id under which it is stored. When that is not the id under the newest root secret, a login moves the
    /// account.
    pub kept_under: NumberId,
}

impl Account {
    /// The account of `user`, which begins now.
    #[must_use]
    pub fn begin(user: User, proof: &Proof, wrong_codes: i64, now: Timestamp) -> Self {
        let kept_under = proof.number().first.clone();
        Self {
            user,
            devices: Devices::default(),
            wrong_codes_seen: wrong_codes,
            recognized_only: false,
            created_at: now,
            kept_under,
        }
    }
}

/// One browser that signs in: what it gets, and what that replaces. An earlier session or device is never continued
/// (requirements C-05, C-15).
pub struct SignIn {
    /// The session that begins.
    pub session: Session,
    /// The account as it was found.
    pub account: Account,
    /// What it changes in the devices of the account.
    pub rotation: Rotation,
    /// The session that the browser had, whoever was signed in.
    pub former_session: Option<TokenHash>,
    /// Wrong codes that have been typed for the number so far. The next login tells only of later ones.
    pub wrong_codes: i64,
    /// What the browser's new values were made with.
    pub seed: Seed,
}

/// The values of one browser: what its cookies were, as hashes, and what they become.
pub struct BrowserTokens {
    /// The session that the browser had.
    pub former_session: Option<TokenHash>,
    /// The devices of its device cookie, of this account or of others.
    pub devices: Vec<TokenHash>,
    /// The session that it gets.
    pub session: TokenHash,
    /// The device cookie that it gets.
    pub device: TokenHash,
    /// What both were made with.
    pub seed: Seed,
}

impl SignIn {
    /// The sign-in to `account`, for whose number `wrong_codes` have been typed, in the browser with these tokens.
    #[must_use]
    pub fn new(tokens: BrowserTokens, proof: &Proof, account: Account, wrong_codes: i64, now: Timestamp) -> Self {
        let BrowserTokens { former_session, devices, session, device, seed } = tokens;
        let former_device = account.devices.former(&devices);
        let recognized = former_device.and_then(|device| account.devices.get(device, now));
        // A recognized browser is told of what happened since its own last login, whoever else signed in meanwhile.
        let seen_up_to = recognized.map_or(SeenUpTo { wrong_codes: account.wrong_codes_seen, at: now }, |device| {
            SeenUpTo { wrong_codes: device.wrong_codes, at: device.last_login() }
        });
        let session = Session {
            id: session,
            user: account.user.clone(),
            number_id: proof.number().first.clone(),
            phone: proof.phone().clone(),
            seen_up_to,
            created_at: now,
            last_seen: now,
        };
        let rotation = account.devices.sign_in(former_device, device, wrong_codes, now);
        Self { session, account, rotation, former_session, wrong_codes, seed }
    }
}

/// The answer to `GET /auth/session`.
#[derive(Debug, Serialize)]
pub struct SessionDescription<'a> {
    user: SignedInUser<'a>,
    created_at: Timestamp,
    expires_at: Timestamp,
    recognized_only: bool,
    security_notices: SecurityNotices,
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
    use crate::keys::NumberKeys;
    use crate::login::user::UserId;
    use crate::phone::Countries;
    use crate::root_secret::RootSecret;
    use crate::token::Token;

    fn session() -> Session {
        let mut random = crate::random::source();
        let user = User { id: UserId::generate(&mut random), name: None };
        let phone = Countries::every("SE").unwrap().read("+46701740605").unwrap();
        let keys = NumberKeys::derive(&RootSecret::generate(&mut random));
        let start = Timestamp::from_secs(0);
        Session {
            id: Token::generate(&mut random).hash(),
            user,
            number_id: keys.number_id(phone.e164()),
            phone: phone.masked().clone(),
            seen_up_to: SeenUpTo { wrong_codes: 0, at: start },
            created_at: start,
            last_seen: start,
        }
    }

    #[test]
    fn a_session_is_fresh_for_twenty_minutes() {
        assert!(session().is_fresh(Timestamp::from_secs(19 * 60 + 59)));
        assert!(!session().is_fresh(Timestamp::from_secs(20 * 60)));
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
    fn a_use_is_stored_once_a_day() {
        let session = session();
        assert!(session.touched(Timestamp::from_secs(DAY - 1)).is_none());
        assert_eq!(session.touched(Timestamp::from_secs(DAY)).unwrap().last_seen, Timestamp::from_secs(DAY));
    }
}
