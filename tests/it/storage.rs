//! What somebody finds who steals the table: no code, no number, no cookie.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use shared::token::{Seed, Token};
use tests::dump::{Dump, Item, string};
use tests::needles::{Needle, hex};
use tests::phones::ADA;
use tests::stack::Stack;

use crate::forgery;
use crate::stolen::Stolen;

/// A dump, the code that was sent, and the Doorcode that made it.
async fn stolen_while_a_code_is_out() -> (Stack, Dump, String) {
    let stack = Stack::new().await;
    stack.browser().sign_in(ADA).await;
    let code = stack.browser().request_code(ADA).await;
    let dump = stack.dump().await;
    (stack, dump, code)
}

/// Everything that is stored, as the bytes that it stands for: the text, and what it decodes to.
fn stored(dump: &Dump) -> HashSet<Vec<u8>> {
    let mut stored = HashSet::new();
    for text in dump.texts() {
        for part in text.split(['#', '.']).chain([text.as_str()]) {
            stored.insert(part.as_bytes().to_vec());
            stored.extend(URL_SAFE_NO_PAD.decode(part).ok());
        }
    }
    stored
}

/// What somebody without the root secret would try for a secret with few possibilities: the value, and digests of it
/// alone and together with what is stored beside it.
fn guesses(candidate: &str, beside: &[String]) -> Vec<Vec<u8>> {
    let mut guesses = vec![candidate.as_bytes().to_vec(), Sha256::digest(candidate).to_vec()];
    for salt in beside {
        guesses.push(Sha256::digest(format!("{candidate}{salt}")).to_vec());
        guesses.push(Sha256::digest(format!("{salt}{candidate}")).to_vec());
    }
    guesses
}

/// What is stored beside the code and could serve as its salt.
fn beside_the_code(item: &Item) -> Vec<String> {
    let stolen = Stolen::read(item);
    vec![stolen.salt_text, stolen.request_id]
}

fn found(stored: &HashSet<Vec<u8>>, candidates: impl Iterator<Item = String>, beside: &[String]) -> Vec<String> {
    candidates.filter(|candidate| guesses(candidate, beside).iter().any(|guess| stored.contains(guess))).collect()
}

fn every_code() -> impl Iterator<Item = String> {
    (0..1_000_000).map(|code| format!("{code:06}"))
}

/// All million codes, without the root secret: nothing in the table is any of them (K-01).
#[tokio::test]
async fn a_stolen_table_tells_no_code() {
    let (stack, dump, code) = stolen_while_a_code_is_out().await;
    let beside = beside_the_code(dump.request());
    assert_eq!(found(&stored(&dump), every_code(), &beside), Vec::<String>::new());

    // The same search finds the code in a table that keeps it as it is, or its plain digest.
    let digest = Sha256::digest(&code);
    let planted = [code.clone(), hex(&digest), URL_SAFE_NO_PAD.encode(digest)];
    for (index, planted) in planted.iter().enumerate() {
        let mut item = forgery::keys(&format!("REQUEST#old-{index}"), "REQUEST");
        item.insert("code".to_owned(), forgery::string(planted));
        forgery::put(&stack, item).await;
    }
    let dump = stack.dump().await;
    assert_eq!(found(&stored(&dump), every_code(), &[]), std::slice::from_ref(&code));
    let needle = Needle::with_digests("the code", &code);
    assert!(planted.iter().all(|text| needle.find(text).is_some()));
}

/// Argon2id itself does not help the thief: with the stored salt and all else that is stored, but without the root
/// secret, not even the right code gives the stored hash; with it, exactly the right code does (K-01).
#[tokio::test]
async fn only_the_root_secret_tells_the_code() {
    let (stack, dump, code) = stolen_while_a_code_is_out().await;
    let stolen = Stolen::read(dump.request());
    assert!(!stolen.matches_without_a_secret(&code), "the hash is not keyed");
    assert!(!stolen.matches(&code, &Stack::new().await.code_keys()), "another deployment's secret opens it");

    let right: u32 = code.parse().expect("a code");
    let sample = (0..20).map(|step| format!("{:06}", (right + step * 50_000) % 1_000_000));
    let keys = stack.code_keys();
    let matching: Vec<_> = sample.filter(|candidate| stolen.matches(candidate, &keys)).collect();
    assert_eq!(matching, [code]);
}

/// What the stream hands over when somebody requests a code has no code in it, not even a hash of one: the code is made
/// by `deliver-code`, out of reach of queues that keep what a function was given (F-04).
#[tokio::test]
async fn what_the_stream_hands_over_holds_no_code() {
    let stack = Stack::new().await;
    stack.browser().start(ADA).await;
    let before = stack.dump().await;
    stack.deliver().await;
    let (code, after) = (stack.newest_code(ADA), stack.dump().await);
    let matches = |dump: &Dump| Stolen::read(dump.request()).matches(&code, &stack.code_keys());
    assert!(!matches(&before), "the code was there before it was sent");
    assert!(matches(&after), "the search is blind");
    for text in before.texts() {
        Needle::with_digests("the number", ADA).assert_absent("a record of the stream", &text);
    }
}

/// No number is in the table, in no form, nor any unkeyed digest of it (K-07). All ten thousand numbers of the block
/// are tried, as a thief would who knows the operator.
#[tokio::test]
async fn a_stolen_table_tells_no_number() {
    let (stack, dump, _) = stolen_while_a_code_is_out().await;
    let stored_before = stored(&dump);
    let block = || {
        (0..10_000).flat_map(|end| [format!("+4670174{end:04}"), format!("4670174{end:04}"), format!("070174{end:04}")])
    };
    assert_eq!(found(&stored_before, block(), &[]), Vec::<String>::new());
    for form in [ADA, "46701740605", "0701740605", "701740605"] {
        let needle = Needle::with_digests("the number", form);
        for text in dump.texts() {
            needle.assert_absent("the table", &text);
        }
    }

    let mut item = forgery::keys("NUMBER#old", "OWNER");
    item.insert("number".to_owned(), forgery::string(&URL_SAFE_NO_PAD.encode(Sha256::digest(ADA))));
    forgery::put(&stack, item).await;
    assert_eq!(found(&stored(&stack.dump().await), block(), &[]), [ADA], "the search finds what is there");
}

/// The number of a thief's own login tells nothing about others: one number has different seals in different requests.
#[tokio::test]
async fn a_seal_shows_no_equal_numbers() {
    let stack = Stack::new().await;
    stack.browser().start(ADA).await;
    stack.browser().start(ADA).await;
    let dump = stack.dump().await;
    let seals: HashSet<_> = dump.all("REQUEST#").into_iter().map(|item| string(item, "sealed_number")).collect();
    assert_eq!(seals.len(), 2);
}

/// Nothing in the table works as a cookie (C-06).
#[tokio::test]
async fn nothing_in_the_table_works_as_a_cookie() {
    let stack = Stack::new().await;
    let mut ticket = stack.browser();
    let code = ticket.request_code(tests::phones::BEA).await;
    ticket.submit(&code).await;
    stack.browser().sign_in(ADA).await;
    stack.browser().request_code(ADA).await;
    let dump = stack.dump().await;
    let values: HashSet<String> = dump.texts().iter().flat_map(|text| text.split('#').map(str::to_owned)).collect();
    for value in values.iter().filter(|value| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic())) {
        let mut thief = stack.browser();
        for name in ["__Host-session", "__Host-login", "__Host-device"] {
            thief.set_cookie(name, value);
        }
        assert_eq!(thief.session().await.problem(), "no-session");
        assert_eq!(thief.register("Eve").await.problem(), "not-verified");
        assert_eq!(thief.submit(&code).await.problem(), "login-request-over");
        assert_eq!(thief.resend().await.problem(), "no-login-request");
    }
    assert_eq!(stack.dump().await, dump, "and nothing was changed by trying");
}

/// A login that ended keeps what its session's cookie was made with, and neither that cookie nor the one that is missing to
/// make it again (C-06).
#[tokio::test]
async fn a_stolen_table_tells_no_cookie_of_a_login_that_ended() {
    let stack = Stack::new().await;
    let (mut registered, mut signed_in) = (stack.browser(), stack.browser());
    let mut cookies = Vec::new();
    for browser in [&mut registered, &mut signed_in] {
        let code = browser.request_code(ADA).await;
        cookies.push(browser.cookie("__Host-login").unwrap().to_owned());
        if browser.submit(&code).await.json()["next"] == "register" {
            browser.register("Ada").await;
        }
        cookies.extend(["__Host-session", "__Host-device"].map(|name| browser.cookie(name).unwrap().to_owned()));
        stack.advance(30);
    }
    let dump = stack.dump().await;
    let seeds: HashSet<_> = dump.all("REQUEST#").into_iter().map(|item| string(item, "seed").to_owned()).collect();
    assert_eq!(seeds.len(), 2);
    for cookie in &cookies {
        // What certifies a device is in its ticket, and worth nothing without the token.
        let needle = Needle::token("a cookie", cookie.split('.').next().unwrap());
        dump.texts().iter().for_each(|text| needle.assert_absent("the table", text));
    }
    // Even with the code secret: nothing that is stored is the login cookie.
    let sessions: HashSet<_> = dump.all("SESSION#").into_iter().map(|item| string(item, "pk").to_owned()).collect();
    let values = dump.texts().into_iter().flat_map(|text| text.split('#').map(str::to_owned).collect::<Vec<_>>());
    for token in values.filter_map(|text| Token::parse(&text)) {
        for seed in &seeds {
            let seed: Seed = serde_json::from_value(seed.as_str().into()).unwrap();
            let session = stack.code_keys().derive_token(&token, "session", &seed).unwrap().hash();
            assert!(!sessions.contains(&format!("SESSION#{}", session.as_str())));
        }
    }
    let login = Token::parse(&cookies[0]).unwrap();
    let derived = seeds.iter().map(|seed| {
        let seed: Seed = serde_json::from_value(seed.as_str().into()).unwrap();
        format!("SESSION#{}", stack.code_keys().derive_token(&login, "session", &seed).unwrap().hash().as_str())
    });
    assert_eq!(derived.filter(|session| sessions.contains(session)).count(), 1, "the search finds what is there");
}

/// The masked form is all that is kept of a number for people (P-07).
#[tokio::test]
async fn only_the_masked_number_is_kept_for_people() {
    let (_, dump, _) = stolen_while_a_code_is_out().await;
    for item in [dump.request(), dump.only("SESSION#")] {
        assert_eq!(string(item, "phone"), tests::phones::ADA_MASKED);
    }
}
