//! Histories at one service: what people and attackers do, drawn at random.

use proptest::collection::vec;
use proptest::prelude::*;
use shared::login::device::DEVICE_LIFE;
use shared::login::user::RegistrationPolicy;
use shared::sending::decision::SendPolicy;
use shared::sending::quota::QuotaLimits;
use shared::time::DAY;
use tests::phones::of_another_block;

/// Browsers of outsiders, each at an address of its own.
pub const BROWSERS: usize = 4;
/// Phones of outsiders.
pub const PHONES: usize = 10;

/// A limit that no history reaches. Its counter has one shard, so that no draw decides anything.
const WIDE: u32 = 150;

/// One history.
#[derive(Clone, Debug)]
pub struct History {
    pub policy: SendPolicy,
    /// Days before, on which the number registered in the world in which it has an account.
    pub days: i64,
    /// What keeps texts from the number before the history begins.
    pub hold: Option<Hold>,
    pub actions: Vec<Action>,
}

/// What keeps texts from a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The operator blocked its country.
    CountryBlocked,
    /// So many wrong codes were typed for it that its account is locked, if it has one.
    Locked,
    /// Its owner, if it has one, wants texts for recognized browsers only.
    RecognizedOnly,
}

/// Something that somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The browser requests a code for the number.
    RequestForTheNumber(usize),
    /// The browser requests a code for a phone of an outsider.
    Request(usize, usize),
    /// The browser requests another code.
    Resend(usize),
    /// The browser types a wrong code.
    Wrong(usize),
    /// The browser types the newest code of the phone that it requested it for, and registers where that is asked.
    Right(usize),
    /// The owner signs in, on a browser that was not seen before or on the one that registered.
    Owner { is_recognized: bool },
    /// The holder of the phone signs in, or registers.
    Holder,
    /// Time passes.
    Pass(i64),
}

impl History {
    /// Whether the holder of the phone can sign in to an account as well as register one: else what they do, and not what
    /// anybody sees of it, differs.
    pub fn has_a_holder(&self) -> bool {
        self.policy.registration == RegistrationPolicy::Open && self.hold.is_none()
    }

    /// Whether the owner signs in on a new browser. That frees the throttle of the number earlier than if nobody signs in, as
    /// docs/promises.md says. So whoever requests codes for the number then leaves it alone for a while before.
    pub fn is_spaced(&self) -> bool {
        self.actions.contains(&Action::Owner { is_recognized: false })
    }
}

/// The phones of outsiders: six in the number's block, two in another one, two in another country.
pub fn phone(index: usize) -> String {
    match index {
        0..6 => number(7, index + 1),
        6..8 => number(8, index),
        _ => format!("+474061234{index}"),
    }
}

/// A number of the block.
pub fn number(block: u32, line: usize) -> String {
    of_another_block(block).replace("000", &format!("{line:03}"))
}

/// Limits that nobody reaches.
pub const WIDE_LIMITS: QuotaLimits = QuotaLimits {
    unverified_per_day: WIDE,
    unrecognized_per_day: WIDE,
    recognized_per_day: WIDE,
    country_per_hour: WIDE,
    country_per_day: WIDE,
    country_unverified_per_day: WIDE,
    block_numbers_per_hour: WIDE,
};

/// Quotas that are nearly used up.
pub fn policies() -> impl Strategy<Value = SendPolicy> {
    let limit = |range: std::ops::Range<u32>| prop_oneof![2 => Just(WIDE), 1 => range];
    let limits = (limit(2..8), limit(2..9), limit(1..4), limit(2..8), limit(2..9), limit(2..7), 1_u32..5);
    let registration = prop_oneof![
        4 => Just(RegistrationPolicy::Open),
        1 => Just(RegistrationPolicy::Closed),
        1 => Just(RegistrationPolicy::ClosedAfterCode),
    ];
    (limits, registration).prop_map(|(limits, registration)| {
        let (unverified, all, recognized, hour, day, country, block) = limits;
        let limits = QuotaLimits {
            unverified_per_day: unverified,
            unrecognized_per_day: all,
            recognized_per_day: recognized,
            country_per_hour: hour,
            country_per_day: day,
            country_unverified_per_day: country,
            block_numbers_per_hour: block,
        };
        SendPolicy { limits, registration }
    })
}

/// Histories of any length up to `longest`, at these services.
pub fn histories(policies: impl Strategy<Value = SendPolicy>, longest: usize) -> impl Strategy<Value = History> {
    let seconds = prop::sample::select(vec![10, 31, 61, 130, 1_200, 3_600, DAY]);
    let browser = 0..BROWSERS;
    // Neighbours are the ones who see most.
    let phone = prop_oneof![4 => 0..6_usize, 1 => 6..8_usize, 1 => 8..PHONES];
    let action = prop_oneof![
        4 => browser.clone().prop_map(Action::RequestForTheNumber),
        6 => (browser.clone(), phone).prop_map(|(browser, phone)| Action::Request(browser, phone)),
        1 => browser.clone().prop_map(Action::Resend),
        1 => browser.clone().prop_map(Action::Wrong),
        2 => browser.prop_map(Action::Right),
        2 => any::<bool>().prop_map(|is_recognized| Action::Owner { is_recognized }),
        1 => Just(Action::Holder),
        3 => seconds.prop_map(Action::Pass),
    ];
    let hold = prop_oneof![
        4 => Just(None),
        1 => Just(Some(Hold::Locked)),
        1 => Just(Some(Hold::RecognizedOnly)),
    ];
    let days = prop::sample::select(vec![3, 40, 200]);
    (policies, days, hold, vec(action, 3..longest)).prop_map(|(policy, days, hold, mut actions)| {
        if days * DAY > DEVICE_LIFE {
            // No browser is recognized any more.
            for action in &mut actions {
                if let Action::Owner { is_recognized } = action {
                    *is_recognized = false;
                }
            }
        }
        History { policy, days, hold, actions }
    })
}

/// What short histories at one service are of: those that a difference in one reason shows in.
#[derive(Clone, Copy, Debug)]
pub struct Short {
    pub policy: SendPolicy,
    pub hold: Option<Hold>,
    /// The phones of outsiders that codes are requested for.
    pub phones: &'static [usize],
    /// How often the owner of the number signs in, beside six other actions, and whether on a recognized browser.
    pub owner: (u32, bool),
}

impl Short {
    pub fn histories(self) -> impl Strategy<Value = History> {
        let Self { policy, hold, phones, owner: (weight, is_recognized) } = self;
        let browser = 0..3_usize;
        let action = prop_oneof![
            2 => browser.clone().prop_map(Action::RequestForTheNumber),
            3 => (browser, prop::sample::select(phones)).prop_map(|(browser, phone)| Action::Request(browser, phone)),
            1 => Just(Action::Pass(31)),
            weight => Just(Action::Owner { is_recognized }),
        ];
        vec(action, 3..8).prop_map(move |actions| History { policy, days: 3, hold, actions })
    }
}
