//! DRAM-like timing: banks with an open row each, and refresh.
//!
//! Addresses map, from the low end, to byte in row, bank, row. A bank serves one access at a time. All
//! times are in cycles of the AXI clock. This is the shape of a DRAM's timing (locality pays, conflicts
//! and refresh cost), not a model of one part.

use super::faults::Direction;
use crate::axi::Burst;

/// Parameters of the model, in AXI clock cycles unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DramTiming {
    /// Number of banks.
    pub banks: u32,
    /// Bytes in a row of one bank.
    pub row_bytes: u64,
    /// Controller and interface delay of every access.
    pub overhead: u32,
    /// Column access (tCL).
    pub column: u32,
    /// Activate to column access (tRCD).
    pub activate: u32,
    /// Precharge (tRP), paid when another row is open.
    pub precharge: u32,
    /// Write recovery (tWR), during which the bank takes no other access.
    pub write_recovery: u32,
    /// Cycles between refreshes (tREFI); 0 for none.
    pub refresh_interval: u32,
    /// Length of a refresh (tRFC): all banks stand still and close their rows.
    pub refresh: u32,
}

impl Default for DramTiming {
    /// About DDR3-1333 behind a 100 MHz AXI port.
    fn default() -> Self {
        Self {
            banks: 8,
            row_bytes: 2048,
            overhead: 10,
            column: 2,
            activate: 2,
            precharge: 2,
            write_recovery: 2,
            refresh_interval: 780,
            refresh: 16,
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Bank {
    row: Option<u64>,
    free_at: u64,
    refreshes: u64,
}

/// Open rows and busy times of the banks, and counts of how accesses met them.
#[derive(Clone, Debug, Default)]
pub struct DramState {
    banks: Vec<Bank>,
    /// Accesses that found their row open.
    pub hits: u64,
    /// Accesses that found no row open.
    pub misses: u64,
    /// Accesses that found another row open.
    pub conflicts: u64,
}

impl DramState {
    /// Latency in cycles of an access that arrives at `cycle`.
    pub fn access(
        &mut self,
        timing: &DramTiming,
        cycle: u64,
        burst: &Burst,
        direction: Direction,
    ) -> u64 {
        let count = timing.banks.max(1);
        self.banks.resize(count as usize, Bank::default());
        let line = burst.address / timing.row_bytes.max(1);
        let row = line / u64::from(count);
        let bank = &mut self.banks[(line % u64::from(count)) as usize];
        let mut start = cycle.max(bank.free_at);
        if let Some(done) = start.checked_div(u64::from(timing.refresh_interval)) {
            // Refresh n starts at n intervals; the one at cycle 0 has nothing to refresh.
            if done > 0 {
                start = start
                    .max(done * u64::from(timing.refresh_interval) + u64::from(timing.refresh));
            }
            if bank.refreshes != done {
                bank.refreshes = done;
                bank.row = None;
            }
        }
        let open = match bank.row {
            Some(open) if open == row => {
                self.hits += 1;
                0
            }
            Some(_) => {
                self.conflicts += 1;
                timing.precharge + timing.activate
            }
            None => {
                self.misses += 1;
                timing.activate
            }
        };
        bank.row = Some(row);
        let recovery = if direction == Direction::Write {
            timing.write_recovery
        } else {
            0
        };
        bank.free_at = start + u64::from(open) + u64::from(burst.beats) + u64::from(recovery);
        let answer =
            start + u64::from(open) + u64::from(timing.column) + u64::from(timing.overhead);
        (answer - cycle).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing() -> DramTiming {
        DramTiming {
            overhead: 10,
            column: 2,
            activate: 3,
            precharge: 4,
            ..DramTiming::default()
        }
    }

    #[test]
    fn rows_hit_miss_and_conflict() {
        let mut state = DramState::default();
        let mut read = |cycle, address| {
            state.access(
                &timing(),
                cycle,
                &Burst::incr(address, 1, 3),
                Direction::Read,
            )
        };
        assert_eq!(read(0, 0), 15, "miss");
        assert_eq!(read(100, 64), 12, "hit");
        assert_eq!(read(200, 8 * 2048), 19, "conflict");
        assert_eq!(read(200, 2048), 15, "another bank is not in the way");
        assert_eq!((state.hits, state.misses, state.conflicts), (1, 2, 1));
    }

    #[test]
    fn a_busy_bank_and_a_refresh_delay_an_access() {
        let mut state = DramState::default();
        let mut write = |cycle, address| {
            state.access(
                &timing(),
                cycle,
                &Burst::incr(address, 8, 3),
                Direction::Write,
            )
        };
        assert_eq!(write(0, 0), 15);
        assert_eq!(
            write(1, 64),
            12 + 12,
            "activate, 8 beats, recovery, less the cycle since"
        );
        assert_eq!(write(780, 128), 16 + 15, "refresh, and the row is closed");
        assert_eq!(write(1_000, 128), 12);
    }
}
