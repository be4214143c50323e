//! The measuring: three arms in random order.

use std::time::{Duration, Instant};

use rand::seq::SliceRandom;
use shared::random;
use tests::browser::Browser;

use crate::pairs::Pair;

/// What the third arm works more.
const DELAY: Duration = Duration::from_millis(2);

/// A call that is ready to be made.
pub struct Call {
    /// Who makes it.
    pub browser: Browser,
    /// What is requested.
    pub request: Request,
    /// The status of its answer.
    pub status: u16,
}

/// What is requested.
pub enum Request {
    /// A code for this number.
    Start(String),
    /// Whether this is the code.
    Submit(String),
}

/// The times of each arm, but for those of its first calls.
pub struct Times {
    /// Those of the pair's first kind of call.
    pub first: Vec<Duration>,
    /// Those of its second kind.
    pub second: Vec<Duration>,
    /// Those of its first kind with more work.
    pub delayed: Vec<Duration>,
}

impl Times {
    /// These and more.
    pub fn extend(&mut self, more: Self) {
        self.first.extend(more.first);
        self.second.extend(more.second);
        self.delayed.extend(more.delayed);
    }
}

#[derive(Clone, Copy)]
enum Arm {
    First,
    Second,
    Delayed,
}

/// Measures a pair on a new table. Each arm begins with a tenth more calls that are not counted.
pub async fn measure(pair: Pair) -> Times {
    let warm_up = pair.samples() / 10;
    let count = pair.samples() + warm_up;
    let [first, second] = pair.prepare(2 * count, count).await;
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut times = Times { first: Vec::new(), second: Vec::new(), delayed: Vec::new() };
    for arm in order(count) {
        let call = match arm {
            Arm::First | Arm::Delayed => first.next(),
            Arm::Second => second.next(),
        };
        let call = call.expect("as many calls as are measured");
        match arm {
            Arm::First => times.first.push(time(call, Duration::ZERO).await),
            Arm::Second => times.second.push(time(call, Duration::ZERO).await),
            Arm::Delayed => times.delayed.push(time(call, DELAY).await),
        }
    }
    for arm in [&mut times.first, &mut times.second, &mut times.delayed] {
        arm.drain(..warm_up);
    }
    times
}

/// Each arm `count` times, in an order that nobody can foresee: whatever else the machine does meets all alike.
fn order(count: usize) -> Vec<Arm> {
    let mut order = [vec![Arm::First; count], vec![Arm::Second; count], vec![Arm::Delayed; count]].concat();
    order.shuffle(&mut random::source());
    order
}

/// Makes a call, works for `more`, and tells how long both took.
async fn time(mut call: Call, more: Duration) -> Duration {
    let begin = Instant::now();
    let answer = match &call.request {
        Request::Start(phone) => call.browser.start(phone).await,
        Request::Submit(code) => call.browser.submit(code).await,
    };
    let answered = Instant::now();
    while answered.elapsed() < more {
        std::hint::spin_loop();
    }
    let took = begin.elapsed();
    assert_eq!(answer.status, call.status, "{answer:?}");
    took
}
