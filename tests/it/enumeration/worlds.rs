//! Two worlds that differ in one account, and everything that somebody without that phone can see of them.

use std::sync::LazyLock;

use aws_sdk_dynamodb::types::AttributeValue;
use regex::{Captures, Regex};
use shared::sending::quota::QuotaLimits;
use shared::time::DAY;
use tests::answer::Answer;
use tests::browser::{Browser, other_code};
use tests::dump;
use tests::proxy::Call;
use tests::stack::Stack;

use super::builds::Injected;
use super::histories::{Action, BROWSERS, History, Hold, number, phone};

/// How long a number is left alone before the next code request, where its owner may have signed in meanwhile: longer than
/// its retry delay after [`SPACED`] texts.
const SPACE: i64 = 1_200;
const SPACED: usize = 6;

/// One world.
struct World {
    stack: Stack,
    has_account: bool,
    browsers: Vec<Browser>,
    /// The number that each browser requested a code for.
    asked: Vec<Option<String>>,
    /// The browsers that registered the number, and the other one.
    recognized: [Option<Browser>; 2],
    /// Texts that were looked at.
    read: usize,
}

/// The number, and another one with an account in both worlds, for which nobody else requests codes.
fn the_number() -> String {
    number(7, 0)
}

fn another() -> String {
    number(9, 0)
}

/// The two worlds, before anything happens in them.
pub struct Worlds([World; 2]);

impl Worlds {
    pub async fn prepare() -> Self {
        Self([World::prepared(true).await, World::prepared(false).await])
    }

    /// Plays a history in both worlds. Gives back the first difference that an outsider sees.
    pub async fn difference(&self, history: &History, injected: Option<Injected>) -> Option<String> {
        let [with, without] = &self.0;
        play(history, [with.begun(history, injected).await, without.begun(history, injected).await]).await
    }
}

async fn play(history: &History, mut worlds: [World; 2]) -> Option<String> {
    let (mut requests, mut last) = (0, 0);
    for (place, action) in history.actions.iter().enumerate() {
        let is_for_the_number = match action {
            Action::RequestForTheNumber(_) | Action::Owner { is_recognized: false } | Action::Holder => true,
            Action::Resend(browser) => worlds[0].asked[*browser].as_ref() == Some(&the_number()),
            _ => false,
        };
        if is_for_the_number && history.is_spaced() {
            if requests == SPACED {
                continue;
            }
            let pause = (last + SPACE - worlds[0].stack.now().secs()).max(0);
            for world in &worlds {
                world.stack.advance(pause);
            }
            (requests, last) = (requests + 1, worlds[0].stack.now().secs());
        }
        let mut seen = [Vec::new(), Vec::new()];
        match action {
            Action::Owner { is_recognized } => {
                let limits = &history.policy.limits;
                let mut is_comparable = true;
                for world in &worlds {
                    is_comparable &= !is_recognized || !world.recognized_quota_is_used_up(limits).await;
                }
                if is_comparable {
                    owner(&mut worlds, *is_recognized).await;
                }
            }
            Action::Holder if !history.has_a_holder() => {}
            Action::Holder => {
                for world in &mut worlds {
                    world.holder().await;
                }
            }
            _ => {
                for (world, seen) in worlds.iter_mut().zip(&mut seen) {
                    seen.extend(world.act(*action).await);
                }
            }
        }
        for (world, seen) in worlds.iter_mut().zip(&mut seen) {
            seen.extend(world.new_texts().await);
        }
        let [with, without] = seen;
        if with != without {
            let told = format!("after {place}, {action:?}:\nwith account {with:#?}\nwithout {without:#?}");
            return Some(told);
        }
    }
    None
}

/// The owner signs in. In the world without account the holder of the phone only requests the code, on a new browser, or
/// does nothing; there the owner of another number signs in instead, so that as many people sign in in both. A recognized
/// browser does so only while the quota of recognized browsers has room: after that it is counted as what it is not.
async fn owner(worlds: &mut [World; 2], is_recognized: bool) {
    let mut codes = Vec::new();
    let mut browsers = Vec::new();
    for world in worlds.iter_mut() {
        let signs_in = usize::from(!world.has_account);
        let mut both = Vec::new();
        for (place, phone) in [the_number(), another()].iter().enumerate() {
            let browser = if is_recognized { world.recognized[place].clone() } else { Some(world.stack.browser()) };
            // On a recognized browser nobody does anything but whoever signs in.
            let browser = browser.filter(|_| !is_recognized || place == signs_in);
            both.push(match browser {
                Some(mut browser) => (world.code(&mut browser, phone).await, Some(browser)),
                None => (None, None),
            });
        }
        let (code, browser) = both.swap_remove(signs_in);
        codes.push(code);
        browsers.push(browser);
    }
    // Either both or nobody.
    if codes.iter().all(Option::is_some) {
        for ((world, code), browser) in worlds.iter_mut().zip(codes).zip(browsers) {
            let (Some(code), Some(mut browser)) = (code, browser) else { continue };
            let signed_in = browser.submit(&code).await;
            assert_eq!(signed_in.status, 200, "{signed_in:?}");
            if is_recognized {
                world.recognized[usize::from(!world.has_account)] = Some(browser);
            }
        }
    }
}

impl World {
    /// A world in which nothing happened yet but what both worlds begin with.
    async fn prepared(has_account: bool) -> Self {
        let stack = Stack::new().await;
        let mut recognized = [None, None];
        for (place, phone) in [the_number(), another()].iter().enumerate() {
            if has_account || place == 1 {
                let mut browser = stack.browser();
                browser.sign_in(phone).await;
                recognized[place] = Some(browser);
            }
        }
        // An outsider with an account, too.
        let mut outsider = stack.browser();
        outsider.sign_in(&phone(0)).await;
        Self { browsers: vec![outsider], asked: Vec::new(), recognized, read: 0, has_account, stack }
    }

    /// A world like this one in which a history can begin.
    async fn begun(&self, history: &History, injected: Option<Injected>) -> Self {
        let stack = self.stack.watched_copy_with(history.policy).await;
        stack.advance(history.days * DAY);
        // What the stream has is too old by now.
        stack.deliver().await;
        if let Some(hold) = history.hold {
            keep_texts_from_the_number(&stack, hold, self.has_account).await;
        }
        if let Some(injected) = injected {
            let number = stack.number_keys().number_id(&the_number());
            if let Some(alter) = injected.alter(self.has_account, number.as_str()) {
                stack.proxy().alter(alter);
            }
        }
        let recognized = self.recognized.clone().map(|browser| browser.map(|browser| browser.at(&stack)));
        let mut browsers = vec![self.browsers[0].clone().at(&stack)];
        browsers.extend((1..BROWSERS).map(|_| stack.browser()));
        Self { browsers, asked: vec![None; BROWSERS], recognized, read: 0, has_account: self.has_account, stack }
    }

    /// Whether the quota of recognized browsers is used up. Their owners then get what unrecognized browsers get.
    async fn recognized_quota_is_used_up(&self, limits: &QuotaLimits) -> bool {
        let dump = self.stack.dump().await;
        let day = format!("d{}", self.stack.now().secs() / DAY);
        let mut counters = dump.all("QUOTA#RECOGNIZED#");
        counters.retain(|counter| counter.contains_key(&day));
        let texts: i64 = counters.iter().map(|counter| dump::number(counter, &day)).sum();
        texts >= i64::from(limits.recognized_per_day)
    }

    /// What an outsider does, and sees at once.
    async fn act(&mut self, action: Action) -> Vec<String> {
        self.stack.proxy().forget();
        let answers = match action {
            Action::RequestForTheNumber(browser) => vec![self.request(browser, the_number()).await],
            Action::Request(browser, index) => vec![self.request(browser, phone(index)).await],
            Action::Resend(browser) => vec![self.browsers[browser].resend().await],
            Action::Wrong(browser) => {
                let newest = self.asked[browser].as_ref().and_then(|phone| self.newest_code(phone));
                let wrong = newest.map_or("000000".to_owned(), |code| other_code(&code, 7));
                vec![self.browsers[browser].submit(&wrong).await]
            }
            Action::Right(browser) => self.right(browser).await,
            Action::Pass(seconds) => {
                self.stack.advance(seconds);
                Vec::new()
            }
            Action::Owner { .. } | Action::Holder => Vec::new(),
        };
        let calls = self.stack.proxy().calls();
        let calls = calls.iter().map(|Call { signature, bytes, .. }| format!("{signature}, {bytes} bytes"));
        answers.iter().map(normal).chain(calls).collect()
    }

    async fn request(&mut self, browser: usize, phone: String) -> Answer {
        let answer = self.browsers[browser].start(&phone).await;
        if answer.status == 202 {
            self.asked[browser] = Some(phone);
        }
        answer
    }

    /// Whoever has the phone types the code.
    async fn right(&mut self, browser: usize) -> Vec<Answer> {
        let own = self.asked[browser].clone().filter(|phone| *phone != the_number());
        let Some(code) = own.and_then(|phone| self.newest_code(&phone)) else { return Vec::new() };
        let typed = self.browsers[browser].submit(&code).await;
        if typed.status != 200 || typed.json()["next"] != "register" {
            return vec![typed];
        }
        vec![typed, self.browsers[browser].register("Ada").await]
    }

    async fn holder(&mut self) {
        let mut browser = self.stack.browser();
        let Some(code) = self.code(&mut browser, &the_number()).await else { return };
        if browser.submit(&code).await.json()["next"] == "register" {
            assert_eq!(browser.register("Ada").await.status, 201);
        }
        self.recognized[0] = Some(browser);
    }

    /// Requests a code, and reads it from the phone if it comes.
    async fn code(&self, browser: &mut Browser, phone: &str) -> Option<String> {
        let before = self.stack.texts(phone).len();
        browser.start(phone).await;
        while self.stack.deliver().await > 0 {}
        if self.stack.texts(phone).len() > before { self.newest_code(phone) } else { None }
    }

    fn newest_code(&self, phone: &str) -> Option<String> {
        (!self.stack.texts(phone).is_empty()).then(|| self.stack.newest_code(phone))
    }

    /// The texts that reached other phones since the last look: their lengths and times.
    async fn new_texts(&mut self) -> Vec<String> {
        while self.stack.deliver().await > 0 {}
        let texts = self.stack.inbox().messages();
        let new = texts[self.read..].iter().filter(|text| text.to != the_number() && text.to != another());
        let new = new.map(|text| format!("{}: {} characters at {:?}", text.to, text.text.len(), text.at)).collect();
        self.read = texts.len();
        new
    }
}

/// An answer without its random values, whose lengths stay.
fn normal(answer: &Answer) -> String {
    static RANDOM: LazyLock<Regex> = LazyLock::new(|| Regex::new("[A-Za-z0-9_-]{16,}").expect("a pattern"));
    let is_random = |text: &str| text.bytes().any(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let text = format!("{answer:?}");
    let normal = RANDOM.replace_all(&text, |found: &Captures<'_>| {
        if is_random(&found[0]) { format!("[{}]", found[0].len()) } else { found[0].to_owned() }
    });
    normal.into_owned()
}

/// Wrong codes that lock an account, and leave its recognized browsers room for some more.
const WRONG_CODES: &str = "75";

/// What happened before: the operator blocked the country; wrong codes were typed for the number, whether it has an account
/// or not; its owner chose.
async fn keep_texts_from_the_number(stack: &Stack, hold: Hold, has_account: bool) {
    let id = stack.number_keys().number_id(&the_number());
    let (pk, sk, attribute, value) = match hold {
        Hold::CountryBlocked => {
            ("QUOTA#COUNTRY#SE#0".to_owned(), "QUOTA", "override", AttributeValue::S("block".to_owned()))
        }
        Hold::Locked => {
            let count = AttributeValue::N(WRONG_CODES.to_owned());
            (format!("WRONG_CODES#{}", id.as_str()), "WRONG_CODES", "wrong_codes", count)
        }
        Hold::RecognizedOnly if !has_account => return,
        Hold::RecognizedOnly => {
            (format!("NUMBER#{}", id.as_str()), "OWNER", "recognized_only", AttributeValue::Bool(true))
        }
    };
    let write = stack.dynamodb().update_item().table_name(stack.table_name());
    let write = write.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk.to_owned()));
    let write = write.update_expression("SET #name = :to").expression_attribute_names("#name", attribute);
    write.expression_attribute_values(":to", value).send().await.expect("a write");
}
