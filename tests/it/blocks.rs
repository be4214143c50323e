//! A number block that is full: whom it holds, and what neighbours can see of it.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use shared::sending::decision::SendPolicy;
use shared::time::{DAY, HOUR};
use tests::dump::{number as dump_number, string};
use tests::phones::of_another_block;
use tests::stack::Stack;

/// A number whose account signed in within 30 days gets its text although five others filled its block, and a number whose
/// account did not, or that has none, does not (S-07, G-11).
#[tokio::test]
async fn a_full_block_holds_no_account_that_signed_in_lately() {
    for (since, texts) in [(Some(0), 1), (Some(29), 1), (Some(30), 0), (None, 0)] {
        assert_eq!(World::of(since).await.texts, texts, "last login {since:?} days ago");
    }
}

/// Nobody without that phone can tell: neighbours, country and service have the same left in each case, and the same
/// neighbours get texts (E-02, E-05).
#[tokio::test]
async fn what_a_full_block_leaves_tells_nobody_who_signed_in() {
    let lately = World::of(Some(1)).await;
    for since in [Some(31), None] {
        let other = World::of(since).await;
        assert_eq!(lately.counted, other.counted, "{since:?}");
        assert_eq!(lately.neighbours, other.neighbours, "{since:?}");
    }
    assert_eq!(lately.neighbours, [1, 1, 1, 1, 1, 0, 0]);
    assert_eq!(lately.counted["QUOTA#UNRECO d"], 8, "{:?}", lately.counted);
}

/// What a neighbour sees, and what the number itself got.
struct World {
    texts: usize,
    neighbours: Vec<usize>,
    /// What is counted in the day and the hour that run: of all, the country and the block.
    counted: BTreeMap<String, i64>,
}

impl World {
    /// Somebody fills a block and requests a code for one more number of it, whose owner signed in so many days ago or never.
    async fn of(last_login: Option<i64>) -> Self {
        let stack = Stack::with(SendPolicy::default()).await;
        if last_login.is_some() {
            stack.browser().sign_in(&number(0)).await;
        }
        stack.advance(last_login.unwrap_or(31) * DAY + 2 * HOUR);
        let mut neighbours = Vec::new();
        for line in 1..6 {
            neighbours.push(request_code(&stack, &number(line)).await);
        }
        let texts = request_code(&stack, &number(0)).await;
        for line in 6..8 {
            neighbours.push(request_code(&stack, &number(line)).await);
        }
        Self { texts, neighbours, counted: counted(&stack).await }
    }
}

/// The sums of all shards of each counter, by the first letters of its key and its window.
async fn counted(stack: &Stack) -> BTreeMap<String, i64> {
    let (day, hour) = (stack.now().secs() / DAY, stack.now().secs() / HOUR);
    let mut sums = BTreeMap::new();
    for item in stack.dump().await.all("QUOTA#") {
        let counter: String = string(item, "pk").chars().take(12).collect();
        for window in [format!("d{day}"), format!("u{day}"), format!("v{day}"), format!("h{hour}")] {
            let count = match item.get(&window) {
                Some(AttributeValue::Ss(numbers)) => i64::try_from(numbers.len()).unwrap(),
                Some(_) => dump_number(item, &window),
                None => continue,
            };
            *sums.entry(format!("{counter} {}", &window[..1])).or_default() += count;
        }
    }
    sums
}

fn number(line: u32) -> String {
    of_another_block(1).replace("000", &format!("{line:03}"))
}

/// How many texts a code request for this number brings.
async fn request_code(stack: &Stack, phone: &str) -> usize {
    let before = stack.texts(phone).len();
    assert_eq!(stack.browser().start(phone).await.status, 202);
    stack.deliver().await;
    stack.texts(phone).len() - before
}
