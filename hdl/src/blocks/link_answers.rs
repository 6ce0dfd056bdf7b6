//! Makes the frames that answer the peer: acknowledgements and refusals.
//!
//! **Does**: round robin among the guests that owe one; a guest's acknowledgement goes before its refusal, and says what holds when it is made, so several
//! that are due become one. **Latency**: two cycles. **Errors**: none. **Reset**: nothing to answer.

use super::constants::{constant, copies, identities};
use super::or_tree::OrTree;
use super::round_robin::RoundRobin;
use crate::prelude::*;
use mch_spec::Config;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkAnswers {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Per guest: its generation.
    pub generation: Vec<Signal<In, Bits<8>>>,
    /// Per guest: its session.
    pub session: Vec<Signal<In, Bits<16>>>,
    /// Per guest: an acknowledgement is due.
    pub answer_due: Vec<Signal<In, Bit>>,
    /// Per guest: a refusal is due.
    pub refusal_due: Vec<Signal<In, Bit>>,
    /// Per guest: one of them is taken.
    pub answer_take: Vec<Signal<Out, Bit>>,
    /// Per guest: sequence number of the acknowledgement.
    pub answer_sequence: Vec<Signal<In, Bits<32>>>,
    /// Per guest: its second beat.
    pub answer_second: Vec<Signal<In, Bits<64>>>,
    /// A frame is offered.
    pub out_valid: Signal<Out, Bit>,
    /// It has been sent.
    pub out_take: Signal<In, Bit>,
    /// Its first beat.
    pub out_first: Signal<Out, Bits<64>>,
    /// Its second beat.
    pub out_second: Signal<Out, Bits<64>>,
    arbiter: RoundRobin,
    requests: OrTree<16>,
    kinds: OrTree<4>,
    guests: OrTree<4>,
    generations: OrTree<8>,
    sessions: OrTree<16>,
    sequences: OrTree<32>,
    seconds: OrTree<64>,
    valid: Register<Bit>,
    first: Register<Bits<64>>,
    second: Register<Bits<64>>,
    room: Signal<Local, Bit>,
    chosen: Signal<Local, Bits<16>>,
    guest_bits: Vec<Constant<Bits<16>>>,
    guest_ids: Vec<Constant<Bits<4>>>,
    _guests: usize,
}

impl LinkAnswers {
    /// For a configuration's guests.
    pub fn new(config: &Config) -> Self {
        let guests = config.guests as usize;
        Self {
            clock: Signal::default(),
            generation: copies(guests),
            session: copies(guests),
            answer_due: copies(guests),
            refusal_due: copies(guests),
            answer_take: copies(guests),
            answer_sequence: copies(guests),
            answer_second: copies(guests),
            out_valid: Signal::default(),
            out_take: Signal::default(),
            out_first: Signal::default(),
            out_second: Signal::default(),
            arbiter: RoundRobin::default(),
            requests: OrTree::new(guests),
            kinds: OrTree::new(guests),
            guests: OrTree::new(guests),
            generations: OrTree::new(guests),
            sessions: OrTree::new(guests),
            sequences: OrTree::new(guests),
            seconds: OrTree::new(guests),
            valid: Register::default(),
            first: Register::without_reset(),
            second: Register::without_reset(),
            room: Signal::default(),
            chosen: Signal::default(),
            guest_bits: (0..guests).map(|g| constant(1 << g)).collect(),
            guest_ids: identities(guests),
            _guests: guests,
        }
    }
}

impl Logic for LinkAnswers {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_answers");
        comment!("Makes the acknowledgements and refusals that are due, round robin among the guests; what they say");
        comment!("holds when they are made. Reset: nothing to answer.");
        dff_setup!(self, clock, valid, first, second);
        clock!(self, clock, arbiter);
        self.room.next = !self.valid.q.val();
        for g in 0..self._guests {
            self.requests.inputs[g].next = 0.into();
            if self.answer_due[g].val() | self.refusal_due[g].val() {
                self.requests.inputs[g].next = self.guest_bits[g].val();
            }
        }
        self.arbiter.requests.next = self.requests.merged.val();
        self.arbiter.advance.next = self.room.val();
        self.chosen.next = self.arbiter.grant.val();
        for g in 0..self._guests {
            self.answer_take[g].next = self.room.val() & self.chosen.val().get_bit(g);
            self.kinds.inputs[g].next = 0.into();
            self.guests.inputs[g].next = 0.into();
            self.generations.inputs[g].next = 0.into();
            self.sessions.inputs[g].next = 0.into();
            self.sequences.inputs[g].next = 0.into();
            self.seconds.inputs[g].next = 0.into();
            if self.chosen.val().get_bit(g) {
                self.kinds.inputs[g].next = 5.into();
                self.guests.inputs[g].next = self.guest_ids[g].val();
                self.generations.inputs[g].next = self.generation[g].val();
                self.sessions.inputs[g].next = self.session[g].val();
                if self.answer_due[g].val() {
                    self.kinds.inputs[g].next = 4.into();
                    self.sequences.inputs[g].next = self.answer_sequence[g].val();
                    self.seconds.inputs[g].next = self.answer_second[g].val();
                }
            }
        }
        if self.room.val() {
            self.valid.d.next = self.chosen.val().any();
            self.first.d.next = bit_cast::<64, 4>(self.kinds.merged.val())
                | (bit_cast::<64, 4>(self.guests.merged.val()) << 4)
                | (bit_cast::<64, 8>(self.generations.merged.val()) << 8)
                | (bit_cast::<64, 16>(self.sessions.merged.val()) << 16)
                | (bit_cast::<64, 32>(self.sequences.merged.val()) << 32);
            self.second.d.next = self.seconds.merged.val();
        }
        if self.out_take.val() {
            self.valid.d.next = false;
        }
        self.out_valid.next = self.valid.q.val();
        self.out_first.next = self.first.q.val();
        self.out_second.next = self.second.q.val();
    }
}
