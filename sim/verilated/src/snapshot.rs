//! Saving an instance's whole state to memory and restoring it, also into another instance.
//!
//! A snapshot is: 8 bytes of format name, the 32-byte key of the build, the length and a checksum of
//! the model's bytes (8 bytes each, little-endian), the model's bytes.

use crate::{Error, Instance, Result};

const FORMAT: [u8; 8] = *b"VLTSNAP1";
const HEADER: usize = 8 + 32 + 8 + 8;

impl Instance {
    /// Saves registers, memories, ports and time. Open waveforms and counted coverage are no part of it.
    pub fn save(&mut self) -> Result<Vec<u8>> {
        let mut snapshot = Vec::new();
        self.save_to(&mut snapshot)?;
        Ok(snapshot)
    }

    /// As [`save`](Self::save), to a buffer that is cleared first: saves the allocation.
    pub fn save_to(&mut self, snapshot: &mut Vec<u8>) -> Result<()> {
        let (mut data, mut length) = (std::ptr::null(), 0);
        // SAFETY: `raw` is live.
        match unsafe { (self.library.functions.save)(self.entered(), &mut data, &mut length) } {
            0 => {}
            2 => return Err(self.not_built("snapshots", "savable(true)")),
            3 => {
                return Err(
                    self.failed("a stopped model cannot be saved: call `resume` first".to_string())
                )
            }
            _ => {
                return Err(self.failed("the model could not be saved (out of memory?)".to_string()))
            }
        }
        // SAFETY: the shim keeps `length` bytes there until its next save.
        let state = unsafe { std::slice::from_raw_parts(data, length) };
        snapshot.clear();
        snapshot.reserve(HEADER + state.len());
        snapshot.extend_from_slice(&FORMAT);
        snapshot.extend_from_slice(&self.library.key);
        snapshot.extend_from_slice(&(state.len() as u64).to_le_bytes());
        snapshot.extend_from_slice(&checksum(state).to_le_bytes());
        snapshot.extend_from_slice(state);
        Ok(())
    }

    /// Restores what [`save`](Self::save) returned, from this or another instance of the same build. A
    /// refused snapshot changes nothing.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<()> {
        let state = self.checked(snapshot).map_err(|reason| Error::Snapshot {
            top: self.library.top.clone(),
            reason: reason.to_string(),
        })?;
        // SAFETY: `raw` is live; the bytes are those that the same build's `save` wrote.
        match unsafe {
            (self.library.functions.restore)(self.entered(), state.as_ptr(), state.len())
        } {
            0 => Ok(()),
            2 => Err(self.not_built("snapshots", "savable(true)")),
            _ => Err(Error::Snapshot {
                top: self.library.top.clone(),
                reason: "the model could not read it".to_string(),
            }),
        }
    }

    fn checked<'a>(&self, snapshot: &'a [u8]) -> Result<&'a [u8], &'static str> {
        let (header, state) = snapshot
            .split_at_checked(HEADER)
            .ok_or("it is shorter than its header")?;
        if header[..8] != FORMAT {
            return Err("it is no snapshot of this version");
        }
        if header[8..40] != self.library.key {
            return Err("it was made by another design, or by another build of this one");
        }
        if header[40..48] != (state.len() as u64).to_le_bytes() {
            return Err("it is truncated or has bytes appended");
        }
        if header[48..] != checksum(state).to_le_bytes() {
            return Err("its checksum is wrong");
        }
        Ok(state)
    }
}

/// Guards against accidents, at several bytes per clock cycle.
fn checksum(bytes: &[u8]) -> u64 {
    let mut lanes = [
        0x243f_6a88_85a3_08d3_u64,
        0x1319_8a2e_0370_7344,
        0xa409_3822_299f_31d0,
        0x082e_fa98_ec4e_6c89,
    ];
    let mix = |lane: u64, word: u64| {
        (lane ^ word)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
    };
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        for (lane, word) in lanes.iter_mut().zip(block.as_chunks::<8>().0) {
            *lane = mix(*lane, u64::from_le_bytes(*word));
        }
    }
    for byte in rest {
        lanes[0] = mix(lanes[0], u64::from(*byte));
    }
    lanes
        .iter()
        .fold(bytes.len() as u64, |sum, lane| mix(sum, *lane))
}
