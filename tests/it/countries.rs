//! A country: its quotas, and the override of an operator.

use aws_sdk_dynamodb::types::AttributeValue;
use shared::sending::decision::SendPolicy;
use shared::sending::quota::QuotaLimits;
use tests::clock::TO_THE_END_OF_THE_DAY;
use tests::phones::{ADA, of_another_block};
use tests::stack::{Stack, policy};

use crate::quotas::request_code;

/// A country has its hour and its day, and others go on (S-01).
#[tokio::test]
async fn a_country_that_is_used_up_does_not_hold_up_another() {
    let limits = QuotaLimits { country_per_hour: 3, country_per_day: 5, ..policy().limits };
    let stack = Stack::with(SendPolicy { limits, ..policy() }).await;
    let mut sent = Vec::new();
    for hour in 0..3 {
        for index in 0..4 {
            request_code(&stack.browser(), &of_another_block(hour * 4 + index)).await;
        }
        sent.push(stack.inbox().messages().len());
        stack.advance(3_600);
    }
    assert_eq!(sent, [3, 5, 5]);
    request_code(&stack.browser(), "+4740612345").await;
    assert_eq!(stack.texts("+4740612345").len(), 1);
}

/// A country may have 100 unverified texts a day, or four for each verified one of the day or of the day before.
/// Recognized browsers and other countries do not notice (S-06).
#[tokio::test]
async fn a_country_earns_its_unverified_texts_by_verified_ones() {
    let limits = QuotaLimits {
        unverified_per_day: 10_000,
        country_per_hour: 10_000,
        country_per_day: 10_000,
        ..policy().limits
    };
    let stack = Stack::with(SendPolicy { limits, ..policy() }).await;
    stack.advance(TO_THE_END_OF_THE_DAY);
    let mut recognized = stack.browser();
    recognized.sign_in(ADA).await;
    for (logins, unverified) in [(5, 100), (30, 120), (0, 120), (0, 100)] {
        let before = stack.inbox().messages().len();
        for index in 0..logins {
            stack.browser().sign_in(&of_another_block(index)).await;
        }
        for index in 100..250 {
            stack.browser().start(&of_another_block(index)).await;
        }
        stack.deliver().await;
        let sent = stack.inbox().messages().len() - before;
        assert_eq!(sent, logins as usize + unverified, "{logins} logins");

        let code = recognized.request_code(ADA).await;
        assert_eq!(recognized.submit(&code).await.status, 200);
        request_code(&stack.browser(), "+4740612345").await;
        stack.advance(86_400);
    }
    assert_eq!(stack.texts("+4740612345").len(), 4, "another country");
}

/// The operator blocks a country and allows it again with one write (docs/operate.md).
#[tokio::test]
async fn an_operator_blocks_and_allows_a_country() {
    let stack = Stack::new().await;
    let mut recognized = stack.browser();
    recognized.sign_in(ADA).await;
    for (index, (to, sent)) in [("block", false), ("allow", true), ("block", false)].into_iter().enumerate() {
        set_override(&stack, "SE", to).await;
        let phone = of_another_block(u32::try_from(index).unwrap());
        request_code(&stack.browser(), &phone).await;
        assert_eq!(!stack.texts(&phone).is_empty(), sent, "{to}");
    }
    let texts = stack.texts(ADA).len();
    request_code(&recognized, ADA).await;
    assert_eq!(stack.texts(ADA).len(), texts + 1, "a recognized browser of a blocked country");
}

/// Writes the operator's override of a country, as docs/operate.md says.
pub async fn set_override(stack: &Stack, country: &str, to: &str) {
    let update = stack.dynamodb().update_item().table_name(stack.table_name());
    let update = update.key("pk", AttributeValue::S(format!("QUOTA#COUNTRY#{country}#0")));
    let update = update.key("sk", AttributeValue::S("QUOTA".to_owned())).update_expression("SET #override = :to");
    let update = update.expression_attribute_names("#override", "override");
    update.expression_attribute_values(":to", AttributeValue::S(to.to_owned())).send().await.unwrap();
}
