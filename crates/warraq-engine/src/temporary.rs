//! Files under temporary names, in folders that others may write to as well.
//!
//! Whoever can create `NAME.partial` before a run does could have it write elsewhere: through a link, into a file that has
//! another name, into a pipe. So a temporary file is a file of its own, or there is none.

use crate::plan::is_special;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What the temporary name of a file ends in.
pub const PARTIAL: &str = ".partial";

/// The temporary name of a file.
#[must_use]
pub fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(PARTIAL);
    name.into()
}

/// Opens a temporary file to append to. What a process that was killed left there stays in it.
///
/// # Errors
/// When it cannot be opened, or when what stands there is no file with this one name.
pub fn open(path: &Path) -> io::Result<File> {
    let refused = |what: &str| {
        let message = format!("{what} stands at its temporary name {}; remove it", path.display());
        io::Error::new(io::ErrorKind::AlreadyExists, message)
    };
    // Opening a pipe would wait for its reader, so it is looked at first; a link put there afterwards is not followed.
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => return Err(refused("a link")),
        Ok(there) if !there.is_file() => return Err(refused("something that is no file")),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // The bits are the system's own, as the standard library takes them.
        options.custom_flags((rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits().cast_signed());
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if file.metadata()?.nlink() > 1 {
            return Err(refused("a file with a second name"));
        }
    }
    Ok(file)
}

/// Puts these bytes in the place of a file, in one step. A link that stands there is replaced, not what it leads to. After a
/// crash of the machine there may be the old bytes, or none: [`store`] is for what must be there.
///
/// # Errors
/// As [`open`], or when it cannot be written or renamed.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path, bytes)?;
    fs::rename(partial(path), path)
}

/// As [`replace`], and durable when it returns.
///
/// # Errors
/// As [`replace`], or when it cannot be made durable.
pub fn store(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path, bytes)?.sync_all()?;
    publish(path)
}

/// As [`store`], for a file that only takes the place of one of its kind: what else stands there is not this function's to
/// destroy; it `is_other`, in words. Folders that are missing are made; a device or a pipe is written to.
///
/// # Errors
/// As [`store`], or when something else stands there.
pub fn store_own(path: &Path, bytes: &[u8], is_other: &str, is_own: impl FnOnce(&[u8]) -> bool) -> io::Result<()> {
    own(path, is_other, is_own)?;
    if is_special(path) { fs::write(path, bytes) } else { store(path, bytes) }
}

/// As [`store_own`], but not durable, as [`replace`] is not.
///
/// # Errors
/// As [`store_own`].
pub fn replace_own(path: &Path, bytes: &[u8], is_other: &str, is_own: impl FnOnce(&[u8]) -> bool) -> io::Result<()> {
    own(path, is_other, is_own)?;
    if is_special(path) { fs::write(path, bytes) } else { replace(path, bytes) }
}

/// Makes sure that a file may be put at `path`, and that its folder is there.
fn own(path: &Path, is_other: &str, is_own: impl FnOnce(&[u8]) -> bool) -> io::Result<()> {
    fs::create_dir_all(folder(path))?;
    let is_filled = fs::symlink_metadata(path).is_ok_and(|there| there.is_file() && there.len() > 0);
    if is_filled && !is_own(&fs::read(path)?) {
        let message = format!("there is a file that {is_other}; it was not replaced");
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
    }
    Ok(())
}

/// Writes a file under its temporary name.
fn write(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut file = open(&partial(path))?;
    file.set_len(0)?;
    file.write_all(bytes)?;
    Ok(file)
}

/// Gives a file that is durable under its temporary name its final one, durably.
///
/// # Errors
/// When it cannot be renamed, or its folder not be made durable.
pub fn publish(path: &Path) -> io::Result<()> {
    fs::rename(partial(path), path)?;
    // The new name is durable once its folder is.
    File::open(folder(path))?.sync_all()
}

/// The folder that a file is in.
#[must_use]
pub fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    type Put = fn(&Path, &[u8]) -> io::Result<()>;

    #[test]
    fn nothing_is_written_through_what_others_have_put_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("precious"), "as it was").unwrap();
        symlink(path("precious"), path("link.partial")).unwrap();
        symlink(path("not there"), path("dangling.partial")).unwrap();
        fs::hard_link(path("precious"), path("second.partial")).unwrap();
        fs::create_dir(path("folder.partial")).unwrap();
        for (name, put) in
            ["link", "dangling", "second", "folder"].into_iter().flat_map(|n| [(n, replace as Put), (n, store)])
        {
            let error = put(&path(name), b"new").unwrap_err();
            assert!(error.to_string().contains("stands at its temporary name"), "{name}: {error}");
            assert!(!path(name).exists() && !path("not there").exists(), "{name}");
        }
        assert_eq!(fs::read(path("precious")).unwrap(), b"as it was");
    }

    #[test]
    fn a_link_at_the_final_name_is_replaced() {
        for put in [replace as Put, store] {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name);
            fs::write(path("precious"), "as it was").unwrap();
            fs::write(path("link.partial"), "left behind by a run that was killed").unwrap();
            symlink(path("precious"), path("link")).unwrap();
            put(&path("link"), b"new").unwrap();
            assert!(fs::symlink_metadata(path("link")).unwrap().is_file());
            assert_eq!(fs::read(path("link")).unwrap(), b"new");
            assert_eq!(fs::read(path("precious")).unwrap(), b"as it was");
            assert!(!path("link.partial").exists());
        }
    }
}
