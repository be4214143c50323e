//! Logins as people walk them, each against the whole service: a slow text, the way back, a mistake put right, a number
//! from abroad. No sentence on the way is false.

use tests::browser::other_code;
use tests::phones::{ADA, ADA_NATIONAL, BEA};

use crate::doorcode::Doorcode;
use crate::person::{CODE, NUMBER, Person};

const SEND: &str = "Text me a code";
const CONTINUED: &str = "You asked for a code for +46 70 174 06 05 a short time ago, and that code still works. No new message is on its way.";

impl Person<'_> {
    /// Types a code, and is let on to the registration.
    async fn is_let_in_by(&self, code: &str) {
        self.types(CODE, code).await;
        self.presses("Sign in").await;
        self.is_at("/register").await;
    }

    /// Chooses the country whose form the number is in.
    async fn chooses_country(&self, code: &str) {
        let choose =
            format!("country.value = '{code}'; country.dispatchEvent(new Event('change', {{ bubbles: true }}))");
        self.runs(&choose, Vec::new()).await;
    }
}

#[tokio::test]
async fn the_first_of_two_texts_comes_late_and_lets_its_owner_in() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let first = ada.requests_a_code().await;
    ada.waits(30).await;
    ada.presses("Ask for a new code").await;
    ada.sees(
        "You asked for a new code by text message to +46 70 174 06 05. The codes of your two newest messages work.",
    )
    .await;
    assert_ne!(ada.reads_code().await, first);
    ada.is_let_in_by(&first).await;
    ada.leaves().await;
}

#[tokio::test]
async fn who_goes_back_and_types_the_same_number_is_let_in_by_the_code_in_hand() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let code = ada.requests_a_code().await;
    ada.goes_back().await;
    ada.is_at("/").await;
    ada.presses(SEND).await;
    ada.is_at("/code").await;
    ada.sees(CONTINUED).await;
    ada.follows("Change number").await;
    ada.chooses_country("SE").await;
    ada.types(NUMBER, ADA_NATIONAL).await;
    ada.presses(SEND).await;
    ada.is_at("/code").await;
    ada.sees(CONTINUED).await;
    assert_eq!(doorcode.texts(ADA).len(), 1);
    ada.is_let_in_by(&code).await;
    ada.leaves().await;
}

#[tokio::test]
async fn who_used_up_the_tries_and_starts_again_at_once_is_told_to_wait() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let code = ada.requests_a_code().await;
    for index in 0..3 {
        ada.types(CODE, &other_code(&code, index)).await;
        ada.presses("Sign in").await;
        match index {
            0 => ada.hears("alert", "You have 2 tries left.").await,
            1 => ada.hears("alert", "You have 1 try left.").await,
            _ => ada.is_on("Time for a new code").await,
        }
    }
    ada.follows("Start again").await;
    ada.is_at("/").await;
    ada.presses(SEND).await;
    ada.hears("alert", "It is too early for another code from here. Try again in").await;
    assert_eq!(doorcode.texts(ADA).len(), 1);
    ada.waits(30).await;
    ada.presses(SEND).await;
    ada.is_at("/code").await;
    let next = ada.reads_code().await;
    ada.is_let_in_by(&next).await;
    ada.complaints().await;
    ada.leaves().await;
}

#[tokio::test]
async fn the_tab_of_a_number_that_was_replaced_says_so_and_costs_the_other_nothing() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let code = ada.requests_a_code().await;
    let here = ada.opens_a_tab().await;
    ada.opens("/").await;
    ada.types(NUMBER, BEA).await;
    ada.presses(SEND).await;
    ada.is_at("/code").await;
    let there = ada.client().window().await.expect("a tab");
    ada.client().switch_to_window(here.clone()).await.expect("the first tab");
    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.is_on("Go on in the other tab").await;
    ada.sees("so the code for this page does not work any more").await;
    ada.client().switch_to_window(there).await.expect("the second tab");
    let other = ada.until("a text", async || doorcode.texts(BEA).pop()).await;
    let digits: String = other.rsplit('#').next().expect("a code").to_owned();
    ada.is_let_in_by(&digits).await;
    ada.returns_to(here).await;
    ada.complaints().await;
    ada.leaves().await;
}

#[tokio::test]
async fn two_tabs_with_one_number_are_one_login() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let code = ada.requests_a_code().await;
    let here = ada.opens_a_tab().await;
    ada.starts().await;
    ada.sees(CONTINUED).await;
    ada.returns_to(here).await;
    ada.is_let_in_by(&code).await;
    ada.leaves().await;
}

/// Each country's own way to dial abroad, as the person chose the country; a `+` works everywhere.
#[tokio::test]
async fn a_number_may_be_dialled_as_from_abroad() {
    for (country, typed, number, shown) in [
        ("SE", "0049 1512 3456789", "+4915123456789", "Germany"),
        ("AU", "0011 46 70 174 06 05", ADA, "Sweden"),
        ("HK", "001 46 70 174 06 05", ADA, "Sweden"),
        ("US", "011 46 70 174 06 05", ADA, "Sweden"),
        ("JP", "+46 70 174 06 05", ADA, "Sweden"),
        ("JP", "０９０−１２３４−５６７８", "+819012345678", "Japan"),
    ] {
        let doorcode = Doorcode::start().await;
        let ada = Person::new(&doorcode, number).await;
        ada.opens("/").await;
        ada.chooses_country(country).await;
        ada.types(NUMBER, typed).await;
        ada.sees(&format!("{shown}: +")).await;
        ada.presses(SEND).await;
        ada.is_at("/code").await;
        let code = ada.reads_code().await;
        ada.is_let_in_by(&code).await;
        ada.leaves().await;
    }
}

/// The page, its refusals, and the digits of an Arabic keyboard.
#[tokio::test]
async fn an_arabic_reader_signs_in_with_arabic_digits() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.opens("/").await;
    ada.runs("document.cookie = '__Host-language=ar; Path=/; Secure'", Vec::new()).await;
    ada.opens("/").await;
    assert_eq!(ada.runs("return [document.dir, document.documentElement.lang]", Vec::new()).await[1], "ar");
    let submit = "document.querySelector('form button').click()";
    ada.runs(
        "phone.value = '\u{0660}\u{0661}'; phone.dispatchEvent(new Event('input', { bubbles: true }))",
        Vec::new(),
    )
    .await;
    ada.runs(submit, Vec::new()).await;
    ada.until("a refusal in Arabic", async || {
        let said = ada.runs("return problem.textContent", Vec::new()).await;
        said.as_str()?.chars().any(|sign| ('\u{600}'..'\u{700}').contains(&sign)).then_some(())
    })
    .await;
    ada.looks_at("arabic-sign-in-refused").await;
    let arabic = |text: &str| -> String {
        let digit = |sign: char| sign.to_digit(10).and_then(|value| char::from_u32(0x660 + value)).unwrap_or(sign);
        text.chars().map(digit).collect()
    };
    ada.runs(
        &format!(
            "phone.value = '{}'; phone.dispatchEvent(new Event('input', {{ bubbles: true }}))",
            arabic("0046701740605")
        ),
        Vec::new(),
    )
    .await;
    ada.runs(submit, Vec::new()).await;
    ada.is_at("/code").await;
    ada.looks_at("arabic-code").await;
    let text = ada.until("a text", async || doorcode.texts(ADA).pop()).await;
    assert!(text.contains("رمز"), "{text}");
    let code = arabic(text.rsplit('#').next().expect("a code"));
    ada.runs(&format!("code.value = '{code}'"), Vec::new()).await;
    ada.runs(submit, Vec::new()).await;
    ada.is_at("/register").await;
    ada.complaints().await;
    ada.leaves().await;
}
