//! What one hash of a code costs at each memory size: Argon2id runs on one thread, so its time is that of one whole
//! processor divided by the share.

use std::time::{Duration, Instant};

use shared::code::{Binding, Code, CodeHash};
use shared::keys::{Keys, RootSecret};
use shared::random;
use shared::request::{Purpose, RequestId};
use shared::token::Token;

const RUNS: usize = 40;

/// The median time of one compare on a processor that does nothing else.
pub fn median() -> Duration {
    let mut random = random::source();
    let keys = Keys::derive(&RootSecret::generate(&mut random));
    let (request, number) = (RequestId::of(&Token::generate(&mut random)), keys.number_id("+46701740605"));
    let binding = Binding { request: &request, number: &number, purpose: Purpose::Login };
    let (code, hash) = (Code::generate(&mut random), CodeHash::of_no_code(&keys, &mut random));
    let mut times: Vec<_> = (0..RUNS)
        .map(|_| {
            let begin = Instant::now();
            assert!(!hash.matches(&code, &binding, &keys).expect("a compare"));
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}
