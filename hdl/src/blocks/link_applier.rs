//! Decides on each frame from the peer: written, marked, answered, refused or dropped.
//!
//! **Does**: takes frames in order, one decision in three cycles. An entry of a standby guest's session that is the next one, with a free slot for it,
//! goes to the writer; every other frame of the session is only acknowledged again. A session's frame and a mark wait until no write of the guest is
//! under way, so they come between entries. A frame of an older generation is refused. **Latency**: three cycles. **Order**: that of the frames.
//! **Errors**: frames of a wrong guest, session or newer generation are dropped with a pulse. **Reset**: no session.

use super::constants::{constant, copies, identities};
use super::link_range::LinkRange;
use super::link_standby_guest::LinkStandbyGuest;
use super::or_tree::OrTree;
use super::ring_offset::RingOffset;
use crate::prelude::*;
use mch_spec::Config;

#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
enum State {
    Look,
    Compare,
    Decide,
    Settle,
}

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkApplier {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Per guest: it sends.
    pub sending: Vec<Signal<In, Bit>>,
    /// Per guest: it takes entries.
    pub standby: Vec<Signal<In, Bit>>,
    /// Per guest: first page of its ring.
    pub ring_base: Vec<Signal<In, Bits<28>>>,
    /// Per guest: log2 of its ring's bytes.
    pub ring_size: Vec<Signal<In, Bits<6>>>,
    /// Per guest: slots of its ring.
    pub ring_capacity: Vec<Signal<In, Bits<26>>>,
    /// Per guest: its generation.
    pub generation: Vec<Signal<In, Bits<8>>>,
    /// Per guest: its session.
    pub session: Vec<Signal<In, Bits<16>>>,
    /// Per guest: slot that the next entry will stand in.
    pub ring_tail: Vec<Signal<In, Bits<26>>>,
    /// Per guest: free slots.
    pub ring_free: Vec<Signal<In, Bits<26>>>,
    /// A frame is there.
    pub frame_valid: Signal<In, Bit>,
    /// It is decided.
    pub frame_take: Signal<Out, Bit>,
    /// Its first beat.
    pub frame_first: Signal<In, Bits<64>>,
    /// Its second beat.
    pub frame_second: Signal<In, Bits<64>>,
    /// Its words of data.
    pub frame_words: Signal<In, Bits<10>>,
    /// An entry for the writer, or data to throw away.
    pub out_valid: Signal<Out, Bit>,
    /// It is taken.
    pub out_ready: Signal<In, Bit>,
    /// The data are thrown away.
    pub out_drops: Signal<Out, Bit>,
    /// Lines of data.
    pub out_lines: Signal<Out, Bits<10>>,
    /// Its guest.
    pub out_guest: Signal<Out, Bits<4>>,
    /// Block address of its slot.
    pub out_place: Signal<Out, Bits<34>>,
    /// Byte address of its header.
    pub out_header_address: Signal<Out, Bits<40>>,
    /// Its header.
    pub out_header: Signal<Out, Bits<64>>,
    /// First beat of its slot.
    pub out_first: Signal<Out, Bits<10>>,
    /// Last beat.
    pub out_last: Signal<Out, Bits<10>>,
    /// It has data.
    pub out_filled: Signal<Out, Bit>,
    /// The oldest entry given to the writer is done.
    pub done_valid: Signal<In, Bit>,
    /// Its guest.
    pub done_guest: Signal<In, Bits<4>>,
    /// It could not be written.
    pub done_error: Signal<In, Bit>,
    /// Per guest: an entry has arrived.
    pub arrived: Vec<Signal<Out, Bit>>,
    /// Per guest: a mark has.
    pub arrived_mark: Vec<Signal<Out, Bit>>,
    /// Its number.
    pub arrived_mark_number: Signal<Out, Bits<16>>,
    /// Per guest: a session begins.
    pub opened: Vec<Signal<Out, Bit>>,
    /// Its number.
    pub opened_session: Signal<Out, Bits<16>>,
    /// Its generation.
    pub opened_generation: Signal<Out, Bits<8>>,
    /// Per guest: an entry could not be written.
    pub write_failed: Vec<Signal<Out, Bit>>,
    /// Per guest: writes are under way.
    pub writing: Vec<Signal<Out, Bit>>,
    /// Per guest: an acknowledgement is due.
    pub answer_due: Vec<Signal<Out, Bit>>,
    /// Per guest: a refusal is due.
    pub refusal_due: Vec<Signal<Out, Bit>>,
    /// Per guest: one of them is taken.
    pub answer_take: Vec<Signal<In, Bit>>,
    /// Per guest: sequence number of the acknowledgement.
    pub answer_sequence: Vec<Signal<Out, Bits<32>>>,
    /// Per guest: its second beat.
    pub answer_second: Vec<Signal<Out, Bits<64>>>,
    /// A frame was dropped.
    pub dropped: Signal<Out, Bit>,
    guest: Vec<LinkStandbyGuest>,
    flags: OrTree<8>,
    generations: OrTree<8>,
    sessions: OrTree<16>,
    sequences: OrTree<32>,
    slots: OrTree<26>,
    bases: OrTree<28>,
    sizes: OrTree<6>,
    state: Register<State>,
    flag: Register<Bits<8>>,
    its_generation: Register<Bits<8>>,
    its_session: Register<Bits<16>>,
    its_sequence: Register<Bits<32>>,
    slot: Register<Bits<26>>,
    base: Register<Bits<28>>,
    size: Register<Bits<6>>,
    settling: Register<Bits<3>>,
    known: Register<Bit>,
    older: Register<Bit>,
    newer: Register<Bit>,
    same: Register<Bit>,
    same_session: Register<Bit>,
    later_session: Register<Bit>,
    expected: Register<Bit>,
    place: Register<Bits<34>>,
    header_address: Register<Bits<40>>,
    first: Register<Bits<10>>,
    last: Register<Bits<10>>,
    filled: Register<Bit>,
    lines: Register<Bits<10>>,
    opens: Register<Bit>,
    marks: Register<Bit>,
    dropping: Register<Bit>,
    chosen_guest: Register<Bits<4>>,
    mark_number: Register<Bits<16>>,
    open_session: Register<Bits<16>>,
    open_generation: Register<Bits<8>>,
    offset: RingOffset,
    range: LinkRange,
    chosen: Vec<Signal<Local, Bit>>,
    generation_change: Signal<Local, Bits<8>>,
    session_change: Signal<Local, Bits<16>>,
    kind: Signal<Local, Bits<4>>,
    deciding: Signal<Local, Bit>,
    ends: Signal<Local, Bit>,
    issues: Signal<Local, Bit>,
    rewinds: Signal<Local, Bit>,
    asks: Signal<Local, Bit>,
    refuses: Signal<Local, Bit>,
    opening: Signal<Local, Bit>,
    marking: Signal<Local, Bit>,
    drops: Signal<Local, Bit>,
    in_session: Signal<Local, Bit>,
    free: Signal<Local, Bit>,
    failed: Signal<Local, Bit>,
    under_way: Signal<Local, Bit>,
    acts: Signal<Local, Bit>,
    mark_known: Signal<Local, Bit>,
    has_data: Signal<Local, Bit>,
    guest_ids: Vec<Constant<Bits<4>>>,
    line_shift: Constant<Bits<4>>,
    page_shift: Constant<Bits<4>>,
    _guests: usize,
}

impl LinkApplier {
    /// The applier of a configuration's guests.
    pub fn new(config: &Config) -> Self {
        let guests = config.guests as usize;
        Self {
            clock: Signal::default(),
            sending: copies(guests),
            standby: copies(guests),
            ring_base: copies(guests),
            ring_size: copies(guests),
            ring_capacity: copies(guests),
            generation: copies(guests),
            session: copies(guests),
            ring_tail: copies(guests),
            ring_free: copies(guests),
            frame_valid: Signal::default(),
            frame_take: Signal::default(),
            frame_first: Signal::default(),
            frame_second: Signal::default(),
            frame_words: Signal::default(),
            out_valid: Signal::default(),
            out_ready: Signal::default(),
            out_drops: Signal::default(),
            out_lines: Signal::default(),
            out_guest: Signal::default(),
            out_place: Signal::default(),
            out_header_address: Signal::default(),
            out_header: Signal::default(),
            out_first: Signal::default(),
            out_last: Signal::default(),
            out_filled: Signal::default(),
            done_valid: Signal::default(),
            done_guest: Signal::default(),
            done_error: Signal::default(),
            arrived: copies(guests),
            arrived_mark: copies(guests),
            arrived_mark_number: Signal::default(),
            opened: copies(guests),
            opened_session: Signal::default(),
            opened_generation: Signal::default(),
            write_failed: copies(guests),
            writing: copies(guests),
            answer_due: copies(guests),
            refusal_due: copies(guests),
            answer_take: copies(guests),
            answer_sequence: copies(guests),
            answer_second: copies(guests),
            dropped: Signal::default(),
            guest: (0..guests).map(|_| LinkStandbyGuest::new(config)).collect(),
            flags: OrTree::new(guests),
            generations: OrTree::new(guests),
            sessions: OrTree::new(guests),
            sequences: OrTree::new(guests),
            slots: OrTree::new(guests),
            bases: OrTree::new(guests),
            sizes: OrTree::new(guests),
            state: Register::default(),
            flag: Register::without_reset(),
            its_generation: Register::without_reset(),
            its_session: Register::without_reset(),
            its_sequence: Register::without_reset(),
            slot: Register::without_reset(),
            base: Register::without_reset(),
            size: Register::without_reset(),
            settling: Register::default(),
            known: Register::without_reset(),
            older: Register::without_reset(),
            newer: Register::without_reset(),
            same: Register::without_reset(),
            same_session: Register::without_reset(),
            later_session: Register::without_reset(),
            expected: Register::without_reset(),
            place: Register::without_reset(),
            header_address: Register::without_reset(),
            first: Register::without_reset(),
            last: Register::without_reset(),
            filled: Register::without_reset(),
            lines: Register::without_reset(),
            opens: Register::default(),
            marks: Register::default(),
            dropping: Register::default(),
            chosen_guest: Register::without_reset(),
            mark_number: Register::without_reset(),
            open_session: Register::without_reset(),
            open_generation: Register::without_reset(),
            offset: RingOffset::new(config),
            range: LinkRange::new(config),
            chosen: copies(guests),
            generation_change: Signal::default(),
            session_change: Signal::default(),
            kind: Signal::default(),
            deciding: Signal::default(),
            ends: Signal::default(),
            issues: Signal::default(),
            rewinds: Signal::default(),
            asks: Signal::default(),
            refuses: Signal::default(),
            opening: Signal::default(),
            marking: Signal::default(),
            drops: Signal::default(),
            in_session: Signal::default(),
            free: Signal::default(),
            failed: Signal::default(),
            under_way: Signal::default(),
            acts: Signal::default(),
            mark_known: Signal::default(),
            has_data: Signal::default(),
            guest_ids: identities(guests),
            line_shift: constant(u64::from(config.full_size().saturating_sub(3))),
            page_shift: constant(u64::from(12 - config.block_shift())),
            _guests: guests,
        }
    }
}

impl Logic for LinkApplier {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_applier");
        comment!("Decides on each frame from the peer in three cycles: the next entry of a session goes to the writer;");
        comment!("marks and sessions wait until no write of their guest is under way; what is not next is");
        comment!("acknowledged again, older generations are refused, the rest is dropped. Reset: no session.");
        dff_setup!(
            self,
            clock,
            state,
            flag,
            its_generation,
            its_session,
            its_sequence,
            slot,
            base,
            size,
            settling,
            known,
            older,
            newer,
            same,
            same_session,
            later_session,
            expected,
            place,
            header_address,
            first,
            last,
            filled,
            lines,
            opens,
            marks,
            dropping,
            chosen_guest,
            mark_number,
            open_session,
            open_generation
        );

        comment!("Look: what is known of the frame's guest.");
        self.kind.next = self.frame_first.val().get_bits::<4>(0);
        for g in 0..self._guests {
            self.chosen[g].next =
                self.frame_first.val().get_bits::<4>(4) == self.guest_ids[g].val();
            self.flags.inputs[g].next = 0.into();
            self.generations.inputs[g].next = 0.into();
            self.sessions.inputs[g].next = 0.into();
            self.sequences.inputs[g].next = 0.into();
            self.slots.inputs[g].next = 0.into();
            self.bases.inputs[g].next = 0.into();
            self.sizes.inputs[g].next = 0.into();
            if self.chosen[g].val() {
                self.flags.inputs[g].next = self.guest[g].status.val();
                self.generations.inputs[g].next = self.generation[g].val();
                self.sessions.inputs[g].next = self.session[g].val();
                self.sequences.inputs[g].next = self.guest[g].entry_number.val();
                self.slots.inputs[g].next = self.guest[g].slot.val();
                self.bases.inputs[g].next = self.ring_base[g].val();
                self.sizes.inputs[g].next = self.ring_size[g].val();
            }
        }
        self.flag.d.next = self.flags.merged.val();
        self.its_generation.d.next = self.generations.merged.val();
        self.its_session.d.next = self.sessions.merged.val();
        self.its_sequence.d.next = self.sequences.merged.val();
        self.slot.d.next = self.slots.merged.val();
        self.base.d.next = self.bases.merged.val();
        self.size.d.next = self.sizes.merged.val();

        comment!("Compare, and where the entry belongs.");
        self.generation_change.next =
            self.frame_first.val().get_bits::<8>(8) - self.its_generation.q.val();
        self.session_change.next =
            self.frame_first.val().get_bits::<16>(16) - self.its_session.q.val();
        self.known.d.next = self.flag.q.val().get_bit(0) | self.flag.q.val().get_bit(1);
        self.older.d.next = self.generation_change.val().get_bit(7);
        self.same.d.next = !self.generation_change.val().any();
        self.newer.d.next =
            self.generation_change.val().any() & !self.generation_change.val().get_bit(7);
        self.same_session.d.next = !self.session_change.val().any();
        self.later_session.d.next =
            self.session_change.val().any() & !self.session_change.val().get_bit(15);
        self.expected.d.next =
            self.frame_first.val().get_bits::<32>(32) == self.its_sequence.q.val();
        self.offset.size.next = self.size.q.val();
        self.range.header.next = self.frame_second.val();
        if self.state.q.val() == State::Compare {
            self.place.d.next = (bit_cast::<34, 28>(self.base.q.val()) << self.page_shift.val())
                | bit_cast::<34, 26>(self.slot.q.val());
            self.header_address.d.next = (bit_cast::<40, 28>(self.base.q.val()) << 12)
                | self.offset.offset.val()
                | (bit_cast::<40, 26>(self.slot.q.val()) << 3);
            self.first.d.next = self.range.first.val();
            self.last.d.next = self.range.last.val();
            self.filled.d.next = self.range.filled.val();
            self.lines.d.next = self.frame_words.val() >> self.line_shift.val();
        }
        self.in_session.next =
            self.flag.q.val().get_bit(2) & self.same.q.val() & self.same_session.q.val();
        self.free.next = self.flag.q.val().get_bit(3);
        self.failed.next = self.flag.q.val().get_bit(4);
        self.under_way.next = self.flag.q.val().get_bit(5);
        self.mark_known.next = self.flag.q.val().get_bit(6);

        comment!("Decide.");
        self.deciding.next = self.state.q.val() == State::Decide;
        self.has_data.next = (self.kind.val() == 1) & self.filled.q.val();
        self.ends.next = false;
        self.issues.next = false;
        self.rewinds.next = false;
        self.asks.next = false;
        self.refuses.next = false;
        self.opening.next = false;
        self.marking.next = false;
        self.drops.next = false;
        if self.deciding.val() {
            if self.known.q.val() & self.older.q.val() {
                self.refuses.next = true;
                self.drops.next = true;
                self.ends.next = true;
            } else if !self.flag.q.val().get_bit(1) {
                self.drops.next = true;
                self.ends.next = true;
            } else if self.kind.val() == 3 {
                if self.in_session.val() {
                    self.asks.next = true;
                    self.ends.next = true;
                } else if !self.flag.q.val().get_bit(2)
                    | self.newer.q.val()
                    | self.later_session.q.val()
                {
                    self.opening.next = !self.under_way.val();
                } else {
                    self.drops.next = true;
                    self.ends.next = true;
                }
            } else if !self.in_session.val() {
                self.drops.next = true;
                self.ends.next = true;
            } else if self.failed.val() {
                self.rewinds.next = !self.under_way.val();
            } else if !self.expected.q.val() {
                self.asks.next = true;
                self.ends.next = true;
            } else if self.kind.val() == 1 {
                // While writes are under way the count of free slots is on the safe side.
                self.issues.next = self.free.val();
                self.asks.next = !self.free.val() & !self.under_way.val();
                self.ends.next = self.free.val() | !self.under_way.val();
            } else if !self.under_way.val() {
                self.marking.next = !self.mark_known.val();
                self.asks.next = true;
                self.ends.next = true;
            }
        }
        self.out_valid.next = self.ends.val() & (self.issues.val() | self.has_data.val());
        self.out_drops.next = !self.issues.val();
        self.acts.next = !self.out_valid.val() | self.out_ready.val();
        self.frame_take.next = self.ends.val() & self.acts.val();
        match self.state.q.val() {
            State::Look => {
                if self.frame_valid.val() {
                    self.state.d.next = State::Compare;
                }
            }
            State::Compare => {
                self.state.d.next = State::Decide;
            }
            State::Decide => {
                self.settling.d.next = 0.into();
                if self.opening.val() | self.rewinds.val() {
                    self.state.d.next = State::Settle;
                } else if self.acts.val() {
                    self.state.d.next = State::Look;
                }
            }
            _ => {
                self.settling.d.next = self.settling.q.val() + 1;
                if self.settling.q.val().all() {
                    self.state.d.next = State::Look;
                }
            }
        }
        self.out_lines.next = self.lines.q.val();
        self.out_guest.next = self.frame_first.val().get_bits::<4>(4);
        self.out_place.next = self.place.q.val();
        self.out_header_address.next = self.header_address.q.val();
        self.out_header.next = self.frame_second.val();
        self.out_first.next = self.first.q.val();
        self.out_last.next = self.last.q.val();
        self.out_filled.next = self.filled.q.val();

        comment!("The guests.");
        for g in 0..self._guests {
            self.guest[g].clock.next = self.clock.val();
            self.guest[g].sending.next = self.sending[g].val();
            self.guest[g].standby.next = self.standby[g].val();
            self.guest[g].capacity.next = self.ring_capacity[g].val();
            self.guest[g].ring_tail.next = self.ring_tail[g].val();
            self.guest[g].ring_free.next = self.ring_free[g].val();
            self.guest[g].number.next = bit_cast::<16, 64>(self.frame_second.val());
            self.guest[g].opens.next = self.opening.val() & self.chosen[g].val();
            self.guest[g].issues.next = self.issues.val() & self.acts.val() & self.chosen[g].val();
            self.guest[g].rewinds.next = self.rewinds.val() & self.chosen[g].val();
            self.guest[g].marks.next = self.marking.val() & self.chosen[g].val();
            self.guest[g].asks.next = self.asks.val() & self.acts.val() & self.chosen[g].val();
            self.guest[g].refuses.next =
                self.refuses.val() & self.acts.val() & self.chosen[g].val();
            self.guest[g].done.next =
                self.done_valid.val() & (self.done_guest.val() == self.guest_ids[g].val());
            self.guest[g].done_error.next = self.done_error.val();
            self.guest[g].answer_take.next = self.answer_take[g].val();
            self.arrived[g].next = self.guest[g].arrived.val();
            self.write_failed[g].next = self.guest[g].write_failed.val();
            self.writing[g].next = self.guest[g].writing.val();
            self.answer_due[g].next = self.guest[g].answer_due.val();
            self.refusal_due[g].next = self.guest[g].refusal_due.val();
            self.answer_sequence[g].next = self.guest[g].answer_sequence.val();
            self.answer_second[g].next = self.guest[g].answer_second.val();
        }

        comment!("Marks and sessions, to the guests' registers.");
        self.opens.d.next = self.opening.val();
        self.marks.d.next = self.marking.val();
        self.dropping.d.next = self.drops.val() & self.acts.val();
        if self.deciding.val() {
            self.chosen_guest.d.next = self.frame_first.val().get_bits::<4>(4);
        }
        for g in 0..self._guests {
            self.opened[g].next =
                self.opens.q.val() & (self.chosen_guest.q.val() == self.guest_ids[g].val());
            self.arrived_mark[g].next =
                self.marks.q.val() & (self.chosen_guest.q.val() == self.guest_ids[g].val());
        }
        self.mark_number.d.next = bit_cast::<16, 64>(self.frame_second.val());
        self.open_session.d.next = self.frame_first.val().get_bits::<16>(16);
        self.open_generation.d.next = self.frame_first.val().get_bits::<8>(8);
        self.arrived_mark_number.next = self.mark_number.q.val();
        self.opened_session.next = self.open_session.q.val();
        self.opened_generation.next = self.open_generation.q.val();
        self.dropped.next = self.dropping.q.val();
    }
}
