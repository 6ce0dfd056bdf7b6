// Shares the checkpoint unit's AXI4-Lite port between the cores and one outside manager, a transaction at
// a time, in turns.
//
// A transaction once begun is finished: when its core is reset meanwhile, the answer is dropped.
`default_nettype none

module register_arbiter #(
    parameter integer CORES = 2
) (
    input wire clk,
    input wire rst,

    input  wire [CORES-1:0]    core_resetn,
    input  wire [CORES-1:0]    core_valid,
    input  wire [CORES-1:0]    core_write,
    input  wire [17*CORES-1:0] core_address,
    input  wire [32*CORES-1:0] core_wdata,
    input  wire [4*CORES-1:0]  core_wstrb,
    output reg  [CORES-1:0]    core_ready,
    output reg  [31:0]         core_rdata,

    input  wire        s_axil_awvalid,
    output wire        s_axil_awready,
    input  wire [16:0] s_axil_awaddr,
    input  wire        s_axil_wvalid,
    output wire        s_axil_wready,
    input  wire [31:0] s_axil_wdata,
    input  wire [3:0]  s_axil_wstrb,
    output reg         s_axil_bvalid,
    input  wire        s_axil_bready,
    output reg  [1:0]  s_axil_bresp,
    input  wire        s_axil_arvalid,
    output wire        s_axil_arready,
    input  wire [16:0] s_axil_araddr,
    output reg         s_axil_rvalid,
    input  wire        s_axil_rready,
    output reg  [31:0] s_axil_rdata,
    output reg  [1:0]  s_axil_rresp,

    output reg         m_axil_awvalid,
    input  wire        m_axil_awready,
    output reg  [16:0] m_axil_awaddr,
    output reg         m_axil_wvalid,
    input  wire        m_axil_wready,
    output reg  [31:0] m_axil_wdata,
    output reg  [3:0]  m_axil_wstrb,
    input  wire        m_axil_bvalid,
    output wire        m_axil_bready,
    input  wire [1:0]  m_axil_bresp,
    output reg         m_axil_arvalid,
    input  wire        m_axil_arready,
    output reg  [16:0] m_axil_araddr,
    input  wire        m_axil_rvalid,
    output wire        m_axil_rready,
    input  wire [31:0] m_axil_rdata,
    input  wire [1:0]  m_axil_rresp
);
    // The outside manager is number CORES.
    reg         busy;
    reg  [4:0]  owner;
    reg         alive;
    reg  [4:0]  turn;

    wire outside_read = s_axil_arvalid && !s_axil_rvalid;
    wire outside_write = s_axil_awvalid && s_axil_wvalid && !s_axil_bvalid;
    wire [CORES:0] request = {outside_read || outside_write, core_valid & ~core_ready & core_resetn};

    // The first request at or after the turn.
    reg        granted;
    reg  [4:0] grant;
    integer i, candidate;
    always @(*) begin
        granted = 1'b0;
        grant = 5'd0;
        for (i = CORES; i >= 0; i = i - 1) begin
            candidate = {27'd0, turn} + i;
            if (candidate > CORES) candidate = candidate - (CORES + 1);
            if (request[candidate]) begin
                granted = 1'b1;
                grant = candidate[4:0];
            end
        end
    end

    wire start = granted && !busy;
    wire outside = grant == CORES[4:0];
    assign s_axil_arready = start && outside && outside_read;
    assign s_axil_awready = start && outside && !outside_read;
    assign s_axil_wready = s_axil_awready;
    assign m_axil_bready = 1'b1;
    assign m_axil_rready = 1'b1;

    always @(posedge clk) begin
        core_ready <= {CORES{1'b0}};
        if (m_axil_awready) m_axil_awvalid <= 1'b0;
        if (m_axil_wready) m_axil_wvalid <= 1'b0;
        if (m_axil_arready) m_axil_arvalid <= 1'b0;
        if (s_axil_bready) s_axil_bvalid <= 1'b0;
        if (s_axil_rready) s_axil_rvalid <= 1'b0;

        if (start) begin
            busy <= 1'b1;
            owner <= grant;
            alive <= 1'b1;
            turn <= outside ? 5'd0 : grant + 5'd1;
            if (outside) begin
                m_axil_arvalid <= outside_read;
                m_axil_awvalid <= !outside_read;
                m_axil_wvalid <= !outside_read;
                m_axil_araddr <= s_axil_araddr;
                m_axil_awaddr <= s_axil_awaddr;
                m_axil_wdata <= s_axil_wdata;
                m_axil_wstrb <= s_axil_wstrb;
            end else begin
                m_axil_arvalid <= !core_write[grant];
                m_axil_awvalid <= core_write[grant];
                m_axil_wvalid <= core_write[grant];
                m_axil_araddr <= core_address[17*grant +: 17];
                m_axil_awaddr <= core_address[17*grant +: 17];
                m_axil_wdata <= core_wdata[32*grant +: 32];
                m_axil_wstrb <= core_wstrb[4*grant +: 4];
            end
        end

        if (busy && owner != CORES[4:0] && !core_resetn[owner]) alive <= 1'b0;
        if (busy && (m_axil_bvalid || m_axil_rvalid)) begin
            busy <= 1'b0;
            if (owner == CORES[4:0]) begin
                s_axil_bvalid <= m_axil_bvalid;
                s_axil_rvalid <= m_axil_rvalid;
                s_axil_bresp <= m_axil_bresp;
                s_axil_rresp <= m_axil_rresp;
                s_axil_rdata <= m_axil_rdata;
            end else begin
                core_ready[owner] <= alive && core_resetn[owner];
                core_rdata <= m_axil_rdata;
            end
        end

        if (rst) begin
            busy <= 1'b0;
            turn <= 5'd0;
            core_ready <= {CORES{1'b0}};
            m_axil_awvalid <= 1'b0;
            m_axil_wvalid <= 1'b0;
            m_axil_arvalid <= 1'b0;
            s_axil_bvalid <= 1'b0;
            s_axil_rvalid <= 1'b0;
        end
    end
endmodule
`default_nettype wire
