//! The pieces that are not over with memory's response: whole-block writes of S5 guests, which complete a ticket, and writes of S1 guests, which are captured.
//!
//! With S1 the beats that a piece wrote are copied to the ring once memory has answered it, whatever the answer (a write that failed may have changed
//! something): the port asks for that copy, and the piece is answered when the copy is complete. Captures and tickets of one port are not open at the same time.
//!
//! **Does**: remembers for each piece on its way to memory whether its response completes a ticket; makes a completion of that response (failed unless OKAY)
//! for the tracker; and counts the completions that the tracker has carried out, so that the write is answered only when every reader knows the block's
//! new place. **Latency**: a completion is offered in the cycle after its response. **Order**: that of the pieces. **Errors**: none of its own. **Reset**: empty.

use super::constants::{constant, flag};
use super::write_collect::WriteCollect;
use super::write_types::OwnTicket;
use crate::prelude::*;
use mch_spec::{Config, Strategy};

/// Tickets of whole-block writes, from issue to completion.
#[derive(Clone, Debug, LogicBlock)]
pub struct OwnTickets {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A piece is looked up.
    pub looks_up: Signal<In, Bit>,
    /// Its guest.
    pub look_guest: Signal<In, Bits<4>>,
    /// The oldest piece looked up is taken for issue.
    pub take: Signal<In, Bit>,
    /// It is captured. With S1.
    pub taken_captured: Signal<Out, Bit>,
    /// The piece taken goes to memory.
    pub goes: Signal<In, Bit>,
    /// Its response completes a ticket.
    pub own: Signal<In, Bit>,
    /// That ticket.
    pub ticket: Signal<In, Bits<5>>,
    /// The piece's address, in either place.
    pub address: Signal<In, Bits<40>>,
    /// The piece looked up is captured. With S1.
    pub look_captured: Signal<In, Bit>,
    /// Its beats - 1. With S1.
    pub len: Signal<In, Bits<8>>,
    /// log2 of the bytes of its beats. With S1.
    pub size: Signal<In, Bits<3>>,
    /// A piece is to be captured. With S1.
    pub capture_valid: Signal<Out, Bit>,
    /// The request is taken.
    pub capture_ready: Signal<In, Bit>,
    /// First unit of the block that it wrote.
    pub capture_first: Signal<Out, Bits<7>>,
    /// Last unit.
    pub capture_last: Signal<Out, Bits<7>>,
    /// The oldest capture is complete. With S1.
    pub capture_complete: Signal<In, Bit>,
    /// A response of memory.
    pub response_valid: Signal<In, Bit>,
    /// That response.
    pub response: Signal<In, Bits<2>>,
    /// A completion for the tracker.
    pub done_valid: Signal<Out, Bit>,
    /// It is taken.
    pub done_ready: Signal<In, Bit>,
    /// Its ticket.
    pub done_ticket: Signal<Out, Bits<5>>,
    /// Its guest.
    pub done_guest: Signal<Out, Bits<4>>,
    /// Its block, from MEM_BASE.
    pub done_block: Signal<Out, Bits<26>>,
    /// The write failed.
    pub done_failed: Signal<Out, Bit>,
    /// The tracker has carried a completion out.
    pub complete: Signal<In, Bit>,
    /// A completion has been carried out whose piece is not answered.
    pub settled: Signal<Out, Bit>,
    /// That piece is answered.
    pub settled_take: Signal<In, Bit>,
    guests: Fifo<Bits<4>>,
    kinds: Fifo<Bit>,
    tickets: Fifo<OwnTicket>,
    results: FrontFifo<OwnTicket>,
    lookups: Maybe<Fifo<Bit>>,
    parts: Maybe<Fifo<Bits<15>>>,
    result_parts: Maybe<FrontFifo<Bits<15>>>,
    asked: Register<Bits<8>>,
    any_asked: Register<Bit>,
    asked_captures: Register<Bit>,
    captured: Signal<Local, Bit>,
    head_captured: Signal<Local, Bit>,
    may_ask: Signal<Local, Bit>,
    asks: Signal<Local, Bit>,
    offset: Signal<Local, Bits<13>>,
    end: Signal<Local, Bits<13>>,
    carried_out: Signal<Local, Bit>,
    open: Register<Bits<8>>,
    answered: Signal<Local, OwnTicket>,
    result: Signal<Local, OwnTicket>,
    ends: Signal<Local, Bit>,
    block: Signal<Local, Bits<40>>,
    no_ticket: Constant<OwnTicket>,
    has_s1: Constant<Bit>,
    has_both: Constant<Bit>,
    block_mask: Constant<Bits<13>>,
    range_shift: Constant<Bits<4>>,
    block_shift: Constant<Bits<4>>,
    number_mask: Constant<Bits<26>>,
}

impl OwnTickets {
    /// The tickets of a configuration's write port that looks up at most `looked_up` pieces ahead.
    pub fn new(config: &Config, looked_up: usize) -> Self {
        let unanswered = WriteCollect::unanswered_pieces(config);
        let has_s1 = config.captures();
        let open = if has_s1 {
            unanswered
        } else {
            config.saves as usize
        };
        Self {
            clock: Signal::default(),
            looks_up: Signal::default(),
            look_guest: Signal::default(),
            take: Signal::default(),
            taken_captured: Signal::default(),
            goes: Signal::default(),
            own: Signal::default(),
            ticket: Signal::default(),
            address: Signal::default(),
            look_captured: Signal::default(),
            len: Signal::default(),
            size: Signal::default(),
            capture_valid: Signal::default(),
            capture_ready: Signal::default(),
            capture_first: Signal::default(),
            capture_last: Signal::default(),
            capture_complete: Signal::default(),
            response_valid: Signal::default(),
            response: Signal::default(),
            done_valid: Signal::default(),
            done_ready: Signal::default(),
            done_ticket: Signal::default(),
            done_guest: Signal::default(),
            done_block: Signal::default(),
            done_failed: Signal::default(),
            complete: Signal::default(),
            settled: Signal::default(),
            settled_take: Signal::default(),
            guests: Fifo::new(looked_up),
            kinds: Fifo::new(unanswered),
            tickets: Fifo::new(open),
            results: FrontFifo::new(open),
            lookups: Maybe::new(Fifo::new(looked_up), has_s1),
            parts: Maybe::new(Fifo::new(open), has_s1),
            result_parts: Maybe::new(FrontFifo::new(open), has_s1),
            asked: Register::narrow(0.into(), clog2(unanswered + 1)),
            any_asked: Register::default(),
            asked_captures: Register::default(),
            captured: Signal::default(),
            head_captured: Signal::default(),
            may_ask: Signal::default(),
            asks: Signal::default(),
            offset: Signal::default(),
            end: Signal::default(),
            carried_out: Signal::default(),
            open: Register::narrow(0.into(), clog2(unanswered + 1)),
            answered: Signal::default(),
            result: Signal::default(),
            ends: Signal::default(),
            block: Signal::default(),
            no_ticket: Constant::new(OwnTicket::default()),
            has_s1: flag(has_s1),
            has_both: flag(has_s1 && config.has(Strategy::S5)),
            block_mask: constant(u64::from(config.block_bytes()) - 1),
            range_shift: constant(config.range_shift().into()),
            block_shift: constant(config.block_shift().into()),
            number_mask: constant(u64::from(config.blocks()) - 1),
        }
    }
}

impl Logic for OwnTickets {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: own_tickets");
        comment!("Pieces that are not over with memory's response: whole-block writes of S5, which complete a ticket, and");
        comment!("writes of S1, which are captured. Turns such a response into a completion for the tracker or a request for a");
        comment!(
            "capture, and counts those carried out and not yet answered. In order. Reset: empty."
        );
        dff_setup!(self, clock, open, asked, any_asked, asked_captures);
        clock!(self, clock, guests, kinds, tickets, results);
        self.guests.push.next = self.looks_up.val();
        self.guests.data_in.next = self.look_guest.val();
        self.guests.pop.next = self.take.val();
        self.captured.next = false;

        self.block.next = self.address.val() >> self.block_shift.val();
        self.kinds.push.next = self.goes.val();
        if self.has_s1.val() {
            clock!(self, clock, lookups, parts, result_parts);
            self.lookups.push.next = self.looks_up.val();
            self.lookups.data_in.next = self.look_captured.val();
            self.lookups.pop.next = self.take.val();
            self.captured.next = self.lookups.data_out.val();
        }
        self.taken_captured.next = self.captured.val();
        self.kinds.data_in.next = self.own.val() | self.captured.val();
        self.tickets.push.next = self.goes.val() & (self.own.val() | self.captured.val());
        self.tickets.data_in.next = self.no_ticket.val();
        self.tickets.data_in.next.ticket = self.ticket.val();
        self.tickets.data_in.next.guest = self.guests.data_out.val();
        self.tickets.data_in.next.block =
            self.block.val().get_bits::<26>(0) & self.number_mask.val();

        // Responses come in the order of the pieces.
        self.kinds.pop.next = self.response_valid.val();
        self.ends.next = self.response_valid.val() & self.kinds.data_out.val();
        self.tickets.pop.next = self.ends.val();
        self.answered.next = self.tickets.data_out.val();
        self.results.push.next = self.ends.val();
        self.results.data_in.next = self.answered.val();
        self.results.data_in.next.failed = self.response.val().get_bit(1);
        self.result.next = self.results.data_out.val();
        self.results.pop.next = self.done_ready.val();
        self.done_valid.next = self.results.valid.val();
        self.carried_out.next = self.complete.val();
        self.offset.next = 0.into();
        self.end.next = 0.into();
        self.head_captured.next = false;
        self.may_ask.next = true;
        self.asks.next = false;
        self.capture_valid.next = false;
        self.capture_first.next = 0.into();
        self.capture_last.next = 0.into();
        if self.has_s1.val() {
            // What the piece writes, in units of its block.
            self.offset.next = bit_cast::<13, 40>(self.address.val()) & self.block_mask.val();
            self.end.next = (self.offset.val() | !(bits::<13>(0x1fff) << self.size.val()))
                + (bit_cast::<13, 8>(self.len.val()) << self.size.val());
            self.parts.push.next = self.tickets.push.val();
            self.parts.data_in.next = bit_cast::<15, 7>(bit_cast::<7, 13>(
                self.offset.val() >> self.range_shift.val(),
            )) | (bit_cast::<15, 7>(bit_cast::<7, 13>(
                self.end.val() >> self.range_shift.val(),
            )) << 7)
                | (bit_cast::<15, 1>(self.captured.val().into()) << 14);
            self.parts.pop.next = self.ends.val();
            self.result_parts.push.next = self.ends.val();
            self.result_parts.data_in.next = self.parts.data_out.val();
            self.head_captured.next = true;
            if self.has_both.val() {
                self.head_captured.next = self.result_parts.data_out.val().get_bit(14);
                self.may_ask.next = !self.any_asked.q.val()
                    | (self.asked_captures.q.val() == self.head_captured.val());
            }
            self.done_valid.next =
                self.results.valid.val() & !self.head_captured.val() & self.may_ask.val();
            self.capture_valid.next =
                self.results.valid.val() & self.head_captured.val() & self.may_ask.val();
            self.asks.next = self.capture_ready.val() | self.done_ready.val();
            self.results.pop.next = self.asks.val();
            self.result_parts.pop.next = self.asks.val();
            self.capture_first.next = self.result_parts.data_out.val().get_bits::<7>(0);
            self.capture_last.next = self.result_parts.data_out.val().get_bits::<7>(7);
            self.carried_out.next = self.complete.val() | self.capture_complete.val();
            if self.asks.val() {
                self.asked_captures.d.next = self.head_captured.val();
            }
            if self.asks.val() & !self.carried_out.val() {
                self.asked.d.next = self.asked.q.val() + 1;
                self.any_asked.d.next = true;
            } else if self.carried_out.val() & !self.asks.val() {
                self.asked.d.next = self.asked.q.val() - 1;
                self.any_asked.d.next = self.asked.q.val() != 1;
            }
        }
        self.done_ticket.next = self.result.val().ticket;
        self.done_guest.next = self.result.val().guest;
        self.done_block.next = self.result.val().block;
        self.done_failed.next = self.result.val().failed;

        self.settled.next = self.open.q.val().any();
        if self.carried_out.val() & !self.settled_take.val() {
            self.open.d.next = self.open.q.val() + 1;
        } else if self.settled_take.val() & !self.carried_out.val() {
            self.open.d.next = self.open.q.val() - 1;
        }
    }
}
