//! The tables, and the same as JSON.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Value, json};
use tests::percentile::{Percentiles, milliseconds};
use tests::proxy::Cost;
use tests::walk::Step;

use crate::price::{Bill, Part, SNS_CALL, TABLE_CALL, time_of_a_million};
use crate::quota::share;
use crate::service::Sample;
use crate::{FUNCTIONS, hash};

/// What a zip file has besides its content: the two headers of one file, and the end.
const ZIP_HEADERS: usize = 150;

/// All that was measured.
pub struct Measured<'a> {
    pub folder: &'a Path,
    pub samples: &'a [Sample],
    pub costs: &'a BTreeMap<Step, Vec<Cost>>,
    /// How many files a browser loads in a login: at its first visit, and when it has kept the assets.
    pub files: [usize; 2],
    pub held_down: bool,
}

/// One function at one memory size.
struct Row {
    megabytes: u32,
    init: Percentiles,
    shortest_init: Duration,
    init_cpu: Duration,
    first: Percentiles,
    first_cpu: Duration,
    warm: Percentiles,
    warm_cpu: Duration,
    peak_memory: f64,
    logged: f64,
}

/// Prints everything and writes `lambda.json` beside the folder of the programs.
pub fn print(measured: &Measured<'_>) {
    let hash = hash::median();
    let mut all = serde_json::Map::new();
    println!("\nThe programs: size, and how they start on a whole processor, as Lambda lets them\n");
    println!(
        "{:14}{:>9}{:>9}{:>18}{:>10}{:>12}{:>12}{:>12}{:>10}",
        "", "program", "zip", "init, ms", "own", "first", "warm", "of which", "memory"
    );
    println!(
        "{:14}{:>9}{:>9}{:>18}{:>10}{:>12}{:>12}{:>12}{:>10}",
        "", "MB", "MB", "least  median", "time, ms", "answer, own", "answer, own", "no hash", "peak, MB"
    );
    let mut rows = BTreeMap::new();
    for function in FUNCTIONS {
        let of = rows_of(function, measured.samples);
        let (program, zip) = sizes(&measured.folder.join(function));
        let warm = median(of.iter().map(|row| row.warm_cpu));
        let hashes = ["deliver-code", "verify-code"].contains(&function);
        println!(
            "{function:14}{program:>9.2}{zip:>9.2}{:>18}{:>10}{:>12}{:>12}{:>12}{:>10.1}",
            format!(
                "{}  {}",
                milliseconds(of.iter().map(|row| row.shortest_init).min().expect("a row")),
                milliseconds(median(of.iter().map(|row| row.init.p50)))
            ),
            milliseconds(median(of.iter().map(|row| row.init_cpu))),
            milliseconds(median(of.iter().map(|row| row.first_cpu))),
            milliseconds(warm),
            milliseconds(if hashes { warm.saturating_sub(hash) } else { warm }),
            of.iter().map(|row| row.peak_memory).fold(0.0, f64::max),
        );
        all.insert(
            function.to_owned(),
            json!({ "program_mb": program, "zip_mb": zip, "sizes": of.iter().map(Row::json).collect::<Vec<_>>() }),
        );
        rows.insert(function, of);
    }
    print_answers(&rows, measured.held_down);
    print_hash(&rows, hash);
    let bills = print_bills(&rows, measured);
    let report = json!({
        "held_to_share": measured.held_down,
        "hash_ms": hash.as_secs_f64() * 1e3,
        "functions": all,
        "dollars_for_1000_logins": bills,
    });
    let file = measured.folder.join("../lambda.json");
    fs::write(&file, format!("{report:#}\n")).expect("a file");
    println!("\nThe same as JSON: {}", file.display());
}

fn print_answers(rows: &BTreeMap<&str, Vec<Row>>, held_down: bool) {
    println!("\nFrom event to answer at each memory size, in ms: the first, then warm p50 and p99");
    if held_down {
        println!("Measured with the processor's share that goes with the memory (a control group).\n");
    } else {
        println!(
            "Computed: measured on a whole processor, own time divided by the share; no control group can be made.\n"
        );
    }
    let sizes: Vec<_> = rows["session"].iter().map(|row| row.megabytes).collect();
    println!(
        "{:14}{}",
        "",
        sizes.iter().map(|size| format!("{:>26}", format!("{size} MB"))).collect::<Vec<_>>().concat()
    );
    for function in FUNCTIONS {
        let cells = rows[function].iter().map(|row| {
            let [first, p50, p99] = row.answers(held_down).map(milliseconds);
            format!("{first:>10}{p50:>8}{p99:>8}")
        });
        println!("{function:14}{}", cells.collect::<Vec<_>>().concat());
    }
}

fn print_hash(rows: &BTreeMap<&str, Vec<Row>>, hash: Duration) {
    println!("\nArgon2id of one code: {} ms on a whole processor; at a share of one computed\n", milliseconds(hash));
    println!("{:>10}{:>10}{:>12}{:>28}", "memory, MB", "share", "time, ms", "dollars for 1,000,000");
    for row in &rows["verify-code"] {
        let time = hash.as_secs_f64() * 1e3 / share(row.megabytes).min(1.0);
        let bill = time_of_a_million(row.megabytes, time);
        println!("{:>10}{:>10.2}{time:>12.1}{bill:>28.2}", row.megabytes, share(row.megabytes));
    }
}

/// A login with an account, all functions with the same memory. Gives the sums back by memory.
fn print_bills(rows: &BTreeMap<&str, Vec<Row>>, measured: &Measured<'_>) -> Value {
    let [first, later] = measured.files;
    println!("\nAWS's price of 1,000 logins in dollars, texts apart, all functions with the same memory");
    println!(
        "A first visit loads {first} files, a later one {later}; all in all without them, with the later, with the first\n"
    );
    println!(
        "{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>16}{:>10}{:>10}",
        "memory, MB", "Lambda", "table", "calls", "logs", "secrets", "without pages", "later", "first"
    );
    let mut bills = serde_json::Map::new();
    for megabytes in rows["session"].iter().map(|row| row.megabytes) {
        let row = |function| rows[function].iter().find(|row| row.megabytes == megabytes).expect("a row of each size");
        let bill = |files| {
            let parts = FUNCTIONS.map(|function| part(function, row(function), measured.costs, files));
            Bill::of_a_thousand(&parts)
        };
        let [without, later, first] = [0, later, first].map(bill);
        let Bill { lambda, table, calls, logs, secrets } = first;
        let [sum, later_sum, first_sum] = [without, later, first].map(|bill| bill.sum());
        println!(
            "{megabytes:>10}{lambda:>10.4}{table:>10.4}{calls:>10.4}{logs:>10.4}{secrets:>10.4}{sum:>16.4}{later_sum:>10.4}{first_sum:>10.4}"
        );
        bills.insert(megabytes.to_string(), json!({ "without_pages": without, "later": later, "first": first }));
    }
    println!(
        "\nA table call is taken to last {TABLE_CALL} ms in AWS and a text {SNS_CALL} ms; one invocation in 20 starts a process."
    );
    Value::Object(bills)
}

fn part(function: &str, row: &Row, costs: &BTreeMap<Step, Vec<Cost>>, files: usize) -> Part {
    let (step, invocations) = match function {
        "pages" => (None, f64::from(u32::try_from(files).expect("some files"))),
        "start-login" => (Some(Step::Start), 1.0),
        "deliver-code" => (Some(Step::DeliverSent), 1.0),
        "verify-code" => (Some(Step::VerifyAccount), 1.0),
        "session" => (Some(Step::Session), 1.0),
        // Only who is new meets it.
        _ => (None, 0.0),
    };
    let calls = step.map_or(&[][..], |step| &costs[&step]);
    let waits = calls.iter().map(|_| TABLE_CALL).sum::<f64>() + if function == "deliver-code" { SNS_CALL } else { 0.0 };
    Part {
        megabytes: row.megabytes,
        invocations,
        milliseconds: row.warm.p50.as_secs_f64() * 1e3 + waits,
        init: row.init.p50.as_secs_f64() * 1e3,
        has_keys: ["start-login", "deliver-code", "verify-code"].contains(&function),
        is_called: function != "deliver-code",
        logged: row.logged,
        units: calls.iter().fold((0.0, 0.0), |(write, read), call| (write + call.write, read + call.read)),
    }
}

fn rows_of(function: &str, samples: &[Sample]) -> Vec<Row> {
    let of: Vec<_> = samples.iter().filter(|sample| sample.function == function).collect();
    let mut sizes: Vec<_> = of.iter().map(|sample| sample.megabytes).collect();
    sizes.dedup();
    sizes
        .into_iter()
        .map(|megabytes| Row::of(megabytes, of.iter().copied().filter(|it| it.megabytes == megabytes)))
        .collect()
}

impl Row {
    fn of<'a>(megabytes: u32, samples: impl Iterator<Item = &'a Sample>) -> Self {
        let (cold, warm): (Vec<_>, Vec<_>) = samples.partition(|sample| sample.init.is_some());
        let inits: Vec<_> = cold.iter().filter_map(|sample| sample.init).collect();
        let logged = median(warm.iter().map(|sample| Duration::from_secs(sample.logged)));
        Self {
            megabytes,
            init: Percentiles::of(inits.iter().map(|init| init.wall)),
            shortest_init: inits.iter().map(|init| init.wall).min().expect("a start"),
            init_cpu: median(inits.iter().map(|init| init.cpu)),
            first: Percentiles::of(cold.iter().map(|sample| sample.wall)),
            first_cpu: median(cold.iter().map(|sample| sample.cpu)),
            warm: Percentiles::of(warm.iter().map(|sample| sample.wall)),
            warm_cpu: median(warm.iter().map(|sample| sample.cpu)),
            peak_memory: cold.iter().chain(&warm).map(|sample| sample.peak_memory).fold(0.0, f64::max),
            logged: logged.as_secs_f64(),
        }
    }

    /// The first answer, and the median and 99th percentile of the warm ones.
    fn answers(&self, held_down: bool) -> [Duration; 3] {
        let times = [(self.first.p50, self.first_cpu), (self.warm.p50, self.warm_cpu), (self.warm.p99, self.warm_cpu)];
        let longer = 1.0 / share(self.megabytes).min(1.0) - 1.0;
        times.map(|(wall, cpu)| if held_down { wall } else { wall + cpu.mul_f64(longer) })
    }

    fn json(&self) -> Value {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        json!({
            "memory_mb": self.megabytes,
            "init_ms": ms(self.init.p50),
            "init_least_ms": ms(self.shortest_init),
            "init_own_ms": ms(self.init_cpu),
            "first_ms": ms(self.first.p50),
            "first_own_ms": ms(self.first_cpu),
            "warm_p50_ms": ms(self.warm.p50),
            "warm_p99_ms": ms(self.warm.p99),
            "warm_own_ms": ms(self.warm_cpu),
            "peak_memory_mb": self.peak_memory,
            "logged_bytes": self.logged,
        })
    }
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    Percentiles::of(times).p50
}

/// The size of a program, and of the zip file that is uploaded, in MB of 1,000,000 bytes.
fn sizes(program: &Path) -> (f64, f64) {
    let content = fs::read(program).expect("a program");
    let mut zip = DeflateEncoder::new(Vec::new(), Compression::best());
    zip.write_all(&content).expect("memory");
    let zip = zip.finish().expect("memory").len() + ZIP_HEADERS;
    let megabytes = |bytes: usize| f64::from(u32::try_from(bytes).expect("less than 4 GB")) / 1e6;
    (megabytes(content.len()), megabytes(zip))
}
