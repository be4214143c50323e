//! A function, run as far as its next call to the table.
//!
//! What a function does depends on its input, its moment, its randomness and the answers that it got so far, and on nothing
//! else. So a function under way is a list of answers: to go on with it, it is run from its beginning with all of them.
//! These are the deployed functions, wired as in `infra/local`.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use local::{EmbeddedDynamoDb, Local, Options};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use shared::brand::Brand;
use shared::http::{Origins, TrustedProxy};
use shared::keys::{CodeKeys, NumberKeys};
use shared::phone::Countries;
use shared::root_secret::RootSecret;
use shared::sending::ip_limit::IpLimits;
use shared::time::Timestamp;
use tests::answer::Answer;
use tests::browser::ORIGIN;
use tests::clock::ManualClock;
use tests::phones::ADA;
use tests::stack::{code_in, policy};

use super::notes::{Id, Notes};
use super::script::Script;

/// What begins a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Input {
    /// What is asked of it.
    pub asks: Asks,
    /// When, in seconds after the beginning.
    pub now: i64,
    /// Names its randomness.
    pub draw: String,
}

/// What is asked of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Asks {
    /// A call of the API, with the login cookie of its browser.
    Api { path: &'static str, cookie: Option<Id>, body: String },
    /// A record of the table's stream, with this image.
    Record(Id),
}

/// What a function got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Told {
    /// This answer of the table.
    Answer(Id),
    /// None, although the table may have done it.
    Nothing,
    /// A refusal of SNS.
    Refusal,
}

/// What a function does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Next {
    /// It calls the table.
    Call(Id),
    /// It hands a text with this code to SNS.
    Text(Id),
    /// It is done.
    Over(End),
}

/// How a function ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct End {
    /// The status of its answer; zero of a record that is done, one of a record that must come again.
    pub status: u16,
    /// What becomes of the browser's login cookie.
    pub cookie: Cookie,
}

/// What becomes of a login cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cookie {
    Kept,
    Set(Id),
    Cleared,
}

/// How far a function came.
#[derive(Clone, Copy, Debug)]
pub struct Reached {
    pub next: Next,
    /// How many codes were compared until then.
    pub compares: u64,
}

/// The functions.
pub struct Functions {
    /// Doorcode with a phone that takes texts, and with one that refuses them.
    takes: Local,
    refuses: Local,
    script: Script,
    clock: ManualClock,
    seed: Arc<AtomicU64>,
    inputs: Vec<Input>,
    ids: HashMap<Input, Id>,
    known: HashMap<(Id, Vec<Told>), Reached>,
    /// The codes that went out, by their hashes.
    codes: HashMap<String, Id>,
}

impl Functions {
    pub async fn start() -> Self {
        let (script, clock, seed) = (Script::start().await, ManualClock::new(), Arc::new(AtomicU64::new(0)));
        let secret = RootSecret::generate(&mut StdRng::seed_from_u64(1));
        let wired = || async {
            let engine = EmbeddedDynamoDb::memory(clock.shared()).await.expect("an engine");
            let seed = seed.clone();
            let options = Options {
                clock: clock.shared(),
                randomness: Arc::new(move || Box::new(StdRng::seed_from_u64(seed.load(Ordering::SeqCst)))),
                origins: Origins::parse(ORIGIN).expect("an origin"),
                proxy: TrustedProxy::None,
                number_keys: NumberKeys::derive(&secret),
                code_keys: CodeKeys::derive(&secret),
                brand: Brand::default(),
                countries: Countries::parse("SE", "SE").expect("countries").with_test_numbers(),
                ip_limits: IpLimits::default(),
                policy: policy(),
                functions: None,
                functions_dynamodb: Some(script.endpoint.clone()),
                attempt_timeout: Duration::from_mins(2),
            };
            Local::start(engine, options).await.expect("a local Doorcode")
        };
        let (takes, refuses) = (wired().await, wired().await);
        refuses.inbox.opt_out(ADA);
        let (inputs, ids, known, codes) = (Vec::new(), HashMap::new(), HashMap::new(), HashMap::new());
        Self { takes, refuses, script, clock, seed, inputs, ids, known, codes }
    }

    /// How often a function was run.
    pub fn runs(&self) -> usize {
        self.known.len()
    }

    /// The number of an input.
    pub fn id(&mut self, input: Input) -> Id {
        if let Some(id) = self.ids.get(&input) {
            return *id;
        }
        let id = Id::try_from(self.inputs.len()).expect("fewer inputs");
        self.inputs.push(input.clone());
        self.ids.insert(input, id);
        id
    }

    /// The input of a number.
    pub fn input(&self, id: Id) -> &Input {
        &self.inputs[id as usize]
    }

    /// Runs a function until it needs an answer that it was not told.
    pub async fn run(&mut self, notes: &mut Notes, input: Id, told: &[Told]) -> Reached {
        if let Some(reached) = self.known.get(&(input, told.to_vec())) {
            return *reached;
        }
        let reached = self.run_anew(notes, input, told).await;
        if let (Next::Text(code), Some((_, before))) = (reached.next, told.split_last())
            && let Some(Reached { next: Next::Call(call), .. }) = self.known.get(&(input, before.to_vec()))
            && let Some(hash) = hash_in(&notes.text(*call))
        {
            self.codes.insert(hash.to_owned(), code);
        }
        self.known.insert((input, told.to_vec()), reached);
        reached
    }

    /// An answer as the function gets it. What costs most is Argon2id: a hash of another code than the one that was typed
    /// says that it was made at the least cost. It does not match one way or the other.
    fn said(&self, notes: &Notes, asks: &Asks, told: Told) -> super::script::Told {
        let Told::Answer(answer) = told else { return None };
        let answer = notes.text(answer);
        let (status, body) = answer.split_once(' ').expect("an answer");
        let mut body = body.to_owned();
        if let Asks::Api { path: "/auth/code", body: typed, .. } = asks {
            let is_typed = |hash: &str| self.codes.get(hash).is_some_and(|code| typed.contains(&*notes.text(*code)));
            let hashes = body.match_indices(HASH).map(|(at, _)| at);
            let others: Vec<_> = hashes.filter(|at| !hash_in(&body[*at..]).is_some_and(is_typed)).collect();
            for at in others.into_iter().rev() {
                body.replace_range(
                    at..at + HASH.len(),
                    &HASH.replace("19456", "8").replace(r#"{"N":"2"}"#, r#"{"N":"1"}"#),
                );
            }
        }
        Some((status.parse().expect("a status"), body))
    }

    async fn run_anew(&self, notes: &mut Notes, input: Id, told: &[Told]) -> Reached {
        let Input { asks, now, draw } = self.input(input).clone();
        self.clock.advance(tests::clock::BEGINNING.secs() + now - self.clock.now().secs());
        self.seed.store(seed(&draw), Ordering::SeqCst);
        let local = if told.contains(&Told::Refusal) { &self.refuses } else { &self.takes };
        let before = (local.metrics.codes_compared.value(), local.metrics.texts_sent.value());
        let answers = told.iter().filter(|told| **told != Told::Refusal);
        let answers: VecDeque<_> = answers.map(|told| self.said(notes, &asks, *told)).collect();
        let mut asked = self.script.begin(answers);
        let asks = match asks {
            Asks::Api { path, cookie, body } => {
                Ok(request(path, cookie.map(|cookie| notes.text(cookie)).as_deref(), &body))
            }
            Asks::Record(image) => Err(record(notes, image, self.clock.now())),
        };
        let end = async {
            match asks {
                Ok(request) => Ended::Api(Answer::new(local.gateway.call(request, HERE).await)),
                Err(record) => Ended::Record(local.hand_over(record).await.expect("a function")),
            }
        };
        tokio::pin!(end);
        // A call comes before the end, if one comes.
        let (next, compares) = tokio::select! {
            biased;
            Some((operation, mut body)) = asked.recv() => {
                let compares = local.metrics.codes_compared.value();
                self.script.give_up();
                drop(end.await);
                // The SDK draws it for each call.
                body.as_object_mut().expect("an object").remove("ClientRequestToken");
                (Err((operation, body)), compares)
            }
            end = &mut end => (Ok(end), local.metrics.codes_compared.value()),
        };
        let compares = compares - before.0;
        let next = match next {
            Err((operation, body)) => {
                let body = notes.json(&body);
                let call = format!("{operation} {}", notes.text(body));
                Next::Call(notes.id(&call))
            }
            Ok(Ended::Record(_)) if local.metrics.texts_sent.value() > before.1 => {
                let texts = local.inbox.messages();
                Next::Text(notes.id(&code_in(&texts.last().expect("a text").text)))
            }
            Ok(Ended::Record(is_done)) => Next::Over(End { status: u16::from(!is_done), cookie: Cookie::Kept }),
            Ok(Ended::Api(answer)) => Next::Over(End { status: answer.status, cookie: cookie(notes, &answer) }),
        };
        Reached { next, compares }
    }
}

/// How a function ended.
enum Ended {
    Api(Answer),
    Record(bool),
}

/// All browsers have one address: limits by address are tested elsewhere.
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 18, 100, 100));

fn seed(draw: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    draw.hash(&mut hasher);
    hasher.finish()
}

/// How a hash of a code begins in an item.
const HASH: &str = r#"{"M":{"cost":{"M":{"m":{"N":"19456"},"p":{"N":"1"},"t":{"N":"2"}}},"hash":{"S":""#;

/// The first hash of a code in a text.
fn hash_in(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(HASH)?;
    rest.split('"').next()
}

fn request(path: &str, cookie: Option<&str>, body: &str) -> Request<Bytes> {
    let request = Request::builder().method(Method::POST).uri(path).header("host", "login.example");
    let request = request.header("origin", ORIGIN).header("sec-fetch-site", "same-origin");
    let request = request.header("content-type", "application/json");
    let request = match cookie {
        Some(cookie) => request.header("cookie", format!("__Host-login={cookie}")),
        None => request,
    };
    request.body(Bytes::from(body.to_owned())).expect("a request")
}

/// A record as the stream brings it.
fn record(notes: &Notes, image: Id, now: Timestamp) -> serde_json::Value {
    let image = notes.value(image);
    json!({
        "eventID": "1", "eventName": "MODIFY", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "eventSourceARN": "arn:stream", "awsRegion": "local",
        "dynamodb": {
            "ApproximateCreationDateTime": now, "Keys": {"pk": image["pk"], "sk": image["sk"]}, "NewImage": image,
            "SequenceNumber": "1", "SizeBytes": 1, "StreamViewType": "NEW_IMAGE",
        },
    })
}

fn cookie(notes: &mut Notes, answer: &Answer) -> Cookie {
    match answer.cookie("__Host-login") {
        Some(cookie) if cookie.clears() => Cookie::Cleared,
        Some(cookie) => Cookie::Set(notes.id(&cookie.value)),
        None => Cookie::Kept,
    }
}
