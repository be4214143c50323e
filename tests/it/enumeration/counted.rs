//! What is counted for a number, which somebody with a phone in the same number block can see by what his own gets.

use shared::login::user::RegistrationPolicy;
use shared::sending::decision::SendPolicy;
use tests::phones::of_another_block;
use tests::stack::Stack;

use super::request_code;

/// What is left of a number block tells nobody who has an account: a number that is locked, or that may not register,
/// takes its place in it like one that gets its text (E-02, E-05).
#[tokio::test]
async fn what_is_left_of_a_block_looks_the_same_for_every_number() {
    for registration in [RegistrationPolicy::Open, RegistrationPolicy::Closed] {
        let mut left = Vec::new();
        for has_account in [true, false] {
            let open = Stack::with(SendPolicy::default()).await;
            let number = |line: u32| of_another_block(1).replace("000", &format!("{line:03}"));
            if has_account {
                open.browser().sign_in(&number(0)).await;
            }
            for _ in 0..24 {
                open.advance(2 * 86_400);
                open.browser().guess(&number(0), 3).await;
            }
            let stack = open.twin_with(SendPolicy { registration, ..SendPolicy::default() }).await;
            stack.advance(2 * 86_400);
            for line in 1..4 {
                request_code(&stack, &number(line), 0).await;
            }
            request_code(&stack, &number(0), 0).await;
            let quota = stack.dump().await.only("QUOTA#BLOCK#").clone();
            let hour = format!("h{}", stack.now().secs() / 3_600);
            left.push(quota[&hour].as_ss().map_or(0, Vec::len));
        }
        assert_eq!(left, [4, 4], "{registration:?}");
    }
}
