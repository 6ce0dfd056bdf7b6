//! Chooses the next frame to send among the sending guests, and gives each guest its answers.
//!
//! **Does**: round robin among the guests that want a frame; a *token* is the frame's first beat, where its entry stands and where the entry's header
//! does. **Latency**: a token every third cycle. **Order**: within a guest. **Errors**: none. **Reset**: no session.

use super::constants::{constant, copies, identities};
use super::link_sender_guest::LinkSenderGuest;
use super::or_tree::OrTree;
use super::ring_offset::RingOffset;
use super::round_robin::RoundRobin;
use crate::prelude::*;
use mch_spec::Config;

#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
enum State {
    Choose,
    Take,
    Wait,
}

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkSender {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Per guest: its entries are to be sent.
    pub sending: Vec<Signal<In, Bit>>,
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
    /// Cycles without progress until entries are sent again.
    pub retry: Signal<In, Bits<32>>,
    /// Per guest: begin a session.
    pub open: Vec<Signal<In, Bit>>,
    /// Per guest: the next entry is complete.
    pub captured_done: Vec<Signal<In, Bit>>,
    /// Per guest: a mark behind the entries that are complete.
    pub mark: Vec<Signal<In, Bit>>,
    /// Per guest: its number.
    pub mark_number: Vec<Signal<In, Bits<16>>>,
    /// Per guest: forget the mark.
    pub unmark: Vec<Signal<In, Bit>>,
    /// An answer has come; at most every third cycle.
    pub answer_valid: Signal<In, Bit>,
    /// Its first beat; stays.
    pub answer_first: Signal<In, Bits<64>>,
    /// Its second beat.
    pub answer_second: Signal<In, Bits<64>>,
    /// There is room for two tokens.
    pub token_room: Signal<In, Bit>,
    /// A token; one cycle.
    pub token_valid: Signal<Out, Bit>,
    /// First beat of its frame.
    pub token_first: Signal<Out, Bits<64>>,
    /// Block address of its entry; of a mark its number.
    pub token_place: Signal<Out, Bits<34>>,
    /// Byte address of the entry's header.
    pub token_header: Signal<Out, Bits<40>>,
    /// The frame was sent before.
    pub token_repeats: Signal<Out, Bit>,
    /// A frame has been sent.
    pub frame_done: Signal<In, Bit>,
    /// Its guest.
    pub frame_done_guest: Signal<In, Bits<4>>,
    /// Entries have been acknowledged.
    pub release_valid: Signal<Out, Bit>,
    /// Their guest.
    pub release_guest: Signal<Out, Bits<4>>,
    /// How many.
    pub release_slots: Signal<Out, Bits<26>>,
    /// Per guest: the session is acknowledged.
    pub synced: Vec<Signal<Out, Bit>>,
    /// Per guest: the mark is acknowledged.
    pub marked: Vec<Signal<Out, Bit>>,
    /// Per guest: the peer is of a newer generation.
    pub refused: Vec<Signal<Out, Bit>>,
    /// Per guest: frames of it wait to be sent.
    pub queued: Vec<Signal<Out, Bit>>,
    guest: Vec<LinkSenderGuest>,
    arbiter: RoundRobin,
    requests: OrTree<16>,
    state: Register<State>,
    granted: Register<Bits<16>>,
    taken: OrTree<1>,
    kinds: OrTree<4>,
    guests: OrTree<4>,
    generations: OrTree<8>,
    sessions: OrTree<16>,
    sequences: OrTree<32>,
    slots: OrTree<26>,
    bases: OrTree<28>,
    sizes: OrTree<6>,
    numbers: OrTree<16>,
    repeats: OrTree<1>,
    release_guests: OrTree<4>,
    release_counts: OrTree<26>,
    releases: OrTree<1>,
    valid: Register<Bit>,
    first: Register<Bits<64>>,
    is_mark: Register<Bit>,
    slot: Register<Bits<26>>,
    base: Register<Bits<28>>,
    size: Register<Bits<6>>,
    number: Register<Bits<16>>,
    again: Register<Bit>,
    offset: RingOffset,
    releasing: Register<Bit>,
    releasing_guest: Register<Bits<4>>,
    releasing_slots: Register<Bits<26>>,
    chosen: Signal<Local, Bits<16>>,
    guest_bits: Vec<Constant<Bits<16>>>,
    guest_ids: Vec<Constant<Bits<4>>>,
    page_shift: Constant<Bits<4>>,
    _guests: usize,
}

impl LinkSender {
    /// The sender of a configuration's guests.
    pub fn new(config: &Config) -> Self {
        let guests = config.guests as usize;
        Self {
            clock: Signal::default(),
            sending: copies(guests),
            ring_base: copies(guests),
            ring_size: copies(guests),
            ring_capacity: copies(guests),
            generation: copies(guests),
            session: copies(guests),
            retry: Signal::default(),
            open: copies(guests),
            captured_done: copies(guests),
            mark: copies(guests),
            mark_number: copies(guests),
            unmark: copies(guests),
            answer_valid: Signal::default(),
            answer_first: Signal::default(),
            answer_second: Signal::default(),
            token_room: Signal::default(),
            token_valid: Signal::default(),
            token_first: Signal::default(),
            token_place: Signal::default(),
            token_header: Signal::default(),
            token_repeats: Signal::default(),
            frame_done: Signal::default(),
            frame_done_guest: Signal::default(),
            release_valid: Signal::default(),
            release_guest: Signal::default(),
            release_slots: Signal::default(),
            synced: copies(guests),
            marked: copies(guests),
            refused: copies(guests),
            queued: copies(guests),
            guest: (0..guests).map(|_| LinkSenderGuest::new(config)).collect(),
            arbiter: RoundRobin::default(),
            requests: OrTree::new(guests),
            state: Register::default(),
            granted: Register::default(),
            taken: OrTree::new(guests),
            kinds: OrTree::new(guests),
            guests: OrTree::new(guests),
            generations: OrTree::new(guests),
            sessions: OrTree::new(guests),
            sequences: OrTree::new(guests),
            slots: OrTree::new(guests),
            bases: OrTree::new(guests),
            sizes: OrTree::new(guests),
            numbers: OrTree::new(guests),
            repeats: OrTree::new(guests),
            release_guests: OrTree::new(guests),
            release_counts: OrTree::new(guests),
            releases: OrTree::new(guests),
            valid: Register::default(),
            first: Register::without_reset(),
            is_mark: Register::without_reset(),
            slot: Register::without_reset(),
            base: Register::without_reset(),
            size: Register::without_reset(),
            number: Register::without_reset(),
            again: Register::without_reset(),
            offset: RingOffset::new(config),
            releasing: Register::default(),
            releasing_guest: Register::without_reset(),
            releasing_slots: Register::without_reset(),
            chosen: Signal::default(),
            guest_bits: (0..guests).map(|g| constant(1 << g)).collect(),
            guest_ids: identities(guests),
            page_shift: constant(u64::from(12 - config.block_shift())),
            _guests: guests,
        }
    }
}

impl Logic for LinkSender {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_sender");
        comment!("Chooses the next frame to send among the sending guests, round robin, a token every third cycle,");
        comment!("and gives each guest its answers. Reset: no session.");
        dff_setup!(
            self,
            clock,
            state,
            granted,
            valid,
            first,
            is_mark,
            slot,
            base,
            size,
            number,
            again,
            releasing,
            releasing_guest,
            releasing_slots
        );
        clock!(self, clock, arbiter);

        for g in 0..self._guests {
            self.guest[g].clock.next = self.clock.val();
            self.guest[g].sending.next = self.sending[g].val();
            self.guest[g].capacity.next = self.ring_capacity[g].val();
            self.guest[g].generation.next = self.generation[g].val();
            self.guest[g].session.next = self.session[g].val();
            self.guest[g].retry.next = self.retry.val();
            self.guest[g].open.next = self.open[g].val();
            self.guest[g].captured_done.next = self.captured_done[g].val();
            self.guest[g].mark.next = self.mark[g].val();
            self.guest[g].mark_number.next = self.mark_number[g].val();
            self.guest[g].unmark.next = self.unmark[g].val();
            self.guest[g].answer_valid.next = self.answer_valid.val()
                & (self.answer_first.val().get_bits::<4>(4) == self.guest_ids[g].val());
            self.guest[g].answer_first.next = self.answer_first.val();
            self.guest[g].answer_second.next = self.answer_second.val();
            self.guest[g].frame_done.next =
                self.frame_done.val() & (self.frame_done_guest.val() == self.guest_ids[g].val());
            self.guest[g].grant.next =
                (self.state.q.val() == State::Take) & self.granted.q.val().get_bit(g);
            self.synced[g].next = self.guest[g].synced.val();
            self.marked[g].next = self.guest[g].marked.val();
            self.refused[g].next = self.guest[g].refused.val();
            self.queued[g].next = self.guest[g].queued.val();
        }

        comment!("Choice.");
        for g in 0..self._guests {
            self.requests.inputs[g].next = 0.into();
            if self.guest[g].request.val() {
                self.requests.inputs[g].next = self.guest_bits[g].val();
            }
        }
        self.arbiter.requests.next = self.requests.merged.val();
        self.arbiter.advance.next = (self.state.q.val() == State::Choose) & self.token_room.val();
        self.chosen.next = self.arbiter.grant.val();
        match self.state.q.val() {
            State::Choose => {
                self.granted.d.next = self.chosen.val();
                if self.token_room.val() & self.chosen.val().any() {
                    self.state.d.next = State::Take;
                }
            }
            State::Take => {
                self.state.d.next = State::Wait;
            }
            _ => {
                self.state.d.next = State::Choose;
            }
        }

        comment!("What the guest chosen wants, if it still does.");
        for g in 0..self._guests {
            self.taken.inputs[g].next = 0.into();
            self.kinds.inputs[g].next = 0.into();
            self.guests.inputs[g].next = 0.into();
            self.generations.inputs[g].next = 0.into();
            self.sessions.inputs[g].next = 0.into();
            self.sequences.inputs[g].next = 0.into();
            self.slots.inputs[g].next = 0.into();
            self.bases.inputs[g].next = 0.into();
            self.sizes.inputs[g].next = 0.into();
            self.numbers.inputs[g].next = 0.into();
            self.repeats.inputs[g].next = 0.into();
            if self.granted.q.val().get_bit(g) {
                self.taken.inputs[g].next = self.guest[g].request.val().into();
                self.kinds.inputs[g].next = self.guest[g].kind.val();
                self.guests.inputs[g].next = self.guest_ids[g].val();
                self.generations.inputs[g].next = self.generation[g].val();
                self.sessions.inputs[g].next = self.session[g].val();
                self.sequences.inputs[g].next = self.guest[g].entry_number.val();
                self.slots.inputs[g].next = self.guest[g].slot.val();
                self.bases.inputs[g].next = self.ring_base[g].val();
                self.sizes.inputs[g].next = self.ring_size[g].val();
                self.numbers.inputs[g].next = self.mark_number[g].val();
                self.repeats.inputs[g].next = self.guest[g].repeats.val().into();
            }
        }
        self.valid.d.next = (self.state.q.val() == State::Take) & self.taken.merged.val().any();
        self.first.d.next = bit_cast::<64, 4>(self.kinds.merged.val())
            | (bit_cast::<64, 4>(self.guests.merged.val()) << 4)
            | (bit_cast::<64, 8>(self.generations.merged.val()) << 8)
            | (bit_cast::<64, 16>(self.sessions.merged.val()) << 16)
            | (bit_cast::<64, 32>(self.sequences.merged.val()) << 32);
        self.is_mark.d.next = self.kinds.merged.val() == 2;
        self.slot.d.next = self.slots.merged.val();
        self.base.d.next = self.bases.merged.val();
        self.size.d.next = self.sizes.merged.val();
        self.number.d.next = self.numbers.merged.val();
        self.again.d.next = self.repeats.merged.val().any();
        self.offset.size.next = self.size.q.val();
        self.token_valid.next = self.valid.q.val();
        self.token_first.next = self.first.q.val();
        self.token_repeats.next = self.again.q.val();
        // A ring is aligned to its size.
        self.token_place.next = (bit_cast::<34, 28>(self.base.q.val()) << self.page_shift.val())
            | bit_cast::<34, 26>(self.slot.q.val());
        if self.is_mark.q.val() {
            self.token_place.next = bit_cast::<34, 16>(self.number.q.val());
        }
        self.token_header.next = (bit_cast::<40, 28>(self.base.q.val()) << 12)
            | self.offset.offset.val()
            | (bit_cast::<40, 26>(self.slot.q.val()) << 3);

        comment!("What answers release.");
        for g in 0..self._guests {
            self.releases.inputs[g].next = 0.into();
            self.release_guests.inputs[g].next = 0.into();
            self.release_counts.inputs[g].next = 0.into();
            if self.guest[g].released.val() {
                self.releases.inputs[g].next = 1.into();
                self.release_guests.inputs[g].next = self.guest_ids[g].val();
                self.release_counts.inputs[g].next = self.guest[g].released_slots.val();
            }
        }
        self.releasing.d.next = self.releases.merged.val().any();
        self.releasing_guest.d.next = self.release_guests.merged.val();
        self.releasing_slots.d.next = self.release_counts.merged.val();
        self.release_valid.next = self.releasing.q.val();
        self.release_guest.next = self.releasing_guest.q.val();
        self.release_slots.next = self.releasing_slots.q.val();
    }
}
