//! What AWS asks for a login, texts apart: list prices of us-east-1 (N. Virginia) for arm64, in US dollars, without the
//! free tier, as AWS published them in 2025. Prices change; look them up before you count on the sum.

/// Lambda: one request, and a GB-second, which counts a start too ("AWS Lambda standardizes billing for INIT phase",
/// since 1 August 2025).
const REQUEST: f64 = 0.20 / 1e6;
const GB_SECOND: f64 = 0.000_013_333_4;
/// DynamoDB on demand: a write and a read request unit (since 1 November 2024). The stream costs nothing for Lambda.
const WRITE_UNIT: f64 = 0.625 / 1e6;
const READ_UNIT: f64 = 0.125 / 1e6;
/// API Gateway, HTTP APIs: one call of the first 300 million in a month.
const CALL: f64 = 1.00 / 1e6;
/// CloudWatch Logs: a byte that is taken in; storing it for 30 days is a fiftieth of that.
const LOG_BYTE: f64 = 0.50 / 1e9;
/// Secrets Manager: one call, made at each start of a function that has keys.
const SECRET_CALL: f64 = 0.05 / 1e4;

/// Bytes that Lambda itself logs about an invocation (start, end and report as JSON), and API Gateway about a call with
/// the template's access log. Estimated from their forms.
const INVOCATION_LOG: f64 = 700.0;
const ACCESS_LOG: f64 = 420.0;

/// One invocation in so many has to start a new process first; a guess for a service that is used all day.
const STARTS: f64 = 1.0 / 20.0;

/// Milliseconds that a call takes in AWS which takes next to none here: DynamoDB's answers in "single-digit milliseconds",
/// and SNS's. Assumed, so that the bill is not told too low.
pub const TABLE_CALL: f64 = 4.0;
/// The same for a text that is handed to SNS.
pub const SNS_CALL: f64 = 60.0;

/// What one function does in a login.
pub struct Part {
    /// Its memory, in MB.
    pub megabytes: u32,
    /// Invocations.
    pub invocations: f64,
    /// Milliseconds of one, waiting in AWS included.
    pub milliseconds: f64,
    /// Milliseconds of a start.
    pub init: f64,
    /// Whether it reads the secret when it starts.
    pub has_keys: bool,
    /// Whether API Gateway calls it.
    pub is_called: bool,
    /// Bytes that one invocation logs.
    pub logged: f64,
    /// Write and read units of the table for one invocation.
    pub units: (f64, f64),
}

/// Dollars for the time of a million invocations that last so long.
pub fn time_of_a_million(megabytes: u32, milliseconds: f64) -> f64 {
    1e6 * gb_seconds(megabytes, milliseconds) * GB_SECOND
}

fn gb_seconds(megabytes: u32, milliseconds: f64) -> f64 {
    milliseconds / 1e3 * f64::from(megabytes) / 1_024.0
}

/// Dollars, split as a bill is.
#[derive(Clone, Copy, Default, serde::Serialize)]
pub struct Bill {
    /// Lambda.
    pub lambda: f64,
    /// DynamoDB.
    pub table: f64,
    /// API Gateway.
    pub calls: f64,
    /// CloudWatch Logs.
    pub logs: f64,
    /// Secrets Manager.
    pub secrets: f64,
}

impl Bill {
    /// Of a thousand logins.
    pub fn of_a_thousand(parts: &[Part]) -> Self {
        parts.iter().fold(Self::default(), |bill, part| {
            let times = part.invocations * 1_000.0;
            // Lambda counts each started millisecond.
            let billed = part.milliseconds.ceil() + STARTS * part.init.ceil();
            let gb_seconds = gb_seconds(part.megabytes, billed);
            let access = if part.is_called { 1.0 } else { 0.0 };
            let secret = if part.has_keys { STARTS } else { 0.0 };
            Self {
                lambda: bill.lambda + times * (REQUEST + gb_seconds * GB_SECOND),
                table: bill.table + times * (part.units.0 * WRITE_UNIT + part.units.1 * READ_UNIT),
                calls: bill.calls + times * access * CALL,
                logs: bill.logs + times * (part.logged + INVOCATION_LOG + access * ACCESS_LOG) * LOG_BYTE,
                secrets: bill.secrets + times * secret * SECRET_CALL,
            }
        })
    }

    /// All of it.
    pub fn sum(&self) -> f64 {
        self.lambda + self.table + self.calls + self.logs + self.secrets
    }
}
