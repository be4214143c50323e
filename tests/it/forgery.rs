//! Items written into the table past the functions: histories that would take days, and items that no function wrote.

use aws_sdk_dynamodb::types::AttributeValue;
use shared::login::request::RequestId;
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

/// `count` browsers that all hold the right to register the number that `browser` proved. The number's throttle would not
/// send 50 codes in the life of a ticket.
pub async fn copies_of_a_ticket(stack: &Stack, browser: &Browser, count: usize) -> Vec<Browser> {
    let ticket = stack.dump().await.request().clone();
    let mut browsers = vec![browser.clone()];
    while browsers.len() < count {
        let cookie = Token::generate(&mut shared::random::source());
        let mut copy = ticket.clone();
        copy.insert("pk".to_owned(), string(&format!("REQUEST#{}", RequestId::of(&cookie).as_str())));
        put(stack, copy).await;
        let mut browser = stack.browser();
        browser.set_cookie("__Host-login", &cookie.expose());
        browsers.push(browser);
    }
    browsers
}
