//! One AXI4 burst: its attributes, the address and byte lanes of each beat, and what makes it legal.

use std::ops::Range;

/// The boundary, in bytes, that no burst may cross.
pub const BOUNDARY: u64 = 4096;

/// AxBURST: how the address moves from beat to beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BurstKind {
    /// Every beat at the same address (0b00).
    Fixed,
    /// Ascending addresses (0b01).
    Incr,
    /// Ascending, wrapping at a multiple of the burst's size (0b10).
    Wrap,
    /// The reserved code 0b11, which only a monitor ever sees.
    Reserved,
}

impl BurstKind {
    /// From the two bits of AxBURST.
    pub fn from_bits(bits: u64) -> Self {
        match bits & 3 {
            0 => Self::Fixed,
            1 => Self::Incr,
            2 => Self::Wrap,
            _ => Self::Reserved,
        }
    }

    /// The two bits of AxBURST.
    pub fn bits(self) -> u64 {
        match self {
            Self::Fixed => 0,
            Self::Incr => 1,
            Self::Wrap => 2,
            Self::Reserved => 3,
        }
    }
}

/// BRESP or RRESP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Response {
    /// Normal access.
    Okay,
    /// Exclusive access succeeded.
    ExOkay,
    /// The subordinate refused or failed.
    SlvErr,
    /// Nothing answers at this address.
    DecErr,
}

impl Response {
    /// From the two bits of xRESP.
    pub fn from_bits(bits: u64) -> Self {
        match bits & 3 {
            0 => Self::Okay,
            1 => Self::ExOkay,
            2 => Self::SlvErr,
            _ => Self::DecErr,
        }
    }

    /// The two bits of xRESP.
    pub fn bits(self) -> u64 {
        self as u64
    }

    /// True for SLVERR and DECERR.
    pub fn is_error(self) -> bool {
        self >= Self::SlvErr
    }
}

/// The side-band attributes of an address, passed on unchanged by an interconnect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attributes {
    /// AxLOCK: exclusive access.
    pub lock: bool,
    /// AxCACHE, 4 bits.
    pub cache: u8,
    /// AxPROT, 3 bits.
    pub prot: u8,
    /// AxQOS, 4 bits.
    pub qos: u8,
    /// AxUSER, up to 64 bits; ignored where the port has none.
    pub user: u64,
}

/// Everything on an AW or AR channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Burst {
    /// Transaction identifier, up to 16 bits.
    pub id: u32,
    /// Byte address of the first transfer, up to 64 bits; need not be aligned.
    pub address: u64,
    /// Number of beats, 1 to 256 (AxLEN + 1).
    pub beats: u16,
    /// Log2 of the bytes in a beat, 0 to 7 (AxSIZE).
    pub size: u8,
    /// AxBURST.
    pub kind: BurstKind,
    /// The remaining attributes.
    pub attributes: Attributes,
}

/// Why a burst is not legal AXI4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Illegality {
    /// AxBURST is 0b11.
    ReservedKind,
    /// A beat is wider than the data bus.
    TooWide,
    /// No beats, or more than 256.
    BeatCount,
    /// An INCR burst crosses a 4 KiB boundary.
    CrossesBoundary,
    /// A WRAP burst of other than 2, 4, 8 or 16 beats.
    WrapLength,
    /// A WRAP burst whose address is not a multiple of the beat size.
    WrapAlignment,
    /// A FIXED burst of more than 16 beats.
    FixedLength,
    /// An exclusive access over 128 bytes or 16 beats, not a power of two of bytes, or not aligned to its size.
    Exclusive,
    /// AxCACHE is one of the codes that AXI4 reserves.
    CacheCode,
}

impl Burst {
    /// An INCR burst of `beats` beats of `2^size` bytes, with identifier 0 and plain attributes.
    pub fn incr(address: u64, beats: u16, size: u8) -> Self {
        Self {
            id: 0,
            address,
            beats,
            size,
            kind: BurstKind::Incr,
            attributes: Attributes::default(),
        }
    }

    /// As [`Burst::incr`], of kind WRAP.
    pub fn wrap(address: u64, beats: u16, size: u8) -> Self {
        Self {
            kind: BurstKind::Wrap,
            ..Self::incr(address, beats, size)
        }
    }

    /// As [`Burst::incr`], of kind FIXED.
    pub fn fixed(address: u64, beats: u16, size: u8) -> Self {
        Self {
            kind: BurstKind::Fixed,
            ..Self::incr(address, beats, size)
        }
    }

    /// The same burst with another identifier.
    pub fn with_id(self, id: u32) -> Self {
        Self { id, ..self }
    }

    /// The same burst with other attributes.
    pub fn with_attributes(self, attributes: Attributes) -> Self {
        Self { attributes, ..self }
    }

    /// Bytes in a beat.
    pub fn beat_bytes(&self) -> u64 {
        1 << self.size
    }

    /// Byte address of beat `index`: the given address for the first (it may be unaligned), aligned after it.
    pub fn beat_address(&self, index: u16) -> u64 {
        let bytes = self.beat_bytes();
        let aligned = self.address & !(bytes - 1);
        let moved = u64::from(index) * bytes;
        match self.kind {
            _ if index == 0 => self.address,
            BurstKind::Fixed | BurstKind::Reserved => self.address,
            BurstKind::Incr => aligned.wrapping_add(moved),
            BurstKind::Wrap => {
                let total = bytes * u64::from(self.beats);
                let base = self.address / total * total;
                base + (aligned - base + moved) % total
            }
        }
    }

    /// Byte lanes of the bus that beat `index` may use, on a bus of `bus_bytes` bytes.
    pub fn lanes(&self, index: u16, bus_bytes: usize) -> Range<usize> {
        let bytes = self.beat_bytes();
        let address = self.beat_address(index);
        let aligned = address & !(bytes - 1);
        let mask = bus_bytes as u64 - 1;
        let first = (address & mask) as usize;
        let end = (aligned & mask) as usize + bytes as usize;
        first..end.min(bus_bytes)
    }

    /// The strobe bits that beat `index` may set, on a bus of `bus_bytes` bytes (64 at most).
    pub fn lane_mask(&self, index: u16, bus_bytes: usize) -> u64 {
        let lanes = self.lanes(index, bus_bytes);
        ones(lanes.end) & !ones(lanes.start)
    }

    /// Bytes the burst can transfer: the sum of its beats' lanes.
    pub fn transfer_bytes(&self, bus_bytes: usize) -> usize {
        let per_beat = self.beat_bytes() as usize;
        let first = self.lanes(0, bus_bytes).len();
        match self.kind {
            BurstKind::Fixed => first * usize::from(self.beats),
            _ => first + per_beat * (usize::from(self.beats) - 1),
        }
    }

    /// The lowest and one past the highest byte address that the burst touches.
    pub fn span(&self) -> Range<u64> {
        let bytes = self.beat_bytes();
        let aligned = self.address & !(bytes - 1);
        match self.kind {
            BurstKind::Fixed | BurstKind::Reserved => self.address..aligned + bytes,
            BurstKind::Incr => self.address..aligned + bytes * u64::from(self.beats),
            BurstKind::Wrap => {
                let total = bytes * u64::from(self.beats);
                let base = self.address / total * total;
                base..base + total
            }
        }
    }

    /// Checks the burst against AXI4 on a bus of `bus_bytes` bytes.
    pub fn check(&self, bus_bytes: usize) -> Result<(), Illegality> {
        let bytes = self.beat_bytes();
        if self.beats == 0 || self.beats > 256 {
            return Err(Illegality::BeatCount);
        }
        if bytes > bus_bytes as u64 {
            return Err(Illegality::TooWide);
        }
        match self.kind {
            BurstKind::Reserved => return Err(Illegality::ReservedKind),
            BurstKind::Fixed if self.beats > 16 => return Err(Illegality::FixedLength),
            BurstKind::Fixed => {}
            BurstKind::Incr => {
                let span = self.span();
                if span.start / BOUNDARY != (span.end - 1) / BOUNDARY {
                    return Err(Illegality::CrossesBoundary);
                }
            }
            BurstKind::Wrap => {
                if !matches!(self.beats, 2 | 4 | 8 | 16) {
                    return Err(Illegality::WrapLength);
                }
                if !self.address.is_multiple_of(bytes) {
                    return Err(Illegality::WrapAlignment);
                }
            }
        }
        let total = bytes * u64::from(self.beats);
        if self.attributes.lock
            && (self.beats > 16
                || total > 128
                || !total.is_power_of_two()
                || !self.address.is_multiple_of(total))
        {
            return Err(Illegality::Exclusive);
        }
        // A transaction that is not modifiable has nothing to allocate.
        if self.attributes.cache & 0b0010 == 0 && self.attributes.cache & 0b1100 != 0 {
            return Err(Illegality::CacheCode);
        }
        Ok(())
    }
}

/// A mask of the `count` lowest bits, `count` up to 64.
pub(crate) fn ones(count: usize) -> u64 {
    if count >= 64 {
        u64::MAX
    } else {
        (1 << count) - 1
    }
}

/// Splits `length` bytes at `address` into the longest legal INCR bursts of full-width beats.
pub fn split(address: u64, length: usize, bus_bytes: usize) -> Vec<(Burst, Range<usize>)> {
    let size = bus_bytes.trailing_zeros() as u8;
    let end = address + length as u64;
    let mut pieces = Vec::new();
    let mut at = address;
    while at < end {
        let base = at & !(bus_bytes as u64 - 1);
        let limit = end
            .min((at / BOUNDARY + 1) * BOUNDARY)
            .min(base + 256 * bus_bytes as u64);
        let beats = (limit - base).div_ceil(bus_bytes as u64) as u16;
        let range = (at - address) as usize..(limit - address) as usize;
        pieces.push((Burst::incr(at, beats, size), range));
        at = limit;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_lanes_follow_the_specification() {
        let narrow = Burst::incr(0x1003, 4, 1);
        assert_eq!(
            [0, 1, 2, 3].map(|i| narrow.beat_address(i)),
            [0x1003, 0x1004, 0x1006, 0x1008]
        );
        assert_eq!(narrow.lanes(0, 8), 3..4);
        assert_eq!(narrow.lanes(1, 8), 4..6);
        assert_eq!(narrow.lanes(3, 8), 0..2);
        assert_eq!(narrow.transfer_bytes(8), 7);
        let wrap = Burst::wrap(0x38, 4, 3);
        assert_eq!(
            [0, 1, 2, 3].map(|i| wrap.beat_address(i)),
            [0x38, 0x20, 0x28, 0x30]
        );
        assert_eq!(wrap.span(), 0x20..0x40);
        let fixed = Burst::fixed(0x101, 3, 2);
        assert_eq!(fixed.lanes(2, 4), 1..4);
        assert_eq!(fixed.transfer_bytes(4), 9);
        assert_eq!(Burst::incr(0, 1, 6).lane_mask(0, 64), u64::MAX);
    }

    #[test]
    fn illegal_bursts_are_named() {
        let check = |burst: Burst| burst.check(8);
        assert_eq!(check(Burst::incr(0xff8, 1, 3)), Ok(()));
        assert_eq!(
            check(Burst::incr(0xff8, 2, 3)),
            Err(Illegality::CrossesBoundary)
        );
        assert_eq!(check(Burst::incr(0xff9, 1, 3)), Ok(()));
        assert_eq!(check(Burst::incr(0, 1, 4)), Err(Illegality::TooWide));
        assert_eq!(check(Burst::wrap(0, 3, 3)), Err(Illegality::WrapLength));
        assert_eq!(check(Burst::wrap(4, 2, 3)), Err(Illegality::WrapAlignment));
        assert_eq!(check(Burst::fixed(0, 17, 0)), Err(Illegality::FixedLength));
        let lock = Attributes {
            lock: true,
            ..Attributes::default()
        };
        assert_eq!(
            check(Burst::incr(8, 2, 3).with_attributes(lock)),
            Err(Illegality::Exclusive)
        );
        assert_eq!(check(Burst::incr(16, 2, 3).with_attributes(lock)), Ok(()));
        let cache = Attributes {
            cache: 0b0100,
            ..Attributes::default()
        };
        assert_eq!(
            check(Burst::incr(0, 1, 3).with_attributes(cache)),
            Err(Illegality::CacheCode)
        );
    }

    #[test]
    fn split_covers_every_byte_once_with_legal_bursts() {
        for (address, length, bus) in [
            (0xffd, 10, 8),
            (0, 4096, 4),
            (0x1fff, 1, 64),
            (5, 20_000, 16),
        ] {
            let pieces = split(address, length, bus);
            let mut next = 0;
            for (burst, range) in &pieces {
                burst.check(bus).unwrap();
                assert_eq!(range.start, next);
                assert_eq!(burst.address, address + next as u64);
                assert!(burst.transfer_bytes(bus) >= range.len());
                next = range.end;
            }
            assert_eq!(next, length);
        }
    }
}
