//! Which kinds of numbers get texts.

use rlibphonenumber::enums::PhoneNumberType;

use super::refusal::UnsupportedReason;

/// Which kinds of numbers a deployment texts, by the numbering plan of their country. All others are refused whatever
/// is set: fixed lines, `VoIP`, premium-rate, shared-cost, toll-free, personal and satellite numbers (requirement
/// S-03).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberKinds {
    /// Numbers that the plan keeps for mobile phones.
    Mobile,
    /// These, and the numbers of countries whose plan does not tell mobile and fixed ones apart, as in North America.
    #[default]
    MobileOrEither,
}

impl NumberKinds {
    /// Reads `mobile` or `mobile-or-either`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "mobile" => Some(Self::Mobile),
            "mobile-or-either" => Some(Self::MobileOrEither),
            _ => None,
        }
    }

    /// Takes a kind, or says why not.
    pub(super) fn take(self, kind: PhoneNumberType) -> Result<(), UnsupportedReason> {
        match kind {
            PhoneNumberType::Mobile => Ok(()),
            PhoneNumberType::FixedLineOrMobile if self == Self::MobileOrEither => Ok(()),
            PhoneNumberType::FixedLine => Err(UnsupportedReason::FixedLine),
            _ => Err(UnsupportedReason::OtherKind),
        }
    }
}
