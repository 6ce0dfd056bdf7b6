//! An end of a link whose other end is in another process.

use crate::system::System;
use anyhow::Result;
use mch_sim::bench::{Agent, Drive, Sample};
use mch_sim::stream::{LinkBeat, LinkPins};
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a beat in the stream: its data, and whether it is its frame's last.
const BEAT_BYTES: usize = 9;
/// Cycles from one look at the stream to the next.
const LOOK: u64 = 8;

struct Ends {
    stream: UnixStream,
    received: Vec<u8>,
    beats: VecDeque<LinkBeat>,
    frame: Vec<u8>,
    closed: bool,
}

/// A unit's link over a stream between processes: whole frames are written, beats are read as they come.
#[derive(Clone)]
pub struct SocketEnd {
    ends: Arc<Mutex<Ends>>,
    pins: LinkPins,
    taken: bool,
}

/// What the test sees of a [`SocketEnd`].
#[derive(Clone)]
pub struct SocketLink(Arc<Mutex<Ends>>);

impl SocketLink {
    /// Joins a unit to the stream.
    pub fn join(system: &mut System, stream: UnixStream) -> Result<SocketLink> {
        stream.set_nonblocking(true)?;
        let ends = Arc::new(Mutex::new(Ends {
            stream,
            received: Vec::new(),
            beats: VecDeque::new(),
            frame: Vec::new(),
            closed: false,
        }));
        let agent = SocketEnd {
            ends: ends.clone(),
            pins: LinkPins::bind(&system.simulation)?,
            taken: false,
        };
        system.simulation.add(agent);
        Ok(SocketLink(ends))
    }

    /// Whether the other process is gone, and all it sent has been taken.
    pub fn is_over(&self) -> bool {
        let ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ends.closed && ends.beats.is_empty()
    }
}

impl Ends {
    fn receive(&mut self) {
        let mut bytes = [0; 4096];
        match self.stream.read(&mut bytes) {
            Ok(0) => self.closed = true,
            Ok(count) => self.received.extend_from_slice(&bytes[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => self.closed = true,
        }
        let whole = self.received.len() / BEAT_BYTES * BEAT_BYTES;
        for beat in self.received.drain(..whole).as_slice().chunks(BEAT_BYTES) {
            let mut data = [0; 8];
            data.copy_from_slice(&beat[..8]);
            self.beats
                .push_back((u64::from_le_bytes(data), beat[8] != 0));
        }
    }

    /// Writes a whole frame; one for which the stream has no room is lost, and sent again by the link.
    fn send(&mut self, (data, last): LinkBeat) {
        self.frame.extend_from_slice(&data.to_le_bytes());
        self.frame.push(u8::from(last));
        if !last {
            return;
        }
        let frame = std::mem::take(&mut self.frame);
        let mut rest = frame.as_slice();
        while !rest.is_empty() && !self.closed {
            match self.stream.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if rest.len() == frame.len() {
                        return;
                    }
                    std::thread::yield_now();
                }
                Err(_) => self.closed = true,
            }
        }
    }
}

impl Agent for SocketEnd {
    fn observe(&mut self, sample: &mut Sample) {
        if let Some(beat) = self.pins.sent(sample) {
            let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
            ends.send(beat);
        }
        self.taken = self.pins.takes(sample);
    }

    fn drive(&mut self, drive: &mut Drive) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if drive.cycle.is_multiple_of(LOOK) {
            ends.receive();
        }
        if std::mem::take(&mut self.taken) {
            ends.beats.pop_front();
        }
        let head = ends.beats.front().copied();
        self.pins.drive(drive, head);
    }
}
