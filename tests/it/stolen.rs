//! A login request out of a stolen table, and what can be tried on it.

use argon2::{Algorithm, Argon2, AssociatedData, KeyId, ParamsBuilder, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use shared::keys::{CodeKeys, SealedNumber};
use shared::login::code::{Code, CodeHash};
use shared::login::request::{Binding, Purpose, RequestId};
use shared::time::Timestamp;
use tests::dump::{Item, number, string};

/// What the table keeps of one code that is out.
pub struct Stolen {
    /// The id of the login request: the hash of its browser's cookie.
    pub request_id: String,
    /// The salt of the code's hash, as it is stored.
    pub salt_text: String,
    key_id: String,
    hash_text: String,
    sealed_number: String,
    expires_at: i64,
    code_hash: CodeHash,
}

impl Stolen {
    /// Takes the item of a login request apart.
    pub fn read(item: &Item) -> Self {
        let hash = item["code_hash"].as_m().expect("a map").clone();
        Self {
            request_id: string(item, "pk").trim_start_matches("REQUEST#").to_owned(),
            salt_text: string(&hash, "salt").to_owned(),
            key_id: string(&hash, "key_id").to_owned(),
            hash_text: string(&hash, "hash").to_owned(),
            sealed_number: string(item, "sealed_number").to_owned(),
            expires_at: item.get("code_expires_at").map_or(0, |_| number(item, "code_expires_at")),
            code_hash: serde_dynamo::from_item(hash).expect("a hash"),
        }
    }

    /// Whether `code` gives the stored hash to somebody who knows how Doorcode hashes, and all that is in the table,
    /// but not the root secret. Every mixture of the parameters is tried.
    pub fn matches_without_a_secret(&self, code: &str) -> bool {
        let bound = format!("doorcode/v1/login/{}/{}/{}", self.request_id, self.sealed_number, self.expires_at);
        let data: [&[u8]; 2] = [&[], &Sha256::digest(bound)];
        let key_ids = ["", self.key_id.as_str()];
        let secrets: [&[u8]; 3] = [&[], &[0; 32], self.key_id.as_bytes()];
        data.iter().any(|data| {
            key_ids.iter().any(|key_id| secrets.iter().any(|secret| self.argon2id(code, data, key_id, secret)))
        })
    }

    /// Whether `code` gives the stored hash to somebody who has the code secret of `keys` too.
    pub fn matches(&self, code: &str, keys: &CodeKeys) -> bool {
        let request: RequestId = from_text(&self.request_id);
        let number: SealedNumber = from_text(&self.sealed_number);
        let expires_at = Timestamp::from_secs(self.expires_at);
        let context = Binding { request: &request, number: &number, purpose: Purpose::Login, expires_at }.context();
        let code = Code::read(code).expect("a code");
        self.code_hash.matches(&code, &context, keys).unwrap_or(false)
    }

    fn argon2id(&self, code: &str, data: &[u8], key_id: &str, secret: &[u8]) -> bool {
        let params = ParamsBuilder::new()
            .m_cost(19_456)
            .t_cost(2)
            .p_cost(1)
            .data(AssociatedData::new(data).expect("data"))
            .keyid(KeyId::new(key_id.as_bytes()).expect("a key id"))
            .build()
            .expect("parameters");
        let salt = URL_SAFE_NO_PAD.decode(&self.salt_text).expect("a salt");
        let mut hash = [0; 32];
        let argon2 = Argon2::new_with_secret(secret, Algorithm::Argon2id, Version::V0x13, params).expect("argon2");
        argon2.hash_password_into(code.as_bytes(), &salt, &mut hash).expect("a hash");
        URL_SAFE_NO_PAD.encode(hash) == self.hash_text
    }
}

fn from_text<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).expect("a text")
}
