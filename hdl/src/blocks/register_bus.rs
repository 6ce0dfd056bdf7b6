//! The AXI4-Lite port: one access at a time, in three steps.
//!
//! **Does**: takes a write (address and data in any order) or a read, puts it on the register bus, collects a cycle later what the pages answer
//! (from their registers), and commits it a cycle after that if none refuses it; a refused access has no effect and is answered SLVERR. A read
//! that needs the block store waits for it.
//! **Latency**: a write is answered 4 cycles after its last part came, a read 4 cycles after its address, later if the block store is asked.
//! **Ordering**: reads and writes take turns when both wait. **Errors**: strobes that are not all ones (VALUE). **Reset**: idle.

use super::constants::constant;
use crate::prelude::*;
use mch_spec::registers::ErrorCode;

/// What the port does.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum BusState {
    /// Waits for an access.
    Idle,
    /// The block store is being asked.
    Peek,
    /// The access is on the bus; the pages decide about it.
    Check,
    /// Their answers are collected.
    Collect,
    /// It takes effect, unless refused.
    Commit,
    /// The answer waits to be taken.
    Respond,
}

/// The AXI4-Lite port.
#[derive(Clone, Debug, LogicBlock)]
pub struct RegisterBus {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// AXI4-Lite.
    pub awvalid: Signal<In, Bit>,
    /// AXI4-Lite.
    pub awready: Signal<Out, Bit>,
    /// Byte address.
    pub awaddr: Signal<In, Bits<17>>,
    /// AXI4-Lite.
    pub wvalid: Signal<In, Bit>,
    /// AXI4-Lite.
    pub wready: Signal<Out, Bit>,
    /// AXI4-Lite.
    pub wdata: Signal<In, Bits<32>>,
    /// AXI4-Lite.
    pub wstrb: Signal<In, Bits<4>>,
    /// AXI4-Lite.
    pub bvalid: Signal<Out, Bit>,
    /// AXI4-Lite.
    pub bready: Signal<In, Bit>,
    /// AXI4-Lite.
    pub bresp: Signal<Out, Bits<2>>,
    /// AXI4-Lite.
    pub arvalid: Signal<In, Bit>,
    /// AXI4-Lite.
    pub arready: Signal<Out, Bit>,
    /// Byte address.
    pub araddr: Signal<In, Bits<17>>,
    /// AXI4-Lite.
    pub rvalid: Signal<Out, Bit>,
    /// AXI4-Lite.
    pub rready: Signal<In, Bit>,
    /// AXI4-Lite.
    pub rdata: Signal<Out, Bits<32>>,
    /// AXI4-Lite.
    pub rresp: Signal<Out, Bits<2>>,
    /// An access is on the bus.
    pub active: Signal<Out, Bit>,
    /// Its byte address.
    pub address: Signal<Out, Bits<17>>,
    /// `address` in the next cycle: what is decoded from it can be registered.
    pub next_address: Signal<Out, Bits<17>>,
    /// What is written.
    pub data: Signal<Out, Bits<32>>,
    /// It is a write.
    pub write: Signal<Out, Bit>,
    /// It takes effect in this cycle.
    pub commit: Signal<Out, Bit>,
    /// It is refused (pulse), with `error`.
    pub refused: Signal<Out, Bit>,
    /// The code of the refusal, registered.
    pub refused_code: Signal<Out, Bits<8>>,
    /// Why the access is refused, one cycle after it is on the bus; 0: it is not.
    pub error: Signal<In, Bits<8>>,
    /// What the read returns.
    pub read: Signal<In, Bits<32>>,
    /// The access must ask the block store first.
    pub wants_peek: Signal<In, Bit>,
    /// Ask it.
    pub peek_valid: Signal<Out, Bit>,
    /// It takes the question.
    pub peek_ready: Signal<In, Bit>,
    /// It answers.
    pub peek_response_valid: Signal<In, Bit>,
    state: Register<BusState>,
    has_address: Register<Bit>,
    has_data: Register<Bit>,
    has_read: Register<Bit>,
    write_address: Register<Bits<17>>,
    write_data: Register<Bits<32>>,
    partial: Register<Bit>,
    read_address: Register<Bits<17>>,
    is_write: Register<Bit>,
    now_address: Register<Bits<17>>,
    asked: Register<Bit>,
    answered: Register<Bit>,
    code: Register<Bits<8>>,
    result: Register<Bits<32>>,
    on_bus: Register<Bit>,
    error_value: Constant<Bits<8>>,
    slverr: Constant<Bits<2>>,
}

impl Default for RegisterBus {
    fn default() -> Self {
        Self {
            state: Register::new(BusState::Idle),
            error_value: constant(ErrorCode::Value as u64),
            slverr: constant(2),
            clock: Default::default(),
            awvalid: Default::default(),
            awready: Default::default(),
            awaddr: Default::default(),
            wvalid: Default::default(),
            wready: Default::default(),
            wdata: Default::default(),
            wstrb: Default::default(),
            bvalid: Default::default(),
            bready: Default::default(),
            bresp: Default::default(),
            arvalid: Default::default(),
            arready: Default::default(),
            araddr: Default::default(),
            rvalid: Default::default(),
            rready: Default::default(),
            rdata: Default::default(),
            rresp: Default::default(),
            active: Default::default(),
            address: Default::default(),
            next_address: Default::default(),
            data: Default::default(),
            write: Default::default(),
            commit: Default::default(),
            refused: Default::default(),
            refused_code: Default::default(),
            error: Default::default(),
            read: Default::default(),
            wants_peek: Default::default(),
            peek_valid: Default::default(),
            peek_ready: Default::default(),
            peek_response_valid: Default::default(),
            has_address: Default::default(),
            has_data: Default::default(),
            has_read: Default::default(),
            write_address: Default::default(),
            write_data: Default::default(),
            partial: Default::default(),
            read_address: Default::default(),
            is_write: Default::default(),
            now_address: Default::default(),
            asked: Default::default(),
            answered: Default::default(),
            code: Default::default(),
            result: Default::default(),
            on_bus: Default::default(),
        }
    }
}

impl Logic for RegisterBus {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: register_bus");
        comment!("The AXI4-Lite port: one access at a time is put on the register bus, checked, then committed or refused.");
        comment!("A refused access has no effect and is answered SLVERR. Reset: idle.");
        dff_setup!(
            self,
            clock,
            state,
            has_address,
            has_data,
            has_read,
            write_address,
            write_data,
            partial,
            read_address,
            is_write,
            now_address,
            asked,
            answered,
            code,
            result,
            on_bus
        );
        self.awready.next = !self.has_address.q.val();
        self.wready.next = !self.has_data.q.val();
        self.arready.next = !self.has_read.q.val();
        if self.awvalid.val() & !self.has_address.q.val() {
            self.has_address.d.next = true;
            self.write_address.d.next = self.awaddr.val();
        }
        if self.wvalid.val() & !self.has_data.q.val() {
            self.has_data.d.next = true;
            self.write_data.d.next = self.wdata.val();
            self.partial.d.next = !self.wstrb.val().all();
        }
        if self.arvalid.val() & !self.has_read.q.val() {
            self.has_read.d.next = true;
            self.read_address.d.next = self.araddr.val();
        }
        self.active.next = self.on_bus.q.val();
        self.next_address.next = self.now_address.q.val();
        self.address.next = self.now_address.q.val();
        self.data.next = self.write_data.q.val();
        self.write.next = self.is_write.q.val();
        self.commit.next = false;
        self.refused.next = false;
        self.refused_code.next = self.code.q.val();
        self.peek_valid.next = false;
        self.bvalid.next = false;
        self.rvalid.next = false;
        match self.state.q.val() {
            BusState::Idle => {
                self.answered.d.next = false;
                self.asked.d.next = false;
                if self.has_address.q.val()
                    & self.has_data.q.val()
                    & !(self.has_read.q.val() & self.is_write.q.val())
                {
                    self.is_write.d.next = true;
                    self.next_address.next = self.write_address.q.val();
                    self.on_bus.d.next = true;
                    self.state.d.next = BusState::Check;
                } else if self.has_read.q.val() {
                    self.is_write.d.next = false;
                    self.next_address.next = self.read_address.q.val();
                    self.on_bus.d.next = true;
                    self.state.d.next = BusState::Check;
                }
            }
            BusState::Check => {
                self.state.d.next = BusState::Collect;
            }
            BusState::Collect => {
                self.code.d.next = self.error.val();
                if self.is_write.q.val() & self.partial.q.val() {
                    self.code.d.next = self.error_value.val();
                }
                self.result.d.next = self.read.val();
                self.state.d.next = BusState::Commit;
                if self.wants_peek.val() & !self.answered.q.val() {
                    self.state.d.next = BusState::Peek;
                }
            }
            BusState::Peek => {
                self.peek_valid.next = !self.asked.q.val();
                if self.peek_ready.val() {
                    self.asked.d.next = true;
                }
                if self.peek_response_valid.val() {
                    self.answered.d.next = true;
                    self.state.d.next = BusState::Check;
                }
            }
            BusState::Commit => {
                self.commit.next = !self.code.q.val().any();
                self.refused.next = self.code.q.val().any();
                self.state.d.next = BusState::Respond;
                self.on_bus.d.next = false;
            }
            BusState::Respond => {
                if self.is_write.q.val() {
                    self.bvalid.next = true;
                    if self.bready.val() {
                        self.has_address.d.next = false;
                        self.has_data.d.next = false;
                        self.state.d.next = BusState::Idle;
                    }
                } else {
                    self.rvalid.next = true;
                    if self.rready.val() {
                        self.has_read.d.next = false;
                        self.state.d.next = BusState::Idle;
                    }
                }
            }
        }
        self.now_address.d.next = self.next_address.val();
        self.rdata.next = self.result.q.val();
        self.bresp.next = 0.into();
        self.rresp.next = 0.into();
        if self.code.q.val().any() {
            self.bresp.next = self.slverr.val();
            self.rresp.next = self.slverr.val();
            self.rdata.next = 0.into();
        }
    }
}
