//! Frames of the link, built and read in Rust.

use mch_sim::stream::Frame;

/// Kinds of frames, as the lowest four bits of their first beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An entry of a ring: its header word, then its data.
    Entry = 1,
    /// A mark behind all entries before it.
    Mark = 2,
    /// Opens a session.
    Sync = 3,
    /// Acknowledges.
    Ack = 4,
    /// The frame's generation is older than the receiver's.
    Refuse = 5,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 5] = [Kind::Entry, Kind::Mark, Kind::Sync, Kind::Ack, Kind::Refuse];
}

/// The first beat of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its kind.
    pub kind: Kind,
    /// Its guest, 0..15.
    pub guest: u64,
    /// The sender's generation.
    pub generation: u8,
    /// The session.
    pub session: u16,
    /// Number of the entry in its session, or of the next one.
    pub sequence: u32,
}

impl Header {
    /// The beat.
    pub fn beat(&self) -> u64 {
        self.kind as u64
            | self.guest << 4
            | u64::from(self.generation) << 8
            | u64::from(self.session) << 16
            | u64::from(self.sequence) << 32
    }

    /// What a beat says, if it is of a known kind.
    pub fn of(beat: u64) -> Option<Header> {
        let kind = Kind::ALL.into_iter().find(|one| *one as u64 == beat & 15)?;
        Some(Header {
            kind,
            guest: beat >> 4 & 15,
            generation: (beat >> 8) as u8,
            session: (beat >> 16) as u16,
            sequence: (beat >> 32) as u32,
        })
    }
}

/// CRC-32 of IEEE 802.3 over the bytes of the beats, lowest first: bit by bit, as the standard says it.
pub fn crc(beats: &[u64]) -> u32 {
    let bytes = beats.iter().flat_map(|beat| beat.to_le_bytes());
    !bytes.fold(!0, |state, byte| {
        (0..8).fold(state ^ u32::from(byte), |state, _| {
            let carry = if state & 1 == 1 { 0xedb8_8320 } else { 0 };
            state >> 1 ^ carry
        })
    })
}

/// A whole frame: header, second beat, words, check.
pub fn frame(header: Header, second: u64, words: &[u64]) -> Frame {
    let mut beats = vec![header.beat(), second];
    beats.extend_from_slice(words);
    beats.push(u64::from(crc(&beats)));
    beats
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_that_of_the_standard() {
        // "123456789" has CRC 0xcbf43926; 16 bytes of it as two beats.
        let beats = [
            u64::from_le_bytes(*b"12345678"),
            u64::from_le_bytes(*b"9abcdefg"),
        ];
        assert_eq!(crc(&[0]), 0x6522_df69);
        assert_eq!(crc(&beats), 0xa2ca_afff);
    }

    #[test]
    fn a_header_reads_back() {
        let header = Header {
            kind: Kind::Mark,
            guest: 11,
            generation: 0xfe,
            session: 0xbeef,
            sequence: 0x1234_5678,
        };
        assert_eq!(header.beat(), 0x1234_5678_beef_feb2);
        assert_eq!(Header::of(header.beat()), Some(header));
        assert_eq!(Header::of(0xe), None);
    }
}
