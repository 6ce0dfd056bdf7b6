//! Back-door access to signals inside a model.

use crate::library::RawInternal;
use crate::{Error, Instance, Result};
use std::ffi::CString;

/// A signal or memory inside one instance; other instances refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Internal {
    instance: u64,
    index: u32,
    width: u32,
    elements: u64,
    lowest: i64,
}

impl Internal {
    /// The width of an element in bits.
    #[must_use]
    pub fn width(self) -> u32 {
        self.width
    }

    /// The number of elements: 1 unless it is a memory.
    #[must_use]
    pub fn elements(self) -> u64 {
        self.elements
    }

    /// The lowest index in Verilog; element 0 here is that one.
    #[must_use]
    pub fn lowest_index(self) -> i64 {
        self.lowest
    }

    /// The number of 32-bit words that hold an element.
    #[must_use]
    pub fn words(self) -> usize {
        self.width.div_ceil(32) as usize
    }
}

impl Instance {
    /// Finds a signal or a memory of one dimension by its path from the top module, `top.unit.memory`.
    /// It must be marked `/* verilator public_flat_rw */`, or the design built with
    /// [`Design::public`](crate::Design::public). A model never evaluated is evaluated once, so that
    /// initial values are in place.
    pub fn internal(&mut self, path: &str) -> Result<Internal> {
        let refuse = |reason: &str| Error::NoSuchSignal {
            top: self.library.top.clone(),
            path: path.to_string(),
            reason: reason.to_string(),
        };
        let dotted = path.replace("__DOT__", ".");
        let (scope, name) = dotted
            .rsplit_once('.')
            .ok_or_else(|| refuse("a path has the form `top.unit.signal`"))?;
        let text = |text: String| CString::new(text).map_err(|_| refuse("a name has no zero byte"));
        let (scope, name) = (text(format!("TOP.{scope}"))?, text(name.to_string())?);
        let mut found = RawInternal {
            data: std::ptr::null_mut(),
            element_bytes: 0,
            width: 0,
            elements: 0,
            lowest: 0,
        };
        // SAFETY: `raw` is live, both names are terminated.
        let answer = unsafe {
            (self.library.functions.internal)(
                self.entered(),
                scope.as_ptr(),
                name.as_ptr(),
                &mut found,
            )
        };
        match answer {
            0 => {}
            1 => {
                return Err(refuse(
                    "no module instance of that path has a public signal",
                ))
            }
            2 => {
                return Err(refuse(
                    "that module instance has no public signal of that name",
                ))
            }
            _ => {
                return Err(refuse(
                    "only packed signals and memories of one dimension are reachable",
                ))
            }
        }
        let handle = Internal {
            instance: self.identity,
            index: self.internals.len() as u32,
            width: found.width,
            elements: found.elements,
            lowest: found.lowest,
        };
        self.internals.push(found);
        Ok(handle)
    }

    /// The storage of one element and its size in bytes.
    #[inline]
    fn element(&self, internal: Internal, element: u64) -> (*mut u8, usize) {
        assert!(
            internal.instance == self.identity,
            "an internal signal of another instance"
        );
        let signal = &self.internals[internal.index as usize];
        assert!(
            element < signal.elements,
            "element {element} of an internal signal that has {}",
            signal.elements
        );
        let bytes = signal.element_bytes as usize;
        // SAFETY: the element lies inside the signal's storage.
        (unsafe { signal.data.add(element as usize * bytes) }, bytes)
    }

    /// Reads an element to exactly [`Internal::words`] words, least significant first.
    pub fn peek_wide(&self, internal: Internal, element: u64, to: &mut [u32]) {
        let (from, bytes) = self.element(internal, element);
        assert!(
            to.len() == internal.words(),
            "{} words where {} are needed",
            to.len(),
            internal.words()
        );
        // SAFETY: the element is of `bytes` bytes, aligned for its size.
        unsafe {
            match bytes {
                1 => to[0] = u32::from(from.read()),
                2 => to[0] = u32::from(from.cast::<u16>().read()),
                _ => from
                    .cast::<u32>()
                    .copy_to_nonoverlapping(to.as_mut_ptr(), to.len()),
            }
        }
    }

    /// Writes an element from exactly [`Internal::words`] words; bits above its width are dropped. What
    /// depends on it combinationally follows at the next change that makes the model look at it.
    pub fn poke_wide(&mut self, internal: Internal, element: u64, from: &[u32]) {
        let (to, bytes) = self.element(internal, element);
        assert!(
            from.len() == internal.words(),
            "{} words where {} are needed",
            from.len(),
            internal.words()
        );
        let mask = u32::MAX >> ((32 - internal.width % 32) % 32);
        // SAFETY: as in `peek_wide`.
        unsafe {
            match bytes {
                1 => to.write((from[0] & mask) as u8),
                2 => to.cast::<u16>().write((from[0] & mask) as u16),
                _ => {
                    let to = to.cast::<u32>();
                    to.copy_from_nonoverlapping(from.as_ptr(), from.len());
                    *to.add(from.len() - 1) &= mask;
                }
            }
        }
    }

    /// Reads an element of at most 64 bits.
    #[must_use]
    pub fn peek(&self, internal: Internal, element: u64) -> u64 {
        assert!(
            internal.width <= 64,
            "a signal of {} bits: use `peek_wide`",
            internal.width
        );
        let mut words = [0; 2];
        self.peek_wide(internal, element, &mut words[..internal.words()]);
        u64::from(words[0]) | u64::from(words[1]) << 32
    }

    /// Writes an element of at most 64 bits; as [`poke_wide`](Self::poke_wide).
    pub fn poke(&mut self, internal: Internal, element: u64, value: u64) {
        assert!(
            internal.width <= 64,
            "a signal of {} bits: use `poke_wide`",
            internal.width
        );
        let words = [value as u32, (value >> 32) as u32];
        self.poke_wide(internal, element, &words[..internal.words()]);
    }
}
