//! The policies that tests have texts sent by.

use shared::sending::decision::SendPolicy;
use shared::sending::quota::QuotaLimits;

/// The policy of most tests: the usual one, but for number blocks. All numbers that are set aside for tests are of one block.
#[must_use]
pub fn policy() -> SendPolicy {
    SendPolicy {
        limits: QuotaLimits { block_numbers_per_hour: 1_000, ..QuotaLimits::default() },
        ..SendPolicy::default()
    }
}

/// A policy whose quotas nobody reaches, for what measures something else.
#[must_use]
pub fn without_quotas() -> SendPolicy {
    SendPolicy { limits: QuotaLimits::NONE, ..SendPolicy::default() }
}
