//! What one hash of a code costs at each memory size: Argon2id runs on one thread, so its time is that of one whole
//! processor divided by the share.

use std::path::Path;
use std::time::Duration;

use shared::keys::{CodeKeys, NumberKeys};
use shared::login::code::{Code, CodeHash, CodeLength};
use shared::login::request::{Binding, Purpose, RequestId};
use shared::random;
use shared::root_secret::RootSecret;
use shared::time::Timestamp;
use shared::token::Token;

use crate::process;

const RUNS: usize = 40;

/// The median time of one compare on a processor that does nothing else: what this thread got of it.
pub fn median() -> Duration {
    let mut random = random::source();
    let secret = RootSecret::generate(&mut random);
    let (numbers, keys) = (NumberKeys::derive(&secret), CodeKeys::derive(&secret));
    let request = RequestId::of(&Token::generate(&mut random));
    let number = numbers.seal("+46701740605", request.as_str(), &mut random).expect("a seal");
    let expires_at = Timestamp::from_secs(600);
    let context = Binding { request: &request, number: &number, purpose: Purpose::Login, expires_at }.context();
    let (code, hash) = (Code::generate(CodeLength::Six, &mut random), CodeHash::decoy(&mut random));
    let mut times: Vec<_> = (0..RUNS)
        .map(|_| {
            let begin = on_processor();
            assert!(!hash.matches(&code, &context, &keys).expect("a compare"));
            on_processor().saturating_sub(begin)
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}

/// How long this thread was on a processor.
fn on_processor() -> Duration {
    process::on_processor(Path::new("/proc/thread-self"))
}
