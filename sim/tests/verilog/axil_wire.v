// A wire between two AXI4-Lite ports.
module axil_wire (
    input  wire        clk,
    input  wire        rst,
    input  wire        s_axil_awvalid,
    output wire        s_axil_awready,
    input  wire [11:0] s_axil_awaddr,
    input  wire [2:0]  s_axil_awprot,
    input  wire        s_axil_wvalid,
    output wire        s_axil_wready,
    input  wire [31:0] s_axil_wdata,
    input  wire [3:0]  s_axil_wstrb,
    output wire        s_axil_bvalid,
    input  wire        s_axil_bready,
    output wire [1:0]  s_axil_bresp,
    input  wire        s_axil_arvalid,
    output wire        s_axil_arready,
    input  wire [11:0] s_axil_araddr,
    input  wire [2:0]  s_axil_arprot,
    output wire        s_axil_rvalid,
    input  wire        s_axil_rready,
    output wire [31:0] s_axil_rdata,
    output wire [1:0]  s_axil_rresp,
    output wire        m_axil_awvalid,
    input  wire        m_axil_awready,
    output wire [11:0] m_axil_awaddr,
    output wire [2:0]  m_axil_awprot,
    output wire        m_axil_wvalid,
    input  wire        m_axil_wready,
    output wire [31:0] m_axil_wdata,
    output wire [3:0]  m_axil_wstrb,
    input  wire        m_axil_bvalid,
    output wire        m_axil_bready,
    input  wire [1:0]  m_axil_bresp,
    output wire        m_axil_arvalid,
    input  wire        m_axil_arready,
    output wire [11:0] m_axil_araddr,
    output wire [2:0]  m_axil_arprot,
    input  wire        m_axil_rvalid,
    output wire        m_axil_rready,
    input  wire [31:0] m_axil_rdata,
    input  wire [1:0]  m_axil_rresp
);
    assign {m_axil_awvalid, m_axil_awaddr, m_axil_awprot} = {s_axil_awvalid, s_axil_awaddr, s_axil_awprot};
    assign {m_axil_arvalid, m_axil_araddr, m_axil_arprot} = {s_axil_arvalid, s_axil_araddr, s_axil_arprot};
    assign {m_axil_wvalid, m_axil_wdata, m_axil_wstrb} = {s_axil_wvalid, s_axil_wdata, s_axil_wstrb};
    assign {s_axil_awready, s_axil_wready, s_axil_arready} = {m_axil_awready, m_axil_wready, m_axil_arready};
    assign {s_axil_bvalid, s_axil_bresp} = {m_axil_bvalid, m_axil_bresp};
    assign {s_axil_rvalid, s_axil_rdata, s_axil_rresp} = {m_axil_rvalid, m_axil_rdata, m_axil_rresp};
    assign {m_axil_bready, m_axil_rready} = {s_axil_bready, s_axil_rready};
    wire unused = &{1'b0, clk, rst};
endmodule
