//! Rows that a function could write that somebody else controls: `start-login` and `deliver-code` may write login
//! requests. Without the code secret, which `start-login` does not have, none of them is a session (B-2; K-06).

use aws_sdk_dynamodb::types::AttributeValue;
use tests::browser::Browser;
use tests::dump::{Item, string as text};
use tests::phones::{ADA, BEA};
use tests::stack::Stack;

use crate::forgery::{put, request, request_key, string};

/// What names a number in a login request.
const NUMBER: [&str; 4] = ["number_id", "sealed_number", "phone", "block"];

/// Somebody whose login requests are written by hand, and who wants Bea's number. It has an account, or none yet.
struct Forger {
    stack: Stack,
    browser: Browser,
    /// A login request for Bea's number, as the forger's own browser starts it.
    target: Item,
    accounts: usize,
}

impl Forger {
    async fn against(has_account: bool) -> Self {
        let stack = Stack::new().await;
        if has_account {
            stack.browser().sign_in(BEA).await;
            stack.advance(60);
        }
        let mut browser = stack.browser();
        browser.start(BEA).await;
        let target = request(&stack, &browser).await;
        let accounts = usize::from(has_account);
        Self { stack, browser, target, accounts }
    }

    /// A ticket of the forger's own number, for another browser of theirs.
    async fn own_ticket(&self) -> (Browser, Item) {
        let mut browser = self.stack.browser();
        let code = browser.request_code(ADA).await;
        assert_eq!(browser.submit(&code).await.json()["next"], "register");
        let item = request(&self.stack, &browser).await;
        (browser, item)
    }

    /// Writes `item` and tries everything that a login request is good for.
    async fn gets_nothing(&self, what: &str, browser: &Browser, item: Item) {
        put(&self.stack, item.clone()).await;
        for code in ["123456", "000000"] {
            let answer = browser.clone().submit(code).await;
            assert!(answer.status >= 400 && answer.cookies().is_empty(), "{what}: {answer:?}");
        }
        put(&self.stack, item).await;
        let answer = browser.clone().register("Eve").await;
        assert_eq!((answer.status, answer.problem().as_str()), (403, "not-verified"), "{what}: {answer:?}");
        assert_eq!(browser.clone().session().await.problem(), "no-session", "{what}");
        let dump = self.stack.dump().await;
        let (owners, sessions) = (dump.all("NUMBER#").len(), dump.all("SESSION#").len());
        assert_eq!((owners, sessions), (self.accounts, self.accounts), "{what}");
    }
}

fn with(item: &Item, changes: impl IntoIterator<Item = (&'static str, AttributeValue)>) -> Item {
    let changes = changes.into_iter().map(|(name, value)| (name.to_owned(), value));
    item.clone().into_iter().chain(changes).collect()
}

fn of<'a>(other: &'a Item, names: &'a [&'static str]) -> impl Iterator<Item = (&'static str, AttributeValue)> + 'a {
    names.iter().filter_map(|name| Some((*name, other.get(*name)?.clone())))
}

/// A state alone is no ticket, whatever else stands beside it.
#[tokio::test]
async fn a_state_is_no_ticket() {
    for has_account in [false, true] {
        let forger = Forger::against(has_account).await;
        let (browser, target) = (&forger.browser, &forger.target);
        for state in ["ticket", "registered", "signed-in", "sent"] {
            let seed = string("AAAAAAAAAAAAAAAAAAAAAA");
            let named = with(target, [("state", string(state))]);
            forger.gets_nothing(state, browser, named.clone()).await;
            forger.gets_nothing(&format!("{state} with a seed"), browser, with(&named, [("seed", seed)])).await;
        }
    }
}

/// What `verify-code` certified for one request, number and time is nothing for another.
#[tokio::test]
async fn a_ticket_of_ones_own_is_none_for_somebody_else() {
    for has_account in [false, true] {
        let forger = Forger::against(has_account).await;
        let (browser, target) = (&forger.browser, &forger.target);
        let (own, ticket) = forger.own_ticket().await;
        let stamped = with(target, of(&ticket, &["state", "ticket"]));
        forger.gets_nothing("its stamp on the target's request", browser, stamped).await;
        forger.gets_nothing("the target's number in it", &own, with(&ticket, of(target, &NUMBER))).await;
        let copy = with(&ticket, [("pk", string(&request_key(browser)))]);
        forger.gets_nothing("a copy for another browser", browser, copy.clone()).await;
        forger.gets_nothing("a copy with the target's number", browser, with(&copy, of(target, &NUMBER))).await;
        let later = with(&ticket, [("expires_at", AttributeValue::N("4102444800".to_owned()))]);
        forger.gets_nothing("a ticket that does not end", &own, later).await;
        for (part, forged) in [("wrong_codes", AttributeValue::N("-5".to_owned())), ("seed", string("AAAA"))] {
            let mut stamp = ticket["ticket"].as_m().unwrap().clone();
            stamp.insert(part.to_owned(), forged);
            forger.gets_nothing(part, &own, with(&ticket, [("ticket", AttributeValue::M(stamp))])).await;
        }
        // The ticket itself is good, so what was refused was refused for what was changed.
        put(&forger.stack, ticket).await;
        assert_eq!(own.clone().register("Ada").await.status, 201);
    }
}

/// A code that the forger knows, because it was sent to a phone of theirs, is right for that phone alone.
#[tokio::test]
async fn a_code_of_ones_own_is_wrong_for_somebody_else() {
    let forger = Forger::against(true).await;
    let mut own = forger.stack.browser();
    let code = own.request_code(ADA).await;
    let known = request(&forger.stack, &own).await;
    let hash = ["code_hash", "code_expires_at", "state"];
    let sides = [
        ("its hash in the target's request", &forger.browser, with(&forger.target, of(&known, &hash))),
        ("the target's number in it", &own, with(&known, of(&forger.target, &NUMBER))),
    ];
    for (what, browser, item) in sides {
        put(&forger.stack, item).await;
        let answer = browser.clone().submit(&code).await;
        assert!(answer.status >= 400 && answer.cookies().is_empty(), "{what}: {answer:?}");
    }
    assert_eq!(forger.stack.dump().await.all("SESSION#").len(), 1);
}

/// The number that a text goes to is the one that is signed in, whatever else the row says: before the text or after it,
/// parts of the target's number are written into a request of the forger's own, sealed as only `start-login` can.
#[tokio::test]
async fn no_mixture_of_two_numbers_is_the_other_one() {
    for (has_account, after_the_text) in [(true, false), (true, true), (false, false), (false, true)] {
        for parts in 1..1_u32 << NUMBER.len() {
            let forger = Forger::against(has_account).await;
            let (stack, keys) = (&forger.stack, forger.stack.number_keys());
            let targets_owner = format!("NUMBER#{}", keys.number_id(BEA).as_str());
            let owner_before = stack.dump().await.all(&targets_owner).first().map(|owner| owner["user_id"].clone());

            let mut own = stack.browser();
            assert_eq!(own.start(ADA).await.status, 202);
            if after_the_text {
                stack.deliver().await;
            }
            let id = request_key(&own).replace("REQUEST#", "");
            let sealed = keys.seal(BEA, &id, &mut shared::random::source()).unwrap();
            let target = with(&forger.target, [("sealed_number", serde_dynamo::to_attribute_value(sealed).unwrap())]);
            let chosen: Vec<_> = NUMBER.iter().enumerate().filter(|(part, _)| parts & (1 << part) != 0).collect();
            let chosen: Vec<_> = chosen.into_iter().map(|(_, name)| *name).collect();
            put(stack, with(&request(stack, &own).await, of(&target, &chosen))).await;
            while stack.deliver().await > 0 {}
            for text in stack.texts(ADA) {
                own.submit(&tests::stack::code_in(&text.text)).await;
                own.register("Eve").await;
            }

            let dump = stack.dump().await;
            let owner = dump.all(&targets_owner).first().map(|owner| owner["user_id"].clone());
            assert_eq!(owner, owner_before, "{chosen:?}: the target's number has another owner");
            if let (Some(owner), 200) = (owner, own.session().await.status) {
                let user = own.session().await.json()["user"]["id"].clone();
                assert_ne!(owner.as_s().unwrap(), user.as_str().unwrap(), "{chosen:?}: signed in as the target");
            }
        }
    }
}

/// A code whose end was moved is wrong, so that nobody gains time for guesses (G-07).
#[tokio::test]
async fn a_code_lives_no_longer_than_it_was_made_for() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    let later = AttributeValue::N(stack.now().plus(86_400).secs().to_string());
    let ends = ["code_expires_at", "attempts_until", "expires_at"].map(|name| (name, later.clone()));
    put(&stack, with(&request(&stack, &browser).await, ends)).await;
    stack.advance(601);
    assert_eq!(browser.submit(&code).await.problem(), "wrong-code");
}

/// A code request that claims to be of another day would be counted in that day's quotas. It gets no text.
#[tokio::test]
async fn a_code_request_from_another_time_gets_no_text() {
    for (seconds, texts) in [(0, 1), (300, 1), (301, 0), (86_400, 0), (-120, 1), (-121, 0)] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        browser.start(ADA).await;
        // So that the request as it was written is too late.
        stack.advance(121);
        let then = AttributeValue::N(stack.now().plus(seconds).secs().to_string());
        put(&stack, with(&request(&stack, &browser).await, [("requested_at", then)])).await;
        while stack.deliver().await > 0 {}
        assert_eq!(stack.texts(ADA).len(), texts, "{seconds} s");
    }
}

/// A ticket that was used, written back as it was before: its number has an account now, and a ticket opens none.
#[tokio::test]
async fn a_used_ticket_that_is_written_back_opens_nothing() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    assert_eq!(browser.submit(&code).await.json()["next"], "register");
    let (ticket, holder) = (request(&stack, &browser).await, browser.clone());
    assert_eq!(browser.register("Ada").await.status, 201);
    assert_eq!(text(&ticket, "state"), "ticket");
    put(&stack, ticket).await;
    let answer = holder.clone().register("Eve").await;
    assert_eq!((answer.status, answer.problem().as_str()), (403, "not-verified"), "{answer:?}");
    let dump = stack.dump().await;
    assert_eq!((dump.all("USER#").len(), dump.all("SESSION#").len()), (1, 1));
}
