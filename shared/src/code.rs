//! The one-time code, and the hash that is kept of it.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use argon2::{Algorithm, Argon2, AssociatedData, Block, KeyId, ParamsBuilder, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::{CryptoRng, RngExt};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::{Error, Fault};
use crate::keys::{Keys, NumberId};
use crate::request::{Purpose, RequestId};

/// Digits that a code may have when it is read back: nobody is told which length was sent (requirement G-15).
const READABLE: std::ops::RangeInclusive<usize> = 6..=8;
const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

/// How long a code is that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// What people are used to.
    Six,
    /// For numbers at which somebody may be guessing.
    Eight,
}

impl Digits {
    /// How many they are.
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
    pub fn generate(digits: Digits, random: &mut impl CryptoRng) -> Self {
        // `random_range` rejects what would make some codes likelier than others (requirement K-04).
        let value = random.random_range(0..digits.codes());
        Self(SecretString::from(format!("{value:0width$}", width = digits.count())))
    }

    /// Reads what a person typed. Spaces and hyphens are dropped; what is left must be six to eight ASCII digits
    /// (requirement I-04).
    ///
    /// # Errors
    /// [`Error::InvalidCode`] for anything else. It costs no attempt.
    pub fn read(input: &str) -> Result<Self, Error> {
        let typed: String = input.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\t' | '\n' | '\r' | '-')).collect();
        let code = Self(SecretString::from(typed));
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

/// What a code is good for: this login request, this number, this purpose (requirement C-02).
pub struct Binding<'a> {
    /// The login request that the code was made for.
    pub request: &'a RequestId,
    /// The number that it was sent to.
    pub number: &'a NumberId,
    /// What the person wants to do with it.
    pub purpose: Purpose,
}

impl Binding<'_> {
    /// A digest of the three. The parts have fixed alphabets without `/`, so that no two bindings read the same.
    fn digest(&self) -> [u8; 32] {
        let (request, number, purpose) = (self.request.as_str(), self.number.as_str(), self.purpose.as_str());
        Sha256::digest(format!("doorcode/v1/{purpose}/{request}/{number}")).into()
    }
}

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

/// Argon2id of a code, keyed with a secret that is outside the table and bound to one [`Binding`].
///
/// The key is what protects a stolen table: without it the million codes cannot be tried. The cost of Argon2id
/// (19 MiB, 2 passes: OWASP's least) is a second wall should the secret leak too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeHash {
    /// The id of the root secret that keyed it.
    key_id: String,
    salt: String,
    hash: String,
}

impl CodeHash {
    /// The hash of a code that is being sent.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is no memory for it.
    pub fn make(code: &Code, salt: &Salt, binding: &Binding<'_>, keys: &Keys) -> Result<Self, Error> {
        let hash = argon2id(code, &salt.0, binding, keys, keys.id())?;
        Ok(Self::encode(keys, salt.0, hash))
    }

    /// A hash that no code has, for a request without a message: it looks like any other and costs a guesser as much,
    /// but no guess can be right.
    #[must_use]
    pub fn of_no_code(keys: &Keys, random: &mut impl CryptoRng) -> Self {
        let mut hash = [0; HASH_BYTES];
        random.fill_bytes(&mut hash);
        Self::encode(keys, Salt::generate(random).0, hash)
    }

    /// Whether `code` is the one that was sent, in constant time.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is no memory for it, or the stored hash is damaged.
    pub fn matches(&self, code: &Code, binding: &Binding<'_>, keys: &Keys) -> Result<bool, Error> {
        let stored = URL_SAFE_NO_PAD.decode(&self.hash).map_err(|_| fault("malformed hash"))?;
        let salt = URL_SAFE_NO_PAD.decode(&self.salt).map_err(|_| fault("malformed salt"))?;
        let hash = argon2id(code, &salt, binding, keys, &self.key_id)?;
        Ok(bool::from(hash.as_slice().ct_eq(&stored)))
    }

    /// The text by which a condition of the table recognises exactly this hash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.hash
    }

    fn encode(keys: &Keys, salt: [u8; SALT_BYTES], hash: [u8; HASH_BYTES]) -> Self {
        let (salt, hash) = (URL_SAFE_NO_PAD.encode(salt), URL_SAFE_NO_PAD.encode(hash));
        Self { key_id: keys.id().to_owned(), salt, hash }
    }
}

fn argon2id(
    code: &Code,
    salt: &[u8],
    binding: &Binding<'_>,
    keys: &Keys,
    key_id: &str,
) -> Result<[u8; HASH_BYTES], Error> {
    let mut hash = [0; HASH_BYTES];
    let argon2 = hasher(binding, keys.code(key_id)?, key_id).map_err(|error| fault(&error.to_string()))?;
    let mut memory = Memory::take(argon2.params().block_count())?;
    let made = argon2.hash_password_into_with_memory(code.expose().as_bytes(), salt, &mut hash, &mut memory.0);
    memory.keep();
    made.map_err(|error| fault(&error.to_string()))?;
    Ok(hash)
}

/// What one hash works in. It is kept for the next one: new memory has to be made page by page, which takes half as long
/// as the hash itself, and where it is freed each time glibc (2.36 was measured, Lambda has 2.34) does not find the place
/// again, because of the alignment of these blocks: a function grew to 390 MB. As many are kept as were ever needed at
/// once: in Lambda one.
struct Memory(Vec<Block>);

static SPARE: Mutex<Vec<Memory>> = Mutex::new(Vec::new());

impl Memory {
    fn take(blocks: usize) -> Result<Self, Error> {
        let spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Self(mut memory) = spare.unwrap_or(Self(Vec::new()));
        memory.try_reserve_exact(blocks.saturating_sub(memory.len())).map_err(|_| fault("no memory"))?;
        memory.resize(blocks, Block::new());
        Ok(Self(memory))
    }

    fn keep(self) {
        SPARE.lock().unwrap_or_else(PoisonError::into_inner).push(self);
    }
}

fn hasher<'k>(binding: &Binding<'_>, secret: &'k [u8], key_id: &str) -> argon2::Result<Argon2<'k>> {
    let params = ParamsBuilder::new()
        .m_cost(19_456)
        .t_cost(2)
        .p_cost(1)
        .data(AssociatedData::new(&binding.digest())?)
        .keyid(KeyId::new(key_id.as_bytes())?)
        .build()?;
    Argon2::new_with_secret(secret, Algorithm::Argon2id, Version::V0x13, params)
}

fn fault(kind: &str) -> Error {
    Error::Internal(Fault::new("code hash", kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::RootSecret;
    use crate::random;
    use crate::token::Token;

    fn keys() -> Keys {
        Keys::derive(&RootSecret::generate(&mut random::source()))
    }

    fn request() -> RequestId {
        RequestId::of(&Token::generate(&mut random::source()))
    }

    #[test]
    fn spaces_and_hyphens_do_not_count() {
        for input in ["123456", "123 456", " 123-456 ", "1 2 3 4 5 6\n", "123\u{a0}456"] {
            assert_eq!(Code::read(input).unwrap().expose(), "123456", "{input:?}");
        }
        assert_eq!(Code::read("00012345").unwrap().expose(), "00012345");
    }

    #[test]
    fn anything_but_six_to_eight_ascii_digits_is_refused() {
        let inputs = [
            "",
            "12345",
            "123456789",
            "12345a",
            "+12345",
            "-",
            "1e5000",
            "١٢٣٤٥٦",
            "１２３４５６",
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
        // Chi-square over 1,000 buckets of a million codes: 999 degrees of freedom, so 1,142 is passed with p = 0.001.
        let mut random = random::source();
        for digits in [Digits::Six, Digits::Eight] {
            let mut buckets = [0_f64; 1000];
            for _ in 0..1_000_000 {
                let code = Code::generate(digits, &mut random);
                assert_eq!(code.expose().len(), digits.count());
                buckets[code.expose()[..3].parse::<usize>().unwrap()] += 1.0;
            }
            let chi_square: f64 = buckets.iter().map(|count| (count - 1000.0).powi(2) / 1000.0).sum();
            assert!(chi_square < 1_180.0, "chi-square {chi_square}");
        }
    }

    #[test]
    fn a_hash_matches_its_code_in_its_binding_under_its_keys_only() {
        let (keys, request, other_request) = (keys(), request(), request());
        let (number, other_number) = (keys.number_id("+46701740605"), keys.number_id("+46701740606"));
        let binding = Binding { request: &request, number: &number, purpose: Purpose::Login };
        let code = Code::read("123456").unwrap();
        let hash = CodeHash::make(&code, &Salt::generate(&mut random::source()), &binding, &keys).unwrap();

        assert!(hash.matches(&code, &binding, &keys).unwrap());
        assert!(!hash.matches(&Code::read("123457").unwrap(), &binding, &keys).unwrap());
        assert!(!hash.matches(&Code::read("1234560").unwrap(), &binding, &keys).unwrap());
        assert!(!hash.matches(&code, &Binding { request: &other_request, ..binding }, &keys).unwrap());
        assert!(!hash.matches(&code, &Binding { number: &other_number, ..binding }, &keys).unwrap());
        assert!(!hash.matches(&code, &Binding { purpose: Purpose::AddNumber, ..binding }, &keys).unwrap());
        assert!(!hash.matches(&code, &Binding { purpose: Purpose::Recovery, ..binding }, &keys).unwrap());
        assert!(hash.matches(&code, &binding, &self::keys()).is_err(), "a root secret that is not known");
    }

    /// No less than OWASP asks of Argon2id (requirement K-02).
    #[test]
    fn a_hash_costs_a_guesser_what_owasp_asks() {
        let keys = keys();
        let request = request();
        let number = keys.number_id("+46701740605");
        let binding = Binding { request: &request, number: &number, purpose: Purpose::Login };
        let hasher = hasher(&binding, keys.code(keys.id()).unwrap(), keys.id()).unwrap();
        let params = hasher.params();
        assert!(params.m_cost() >= 19_456 && params.t_cost() >= 2 && params.p_cost() == 1, "{params:?}");
    }

    #[test]
    fn a_hash_of_no_code_looks_like_one_and_differs_each_time() {
        let (keys, request) = (keys(), request());
        let binding = Binding { request: &request, number: &keys.number_id("+46701740605"), purpose: Purpose::Login };
        let real =
            CodeHash::make(&Code::read("123456").unwrap(), &Salt::generate(&mut random::source()), &binding, &keys)
                .unwrap();
        let none = CodeHash::of_no_code(&keys, &mut random::source());
        assert_eq!((real.hash.len(), real.salt.len()), (none.hash.len(), none.salt.len()));
        assert_ne!(none, CodeHash::of_no_code(&keys, &mut random::source()));
        assert!(!none.matches(&Code::read("123456").unwrap(), &binding, &keys).unwrap());
    }

    #[test]
    fn a_code_does_not_print() {
        assert_eq!(format!("{:?}", Code::generate(Digits::Six, &mut random::source())), "Code(…)");
    }
}
