// A register slice on all five channels between s_axi and m_axi.
`include "axi_ports.vh"
module axi_slice #(
    parameter ADDRESS_WIDTH = 40,
    parameter DATA_WIDTH = 64,
    parameter ID_WIDTH = 8
) (
    input wire clk,
    input wire rst,
    `AXI_SUBORDINATE(s_axi),
    `AXI_MANAGER(m_axi)
);
    skid_buffer #(.WIDTH(ID_WIDTH + ADDRESS_WIDTH + 25)) aw (
        clk, rst, s_axi_awvalid, s_axi_awready, `AXI_ADDRESS_BITS(s_axi_aw),
        m_axi_awvalid, m_axi_awready, `AXI_ADDRESS_BITS(m_axi_aw));
    skid_buffer #(.WIDTH(ID_WIDTH + ADDRESS_WIDTH + 25)) ar (
        clk, rst, s_axi_arvalid, s_axi_arready, `AXI_ADDRESS_BITS(s_axi_ar),
        m_axi_arvalid, m_axi_arready, `AXI_ADDRESS_BITS(m_axi_ar));
    skid_buffer #(.WIDTH(DATA_WIDTH + DATA_WIDTH / 8 + 1)) w (
        clk, rst, s_axi_wvalid, s_axi_wready, {s_axi_wdata, s_axi_wstrb, s_axi_wlast},
        m_axi_wvalid, m_axi_wready, {m_axi_wdata, m_axi_wstrb, m_axi_wlast});
    skid_buffer #(.WIDTH(ID_WIDTH + 2)) b (
        clk, rst, m_axi_bvalid, m_axi_bready, {m_axi_bid, m_axi_bresp},
        s_axi_bvalid, s_axi_bready, {s_axi_bid, s_axi_bresp});
    skid_buffer #(.WIDTH(ID_WIDTH + DATA_WIDTH + 3)) r (
        clk, rst, m_axi_rvalid, m_axi_rready, {m_axi_rid, m_axi_rdata, m_axi_rresp, m_axi_rlast},
        s_axi_rvalid, s_axi_rready, {s_axi_rid, s_axi_rdata, s_axi_rresp, s_axi_rlast});
endmodule
