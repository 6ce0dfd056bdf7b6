//! The tickets that a write port completes itself: whole-block writes of S5 guests, which need no copy.
//!
//! **Does**: remembers for each piece on its way to memory whether its response completes a ticket; makes a completion of that response (failed unless OKAY)
//! for the tracker; and counts the completions that the tracker has carried out, so that the write is answered only when every reader knows the block's
//! new place. **Latency**: a completion is offered in the cycle after its response. **Order**: that of the pieces. **Errors**: none of its own. **Reset**: empty.

use super::constants::constant;
use super::write_collect::WriteCollect;
use super::write_types::OwnTicket;
use crate::prelude::*;
use mch_spec::config::Config;

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
    /// The piece taken goes to memory.
    pub goes: Signal<In, Bit>,
    /// Its response completes a ticket.
    pub own: Signal<In, Bit>,
    /// That ticket.
    pub ticket: Signal<In, Bits<5>>,
    /// The piece's address, in either place.
    pub address: Signal<In, Bits<40>>,
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
    guest: Register<Bits<4>>,
    kinds: Fifo<Bit>,
    tickets: Fifo<OwnTicket>,
    results: Fifo<OwnTicket>,
    open: Register<Bits<8>>,
    answered: Signal<Local, OwnTicket>,
    result: Signal<Local, OwnTicket>,
    ends: Signal<Local, Bit>,
    block: Signal<Local, Bits<40>>,
    no_ticket: Constant<OwnTicket>,
    block_shift: Constant<Bits<4>>,
    number_mask: Constant<Bits<26>>,
}

impl OwnTickets {
    /// The tickets of a configuration's write port that looks up at most `looked_up` pieces ahead.
    pub fn new(config: &Config, looked_up: usize) -> Self {
        let unanswered = WriteCollect::unanswered_pieces(config);
        Self {
            clock: Signal::default(),
            looks_up: Signal::default(),
            look_guest: Signal::default(),
            take: Signal::default(),
            goes: Signal::default(),
            own: Signal::default(),
            ticket: Signal::default(),
            address: Signal::default(),
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
            guest: Register::without_reset(),
            kinds: Fifo::new(unanswered),
            tickets: Fifo::new(config.saves as usize),
            results: Fifo::new(config.saves as usize),
            open: Register::narrow(0.into(), clog2(unanswered + 1)),
            answered: Signal::default(),
            result: Signal::default(),
            ends: Signal::default(),
            block: Signal::default(),
            no_ticket: Constant::new(OwnTicket::default()),
            block_shift: constant(config.block_shift().into()),
            number_mask: constant(u64::from(config.blocks()) - 1),
        }
    }
}

impl Logic for OwnTickets {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: own_tickets");
        comment!("Tickets that a write port's own responses complete: whole-block writes of S5. Turns such a response into a");
        comment!("completion for the tracker and counts those carried out and not yet answered. In order. Reset: empty.");
        dff_setup!(self, clock, guest, open);
        clock!(self, clock, guests, kinds, tickets, results);
        self.guests.push.next = self.looks_up.val();
        self.guests.data_in.next = self.look_guest.val();
        self.guests.pop.next = self.take.val();
        if self.take.val() {
            self.guest.d.next = self.guests.data_out.val();
        }

        self.block.next = self.address.val() >> self.block_shift.val();
        self.kinds.push.next = self.goes.val();
        self.kinds.data_in.next = self.own.val();
        self.tickets.push.next = self.goes.val() & self.own.val();
        self.tickets.data_in.next = self.no_ticket.val();
        self.tickets.data_in.next.ticket = self.ticket.val();
        self.tickets.data_in.next.guest = self.guest.q.val();
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
        self.done_ticket.next = self.result.val().ticket;
        self.done_guest.next = self.result.val().guest;
        self.done_block.next = self.result.val().block;
        self.done_failed.next = self.result.val().failed;

        self.settled.next = self.open.q.val().any();
        if self.complete.val() & !self.settled_take.val() {
            self.open.d.next = self.open.q.val() + 1;
        } else if self.settled_take.val() & !self.complete.val() {
            self.open.d.next = self.open.q.val() - 1;
        }
    }
}
