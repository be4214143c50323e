//! Every order of events of one number's logins, up to a depth: the deployed functions, each stopped before each of its
//! calls to the table, on the embedded engine.
//!
//! Two browsers start, start again, request codes, type the right code, an older one or a wrong one, and register; the stream
//! brings each record once, again, and beside another; SNS takes a text or refuses it; answers of the table and of the API
//! get lost; time passes, and time to live removes what is over. After each event the laws of [`laws`] are looked at. States are
//! explored breadth first, each once.
//!
//! What is left out: a function's first call comes in the moment in which it begins; SNS that keeps silent is one that takes
//! a text which nobody reads; browsers keep no session and no device cookie; all of them have one address, whose
//! limits they do not reach. docs/develop.md has the bound.

mod broken;
mod engine;
mod event;
mod explorer;
mod functions;
mod laws;
mod notes;
mod script;
mod state;
mod world;

use std::env;

use broken::Build;
use event::{Begin, Choice, Event, Twist};
use explorer::{Bounds, Report, explore, play};
use state::State;
use world::World;

/// How many events more than usual are explored (`tests/run nightly`).
const DEEPER: &str = "DOORCODE_ORDERS_DEEPER";

/// Everything, for the first events of a number's logins.
const BEGINNING: Bounds = Bounds {
    depth: 5,
    starts: [2, 1],
    resends: 1,
    submits: [4, 1],
    codes: 2,
    registers: 2,
    deliveries: 2,
    losses: 1,
    refusals: 1,
    waits: &[31, 600],
    all_waits: 2,
    at_once: 3,
};

/// One browser that got one text: whole logins, with everything that can happen twice.
const WHOLE: Bounds = Bounds { starts: [2, 0], submits: [4, 0], codes: 1, deliveries: 1, ..BEGINNING };

/// A number without account, from its first code request on (A-01, G-01, G-02, G-03, R-03, R-04, R-05).
#[tokio::test]
async fn no_order_of_events_breaks_a_law_for_a_new_number() {
    explore_all(Root::NewNumber, BEGINNING).await;
}

/// The same for a number with an account (G-01, G-02, G-03, R-03, R-04, R-05).
#[tokio::test]
async fn no_order_of_events_breaks_a_law_for_a_number_with_account() {
    explore_all(Root::Account, BEGINNING).await;
}

/// Whole logins of one browser, from its first text on: to a session (G-01, G-02, G-03, G-07, R-02).
#[tokio::test]
async fn no_order_of_events_breaks_a_law_on_the_way_to_a_session() {
    explore_all(Root::AccountAndText, WHOLE).await;
}

/// And to an account, with two browsers that hold a ticket each (A-01, A-06, G-03).
#[tokio::test]
async fn no_order_of_events_breaks_a_law_on_the_way_to_an_account() {
    explore_all(Root::TwoTickets, Bounds { starts: [2, 2], ..BEGINNING }).await;
}

/// Each broken build is found, by the shortest way there (G-01, G-02, G-03, A-01, A-06, R-04, R-05). docs/develop.md says which
/// race test each belongs to.
#[tokio::test]
async fn each_broken_build_is_found() {
    let none = Bounds {
        depth: 14,
        starts: [1, 0],
        resends: 0,
        submits: [0, 0],
        codes: 1,
        registers: 0,
        deliveries: 1,
        losses: 0,
        refusals: 0,
        waits: &[31],
        all_waits: 0,
        at_once: 2,
    };
    let builds = [
        (Build::ComparesBeforeItCounts, Root::NewNumber, Bounds { submits: [4, 0], deliveries: 0, at_once: 4, ..none }),
        (Build::CountsWithoutLimit, Root::NewNumber, Bounds { submits: [4, 0], deliveries: 0, ..none }),
        (Build::ReservesTwice, Root::NewNumber, Bounds { deliveries: 2, ..none }),
        (Build::ReservesForAnOldCodeRequest, Root::NewNumber, Bounds { resends: 1, all_waits: 1, ..none }),
        (Build::WritesAnOldThrottle, Root::NewNumber, Bounds { starts: [1, 1], ..none }),
        (Build::ReleasesTwice, Root::NewNumber, Bounds { refusals: 1, losses: 1, ..none }),
        (Build::SignsInTwice, Root::Account, Bounds { submits: [2, 0], ..none }),
        (Build::UsesATicketTwice, Root::TwoTickets, Bounds { starts: [0, 0], registers: 2, ..none }),
        (Build::RegistersATakenNumber, Root::TwoTickets, Bounds { starts: [0, 0], registers: 1, ..none }),
        (Build::RequestsTooEarly, Root::NewNumber, Bounds { resends: 1, deliveries: 0, ..none }),
        (
            Build::FollowsTwice,
            Root::NewNumber,
            Bounds { starts: [3, 0], submits: [3, 0], all_waits: 1, deliveries: 0, ..none },
        ),
    ];
    let mut world = World::new().await;
    for (build, from, bounds) in builds {
        world.set_build(Build::Whole);
        let root = root(&mut world, from).await;
        let whole = explore(&mut world, &root, &Bounds { depth: 6, ..bounds }).await;
        assert_eq!(whole.found, None, "{build:?}: the build as it is");
        world.set_build(build);
        let Some((law, way)) = explore(&mut world, &root, &bounds).await.found else {
            panic!("{build:?} is not found")
        };
        println!("{build:?}: {law}, after\n  {}", way.join("\n  "));
    }
}

async fn explore_all(from: Root, bounds: Bounds) {
    let mut world = World::new().await;
    let root = root(&mut world, from).await;
    let deeper = env::var(DEEPER).ok().and_then(|text| text.parse().ok()).unwrap_or(0_isize);
    let bounds = Bounds { depth: bounds.depth.saturating_add_signed(deeper), ..bounds };
    let Report { states, events, by_depth, found } = explore(&mut world, &root, &bounds).await;
    let (calls, runs) = (world.engine.answered(), world.functions.runs());
    println!(
        "{from:?}: {events} events, {states} states, by depth {by_depth:?}; {calls} calls, {runs} runs of functions"
    );
    assert_eq!(found, None);
}

/// Where an exploration begins.
#[derive(Clone, Copy, Debug)]
enum Root {
    /// Nothing.
    NewNumber,
    /// A number whose owner registered yesterday, on a browser that is not seen again.
    Account,
    /// The same, and a browser that requested a code, which arrived.
    AccountAndText,
    /// Two browsers with a ticket each for one number.
    TwoTickets,
}

async fn root(world: &mut World, root: Root) -> State {
    match root {
        Root::NewNumber => State::default(),
        Root::Account => with_account(world).await,
        Root::AccountAndText => {
            let account = with_account(world).await;
            to_text(world, &account, 0).await
        }
        Root::TwoTickets => {
            let one = to_ticket(world, &State::default(), 0).await;
            let later = play(world, &one, &[Event::Wait(31)]).await;
            State { waits: 0, ..to_ticket(world, &later, 1).await }
        }
    }
}

const GOES_ON: Event = Event::GoOn(0, Twist::None);

fn begin(browser: usize, begin: Begin) -> Event {
    Event::Begin(browser, begin, Twist::None)
}

/// A browser that requests a code, which arrives.
async fn to_text(world: &mut World, state: &State, browser: usize) -> State {
    let state = play(world, state, &[begin(browser, Begin::Start)]).await;
    let record = state.records.iter().position(|record| record.deliveries == 0).expect("a record");
    play(world, &state, &[Event::Deliver(record), GOES_ON, Event::Take(0)]).await
}

/// And that types it, and holds a ticket.
async fn to_ticket(world: &mut World, state: &State, browser: usize) -> State {
    let state = to_text(world, state, browser).await;
    play(world, &state, &[begin(browser, Begin::Submit(Choice::Text(0))), GOES_ON, GOES_ON]).await
}

async fn with_account(world: &mut World) -> State {
    let mut state = to_ticket(world, &State::default(), 2).await;
    state = play(world, &state, &[begin(2, Begin::Register)]).await;
    while !state.processes.is_empty() {
        state = play(world, &state, &[GOES_ON]).await;
    }
    let kept = ["NUMBER#", "USER#", "THROTTLE#"];
    let is_kept = |key: &str| kept.iter().any(|prefix| key.starts_with(prefix));
    let table = state.table.into_iter().filter(|(key, _)| is_kept(&world.notes.text(*key))).collect();
    State { table, now: 86_400, ..State::default() }
}
