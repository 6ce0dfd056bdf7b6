//! The scanner: finds the set bits of a guest's regions and sends a copy descriptor for each, or fills the regions' bits.
//!
//! **Does**: a scan job walks the guest's regions through L2, L1 and words, skipping clean ones, and sends a descriptor for each set bit
//! of plane X (or Y), memory to shadow or back; a fill job rewrites every word. Each bit that is set for the whole job is sent once; one that
//! changes meanwhile is sent once or not at all. A job per guest; jobs of several guests take turns at L1 words.
//! **Throughput**: a descriptor per cycle in dense memory and with one set bit per word; a fill per cycle but for the turns (3 cycles per L1
//! word); 1,024 clean words cost a read.
//! **Ordering**: none among descriptors. `job_busy` rises the cycle after `job_start` and falls when the walk is over and the job's last
//! descriptor is taken, or its last fill. The region table must not change for a guest with a job.
//! **Without scans** (S6 hardwired): fill jobs only; a scan job ends as it starts, with no descriptor.
//! **Reset**: no job.

use super::constants::{copies, flag};
use super::scan_pipeline::ScanPipeline;
use super::scan_walker::ScanWalker;
use crate::prelude::*;
use mch_spec::config::Config;

/// Scan and fill jobs of all guests.
#[derive(Clone, Debug, LogicBlock)]
pub struct Scanner {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A job of guest g starts; it must have none.
    pub job_start: Vec<Signal<In, Bit>>,
    /// It is a fill job; else a scan job.
    pub job_fill: Signal<In, Bit>,
    /// Scan: bit 0 plane Y, 1 shadow to memory, 2 clear after copy. Fill: bit 0 X ones, 1 Y ones.
    pub job_flags: Signal<In, Bits<8>>,
    /// Guest g has a job.
    pub job_busy: Vec<Signal<Out, Bit>>,
    /// Region r is in use.
    pub region_used: Vec<Signal<In, Bit>>,
    /// Its first granule, counted from MEM_BASE.
    pub region_first: Vec<Signal<In, Bits<28>>>,
    /// Its last granule.
    pub region_last: Vec<Signal<In, Bits<28>>>,
    /// Its guest.
    pub region_guest: Vec<Signal<In, Bits<4>>>,
    /// First page of system memory.
    pub mem_base: Signal<In, Bits<28>>,
    /// First page of the shadow.
    pub shadow_base: Signal<In, Bits<28>>,
    /// A word of the block store is read.
    pub scan_valid: Signal<Out, Bit>,
    /// The read is taken.
    pub scan_ready: Signal<In, Bit>,
    /// The word.
    pub scan_word: Signal<Out, Bits<21>>,
    /// Its guest.
    pub scan_guest: Signal<Out, Bits<4>>,
    /// The answer to the oldest read; at most eight reads are on their way.
    pub scan_response_valid: Signal<In, Bit>,
    /// Plane X of the word.
    pub scan_x: Signal<In, Bits<32>>,
    /// Plane Y of the word.
    pub scan_y: Signal<In, Bits<32>>,
    /// Its L1 word.
    pub scan_l1: Signal<In, Bits<32>>,
    /// Its L2 word.
    pub scan_l2: Signal<In, Bits<32>>,
    /// A word is filled.
    pub fill_valid: Signal<Out, Bit>,
    /// The fill is taken.
    pub fill_ready: Signal<In, Bit>,
    /// The word.
    pub fill_word: Signal<Out, Bits<21>>,
    /// Its guest.
    pub fill_guest: Signal<Out, Bits<4>>,
    /// The new value of its X bits.
    pub fill_x: Signal<Out, Bit>,
    /// The new value of its Y bits.
    pub fill_y: Signal<Out, Bit>,
    /// A block is to be copied.
    pub out_valid: Signal<Out, Bit>,
    /// The descriptor is taken.
    pub out_ready: Signal<In, Bit>,
    /// Block address to copy from.
    pub out_source: Signal<Out, Bits<34>>,
    /// Block address to copy to.
    pub out_destination: Signal<Out, Bits<34>>,
    /// The block of system memory.
    pub out_block: Signal<Out, Bits<26>>,
    /// Its guest.
    pub out_guest: Signal<Out, Bits<4>>,
    /// Its bit is to be cleared after the copy.
    pub out_clear: Signal<Out, Bit>,
    walker: ScanWalker,
    pipeline: Maybe<ScanPipeline>,
    has_scans: Constant<Bit>,
    _guests: usize,
    _regions: usize,
}

impl Scanner {
    /// The scanner of a configuration.
    pub fn new(config: &Config) -> Self {
        let guests = config.guests as usize;
        let regions = config.regions as usize;
        Self {
            clock: Signal::default(),
            job_start: copies(guests),
            job_fill: Signal::default(),
            job_flags: Signal::default(),
            job_busy: copies(guests),
            region_used: copies(regions),
            region_first: copies(regions),
            region_last: copies(regions),
            region_guest: copies(regions),
            mem_base: Signal::default(),
            shadow_base: Signal::default(),
            scan_valid: Signal::default(),
            scan_ready: Signal::default(),
            scan_word: Signal::default(),
            scan_guest: Signal::default(),
            scan_response_valid: Signal::default(),
            scan_x: Signal::default(),
            scan_y: Signal::default(),
            scan_l1: Signal::default(),
            scan_l2: Signal::default(),
            fill_valid: Signal::default(),
            fill_ready: Signal::default(),
            fill_word: Signal::default(),
            fill_guest: Signal::default(),
            fill_x: Signal::default(),
            fill_y: Signal::default(),
            out_valid: Signal::default(),
            out_ready: Signal::default(),
            out_source: Signal::default(),
            out_destination: Signal::default(),
            out_block: Signal::default(),
            out_guest: Signal::default(),
            out_clear: Signal::default(),
            walker: ScanWalker::new(config),
            pipeline: Maybe::new(ScanPipeline::new(config), config.scans()),
            has_scans: flag(config.scans()),
            _guests: guests,
            _regions: regions,
        }
    }
}

impl Logic for Scanner {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: scanner");
        comment!("Scan jobs: a copy descriptor for each set bit of plane X or Y in a guest's regions, found through the");
        comment!("summary. Fill jobs: every word of the regions rewritten. A job per guest, taking turns at L1 words.");
        comment!("One descriptor or fill per cycle; 1,024 clean words cost a read. job_busy rises the cycle after job_start");
        comment!("and falls when the job's last descriptor or fill is taken. Reset: no job.");
        clock!(self, clock, walker, pipeline);
        for g in 0..self._guests {
            self.walker.job_start[g].next = self.job_start[g].val();
        }
        for r in 0..self._regions {
            self.walker.region_used[r].next = self.region_used[r].val();
            self.walker.region_first[r].next = self.region_first[r].val();
            self.walker.region_last[r].next = self.region_last[r].val();
            self.walker.region_guest[r].next = self.region_guest[r].val();
            self.pipeline.region_first[r].next = self.region_first[r].val();
            self.pipeline.region_last[r].next = self.region_last[r].val();
        }
        self.walker.job_fill.next = self.job_fill.val();
        self.walker.job_flags.next = self.job_flags.val();
        self.walker.fill_ready.next = self.fill_ready.val();
        self.fill_valid.next = self.walker.fill_valid.val();
        self.fill_word.next = self.walker.fill_word.val();
        self.fill_guest.next = self.walker.fill_guest.val();
        self.fill_x.next = self.walker.fill_x.val();
        self.fill_y.next = self.walker.fill_y.val();
        self.pipeline.mem_base.next = self.mem_base.val();
        self.pipeline.shadow_base.next = self.shadow_base.val();
        self.pipeline.scan_ready.next = self.scan_ready.val();
        self.pipeline.scan_response_valid.next = self.scan_response_valid.val();
        self.pipeline.scan_x.next = self.scan_x.val();
        self.pipeline.scan_y.next = self.scan_y.val();
        self.pipeline.scan_l1.next = self.scan_l1.val();
        self.pipeline.scan_l2.next = self.scan_l2.val();
        self.pipeline.out_ready.next = self.out_ready.val();
        self.pipeline.probe_valid.next = self.walker.probe_valid.val();
        self.pipeline.probe_guest.next = self.walker.probe_guest.val();
        self.pipeline.probe_region.next = self.walker.probe_region.val();
        self.pipeline.probe_word.next = self.walker.probe_word.val();
        self.pipeline.probe_low.next = self.walker.probe_low.val();
        self.pipeline.probe_high.next = self.walker.probe_high.val();
        if self.has_scans.val() {
            self.walker.probe_ready.next = self.pipeline.probe_ready.val();
            for g in 0..self._guests {
                self.pipeline.plane_y[g].next = self.walker.plane_y[g].val();
                self.pipeline.to_memory[g].next = self.walker.to_memory[g].val();
                self.pipeline.clear_after[g].next = self.walker.clear_after[g].val();
                self.walker.room[g].next = self.pipeline.room[g].val();
                self.job_busy[g].next =
                    self.walker.active[g].val() | self.pipeline.guest_busy[g].val();
            }
            self.scan_valid.next = self.pipeline.scan_valid.val();
            self.scan_word.next = self.pipeline.scan_word.val();
            self.scan_guest.next = self.pipeline.scan_guest.val();
            self.out_valid.next = self.pipeline.out_valid.val();
            self.out_source.next = self.pipeline.out_source.val();
            self.out_destination.next = self.pipeline.out_destination.val();
            self.out_block.next = self.pipeline.out_block.val();
            self.out_guest.next = self.pipeline.out_guest.val();
            self.out_clear.next = self.pipeline.out_clear.val();
        } else {
            self.walker.probe_ready.next = false;
            for g in 0..self._guests {
                self.walker.room[g].next = false;
                self.job_busy[g].next = self.walker.active[g].val();
            }
            self.scan_valid.next = false;
            self.scan_word.next = 0.into();
            self.scan_guest.next = 0.into();
            self.out_valid.next = false;
            self.out_source.next = 0.into();
            self.out_destination.next = 0.into();
            self.out_block.next = 0.into();
            self.out_guest.next = 0.into();
            self.out_clear.next = false;
        }
    }
}
