//! What runs in the worker process.

use std::io;
use warraq_plugin::import::Plugin;
use warraq_plugin::wire::NotAPlugin;

/// The environment variable that tells a worker process its limit of memory, in bytes.
#[cfg(unix)]
pub(super) const MEMORY_VARIABLE: &str = "WARRAQ_WORKER_MEMORY";

/// The body of the hidden subcommand: a worker process until its parent has no more to ask. `open` loads the library; it is
/// called when the process is ready for a plugin, which has full trust in it and could do it any harm.
///
/// # Errors
/// When this process was not started as a worker, or has lost its parent.
#[cfg(unix)]
pub fn run_worker(open: impl FnOnce() -> Result<Plugin, NotAPlugin>) -> io::Result<()> {
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;
    let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    if stream.peer_addr().is_err() {
        return Err(io::Error::other("this command is for Warraq's own use: it talks to the program that starts it"));
    }
    // A plugin that reads standard input, and the processes it starts, get nothing of the conversation.
    rustix::stdio::dup2_stdin(std::fs::File::open("/dev/null")?)?;
    limit_memory()?;
    follow_parent()?;
    warraq_plugin::wire::serve(stream.try_clone()?, stream, open)
}

/// As above.
///
/// # Errors
/// Always: there are no worker processes on this system.
#[cfg(not(unix))]
pub fn run_worker(_: impl FnOnce() -> Result<Plugin, NotAPlugin>) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "worker processes are not supported on this system"))
}

#[cfg(unix)]
fn limit_memory() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Some(bytes) = std::env::var(MEMORY_VARIABLE).ok().and_then(|bytes| bytes.parse::<u64>().ok()) else {
        return Ok(());
    };
    // A lower limit that is there already stays.
    let bytes = getrlimit(Resource::As).maximum.map_or(bytes, |most| bytes.min(most));
    match setrlimit(Resource::As, Rlimit { current: Some(bytes), maximum: Some(bytes) }) {
        // Some systems know the limit and refuse to set it.
        Err(_) if !cfg!(target_os = "linux") => Ok(()),
        result => Ok(result?),
    }
}

/// Ends this process, and whatever it has started, when its parent has ended. One that waits for a request sees that by itself;
/// one in the middle of a document that never ends does not.
///
/// # Errors
/// When the thread that looks cannot be started.
#[cfg(unix)]
pub fn follow_parent() -> io::Result<()> {
    use rustix::process::{Signal, getpid, kill_process, kill_process_group};
    use std::os::unix::process::parent_id;
    let parent = parent_id();
    let follow = move || {
        while parent_id() == parent {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        // Not `exit`: that would run code of the plugin's, which may hang.
        // Of its group it is the leader, or there is no such group.
        let _ = kill_process_group(getpid(), Signal::KILL);
        let _ = kill_process(getpid(), Signal::KILL);
    };
    std::thread::Builder::new().name("follow-parent".into()).stack_size(64 << 10).spawn(follow)?;
    Ok(())
}

/// As above.
///
/// # Errors
/// Never: parents are not followed on this system.
#[cfg(not(unix))]
pub fn follow_parent() -> io::Result<()> {
    Ok(())
}
