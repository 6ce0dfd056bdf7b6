//! One running model.

use crate::library::{Library, Raw, RawInternal};
use crate::port::{Handle, Input, Output, WideInput, WideOutput};
use crate::{Error, Result, StopKind, Stopped};
use std::cell::Cell;
use std::ffi::{c_int, CStr};
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

thread_local! {
    /// The instance that this thread entered last; see `Instance::entered`. 0 for none.
    static ENTERED: Cell<u64> = const { Cell::new(0) };
}

/// A running model with its own state, time, waveform and random numbers.
///
/// It dereferences to its [`Library`], so that handles can be made from either.
/// Handles of one library fit all its instances; a handle of another library panics.
pub struct Instance {
    raw: Raw,
    evaluate: unsafe extern "C" fn(Raw) -> c_int,
    /// The storage of each port, in the library's order.
    addresses: Box<[*mut u8]>,
    id: u32,
    pub(crate) identity: u64,
    pub(crate) internals: Vec<RawInternal>,
    pub(crate) library: Arc<Library>,
}

// SAFETY: an instance owns its model and context; the shim binds the context to the thread at each
// call, and nothing in the model belongs to the thread that made it.
unsafe impl Send for Instance {}

impl Deref for Instance {
    type Target = Arc<Library>;

    fn deref(&self) -> &Arc<Library> {
        &self.library
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Instance")
            .field("top", &self.library.top)
            .field("time", &self.time())
            .finish()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: `raw` is live and nobody uses it afterwards.
        unsafe { (self.library.functions.destroy)(self.raw) }
        ENTERED.set(0);
    }
}

#[cold]
#[inline(never)]
fn foreign_handle(top: &str) -> ! {
    panic!("a port handle of another design was used with an instance of `{top}`")
}

#[cold]
#[inline(never)]
fn wrong_length(found: usize, wanted: usize) -> ! {
    panic!("the value has {found} words or bytes, the port needs {wanted}")
}

impl Instance {
    pub(crate) fn new(library: Arc<Library>, seed: u64) -> Result<Instance> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let raw = {
            let _one_at_a_time = library
                .creating
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            // SAFETY: `create` takes any number and returns null on failure.
            unsafe { (library.functions.create)(verilator_seed(seed)) }
        };
        ENTERED.set(0);
        if raw.is_null() {
            return Err(Error::Model {
                top: library.top.clone(),
                reason: "the model could not be constructed (out of memory?)".to_string(),
            });
        }
        let mut addresses = vec![std::ptr::null_mut(); library.ports().len()];
        // SAFETY: the shim writes one address per port of the list that `ports` was read from.
        unsafe { (library.functions.addresses)(raw, addresses.as_mut_ptr()) };
        Ok(Instance {
            raw,
            evaluate: library.functions.evaluate,
            addresses: addresses.into_boxed_slice(),
            id: library.id,
            identity: NEXT.fetch_add(1, Ordering::Relaxed),
            internals: Vec::new(),
            library,
        })
    }

    /// The instance for a call that may print, stop or draw random numbers: Verilator's runtime finds the
    /// instance at work by the thread, which is told here when it changes.
    #[inline(always)]
    pub(crate) fn entered(&self) -> Raw {
        if ENTERED.get() != self.identity {
            // SAFETY: `raw` is live.
            unsafe { (self.library.functions.enter)(self.raw) };
            ENTERED.set(self.identity);
        }
        self.raw
    }

    /// The library this is an instance of.
    #[must_use]
    pub fn library(&self) -> &Arc<Library> {
        &self.library
    }

    #[inline(always)]
    fn address(&self, handle: Handle) -> *mut u8 {
        if handle.library != self.id {
            foreign_handle(&self.library.top);
        }
        // SAFETY: a handle's index is below the number of ports of the library it came from,
        // and that library is this instance's.
        unsafe { *self.addresses.get_unchecked(usize::from(handle.index)) }
    }

    #[inline(always)]
    fn read(&self, handle: Handle) -> u64 {
        let from = self.address(handle);
        // SAFETY: the address is that of the port's storage, aligned and of `bytes` bytes.
        unsafe {
            match handle.bytes {
                1 => u64::from(from.read()),
                4 => u64::from(from.cast::<u32>().read()),
                8 => from.cast::<u64>().read(),
                _ => u64::from(from.cast::<u16>().read()),
            }
        }
    }

    #[inline(always)]
    fn write(&mut self, handle: Handle, value: u64) {
        let to = self.address(handle);
        let value = value & (u64::MAX >> ((64 - handle.width) & 63));
        // SAFETY: as in `read`.
        unsafe {
            match handle.bytes {
                1 => to.write(value as u8),
                4 => to.cast::<u32>().write(value as u32),
                8 => to.cast::<u64>().write(value),
                _ => to.cast::<u16>().write(value as u16),
            }
        }
    }

    /// Reads a port. Outputs change only when the model is evaluated.
    #[inline]
    #[must_use]
    pub fn get(&self, port: impl Into<Output>) -> u64 {
        self.read(port.into().0)
    }

    /// Writes an input; bits above its width are dropped.
    #[inline]
    pub fn set(&mut self, port: Input, value: u64) {
        self.write(port.0, value);
    }

    /// Reads a port of any width to exactly [`WideOutput::words`] words, least significant first.
    #[inline]
    pub fn get_wide(&self, port: impl Into<WideOutput>, to: &mut [u32]) {
        let port = port.into();
        if to.len() != port.words() {
            wrong_length(to.len(), port.words());
        }
        if port.0.bytes == 0 {
            let from = self.address(port.0).cast::<u32>();
            // SAFETY: the storage is `words` words long, and Rust has no reference to it.
            unsafe { from.copy_to_nonoverlapping(to.as_mut_ptr(), to.len()) };
        } else {
            let value = self.read(port.0);
            for (at, word) in to.iter_mut().enumerate() {
                *word = (value >> (32 * at)) as u32;
            }
        }
    }

    /// Writes an input of any width from exactly [`WideInput::words`] words; bits above its width
    /// are dropped.
    #[inline]
    pub fn set_wide(&mut self, port: impl Into<WideInput>, from: &[u32]) {
        let port = port.into();
        if from.len() != port.words() {
            wrong_length(from.len(), port.words());
        }
        if port.0.bytes == 0 {
            let to = self.address(port.0).cast::<u32>();
            // SAFETY: as in `get_wide`; the width is above 64, so there is a last word.
            unsafe {
                to.copy_from_nonoverlapping(from.as_ptr(), from.len());
                *to.add(from.len() - 1) &= last_word_mask(port.0.width);
            }
        } else {
            let value = from
                .iter()
                .rev()
                .fold(0, |value, word| value << 32 | u64::from(*word));
            self.write(port.0, value);
        }
    }

    /// Reads a port of any width to exactly width / 8 bytes, rounded up, least significant first.
    #[inline]
    pub fn get_bytes(&self, port: impl Into<WideOutput>, to: &mut [u8]) {
        let port = port.into();
        let length = port.0.width.div_ceil(8) as usize;
        if to.len() != length {
            wrong_length(to.len(), length);
        }
        // SAFETY: the storage is at least `length` bytes long, and Rust has no reference to it.
        unsafe {
            self.address(port.0)
                .copy_to_nonoverlapping(to.as_mut_ptr(), length)
        };
    }

    /// Writes an input of any width from exactly width / 8 bytes, rounded up, least significant first;
    /// bits above its width are dropped.
    #[inline]
    pub fn set_bytes(&mut self, port: impl Into<WideInput>, from: &[u8]) {
        let port = port.into();
        let length = port.0.width.div_ceil(8) as usize;
        if from.len() != length {
            wrong_length(from.len(), length);
        }
        let to = self.address(port.0);
        // SAFETY: as in `get_bytes`. Bytes of the storage beyond `length` are zero and stay so.
        unsafe {
            to.copy_from_nonoverlapping(from.as_ptr(), length);
            *to.add(length - 1) &= 0xff >> (8 * length as u32 - port.0.width);
        }
    }

    /// Evaluates the model: what follows from the inputs as they are now.
    #[inline]
    pub fn eval(&mut self) -> Result<(), Box<Stopped>> {
        // SAFETY: `raw` is live, and `&mut self` makes this the only use.
        let state = unsafe { (self.evaluate)(self.entered()) };
        if state == 0 {
            Ok(())
        } else {
            Err(self.stopped(state))
        }
    }

    /// One clock cycle: the clock low, evaluate, high, evaluate; each half is dumped to an open
    /// waveform and takes a half period of time. Inputs set before are those the rising edge sees;
    /// outputs read after are those that follow from it.
    #[inline]
    pub fn cycle(&mut self, clock: Input) -> Result<(), Box<Stopped>> {
        self.cycles(clock, 1)
    }

    /// Several clock cycles with the inputs as they are.
    #[inline]
    pub fn cycles(&mut self, clock: Input, count: u64) -> Result<(), Box<Stopped>> {
        assert!(clock.width() == 1, "a clock is 1 bit wide");
        let address = self.address(clock.0);
        // SAFETY: as in `eval`; the clock's storage is one byte.
        let state = unsafe { (self.library.functions.cycle)(self.entered(), address, count) };
        if state == 0 {
            Ok(())
        } else {
            Err(self.stopped(state))
        }
    }

    #[cold]
    #[inline(never)]
    fn stopped(&self, state: c_int) -> Box<Stopped> {
        // SAFETY: the text is terminated and lives until the next call.
        let reason = unsafe { CStr::from_ptr((self.library.functions.stop_reason)(self.raw)) };
        Box::new(Stopped {
            kind: match state {
                1 => StopKind::Finish,
                2 => StopKind::Stop,
                _ => StopKind::Fatal,
            },
            top: self.library.top.clone(),
            reason: reason.to_string_lossy().into_owned(),
            time: self.time(),
            printed: self.printed(),
        })
    }

    /// Forgets a `$finish` or `$stop`, so that evaluation goes on. [`StopKind::Fatal`] cannot be forgotten.
    pub fn resume(&mut self) {
        // SAFETY: `raw` is live.
        unsafe { (self.library.functions.resume)(self.entered()) }
    }

    /// What the model has printed (`$display` and the like; the first MiB) since the last
    /// [`take_printed`](Self::take_printed).
    #[must_use]
    pub fn printed(&self) -> String {
        let mut length = 0;
        // SAFETY: the text has `length` bytes and lives until the next call.
        let text = unsafe {
            let text = (self.library.functions.printed)(self.raw, &mut length);
            std::slice::from_raw_parts(text, length)
        };
        String::from_utf8_lossy(text).into_owned()
    }

    /// Takes what the model has printed.
    pub fn take_printed(&mut self) -> String {
        let text = self.printed();
        // SAFETY: `raw` is live.
        unsafe { (self.library.functions.clear_printed)(self.entered()) };
        text
    }

    /// Simulation time, in units of the design's time precision (1 ps unless it says otherwise).
    #[must_use]
    pub fn time(&self) -> u64 {
        // SAFETY: `raw` is live.
        unsafe { (self.library.functions.get_time)(self.raw) }
    }

    /// Sets the simulation time.
    pub fn set_time(&mut self, time: u64) {
        // SAFETY: `raw` is live.
        unsafe { (self.library.functions.set_time)(self.entered(), time) }
    }

    /// Sets how much time half a clock cycle takes in [`cycle`](Self::cycle); at first 1 unit.
    pub fn set_half_period(&mut self, units: u64) {
        // SAFETY: `raw` is live.
        unsafe { (self.library.functions.set_half_period)(self.entered(), units) }
    }

    /// The unit of time as a power of ten of seconds: -12 is a picosecond.
    #[must_use]
    pub fn time_precision(&self) -> i32 {
        // SAFETY: `raw` is live.
        unsafe { (self.library.functions.time_precision)(self.raw) }
    }

    pub(crate) fn not_built(&self, feature: &'static str, call: &'static str) -> Error {
        Error::NotBuilt {
            top: self.library.top.clone(),
            feature,
            call,
        }
    }

    pub(crate) fn failed(&self, reason: String) -> Error {
        Error::Model {
            top: self.library.top.clone(),
            reason,
        }
    }
}

/// The bits in use of the last word of a value above 64 bits.
#[inline]
fn last_word_mask(width: u32) -> u32 {
    u32::MAX >> ((32 - width % 32) % 32)
}

/// Verilator takes 31 bits and reads 0 as "from the clock", so the seed is spread over 1 to 2^31 - 1.
fn verilator_seed(seed: u64) -> c_int {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    (mixed % 0x7fff_ffff) as c_int + 1
}
