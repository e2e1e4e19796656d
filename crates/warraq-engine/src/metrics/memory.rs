//! How much memory this process has, as Linux tells it.

use std::fs;

/// The memory of this process, in bytes, as far as the system tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Resident now (`VmRSS`).
    pub resident: Option<u64>,
    /// The most that was resident so far (`VmHWM`).
    pub peak: Option<u64>,
}

/// The memory of this process now; nothing where the system does not tell.
pub fn memory() -> Memory {
    fs::read_to_string("/proc/self/status").map_or(Memory::default(), |status| parse(&status))
}

fn parse(status: &str) -> Memory {
    let bytes = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib << 10)
    };
    Memory { resident: bytes("VmRSS:"), peak: bytes("VmHWM:") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_linux_are_read() {
        let status = "Name:\twarraq\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(parse(status), Memory { resident: Some(1 << 20), peak: Some(2 << 20) });
        assert_eq!(parse("Name:\twarraq\nVmRSS:\tmany kB\n"), Memory::default());
        #[cfg(target_os = "linux")]
        assert!(memory().peak >= memory().resident && memory().resident > Some(0));
    }
}
