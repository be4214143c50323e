//! The random values of one delivery, drawn before anything is awaited.

use rand::CryptoRng;
use shared::error::Error;
use shared::keys::CodeKeys;
use shared::login::code::{Code, CodeContext, CodeHash, CodeLength, Salt};

/// Codes of both lengths, since the length is decided later, and what their hash is made with.
pub(crate) struct CodeMaterial {
    six: Code,
    eight: Code,
    salt: Salt,
    /// What the login request gets when SNS refuses the text.
    pub(crate) decoy: CodeHash,
    /// Where the search for a shard with room begins.
    pub(crate) draw: usize,
}

impl CodeMaterial {
    pub(crate) fn draw(random: &mut impl CryptoRng) -> Self {
        Self {
            six: Code::generate(CodeLength::Six, random),
            eight: Code::generate(CodeLength::Eight, random),
            salt: Salt::generate(random),
            decoy: CodeHash::decoy(random),
            draw: random.next_u32() as usize,
        }
    }

    pub(crate) const fn code(&self, length: CodeLength) -> &Code {
        match length {
            CodeLength::Six => &self.six,
            CodeLength::Eight => &self.eight,
        }
    }

    pub(crate) fn hashes<'a>(&'a self, context: CodeContext, keys: &'a CodeKeys) -> Hashes<'a> {
        Hashes { material: self, context, keys, newest: None }
    }
}

/// The hashes of the codes in one context. The newest is kept, because hashing takes most of the time of a delivery.
pub(crate) struct Hashes<'a> {
    material: &'a CodeMaterial,
    context: CodeContext,
    keys: &'a CodeKeys,
    newest: Option<(CodeLength, CodeHash)>,
}

impl Hashes<'_> {
    /// The hash of the code of this length.
    pub(crate) fn of(&mut self, length: CodeLength) -> Result<CodeHash, Error> {
        if let Some((_, hash)) = self.newest.as_ref().filter(|(made, _)| *made == length) {
            return Ok(hash.clone());
        }
        let hash = CodeHash::make(self.material.code(length), &self.material.salt, &self.context, self.keys)?;
        self.newest = Some((length, hash.clone()));
        Ok(hash)
    }
}
