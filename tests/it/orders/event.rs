//! What can happen.

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A function begins, and makes its first call.
    Begin(usize, Begin, Twist),
    /// The stream brings a record, and its snapshot is loaded.
    Deliver(usize),
    /// A function makes its next call.
    GoOn(usize, Twist),
    /// SNS takes a text, or refuses it.
    Take(usize),
    Refuse(usize),
    /// Seconds pass.
    Wait(i64),
    /// Time to live removes what is over.
    Sweep,
}

/// What a browser begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    Start,
    Resend,
    Submit(Choice),
    Register,
}

/// Which code is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// That of the newest text of the login request, of the one before it, and so on.
    Text(usize),
    Wrong,
}

/// What goes wrong besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twist {
    None,
    /// The table's answer gets lost, and the SDK asks again.
    LostCall,
    /// The answer to the browser gets lost.
    LostAnswer,
}
