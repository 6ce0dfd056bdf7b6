//! A processor gone wild: random bursts over the memory that it owns, ending in the middle of one.

use crate::registers::Registers;
use crate::run::Run;
use anyhow::Result;
use mch_sim::axi::{Burst, Death, Response, WriteRequest};
use mch_sim::memory::Direction;
use rand::{Rng, RngCore};

/// AXI: no burst crosses such a boundary.
const BOUNDARY: u64 = 4096;

impl Run<'_> {
    /// Writes up to `count` random bursts through the guest's port and dies at a random moment.
    pub fn go_wild(&mut self, number: usize, count: u32) -> Result<()> {
        let manager = self.machine.computers[number].manager;
        self.machine.set_selected(number, true);
        for _ in 0..count {
            let request = self.wild_write(number);
            self.machine.simulation[manager].write(request)?;
        }
        let life = self.random.random_range(1..=u64::from(count) * 16);
        for _ in 0..life {
            self.tick()?;
            if self.machine.simulation[manager].is_idle() {
                break;
            }
        }
        self.machine.simulation[manager].die(Death::Silent);
        self.tick()?;
        self.machine.set_selected(number, false);
        self.machine.simulation[manager].revive();
        // It lowers its signals in the next cycle, unheard.
        self.tick()?;

        let completed = self.machine.simulation[manager].take_completed();
        let writes = completed
            .iter()
            .filter(|done| done.direction == Direction::Write);
        let refused = writes
            .clone()
            .filter(|done| done.response() == Response::SlvErr)
            .count() as u64;
        let report = &mut self.guests[number].report;
        report.wild_writes += writes.count() as u64;
        report.wild_writes_refused += refused;
        Ok(())
    }

    fn wild_write(&mut self, number: usize) -> WriteRequest {
        let place = self.map.place(number);
        let bus_bytes = self.unit.data_bytes() as usize;
        let random = &mut self.random;
        let size = random.random_range(0..=bus_bytes.ilog2()) as u8;
        let offset = u64::from(random.random_range(0..place.size)) >> size << size;
        let address = u64::from(place.base) + offset;
        let room = ((BOUNDARY - address % BOUNDARY) >> size) as u16;
        let beats = random.random_range(1..=room.min(32));
        let burst = Burst::incr(address, beats, size);
        let mut payload = vec![0; burst.transfer_bytes(bus_bytes)];
        random.fill_bytes(&mut payload);
        let strobes: Vec<u64> = (0..beats)
            .map(|beat| burst.lane_mask(beat, bus_bytes) & random.next_u64())
            .collect();
        let request = WriteRequest::new(burst, payload);
        match random.random_bool(0.5) {
            true => request.with_strobes(strobes),
            false => request,
        }
    }
}
