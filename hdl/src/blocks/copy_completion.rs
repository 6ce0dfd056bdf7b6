//! Copy engine, completion: reports every block once, in order, when all its writes are answered.
//!
//! An *item* follows each AW, and each block's end that has none. The responses come in order, so they are
//! matched with the items one by one. The report comes two cycles after the last response; one per cycle.

use super::copy_shape::CopyShape;
use crate::prelude::*;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct CopyCompletion {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A block enters the engine.
    pub tag_push: Signal<In, Bit>,
    /// Its ticket [4:0], guest [8:5], kind [10:9], clear [11] and block [37:12].
    pub tag: Signal<In, Bits<38>>,
    /// The write side reports a step.
    pub item_push: Signal<In, Bit>,
    /// The step raised an AW.
    pub item_response: Signal<In, Bit>,
    /// The step was the last of its block.
    pub item_last: Signal<In, Bit>,
    /// The block had a read error.
    pub item_error: Signal<In, Bit>,
    /// No room for an item.
    pub item_full: Signal<Out, Bit>,
    /// A write response; always taken.
    pub response_valid: Signal<In, Bit>,
    /// The response; bit 1 is an error.
    pub response: Signal<In, Bits<2>>,
    /// A block is complete; one cycle.
    pub done_valid: Signal<Out, Bit>,
    /// 0 SAVE, 1 SCAN, 2 RESTORE, 3 PUSH.
    pub done_kind: Signal<Out, Bits<2>>,
    /// Its ticket.
    pub done_ticket: Signal<Out, Bits<5>>,
    /// Its guest.
    pub done_guest: Signal<Out, Bits<4>>,
    /// Its block.
    pub done_block: Signal<Out, Bits<26>>,
    /// Its bit is to be cleared.
    pub done_clear: Signal<Out, Bit>,
    /// A read failed: nothing of the failed chunk and those after it was written.
    pub done_read_error: Signal<Out, Bit>,
    /// A write failed.
    pub done_write_error: Signal<Out, Bit>,
    /// A block will be complete in the next cycle.
    pub soon_valid: Signal<Out, Bit>,
    /// Its kind.
    pub soon_kind: Signal<Out, Bits<2>>,
    /// Its bit is to be cleared.
    pub soon_clear: Signal<Out, Bit>,
    /// No block is in the engine.
    pub idle: Signal<Out, Bit>,
    tags: BlockFifo<Bits<38>>,
    items: Fifo<Bits<3>>,
    answers: Fifo<Bit>,
    write_error: Register<Bit>,
    valid: Register<Bit>,
    report: Register<Bits<38>>,
    report_read_error: Register<Bit>,
    report_write_error: Register<Bit>,
    answered: Signal<Local, Bit>,
    failed: Signal<Local, Bit>,
    step: Signal<Local, Bit>,
    last: Signal<Local, Bit>,
}

impl CopyCompletion {
    pub(crate) fn new(shape: &CopyShape) -> Self {
        let tag_width = 12 + shape.block_bits;
        Self {
            clock: Signal::default(),
            tag_push: Signal::default(),
            tag: Signal::default(),
            item_push: Signal::default(),
            item_response: Signal::default(),
            item_last: Signal::default(),
            item_error: Signal::default(),
            item_full: Signal::default(),
            response_valid: Signal::default(),
            response: Signal::default(),
            done_valid: Signal::default(),
            done_kind: Signal::default(),
            done_ticket: Signal::default(),
            done_guest: Signal::default(),
            done_block: Signal::default(),
            done_clear: Signal::default(),
            done_read_error: Signal::default(),
            done_write_error: Signal::default(),
            soon_valid: Signal::default(),
            soon_kind: Signal::default(),
            soon_clear: Signal::default(),
            idle: Signal::default(),
            tags: BlockFifo::narrow(shape.block_queue(), tag_width),
            items: Fifo::new(shape.responses),
            answers: Fifo::new(shape.responses),
            write_error: Register::default(),
            valid: Register::default(),
            report: Register::narrow_without_reset(tag_width),
            report_read_error: Register::without_reset(),
            report_write_error: Register::without_reset(),
            answered: Signal::default(),
            failed: Signal::default(),
            step: Signal::default(),
            last: Signal::default(),
        }
    }
}

impl Logic for CopyCompletion {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: copy_completion");
        comment!(
            "Copy engine, completion: matches write responses with the steps of the write side and"
        );
        comment!(
            "reports every block once, in order, two cycles after its last response. Reset: empty."
        );
        dff_setup!(
            self,
            clock,
            write_error,
            valid,
            report,
            report_read_error,
            report_write_error
        );
        clock!(self, clock, tags, items, answers);
        self.tags.push.next = self.tag_push.val();
        self.tags.data_in.next = self.tag.val();
        self.idle.next = !self.tags.count.val().any();

        self.items.push.next = self.item_push.val();
        self.items.data_in.next = bit_cast::<3, 1>(self.item_response.val().into())
            | (bit_cast::<3, 1>(self.item_last.val().into()) << 1)
            | (bit_cast::<3, 1>(self.item_error.val().into()) << 2);
        self.item_full.next = self.items.full.val();

        comment!("A response may come while items without one are being worked off.");
        self.answers.push.next = self.response_valid.val();
        self.answers.data_in.next = self.response.val().get_bit(1);

        self.answered.next = self.items.data_out.val().get_bit(0);
        self.last.next = self.items.data_out.val().get_bit(1);
        self.step.next = self.items.valid.val() & (self.answers.valid.val() | !self.answered.val());
        self.failed.next =
            self.write_error.q.val() | (self.answered.val() & self.answers.data_out.val());
        self.items.pop.next = self.step.val();
        self.answers.pop.next = self.step.val() & self.answered.val();
        self.tags.pop.next = self.step.val() & self.last.val();

        self.valid.d.next = self.step.val() & self.last.val();
        self.report.d.next = self.tags.data_out.val();
        self.report_read_error.d.next = self.items.data_out.val().get_bit(2);
        self.report_write_error.d.next = self.failed.val();
        if self.step.val() {
            self.write_error.d.next = self.failed.val() & !self.last.val();
        }

        self.soon_valid.next = self.step.val() & self.last.val();
        self.soon_kind.next = self.tags.data_out.val().get_bits::<2>(9);
        self.soon_clear.next = self.tags.data_out.val().get_bit(11);
        self.done_valid.next = self.valid.q.val();
        self.done_ticket.next = self.report.q.val().get_bits::<5>(0);
        self.done_guest.next = self.report.q.val().get_bits::<4>(5);
        self.done_kind.next = self.report.q.val().get_bits::<2>(9);
        self.done_clear.next = self.report.q.val().get_bit(11);
        self.done_block.next = self.report.q.val().get_bits::<26>(12);
        self.done_read_error.next = self.report_read_error.q.val();
        self.done_write_error.next = self.report_write_error.q.val();
    }
}
