//! The service of the simulator sends the texts that the real one sends.

use std::net::Ipv4Addr;

use shared::login::request::CODE_LIFE;
use shared::sending::decision::SendPolicy;
use shared::sending::ip_limit::{ClientIp, IpLimits};
use shared::sending::quota::QuotaLimits;
use tests::browser::Browser;
use tests::phones::of_another_block;
use tests::simulation::number::Browser as Kind;
use tests::simulation::service::{Draws, Phone, Service, Text};
use tests::stack::Stack;

/// Numbers for which codes are requested, in turn of one number block and the next, the last ones in another country.
const NUMBERS: u32 = 48;
const BLOCKS: u32 = 3;
/// Those whose owners have a browser that they come back with.
const OWNERS: u32 = 6;

/// Limits so small that each of them says no at times. They have one shard each, so that it does not matter which is
/// drawn.
const LIMITS: QuotaLimits = QuotaLimits {
    unverified_per_day: 12,
    unrecognized_per_day: 14,
    recognized_per_day: 3,
    country_per_hour: 6,
    country_per_day: 13,
    country_unverified_per_day: 9,
    block_numbers_per_hour: 2,
};

/// The same code requests and logins, on both.
struct Twins {
    stack: Stack,
    service: Service,
    /// The browser of each owner.
    recognized: Vec<Browser>,
    /// Texts whose codes may yet be typed: by whom, which, and the code.
    typing: Vec<(Option<u32>, Browser, Text, String)>,
    sent: usize,
    requests: u32,
}

impl Twins {
    async fn new(limits: QuotaLimits) -> Self {
        let policy = SendPolicy { limits, ..SendPolicy::default() };
        let stack = Stack::with(policy).await;
        let recognized = (0..OWNERS).map(|_| stack.browser()).collect();
        Self {
            stack,
            service: Service::new(policy, IpLimits::default()),
            recognized,
            typing: Vec::new(),
            sent: 0,
            requests: 0,
        }
    }

    /// Requests a code for a number, and compares whether a text came and how long its code is. Tells what the answer
    /// was.
    async fn request_code(&mut self, number: u32, kind: Kind) -> &'static str {
        let (written, phone) = phone(number);
        let mut browser =
            if kind == Kind::Recognized { self.recognized[number as usize].clone() } else { self.stack.browser() };
        // A login of its own each time: one that goes on would have retry delays besides.
        browser.forget("__Host-login");
        browser.start(&written).await;
        self.stack.deliver().await;
        let messages = self.stack.inbox().messages().len();
        let code = (messages > self.sent).then(|| self.stack.newest_code(&written));
        self.sent = messages;

        self.requests += 1;
        let address = ClientIp::V4(Ipv4Addr::from_bits(0x0100_0000 + self.requests));
        let expected = self.service.request_code(phone, &address, kind, self.stack.now());
        assert_eq!(code.as_ref().map(String::len), expected.ok().map(|text| text.code_length.count()), "{expected:?}");
        if kind == Kind::Recognized {
            // A new request takes the place of the browser's old one.
            self.recognized[number as usize] = browser.clone();
            self.typing.retain(|(of, ..)| *of != Some(number));
        }
        match expected {
            Ok(text) => {
                let recognized = (kind == Kind::Recognized).then_some(number);
                self.typing.push((recognized, browser, text, code.unwrap_or_default()));
                "text"
            }
            Err(refusal) => refusal.as_str(),
        }
    }

    /// Types the code of one of the texts that still work, or of none.
    async fn log_in(&mut self, draw: u32) {
        let now = self.stack.now();
        self.typing.retain(|(_, _, text, _)| now.since(text.at) < CODE_LIFE);
        let drawn = draw as usize % (self.typing.len() + 1);
        if drawn == self.typing.len() {
            return;
        }
        let (recognized, mut browser, text, code) = self.typing.remove(drawn);
        let answer = browser.submit(&code).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        if answer.json()["next"] == "register" {
            assert_eq!(browser.register("Ada").await.status, 201);
        }
        if let Some(number) = recognized {
            self.recognized[number as usize] = browser;
        }
        self.service.log_in(text);
    }
}

fn phone(number: u32) -> (String, Phone) {
    let (block, line) = (number % BLOCKS, number / BLOCKS);
    if number + 3 >= NUMBERS {
        return (format!("+4740612{block}45"), Phone { country: 1, block, line });
    }
    (of_another_block(block + 1).replace("000", &format!("{line:03}")), Phone { country: 0, block, line })
}

/// Code requests and logins in no order, over days: first some with code requests alone, then some with logins. Tells
/// the answers.
async fn play(limits: QuotaLimits, requests: usize, logins: usize) -> Vec<&'static str> {
    let (mut twins, mut draws, mut answers) = (Twins::new(limits).await, Draws::default(), Vec::new());
    for people in [vec![false; requests], vec![true; logins]].concat() {
        match draws.below(10) {
            0..5 => answers.push(twins.request_code(draws.below(NUMBERS), Kind::New).await),
            5..8 => {
                answers.push(twins.request_code(draws.below(OWNERS), Kind::Recognized).await);
                if people {
                    twins.log_in(draws.below(2_000)).await;
                }
            }
            8 => twins.stack.advance(i64::from(draws.below(300))),
            _ => twins.stack.advance(i64::from(draws.below(20_000))),
        }
    }
    answers
}

/// Whatever is requested and typed, in whatever order and over days: the same texts with codes as long. So what is
/// simulated is what is deployed.
#[tokio::test]
async fn a_simulated_service_sends_what_the_real_one_sends() {
    let answers = play(LIMITS, 150, 170).await;
    for reason in [
        "text",
        "backoff",
        "block-quota",
        "country-quota",
        "country-unverified-quota",
        "unrecognized-quota",
        "recognized-quota",
    ] {
        assert!(answers.contains(&reason), "never {reason}: the two were not compared in it");
    }
}

/// The same where it is the unverified texts that run out again and again, and logins give them back.
#[tokio::test]
async fn a_login_gives_its_text_back_in_both() {
    let limits = QuotaLimits { unverified_per_day: 3, block_numbers_per_hour: 15, recognized_per_day: 15, ..LIMITS };
    let answers = play(limits, 0, 150).await;
    assert!(answers.contains(&"unverified-quota") && answers.contains(&"text"));
}
