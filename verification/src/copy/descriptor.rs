//! What goes into the copy engine and what comes out.

/// A block's header, written after the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Byte address, a multiple of 8.
    pub address: u64,
    /// Value.
    pub value: u64,
}

/// A block to be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Block address to read.
    pub source: u64,
    /// Block address to write.
    pub destination: u64,
    /// First unit of the part of the block to copy; 0 for all of it.
    pub first: u64,
    /// Last unit of that part; 127 for all of it.
    pub last: u64,
    /// Header, urgent descriptors only.
    pub header: Option<Header>,
    /// Ticket, urgent descriptors only.
    pub ticket: u64,
    /// Guest.
    pub guest: u64,
    /// Block of system memory.
    pub block: u64,
    /// 0 SAVE, 1 SCAN, 2 RESTORE, 3 PUSH.
    pub kind: u64,
    /// Clear the bit after the copy, bulk descriptors only.
    pub clear: bool,
}

/// Bit 36 of a header: its block could not be read.
pub const VOID: u64 = 1 << 36;

impl Descriptor {
    /// A scan's descriptor.
    pub fn scan(source: u64, destination: u64, block: u64) -> Self {
        Self {
            source,
            destination,
            first: 0,
            last: 127,
            header: None,
            ticket: 0,
            guest: 0,
            block,
            kind: 1,
            clear: true,
        }
    }

    /// A save's descriptor.
    pub fn save(source: u64, destination: u64, block: u64, ticket: u64, header: Header) -> Self {
        Self {
            header: Some(header),
            ticket,
            kind: 0,
            clear: false,
            ..Self::scan(source, destination, block)
        }
    }
}

/// A block reported complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Kind.
    pub kind: u64,
    /// Ticket.
    pub ticket: u64,
    /// Guest.
    pub guest: u64,
    /// Block.
    pub block: u64,
    /// Clear its bit.
    pub clear: bool,
    /// A read failed.
    pub read_error: bool,
    /// A write failed.
    pub write_error: bool,
}

impl Completion {
    /// The report of a descriptor.
    pub fn of(descriptor: &Descriptor, read_error: bool, write_error: bool) -> Self {
        Self {
            kind: descriptor.kind,
            ticket: descriptor.ticket,
            guest: descriptor.guest,
            block: descriptor.block,
            clear: descriptor.clear,
            read_error,
            write_error,
        }
    }
}
