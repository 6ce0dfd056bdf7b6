//! A standby guest's session: which entry comes next, which have arrived, and what its acknowledgements say.
//!
//! **Does**: counts entries issued to memory and those that stand in it; an entry that could not be written takes those behind it with it, and once no
//! write is under way the session goes on at the entry that has not arrived. What an acknowledgement says is three cycles old, so that `ring_free` has
//! followed `arrived`; acknowledgements come 32 cycles apart, but for a mark or a session at once. **Latency**: `arrived` in the cycle after `done`. **Errors**: `write_failed`. **Reset**: no session.

use crate::prelude::*;
use mch_spec::Config;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkStandbyGuest {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// It sends (level).
    pub sending: Signal<In, Bit>,
    /// It takes entries (level).
    pub standby: Signal<In, Bit>,
    /// Slots of its ring.
    pub capacity: Signal<In, Bits<26>>,
    /// Slot that the next entry will stand in.
    pub ring_tail: Signal<In, Bits<26>>,
    /// Free slots.
    pub ring_free: Signal<In, Bits<26>>,
    /// A session begins, at entry 0 in slot 0.
    pub opens: Signal<In, Bit>,
    /// The next entry is issued to memory.
    pub issues: Signal<In, Bit>,
    /// The session goes on at the entry that has not arrived; no write is under way.
    pub rewinds: Signal<In, Bit>,
    /// A mark is taken.
    pub marks: Signal<In, Bit>,
    /// Its number.
    pub number: Signal<In, Bits<16>>,
    /// A frame asks for an acknowledgement.
    pub asks: Signal<In, Bit>,
    /// A frame of an older generation came.
    pub refuses: Signal<In, Bit>,
    /// The oldest entry issued is done.
    pub done: Signal<In, Bit>,
    /// It could not be written.
    pub done_error: Signal<In, Bit>,
    /// What decisions are made by: [0] sending, [1] standby, [2] in a session, [3] a slot is free for an entry, [4] an entry could not be written and
    /// those behind it do not count, [5] writes are under way, [6] `number` is the mark taken last, or an earlier one.
    pub status: Signal<Out, Bits<8>>,
    /// Sequence number of the next entry.
    pub entry_number: Signal<Out, Bits<32>>,
    /// Its slot.
    pub slot: Signal<Out, Bits<26>>,
    /// Writes are under way.
    pub writing: Signal<Out, Bit>,
    /// An entry has arrived; one cycle.
    pub arrived: Signal<Out, Bit>,
    /// An entry could not be written; one cycle.
    pub write_failed: Signal<Out, Bit>,
    /// An acknowledgement is due.
    pub answer_due: Signal<Out, Bit>,
    /// A refusal is due.
    pub refusal_due: Signal<Out, Bit>,
    /// The acknowledgement, or else the refusal, is taken.
    pub answer_take: Signal<In, Bit>,
    /// The acknowledgement's sequence number.
    pub answer_sequence: Signal<Out, Bits<32>>,
    /// The acknowledgement's second beat.
    pub answer_second: Signal<Out, Bits<64>>,
    session: Register<Bit>,
    next: Register<Bits<32>>,
    next_slot: Register<Bits<26>>,
    in_flight: Register<Bits<8>>,
    lost: Register<Bit>,
    standing: Register<Bits<32>>,
    told_free: Register<Bits<26>>,
    mark: Register<Bits<16>>,
    mark_valid: Register<Bit>,
    due: Register<Bit>,
    refusal: Register<Bit>,
    arrived_1: Register<Bit>,
    arrived_2: Register<Bit>,
    arrived_3: Register<Bit>,
    done_1: Register<Bit>,
    done_2: Register<Bit>,
    done_3: Register<Bit>,
    failed_now: Register<Bit>,
    pause: Register<Bits<5>>,
    free: Signal<Local, Bit>,
    known: Signal<Local, Bit>,
    mark_change: Signal<Local, Bits<16>>,
    free_ones: Constant<Bits<26>>,
}

impl LinkStandbyGuest {
    /// A guest of a configuration.
    pub fn new(config: &Config) -> Self {
        let block_address = (config.address_width - config.block_shift()).min(26) as usize;
        let slot_register = || Register::narrow_without_reset(block_address);
        Self {
            clock: Signal::default(),
            sending: Signal::default(),
            standby: Signal::default(),
            capacity: Signal::default(),
            ring_tail: Signal::default(),
            ring_free: Signal::default(),
            opens: Signal::default(),
            issues: Signal::default(),
            rewinds: Signal::default(),
            marks: Signal::default(),
            number: Signal::default(),
            asks: Signal::default(),
            refuses: Signal::default(),
            done: Signal::default(),
            done_error: Signal::default(),
            status: Signal::default(),
            entry_number: Signal::default(),
            slot: Signal::default(),
            writing: Signal::default(),
            arrived: Signal::default(),
            write_failed: Signal::default(),
            answer_due: Signal::default(),
            refusal_due: Signal::default(),
            answer_take: Signal::default(),
            answer_sequence: Signal::default(),
            answer_second: Signal::default(),
            session: Register::default(),
            next: Register::without_reset(),
            next_slot: slot_register(),
            in_flight: Register::default(),
            lost: Register::default(),
            standing: Register::without_reset(),
            told_free: Register::without_reset(),
            mark: Register::without_reset(),
            mark_valid: Register::default(),
            due: Register::default(),
            refusal: Register::default(),
            arrived_1: Register::default(),
            arrived_2: Register::default(),
            arrived_3: Register::default(),
            done_1: Register::default(),
            done_2: Register::default(),
            done_3: Register::default(),
            failed_now: Register::default(),
            pause: Register::default(),
            free: Signal::default(),
            known: Signal::default(),
            mark_change: Signal::default(),
            free_ones: Constant::new(Bits::mask()),
        }
    }
}

impl Logic for LinkStandbyGuest {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_standby_guest");
        comment!("A standby guest's session: which entry comes next, which stand in memory, and what its");
        comment!("acknowledgements say, three cycles old, so that ring_free has followed. Reset: no session.");
        dff_setup!(
            self, clock, session, next, next_slot, in_flight, lost, standing, told_free, mark,
            mark_valid, due, refusal, arrived_1, arrived_2, arrived_3, done_1, done_2, done_3,
            failed_now, pause
        );

        comment!("Entries done.");
        self.arrived_1.d.next = self.done.val()
            & !self.done_error.val()
            & !self.lost.q.val()
            & self.session.q.val()
            & self.standby.val();
        self.failed_now.d.next = self.done.val() & self.done_error.val() & self.session.q.val();
        self.arrived_2.d.next = self.arrived_1.q.val();
        self.arrived_3.d.next = self.arrived_2.q.val();
        self.done_1.d.next = self.done.val();
        self.done_2.d.next = self.done_1.q.val();
        self.done_3.d.next = self.done_2.q.val();
        if self.done.val() & self.done_error.val() {
            self.lost.d.next = true;
        }
        if self.arrived_3.q.val() {
            self.standing.d.next = self.standing.q.val() + 1;
        }

        comment!("Entries issued.");
        if self.issues.val() {
            self.next.d.next = self.next.q.val() + 1;
            if self.next_slot.q.val() + 1 == self.capacity.val() {
                self.next_slot.d.next = 0.into();
            } else {
                self.next_slot.d.next = self.next_slot.q.val() + 1;
            }
        }
        if self.issues.val() & !self.done_3.q.val() {
            self.in_flight.d.next = self.in_flight.q.val() + 1;
        } else if self.done_3.q.val() & !self.issues.val() {
            self.in_flight.d.next = self.in_flight.q.val() - 1;
        }
        if self.rewinds.val() {
            self.next.d.next = self.standing.q.val();
            self.next_slot.d.next = self.ring_tail.val();
            self.lost.d.next = false;
        }

        self.answer_due.next = self.due.q.val() & !self.pause.q.val().any();
        comment!("Answers: when entries have arrived, when a frame asks, and when slots have become free. They");
        comment!("come 32 cycles apart, but for a mark or a session at once.");
        if self.pause.q.val().any() {
            self.pause.d.next = self.pause.q.val() - 1;
        }
        if self.answer_take.val() & self.answer_due.val() {
            self.pause.d.next = 31.into();
        }
        if self.marks.val() | self.opens.val() {
            self.pause.d.next = 0.into();
        }
        if self.answer_take.val() {
            if self.answer_due.val() {
                self.due.d.next = false;
                self.told_free.d.next = self.ring_free.val();
            } else {
                self.refusal.d.next = false;
            }
        }
        if self.session.q.val()
            & (self.arrived_3.q.val()
                | self.asks.val()
                | (!self.due.q.val() & (self.told_free.q.val() < self.ring_free.val())))
        {
            self.due.d.next = true;
        }
        if self.refuses.val() {
            self.refusal.d.next = true;
        }

        comment!("Marks and sessions.");
        if self.marks.val() {
            self.mark.d.next = self.number.val();
            self.mark_valid.d.next = true;
        }
        if self.opens.val() {
            self.session.d.next = true;
            self.next.d.next = 0.into();
            self.next_slot.d.next = 0.into();
            self.standing.d.next = 0.into();
            self.lost.d.next = false;
            self.mark_valid.d.next = false;
            self.told_free.d.next = self.free_ones.val();
        }
        if !self.standby.val() {
            self.session.d.next = false;
            self.due.d.next = false;
        }
        self.entry_number.next = self.next.q.val();
        self.slot.next = self.next_slot.q.val();
        self.free.next = bit_cast::<26, 8>(self.in_flight.q.val()) < self.ring_free.val();
        // The nearer way round: a mark that comes late must not follow its successor.
        self.mark_change.next = self.number.val() - self.mark.q.val();
        self.known.next = self.mark_valid.q.val()
            & (self.mark_change.val().get_bit(15) | !self.mark_change.val().any());
        self.writing.next = self.in_flight.q.val().any();
        self.status.next = bit_cast::<8, 1>(self.sending.val().into())
            | (bit_cast::<8, 1>(self.standby.val().into()) << 1)
            | (bit_cast::<8, 1>(self.session.q.val().into()) << 2)
            | (bit_cast::<8, 1>(self.free.val().into()) << 3)
            | (bit_cast::<8, 1>(self.lost.q.val().into()) << 4)
            | (bit_cast::<8, 1>(self.writing.val().into()) << 5)
            | (bit_cast::<8, 1>(self.known.val().into()) << 6);
        self.arrived.next = self.arrived_1.q.val();
        self.write_failed.next = self.failed_now.q.val();
        self.refusal_due.next = self.refusal.q.val();
        self.answer_sequence.next = self.standing.q.val();
        self.answer_second.next = bit_cast::<64, 26>(self.ring_free.val());
        if self.mark_valid.q.val() {
            self.answer_second.next = bit_cast::<64, 26>(self.ring_free.val())
                | (bit_cast::<64, 16>(self.mark.q.val()) << 32)
                | 0x0001_0000_0000_0000_u64;
        }
    }
}
