// Two wires, s0_axi to m0_axi and s1_axi to m1_axi, with only the signals AXI4 cannot do without, and
// with user signals, which most ports lack.
`define CHANNEL(direction, back, p) \
    direction wire        p``valid, \
    back      wire        p``ready, \
    direction wire [31:0] p``addr, \
    direction wire [7:0]  p``len, \
    direction wire [6:0]  p``user
`define PORT(direction, back, p) \
    `CHANNEL(direction, back, p``_aw), \
    direction wire        p``_wvalid, \
    back      wire        p``_wready, \
    direction wire [31:0] p``_wdata, \
    direction wire [3:0]  p``_wstrb, \
    direction wire        p``_wlast, \
    back      wire        p``_bvalid, \
    direction wire        p``_bready, \
    back      wire [1:0]  p``_bresp, \
    `CHANNEL(direction, back, p``_ar), \
    back      wire        p``_rvalid, \
    direction wire        p``_rready, \
    back      wire [31:0] p``_rdata, \
    back      wire [1:0]  p``_rresp, \
    back      wire        p``_rlast
`define JOIN(s, m) \
    assign {m``_awvalid, m``_awaddr, m``_awlen, m``_awuser} = {s``_awvalid, s``_awaddr, s``_awlen, s``_awuser}; \
    assign {m``_arvalid, m``_araddr, m``_arlen, m``_aruser} = {s``_arvalid, s``_araddr, s``_arlen, s``_aruser}; \
    assign {m``_wvalid, m``_wdata, m``_wstrb, m``_wlast} = {s``_wvalid, s``_wdata, s``_wstrb, s``_wlast}; \
    assign {s``_awready, s``_wready, s``_arready} = {m``_awready, m``_wready, m``_arready}; \
    assign {s``_bvalid, s``_bresp} = {m``_bvalid, m``_bresp}; \
    assign {s``_rvalid, s``_rdata, s``_rresp, s``_rlast} = {m``_rvalid, m``_rdata, m``_rresp, m``_rlast}; \
    assign {m``_bready, m``_rready} = {s``_bready, s``_rready};
module axi_minimal (
    input wire clk,
    `PORT(input, output, s0_axi),
    `PORT(input, output, s1_axi),
    `PORT(output, input, m0_axi),
    `PORT(output, input, m1_axi)
);
    `JOIN(s0_axi, m0_axi)
    `JOIN(s1_axi, m1_axi)
    wire unused = clk;
endmodule
