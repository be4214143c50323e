//! The one-time code, and the hash that is kept of it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::{CryptoRng, RngExt};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::argon::{HASH_BYTES, HashCost, HashKey, argon2id};
use crate::digits;
use crate::error::{Error, RedactedError};
use crate::keys::CodeKeys;

/// Digits that a typed code may have. No caller learns which length was sent (requirement G-15).
const READABLE: std::ops::RangeInclusive<usize> = 6..=8;
const SALT_BYTES: usize = 16;
/// The key id of a decoy. It is as long as any other, and names no secret.
const DECOY: &str = "no-code-";

/// The length of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeLength {
    /// What people are used to.
    Six,
    /// For numbers at which somebody may be guessing.
    Eight,
}

impl CodeLength {
    /// The number of digits.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Six => 6,
            Self::Eight => 8,
        }
    }

    /// How many codes there are of this length.
    #[must_use]
    pub const fn codes(self) -> u32 {
        match self {
            Self::Six => 1_000_000,
            Self::Eight => 100_000_000,
        }
    }
}

/// A code of six to eight digits. It does not print, and is wiped when dropped.
pub struct Code(SecretString);

impl Code {
    /// Uniformly random digits; leading zeros count, and no value is left out (requirement G-16).
    #[must_use]
    pub fn generate(digits: CodeLength, random: &mut impl CryptoRng) -> Self {
        // `random_range` rejects what would make some codes likelier than others (requirement K-04).
        let value = random.random_range(0..digits.codes());
        Self(SecretString::from(format!("{value:0width$}", width = digits.count())))
    }

    /// Reads what a person typed: six to eight digits of any script (requirement I-04). Space, dashes and signs
    /// without width are dropped.
    ///
    /// # Errors
    /// [`Error::InvalidCode`] for anything else. It costs no attempt.
    pub fn read(input: &str) -> Result<Self, Error> {
        let code = Self(SecretString::from(digits::of_code(input)));
        let digits = code.expose();
        if READABLE.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(code)
        } else {
            Err(Error::InvalidCode)
        }
    }

    /// The digits in clear, for the message.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Code(…)")
    }
}

/// What a code is for, as a digest. A code proves nothing in another context. `login::request` makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeContext(pub(super) [u8; 32]);

/// Makes the hashes of equal codes different.
pub struct Salt([u8; SALT_BYTES]);

impl Salt {
    /// 128 random bits.
    #[must_use]
    pub fn generate(random: &mut impl CryptoRng) -> Self {
        let mut salt = [0; SALT_BYTES];
        random.fill_bytes(&mut salt);
        Self(salt)
    }
}

/// Argon2id of a code, keyed with a secret that is outside the table and bound to one [`CodeContext`].
///
/// The key protects a stolen table: without it the million codes cannot be tried. The cost of Argon2id (19 MiB, 2
/// passes: OWASP's minimum) is the second defence, in case the secret leaks too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeHash {
    /// The id of the code secret that keyed it, or [`DECOY`].
    key_id: String,
    /// What it cost to make, so that it can be made again.
    cost: HashCost,
    salt: String,
    hash: String,
}

impl CodeHash {
    /// The hash of a code that is being sent.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is no memory for it.
    pub fn make(code: &Code, salt: &Salt, context: &CodeContext, keys: &CodeKeys) -> Result<Self, Error> {
        let hash = hash(code, &salt.0, context, keys, (keys.id(), HashCost::CURRENT))?;
        Ok(Self::encode(keys.id(), salt.0, hash))
    }

    /// A hash that no code has, for a login request without a text. It is as long as any other and takes as long to
    /// compare, but no code matches it. No secret is needed to make one.
    #[must_use]
    pub fn decoy(random: &mut impl CryptoRng) -> Self {
        let mut hash = [0; HASH_BYTES];
        random.fill_bytes(&mut hash);
        Self::encode(DECOY, Salt::generate(random).0, hash)
    }

    /// Whether `code` is the one that was sent, in constant time.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is no memory for it, or the stored hash is damaged.
    pub fn matches(&self, code: &Code, context: &CodeContext, keys: &CodeKeys) -> Result<bool, Error> {
        let stored = URL_SAFE_NO_PAD.decode(&self.hash).map_err(|_| internal("malformed hash"))?;
        let salt = URL_SAFE_NO_PAD.decode(&self.salt).map_err(|_| internal("malformed salt"))?;
        // A decoy is compared under the newest secret: it takes its time, and no hash is equal to random bits.
        let is_decoy = self.key_id == DECOY;
        let hash = hash(code, &salt, context, keys, (if is_decoy { keys.id() } else { &self.key_id }, self.cost))?;
        Ok(bool::from(hash.as_slice().ct_eq(&stored)) && !is_decoy)
    }

    /// The text by which a condition of the table recognizes this hash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.hash
    }

    fn encode(key_id: &str, salt: [u8; SALT_BYTES], hash: [u8; HASH_BYTES]) -> Self {
        let (salt, hash) = (URL_SAFE_NO_PAD.encode(salt), URL_SAFE_NO_PAD.encode(hash));
        Self { key_id: key_id.to_owned(), cost: HashCost::CURRENT, salt, hash }
    }
}

fn hash(
    code: &Code,
    salt: &[u8],
    context: &CodeContext,
    keys: &CodeKeys,
    (key_id, cost): (&str, HashCost),
) -> Result<[u8; HASH_BYTES], Error> {
    let key = HashKey { secret: keys.code(key_id)?, id: key_id, context: &context.0 };
    argon2id(code.expose().as_bytes(), salt, &key, cost)
}

fn internal(kind: &str) -> Error {
    Error::Internal(RedactedError::new("code hash", kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use crate::root_secret::RootSecret;

    fn keys() -> CodeKeys {
        CodeKeys::derive(&RootSecret::generate(&mut random::source()))
    }

    #[test]
    fn signs_between_digits_and_scripts_do_not_count() {
        let separated = ["123 456", " 123-456 ", "1 2 3 4 5 6\n", "123\u{a0}456", "123\u{2009}456", "123\u{202f}456"];
        let dashed = ["123–456", "123−456", "123－456", "123ー456", "\u{2068}123456\u{2069}", "\u{feff}12\u{200b}3456"];
        let scripts = ["123456", "١٢٣٤٥٦", "۱۲۳۴۵۶", "१२३४५६", "１２３４５６", "１２３ 456"];
        for input in [separated, dashed, scripts].concat() {
            assert_eq!(Code::read(input).unwrap().expose(), "123456", "{input:?}");
        }
        assert_eq!(Code::read("00012345").unwrap().expose(), "00012345");
    }

    /// Requirement I-04.
    #[test]
    fn anything_but_six_to_eight_digits_is_refused() {
        let inputs = [
            "",
            "12345",
            "123456789",
            "12345a",
            "+12345",
            "-",
            "1e5000",
            "١٢٣٤٥",
            "①②③④⑤⑥",
            "一二三四五六",
            "123456\0",
            "0x1234",
            "12.456",
        ];
        for input in inputs {
            assert!(matches!(Code::read(input), Err(Error::InvalidCode)), "{input:?}");
        }
    }

    /// Every code is as likely as every other (requirements G-16, K-04).
    #[test]
    fn codes_are_uniform() {
        // Chi-square over 1,000 buckets of a million codes: 999 degrees of freedom. A fair generator passes 1,320 with
        // p = 3.0e-11 for each of the two lengths, so this fails by chance once in 16,000 million runs.
        let mut random = random::source();
        for digits in [CodeLength::Six, CodeLength::Eight] {
            let mut buckets = [0_f64; 1000];
            for _ in 0..1_000_000 {
                let code = Code::generate(digits, &mut random);
                assert_eq!(code.expose().len(), digits.count());
                buckets[code.expose()[..3].parse::<usize>().unwrap()] += 1.0;
            }
            let chi_square: f64 = buckets.iter().map(|count| (count - 1000.0).powi(2) / 1000.0).sum();
            assert!(chi_square < 1_320.0, "{digits:?}: chi-square {chi_square}");
        }
    }

    /// Requirement C-02.
    #[test]
    fn a_hash_matches_its_code_in_its_context_under_its_keys_only() {
        let (keys, context, other) = (keys(), CodeContext([1; 32]), CodeContext([2; 32]));
        let code = Code::read("123456").unwrap();
        let hash = CodeHash::make(&code, &Salt::generate(&mut random::source()), &context, &keys).unwrap();

        assert!(hash.matches(&code, &context, &keys).unwrap());
        assert!(!hash.matches(&Code::read("123457").unwrap(), &context, &keys).unwrap());
        assert!(!hash.matches(&Code::read("1234560").unwrap(), &context, &keys).unwrap());
        assert!(!hash.matches(&code, &other, &keys).unwrap());
        assert!(hash.matches(&code, &context, &self::keys()).is_err(), "an unknown root secret");
    }

    /// A change of the cost must not make codes under way wrong (the hash carries its own).
    #[test]
    fn a_hash_is_compared_at_the_cost_that_it_was_made_with() {
        let (keys, context, code) = (keys(), CodeContext([1; 32]), Code::read("123456").unwrap());
        let cost = HashCost { memory_kib: 64, passes: 1, parallelism: 1 };
        let older = hash(&code, &[3; SALT_BYTES], &context, &keys, (keys.id(), cost)).unwrap();
        let older = CodeHash { cost, ..CodeHash::encode(keys.id(), [3; SALT_BYTES], older) };
        assert!(older.matches(&code, &context, &keys).unwrap());
        assert!(!CodeHash { cost: HashCost::CURRENT, ..older }.matches(&code, &context, &keys).unwrap());
    }

    #[test]
    fn a_decoy_looks_like_the_hash_of_a_code_and_differs_each_time() {
        let (keys, context, code) = (keys(), CodeContext([1; 32]), Code::read("123456").unwrap());
        let real = CodeHash::make(&code, &Salt::generate(&mut random::source()), &context, &keys).unwrap();
        let decoy = CodeHash::decoy(&mut random::source());
        assert_eq!((real.hash.len(), real.salt.len()), (decoy.hash.len(), decoy.salt.len()));
        assert_ne!(decoy, CodeHash::decoy(&mut random::source()));
        assert_eq!(decoy.key_id.len(), real.key_id.len());
        assert!(!decoy.matches(&code, &context, &keys).unwrap());
    }

    #[test]
    fn a_code_does_not_print() {
        assert_eq!(format!("{:?}", Code::generate(CodeLength::Six, &mut random::source())), "Code(…)");
    }
}
