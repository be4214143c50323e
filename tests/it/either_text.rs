//! Either of two texts works: the first one's code is good beside the second one's, and attempts are counted over both.

use tests::browser::{Browser, other_code};
use tests::phones::{ADA, BEA};
use tests::stack::Stack;

/// A browser with two texts, and their codes, which differ.
async fn two_texts(stack: &Stack, phone: &str) -> (Browser, [String; 2]) {
    loop {
        let mut browser = stack.browser();
        let first = browser.request_code(phone).await;
        stack.advance(30);
        let second = browser.resend_code(phone).await;
        // One time in a million they are the same.
        if first != second {
            return (browser, [first, second]);
        }
        stack.advance(100_000);
    }
}

/// A slow text, another one, and the code of the first or of the second: both sign in and both register (G-05).
#[tokio::test]
async fn the_code_of_either_text_works() {
    for which in [0, 1] {
        let stack = Stack::new().await;
        stack.browser().sign_in(BEA).await;
        stack.advance(600);
        for (phone, next) in [(ADA, "register"), (BEA, "account")] {
            let (mut browser, codes) = two_texts(&stack, phone).await;
            assert_eq!(browser.submit(&codes[which]).await.json()["next"], next, "text {which}");
        }
    }
}

/// Attempts are counted over both codes, and a new code gives none back (G-01, G-05).
#[tokio::test]
async fn attempts_are_counted_over_both() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let first = browser.request_code(ADA).await;
    assert_eq!(browser.submit(&other_code(&first, 0)).await.json()["attempts_left"], 2);
    stack.advance(30);
    assert_eq!(browser.resend().await.json()["attempts_left"], 2);
    stack.deliver().await;
    let second = stack.newest_code(ADA);
    for left in [1, 0] {
        let wrong = (0..10).map(|index| other_code(&second, index)).find(|code| *code != first).unwrap();
        assert_eq!(browser.submit(&wrong).await.json()["attempts_left"], left);
    }
    for code in [&first, &second] {
        assert_eq!(browser.submit(code).await.problem(), "login-request-over");
    }
    assert_eq!(stack.compares(), 3);
}

/// Of three texts the newest two work (G-05).
#[tokio::test]
async fn the_code_before_the_newest_two_is_wrong() {
    let stack = Stack::new().await;
    let (mut browser, [first, second]) = two_texts(&stack, ADA).await;
    stack.advance(60);
    let third = browser.resend_code(ADA).await;
    if first != third {
        assert_eq!(browser.submit(&first).await.problem(), "wrong-code");
    }
    assert_eq!(browser.submit(&second).await.status, 200);
}

/// Each code has its own ten minutes (G-07).
#[tokio::test]
async fn each_code_has_its_own_ten_minutes() {
    for (age, first_works) in [(599, true), (600, false)] {
        for which in [0, 1] {
            let stack = Stack::new().await;
            let mut browser = stack.browser();
            let first = browser.request_code(ADA).await;
            stack.advance(590);
            let second = browser.resend_code(ADA).await;
            stack.advance(age - 590);
            let answer = browser.submit([&first, &second][which]).await;
            if which == 1 || first_works || first == second {
                assert_eq!(answer.status, 200, "text {which} at {age} s");
            } else {
                assert_eq!(answer.problem(), "wrong-code", "text {which} at {age} s");
            }
        }
    }
}

/// A second text that is held back, or that SNS refuses, leaves the first one's code good.
#[tokio::test]
async fn a_second_text_that_does_not_come_leaves_the_first() {
    for is_refused in [false, true] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        let code = browser.request_code(ADA).await;
        stack.advance(30);
        if is_refused {
            stack.inbox().refuse_next();
        } else {
            // Somebody else takes the text that the number may have.
            stack.browser().request_code(ADA).await;
        }
        let texts = stack.texts(ADA).len();
        assert_eq!(browser.resend().await.status, 202);
        stack.deliver().await;
        assert_eq!(stack.texts(ADA).len(), texts);
        assert_eq!(browser.submit(&code).await.status, 200, "refused: {is_refused}");
    }
}

/// Wrong codes look the same whether the second text went out, was held back or was refused (E-03, E-07).
#[tokio::test]
async fn nobody_sees_whether_the_second_text_went_out() {
    let mut seen = Vec::new();
    for (is_held_back, is_refused) in [(false, false), (true, false), (false, true)] {
        let stack = Stack::watched().await;
        let mut browser = stack.browser();
        let code = browser.request_code(ADA).await;
        stack.advance(30);
        if is_held_back {
            stack.browser().request_code(ADA).await;
        }
        if is_refused {
            stack.inbox().refuse_next();
        }
        let texts = stack.texts(ADA).len();
        let resent = browser.resend().await;
        stack.deliver().await;
        assert_eq!(stack.texts(ADA).len() == texts, is_held_back || is_refused);
        stack.proxy().forget();
        let newest = stack.newest_code(ADA);
        let mut typed = (0..10).map(|index| other_code(&newest, index)).filter(|typed| *typed != code);
        let mut answers = vec![(resent.shape(), resent.text_but_names())];
        for _ in 0..4 {
            let answer = browser.submit(&typed.next().unwrap()).await;
            answers.push((answer.shape(), answer.text().to_owned()));
        }
        seen.push((answers, stack.proxy().signatures(), stack.compares()));
    }
    assert!(seen.iter().all(|other| *other == seen[0]), "{seen:#?}");
}
