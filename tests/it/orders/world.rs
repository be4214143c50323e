//! What can happen in a state, and what then is.

use std::collections::HashMap;

use serde_json::Value;
use shared::login::request::{CODE_LIFE, RequestId};
use shared::token::Token;
use tests::clock::BEGINNING;
use tests::phones::ADA;

use super::broken::Build;
use super::engine::{self, Engine};
use super::event::{Begin, Choice, Event, Twist};
use super::functions::{Asks, Cookie, End, Functions, Input, Next, Told};
use super::laws::{Broken, Change, Laws};
use super::notes::{Id, Notes};
use super::state::{Kind, Process, Record, State, Text};

/// Everything that states refer to.
pub struct World {
    pub notes: Notes,
    pub engine: Engine,
    pub functions: Functions,
    pub laws: Laws,
    pub build: Build,
    altered: HashMap<Id, Id>,
    /// The login requests of cookies.
    requests: HashMap<Id, Id>,
    /// When images of the stream requested their code, those that did.
    images: HashMap<Id, Option<i64>>,
}

/// A state after an event, or the law that it broke.
pub type After = Result<State, String>;

impl World {
    pub async fn new() -> Self {
        let (engine, functions) = (Engine::start().await, Functions::start().await);
        let (notes, laws) = (Notes::default(), Laws::default());
        let (altered, requests, images) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { notes, engine, functions, laws, build: Build::Whole, altered, requests, images }
    }

    /// The same with another build from now on.
    pub fn set_build(&mut self, build: Build) {
        self.build = build;
        self.altered.clear();
    }

    /// The state after an event. None when the event is none: a twist that twists nothing.
    pub async fn after(&mut self, before: &State, event: Event) -> Option<After> {
        let mut state = before.clone();
        let done = match event {
            Event::Begin(browser, begin, twist) => {
                let process = self.begin(&mut state, browser, begin).await;
                self.go_on(&mut state, process, twist).await?
            }
            Event::Deliver(place) => {
                let process = self.deliver(&mut state, place).await;
                self.go_on(&mut state, process, Twist::None).await?
            }
            Event::GoOn(place, twist) => {
                let process = state.processes.remove(place);
                self.go_on(&mut state, process, twist).await?
            }
            Event::Take(place) => {
                let process = state.processes.remove(place);
                self.take(&mut state, &process)
            }
            Event::Refuse(place) => {
                let mut process = state.processes.remove(place);
                process.told.push(Told::Refusal);
                state.refusals += 1;
                self.reach(&mut state, process, None).await.map(|_| ())
            }
            Event::Wait(seconds) => {
                (state.now, state.waits) = (state.now + seconds, state.waits + 1);
                Ok(())
            }
            Event::Sweep => {
                let now = state.now;
                state.table.retain(|(_, item)| !self.is_over(*item, now));
                Ok(())
            }
        };
        state.settle();
        Some(done.map(|()| state))
    }

    /// Whether an item's time to live is over.
    pub fn is_over(&mut self, item: Id, now: i64) -> bool {
        let end = self.laws.expires_at(&self.notes, item);
        end > 0 && now + BEGINNING.secs() >= end
    }

    /// The login request of a cookie.
    pub fn request_of(&mut self, cookie: Id) -> Id {
        if let Some(request) = self.requests.get(&cookie) {
            return *request;
        }
        let token = Token::parse(&self.notes.text(cookie)).expect("a cookie of Doorcode's");
        let request = self.notes.id(&format!("REQUEST#{} REQUEST", RequestId::of(&token).as_str()));
        self.requests.insert(cookie, request);
        request
    }

    async fn begin(&mut self, state: &mut State, browser: usize, begin: Begin) -> Process {
        let cookie = state.browsers[browser].cookie;
        let request = cookie.map(|cookie| self.request_of(cookie));
        let holder = &mut state.browsers[browser];
        let (kind, path, count) = match begin {
            Begin::Start => (Kind::Start, "/auth/login", &mut holder.starts),
            Begin::Resend => (Kind::Resend, "/auth/login/resend", &mut holder.resends),
            Begin::Submit(_) => (Kind::Submit, "/auth/code", &mut holder.submits),
            Begin::Register => (Kind::Register, "/auth/register", &mut holder.registers),
        };
        *count += 1;
        let draw = format!("{kind:?} {count} of browser {browser}");
        let typed = match (begin, request) {
            (Begin::Submit(Choice::Text(place)), Some(request)) => state.texts_of(request).get(place).map(|it| it.code),
            (Begin::Submit(_), _) => Some(self.notes.id("00000000")),
            _ => None,
        };
        let body = match kind {
            Kind::Start => format!(r#"{{"phone":"{ADA}"}}"#),
            Kind::Submit => format!(r#"{{"code":"{}"}}"#, self.notes.text(typed.expect("a code"))),
            Kind::Register => r#"{"name":"Ada"}"#.to_owned(),
            Kind::Resend | Kind::Deliver(_) => "{}".to_owned(),
        };
        let input = Input { asks: Asks::Api { path, cookie, body }, now: state.now, draw };
        self.process(input, kind, browser, request, typed).await
    }

    async fn deliver(&mut self, state: &mut State, place: usize) -> Process {
        let record = &mut state.records[place];
        record.deliveries += 1;
        let (image, request, draw) = (record.image, record.request, record.deliveries);
        let number = number(&self.notes.value(image), "code_requests").expect("a code request");
        let draw = format!("delivery {draw} of code request {number} of {request}");
        let input = Input { asks: Asks::Record(image), now: state.now, draw };
        self.process(input, Kind::Deliver(number), usize::MAX, Some(request), None).await
    }

    async fn process(
        &mut self,
        input: Input,
        kind: Kind,
        browser: usize,
        request: Option<Id>,
        typed: Option<Id>,
    ) -> Process {
        let input = self.functions.id(input);
        let next = self.functions.run(&mut self.notes, input, &[]).await.next;
        let (told, late) = (Vec::new(), Vec::new());
        Process { input, told, next, compares: 0, kind, browser, request, typed, proves: false, repeat: None, late }
    }

    /// Makes the next call of a function, and runs it as far as the one after that.
    async fn go_on(&mut self, state: &mut State, mut process: Process, twist: Twist) -> Option<Broken> {
        let Next::Call(call) = process.next else {
            let Next::Over(end) = process.next else { return None };
            return (twist == Twist::None).then(|| Self::end(state, &process, end, true)).map(Ok);
        };
        let late = std::mem::take(&mut process.late);
        if let Err(broken) = self.write(state, &process, &late) {
            return Some(Err(broken));
        }
        let (answer, is_done) = if let Some(answer) = process.repeat.take() {
            (answer, true)
        } else {
            let call = self.altered(call);
            let judged = self.engine.judge(&mut self.notes, call, &state.table).await;
            if self.build.writes_late(&self.notes.text(call)) {
                process.late.clone_from(&judged.changes);
            } else if let Err(broken) = self.write(state, &process, &judged.changes) {
                return Some(Err(broken));
            }
            (judged.reply, judged.is_done)
        };
        if twist == Twist::LostCall {
            state.losses += 1;
            let is_kept = is_done && !self.build.repeats() && self.notes.text(call).starts_with("TransactWriteItems");
            process.repeat = is_kept.then_some(answer);
            process.told.push(Told::Nothing);
            return Some(self.reach(state, process, None).await.map(|_| ()));
        }
        process.told.push(Told::Answer(answer));
        let hears = twist != Twist::LostAnswer;
        match self.reach(state, process, Some((answer, hears))).await {
            Ok(is_heard) if hears || is_heard => Some(Ok(())),
            Ok(_) => None,
            Err(broken) => Some(Err(broken)),
        }
    }

    /// Runs a function with what it was told. Gives back whether its answer made a difference to its browser.
    async fn reach(
        &mut self,
        state: &mut State,
        mut process: Process,
        told: Option<(Id, bool)>,
    ) -> Result<bool, String> {
        let (mut answer, hears) = told.map_or((None, true), |(answer, hears)| (Some(answer), hears));
        loop {
            let reached = self.functions.run(&mut self.notes, process.input, &process.told).await;
            let now = BEGINNING.secs() + self.functions.input(process.input).now;
            if let Some(answer) = answer.filter(|_| reached.compares > process.compares) {
                process.compares = reached.compares;
                Laws::compared(&mut self.notes, state, &mut process, answer, now)?;
            }
            process.next = reached.next;
            match process.next {
                Next::Over(end) => {
                    let matters = end.cookie != Cookie::Kept;
                    state.losses += u8::from(!hears);
                    Self::end(state, &process, end, hears);
                    return Ok(matters);
                }
                // After a wrong code nothing is read or written that anything else depends on.
                Next::Call(call) if process.kind == Kind::Submit && process.compares > 0 && !process.proves => {
                    if !process.late.is_empty() {
                        break;
                    }
                    let judged = self.engine.judge(&mut self.notes, call, &state.table).await;
                    self.write(state, &process, &judged.changes)?;
                    process.told.push(Told::Answer(judged.reply));
                    answer = Some(judged.reply);
                }
                Next::Call(_) | Next::Text(_) => break,
            }
        }
        state.processes.push(process);
        Ok(false)
    }

    fn end(state: &mut State, process: &Process, end: End, hears: bool) {
        if let (Some(browser), true) = (state.browsers.get_mut(process.browser), hears) {
            match end.cookie {
                Cookie::Kept => {}
                Cookie::Set(cookie) => browser.cookie = Some(cookie),
                Cookie::Cleared => browser.cookie = None,
            }
        }
    }

    /// SNS takes the text, and the function is done.
    fn take(&mut self, state: &mut State, process: &Process) -> Broken {
        let (Next::Text(code), Kind::Deliver(number), Some(request)) = (process.next, process.kind, process.request)
        else {
            return Err("a text by who sends none".into());
        };
        let Asks::Record(image) = self.functions.input(process.input).asks else { return Err("no record".into()) };
        let image = self.notes.value(image);
        let of = |name| self::number(&image, name).unwrap_or_default();
        let ends = (of("requested_at") + CODE_LIFE).min(of("expires_at"));
        state.texts.push(Text { request, number, code, ends });
        Laws::texted(state, request, number)
    }

    /// Writes to the table, looks at the laws, and lets the stream see it.
    fn write(&mut self, state: &mut State, process: &Process, changes: &[(Id, Option<Id>)]) -> Broken {
        let before = state.table.clone();
        let changes: Vec<_> = changes
            .iter()
            .map(|(key, after)| Change { key: *key, before: engine::item(&before, *key), after: *after })
            .collect();
        for Change { key, after, .. } in &changes {
            engine::set(&mut state.table, *key, *after);
            if let Some((image, requested_at)) = after.and_then(|image| Some((image, self.requested_at(image)?))) {
                let record = Record { image, request: *key, requested_at, deliveries: 0 };
                if !state.records.iter().any(|known| known.image == image) {
                    state.records.push(record);
                }
            }
        }
        let now = BEGINNING.secs() + self.functions.input(process.input).now;
        self.laws.changed(&mut self.notes, state, process, &changes, now)
    }

    /// When this image requested a code, if the filter of the stream lets it through (`infra/template.yaml`).
    fn requested_at(&mut self, image: Id) -> Option<i64> {
        if let Some(requested_at) = self.images.get(&image) {
            return *requested_at;
        }
        let item = self.notes.value(image);
        let is_let_through = item["state"]["S"] == "requested" && item["untried"]["S"] == "yes";
        let requested_at = number(&item, "requested_at").filter(|_| is_let_through);
        self.images.insert(image, requested_at);
        requested_at
    }

    fn altered(&mut self, call: Id) -> Id {
        if let Some(altered) = self.altered.get(&call) {
            return *altered;
        }
        let (operation, mut body) = engine::split(&self.notes, call);
        self.build.alter(&operation, &mut body);
        let body = self.notes.json(&body);
        let text = format!("{operation} {}", self.notes.text(body));
        let altered = self.notes.id(&text);
        self.altered.insert(call, altered);
        altered
    }
}

/// A number of an item.
pub fn number(item: &Value, name: &str) -> Option<i64> {
    item[name]["N"].as_str().and_then(|text| text.parse().ok())
}
