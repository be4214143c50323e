//! Counters and throttles go on where an older version stopped counting.

use std::net::IpAddr;

use shared::sending::decision::SendPolicy;
use shared::sending::quota::QuotaLimits;
use tests::browser::{Browser, address, other_code};
use tests::dump::number;
use tests::phones::{ADA, CEC, mobile, of_another_block};
use tests::stack::{Stack, policy};

use super::file::{Golden, Opened};
use super::texts_today;

async fn ask(stack: &Stack, phone: &str) -> usize {
    let before = stack.texts(phone).len();
    stack.browser().start(phone).await;
    stack.deliver().await;
    stack.texts(phone).len() - before
}

async fn limited(golden: &Golden, limits: impl FnOnce(QuotaLimits) -> QuotaLimits) -> Opened {
    golden.open_with(SendPolicy { limits: limits(policy().limits), ..policy() }).await
}

/// The text to this number went out at the moment at which the items were written.
#[tokio::test]
async fn a_throttle_delays() {
    for golden in Golden::all() {
        let opened = golden.open().await;
        assert_eq!(ask(&opened.stack, CEC).await, 0);
        opened.stack.advance(29);
        assert_eq!(ask(&opened.stack, CEC).await, 0);
        opened.stack.advance(1);
        assert_eq!(ask(&opened.stack, CEC).await, 1);
        assert_eq!(ask(&opened.stack, &mobile(9)).await, 1, "no other number waits");
    }
}

#[tokio::test]
async fn wrong_codes_count_on() {
    for golden in Golden::all() {
        let opened = golden.open().await;
        let [mut guesser, mut owner] = ["guesser", "owner"].map(|name| opened.browser(name));
        assert_eq!(guesser.submit("000000").await.problem(), "login-request-over", "the fourth try");
        assert_eq!(owner.submit(&other_code(opened.code("owner"), 0)).await.problem(), "wrong-code");
        assert_eq!(owner.session().await.json()["security_notices"]["wrong_codes"], 73);
    }
}

#[tokio::test]
async fn counters_of_texts_count_on() {
    for golden in Golden::all() {
        let opened = golden.open().await;
        let stack = &opened.stack;
        stack.deliver().await;
        let before = stack.dump().await;
        assert_eq!(ask(stack, &of_another_block(1)).await, 1);
        stack.advance(60);
        opened.browser("owner").request_code(ADA).await;
        let mut waiting = opened.browser("waiting");
        waiting.submit(opened.code("waiting")).await;
        assert_eq!(waiting.register("Cec").await.status, 201);
        let after = stack.dump().await;
        let more = |counter, window| {
            texts_today(&after, stack, counter, window) - texts_today(&before, stack, counter, window)
        };
        for counter in ["QUOTA#UNRECOGNIZED#", "QUOTA#COUNTRY#SE#", "QUOTA#RECOGNIZED#", "QUOTA#NUMBER#"] {
            assert!(texts_today(&before, stack, counter, 'd') > 0, "{counter}: nothing was counted before");
            assert_eq!(more(counter, 'd'), 1, "{counter}");
        }
        assert_eq!(more("QUOTA#UNRECOGNIZED#", 'u'), 0, "one text more, and one login");
        assert_eq!(more("QUOTA#COUNTRY#SE#", 'v'), 1);
    }
}

/// One country is blocked by the operator, and of the other the operator lifted the quota of unverified texts.
#[tokio::test]
async fn an_override_of_the_operator_holds() {
    for golden in Golden::all() {
        let opened = limited(&golden, |usual| QuotaLimits { country_unverified_per_day: 0, ..usual }).await;
        assert_eq!(ask(&opened.stack, &of_another_block(1)).await, 1, "allowed");
        assert_eq!(ask(&opened.stack, "+4740612346").await, 0, "blocked");
    }
}

#[tokio::test]
async fn a_number_block_knows_its_numbers() {
    for golden in Golden::all() {
        let hour = format!("h{}", golden.open().await.stack.now().secs() / 3_600);
        let sizes = golden.items().filter_map(|item| {
            let of_block = item["pk"].as_s().unwrap().starts_with("QUOTA#BLOCK#");
            of_block.then(|| item.get(&hour).map_or(0, |numbers| numbers.as_ss().unwrap().len()))
        });
        let most = u32::try_from(sizes.max().unwrap()).unwrap();
        assert!(most > 1);
        let opened = limited(&golden, |usual| QuotaLimits { block_numbers_per_hour: most, ..usual }).await;
        opened.stack.advance(60);
        assert_eq!(ask(&opened.stack, &mobile(9)).await, 0, "one number more");
        assert_eq!(ask(&opened.stack, CEC).await, 1, "a number that is counted");
    }
}

#[tokio::test]
async fn code_requests_of_an_address_count_on() {
    for golden in Golden::all() {
        let opened = golden.open().await;
        let stack = &opened.stack;
        let dump = stack.dump().await;
        let keys = stack.number_keys();
        let item_of = |address: &IpAddr| {
            let key = format!("IP#{}", keys.network_id(&address.to_string()).as_str());
            dump.all(&key).first().map(|item| (*item).clone())
        };
        let mut counted = (0..100).map(address).filter_map(|address| Some((address, item_of(&address)?)));
        let (address, item) = counted.next().unwrap();
        let mut browser = Browser::new(stack.clone(), address);
        assert_eq!(browser.start(&mobile(9)).await.status, 202);
        let after = stack.dump().await;
        let again = after.items().find(|other| other["pk"] == item["pk"] && other["sk"] == item["sk"]).unwrap();
        assert_eq!(number(again, "count"), number(&item, "count") + 1);
    }
}
