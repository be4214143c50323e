//! What the account page tells of others who used the number, and the choice of the browsers that get codes.

use fantoccini::key::Key;
use tests::browser::other_code;
use tests::phones::{ADA, BEA};

use crate::doorcode::Doorcode;
use crate::person::{CODE, Person};
use crate::unrecognized::Unrecognized;

const DAY: i64 = 86_400;
/// For so long after a sign-in a person can choose (requirement C-16).
const FRESH: i64 = 1_200;
/// Texts of which all tries are wrong, after which unrecognized browsers get no more (requirement G-06).
const TEXTS: usize = 24;

const HEADING: &str = "For you to know";
const LOCKED: &str = "New browsers get no codes for your number: somebody typed many wrong ones. Browsers you signed in \
                      with before still work. Stay signed in here and sign in once more on the sign-in page, and new browsers get codes again.";

const BROWSERS: &str = "Codes for new browsers";
const ANY: &str = "Every browser gets codes for your number. If you like, only browsers that you have signed in with \
                   before get them.";
const ONLY: &str = "Only browsers that you have signed in with before get codes for your number.";
const LOSS: &str = "If you lose all of these browsers, or clear their data, you can sign in with another one only half a \
                    year after your last sign-in.";
const LOCK: &str = "Only browsers I have signed in with";
const UNLOCK: &str = "Let new browsers have codes again";

#[tokio::test]
async fn who_has_nothing_to_know_is_told_nothing() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.registers("Ada").await;
    ada.does_not_see(HEADING).await;
    ada.does_not_see("new browser signed in").await;
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
    ada.does_not_see("new browser signed in").await;

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
async fn who_is_signed_in_is_told_how_to_unlock_a_locked_number() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.registers("Ada").await;
    unrecognized_browsers_lock_the_number(&doorcode).await;

    ada.opens("/account").await;
    ada.hears("status", LOCKED).await;
    ada.sees(LOCKED).await;
    ada.tabs_to("Sign in").await;
    ada.presses_key(Key::Enter).await;
    ada.is_at("/").await;
    ada.signs_in_again().await;
    ada.does_not_see(LOCKED).await;
    doorcode.advance(2 * DAY);
    Unrecognized::new(&doorcode).signs_in(ADA).await;
    ada.leaves().await;
}

#[tokio::test]
async fn only_browsers_of_ones_own_are_chosen_with_the_keyboard_alone() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.registers("Ada").await;
    ada.sees(&format!("{BROWSERS} {ANY} {LOSS}")).await;
    ada.does_not_see(ONLY).await;

    // Too long after the sign-in, it is told beside the button, which keeps the focus.
    doorcode.advance(FRESH);
    ada.tabs_to(LOCK).await;
    ada.presses_key(Key::Enter).await;
    ada.hears("alert", "For this you must have signed in within the last twenty minutes. Sign out, sign in again")
        .await;
    ada.is_on(LOCK).await;
    ada.tabs_to("Sign out").await;
    ada.presses_key(Key::Enter).await;
    ada.is_at("/").await;
    ada.signs_in_again().await;

    ada.tabs_to(LOCK).await;
    ada.presses_key(Key::Space).await;
    ada.hears("status", ONLY).await;
    ada.is_on(BROWSERS).await;
    ada.sees(&format!("{BROWSERS} {ONLY} {LOSS}")).await;
    ada.does_not_see(ANY).await;
    ada.does_not_see(LOCK).await;
    doorcode.advance(DAY);
    Unrecognized::new(&doorcode).gets_no_code(ADA, BEA).await;

    ada.signs_in_again().await;
    ada.sees(ONLY).await;
    ada.tabs_to(UNLOCK).await;
    ada.presses_key(Key::Enter).await;
    ada.hears("status", "Done: new browsers get codes for your number again.").await;
    ada.sees(ANY).await;
    ada.does_not_see(UNLOCK).await;
    doorcode.advance(2 * DAY);
    Unrecognized::new(&doorcode).signs_in(ADA).await;
    ada.leaves().await;
}

#[tokio::test]
async fn who_is_signed_out_elsewhere_chooses_nothing() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.registers("Ada").await;

    let script = "const done = arguments[0]; fetch('/auth/session', { method: 'DELETE' }).then(() => done(null))";
    ada.client().execute_async(script, Vec::new()).await.expect("an answer");
    ada.presses(LOCK).await;
    ada.is_at("/").await;
    ada.hears("status", "You are not signed in. Type your number to sign in.").await;
    ada.leaves().await;
}

/// All that there can be to know and to choose, as it looks.
#[tokio::test]
async fn all_notices_together_fit_every_screen() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.registers("Ada").await;
    doorcode.advance(60);
    Unrecognized::new(&doorcode).signs_in(ADA).await;
    unrecognized_browsers_lock_the_number(&doorcode).await;
    ada.opens("/account").await;
    for told in ["72 wrong codes", "1 new browser", LOCKED] {
        ada.sees(told).await;
    }
    ada.looks_at("account-notices").await;
    ada.presses(LOCK).await;
    ada.hears("alert", "For this you must have signed in within the last twenty minutes.").await;
    ada.looks_at("account-notices-refused").await;
    ada.presses("Sign out").await;
    ada.is_at("/").await;
    ada.signs_in_again().await;
    ada.presses(LOCK).await;
    ada.sees(ONLY).await;
    ada.looks_at("account-recognized-only").await;
    ada.leaves().await;
}

/// Unrecognized browsers type wrong codes for the number until it is locked, within the time that a session is not used.
async fn unrecognized_browsers_lock_the_number(doorcode: &Doorcode) {
    let mut delay = 30;
    for _ in 0..TEXTS {
        doorcode.advance(delay);
        delay = DAY.min(2 * delay);
        let mut unrecognized = Unrecognized::new(doorcode);
        let code = unrecognized.requests_a_code(ADA).await;
        for index in 0..3 {
            assert_eq!(unrecognized.types(&other_code(&code, index)).await.problem(), "wrong-code");
        }
    }
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
