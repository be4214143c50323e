//! The share of a processor that Lambda gives with memory, by a control group of Linux where this program may make one.
//!
//! Lambda gives processor time in proportion to memory, one whole virtual CPU at 1,769 MB ("Configure Lambda function
//! memory" in the Lambda guide).

use std::fs;
use std::path::PathBuf;

/// The memory at which a function has one whole virtual CPU, in MB.
const WHOLE_CPU: f64 = 1_769.0;

/// Lambda is seen to hand out its share in slices of this length, in microseconds. No document says so.
const PERIOD: f64 = 20_000.0;

/// The share of a virtual CPU that a memory size gives; more than one where there is more than one.
pub fn share(megabytes: u32) -> f64 {
    f64::from(megabytes) / WHOLE_CPU
}

/// A control group that holds processes to a share. It is removed with this value, when no process is left in it.
pub struct Quota {
    folder: PathBuf,
    second_version: bool,
}

impl Quota {
    /// Makes one, if that is allowed here.
    pub fn new() -> Option<Self> {
        let name = format!("doorcode-bench-{}", std::process::id());
        // The second version of control groups has one tree, the first one a tree for processors.
        [("/sys/fs/cgroup", true), ("/sys/fs/cgroup/cpu", false)].into_iter().find_map(|(root, second_version)| {
            let known = if second_version { "cgroup.subtree_control" } else { "cpu.cfs_quota_us" };
            let controllers = fs::read_to_string(format!("{root}/{known}")).ok()?;
            if second_version && !controllers.contains("cpu") {
                return None;
            }
            let folder = PathBuf::from(root).join(&name);
            fs::create_dir(&folder).ok()?;
            let quota = Self { folder, second_version };
            quota.set(1.0).then_some(quota)
        })
    }

    /// Gives what is in it this share of one processor.
    pub fn set(&self, share: f64) -> bool {
        let quota = format!("{:.0}", PERIOD * share);
        if self.second_version {
            return self.write("cpu.max", &format!("{quota} {PERIOD}"));
        }
        // A quota may not exceed its period times the processors, nor may the period change under it.
        self.write("cpu.cfs_quota_us", "-1")
            && self.write("cpu.cfs_period_us", &format!("{PERIOD}"))
            && self.write("cpu.cfs_quota_us", &quota)
    }

    /// Puts a process in.
    pub fn take(&self, process: u32) {
        assert!(self.write("cgroup.procs", &process.to_string()), "the control group takes no process");
    }

    fn write(&self, file: &str, text: &str) -> bool {
        fs::write(self.folder.join(file), text).is_ok()
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        // What was killed leaves it a moment later.
        for _ in 0..100 {
            if fs::remove_dir(&self.folder).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}
