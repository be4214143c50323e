//! The second part: how long each step takes on this machine, and where the time goes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use shared::keys::{CodeKeys, NumberKeys};
use shared::login::code::{Code, CodeHash, CodeLength};
use shared::login::request::{Binding, Purpose, RequestId};
use shared::random;
use shared::time::Timestamp;
use shared::token::Token;
use tests::phones::{ADA, MOBILES, mobile};
use tests::proxy::Cost;
use tests::stack::Stack;
use tests::walk::{Observer, Step, walk};

use crate::spans::Spans;
use tests::percentile::Percentiles;

/// How often every number is used, each time with an empty table.
const ROUNDS: u32 = 2;

/// The read that `verify-code` makes while it computes a hash, so that its time is not added to the step's.
const BESIDE_THE_HASH: &str = "DynamoDB.GetItem";

/// One run of a step.
struct Sample {
    total: Duration,
    table: Duration,
    sms: Duration,
    stream: Duration,
    /// Calls to the table.
    calls: usize,
}

/// Measures and prints.
pub async fn print(spans: &Spans, costs: &BTreeMap<Step, Vec<Cost>>) {
    let mut timer = Timer::new(spans);
    let (mut sending, mut comparing) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let stack = Stack::new().await;
        // Connections are made now, and the time of that is not measured.
        walk(&stack, ADA, &mut Timer::new(spans)).await;
        for index in 1..MOBILES {
            walk(&stack, &mobile(index), &mut timer).await;
            let keys = (stack.number_keys(), stack.code_keys());
            sending.push(tokio::spawn(async move { time_of_a_hash(&keys) }).await.expect("a hash"));
            let keys = (stack.number_keys(), stack.code_keys());
            comparing.push(tokio::task::spawn_blocking(move || time_of_a_hash(&keys)).await.expect("a hash"));
        }
    }
    for (step, samples) in &timer.samples {
        assert!(samples.iter().all(|sample| sample.calls == costs[step].len()), "{step:?} has other calls than before");
    }
    print_table(&timer.samples, &Hashes { sending: Percentiles::of(sending), comparing: Percentiles::of(comparing) });
}

/// The time of one hash, on a thread of the kind that computes it: `deliver-code` does so where it runs, `verify-code`
/// on a thread for work that blocks.
struct Hashes {
    sending: Percentiles,
    comparing: Percentiles,
}

impl Hashes {
    fn of(&self, step: Step) -> Option<Percentiles> {
        let hash = if step.delivers() { self.sending } else { self.comparing };
        step.hashes().then_some(hash)
    }
}

fn print_table(samples: &BTreeMap<Step, Vec<Sample>>, hashes: &Hashes) {
    let runs = samples.values().map(Vec::len).min().unwrap_or_default();
    println!("\nTime of each step in milliseconds, p50 and p99 of {runs} runs, table in memory in the same process\n");
    let split = ["total", "table", "Argon2id", "SNS", "stream", "all else"];
    println!("{:28}{}", "", split.map(|column| format!("{column:>19}")).concat());
    println!("{:28}{}", "", format!("{:>10} {:>8}", "p50", "p99").repeat(split.len()));
    for (step, samples) in samples {
        println!("{:28}{}", step.name(), row(*step, samples, hashes.of(*step)));
    }
    println!(
        "\nArgon2id is one hash, measured {runs} times between the steps; its median is what the last column leaves out."
    );
    println!("The owner's read of the verify steps runs beside the hash and is not added. SNS and stream are those of");
    println!("this machine: SNS with its new tries, the stream as it is read here, which in AWS is Lambda's work.");
}

/// The times of one step, split.
fn row(step: Step, samples: &[Sample], hash: Option<Percentiles>) -> String {
    let hashed = hash.map_or(Duration::ZERO, |hash| hash.p50);
    let rest = |sample: &Sample| sample.total.saturating_sub(sample.table + sample.sms + sample.stream + hashed);
    let column = |part: &dyn Fn(&Sample) -> Duration| format!("  {}", Percentiles::of(samples.iter().map(part)));
    let when = |there: bool, text: String| if there { text } else { format!("{:>19}", "") };
    [
        column(&|sample| sample.total),
        column(&|sample| sample.table),
        hash.map_or_else(|| when(false, String::new()), |hash| format!("  {hash}")),
        when(step.delivers(), column(&|sample| sample.sms)),
        when(step.delivers(), column(&|sample| sample.stream)),
        column(&rest),
    ]
    .concat()
}

/// Measures each step that it observes.
struct Timer {
    spans: Spans,
    begin: Instant,
    samples: BTreeMap<Step, Vec<Sample>>,
}

impl Timer {
    fn new(spans: &Spans) -> Self {
        Self { spans: spans.clone(), begin: Instant::now(), samples: BTreeMap::new() }
    }
}

impl Observer for Timer {
    fn begin(&mut self) {
        self.spans.take();
        self.begin = Instant::now();
    }

    fn end(&mut self, step: Step) {
        let total = self.begin.elapsed();
        let calls = self.spans.take();
        let of = |service| calls.iter().filter(move |call| call.service() == service);
        let beside = |name| step.verifies() && name == BESIDE_THE_HASH;
        let sample = Sample {
            total,
            table: of("DynamoDB").filter(|call| !beside(call.name)).map(|call| call.took).sum(),
            sms: of("SNS").map(|call| call.took).sum(),
            stream: of("DynamoDB Streams").map(|call| call.took).sum(),
            calls: of("DynamoDB").count(),
        };
        self.samples.entry(step).or_default().push(sample);
    }
}

fn time_of_a_hash((numbers, keys): &(NumberKeys, CodeKeys)) -> Duration {
    let mut random = random::source();
    let request = RequestId::of(&Token::generate(&mut random));
    let number = numbers.seal(ADA, request.as_str(), &mut random).expect("a seal");
    let expires_at = Timestamp::from_secs(600);
    let context = Binding { request: &request, number: &number, purpose: Purpose::Login, expires_at }.context();
    let (code, hash) = (Code::generate(CodeLength::Six, &mut random), CodeHash::decoy(&mut random));
    let begin = Instant::now();
    assert!(!hash.matches(&code, &context, keys).expect("a compare"));
    begin.elapsed()
}
