//! Reading what the other side of the boundary wrote, as far as it can be checked: a pointer can be null or misaligned, a count
//! too large, a text not UTF-8, a struct shorter or longer than ours. Whether a pointer leads to readable memory cannot be
//! known; that is what `run.isolate` is for.

use crate::abi::{Sized32, WqBytes, WqStr};
use warraq_core::{Broken, Error, ErrorKind, Result};

/// An error about data that breaks the contract.
pub(crate) fn contract(reason: &'static str, message: String) -> Error {
    Error::new(ErrorKind::Contract, reason, message)
}

/// A struct that begins with its size, as much of it as both sides know; the rest is zero, and its size says how much it is.
///
/// # Safety
/// `at` is aligned and leads to as many bytes as its first four say, or as `known` says if that is given.
pub(crate) unsafe fn sized<T: Sized32>(at: *const T, known: Option<usize>) -> T {
    let mut value = T::empty();
    // SAFETY: the caller says that these bytes can be read; no more is written than `value` has.
    unsafe {
        let size = known.unwrap_or_else(|| at.cast::<u32>().read() as usize).min(size_of::<T>());
        std::ptr::copy_nonoverlapping(at.cast::<u8>(), std::ptr::from_mut(&mut value).cast::<u8>(), size);
        std::ptr::from_mut(&mut value).cast::<u32>().write(size as u32);
    }
    value
}

/// An array: a pointer with its count.
///
/// # Errors
/// When the pointer is null or misaligned, or the count impossible.
///
/// # Safety
/// A pointer that is neither leads to `count` valid items that stay as they are for `'a`.
pub(crate) unsafe fn items<'a, T>(what: &str, at: *const T, count: usize) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if at.is_null() {
        return Err(contract("plugin.pointer", format!("{what}: {count} items behind a null pointer")));
    }
    if !at.is_aligned() {
        return Err(contract("plugin.pointer", format!("{what}: the pointer is not aligned")));
    }
    // Offsets are 32 bits wide: no layer of a document has more items than that.
    if count > u32::MAX as usize || count.checked_mul(size_of::<T>()).is_none_or(|bytes| bytes > isize::MAX as usize) {
        return Err(contract("plugin.count", format!("{what}: a count of {count} items is impossible")));
    }
    // SAFETY: not null, aligned, no larger than memory; the rest is the caller's word.
    Ok(unsafe { std::slice::from_raw_parts(at, count) })
}

/// Bytes.
///
/// # Errors
/// As [`items`].
///
/// # Safety
/// As [`items`].
pub(crate) unsafe fn bytes<'a>(what: &str, bytes: WqBytes) -> Result<&'a [u8]> {
    // SAFETY: the caller's word.
    unsafe { items(what, bytes.ptr, bytes.len) }
}

/// A text, checked to be UTF-8.
///
/// # Errors
/// As [`items`], and when it is not UTF-8.
///
/// # Safety
/// As [`items`].
pub(crate) unsafe fn text<'a>(what: &str, text: WqStr) -> Result<&'a str> {
    // SAFETY: the caller's word.
    let bytes = unsafe { items(what, text.ptr.cast::<u8>(), text.len)? };
    std::str::from_utf8(bytes)
        .map_err(|e| contract("plugin.utf8", format!("{what}: byte {} is not UTF-8", e.valid_up_to())))
}

/// A text from the host, which has checked it.
///
/// # Safety
/// It is UTF-8 and stays for `'a`.
pub(crate) unsafe fn host_text<'a>(text: WqStr) -> &'a str {
    if text.len == 0 {
        return "";
    }
    // SAFETY: the caller's word.
    unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(text.ptr.cast::<u8>(), text.len)) }
}

/// An array from the host, which keeps the contract.
///
/// # Safety
/// As the header says of the field it comes from.
pub(crate) unsafe fn host_items<'a, T>(at: *const T, count: usize) -> &'a [T] {
    if count == 0 {
        return &[];
    }
    // SAFETY: the caller's word.
    unsafe { std::slice::from_raw_parts(at, count) }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    if let Some(Broken(message)) = panic.downcast_ref::<Broken>() {
        return message;
    }
    let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    said.unwrap_or("it gave no message")
}
