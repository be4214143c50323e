//! Phone numbers for tests. The Swedish ones are set aside by the authorities for fiction, so no text can reach a
//! person.

/// How many numbers [`mobile`] knows.
pub const MOBILES: u32 = 95;

/// The first of the Swedish mobile numbers that nobody has: most tests need one.
pub const ADA: &str = "+46701740605";

/// Another one.
pub const BEA: &str = "+46701740606";

/// And one more.
pub const CEC: &str = "+46701740607";

/// [`ADA`] as people in Sweden write it.
pub const ADA_NATIONAL: &str = "070-174 06 05";

/// [`ADA`] as everybody but its owner may see it.
pub const ADA_MASKED: &str = "+46•••••••05";

/// A Swedish number that is not a mobile number.
pub const LANDLINE: &str = "+4684650040";

/// A mobile number of a country that the tests' deployment does not serve: the example in the numbering plan's
/// metadata.
pub const BRITISH: &str = "+447400123456";

/// The Swedish mobile number that is `index` after [`ADA`].
#[must_use]
pub fn mobile(index: u32) -> String {
    assert!(index < MOBILES, "only {MOBILES} numbers are set aside");
    format!("+467017406{:02}", 5 + index)
}

/// A Swedish mobile number that is the first of the number block `index`. It is not set aside, so no test may let
/// it out of this machine.
#[must_use]
pub fn of_another_block(index: u32) -> String {
    assert!(index < 6_000, "a number of another form");
    format!("+4670{}000", 3_000 + index)
}
