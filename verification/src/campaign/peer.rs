//! A unit's peer at the other end of the link: while a test acts on one of them, the other's clock runs along, and so does its model.

use super::traffic::golden_burst;
use super::twin::{Twin, PATIENCE};
use anyhow::{ensure, Result};
use mch_sim::axi::Burst;
use mch_sim::bench::{Agent, Sample};
use mch_spec::registers::{guest_address, offset, Flag};
use mch_spec::Strategy;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where a unit stands while its peer is acted on; empty when it stands still.
pub(super) type Place = Arc<Mutex<Option<Box<Twin>>>>;

pub(super) fn look<T>(place: &Mutex<T>) -> MutexGuard<'_, T> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a unit knows of its peer.
#[derive(Clone, Default)]
pub(super) struct Peer {
    /// The peer.
    pub place: Place,
    /// The link is cut.
    pub cut: Arc<AtomicBool>,
    /// Why the peer could not run along.
    pub failure: Arc<Mutex<Option<String>>>,
}

impl Peer {
    /// Both models tell each other what the link lets through.
    pub fn exchange(&self, twin: &mut Twin) {
        let mut place = look(&self.place);
        let Some(other) = place.as_mut() else {
            twin.golden.transmit();
            return;
        };
        if self.cut.load(Ordering::Relaxed) {
            twin.golden.transmit();
            other.golden.transmit();
            return;
        }
        twin.golden.exchange(&mut other.golden);
        for (from, to) in [(0, 1), (1, 0)] {
            let ends = [&mut *twin, &mut **other];
            ends[from].follow_reference();
            let guests = ends[from].machine.config.guests;
            for guest in 0..guests {
                let (here, there) = (ends[from].golden.guest(guest), ends[to].golden.guest(guest));
                let same = (here.backup.session, here.backup.generation)
                    == (there.backup.session, there.backup.generation);
                let holds = there.backup.joined && there.is(Flag::Valid);
                if here.sends() && same && holds {
                    if let Some(image) = ends[from].reference.image(guest) {
                        ends[to].images[guest as usize] = Some(image.to_vec());
                    }
                }
            }
        }
    }
}

/// Runs the peer's clock along.
#[derive(Clone)]
pub(super) struct Companion(pub Peer);

impl Agent for Companion {
    fn observe(&mut self, _sample: &mut Sample) {
        if let Some(other) = look(&self.0.place).as_mut() {
            if let Err(failure) = other.system.simulation.step() {
                look(&self.0.failure).get_or_insert_with(|| format!("the other unit: {failure}"));
            }
        }
    }
}

impl Twin {
    /// What depends on time: how many of a burst's pieces are sent before a refusal comes, and what the first of two pieces that share a
    /// unit holds when it is sent.
    pub(super) fn is_unclear(&self, guest: u32, burst: &Burst) -> bool {
        let burst = golden_burst(burst);
        let pieces = burst.pieces(&self.machine.config);
        let addresses = burst.beat_addresses();
        let unit = |beat: usize| addresses[beat] >> self.machine.config.range_shift();
        let shares = pieces.iter().enumerate().any(|(index, piece)| {
            let later = pieces.iter().skip(index + 1).cloned().flatten();
            let mut later = later.map(unit);
            later.any(|one| piece.clone().any(|beat| unit(beat) == one))
        });
        shares || (pieces.len() > 1 && !self.is_of_the_peers_generation(guest))
    }

    /// Whether a peer, if there is one, will not refuse the guest as one of an older generation.
    pub(super) fn is_of_the_peers_generation(&self, guest: u32) -> bool {
        let generation = self.golden.guest(guest).backup.generation;
        self.peer.as_ref().is_none_or(|peer| {
            let place = look(&peer.place);
            let other = place.as_ref();
            other.is_none_or(|other| other.golden.guest(guest).backup.generation == generation)
        })
    }

    /// Whether a command to a guest would meet memory that errs while many entries are on their way, or at a standby: what is copied then
    /// depends on time, and the tests of the contract look at it.
    pub(super) fn errs_over_link(&self, guest: u32) -> bool {
        if !self.machine.is_pair() || guest >= self.machine.config.guests {
            return false;
        }
        let other_errs = self.peer.as_ref().is_some_and(|peer| {
            let place = look(&peer.place);
            place.as_ref().is_some_and(|other| other.faults)
        });
        let state = self.golden.guest(guest);
        let synchronizes = !state.is(Flag::Valid) || state.is(Flag::Lost);
        state.strategy == Strategy::S2 && synchronizes && (self.faults || other_errs)
    }

    /// Waits until what goes over the link has gone.
    pub(super) fn drain_link(&mut self, guest: u32) -> Result<()> {
        let end = self.system.simulation.cycle() + PATIENCE;
        for (name, register, mask) in [
            ("G_STATUS", offset::G_STATUS, !(1 << 9)), // RING_HELD follows what ports hold
            ("G_TRANSFERRED", offset::G_TRANSFERRED, u32::MAX),
            ("G_MARK", offset::G_MARK, u32::MAX),
            ("G_RENDEZVOUS", offset::G_RENDEZVOUS, u32::MAX),
            ("G_RING_USED", offset::G_RING_USED, u32::MAX),
        ] {
            let address = guest_address(guest, register);
            let wanted = self.golden.register_read(address).unwrap_or(0) & mask;
            loop {
                let found = self.system.read(address)? & mask;
                if found == wanted {
                    break;
                }
                ensure!(
                    self.system.simulation.cycle() < end,
                    "guest {guest}: {name} is {found:#x}, should come to {wanted:#x}"
                );
            }
        }
        Ok(())
    }

    /// A standby with a checkpoint has, at rest, that of its primary in memory.
    pub(super) fn check_standby(&mut self, guest: u32) -> Result<()> {
        let Some(image) = self.images[guest as usize].clone() else {
            return Ok(());
        };
        if !self.golden.guest(guest).is(Flag::Valid) {
            return Ok(());
        }
        for (range, wanted) in self.golden_ranges(guest).into_iter().zip(image) {
            let found = self.system.contents().read_vec(range.start, wanted.len());
            let first = found
                .iter()
                .zip(&wanted)
                .position(|(found, wanted)| found != wanted);
            ensure!(
                first.is_none(),
                "memory of guest {guest}, a standby, is not its primary's last checkpoint, first at {:#x}",
                range.start + first.unwrap_or(0) as u64
            );
        }
        Ok(())
    }
}
