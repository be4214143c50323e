//! Every order of events up to a depth, breadth first, so that what is found is shortest.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use shared::sending::job::MAX_JOB_AGE;
use tests::clock::BEGINNING;

use super::event::{Begin, Choice, Event, Twist};
use super::functions::Next;
use super::state::{Kind, State};
use super::world::World;

/// How much of everything happens.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Events, one after the other.
    pub depth: usize,
    /// Of each of the browsers.
    pub starts: [u8; 2],
    pub resends: u8,
    pub submits: [u8; 2],
    /// The newest text's code, that of the one before, and so on.
    pub codes: usize,
    pub registers: u8,
    /// Of each record.
    pub deliveries: u8,
    /// Answers that get lost.
    pub losses: u8,
    /// Texts that SNS refuses.
    pub refusals: u8,
    /// How long may be waited, and how often.
    pub waits: &'static [i64],
    pub all_waits: u8,
    /// Functions under way at once.
    pub at_once: usize,
}

/// What was explored.
#[derive(Debug, Default)]
pub struct Report {
    pub states: usize,
    pub events: usize,
    /// The states that were reached after so many events, and not before.
    pub by_depth: Vec<usize>,
    /// The law that was broken, and the shortest way there.
    pub found: Option<(String, Vec<String>)>,
}

/// Explores from `root`.
pub async fn explore(world: &mut World, root: &State, bounds: &Bounds) -> Report {
    let mut known = HashSet::from([fingerprint(root)]);
    // How each state was reached: from which one, by which event.
    let mut ways: Vec<(usize, Event)> = vec![(0, Event::Sweep)];
    let mut layer = vec![(0, root.clone())];
    let mut report = Report { by_depth: vec![1], ..Report::default() };
    for _ in 0..bounds.depth {
        let mut next = Vec::new();
        for (place, state) in &layer {
            for event in events(world, state, bounds) {
                let Some(after) = world.after(state, event).await else { continue };
                report.events += 1;
                match after {
                    Ok(after) => {
                        if known.insert(fingerprint(&after)) {
                            ways.push((*place, event));
                            next.push((ways.len() - 1, after));
                        }
                    }
                    Err(law) => {
                        let mut way = vec![event];
                        let mut at = *place;
                        while at > 0 {
                            way.push(ways[at].1);
                            at = ways[at].0;
                        }
                        way.reverse();
                        report.found = Some((law, tell(world, root, &way).await));
                        return report;
                    }
                }
            }
        }
        report.by_depth.push(next.len());
        report.states = known.len();
        layer = next;
    }
    report
}

/// Plays these events.
pub async fn play(world: &mut World, root: &State, way: &[Event]) -> State {
    let mut state = root.clone();
    for event in way {
        state = world.after(&state, *event).await.expect("an event").expect("no law is broken");
    }
    state
}

/// Two states of one fingerprint would be taken for one: with a million states the chance is one in forty million.
fn fingerprint(state: &State) -> u64 {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    hasher.finish()
}

/// What can happen.
fn events(world: &mut World, state: &State, bounds: &Bounds) -> Vec<Event> {
    let mut events = Vec::new();
    let twists =
        |is_lost: bool| if is_lost { &[Twist::None, Twist::LostCall, Twist::LostAnswer][..] } else { &[Twist::None] };
    let twists = twists(state.losses < bounds.losses);
    let has_room = state.processes.len() < bounds.at_once;
    for (place, browser) in state.browsers.iter().enumerate().take(2) {
        if !has_room {
            break;
        }
        let mut begins = Vec::new();
        if browser.starts < bounds.starts[place] {
            begins.push(Begin::Start);
        }
        if let Some(cookie) = browser.cookie {
            if browser.resends < bounds.resends {
                begins.push(Begin::Resend);
            }
            if browser.submits < bounds.submits[place] {
                begins.push(Begin::Submit(Choice::Wrong));
                let texts = state.texts_of(world.request_of(cookie)).len();
                begins.extend((0..texts.min(bounds.codes)).map(|text| Begin::Submit(Choice::Text(text))));
            }
            if browser.registers < bounds.registers {
                begins.push(Begin::Register);
            }
        }
        events.extend(
            begins.into_iter().flat_map(|begin| twists.iter().map(move |twist| Event::Begin(place, begin, *twist))),
        );
    }
    for (place, record) in state.records.iter().enumerate() {
        let age = BEGINNING.secs() + state.now - record.requested_at;
        if has_room && record.deliveries < bounds.deliveries && age <= MAX_JOB_AGE {
            events.push(Event::Deliver(place));
        }
    }
    for (place, process) in state.processes.iter().enumerate() {
        match process.next {
            Next::Call(_) => {
                let is_api = !matches!(process.kind, Kind::Deliver(_));
                let twists = twists.iter().filter(|twist| is_api || **twist != Twist::LostAnswer);
                events.extend(twists.map(|twist| Event::GoOn(place, *twist)));
            }
            Next::Text(_) => {
                events.push(Event::Take(place));
                if state.refusals < bounds.refusals {
                    events.push(Event::Refuse(place));
                }
            }
            Next::Over(_) => {}
        }
    }
    if state.waits < bounds.all_waits {
        events.extend(bounds.waits.iter().map(|seconds| Event::Wait(*seconds)));
    }
    if state.waits > 0 && state.table.iter().any(|(_, item)| world.is_over(*item, state.now)) {
        events.push(Event::Sweep);
    }
    events
}

/// A way in words.
async fn tell(world: &mut World, root: &State, way: &[Event]) -> Vec<String> {
    let mut state = root.clone();
    let mut told = Vec::new();
    for event in way {
        told.push(describe(world, &state, *event));
        match world.after(&state, *event).await {
            Some(Ok(after)) => state = after,
            _ => break,
        }
    }
    told
}

fn describe(world: &World, state: &State, event: Event) -> String {
    let process = |place: usize| {
        let process = &state.processes[place];
        let Next::Call(call) = process.next else { return format!("{:?}", process.kind) };
        let call = world.notes.text(call);
        let operation = call.split(' ').next().unwrap_or_default();
        match process.kind {
            Kind::Deliver(number) => format!("delivery of code request {number}: {operation}"),
            kind => format!("browser {}: {kind:?}: {operation}", process.browser),
        }
    };
    match event {
        Event::Begin(browser, begin, twist) => format!("browser {browser}: {begin:?} ({twist:?})"),
        Event::Deliver(place) => format!("the stream brings record {place}"),
        Event::GoOn(place, twist) => format!("{} ({twist:?})", process(place)),
        Event::Take(_) => "SNS takes the text".to_owned(),
        Event::Refuse(_) => "SNS refuses the text".to_owned(),
        Event::Wait(seconds) => format!("{seconds} seconds pass"),
        Event::Sweep => "time to live removes what is over".to_owned(),
    }
}
