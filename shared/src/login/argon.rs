//! Argon2id with a secret: its cost, and the memory that it works in.

use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use argon2::{Algorithm, Argon2, AssociatedData, Block, KeyId, ParamsBuilder, Version};
use serde::{Deserialize, Serialize};

use crate::error::{Error, RedactedError};

/// Bytes of a hash.
pub(super) const HASH_BYTES: usize = 32;

/// The largest memory that a stored cost may ask for, in KiB. A damaged item must not exhaust a function.
const MAX_MEMORY_KIB: u32 = 65_536;
/// The most passes that a stored cost may ask for.
const MAX_PASSES: u32 = 16;

/// What one hash costs. It is stored with each hash, so that a change of [`HashCost::CURRENT`] leaves codes under way
/// valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HashCost {
    /// Memory in KiB.
    #[serde(rename = "m")]
    pub(super) memory_kib: u32,
    /// Passes over the memory.
    #[serde(rename = "t")]
    pub(super) passes: u32,
    /// Degree of parallelism.
    #[serde(rename = "p")]
    pub(super) parallelism: u32,
}

impl HashCost {
    /// The cost of new hashes: the minimum of the OWASP Password Storage Cheat Sheet for Argon2id (requirement K-02).
    pub(super) const CURRENT: Self = Self { memory_kib: 19_456, passes: 2, parallelism: 1 };

    const fn is_acceptable(self) -> bool {
        self.memory_kib <= MAX_MEMORY_KIB && self.passes <= MAX_PASSES && self.parallelism == 1
    }
}

/// What a hash is keyed with and bound to.
pub(super) struct HashKey<'a> {
    /// The secret that exists outside the table.
    pub(super) secret: &'a [u8],
    /// Names the root secret that it is derived from.
    pub(super) id: &'a str,
    /// What the hashed value is for.
    pub(super) context: &'a [u8],
}

/// The Argon2id hash of `input`.
///
/// # Errors
/// [`Error::Internal`] when there is no memory for it, or `cost` is out of bounds.
pub(super) fn argon2id(
    input: &[u8],
    salt: &[u8],
    key: &HashKey<'_>,
    cost: HashCost,
) -> Result<[u8; HASH_BYTES], Error> {
    if !cost.is_acceptable() {
        return Err(internal("cost out of bounds"));
    }
    let mut hash = [0; HASH_BYTES];
    let argon2 = hasher(key, cost).map_err(|error| internal(&error.to_string()))?;
    let mut memory = Memory::take(argon2.params().block_count())?;
    let hashed = argon2.hash_password_into_with_memory(input, salt, &mut hash, &mut memory.0);
    hashed.map_err(|error| internal(&error.to_string()))?;
    Ok(hash)
}

fn hasher<'k>(key: &HashKey<'k>, cost: HashCost) -> argon2::Result<Argon2<'k>> {
    let params = ParamsBuilder::new()
        .m_cost(cost.memory_kib)
        .t_cost(cost.passes)
        .p_cost(cost.parallelism)
        .data(AssociatedData::new(key.context)?)
        .keyid(KeyId::new(key.id.as_bytes())?)
        .build()?;
    Argon2::new_with_secret(key.secret, Algorithm::Argon2id, Version::V0x13, params)
}

/// The memory of one hash. It is kept for the next hash, for two reasons. Fresh memory costs half as much time as the
/// hash itself, because the kernel maps it page by page. And glibc (2.36 measured; Lambda has 2.34) does not reuse
/// freed blocks of this alignment, so that a function grew to 390 MB.
///
/// There are as many as the machine has cores, and a hash waits until one is free: more hashes at a time would need more
/// memory and be no sooner done. In Lambda, where an instance serves one call at a time, none waits.
struct Memory(Vec<Block>);

static MEMORIES: Mutex<Memories> = Mutex::new(Memories { spare: Vec::new(), in_use: 0 });
static GIVEN_BACK: Condvar = Condvar::new();

struct Memories {
    spare: Vec<Vec<Block>>,
    in_use: usize,
}

impl Memory {
    fn take(blocks: usize) -> Result<Self, Error> {
        let is_full = |memories: &mut Memories| memories.in_use >= cores();
        let memories = GIVEN_BACK.wait_while(lock(), is_full);
        let mut memories = memories.unwrap_or_else(PoisonError::into_inner);
        memories.in_use += 1;
        let mut memory = Self(memories.spare.pop().unwrap_or_default());
        drop(memories);
        memory.0.try_reserve_exact(blocks.saturating_sub(memory.0.len())).map_err(|_| internal("no memory"))?;
        memory.0.resize(blocks, Block::new());
        Ok(memory)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let mut memories = lock();
        memories.in_use -= 1;
        memories.spare.push(std::mem::take(&mut self.0));
        GIVEN_BACK.notify_one();
    }
}

fn lock() -> MutexGuard<'static, Memories> {
    MEMORIES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, Into::into))
}

fn internal(kind: &str) -> Error {
    Error::Internal(RedactedError::new("code hash", kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: HashKey<'static> = HashKey { secret: &[7; 32], id: "key", context: &[1; 32] };

    /// No less than OWASP recommends for Argon2id (requirement K-02).
    #[test]
    fn a_new_hash_costs_what_owasp_recommends() {
        let hasher = hasher(&KEY, HashCost::CURRENT).unwrap();
        let params = hasher.params();
        assert!(params.m_cost() >= 19_456 && params.t_cost() >= 2 && params.p_cost() == 1, "{params:?}");
    }

    #[test]
    fn there_are_as_many_hashes_at_a_time_as_cores() {
        let cost = HashCost { memory_kib: 1_024, ..HashCost::CURRENT };
        let wanted = argon2id(b"123456", &[0; 16], &KEY, cost).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 * cores() {
                scope.spawn(|| {
                    assert_eq!(argon2id(b"123456", &[0; 16], &KEY, cost).unwrap(), wanted);
                    assert!(lock().in_use <= cores());
                });
            }
        });
        assert!(lock().spare.len() <= cores());
    }

    #[test]
    fn another_cost_makes_another_hash_and_an_excessive_one_is_refused() {
        let hash = |cost| argon2id(b"123456", &[0; 16], &KEY, cost);
        let (current, cheap) = (HashCost::CURRENT, HashCost { memory_kib: 64, ..HashCost::CURRENT });
        assert_ne!(hash(current).unwrap(), hash(cheap).unwrap());
        for excessive in [
            HashCost { memory_kib: MAX_MEMORY_KIB + 1, ..current },
            HashCost { passes: MAX_PASSES + 1, ..current },
            HashCost { parallelism: 2, ..current },
        ] {
            assert!(hash(excessive).is_err(), "{excessive:?}");
        }
    }
}
