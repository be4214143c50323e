//! What the account page tells of others who used the number, and the button that lets new browsers have codes again.

use fantoccini::key::Key;
use tests::browser::other_code;
use tests::phones::ADA;

use crate::doorcode::Doorcode;
use crate::person::{CODE, Person};
use crate::unrecognized::Unrecognized;

const DAY: i64 = 86_400;
/// For so long after a sign-in the number can be unlocked (requirement C-16).
const FRESH: i64 = 1_200;
/// Texts without a login after which unrecognized browsers get no more (requirement G-06).
const TEXTS: usize = 33;

const HEADING: &str = "For you to know";
const UNLOCK: &str = "Let new browsers have codes again";
const LOCKED: &str = "New browsers get no codes for your number: somebody asked for many and used none. \
                           Browsers you signed in with before still work.";

#[tokio::test]
async fn who_has_nothing_to_know_is_told_nothing() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.registers("Ada").await;
    ada.does_not_see(HEADING).await;
    ada.does_not_see("browser").await;
    ada.leaves().await;
}

#[tokio::test]
async fn wrong_codes_and_new_browsers_are_told_one_or_many() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.registers("Ada").await;

    doorcode.advance(60);
    let mut unrecognized = Unrecognized::new(&doorcode);
    let code = unrecognized.requests_a_code(ADA).await;
    assert_eq!(unrecognized.types(&other_code(&code, 0)).await.problem(), "wrong-code");
    let code_is_lost = "since your last sign-in. If that was you, all is well. \
                        If not, nothing is lost: a wrong code lets nobody in.";
    ada.opens("/account").await;
    ada.hears("status", &format!("1 wrong code was typed for your number {code_is_lost}")).await;
    ada.sees(&format!("{HEADING} 1 wrong code was typed for your number {code_is_lost}")).await;
    ada.does_not_see("new browser").await;
    ada.does_not_see(UNLOCK).await;

    assert_eq!(unrecognized.types(&other_code(&code, 1)).await.problem(), "wrong-code");
    assert_eq!(unrecognized.types(&code).await.status, 200);
    let phone_is_shared = "signed in to your account since your last sign-in. If that was you, all is well. \
                           If not, somebody got hold of a code that was sent to you";
    ada.opens("/account").await;
    ada.hears("status", &format!("2 wrong codes were typed for your number {code_is_lost} 1 new browser")).await;
    ada.sees(&format!("1 new browser {phone_is_shared}")).await;

    doorcode.advance(60);
    Unrecognized::new(&doorcode).signs_in(ADA).await;
    ada.opens("/account").await;
    ada.sees(&format!("2 new browsers {phone_is_shared}")).await;

    // It is told after the next sign-in as well, and then no more.
    ada.signs_in_again().await;
    ada.sees("2 new browsers signed in").await;
    ada.signs_in_again().await;
    ada.does_not_see(HEADING).await;
    ada.leaves().await;
}

#[tokio::test]
async fn a_locked_number_is_unlocked_with_the_keyboard_alone() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.registers("Ada").await;
    unrecognized_browsers_lock_the_number(&doorcode).await;

    ada.signs_in_again().await;
    ada.hears("status", LOCKED).await;
    ada.sees(&format!("{HEADING} {LOCKED} {UNLOCK}")).await;

    // Too long after the sign-in, it is told beside the button, which keeps the focus.
    doorcode.advance(FRESH);
    ada.tabs_to(UNLOCK).await;
    ada.presses_key(Key::Enter).await;
    ada.hears("alert", "For this you must have signed in within the last twenty minutes. Sign out, sign in again")
        .await;
    ada.is_on(UNLOCK).await;
    ada.tabs_to("Sign out").await;
    ada.presses_key(Key::Enter).await;
    ada.is_at("/").await;

    doorcode.advance(60);
    ada.signs_in_from_the_start().await;
    ada.tabs_to(UNLOCK).await;
    ada.presses_key(Key::Space).await;
    ada.hears("status", "Done: new browsers get codes for your number again.").await;
    ada.is_on(HEADING).await;
    ada.does_not_see(LOCKED).await;
    ada.does_not_see(UNLOCK).await;
    ada.opens("/account").await;
    ada.sees("Hello, Ada").await;
    ada.does_not_see(HEADING).await;

    doorcode.advance(2 * DAY);
    Unrecognized::new(&doorcode).signs_in(ADA).await;
    ada.leaves().await;
}

#[tokio::test]
async fn who_is_signed_out_elsewhere_unlocks_nothing() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.registers("Ada").await;
    unrecognized_browsers_lock_the_number(&doorcode).await;
    ada.signs_in_again().await;

    let script = "const done = arguments[0]; fetch('/auth/session', { method: 'DELETE' }).then(() => done(null))";
    ada.client().execute_async(script, Vec::new()).await.expect("an answer");
    ada.presses(UNLOCK).await;
    ada.is_at("/").await;
    ada.hears("status", "You are not signed in. Type your number to sign in.").await;
    ada.leaves().await;
}

/// All that there can be to know, as it looks.
#[tokio::test]
async fn all_notices_together_fit_every_screen() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.registers("Ada").await;
    doorcode.advance(60);
    Unrecognized::new(&doorcode).signs_in(ADA).await;
    let (mut last, code) = unrecognized_browsers_lock_the_number(&doorcode).await;
    for index in 0..3 {
        assert_eq!(last.types(&other_code(&code, index)).await.problem(), "wrong-code");
    }
    ada.signs_in_again().await;
    for told in ["3 wrong codes", "1 new browser", LOCKED] {
        ada.sees(told).await;
    }
    ada.looks_at("account-notices").await;
    doorcode.advance(FRESH);
    ada.presses(UNLOCK).await;
    ada.hears("alert", "For this you must have signed in within the last twenty minutes.").await;
    ada.looks_at("account-notices-refused").await;
    ada.signs_in_again().await;
    ada.presses(UNLOCK).await;
    ada.sees("Done: new browsers get codes").await;
    ada.looks_at("account-notices-done").await;
    ada.leaves().await;
}

/// Unrecognized browsers request codes for the number until it is locked. The last of them, and the code, are given
/// back.
async fn unrecognized_browsers_lock_the_number(doorcode: &Doorcode) -> (Unrecognized<'_>, String) {
    let mut last = None;
    for _ in 0..TEXTS {
        // In two quiet days the retry delay of a throttle ends, however long it is.
        doorcode.advance(2 * DAY);
        let mut unrecognized = Unrecognized::new(doorcode);
        let code = unrecognized.requests_a_code(ADA).await;
        last = Some((unrecognized, code));
    }
    last.expect("a last one")
}

impl Person<'_> {
    async fn signs_in_again(&self) {
        self.doorcode.advance(60);
        self.signs_in_from_the_start().await;
    }

    async fn signs_in_from_the_start(&self) {
        let code = self.requests_a_code().await;
        self.types(CODE, &code).await;
        self.presses("Sign in").await;
        self.is_at("/account").await;
        self.sees("Hello, Ada").await;
    }
}
