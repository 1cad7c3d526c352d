//! What C hands over, checked as far as it can be: pointers that are NULL, texts that are not
//! UTF-8, numbers that name nothing. That a pointer which is not NULL points to what it ought to
//! is the caller's word, given once at the head of `crm.h`.

use std::ffi::{CStr, OsStr, c_char};
use std::mem::MaybeUninit;
use std::path::Path;

use crate::boundary::{Failed, Result};
use crate::code::crm_code;

/// What a pointer is called in messages.
pub(crate) trait Handle {
    const NAME: &'static str;
}

fn null(name: &str) -> Failed {
    Failed::misuse(format!("{name} is NULL"))
}

/// A handle that may be shared.
///
/// # Safety
/// The pointer is NULL or to a `T` that lives as long as `'a` and is not changed meanwhile.
pub(crate) unsafe fn shared<'a, T: Handle>(pointer: *const T) -> Result<&'a T> {
    // SAFETY: demanded above.
    unsafe { pointer.as_ref() }.ok_or_else(|| null(T::NAME))
}

/// A handle that nobody else uses at the moment.
///
/// # Safety
/// The pointer is NULL or to a `T` that lives as long as `'a` and that nobody else uses meanwhile.
pub(crate) unsafe fn exclusive<'a, T: Handle>(pointer: *mut T) -> Result<&'a mut T> {
    // SAFETY: demanded above.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(T::NAME))
}

/// Gives a new handle to the caller, or NULL where there is none.
///
/// # Safety
/// `to` is NULL or may be written.
pub(crate) unsafe fn give<T: Handle>(to: *mut *mut T, make: impl FnOnce() -> Result<T>) -> Result {
    if to.is_null() {
        return Err(Failed::misuse(format!("the place for the new {} is NULL", T::NAME)));
    }
    // SAFETY: demanded above. Written first, so that it is NULL after a failure and a panic too.
    unsafe { to.write(std::ptr::null_mut()) };
    let handle = Box::new(make()?);
    // SAFETY: demanded above.
    unsafe { to.write(Box::into_raw(handle)) };
    Ok(())
}

/// Takes a handle back and drops it.
///
/// # Safety
/// The pointer is NULL or from [`give`], and nobody uses it any more.
pub(crate) unsafe fn release<T: Handle>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: made by `give`, which made it by `Box::into_raw`.
        drop(unsafe { Box::from_raw(pointer) });
    }
}

/// A text that ends in NUL.
///
/// # Safety
/// The pointer is NULL or to a text that ends in NUL and is not changed during `'a`.
pub(crate) unsafe fn text<'a>(pointer: *const c_char, name: &str) -> Result<&'a str> {
    if pointer.is_null() {
        return Err(null(name));
    }
    // SAFETY: demanded above.
    utf8(unsafe { CStr::from_ptr(pointer) }.to_bytes(), name)
}

/// A text that may be left out.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn optional_text<'a>(
    pointer: *const c_char,
    name: &str,
) -> Result<Option<&'a str>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: demanded above.
    unsafe { text(pointer, name) }.map(Some)
}

/// A text of so many bytes.
///
/// # Safety
/// The pointer is NULL or to at least so many bytes that are not changed during `'a`.
pub(crate) unsafe fn text_of<'a>(
    pointer: *const c_char,
    bytes: usize,
    name: &str,
) -> Result<&'a str> {
    if pointer.is_null() {
        return Err(null(name));
    }
    if isize::try_from(bytes).is_err() {
        return Err(Failed::misuse(format!("{name}: no text has {bytes} bytes")));
    }
    // SAFETY: demanded above, and not longer than any object can be.
    utf8(unsafe { std::slice::from_raw_parts(pointer.cast(), bytes) }, name)
}

/// A path that ends in NUL, as the system has it: not every path is UTF-8.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn path<'a>(pointer: *const c_char, name: &str) -> Result<&'a Path> {
    use std::os::unix::ffi::OsStrExt;
    if pointer.is_null() {
        return Err(null(name));
    }
    // SAFETY: demanded above.
    Ok(Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(pointer) }.to_bytes())))
}

/// A place of the caller's for a text.
pub(crate) struct Buffer {
    to: *mut c_char,
    size: usize,
}

impl Buffer {
    /// # Safety
    /// `to` is NULL or may be written for `size` bytes, as long as this lives.
    pub(crate) unsafe fn new(to: *mut c_char, size: usize, name: &str) -> Result<Self> {
        if to.is_null() {
            return Err(null(name));
        }
        if size == 0 {
            return Err(Failed::misuse(format!("{name}_size: at least 1, 0 given")));
        }
        Ok(Self { to, size })
    }

    /// Writes a text with a NUL at its end, and as many of its characters as fit.
    pub(crate) fn write(self, text: &str) {
        // Where a NUL stands in it, a reader in C would stop there.
        let text = text.replace('\0', "\u{fffd}");
        let mut bytes = text.len().min(self.size - 1);
        while !text.is_char_boundary(bytes) {
            bytes -= 1;
        }
        // SAFETY: `new` was promised that so many may be written; not more is copied than there is
        // and than fits.
        unsafe {
            self.to.copy_from_nonoverlapping(text.as_ptr().cast(), bytes);
            self.to.add(bytes).write(0);
        }
    }
}

fn utf8<'a>(bytes: &'a [u8], name: &str) -> Result<&'a str> {
    std::str::from_utf8(bytes).map_err(|error| {
        let message = format!("{name}: not UTF-8 from byte {} on", error.valid_up_to());
        Failed::new(crm_code::CRM_NOT_UTF8, message)
    })
}

/// The number of an enumeration as C passed it, which need not be one of its members.
pub(crate) fn number<E: Numbered>(value: MaybeUninit<E>) -> i32 {
    // SAFETY: an `int32_t` by the trait's word, and C leaves no argument without a value.
    unsafe { value.as_ptr().cast::<i32>().read() }
}

/// An enumeration of the header.
///
/// # Safety
/// It is `repr(i32)`.
pub(crate) unsafe trait Numbered {}

/// A number that is no member of its enumeration.
pub(crate) fn no_member(name: &str, number: i32) -> Failed {
    Failed::misuse(format!("{name}: there is none of number {number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_checked_before_they_are_believed() {
        // SAFETY: literals, and NULL.
        let read = unsafe {
            [
                text(std::ptr::null(), "name"),
                text(c"\xff".as_ptr(), "name"),
                text(c"Ad\xc3".as_ptr(), "name"),
                text(c"Ada".as_ptr(), "name"),
                text_of(c"Ada".as_ptr(), 2, "name"),
                text_of(c"Ada".as_ptr(), usize::MAX, "name"),
                text_of(std::ptr::null(), 0, "name"),
            ]
        };
        let utf8 = |message| Err(Failed::new(crm_code::CRM_NOT_UTF8, message));
        let expected = [
            Err(Failed::misuse("name is NULL")),
            utf8("name: not UTF-8 from byte 0 on"),
            utf8("name: not UTF-8 from byte 2 on"),
            Ok("Ada"),
            Ok("Ad"),
            Err(Failed::misuse(format!("name: no text has {} bytes", usize::MAX))),
            Err(Failed::misuse("name is NULL")),
        ];
        assert_eq!(read, expected);
    }
}
