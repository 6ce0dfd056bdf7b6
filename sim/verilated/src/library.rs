//! A built model, loaded: its ports and its instances.

use crate::build::LIBRARY_FILE;
use crate::instance::Instance;
use crate::port::{Direction, Handle, Input, Output, WideInput, WideOutput};
use crate::sources::Key;
use crate::{Error, Result};
use std::collections::HashMap;
use std::ffi::{c_char, c_int, c_void, CStr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};

/// An instance as the shim knows it.
pub(crate) type Raw = *mut c_void;

#[repr(C)]
struct RawPort {
    name: *const c_char,
    width: u32,
    bytes: u8,
    direction: u8,
}

/// A public signal as the shim describes it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawInternal {
    pub(crate) data: *mut u8,
    pub(crate) element_bytes: u32,
    pub(crate) width: u32,
    pub(crate) elements: u64,
    pub(crate) lowest: i64,
}

/// The shim's table of functions; field for field `Functions` in shim.cpp.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Functions {
    port_count: u64,
    ports: *const RawPort,
    pub(crate) create: unsafe extern "C" fn(c_int) -> Raw,
    pub(crate) destroy: unsafe extern "C" fn(Raw),
    pub(crate) enter: unsafe extern "C" fn(Raw),
    pub(crate) addresses: unsafe extern "C" fn(Raw, *mut *mut u8),
    pub(crate) evaluate: unsafe extern "C" fn(Raw) -> c_int,
    pub(crate) cycle: unsafe extern "C" fn(Raw, *mut u8, u64) -> c_int,
    pub(crate) get_time: unsafe extern "C" fn(Raw) -> u64,
    pub(crate) set_time: unsafe extern "C" fn(Raw, u64),
    pub(crate) set_half_period: unsafe extern "C" fn(Raw, u64),
    pub(crate) time_precision: unsafe extern "C" fn(Raw) -> c_int,
    pub(crate) stop_reason: unsafe extern "C" fn(Raw) -> *const c_char,
    pub(crate) resume: unsafe extern "C" fn(Raw),
    pub(crate) printed: unsafe extern "C" fn(Raw, *mut usize) -> *const u8,
    pub(crate) clear_printed: unsafe extern "C" fn(Raw),
    pub(crate) open_trace: unsafe extern "C" fn(Raw, *const c_char) -> c_int,
    pub(crate) dump_trace: unsafe extern "C" fn(Raw),
    pub(crate) flush_trace: unsafe extern "C" fn(Raw),
    pub(crate) close_trace: unsafe extern "C" fn(Raw),
    pub(crate) write_coverage: unsafe extern "C" fn(Raw, *const c_char) -> c_int,
    pub(crate) save: unsafe extern "C" fn(Raw, *mut *const u8, *mut usize) -> c_int,
    pub(crate) restore: unsafe extern "C" fn(Raw, *const u8, usize) -> c_int,
    pub(crate) internal:
        unsafe extern "C" fn(Raw, *const c_char, *const c_char, *mut RawInternal) -> c_int,
}

// SAFETY: the table and the port list are constants of the loaded library, which outlives them.
unsafe impl Send for Functions {}
// SAFETY: as above; nobody writes them.
unsafe impl Sync for Functions {}

/// What a port is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortInfo {
    /// Its name in Verilog.
    pub name: String,
    /// Its width in bits.
    pub width: u32,
    /// Its direction.
    pub direction: Direction,
    bytes: u8,
}

/// A built and loaded model. It stays loaded as long as the library or one of its instances lives.
pub struct Library {
    pub(crate) functions: Functions,
    pub(crate) id: u32,
    pub(crate) key: Key,
    pub(crate) top: String,
    /// Held while an instance is made: the random numbers of its initial state come from a generator
    /// that its seed is given to, and that all threads of this library share in part.
    pub(crate) creating: Mutex<()>,
    ports: Vec<PortInfo>,
    by_name: HashMap<String, u16>,
    folder: PathBuf,
    // Last, so that it is unloaded last.
    _loaded: libloading::Library,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Library")
            .field("top", &self.top)
            .field("folder", &self.folder)
            .finish()
    }
}

impl Library {
    /// Loads the library of a finished build, or returns it if it is loaded already.
    pub(crate) fn load(folder: &Path, top: &str, key: Key) -> Result<Arc<Library>> {
        static LOADED: Mutex<Vec<(PathBuf, Weak<Library>)>> = Mutex::new(Vec::new());
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let mut loaded = LOADED
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        loaded.retain(|(_, library)| library.strong_count() > 0);
        let known = loaded.iter().find(|(path, _)| path == folder);
        if let Some(library) = known.and_then(|(_, library)| library.upgrade()) {
            return Ok(library);
        }
        let path = folder.join(LIBRARY_FILE);
        let failed = |source| Error::Load {
            path: path.clone(),
            source,
        };
        // SAFETY: the file was made by this crate from its shim and Verilator's output; its static
        // constructors touch only its own data.
        let object = unsafe { libloading::Library::new(&path) }.map_err(failed)?;
        // SAFETY: the shim defines the symbol with this type, and the hash that names the file covers
        // the shim's text, so the table has the fields that `Functions` has.
        let functions = unsafe {
            let get: libloading::Symbol<unsafe extern "C" fn() -> *const Functions> =
                object.get(b"verilated_shim_functions\0").map_err(failed)?;
            *get()
        };
        let ports = (0..functions.port_count as usize).map(|at| {
            // SAFETY: the list has `port_count` entries, each with a terminated name.
            let (port, name) = unsafe {
                let port = &*functions.ports.add(at);
                (port, CStr::from_ptr(port.name))
            };
            let direction = match port.direction {
                0 => Direction::Input,
                1 => Direction::Output,
                _ => Direction::Both,
            };
            PortInfo {
                name: name.to_string_lossy().into_owned(),
                width: port.width,
                direction,
                bytes: port.bytes,
            }
        });
        let ports: Vec<PortInfo> = ports.collect();
        let index = |at: usize| {
            u16::try_from(at).map_err(|_| Error::Model {
                top: top.to_string(),
                reason: format!("it has {} ports; up to 65536 are supported", ports.len()),
            })
        };
        let by_name = ports
            .iter()
            .enumerate()
            .map(|(at, port)| Ok((port.name.clone(), index(at)?)));
        let by_name = by_name.collect::<Result<_>>()?;
        let library = Arc::new(Library {
            functions,
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            key,
            top: top.to_string(),
            creating: Mutex::new(()),
            ports,
            by_name,
            folder: folder.to_path_buf(),
            _loaded: object,
        });
        loaded.push((folder.to_path_buf(), Arc::downgrade(&library)));
        Ok(library)
    }

    /// The name of the top module.
    #[must_use]
    pub fn top(&self) -> &str {
        &self.top
    }

    /// The folder of the build; `src` in it holds the Verilog it was built from, which coverage files name.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All ports, in the order Verilator declares them.
    #[must_use]
    pub fn ports(&self) -> &[PortInfo] {
        &self.ports
    }

    /// True if there is such a port.
    #[must_use]
    pub fn has_port(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Makes an instance. The seed decides its random initial state, if it was built with
    /// [`Design::random_init`](crate::Design::random_init), and `$random`.
    pub fn instance(self: &Arc<Self>, seed: u64) -> Result<Instance> {
        Instance::new(self.clone(), seed)
    }

    /// An input of at most 64 bits.
    pub fn input(&self, name: &str) -> Result<Input> {
        self.handle(name, true, true).map(Input)
    }

    /// A port of at most 64 bits, to read.
    pub fn output(&self, name: &str) -> Result<Output> {
        self.handle(name, false, true).map(Output)
    }

    /// An input of any width.
    pub fn wide_input(&self, name: &str) -> Result<WideInput> {
        self.handle(name, true, false).map(WideInput)
    }

    /// A port of any width, to read.
    pub fn wide_output(&self, name: &str) -> Result<WideOutput> {
        self.handle(name, false, false).map(WideOutput)
    }

    fn handle(&self, name: &str, written: bool, narrow: bool) -> Result<Handle> {
        let index = *self.by_name.get(name).ok_or_else(|| Error::NoSuchPort {
            top: self.top.clone(),
            name: name.to_string(),
            available: self
                .ports
                .iter()
                .map(|port| port.name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })?;
        let port = &self.ports[usize::from(index)];
        let refuse = |reason: String| {
            Err(Error::WrongPort {
                top: self.top.clone(),
                name: name.to_string(),
                reason,
            })
        };
        if written && port.direction == Direction::Output {
            return refuse("it is an output and cannot be written".to_string());
        }
        if narrow && port.bytes == 0 {
            let width = port.width;
            return refuse(format!(
                "it is {width} bits wide, above 64: use `wide_input` or `wide_output`"
            ));
        }
        Ok(Handle {
            library: self.id,
            index,
            bytes: port.bytes,
            width: port.width,
        })
    }
}
