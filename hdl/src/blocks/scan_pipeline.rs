//! The second part of the scanner: expands L2 words to L1 words, these to words, and these to descriptors.
//!
//! **Does**: three levels of one kind: a word of bits is taken apart, lowest bit first, and each bit asks for a word of the level below. All
//! levels share the tracker's scan port, the lowest first; each asks only for what it has room to keep, so answers are never refused.
//! L2 words of all jobs go round in a queue, one L1 word per turn, so jobs take turns at L1 words.
//! **Throughput**: one descriptor per cycle, also between words and with one set bit per word; clean L1 and L2 words cost a read each.
//! **Ordering**: none among descriptors. `room`: less than three L2 words of the guest are asked for or kept. `guest_busy`: anything of the
//! guest is on its way here; it falls after the guest's last descriptor is taken. **Reset**: nothing on its way.

use super::constants::{constant, copies, flag, identities};
use super::lowest_bit::LowestBit;
use super::or_tree::OrTree;
use super::scan_census::ScanCensus;
use super::scan_descriptor::ScanDescriptor;
use super::scan_level::ScanLevel;
use super::scan_types::{ScanItem, ScanRead};
use crate::prelude::*;
use mch_spec::config::Config;

/// From L2 words to descriptors.
#[derive(Clone, Debug, LogicBlock)]
pub struct ScanPipeline {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// First page of system memory.
    pub mem_base: Signal<In, Bits<28>>,
    /// First page of the shadow.
    pub shadow_base: Signal<In, Bits<28>>,
    /// First granule of region r.
    pub region_first: Vec<Signal<In, Bits<28>>>,
    /// Last granule of region r.
    pub region_last: Vec<Signal<In, Bits<28>>>,
    /// Guest g's job scans plane Y.
    pub plane_y: Vec<Signal<In, Bit>>,
    /// Guest g's job copies from the shadow to memory.
    pub to_memory: Vec<Signal<In, Bit>>,
    /// Guest g's job clears bits after their copies.
    pub clear_after: Vec<Signal<In, Bit>>,
    /// An L2 word is asked for.
    pub probe_valid: Signal<In, Bit>,
    /// The request is taken.
    pub probe_ready: Signal<Out, Bit>,
    /// Its guest.
    pub probe_guest: Signal<In, Bits<4>>,
    /// Its region.
    pub probe_region: Signal<In, Bits<5>>,
    /// The word to read.
    pub probe_word: Signal<In, Bits<21>>,
    /// The first bit of the L2 word that counts.
    pub probe_low: Signal<In, Bits<5>>,
    /// The last one.
    pub probe_high: Signal<In, Bits<5>>,
    /// Another L2 word of guest g may be asked for.
    pub room: Vec<Signal<Out, Bit>>,
    /// Something of guest g is on its way.
    pub guest_busy: Vec<Signal<Out, Bit>>,
    /// A word of the block store is read.
    pub scan_valid: Signal<Out, Bit>,
    /// The read is taken.
    pub scan_ready: Signal<In, Bit>,
    /// The word.
    pub scan_word: Signal<Out, Bits<21>>,
    /// Its guest.
    pub scan_guest: Signal<Out, Bits<4>>,
    /// The answer to the oldest read.
    pub scan_response_valid: Signal<In, Bit>,
    /// Plane X of the word.
    pub scan_x: Signal<In, Bits<32>>,
    /// Plane Y of the word.
    pub scan_y: Signal<In, Bits<32>>,
    /// Its L1 word.
    pub scan_l1: Signal<In, Bits<32>>,
    /// Its L2 word.
    pub scan_l2: Signal<In, Bits<32>>,
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
    asks: SkidBuffer<ScanRead>,
    ask: Signal<Local, ScanRead>,
    asked: Signal<Local, ScanRead>,
    reads: Fifo<ScanRead>,
    reply_valid: Register<Bit>,
    reply_level: Register<Bits<2>>,
    reply: Register<ScanItem>,
    tops: Fifo<ScanItem>,
    top_now_valid: Register<Bit>,
    top_now: Register<ScanItem>,
    top_loads: Signal<Local, Bit>,
    top_swaps: Signal<Local, Bit>,
    top_bit: LowestBit,
    turn_valid: Register<Bit>,
    turn_guest: Register<Bits<4>>,
    turn_region: Register<Bits<5>>,
    turn_l1: Register<Bits<16>>,
    group_valid: Register<Bit>,
    group: Register<ScanRead>,
    ask_free: Signal<Local, Bit>,
    word_asks: Signal<Local, Bit>,
    group_asks: Signal<Local, Bit>,
    probe_asks: Signal<Local, Bit>,
    answered: Signal<Local, ScanRead>,
    low_mask: Signal<Local, Bits<32>>,
    high_mask: Signal<Local, Bits<32>>,
    answer_bits: Signal<Local, Bits<32>>,
    answer_plane_y: Signal<Local, Bit>,
    top_arrives: Signal<Local, Bit>,
    group_arrives: Signal<Local, Bit>,
    group_is_clean: Signal<Local, Bit>,
    top_is_clean: Signal<Local, Bit>,
    word_arrives: Signal<Local, Bit>,
    word_is_clean: Signal<Local, Bit>,
    top_turns: Signal<Local, Bit>,
    top_is_last: Signal<Local, Bit>,
    turn_moves: Signal<Local, Bit>,
    firsts: OrTree<28>,
    lasts: OrTree<28>,
    turn_first_word: Signal<Local, Bits<21>>,
    turn_last_word: Signal<Local, Bits<21>>,
    no_read: Constant<ScanRead>,
    no_item: Constant<ScanItem>,
    groups: ScanLevel,
    words: ScanLevel,
    descriptor: ScanDescriptor,
    census: ScanCensus,
    group_now: Signal<Local, ScanItem>,
    ones: Constant<Bits<32>>,
    identity: Vec<Constant<Bits<4>>>,
    region_identity: Vec<Constant<Bits<5>>>,
    wide_granule: Constant<Bit>,
    has_y: Constant<Bit>,
    _guests: usize,
    _regions: usize,
}

impl ScanPipeline {
    /// The pipeline of a configuration's scanner.
    pub fn new(config: &Config) -> Self {
        let guests = config.guests as usize;
        let regions = config.regions as usize;
        Self {
            clock: Signal::default(),
            mem_base: Signal::default(),
            shadow_base: Signal::default(),
            region_first: copies(regions),
            region_last: copies(regions),
            plane_y: copies(guests),
            to_memory: copies(guests),
            clear_after: copies(guests),
            probe_valid: Signal::default(),
            probe_ready: Signal::default(),
            probe_guest: Signal::default(),
            probe_region: Signal::default(),
            probe_word: Signal::default(),
            probe_low: Signal::default(),
            probe_high: Signal::default(),
            room: copies(guests),
            guest_busy: copies(guests),
            scan_valid: Signal::default(),
            scan_ready: Signal::default(),
            scan_word: Signal::default(),
            scan_guest: Signal::default(),
            scan_response_valid: Signal::default(),
            scan_x: Signal::default(),
            scan_y: Signal::default(),
            scan_l1: Signal::default(),
            scan_l2: Signal::default(),
            out_valid: Signal::default(),
            out_ready: Signal::default(),
            out_source: Signal::default(),
            out_destination: Signal::default(),
            out_block: Signal::default(),
            out_guest: Signal::default(),
            out_clear: Signal::default(),
            asks: SkidBuffer::sized(config.compact),
            ask: Signal::default(),
            asked: Signal::default(),
            reads: Fifo::new(8),
            reply_valid: Register::default(),
            reply_level: Register::without_reset(),
            reply: Register::without_reset(),
            top_now_valid: Register::default(),
            top_now: Register::without_reset(),
            top_loads: Signal::default(),
            top_swaps: Signal::default(),
            tops: Fifo::new(3 * guests),
            top_bit: LowestBit::default(),
            turn_valid: Register::default(),
            turn_guest: Register::narrow_without_reset(clog2(guests).max(1)),
            turn_region: Register::narrow_without_reset(clog2(regions).max(1)),
            turn_l1: Register::narrow_without_reset(clog2(config.summary_words() as usize).max(1)),
            group_valid: Register::default(),
            group: Register::without_reset(),
            ask_free: Signal::default(),
            word_asks: Signal::default(),
            group_asks: Signal::default(),
            probe_asks: Signal::default(),
            answered: Signal::default(),
            low_mask: Signal::default(),
            high_mask: Signal::default(),
            answer_bits: Signal::default(),
            answer_plane_y: Signal::default(),
            top_arrives: Signal::default(),
            group_arrives: Signal::default(),
            group_is_clean: Signal::default(),
            top_is_clean: Signal::default(),
            word_arrives: Signal::default(),
            word_is_clean: Signal::default(),
            top_turns: Signal::default(),
            top_is_last: Signal::default(),
            turn_moves: Signal::default(),
            firsts: OrTree::new(regions),
            lasts: OrTree::new(regions),
            turn_first_word: Signal::default(),
            turn_last_word: Signal::default(),
            no_read: Constant::new(ScanRead::default()),
            no_item: Constant::new(ScanItem::default()),
            groups: ScanLevel::new(4),
            words: ScanLevel::new(16),
            descriptor: ScanDescriptor::new(config),
            census: ScanCensus::new(config),
            group_now: Signal::default(),
            ones: constant(0xffff_ffff),
            identity: identities(guests),
            region_identity: identities(regions),
            wide_granule: flag(config.granule_blocks() == 64),
            has_y: flag(config.plane_y()),
            _guests: guests,
            _regions: regions,
        }
    }
}

impl Logic for ScanPipeline {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: scan_pipeline");
        comment!("Expands L2 words to L1 words, these to words, these to descriptors, one bit per cycle at each level. The");
        comment!("levels share the tracker's scan port, the lowest first, and ask only for what they have room to keep.");
        comment!("L2 words of all jobs go round in a queue, one L1 word per turn. One descriptor per cycle.");
        comment!("guest_busy falls after the guest's last descriptor is taken. Reset: nothing on its way.");
        dff_setup!(
            self,
            clock,
            top_now_valid,
            top_now,
            reply_valid,
            reply_level,
            reply,
            turn_valid,
            turn_guest,
            turn_region,
            turn_l1,
            group_valid,
            group
        );
        clock!(self, clock, asks, reads, tops, groups, words, descriptor, census);

        // The scan port: the lowest level asks first.
        self.group_now.next = self.groups.now.val();
        self.ask_free.next = self.asks.in_ready.val();
        self.word_asks.next = self.ask_free.val() & self.groups.valid.val() & self.words.room.val();
        self.group_asks.next =
            self.ask_free.val() & !self.word_asks.val() & self.group_valid.q.val();
        self.probe_asks.next = self.ask_free.val()
            & !self.word_asks.val()
            & !self.group_valid.q.val()
            & self.probe_valid.val();
        self.probe_ready.next = self.probe_asks.val();
        self.asks.in_valid.next =
            self.word_asks.val() | self.group_valid.q.val() | self.probe_valid.val();
        self.ask.next = self.no_read.val();
        if self.word_asks.val() {
            self.ask.next.level = 3.into();
            self.ask.next.guest = self.group_now.val().guest;
            self.ask.next.region = self.group_now.val().region;
            self.ask.next.word = ((self.group_now.val().word >> 5) << 5)
                | bit_cast::<21, 5>(self.groups.index.val());
            self.ask.next.high = 0.into();
            if self.groups.is_last.val() {
                self.ask.next.high = 1.into();
            }
        } else if self.group_valid.q.val() {
            self.ask.next = self.group.q.val();
        } else {
            self.ask.next.level = 1.into();
            self.ask.next.guest = self.probe_guest.val();
            self.ask.next.region = self.probe_region.val();
            self.ask.next.word = self.probe_word.val();
            self.ask.next.low = self.probe_low.val();
            self.ask.next.high = self.probe_high.val();
        }
        self.asks.in_data.next = self.ask.val();
        self.asks.out_ready.next = self.scan_ready.val();
        self.asked.next = self.asks.out_data.val();
        self.scan_valid.next = self.asks.out_valid.val();
        self.scan_word.next = self.asked.val().word;
        self.scan_guest.next = self.asked.val().guest;
        self.reads.push.next = self.asks.out_valid.val() & self.scan_ready.val();
        self.reads.data_in.next = self.asked.val();

        // An answer: the bits that count.
        self.reads.pop.next = self.scan_response_valid.val();
        self.answered.next = self.reads.data_out.val();
        self.low_mask.next = self.ones.val() << self.answered.val().low;
        self.high_mask.next = self.ones.val() >> (bits::<5>(31) - self.answered.val().high);
        self.answer_plane_y.next = false;
        if self.has_y.val() {
            for g in 0..self._guests {
                if self.answered.val().guest == self.identity[g].val() {
                    self.answer_plane_y.next = self.plane_y[g].val();
                }
            }
        }
        self.answer_bits.next = self.scan_x.val();
        if self.answer_plane_y.val() {
            self.answer_bits.next = self.scan_y.val();
        }
        if self.answered.val().level == 1 {
            self.answer_bits.next = self.scan_l2.val() & self.low_mask.val() & self.high_mask.val();
        } else if self.answered.val().level == 2 {
            self.answer_bits.next = self.scan_l1.val() & self.low_mask.val() & self.high_mask.val();
        }
        self.reply_valid.d.next = self.scan_response_valid.val();
        self.reply_level.d.next = self.answered.val().level;
        self.reply.d.next = self.no_item.val();
        self.reply.d.next.guest = self.answered.val().guest;
        self.reply.d.next.region = self.answered.val().region;
        self.reply.d.next.word = self.answered.val().word;
        self.reply.d.next.last = self.answered.val().high.get_bit(0);
        self.reply.d.next.bits = self.answer_bits.val();

        self.top_arrives.next = self.reply_valid.q.val()
            & (self.reply_level.q.val() == 1)
            & self.reply.q.val().bits.any();
        self.top_is_clean.next = self.reply_valid.q.val()
            & (self.reply_level.q.val() == 1)
            & !self.reply.q.val().bits.any();
        self.group_arrives.next = self.reply_valid.q.val()
            & (self.reply_level.q.val() == 2)
            & self.reply.q.val().bits.any();
        self.group_is_clean.next = self.reply_valid.q.val()
            & (self.reply_level.q.val() == 2)
            & !self.reply.q.val().bits.any();
        self.word_arrives.next = self.reply_valid.q.val()
            & (self.reply_level.q.val() == 3)
            & (self.reply.q.val().bits.any() | self.reply.q.val().last);
        self.word_is_clean.next = self.reply_valid.q.val()
            & (self.reply_level.q.val() == 3)
            & !self.reply.q.val().bits.any()
            & !self.reply.q.val().last;

        // L2 words: one gives up an L1 word and then lets the next of the queue before it.
        self.top_bit.value.next = self.top_now.q.val().bits;
        self.top_is_last.next = !self.top_bit.rest.val().any();
        self.turn_moves.next = !self.group_valid.q.val() | self.group_asks.val();
        // Every second cycle at most: what its words ask for takes the scan port longer than that.
        self.top_turns.next =
            self.top_now_valid.q.val() & self.groups.room.val() & !self.turn_valid.q.val();
        self.top_swaps.next = self.top_turns.val()
            & !self.top_is_last.val()
            & self.tops.valid.val()
            & !self.top_arrives.val();
        self.top_loads.next = self.tops.valid.val()
            & (!self.top_now_valid.q.val()
                | (self.top_turns.val() & (self.top_is_last.val() | !self.top_arrives.val())));
        self.tops.pop.next = self.top_loads.val();
        self.tops.push.next = self.top_arrives.val() | self.top_swaps.val();
        self.tops.data_in.next = self.top_now.q.val();
        if self.top_arrives.val() {
            self.tops.data_in.next = self.reply.q.val();
        } else {
            self.tops.data_in.next.bits = self.top_bit.rest.val();
        }
        if self.top_loads.val() {
            self.top_now_valid.d.next = true;
            self.top_now.d.next = self.tops.data_out.val();
        } else if self.top_turns.val() {
            self.top_now_valid.d.next = !self.top_is_last.val();
            self.top_now.d.next = self.top_now.q.val();
            self.top_now.d.next.bits = self.top_bit.rest.val();
        }
        if self.top_turns.val() {
            self.turn_valid.d.next = true;
            self.turn_guest.d.next = self.top_now.q.val().guest;
            self.turn_region.d.next = self.top_now.q.val().region;
            self.turn_l1.d.next = (bit_cast::<16, 21>(self.top_now.q.val().word >> 10) << 5)
                | bit_cast::<16, 5>(self.top_bit.index.val());
        } else if self.turn_moves.val() {
            self.turn_valid.d.next = false;
        }

        // An L1 word: its first word in the region, and its bits that lie in the region.
        for r in 0..self._regions {
            self.firsts.inputs[r].next = 0.into();
            self.lasts.inputs[r].next = 0.into();
            if self.turn_region.q.val() == self.region_identity[r].val() {
                self.firsts.inputs[r].next = self.region_first[r].val();
                self.lasts.inputs[r].next = self.region_last[r].val();
            }
        }
        self.turn_first_word.next = bit_cast::<21, 28>(self.firsts.merged.val());
        self.turn_last_word.next = bit_cast::<21, 28>(self.lasts.merged.val());
        if self.wide_granule.val() {
            self.turn_first_word.next = bit_cast::<21, 28>(self.firsts.merged.val()) << 1;
            self.turn_last_word.next =
                (bit_cast::<21, 28>(self.lasts.merged.val()) << 1) | bits::<21>(1);
        }
        if self.turn_moves.val() {
            self.group_valid.d.next = self.turn_valid.q.val();
            self.group.d.next = self.no_read.val();
            self.group.d.next.level = 2.into();
            self.group.d.next.guest = self.turn_guest.q.val();
            self.group.d.next.region = self.turn_region.q.val();
            self.group.d.next.high = 31.into();
            if self.turn_l1.q.val() == self.turn_last_word.val().get_bits::<16>(5) {
                self.group.d.next.high = self.turn_last_word.val().get_bits::<5>(0);
            }
            if self.turn_l1.q.val() == self.turn_first_word.val().get_bits::<16>(5) {
                self.group.d.next.low = self.turn_first_word.val().get_bits::<5>(0);
                self.group.d.next.word = self.turn_first_word.val();
            } else {
                self.group.d.next.low = 0.into();
                self.group.d.next.word = bit_cast::<21, 16>(self.turn_l1.q.val()) << 5;
            }
        }
        self.groups.asked.next = self.top_turns.val();
        self.groups.arrives.next = self.group_arrives.val();
        self.groups.item.next = self.reply.q.val();
        self.groups.is_clean.next = self.group_is_clean.val();
        self.groups.take.next = self.word_asks.val();

        // A word: a descriptor per bit.
        self.words.asked.next = self.word_asks.val();
        self.words.arrives.next = self.word_arrives.val();
        self.words.item.next = self.reply.q.val();
        self.words.is_clean.next = self.word_is_clean.val();
        self.words.take.next = self.descriptor.take.val();
        self.descriptor.valid.next = self.words.valid.val();
        self.descriptor.now.next = self.words.now.val();
        self.descriptor.index.next = self.words.index.val();
        self.descriptor.is_last.next = self.words.is_last.val();
        self.descriptor.mem_base.next = self.mem_base.val();
        self.descriptor.shadow_base.next = self.shadow_base.val();
        self.out_valid.next = self.descriptor.out_valid.val();
        self.out_source.next = self.descriptor.out_source.val();
        self.out_destination.next = self.descriptor.out_destination.val();
        self.out_block.next = self.descriptor.out_block.val();
        self.out_guest.next = self.descriptor.out_guest.val();
        self.out_clear.next = self.descriptor.out_clear.val();
        self.descriptor.out_ready.next = self.out_ready.val();

        // What each guest has on its way.
        self.census.top_asked.next = self.probe_asks.val();
        self.census.top_guest.next = self.probe_guest.val();
        self.census.top_is_clean.next = self.top_is_clean.val();
        self.census.group_is_clean.next = self.group_is_clean.val();
        self.census.clean_guest.next = self.reply.q.val().guest;
        self.census.group_begun.next = self.top_turns.val();
        self.census.begun_last.next = self.top_is_last.val();
        self.census.begun_guest.next = self.top_now.q.val().guest;
        self.census.group_ended.next = self.descriptor.ended.val();
        self.census.ended_guest.next = self.descriptor.ended_guest.val();
        for g in 0..self._guests {
            self.descriptor.to_memory[g].next = self.to_memory[g].val();
            self.descriptor.clear_after[g].next = self.clear_after[g].val();
            self.room[g].next = self.census.room[g].val();
            self.guest_busy[g].next = self.census.busy[g].val();
        }
    }
}
