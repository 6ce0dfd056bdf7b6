//! The AXI ports of the unit, as interfaces: field names are the AXI signal names.

use crate::prelude::*;

/// An AXI4 port on which the unit is the subordinate.
#[derive(Clone, Debug, Default, LogicInterface)]
pub struct AxiSubordinate<const D: usize, const S: usize> {
    /// AXI4 AWVALID.
    pub awvalid: Signal<In, Bit>,
    /// AXI4 AWID.
    pub awid: Signal<In, Bits<16>>,
    /// AXI4 AWADDR.
    pub awaddr: Signal<In, Bits<40>>,
    /// AXI4 AWLEN.
    pub awlen: Signal<In, Bits<8>>,
    /// AXI4 AWSIZE.
    pub awsize: Signal<In, Bits<3>>,
    /// AXI4 AWBURST.
    pub awburst: Signal<In, Bits<2>>,
    /// AXI4 AWLOCK.
    pub awlock: Signal<In, Bit>,
    /// AXI4 AWCACHE.
    pub awcache: Signal<In, Bits<4>>,
    /// AXI4 AWPROT.
    pub awprot: Signal<In, Bits<3>>,
    /// AXI4 AWQOS.
    pub awqos: Signal<In, Bits<4>>,
    /// AXI4 AWREADY.
    pub awready: Signal<Out, Bit>,
    /// AXI4 WVALID.
    pub wvalid: Signal<In, Bit>,
    /// AXI4 WDATA.
    pub wdata: Signal<In, Bits<D>>,
    /// AXI4 WSTRB.
    pub wstrb: Signal<In, Bits<S>>,
    /// AXI4 WLAST.
    pub wlast: Signal<In, Bit>,
    /// AXI4 WREADY.
    pub wready: Signal<Out, Bit>,
    /// AXI4 BVALID.
    pub bvalid: Signal<Out, Bit>,
    /// AXI4 BID.
    pub bid: Signal<Out, Bits<16>>,
    /// AXI4 BRESP.
    pub bresp: Signal<Out, Bits<2>>,
    /// AXI4 BREADY.
    pub bready: Signal<In, Bit>,
    /// AXI4 ARVALID.
    pub arvalid: Signal<In, Bit>,
    /// AXI4 ARID.
    pub arid: Signal<In, Bits<16>>,
    /// AXI4 ARADDR.
    pub araddr: Signal<In, Bits<40>>,
    /// AXI4 ARLEN.
    pub arlen: Signal<In, Bits<8>>,
    /// AXI4 ARSIZE.
    pub arsize: Signal<In, Bits<3>>,
    /// AXI4 ARBURST.
    pub arburst: Signal<In, Bits<2>>,
    /// AXI4 ARLOCK.
    pub arlock: Signal<In, Bit>,
    /// AXI4 ARCACHE.
    pub arcache: Signal<In, Bits<4>>,
    /// AXI4 ARPROT.
    pub arprot: Signal<In, Bits<3>>,
    /// AXI4 ARQOS.
    pub arqos: Signal<In, Bits<4>>,
    /// AXI4 ARREADY.
    pub arready: Signal<Out, Bit>,
    /// AXI4 RVALID.
    pub rvalid: Signal<Out, Bit>,
    /// AXI4 RID.
    pub rid: Signal<Out, Bits<16>>,
    /// AXI4 RDATA.
    pub rdata: Signal<Out, Bits<D>>,
    /// AXI4 RRESP.
    pub rresp: Signal<Out, Bits<2>>,
    /// AXI4 RLAST.
    pub rlast: Signal<Out, Bit>,
    /// AXI4 RREADY.
    pub rready: Signal<In, Bit>,
}

/// The AXI4 port on which the unit is the manager.
#[derive(Clone, Debug, Default, LogicInterface)]
pub struct AxiManager<const D: usize, const S: usize> {
    /// AXI4 AWVALID.
    pub awvalid: Signal<Out, Bit>,
    /// AXI4 AWID.
    pub awid: Signal<Out, Bits<4>>,
    /// AXI4 AWADDR.
    pub awaddr: Signal<Out, Bits<40>>,
    /// AXI4 AWLEN.
    pub awlen: Signal<Out, Bits<8>>,
    /// AXI4 AWSIZE.
    pub awsize: Signal<Out, Bits<3>>,
    /// AXI4 AWBURST.
    pub awburst: Signal<Out, Bits<2>>,
    /// AXI4 AWLOCK.
    pub awlock: Signal<Out, Bit>,
    /// AXI4 AWCACHE.
    pub awcache: Signal<Out, Bits<4>>,
    /// AXI4 AWPROT.
    pub awprot: Signal<Out, Bits<3>>,
    /// AXI4 AWQOS.
    pub awqos: Signal<Out, Bits<4>>,
    /// AXI4 AWREADY.
    pub awready: Signal<In, Bit>,
    /// AXI4 WVALID.
    pub wvalid: Signal<Out, Bit>,
    /// AXI4 WDATA.
    pub wdata: Signal<Out, Bits<D>>,
    /// AXI4 WSTRB.
    pub wstrb: Signal<Out, Bits<S>>,
    /// AXI4 WLAST.
    pub wlast: Signal<Out, Bit>,
    /// AXI4 WREADY.
    pub wready: Signal<In, Bit>,
    /// AXI4 BVALID.
    pub bvalid: Signal<In, Bit>,
    /// AXI4 BID.
    pub bid: Signal<In, Bits<4>>,
    /// AXI4 BRESP.
    pub bresp: Signal<In, Bits<2>>,
    /// AXI4 BREADY.
    pub bready: Signal<Out, Bit>,
    /// AXI4 ARVALID.
    pub arvalid: Signal<Out, Bit>,
    /// AXI4 ARID.
    pub arid: Signal<Out, Bits<4>>,
    /// AXI4 ARADDR.
    pub araddr: Signal<Out, Bits<40>>,
    /// AXI4 ARLEN.
    pub arlen: Signal<Out, Bits<8>>,
    /// AXI4 ARSIZE.
    pub arsize: Signal<Out, Bits<3>>,
    /// AXI4 ARBURST.
    pub arburst: Signal<Out, Bits<2>>,
    /// AXI4 ARLOCK.
    pub arlock: Signal<Out, Bit>,
    /// AXI4 ARCACHE.
    pub arcache: Signal<Out, Bits<4>>,
    /// AXI4 ARPROT.
    pub arprot: Signal<Out, Bits<3>>,
    /// AXI4 ARQOS.
    pub arqos: Signal<Out, Bits<4>>,
    /// AXI4 ARREADY.
    pub arready: Signal<In, Bit>,
    /// AXI4 RVALID.
    pub rvalid: Signal<In, Bit>,
    /// AXI4 RID.
    pub rid: Signal<In, Bits<4>>,
    /// AXI4 RDATA.
    pub rdata: Signal<In, Bits<D>>,
    /// AXI4 RRESP.
    pub rresp: Signal<In, Bits<2>>,
    /// AXI4 RLAST.
    pub rlast: Signal<In, Bit>,
    /// AXI4 RREADY.
    pub rready: Signal<Out, Bit>,
}

/// AxUSER of a subordinate port.
#[derive(Clone, Debug, Default, LogicInterface)]
pub struct AxiUserIn {
    /// AXI4 AWUSER.
    pub awuser: Signal<In, Bits<16>>,
    /// AXI4 ARUSER.
    pub aruser: Signal<In, Bits<16>>,
}

/// AxUSER of the manager port.
#[derive(Clone, Debug, Default, LogicInterface)]
pub struct AxiUserOut {
    /// AXI4 AWUSER.
    pub awuser: Signal<Out, Bits<16>>,
    /// AXI4 ARUSER.
    pub aruser: Signal<Out, Bits<16>>,
}

/// The AXI4-Lite port of the registers.
#[derive(Clone, Debug, Default, LogicInterface)]
pub struct AxiLite {
    /// AXI4-Lite AWVALID.
    pub awvalid: Signal<In, Bit>,
    /// AXI4-Lite AWADDR.
    pub awaddr: Signal<In, Bits<17>>,
    /// AXI4-Lite AWPROT.
    pub awprot: Signal<In, Bits<3>>,
    /// AXI4-Lite AWREADY.
    pub awready: Signal<Out, Bit>,
    /// AXI4-Lite WVALID.
    pub wvalid: Signal<In, Bit>,
    /// AXI4-Lite WDATA.
    pub wdata: Signal<In, Bits<32>>,
    /// AXI4-Lite WSTRB.
    pub wstrb: Signal<In, Bits<4>>,
    /// AXI4-Lite WREADY.
    pub wready: Signal<Out, Bit>,
    /// AXI4-Lite BVALID.
    pub bvalid: Signal<Out, Bit>,
    /// AXI4-Lite BRESP.
    pub bresp: Signal<Out, Bits<2>>,
    /// AXI4-Lite BREADY.
    pub bready: Signal<In, Bit>,
    /// AXI4-Lite ARVALID.
    pub arvalid: Signal<In, Bit>,
    /// AXI4-Lite ARADDR.
    pub araddr: Signal<In, Bits<17>>,
    /// AXI4-Lite ARPROT.
    pub arprot: Signal<In, Bits<3>>,
    /// AXI4-Lite ARREADY.
    pub arready: Signal<Out, Bit>,
    /// AXI4-Lite RVALID.
    pub rvalid: Signal<Out, Bit>,
    /// AXI4-Lite RDATA.
    pub rdata: Signal<Out, Bits<32>>,
    /// AXI4-Lite RRESP.
    pub rresp: Signal<Out, Bits<2>>,
    /// AXI4-Lite RREADY.
    pub rready: Signal<In, Bit>,
}

/// An AXI4-Stream port of 64 bits on which the unit is the transmitter.
#[derive(Clone, Debug, Default, LogicInterface)]
pub struct StreamOut {
    /// AXI4-Stream TVALID.
    pub tvalid: Signal<Out, Bit>,
    /// AXI4-Stream TREADY.
    pub tready: Signal<In, Bit>,
    /// AXI4-Stream TDATA.
    pub tdata: Signal<Out, Bits<64>>,
    /// AXI4-Stream TLAST.
    pub tlast: Signal<Out, Bit>,
}

/// An AXI4-Stream port of 64 bits on which the unit is the receiver.
#[derive(Clone, Debug, Default, LogicInterface)]
pub struct StreamIn {
    /// AXI4-Stream TVALID.
    pub tvalid: Signal<In, Bit>,
    /// AXI4-Stream TREADY.
    pub tready: Signal<Out, Bit>,
    /// AXI4-Stream TDATA.
    pub tdata: Signal<In, Bits<64>>,
    /// AXI4-Stream TLAST.
    pub tlast: Signal<In, Bit>,
}
