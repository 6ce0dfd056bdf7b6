// A wire: s_axi joined to m_axi with no logic between.
`include "axi_ports.vh"
module axi_wire #(
    parameter ADDRESS_WIDTH = 40,
    parameter DATA_WIDTH = 64,
    parameter ID_WIDTH = 8
) (
    input wire clk,
    input wire rst,
    `AXI_SUBORDINATE(s_axi),
    `AXI_MANAGER(m_axi)
);
    assign {m_axi_awvalid, `AXI_ADDRESS_BITS(m_axi_aw)} = {s_axi_awvalid, `AXI_ADDRESS_BITS(s_axi_aw)};
    assign {m_axi_arvalid, `AXI_ADDRESS_BITS(m_axi_ar)} = {s_axi_arvalid, `AXI_ADDRESS_BITS(s_axi_ar)};
    assign {s_axi_awready, s_axi_arready, s_axi_wready} = {m_axi_awready, m_axi_arready, m_axi_wready};
    assign {m_axi_wvalid, m_axi_wdata, m_axi_wstrb, m_axi_wlast} =
        {s_axi_wvalid, s_axi_wdata, s_axi_wstrb, s_axi_wlast};
    assign {s_axi_bvalid, s_axi_bid, s_axi_bresp} = {m_axi_bvalid, m_axi_bid, m_axi_bresp};
    assign {s_axi_rvalid, s_axi_rid, s_axi_rdata, s_axi_rresp, s_axi_rlast} =
        {m_axi_rvalid, m_axi_rid, m_axi_rdata, m_axi_rresp, m_axi_rlast};
    assign {m_axi_bready, m_axi_rready} = {s_axi_bready, s_axi_rready};
    wire unused = &{1'b0, clk, rst};
endmodule
