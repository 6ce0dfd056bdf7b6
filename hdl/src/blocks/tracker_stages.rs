//! What the tracker's arbiter took, carried along the pipeline beside the block store.
//!
//! **Does**: delays each property of an operation from stage 1 to the stages that use it. **Latency**: one cycle per stage.
//! **Ordering, errors**: none. **Reset**: no operation at any stage.
//!
//! A number that ends a name is the stage of the pipeline it belongs to.

use crate::prelude::*;
use mch_spec::config::Config;

/// Registers of the operations between their entry and their end.
#[derive(Clone, Debug, LogicBlock)]
pub struct TrackerStages {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Stage 1: the operation's guest.
    pub guest: Signal<In, Bits<4>>,
    /// Stage 1: its block.
    pub block: Signal<In, Bits<26>>,
    /// Stage 1: it is a look-up.
    pub lookup: Signal<In, Bit>,
    /// Stage 1: the look-up's port.
    pub port: Signal<In, Bits<3>>,
    /// Stage 1: it holds a credit.
    pub credited: Signal<In, Bit>,
    /// Stage 1: it is a completion.
    pub done: Signal<In, Bit>,
    /// Stage 1: the completion's ticket.
    pub ticket: Signal<In, Bits<5>>,
    /// Stage 1: the copy failed.
    pub failed: Signal<In, Bit>,
    /// Stage 1: it was not a save.
    pub done_push: Signal<In, Bit>,
    /// Stage 1: it asks for a background push.
    pub push: Signal<In, Bit>,
    /// Stage 1: it is a scanner read.
    pub scan: Signal<In, Bit>,
    /// Stage 1: it is a read by software.
    pub peek: Signal<In, Bit>,
    /// `guest` at stage 5.
    pub guest_5: Signal<Out, Bits<4>>,
    /// `block` at stage 3.
    pub block_3: Signal<Out, Bits<26>>,
    /// `block` at stage 5.
    pub block_5: Signal<Out, Bits<26>>,
    /// `lookup` at stage 3.
    pub lookup_3: Signal<Out, Bit>,
    /// `lookup` at stage 4.
    pub lookup_4: Signal<Out, Bit>,
    /// `port` at stage 4.
    pub port_4: Signal<Out, Bits<3>>,
    /// `credited` at stage 2.
    pub credited_2: Signal<Out, Bit>,
    /// `credited` at stage 4.
    pub credited_4: Signal<Out, Bit>,
    /// `done` at stage 3.
    pub done_3: Signal<Out, Bit>,
    /// `done` at stage 4.
    pub done_4: Signal<Out, Bit>,
    /// `ticket` at stage 4.
    pub ticket_4: Signal<Out, Bits<5>>,
    /// `failed` at stage 3.
    pub failed_3: Signal<Out, Bit>,
    /// `failed` at stage 4.
    pub failed_4: Signal<Out, Bit>,
    /// `done_push` at stage 3.
    pub done_push_3: Signal<Out, Bit>,
    /// `done_push` at stage 4.
    pub done_push_4: Signal<Out, Bit>,
    /// `push` at stage 3.
    pub push_3: Signal<Out, Bit>,
    /// `scan` at stage 6.
    pub scan_6: Signal<Out, Bit>,
    /// `peek` at stage 6.
    pub peek_6: Signal<Out, Bit>,
    guest_at_2: Register<Bits<4>>,
    guest_at_3: Register<Bits<4>>,
    guest_at_4: Register<Bits<4>>,
    guest_at_5: Register<Bits<4>>,
    block_at_2: Register<Bits<26>>,
    block_at_3: Register<Bits<26>>,
    block_at_4: Register<Bits<26>>,
    block_at_5: Register<Bits<26>>,
    lookup_at_2: Register<Bit>,
    lookup_at_3: Register<Bit>,
    lookup_at_4: Register<Bit>,
    port_at_2: Register<Bits<3>>,
    port_at_3: Register<Bits<3>>,
    port_at_4: Register<Bits<3>>,
    credited_at_2: Register<Bit>,
    credited_at_3: Register<Bit>,
    credited_at_4: Register<Bit>,
    done_at_2: Register<Bit>,
    done_at_3: Register<Bit>,
    done_at_4: Register<Bit>,
    ticket_at_2: Register<Bits<5>>,
    ticket_at_3: Register<Bits<5>>,
    ticket_at_4: Register<Bits<5>>,
    failed_at_2: Register<Bit>,
    failed_at_3: Register<Bit>,
    failed_at_4: Register<Bit>,
    done_push_at_2: Register<Bit>,
    done_push_at_3: Register<Bit>,
    done_push_at_4: Register<Bit>,
    push_at_2: Register<Bit>,
    push_at_3: Register<Bit>,
    scan_at_2: Register<Bit>,
    scan_at_3: Register<Bit>,
    scan_at_4: Register<Bit>,
    scan_at_5: Register<Bit>,
    scan_at_6: Register<Bit>,
    peek_at_2: Register<Bit>,
    peek_at_3: Register<Bit>,
    peek_at_4: Register<Bit>,
    peek_at_5: Register<Bit>,
    peek_at_6: Register<Bit>,
}

impl TrackerStages {
    /// The registers for a configuration.
    pub fn new(config: &Config) -> Self {
        let block = || Register::narrow_without_reset(config.block_bits() as usize);
        let guest = || Register::narrow_without_reset(clog2(config.guests as usize).max(1));
        let port = || Register::narrow_without_reset(clog2(config.ports as usize).max(1));
        let ticket = || Register::narrow_without_reset(clog2(config.saves as usize));
        Self {
            clock: Signal::default(),
            guest: Signal::default(),
            block: Signal::default(),
            lookup: Signal::default(),
            port: Signal::default(),
            credited: Signal::default(),
            done: Signal::default(),
            ticket: Signal::default(),
            failed: Signal::default(),
            done_push: Signal::default(),
            push: Signal::default(),
            scan: Signal::default(),
            peek: Signal::default(),
            guest_5: Signal::default(),
            block_3: Signal::default(),
            block_5: Signal::default(),
            lookup_3: Signal::default(),
            lookup_4: Signal::default(),
            port_4: Signal::default(),
            credited_2: Signal::default(),
            credited_4: Signal::default(),
            done_3: Signal::default(),
            done_4: Signal::default(),
            ticket_4: Signal::default(),
            failed_3: Signal::default(),
            failed_4: Signal::default(),
            done_push_3: Signal::default(),
            done_push_4: Signal::default(),
            push_3: Signal::default(),
            scan_6: Signal::default(),
            peek_6: Signal::default(),
            guest_at_2: guest(),
            guest_at_3: guest(),
            guest_at_4: guest(),
            guest_at_5: guest(),
            block_at_2: block(),
            block_at_3: block(),
            block_at_4: block(),
            block_at_5: block(),
            lookup_at_2: Register::default(),
            lookup_at_3: Register::default(),
            lookup_at_4: Register::default(),
            port_at_2: port(),
            port_at_3: port(),
            port_at_4: port(),
            credited_at_2: Register::default(),
            credited_at_3: Register::default(),
            credited_at_4: Register::default(),
            done_at_2: Register::default(),
            done_at_3: Register::default(),
            done_at_4: Register::default(),
            ticket_at_2: ticket(),
            ticket_at_3: ticket(),
            ticket_at_4: ticket(),
            failed_at_2: Register::without_reset(),
            failed_at_3: Register::without_reset(),
            failed_at_4: Register::without_reset(),
            done_push_at_2: Register::without_reset(),
            done_push_at_3: Register::without_reset(),
            done_push_at_4: Register::without_reset(),
            push_at_2: Register::default(),
            push_at_3: Register::default(),
            scan_at_2: Register::default(),
            scan_at_3: Register::default(),
            scan_at_4: Register::default(),
            scan_at_5: Register::default(),
            scan_at_6: Register::default(),
            peek_at_2: Register::default(),
            peek_at_3: Register::default(),
            peek_at_4: Register::default(),
            peek_at_5: Register::default(),
            peek_at_6: Register::default(),
        }
    }
}

impl Logic for TrackerStages {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: tracker_stages");
        comment!("Carries what the tracker's arbiter took along the pipeline, from stage 1 to the stages that use it.");
        comment!("Reset: no operation at any stage.");
        dff_setup!(
            self,
            clock,
            guest_at_2,
            guest_at_3,
            guest_at_4,
            guest_at_5,
            block_at_2,
            block_at_3,
            block_at_4,
            block_at_5,
            lookup_at_2,
            lookup_at_3,
            lookup_at_4,
            port_at_2,
            port_at_3,
            port_at_4,
            credited_at_2,
            credited_at_3,
            credited_at_4,
            done_at_2,
            done_at_3,
            done_at_4,
            ticket_at_2,
            ticket_at_3,
            ticket_at_4,
            failed_at_2,
            failed_at_3,
            failed_at_4,
            done_push_at_2,
            done_push_at_3,
            done_push_at_4,
            push_at_2,
            push_at_3,
            scan_at_2,
            scan_at_3,
            scan_at_4,
            scan_at_5,
            scan_at_6,
            peek_at_2,
            peek_at_3,
            peek_at_4,
            peek_at_5,
            peek_at_6
        );
        self.guest_at_2.d.next = self.guest.val();
        self.guest_at_3.d.next = self.guest_at_2.q.val();
        self.guest_at_4.d.next = self.guest_at_3.q.val();
        self.guest_at_5.d.next = self.guest_at_4.q.val();
        self.guest_5.next = self.guest_at_5.q.val();
        self.block_at_2.d.next = self.block.val();
        self.block_at_3.d.next = self.block_at_2.q.val();
        self.block_at_4.d.next = self.block_at_3.q.val();
        self.block_at_5.d.next = self.block_at_4.q.val();
        self.block_3.next = self.block_at_3.q.val();
        self.block_5.next = self.block_at_5.q.val();
        self.lookup_at_2.d.next = self.lookup.val();
        self.lookup_at_3.d.next = self.lookup_at_2.q.val();
        self.lookup_at_4.d.next = self.lookup_at_3.q.val();
        self.lookup_3.next = self.lookup_at_3.q.val();
        self.lookup_4.next = self.lookup_at_4.q.val();
        self.port_at_2.d.next = self.port.val();
        self.port_at_3.d.next = self.port_at_2.q.val();
        self.port_at_4.d.next = self.port_at_3.q.val();
        self.port_4.next = self.port_at_4.q.val();
        self.credited_at_2.d.next = self.credited.val();
        self.credited_at_3.d.next = self.credited_at_2.q.val();
        self.credited_at_4.d.next = self.credited_at_3.q.val();
        self.credited_2.next = self.credited_at_2.q.val();
        self.credited_4.next = self.credited_at_4.q.val();
        self.done_at_2.d.next = self.done.val();
        self.done_at_3.d.next = self.done_at_2.q.val();
        self.done_at_4.d.next = self.done_at_3.q.val();
        self.done_3.next = self.done_at_3.q.val();
        self.done_4.next = self.done_at_4.q.val();
        self.ticket_at_2.d.next = self.ticket.val();
        self.ticket_at_3.d.next = self.ticket_at_2.q.val();
        self.ticket_at_4.d.next = self.ticket_at_3.q.val();
        self.ticket_4.next = self.ticket_at_4.q.val();
        self.failed_at_2.d.next = self.failed.val();
        self.failed_at_3.d.next = self.failed_at_2.q.val();
        self.failed_at_4.d.next = self.failed_at_3.q.val();
        self.failed_3.next = self.failed_at_3.q.val();
        self.failed_4.next = self.failed_at_4.q.val();
        self.done_push_at_2.d.next = self.done_push.val();
        self.done_push_at_3.d.next = self.done_push_at_2.q.val();
        self.done_push_3.next = self.done_push_at_3.q.val();
        self.done_push_at_4.d.next = self.done_push_at_3.q.val();
        self.done_push_4.next = self.done_push_at_4.q.val();
        self.push_at_2.d.next = self.push.val();
        self.push_at_3.d.next = self.push_at_2.q.val();
        self.push_3.next = self.push_at_3.q.val();
        self.scan_at_2.d.next = self.scan.val();
        self.scan_at_3.d.next = self.scan_at_2.q.val();
        self.scan_at_4.d.next = self.scan_at_3.q.val();
        self.scan_at_5.d.next = self.scan_at_4.q.val();
        self.scan_at_6.d.next = self.scan_at_5.q.val();
        self.scan_6.next = self.scan_at_6.q.val();
        self.peek_at_2.d.next = self.peek.val();
        self.peek_at_3.d.next = self.peek_at_2.q.val();
        self.peek_at_4.d.next = self.peek_at_3.q.val();
        self.peek_at_5.d.next = self.peek_at_4.q.val();
        self.peek_at_6.d.next = self.peek_at_5.q.val();
        self.peek_6.next = self.peek_at_6.q.val();
    }
}
