//! The first part: which calls to the table each step makes, and what DynamoDB would charge for them.

use std::collections::BTreeMap;

use tests::proxy::Cost;
use tests::walk::Step;

/// Prints the calls of each step in order.
pub fn print(costs: &BTreeMap<Step, Vec<Cost>>) {
    println!("\nCalls to the table, in order, with the read and write capacity units that the engine reports\n");
    println!("{:76}{:>8}{:>8}", "", "read", "write");
    for step in Step::ALL {
        let calls = &costs[&step];
        let (read, write) = calls.iter().fold((0.0, 0.0), |(read, write), call| (read + call.read, write + call.write));
        let name = format!("{} ({} of at most {})", step.name(), calls.len(), step.calls());
        println!("{name:76}{read:8.1}{write:8.1}{}", if calls.len() > step.calls() { "  TOO MANY" } else { "" });
        for call in calls {
            // Nothing is free: an engine that reports nothing would make the list worthless.
            assert!(call.read + call.write > 0.0, "the engine reports no units for {}", call.signature);
            print_call(call);
        }
    }
}

/// One line for the call, or one for each of its items.
fn print_call(call: &Cost) {
    let (operation, items) = call.signature.split_once(' ').unwrap_or((&call.signature, ""));
    for (index, item) in items.split(", ").enumerate() {
        let operation = if index == 0 { operation } else { "" };
        let line = format!("    {operation:20} {item}");
        if index == 0 {
            println!("{line:76}{:8.1}{:8.1}", call.read, call.write);
        } else {
            println!("{line}");
        }
    }
}
