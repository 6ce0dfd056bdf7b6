// m_axi AR, R: the rules of AXI4 behind the read arbiter, when a port, the copy engine and the ring reader keep them before it and memory keeps
// them, too. None of them gets data that it did not ask for. Unbounded by induction; each source has up to 63 reads in flight.
module read_arbiter_rules (
    input wire clk,
    input wire rst,
    input wire port_arvalid,
    input wire [19:0] port_araddr,
    input wire [7:0] port_arlen,
    input wire [2:0] port_arsize,
    input wire [1:0] port_arburst,
    input wire [10:0] port_arrest,
    input wire engine_arvalid,
    input wire [19:0] engine_araddr,
    input wire engine_urgent,
    input wire ring_arvalid,
    input wire [19:0] ring_araddr,
    input wire ring_arlen,
    input wire [1:0] ring_arsize,
    input wire arready,
    input wire rvalid,
    input wire [1:0] rid,
    input wire [31:0] rdata,
    input wire [1:0] rresp,
    input wire rlast
);
    localparam ENGINE_LEN = 15; // a block of 64 bytes
    localparam COUNT = 6; // the copy engine has 32 slots
    // Bound to the inside of the arbiter by read_arbiter_binding.ys.
    (* keep *) wire locked;
    (* keep *) wire [15:0] locked_grant;
    wire [2*COUNT-1:0] port_asked, engine_asked, ring_asked, port_answered, engine_answered, ring_answered;
    wire [15:0] port_beats, engine_beats, ring_beats;
    wire port_followed, engine_followed, ring_followed, followed, port_followed_id, engine_followed_id, ring_followed_id;
    wire [1:0] followed_id;
    wire [COUNT-1:0] port_ahead, engine_ahead, ring_ahead, ahead;
    wire [7:0] port_length, engine_length, ring_length, length;
    (* anyseq *) wire follows;
    wire [4*COUNT-1:0] asked, answered;
    wire [31:0] beats;
    wire port_arready, port_rvalid, engine_arready, engine_rvalid, ring_arready, ring_rvalid, last;
    wire [31:0] data;
    wire [1:0] response, arburst;
    wire arvalid;
    wire [3:0] arid, arcache, arqos;
    wire [39:0] araddr;
    wire [7:0] arlen;
    wire [2:0] arsize, arprot;
    read_arbiter arbiter (
        .clk(clk), .rst(rst), .in_arvalid_0(port_arvalid), .in_arready_0(port_arready), .in_araddr_0(port_araddr), .in_arlen_0(port_arlen),
        .in_arsize_0(port_arsize), .in_arburst_0(port_arburst), .in_arcache_0(port_arrest[3:0]), .in_arprot_0(port_arrest[6:4]),
        .in_arqos_0(port_arrest[10:7]), .in_rvalid_0(port_rvalid), .engine_arvalid(engine_arvalid), .engine_arready(engine_arready),
        .engine_araddr(engine_araddr), .engine_urgent(engine_urgent), .engine_rvalid(engine_rvalid), .ring_arvalid(ring_arvalid),
        .ring_arready(ring_arready), .ring_araddr(ring_araddr), .ring_arlen(ring_arlen), .ring_arsize(ring_arsize), .ring_rvalid(ring_rvalid),
        .rdata(data), .rresp(response), .rlast(last), .m_arvalid(arvalid), .m_arready(arready), .m_arid(arid), .m_araddr(araddr),
        .m_arlen(arlen), .m_arsize(arsize), .m_arburst(arburst), .m_arcache(arcache), .m_arprot(arprot), .m_arqos(arqos), .m_rvalid(rvalid),
        .m_rid(rid), .m_rdata(rdata), .m_rresp(rresp), .m_rlast(rlast)
    );
    axi4_read_properties #(.MANAGER(0), .COUNT(COUNT), .FOLLOW(1), .ADDRESS(20), .ID(1), .REST(11)) port (
        .clk(clk), .rst(rst), .arvalid(port_arvalid), .arready(port_arready), .arid(1'b0), .araddr(port_araddr), .arlen(port_arlen),
        .arsize(port_arsize), .arburst(port_arburst), .arrest(port_arrest), .rvalid(port_rvalid), .rready(1'b1), .rid(1'b0), .rlast(last),
        .rpayload({response, data}),
        .all_asked(port_asked), .all_answered(port_answered), .all_beats(port_beats), .follows(follows & !followed),
        .followed(port_followed), .followed_id(port_followed_id), .followed_ahead(port_ahead), .followed_length(port_length)
    );
    axi4_read_properties #(.MANAGER(0), .COUNT(COUNT), .FOLLOW(1), .ADDRESS(20), .ID(1), .REST(1)) engine (
        .clk(clk), .rst(rst), .arvalid(engine_arvalid), .arready(engine_arready), .arid(1'b0), .araddr(engine_araddr), .arlen(ENGINE_LEN[7:0]),
        .arsize(3'd2), .arburst(2'd1), .arrest(1'b0), .rvalid(engine_rvalid), .rready(1'b1), .rid(1'b0), .rlast(last),
        .rpayload({response, data}),
        .all_asked(engine_asked), .all_answered(engine_answered), .all_beats(engine_beats), .follows(follows & !followed),
        .followed(engine_followed), .followed_id(engine_followed_id), .followed_ahead(engine_ahead), .followed_length(engine_length)
    );
    axi4_read_properties #(.MANAGER(0), .COUNT(COUNT), .FOLLOW(1), .ADDRESS(20), .ID(1), .REST(1)) ring (
        .clk(clk), .rst(rst), .arvalid(ring_arvalid), .arready(ring_arready), .arid(1'b0), .araddr(ring_araddr), .arlen({7'd0, ring_arlen}),
        .arsize({1'b0, ring_arsize}), .arburst(2'd1), .arrest(1'b0), .rvalid(ring_rvalid), .rready(1'b1), .rid(1'b0), .rlast(last),
        .rpayload({response, data}),
        .all_asked(ring_asked), .all_answered(ring_answered), .all_beats(ring_beats), .follows(follows & !followed),
        .followed(ring_followed), .followed_id(ring_followed_id), .followed_ahead(ring_ahead), .followed_length(ring_length)
    );
    axi4_read_properties #(.MANAGER(1), .COUNT(COUNT), .FOLLOW(1), .ADDRESS(40), .ID(2), .REST(11)) memory (
        .clk(clk), .rst(rst), .arvalid(arvalid), .arready(arready), .arid(arid[1:0]), .araddr(araddr), .arlen(arlen), .arsize(arsize),
        .arburst(arburst), .arrest({arqos, arprot, arcache}), .rvalid(rvalid), .rready(1'b1), .rid(rid), .rlast(rlast), .rpayload({rresp, rdata}),
        .all_asked(asked), .all_answered(answered), .all_beats(beats), .follows(follows & !followed),
        .followed(followed), .followed_id(followed_id), .followed_ahead(ahead), .followed_length(length)
    );
    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);

    reg [3:0] run;
    reg [2:0] sources;
    always @(posedge clk) run <= rst | !(arvalid & arready) ? 0 : run + 1;
    always @(posedge clk) if (rst) sources <= 0; else
        sources <= sources | {ring_arvalid & ring_arready, engine_arvalid & engine_arready, port_arvalid & port_arready};
    always @* if (started & !rst) begin
        p_id_is_a_source: assert (!arvalid | arid < 3);
        // What memory owes each is what the source waits for.
        i_asked: assert (asked == {answered[4*COUNT-1:3*COUNT], ring_asked[COUNT-1:0], engine_asked[COUNT-1:0], port_asked[COUNT-1:0]});
        i_answered: assert (answered[3*COUNT-1:0] == {ring_answered[COUNT-1:0], engine_answered[COUNT-1:0], port_answered[COUNT-1:0]});
        i_beats: assert (beats[23:0] == {ring_beats[7:0], engine_beats[7:0], port_beats[7:0]});
        // So is the burst that is followed.
        i_followed: assert (followed == (port_followed | engine_followed | ring_followed)
            & (!followed | {ring_followed, engine_followed, port_followed} == 1 << followed_id));
        if (port_followed) i_port_followed: assert (ahead == port_ahead & length == port_length & !port_followed_id);
        if (engine_followed) i_engine_followed: assert (ahead == engine_ahead & length == engine_length & !engine_followed_id);
        if (ring_followed) i_ring_followed: assert (ahead == ring_ahead & length == ring_length & !ring_followed_id);
        // A choice that waits is of a source that asks.
        i_choice: assert (!locked | locked_grant == 1 & port_arvalid | locked_grant == 2 & engine_arvalid | locked_grant == 4 & ring_arvalid);
        c_full_rate: cover (run == 6 & (&sources));
        c_data: cover (port_rvalid & last);
    end
endmodule
