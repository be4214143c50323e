//! People go on with what an older version wrote for them: sessions, codes, tickets, devices.

use shared::time::DAY;
use tests::browser::other_code;
use tests::phones::{ADA, ADA_MASKED, mobile};

use super::file::Golden;

#[tokio::test]
async fn a_session_answers_with_its_notices_and_a_login_unlocks_its_number() {
    for golden in Golden::all() {
        let opened = golden.open().await;
        let (stack, mut owner) = (&opened.stack, opened.browser("owner"));
        let session = owner.session().await.json();
        assert_eq!((&session["user"]["name"], &session["user"]["phone"]), (&"Ada".into(), &ADA_MASKED.into()));
        let notices = &session["security_notices"];
        assert_eq!((&notices["wrong_codes"], &notices["locked"]), (&72.into(), &true.into()));

        let mut unrecognized = stack.browser();
        unrecognized.start(ADA).await;
        stack.deliver().await;
        assert!(stack.texts(ADA).is_empty(), "the number is locked");
        assert_eq!(owner.submit(opened.code("owner")).await.status, 200);
        assert_eq!(owner.session().await.json()["security_notices"]["locked"], false);
        // A text that the lock kept back counts as one that went out, so the next one waits.
        stack.advance(DAY);
        let code = unrecognized.request_code(ADA).await;
        assert_eq!(unrecognized.submit(&code).await.json()["next"], "account");
        assert_eq!(owner.sign_out().await.status, 204);
        assert_eq!(owner.session().await.problem(), "no-session");
    }
}

/// A session that is kept alive is written again.
#[tokio::test]
async fn a_session_is_kept_alive() {
    for golden in Golden::all() {
        let opened = golden.open().await;
        let mut owner = opened.browser("owner");
        for _ in 0..2 {
            opened.stack.advance(8 * DAY);
            assert_eq!(owner.session().await.json()["user"]["name"], "Ada");
        }
    }
}

#[tokio::test]
async fn an_owner_signs_in_by_a_code_that_was_sent_and_by_a_new_one() {
    for golden in Golden::all() {
        let opened = golden.open().await;
        let (stack, mut owner) = (&opened.stack, opened.browser("owner"));
        let user = owner.session().await.json()["user"]["id"].clone();
        let code = opened.code("owner");
        assert_eq!(owner.submit(&other_code(code, 0)).await.problem(), "wrong-code");
        assert_eq!(owner.submit(code).await.json()["next"], "account");
        assert_eq!(owner.session().await.json()["user"]["id"], user);
        stack.advance(60);
        assert_eq!(owner.sign_in(ADA).await.json()["next"], "account");
        assert_eq!(owner.session().await.json()["user"]["id"], user);
        let dump = stack.dump().await;
        let devices = dump.all("NUMBER#").into_iter().map(|owner| owner["devices"].as_m().unwrap().len());
        assert_eq!(devices.max(), Some(2), "a browser is known anew");
    }
}

/// The number is locked for all but the browsers in the owner's item.
#[tokio::test]
async fn another_browser_of_the_owner_is_recognized() {
    for golden in Golden::all() {
        let opened = golden.open().await;
        let mut laptop = opened.browser("laptop");
        assert_eq!(laptop.session().await.problem(), "no-session", "it was not used for two months");
        assert_eq!(laptop.sign_in(ADA).await.json()["next"], "account");
        assert_eq!(laptop.session().await.json()["security_notices"]["new_browsers"], 0);
    }
}

#[tokio::test]
async fn a_ticket_registers() {
    for golden in Golden::all() {
        let opened = golden.open().await;
        let mut newcomer = opened.browser("newcomer");
        assert_eq!(newcomer.register("Bea").await.status, 201);
        assert_eq!(newcomer.session().await.json()["user"]["name"], "Bea");
        assert_eq!(opened.stack.dump().await.all("USER#").len(), 3);
    }
}

/// A registration whose answer got lost, by its ticket and by its code.
#[tokio::test]
async fn a_lost_answer_is_repeated() {
    for golden in Golden::all() {
        let opened = golden.open().await;
        let unanswered = opened.browser("unanswered");
        assert_eq!(unanswered.clone().register("Eve").await.status, 201);
        let mut browser = unanswered;
        assert_eq!(browser.submit(opened.code("unanswered")).await.json()["next"], "account");
        assert_eq!(browser.session().await.json()["user"]["name"], "Ada");
    }
}

#[tokio::test]
async fn a_code_that_was_sent_to_a_new_number_leads_to_an_account() {
    for golden in Golden::all() {
        let opened = golden.open().await;
        let mut waiting = opened.browser("waiting");
        assert_eq!(waiting.submit(opened.code("waiting")).await.json()["next"], "register");
        assert_eq!(waiting.register("Cec").await.status, 201);
    }
}

/// Of the two texts of a login that requested a second one.
#[tokio::test]
async fn the_newer_of_two_codes_leads_to_an_account() {
    for golden in Golden::all() {
        let opened = golden.open().await;
        let mut repeated = opened.browser("repeated");
        opened.stack.advance(1);
        assert_eq!(repeated.start(&mobile(6)).await.json()["requested"], false);
        assert_eq!(repeated.submit(opened.code("repeated")).await.json()["next"], "register");
    }
}

#[tokio::test]
async fn a_request_that_waits_in_the_stream_is_answered() {
    for golden in Golden::all() {
        let opened = golden.open().await;
        let mut asking = opened.browser("asking");
        assert_eq!(opened.stack.deliver().await, 1);
        let code = opened.stack.newest_code(&mobile(4));
        assert_eq!(asking.submit(&code).await.json()["next"], "register");
    }
}

#[tokio::test]
async fn a_text_that_did_not_go_out_is_sent_when_it_is_requested_again() {
    for golden in Golden::all() {
        let opened = golden.open().await;
        let mut unreached = opened.browser("unreached");
        opened.stack.advance(60);
        let code = unreached.resend_code(&mobile(3)).await;
        assert_eq!(unreached.submit(&code).await.json()["next"], "register");
    }
}
