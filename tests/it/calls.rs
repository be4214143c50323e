//! What each step costs at the table: `cargo bench -p tests --bench steps` prints the whole list.

use tests::proxy::Cost;
use tests::walk::{Step, costs};

/// The read and write capacity units that a step may use, one for each item that it touches, two for each in a
/// transaction: so many as long as no item is larger than 1 KB. Of the nine that a delivery reads five are shards of
/// quotas; ten more where a recognized browser requests a code, and what its number had in the day.
fn units(step: Step) -> (f64, f64) {
    match step {
        Step::Start => (0.0, 4.0),
        Step::DeliverSent => (9.0, 10.0),
        Step::DeliverSuppressed => (9.0, 0.0),
        Step::DeliverToRecognized => (21.0, 8.0),
        Step::DeliverUndelivered => (9.0, 20.0),
        Step::StartAgain | Step::Resend | Step::SignOut => (0.0, 1.0),
        Step::SessionAfterADay => (3.0, 1.0),
        Step::VerifyWrong | Step::VerifyNewNumber => (2.0, 2.0),
        Step::VerifyLastWrong => (2.0, 3.0),
        Step::VerifyAccount => (2.0, 16.0),
        Step::Register => (1.0, 17.0),
        Step::Session => (3.0, 0.0),
    }
}

/// No step makes more calls or larger items than was decided.
#[tokio::test]
async fn each_step_makes_its_calls_and_no_more() {
    let costs = costs().await;
    for step in Step::ALL {
        let calls = &costs[&step];
        assert!(calls.len() <= step.calls(), "{step:?} makes more than {} calls: {calls:#?}", step.calls());
        let sum = |part: fn(&Cost) -> f64| calls.iter().map(part).sum::<f64>();
        let (read, write) = (sum(|call| call.read), sum(|call| call.write));
        let (most_read, most_written) = units(step);
        // A condition that refuses is billed as a write of the item's size, and reported by nobody.
        let is_refused = step == Step::StartAgain;
        assert!(read + write > 0.0 || is_refused, "the engine reports no units: {calls:#?}");
        assert!(read <= most_read && write <= most_written, "{step:?} uses more units than it may: {calls:#?}");
    }
}
