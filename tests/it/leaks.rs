//! Canaries: a known number, name, code, cookie and secret go through everything that Doorcode does, and every place is
//! searched for them afterwards (L-02).

use http::Method;
use secrecy::ExposeSecret;
use tests::answer::Answer;
use tests::browser::{Browser, other_code};
use tests::logs::Logs;
use tests::needles::Needle;
use tests::phones::{ADA, ADA_NATIONAL};
use tests::proxy::{InjectedFault, Times};
use tests::stack::Stack;
use tracing::Level;

/// A number as an answer to its start shows it.
const SHOWN: &str = "the number as it is shown";
const NAME: &str = "Canary Kanariefågel";

/// What happened in a journey: every answer, and everything personal that came up.
#[derive(Default)]
struct Journey {
    answers: Vec<(String, Answer)>,
    secrets: Vec<Needle>,
}

impl Journey {
    fn saw(&mut self, step: &str, answer: Answer) {
        for cookie in answer.cookies().into_iter().filter(|cookie| !cookie.clears()) {
            // A device cookie has a token and what certifies it.
            let parts = cookie.value.split('.');
            self.secrets.extend(parts.map(|part| Needle::token("a cookie", part)));
        }
        self.answers.push((step.to_owned(), answer));
    }

    fn knows(&mut self, what: &'static str, value: &str) {
        self.secrets.push(Needle::new(what, value));
    }

    /// Everything that can happen to a person, good and bad.
    async fn take(stack: &Stack) -> Self {
        let mut journey = Self::default();
        journey.knows("the number", ADA);
        journey.knows("the number without its plus", &ADA[1..]);
        journey.knows("the national number", "0701740605");
        journey.knows("the number as it was typed", ADA_NATIONAL);
        journey.knows(SHOWN, "70 174 06 05");
        for (what, secret) in [("the number secret", stack.secret()), ("the code secret", stack.code_secret())] {
            journey.knows(what, secret.expose_secret());
            journey.secrets.push(Needle::token(what, secret.expose_secret()));
        }

        let mut browser = stack.browser();
        journey.log_in(stack, &mut browser, ADA, true).await;
        journey.account(&mut browser).await;
        journey.log_in(stack, &mut browser, ADA_NATIONAL, false).await;
        journey.failures(stack).await;
        journey
    }

    async fn log_in(&mut self, stack: &Stack, browser: &mut Browser, typed: &str, registers: bool) {
        self.saw("start", browser.start(typed).await);
        self.saw("a code before the text", browser.submit("271828").await);
        stack.deliver().await;
        self.knows("a code", &stack.newest_code(ADA));
        stack.advance(30);
        self.saw("resend", browser.resend().await);
        stack.deliver().await;
        let code = stack.newest_code(ADA);
        self.knows("a code", &code);
        self.knows("a wrong code", &other_code(&code, 4_711));
        self.saw("a wrong code", browser.submit(&other_code(&code, 4_711)).await);
        self.saw("the right code", browser.submit(&code).await);
        if registers {
            self.saw("register", browser.register(NAME).await);
        }
    }

    async fn account(&mut self, browser: &mut Browser) {
        self.saw("session", browser.session().await);
        let mut other = browser.clone();
        self.saw("sign out", browser.sign_out().await);
        self.saw("no session", other.session().await);
    }

    /// Refusals and failures, which are what gets logged most.
    async fn failures(&mut self, stack: &Stack) {
        let mut browser = stack.browser();
        for typed in [ADA_NATIONAL, "+46701740605;ext=1", "+46701740605\u{0}", "\n\"+46701740605\""] {
            self.saw("a number", browser.start(typed).await);
        }
        let query = browser.request(&Method::POST, &format!("/auth/login?phone={}", &ADA[1..]));
        let query = query.body(bytes::Bytes::from_static(b"{}")).expect("a request");
        self.saw("a number in the query", browser.send(query).await);
        let body = format!("{{\"phone\":\"{ADA}\",\"x\":1}}");
        self.saw("a field too many", browser.ask(&Method::POST, "/auth/login", body.into()).await);
        self.saw("no page", browser.ask(&Method::GET, &format!("/auth/{}", &ADA[1..]), bytes::Bytes::new()).await);

        stack.inbox().refuse_next();
        stack.advance(1_000);
        self.saw("start", browser.start(ADA).await);
        stack.deliver().await;
        for signature in
            ["TransactWriteItems", "UpdateItem REQUEST/REQUEST", "GetItem NUMBER/OWNER", "GetItem SESSION/SESSION"]
        {
            stack.proxy().fail_all(signature, InjectedFault::Throttled, Times::Always);
            self.saw("start", browser.clone().start(ADA).await);
            stack.deliver().await;
            self.saw("a code", browser.submit("314159").await);
            self.saw("register", browser.register(NAME).await);
            self.saw("session", browser.session().await);
            stack.proxy().heal();
        }
        self.knows("a guess", "271828");
        self.knows("a guess", "314159");
    }
}

/// No log line at the finest level holds anything personal, in any form (L-02, L-04).
#[tokio::test]
async fn the_log_holds_nothing_personal() {
    let logs = Logs::capture();
    let stack = Stack::watched().await;
    let journey = Journey::take(&stack).await;
    assert!(logs.lines().len() > 20, "only {} lines: the capture is broken", logs.lines().len());
    let text = logs.text();
    for secret in &journey.secrets {
        secret.assert_absent("the log", &text);
    }
    Needle::new("the name", NAME).assert_absent("the log", &text);

    // The same search finds what is there: one line of each kind that a careless change could add.
    tracing::info!(target: "shared", phone = ADA, "planted");
    tracing::trace!(target: "verify_code", "planted {:?}", journey.answers[0].1.headers);
    let text = logs.text();
    assert!(journey.secrets.iter().filter(|secret| secret.find(&text).is_some()).count() >= 3, "the search is blind");
}

/// Libraries, which would write whole requests, are not heard below errors at any level (L-02).
#[tokio::test]
async fn libraries_are_not_heard() {
    let logs = Logs::capture();
    for level in [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN] {
        match level {
            Level::TRACE => tracing::trace!(target: "aws_smithy_runtime::client", "a request with everything"),
            Level::DEBUG => tracing::debug!(target: "lambda_runtime", "raw JSON event received from Lambda"),
            Level::INFO => tracing::info!(target: "hyper", "a header"),
            _ => tracing::warn!(target: "lambda_http", "an event"),
        }
    }
    assert_eq!(logs.text(), "");
    tracing::trace!(target: "verify_code", "ours");
    assert_eq!(logs.lines().len(), 1);
}

/// No answer tells anything personal but in its place: a cookie in `Set-Cookie`, the name to its owner, the number
/// masked (L-02, P-07, C-18).
#[tokio::test]
async fn answers_hold_nothing_personal_but_in_its_place() {
    let stack = Stack::watched().await;
    let journey = Journey::take(&stack).await;
    for (step, answer) in &journey.answers {
        let headers = answer.headers.iter().filter(|(name, _)| name != "set-cookie");
        let headers = headers.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n");
        // Who typed the number is shown it, once.
        let shows_number = ["start", "a number"].contains(&step.as_str()) && answer.status == 202;
        let body = if shows_number { answer.text_but_names() } else { answer.text().to_owned() };
        for secret in &journey.secrets {
            // The example in a refusal is the same number.
            if answer.status < 400 || secret.what != SHOWN {
                secret.assert_absent(&format!("the body of {step}"), &body);
            }
            secret.assert_absent(&format!("a header of {step}"), &headers);
        }
        for cookie in answer.headers("set-cookie") {
            for secret in journey.secrets.iter().filter(|secret| secret.what != "a cookie") {
                secret.assert_absent(&format!("a cookie of {step}"), cookie);
            }
        }
        if answer.status >= 400 {
            Needle::new("the name", NAME).assert_absent(step, answer.text());
        }
    }
    let (step, sent) = &journey.answers[0];
    assert!(Needle::new("the masked number", "•••••••05").find(sent.text()).is_some(), "the search of {step} is blind");
}

/// Ids say nothing about numbers (E-10).
#[tokio::test]
async fn user_ids_say_nothing_about_numbers() {
    let mut ids = std::collections::HashSet::new();
    for _ in 0..2 {
        let stack = Stack::new().await;
        let id = stack.browser().sign_in(ADA).await.json()["user"]["id"].as_str().expect("an id").to_owned();
        Needle::with_digests("the number", ADA).assert_absent("a user id", &id);
        assert!(id.len() >= 22, "128 random bits: {id}");
        assert!(ids.insert(id), "one number gets one id everywhere");
    }
}

/// The types that hold secrets do not print them.
#[tokio::test]
async fn secrets_do_not_print() {
    let stack = Stack::new().await;
    let printed =
        format!("{:?} {:?} {:?}", stack.number_keys(), stack.code_keys(), (stack.secret(), stack.code_secret()));
    for secret in [stack.secret(), stack.code_secret()] {
        Needle::new("a root secret", secret.expose_secret()).assert_absent("what is printed", &printed);
    }
    let phone = shared::phone::Countries::every("SE").expect("countries").read(ADA).expect("a number");
    Needle::new("the number", ADA).assert_absent("what is printed", &format!("{phone:?}"));
}
