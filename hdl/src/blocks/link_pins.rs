//! The structures of `guest_link_types` taken apart and put together, a guest each, for the link's ports. Combinational.

use super::guest_link_types::{LinkOrder, LinkReport};
use crate::prelude::*;

/// What a guest tells the link, signal by signal.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct LinkOrderPins {
    /// The whole.
    pub order: Signal<In, LinkOrder>,
    /// The guest sends.
    pub sending: Signal<Out, Bit>,
    /// It stands by.
    pub standby: Signal<Out, Bit>,
    /// Its generation.
    pub generation: Signal<Out, Bits<8>>,
    /// Its session.
    pub session: Signal<Out, Bits<16>>,
    /// The session begins.
    pub open: Signal<Out, Bit>,
    /// Send a mark.
    pub mark: Signal<Out, Bit>,
    /// Its number.
    pub mark_number: Signal<Out, Bits<16>>,
    /// Forget it.
    pub unmark: Signal<Out, Bit>,
}

impl Logic for LinkOrderPins {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_order_pins");
        comment!("What a guest tells the link, signal by signal. Combinational.");
        self.sending.next = self.order.val().sending;
        self.standby.next = self.order.val().standby;
        self.generation.next = self.order.val().generation;
        self.session.next = self.order.val().session;
        self.open.next = self.order.val().open;
        self.mark.next = self.order.val().mark;
        self.mark_number.next = self.order.val().mark_number;
        self.unmark.next = self.order.val().unmark;
    }
}

/// What the link reports to a guest, from its signals.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkReportPins {
    /// Entries are acknowledged.
    pub acknowledged: Signal<In, Bit>,
    /// How many.
    pub acknowledged_slots: Signal<In, Bits<26>>,
    /// The session is acknowledged.
    pub synced: Signal<In, Bit>,
    /// The mark is.
    pub marked: Signal<In, Bit>,
    /// The guest is refused.
    pub refused: Signal<In, Bit>,
    /// An entry has arrived.
    pub arrived: Signal<In, Bit>,
    /// A mark has.
    pub arrived_mark: Signal<In, Bit>,
    /// Its number.
    pub mark_number: Signal<In, Bits<16>>,
    /// The peer begins a session.
    pub opened: Signal<In, Bit>,
    /// That session.
    pub session: Signal<In, Bits<16>>,
    /// Its generation.
    pub generation: Signal<In, Bits<8>>,
    /// The ring is in use.
    pub busy: Signal<In, Bit>,
    /// The whole.
    pub report: Signal<Out, LinkReport>,
    empty: Constant<LinkReport>,
}

impl Default for LinkReportPins {
    fn default() -> Self {
        Self {
            acknowledged: Signal::default(),
            acknowledged_slots: Signal::default(),
            synced: Signal::default(),
            marked: Signal::default(),
            refused: Signal::default(),
            arrived: Signal::default(),
            arrived_mark: Signal::default(),
            mark_number: Signal::default(),
            opened: Signal::default(),
            session: Signal::default(),
            generation: Signal::default(),
            busy: Signal::default(),
            report: Signal::default(),
            empty: Constant::new(LinkReport::default()),
        }
    }
}

impl Logic for LinkReportPins {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_report_pins");
        comment!("What the link reports to a guest, from its signals. Combinational.");
        self.report.next = self.empty.val();
        self.report.next.acknowledged = self.acknowledged.val();
        self.report.next.acknowledged_slots = self.acknowledged_slots.val();
        self.report.next.synced = self.synced.val();
        self.report.next.marked = self.marked.val();
        self.report.next.refused = self.refused.val();
        self.report.next.arrived = self.arrived.val();
        self.report.next.arrived_mark = self.arrived_mark.val();
        self.report.next.mark_number = self.mark_number.val();
        self.report.next.opened = self.opened.val();
        self.report.next.session = self.session.val();
        self.report.next.generation = self.generation.val();
        self.report.next.busy = self.busy.val();
    }
}
