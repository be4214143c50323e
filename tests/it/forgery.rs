//! Items written into the table past the functions: histories that would take days, and items that no function wrote.

use aws_sdk_dynamodb::types::AttributeValue;
use shared::keys::SealedNumber;
use shared::login::code::{Code, CodeHash, Salt};
use shared::login::request::{Binding, Purpose, RequestId};
use shared::token::Token;
use tests::browser::Browser;
use tests::dump::Item;
use tests::stack::Stack;

/// Writes `item`.
pub async fn put(stack: &Stack, item: Item) {
    let put = stack.dynamodb().put_item().table_name(stack.table_name()).set_item(Some(item));
    put.send().await.expect("a write past the functions");
}

/// An item with these keys and nothing else.
pub fn keys(pk: &str, sk: &str) -> Item {
    Item::from([("pk".to_owned(), string(pk)), ("sk".to_owned(), string(sk))])
}

/// A string attribute.
pub fn string(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// The code in the texts that nobody sent.
const CODE: &str = "123456";

/// `count` browsers that all proved the same number. Its throttle would not send so many codes in the life of a ticket,
/// so the texts are forged; the codes are typed.
pub async fn tickets(stack: &Stack, phone: &str, count: usize) -> Vec<Browser> {
    let mut browsers = Vec::new();
    while browsers.len() < count {
        let mut browser = stack.browser();
        assert_eq!(browser.start(phone).await.status, 202);
        text(stack, &browser).await;
        assert_eq!(browser.submit(CODE).await.json()["next"], "register");
        browsers.push(browser);
    }
    browsers
}

/// Writes into the browser's login request that it was sent [`CODE`].
async fn text(stack: &Stack, browser: &Browser) {
    let mut item = request(stack, browser).await;
    let id = request_id(browser);
    let number: SealedNumber = serde_dynamo::from_attribute_value(item["sealed_number"].clone()).expect("a number");
    let expires_at = stack.now().plus(60);
    let context = Binding { request: &id, number: &number, purpose: Purpose::Login, expires_at }.context();
    let (code, salt) = (Code::read(CODE).expect("a code"), Salt::generate(&mut shared::random::source()));
    let hash = CodeHash::make(&code, &salt, &context, &stack.code_keys()).expect("a hash");
    item.insert("code_hash".to_owned(), serde_dynamo::to_attribute_value(hash).expect("an attribute"));
    item.insert("code_expires_at".to_owned(), AttributeValue::N(expires_at.secs().to_string()));
    item.insert("state".to_owned(), string("sent"));
    put(stack, item).await;
}

/// The login request of a browser, as the table has it.
pub async fn request(stack: &Stack, browser: &Browser) -> Item {
    stack.dump().await.only(&request_key(browser)).clone()
}

/// The key of a browser's login request.
pub fn request_key(browser: &Browser) -> String {
    format!("REQUEST#{}", request_id(browser).as_str())
}

fn request_id(browser: &Browser) -> RequestId {
    let cookie = browser.cookie("__Host-login").and_then(Token::parse).expect("a login cookie");
    RequestId::of(&cookie)
}
