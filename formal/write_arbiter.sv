// m_axi AW, W, B: the rules of AXI4 behind the write arbiter, when a port and the copy engine keep them before it and memory keeps them, too. Both
// get no response that they did not ask for. Unbounded by induction; at most 255 writes of each are not answered.
module write_arbiter_rules (
    input wire clk,
    input wire rst,
    input wire port_awvalid,
    input wire [39:0] port_awaddr,
    input wire [7:0] port_awlen,
    input wire [2:0] port_awsize,
    input wire [10:0] port_awrest,
    input wire port_wvalid,
    input wire [35:0] port_wpayload,
    input wire port_wlast,
    input wire engine_awvalid,
    input wire [19:0] engine_awaddr,
    input wire [3:0] engine_awlen,
    input wire engine_urgent,
    input wire engine_wvalid,
    input wire [31:0] engine_wdata,
    input wire engine_wlast,
    input wire awready,
    input wire wready,
    input wire bvalid,
    input wire [1:0] bid,
    input wire [1:0] bresp
);
    localparam COUNT = 5; // up to 16 bursts wait for their data
    localparam BURSTS = 1 << COUNT;
    // Bound to the inside of the arbiter by write_arbiter_binding.ys: the choice, and the queue of the sources whose data are due, with its front.
    (* keep *) wire locked, front_valid, occupied, filled, pushes;
    (* keep *) wire [15:0] locked_grant, put_in;
    (* keep *) wire [1:0] front;
    (* keep *) wire [1:0] behind;
    (* keep *) wire [3:0] stored;
    wire [COUNT-1:0] port_addressed, engine_addressed, addressed, port_sent, engine_sent, sent;
    wire [7:0] port_beat, engine_beat, beat;
    wire port_followed, engine_followed, followed;
    wire [COUNT-1:0] port_ahead, engine_ahead, ahead;
    wire [7:0] port_length, engine_length, length;
    (* anyseq *) wire follows;
    wire [BURSTS-1:0] port_owners, engine_owners;
    wire [2*BURSTS-1:0] owners;
    wire [15:0] port_open, engine_open;
    wire [31:0] open;
    wire port_awready, port_wready, port_response_valid, engine_awready, engine_wready, engine_response_valid;
    wire [1:0] response, port_id;
    wire awvalid, wvalid, wlast;
    wire [3:0] awid, awcache, awqos, wstrb;
    wire [39:0] awaddr;
    wire [7:0] awlen;
    wire [2:0] awsize, awprot;
    wire [31:0] wdata;
    write_arbiter arbiter (
        .clk(clk), .rst(rst), .in_awvalid_0(port_awvalid), .in_awready_0(port_awready), .in_awaddr_0(port_awaddr), .in_awlen_0(port_awlen),
        .in_awsize_0(port_awsize), .in_awcache_0(port_awrest[3:0]), .in_awprot_0(port_awrest[6:4]), .in_awqos_0(port_awrest[10:7]),
        .in_wvalid_0(port_wvalid), .in_wready_0(port_wready), .in_wdata_0(port_wpayload[31:0]), .in_wstrb_0(port_wpayload[35:32]),
        .in_wlast_0(port_wlast), .in_response_valid_0(port_response_valid), .engine_awvalid(engine_awvalid), .engine_awready(engine_awready),
        .engine_awaddr(engine_awaddr), .engine_awlen(engine_awlen), .engine_urgent(engine_urgent), .engine_wvalid(engine_wvalid),
        .engine_wready(engine_wready), .engine_wdata(engine_wdata), .engine_wlast(engine_wlast), .engine_response_valid(engine_response_valid),
        .response(response), .m_awvalid(awvalid), .m_awready(awready), .m_awid(awid), .m_awaddr(awaddr), .m_awlen(awlen), .m_awsize(awsize),
        .m_awcache(awcache), .m_awprot(awprot), .m_awqos(awqos), .m_wvalid(wvalid), .m_wready(wready), .m_wdata(wdata), .m_wstrb(wstrb),
        .m_wlast(wlast), .m_bvalid(bvalid), .m_bid(bid), .m_bresp(bresp)
    );
    axi4_write_properties #(.MANAGER(0), .COUNT(COUNT), .FOLLOW(1), .ADDRESS(40), .ID(1), .REST(11)) port (
        .clk(clk), .rst(rst), .awvalid(port_awvalid), .awready(port_awready), .awid(1'b0), .awaddr(port_awaddr), .awlen(port_awlen),
        .awsize(port_awsize), .awburst(2'd1), .awrest(port_awrest), .wvalid(port_wvalid), .wready(port_wready), .wlast(port_wlast),
        .wpayload(port_wpayload), .bvalid(port_response_valid), .bready(1'b1), .bid(1'b0), .bresp(response),
        .addressed(port_addressed), .sent(port_sent), .beat(port_beat), .burst_owners(port_owners), .all_open(port_open),
        .follows(follows & !followed), .followed(port_followed), .followed_ahead(port_ahead), .followed_length(port_length)
    );
    axi4_write_properties #(.MANAGER(0), .COUNT(COUNT), .FOLLOW(1), .ADDRESS(20), .ID(1), .REST(1)) engine (
        .clk(clk), .rst(rst), .awvalid(engine_awvalid), .awready(engine_awready), .awid(1'b0), .awaddr(engine_awaddr), .awlen({4'd0, engine_awlen}),
        .awsize(3'd2), .awburst(2'd1), .awrest(1'b0), .wvalid(engine_wvalid), .wready(engine_wready), .wlast(engine_wlast),
        .wpayload({4'hf, engine_wdata}), .bvalid(engine_response_valid), .bready(1'b1), .bid(1'b0), .bresp(response),
        .addressed(engine_addressed), .sent(engine_sent), .beat(engine_beat), .burst_owners(engine_owners), .all_open(engine_open),
        .follows(follows & !followed), .followed(engine_followed), .followed_ahead(engine_ahead), .followed_length(engine_length)
    );
    axi4_write_properties #(.MANAGER(1), .COUNT(COUNT), .FOLLOW(1), .ADDRESS(40), .ID(2), .REST(11)) memory (
        .clk(clk), .rst(rst), .awvalid(awvalid), .awready(awready), .awid(awid[1:0]), .awaddr(awaddr), .awlen(awlen), .awsize(awsize), .awburst(2'd1),
        .awrest({awqos, awprot, awcache}), .wvalid(wvalid), .wready(wready), .wlast(wlast), .wpayload({wstrb, wdata}), .bvalid(bvalid),
        .bready(1'b1), .bid(bid), .bresp(bresp), .addressed(addressed), .sent(sent), .beat(beat), .burst_owners(owners), .all_open(open),
        .follows(follows & !followed), .followed(followed), .followed_ahead(ahead), .followed_length(length)
    );
    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);

    // A beat in every cycle, from one source and from both in turn.
    reg [3:0] run;
    reg [1:0] sources;
    always @(posedge clk) run <= rst | !(wvalid & wready) ? 0 : run + 1;
    always @(posedge clk) if (rst) sources <= 0; else sources <= sources | {engine_awvalid & engine_awready, port_awvalid & port_awready};
    always @* if (started & !rst) begin
        c_full_rate: cover (run == 8);
        c_both_at_full_rate: cover (run == 6 & (&sources));
    end
`include "write_arbiter_invariants.sv"
endmodule
