//! What Linux tells of a process: of this one (`self`), or of another by its number.

use std::fs;
use std::time::Duration;

/// In it `/proc/PID/stat` counts: Linux has a hundred of them in a second on every machine that Doorcode runs on.
const TICK: Duration = Duration::from_millis(10);

/// The time that the processor spent on all threads of a process, those that have ended too. It grows in steps of ten
/// milliseconds.
#[must_use]
pub fn processor_time(process: &str) -> Duration {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    ticks(&text).map_or(Duration::ZERO, |ticks| TICK * ticks)
}

/// Time in the program and in the system, the 14th and the 15th field. The second one is the program's name and may hold
/// anything, so it is counted from its end.
fn ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).map_while(|field| field.parse::<u32>().ok());
    times.next()?.checked_add(times.next()?)
}

/// Memory of a process in MB of 1,000,000 bytes: `VmRSS`, what is resident now, `RssAnon`, the part of it that no file has,
/// or `VmHWM`, the most that ever was. Nothing where it is not told.
#[must_use]
pub fn memory(process: &str, kind: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    kilobytes(&text, kind).map_or(0.0, |units| units * 1_024.0 / 1e6)
}

fn kilobytes(status: &str, kind: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(kind)?.strip_prefix(':'))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "7 (a) b 1 2) S 1 7 7 0 -1 4194560 1500 0 3 0 120 34 5 6 20 0 9 0 100";
        assert_eq!(ticks(stat), Some(154));
        assert_eq!(ticks(""), None);
    }

    #[test]
    fn memory_is_found_by_its_name() {
        let status = "Name:\tdoorcode\nVmHWM:\t    2000 kB\nVmRSS:\t    1000 kB\n";
        assert_eq!(kilobytes(status, "VmRSS"), Some(1_000.0));
        assert_eq!(kilobytes(status, "VmR"), None);
    }
}
