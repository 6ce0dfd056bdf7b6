// Port lists of an AXI4 port: AXI_SUBORDINATE(s_axi) where the module answers, AXI_MANAGER(m_axi) where
// it asks. They use the parameters ADDRESS_WIDTH, DATA_WIDTH and ID_WIDTH.
`define AXI_ADDRESS(direction, back, p) \
    direction wire                     p``valid, \
    back      wire                     p``ready, \
    direction wire [ID_WIDTH-1:0]      p``id, \
    direction wire [ADDRESS_WIDTH-1:0] p``addr, \
    direction wire [7:0]               p``len, \
    direction wire [2:0]               p``size, \
    direction wire [1:0]               p``burst, \
    direction wire                     p``lock, \
    direction wire [3:0]               p``cache, \
    direction wire [2:0]               p``prot, \
    direction wire [3:0]               p``qos
`define AXI_PORT(direction, back, p) \
    `AXI_ADDRESS(direction, back, p``_aw), \
    direction wire                     p``_wvalid, \
    back      wire                     p``_wready, \
    direction wire [DATA_WIDTH-1:0]    p``_wdata, \
    direction wire [DATA_WIDTH/8-1:0]  p``_wstrb, \
    direction wire                     p``_wlast, \
    back      wire                     p``_bvalid, \
    direction wire                     p``_bready, \
    back      wire [ID_WIDTH-1:0]      p``_bid, \
    back      wire [1:0]               p``_bresp, \
    `AXI_ADDRESS(direction, back, p``_ar), \
    back      wire                     p``_rvalid, \
    direction wire                     p``_rready, \
    back      wire [ID_WIDTH-1:0]      p``_rid, \
    back      wire [DATA_WIDTH-1:0]    p``_rdata, \
    back      wire [1:0]               p``_rresp, \
    back      wire                     p``_rlast
`define AXI_SUBORDINATE(p) `AXI_PORT(input, output, p)
`define AXI_MANAGER(p)     `AXI_PORT(output, input, p)

// All payload signals of an address channel as one vector.
`define AXI_ADDRESS_BITS(p) \
    {p``id, p``addr, p``len, p``size, p``burst, p``lock, p``cache, p``prot, p``qos}
