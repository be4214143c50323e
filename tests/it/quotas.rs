//! Texts in all: quotas and unverified texts. None of it can be seen by whoever requests a code.

use shared::login::user::RegistrationPolicy;
use shared::sending::decision::SendPolicy;
use shared::sending::quota::QuotaLimits;
use tests::browser::Browser;
use tests::clock::TO_THE_END_OF_THE_DAY;
use tests::dump::number;
use tests::phones::{ADA, BEA, of_another_block};
use tests::stack::{Stack, policy};

use crate::countries::set_override;

/// Many numbers, each from an address of its own, get no more texts than the day has, whoever has an account; and the
/// operator hears of it when half are gone (G-14, S-01).
#[tokio::test]
async fn spraying_many_numbers_ends_at_the_quota() {
    let limits = QuotaLimits { unverified_per_day: 40, ..policy().limits };
    let stack = Stack::with(SendPolicy { limits, ..policy() }).await;
    stack.advance(TO_THE_END_OF_THE_DAY);
    for index in 0..200 {
        stack.browser().start(&of_another_block(index)).await;
        if index == 18 || index == 19 {
            stack.deliver().await;
            assert_eq!(stack.metrics().quota_half_used.value(), u64::from(index == 19), "after {} texts", index + 1);
        }
    }
    stack.deliver().await;
    assert_eq!(stack.inbox().messages().len(), 40);
    assert_eq!(stack.metrics().texts_suppressed.value(), 160);

    stack.advance(86_400);
    request_code(&stack.browser(), &of_another_block(500)).await;
    assert_eq!(stack.inbox().messages().len(), 41, "a new day has a new quota");
}

/// At the beginning of a day half of its texts are released, and the rest while it goes on: who uses up what there is
/// keeps others out for minutes (S-01, G-14).
#[tokio::test]
async fn the_texts_of_a_day_are_released_over_the_day() {
    let limits = QuotaLimits { unverified_per_day: 24, ..policy().limits };
    let stack = Stack::with(SendPolicy { limits, ..policy() }).await;
    stack.advance(TO_THE_END_OF_THE_DAY + 1);
    let mut sent = Vec::new();
    for hour in 0..24 {
        for index in 0..30 {
            stack.browser().start(&of_another_block(30 * hour + index)).await;
        }
        stack.deliver().await;
        sent.push(stack.inbox().messages().len());
        stack.advance(3_600);
    }
    let released: Vec<_> = (0..24_usize).map(|hour| 12 + hour.div_ceil(2)).collect();
    assert_eq!(sent, released);
}

/// A verified text is none of the unverified: a service whose people sign in does not run out (G-14).
#[tokio::test]
async fn a_login_gives_its_text_back_to_the_quota() {
    let limits = QuotaLimits { unverified_per_day: 2, ..policy().limits };
    let stack = Stack::with(SendPolicy { limits, ..policy() }).await;
    for index in 0..6 {
        stack.browser().sign_in(&of_another_block(index)).await;
    }
    for index in 6..10 {
        request_code(&stack.browser(), &of_another_block(index)).await;
    }
    assert_eq!(stack.inbox().messages().len(), 6 + 2);
}

/// A login is counted in the shard of its country in which its text was, where it takes the text out of the unverified
/// ones (S-06).
#[tokio::test]
async fn a_login_is_counted_where_its_text_was() {
    let stack = Stack::with(SendPolicy::default()).await;
    for index in 0..12 {
        stack.browser().sign_in(&of_another_block(index)).await;
    }
    let dump = stack.dump().await;
    let shards = dump.all("QUOTA#COUNTRY#SE#");
    assert_eq!(shards.len(), 2, "the quota of all unrecognized browsers has three");
    for shard in shards {
        let window =
            |kind| shard.keys().find(|name| name.starts_with(kind) && name[1..].parse::<i64>().is_ok()).unwrap();
        assert_eq!(number(shard, window("d")), number(shard, window("v")), "{shard:#?}");
        assert_eq!(number(shard, window("u")), 0, "{shard:#?}");
    }
}

/// Who types all codes, in whatever countries, gets no more than the day has either (S-01).
#[tokio::test]
async fn verified_texts_have_a_quota_too() {
    let limits = QuotaLimits { unrecognized_per_day: 4, ..policy().limits };
    let stack = Stack::with(SendPolicy { limits, ..policy() }).await;
    for index in 0..4 {
        stack.browser().sign_in(&of_another_block(index)).await;
    }
    request_code(&stack.browser(), &of_another_block(4)).await;
    request_code(&stack.browser(), "+4740612345").await;
    assert_eq!(stack.inbox().messages().len(), 4);
    stack.advance(86_400);
    request_code(&stack.browser(), "+4740612345").await;
    assert_eq!(stack.inbox().messages().len(), 5, "a new day has a new quota");
}

/// Unrecognized browsers that use up all there is do not keep a recognized browser from its code (S-05, G-09).
#[tokio::test]
async fn recognized_browsers_have_a_quota_of_their_own() {
    let limits = QuotaLimits { unverified_per_day: 1, recognized_per_day: 2, ..policy().limits };
    let stack = Stack::with(SendPolicy { limits, ..policy() }).await;
    let mut recognized = stack.browser();
    recognized.sign_in(ADA).await;
    for index in 0..5 {
        request_code(&stack.browser(), &of_another_block(index)).await;
    }
    let mut unrecognized = stack.browser();
    unrecognized.start(ADA).await;
    stack.deliver().await;
    let texts = stack.texts(ADA).len();
    for _ in 0..2 {
        let code = recognized.request_code(ADA).await;
        assert_eq!(recognized.submit(&code).await.status, 200);
    }
    assert_eq!(stack.texts(ADA).len(), texts + 2);
    stack.advance(60);
    request_code(&recognized, ADA).await;
    assert_eq!(stack.texts(ADA).len(), texts + 2, "more texts than the day has for devices and unrecognized together");
}

/// Somebody who has a phone, and signs in again and again in a recognized browser, does not use up what all recognized
/// browsers have; and if others did, a recognized browser gets what unrecognized browsers get (S-05, G-09).
#[tokio::test]
async fn one_number_does_not_use_up_what_recognized_browsers_have() {
    let limits = QuotaLimits { recognized_per_day: 30, ..policy().limits };
    let stack = Stack::with(SendPolicy { limits, ..policy() }).await;
    let (mut greedy, mut owner) = (stack.browser(), stack.browser());
    greedy.sign_in(ADA).await;
    owner.sign_in(BEA).await;
    let of_devices = async || {
        let dump = stack.dump().await;
        let window = format!("d{}", stack.now().secs() / 86_400);
        dump.all("QUOTA#RECOGNIZED#").iter().map(|shard| number(shard, &window)).sum::<i64>()
    };
    for _ in 0..27 {
        stack.advance(60);
        let code = greedy.request_code(ADA).await;
        assert_eq!(greedy.submit(&code).await.status, 200);
    }
    assert_eq!(of_devices().await, 24);
    for _ in 0..8 {
        stack.advance(60);
        let code = owner.request_code(BEA).await;
        assert_eq!(owner.submit(&code).await.status, 200);
    }
    assert_eq!(of_devices().await, 30, "the last two came from the unrecognized' quota");
}

/// Where registration is closed, code requests that bring no text use up the quota all the same, and the operator hears of
/// it when half is gone (G-14).
#[tokio::test]
async fn the_early_alarm_rings_where_registration_is_closed() {
    let limits = QuotaLimits { unverified_per_day: 40, ..policy().limits };
    let stack = Stack::with(SendPolicy { limits, registration: RegistrationPolicy::Closed }).await;
    for index in 0..20 {
        assert_eq!(stack.metrics().quota_half_used.value(), 0, "after {index} requests");
        request_code(&stack.browser(), &of_another_block(index)).await;
    }
    assert_eq!(stack.inbox().messages().len(), 0);
    assert_eq!(stack.metrics().quota_half_used.value(), 1);
}

/// A thousand numbers in a row get five texts an hour (S-07).
#[tokio::test]
async fn a_block_of_numbers_gets_five_texts_an_hour() {
    let stack = Stack::with(SendPolicy::default()).await;
    for index in 0..12 {
        request_code(&stack.browser(), &of_another_block(9).replace("000", &format!("{index:03}"))).await;
    }
    assert_eq!(stack.inbox().messages().len(), 5);
}

/// Codes of a number under suspicion have eight digits, and nothing else shows it (G-15).
#[tokio::test]
async fn a_number_under_suspicion_gets_longer_codes() {
    let stack = Stack::watched().await;
    let mut seen = Vec::new();
    for digits in [6, 8, 8] {
        stack.proxy().forget();
        let mut browser = stack.browser();
        let answer = browser.start(ADA).await;
        let calls = stack.proxy().calls();
        stack.deliver().await;
        let code = stack.newest_code(ADA);
        assert_eq!(code.len(), digits);
        let wrong = browser.submit(&tests::browser::other_code(&code, 1)).await;
        seen.push((answer.shape(), answer.text_but_names(), wrong.shape(), wrong.text().to_owned(), calls));
        stack.advance(120);
    }
    assert!(seen.iter().all(|other| *other == seen[0]), "{seen:#?}");
    let mut owner = stack.browser();
    stack.advance(1_000);
    let code = owner.request_code(ADA).await;
    assert_eq!(code.len(), 8);
    assert_eq!(owner.submit(&code).await.json()["next"], "register", "a code of eight digits is a code");
    assert_eq!(owner.register("Ada").await.status, 201);
    stack.advance(1_000);
    assert_eq!(stack.browser().request_code(ADA).await.len(), 8, "a login does not end the suspicion");
    assert_eq!(stack.browser().request_code(BEA).await.len(), 6, "another number");
    stack.advance(31 * 86_400);
    assert_eq!(owner.request_code(ADA).await.len(), 6, "a recognized browser");
    let mut new = stack.browser();
    let code = new.request_code(ADA).await;
    assert_eq!(code.len(), 8, "time alone does not end it");
    assert_eq!(new.submit(&code).await.json()["next"], "account");
    stack.advance(1_000);
    assert_eq!(stack.browser().request_code(ADA).await.len(), 6, "thirty days and a login do");
}

/// An address requests codes for so many numbers in a day, and a /48 network about five times as many (E-09, S-08).
#[tokio::test]
async fn an_address_has_a_quota_for_the_day() {
    let stack = Stack::new().await;
    let [mut narrow, mut wide] = [0, 0];
    for quarter in 0..8 {
        for request in 0..15_u16 {
            let number = of_another_block(u32::from(quarter * 15 + request));
            let same =
                Browser::new(stack.clone(), std::net::IpAddr::from([0x2001, 0xdb8, 1, 1, request, 1, 2, quarter]));
            narrow += u32::from(same.clone().start(&number).await.status == 202);
        }
        stack.advance(900);
    }
    assert_eq!(narrow, 60);
    for subnet in 0..400_u16 {
        let address = std::net::IpAddr::from([0x2001, 0xdb8, 2, subnet, 0, 0, 0, 1]);
        let mut browser = Browser::new(stack.clone(), address);
        wide += u32::from(browser.start(&of_another_block(u32::from(subnet))).await.status == 202);
        if subnet % 90 == 89 {
            stack.advance(900);
        }
    }
    assert_eq!(wide, 300);
    let retry = Browser::new(stack.clone(), std::net::IpAddr::from([0x2001, 0xdb8, 1, 1, 0, 0, 0, 1])).start(ADA).await;
    assert!(retry.json()["retry_after"].as_i64().unwrap() > 3_600, "{retry:?}");
}

/// Every text that is not sent has its reason in the log, and no number.
#[tokio::test]
async fn a_text_that_is_not_sent_leaves_its_reason() {
    let logs = tests::logs::Logs::capture();
    let stack = Stack::new().await;
    request_code(&stack.browser(), ADA).await;
    request_code(&stack.browser(), ADA).await;
    set_override(&stack, "SE", "block").await;
    request_code(&stack.browser(), BEA).await;
    let lines = logs.text();
    for reason in ["backoff", "country-blocked"] {
        assert!(lines.contains(&format!("\"reason\":\"{reason}\"")), "{reason} in {lines}");
    }
    assert!(!lines.contains("174060"), "{lines}");
}

/// Requests a code for a number, in a browser whose own state is of no further interest.
pub async fn request_code(browser: &Browser, phone: &str) {
    let mut browser = browser.clone();
    let answer = browser.start(phone).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    browser.stack().deliver().await;
}
