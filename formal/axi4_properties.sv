// The rules of AXI4 on one port, in two halves: axi4_write_properties (AW, W, B) and axi4_read_properties (AR, R). MANAGER = 1: what the manager drives
// is asserted, the subordinate's side assumed; 0: the other way round. At most 255 writes and 15 reads of an ID are in flight (see COUNT). What the rules count
// is shown for the invariants of an induction: a field of each ID's, or of each burst's, the first lowest.
//
// Handshake: a raised valid stays with its payload until it is taken; nothing is valid after reset. Bursts: INCR inside 4 KiB, WRAP of 2, 4, 8 or 16
// beats and aligned, FIXED of 16 at most, no reserved type, beats no wider than the bus. Data: WLAST on the last beat of its burst and on no other, RLAST
// too; here a manager sends no write data before its address, and a subordinate takes none; with EARLY = 1 a subordinate takes either first, and a manager
// may offer data before, that the subordinate leaves alone. Responses: of each ID, none without its request, and never two.
module axi4_burst_rules #(
    parameter ADDRESS = 32,
    parameter BUS = 2 // log2 of the bytes of a beat
) (
    input wire [ADDRESS-1:0] address,
    input wire [7:0] len,
    input wire [2:0] size,
    input wire [1:0] burst,
    output wire legal
);
    wire [11:0] low = (address[11:0] >> size) << size;
    wire [15:0] bytes = (16'd1 + len) << size;
    wire incr = {4'd0, low} + bytes <= 16'd4096;
    wire wrap = (len == 1 | len == 3 | len == 7 | len == 15) & low == address[11:0];
    assign legal = size <= BUS & burst != 3 & (burst != 1 | incr) & (burst != 2 | wrap) & (burst != 0 | len < 16);
endmodule

module axi4_write_properties #(
    parameter MANAGER = 1,
    parameter EARLY = 0, // data before their address (no more bursts than half of what COUNT allows)
    parameter HANDSHAKE = 0, // of what is driven, only that it stays until taken, and rests after reset
    parameter FOLLOW = 0, // WLAST of one burst at a time, any that is addressed with `follows`; without EARLY
    parameter COUNT = 8, // bits of the number of writes in flight
    parameter ADDRESS = 32,
    parameter BUS = 2,
    parameter ID = 4,
    parameter REST = 14 // bits of the other signals of AW, and of W: payload, for stability only
) (
    input wire clk,
    input wire rst,
    input wire awvalid,
    input wire awready,
    input wire [ID-1:0] awid,
    input wire [ADDRESS-1:0] awaddr,
    input wire [7:0] awlen,
    input wire [2:0] awsize,
    input wire [1:0] awburst,
    input wire [REST-1:0] awrest,
    input wire wvalid,
    input wire wready,
    input wire wlast,
    input wire [9*(1<<BUS)-1:0] wpayload,
    input wire bvalid,
    input wire bready,
    input wire [ID-1:0] bid,
    input wire [1:0] bresp,
    input wire follows,
    output reg followed,
    output reg [COUNT-1:0] followed_ahead, // bursts whose data come before its
    output reg [7:0] followed_length,
    output reg [COUNT-1:0] addressed,
    output reg [COUNT-1:0] sent,
    output reg [7:0] beat,
    output wire [(ID<<COUNT)-1:0] burst_owners,
    output wire [(8<<ID)-1:0] all_open
);
    localparam AW = ID + ADDRESS + 13 + REST;
    wire [AW-1:0] aw = {awid, awaddr, awlen, awsize, awburst, awrest};
    reg started = 0;
    reg was_rst, aw_held, w_held, b_held;
    reg [AW-1:0] old_aw;
    reg [9*(1<<BUS):0] old_w;
    reg [ID+1:0] old_b;
    always @(posedge clk) begin
        started <= 1;
        was_rst <= rst;
        aw_held <= !rst & awvalid & !awready;
        w_held <= !rst & wvalid & !wready;
        b_held <= !rst & bvalid & !bready;
        old_aw <= aw;
        old_w <= {wlast, wpayload};
        old_b <= {bid, bresp};
    end

    // The lengths and IDs of the bursts whose data have not come, and per ID how many are complete and not answered.
    reg [7:0] lengths [0:(1<<COUNT)-1];
    reg [ID-1:0] owners [0:(1<<COUNT)-1];
    reg [7:0] open [0:(1<<ID)-1];
    integer k;
    initial if (FOLLOW) for (k = 0; k < (1 << COUNT); k = k + 1) owners[k] = 0;
    genvar g;
    generate
        for (g = 0; g < (1 << COUNT); g = g + 1) assign burst_owners[ID*g +: ID] = owners[g];
        for (g = 0; g < (1 << ID); g = g + 1) assign all_open[8*g +: 8] = open[g];
    endgenerate
    wire takes_aw = awvalid & awready;
    wire takes_w = wvalid & wready;
    wire takes_b = bvalid & bready;
    // A burst is complete with its last beat, or with its address if that comes later.
    reg [7:0] early_lengths [0:(1<<COUNT)-1];
    wire [COUNT-1:0] ahead = sent - addressed;
    wire no_address = sent == addressed | EARLY & !ahead[COUNT-1];
    wire data_wait = EARLY & ahead != 0 & !ahead[COUNT-1];
    wire ends_data = takes_w & wlast;
    wire completes = EARLY ? ends_data & (!no_address | sent == addressed & takes_aw) | takes_aw & data_wait : ends_data;
    wire [ID-1:0] owner = no_address & EARLY ? awid : owners[sent];
    wire early_length = HANDSHAKE | !(EARLY & awvalid) | (data_wait ? awlen == early_lengths[addressed] : sent != addressed | awlen >= beat);
    always @(posedge clk) if (rst) begin
        addressed <= 0;
        sent <= 0;
        beat <= 0;
        for (k = 0; k < (1 << ID); k = k + 1) open[k] <= 0;
        followed <= 0;
    end else begin
        if (ends_data) followed_ahead <= followed_ahead - 1;
        if (ends_data & followed_ahead == 0) followed <= 0;
        if (follows & takes_aw & !followed) begin
            followed <= 1;
            followed_ahead <= addressed - sent - ends_data;
            followed_length <= awlen;
        end
        addressed <= addressed + takes_aw;
        sent <= sent + (takes_w & wlast);
        if (takes_w) beat <= wlast ? 0 : beat + 1;
        if (takes_aw) lengths[addressed] <= awlen;
        if (takes_aw) owners[addressed] <= awid;
        if (EARLY & takes_w & wlast) early_lengths[sent] <= beat;
        for (k = 0; k < (1 << ID); k = k + 1) open[k] <= open[k] + (completes & owner == k) - (takes_b & bid == k);
    end

    wire keeps_rules;
    wire is_legal = HANDSHAKE | keeps_rules;
    axi4_burst_rules #(.ADDRESS(ADDRESS), .BUS(BUS)) rules (.address(awaddr), .len(awlen), .size(awsize), .burst(awburst), .legal(keeps_rules));
    wire address_holds = !aw_held | (awvalid & aw == old_aw);
    wire data_holds = !w_held | (wvalid & {wlast, wpayload} == old_w);
    wire manager_rests = !was_rst | (!awvalid & !wvalid);
    wire data_has_address = HANDSHAKE | !wvalid | sent != addressed;
    wire last_is_last = HANDSHAKE | !wvalid | (FOLLOW ? !followed | followed_ahead != 0 | wlast == (beat == followed_length)
        : no_address ? !EARLY | (sent == addressed & awvalid ? wlast == (beat == awlen) : wlast | beat != 255) : wlast == (beat == lengths[sent]));
    wire response_holds = !b_held | (bvalid & {bid, bresp} == old_b);
    wire subordinate_rests = !was_rst | !bvalid;
    wire is_asked_for = HANDSHAKE | !bvalid | open[bid] != 0;

    generate
        if (MANAGER) begin
            always @* if (started & !rst) begin
                assume (response_holds & subordinate_rests & is_asked_for);
                p_address_holds: assert (address_holds);
                p_data_holds: assert (data_holds);
                p_rests_after_reset: assert (manager_rests);
                p_burst_is_legal: assert (!awvalid | is_legal);
                if (EARLY) assume (!takes_w | data_has_address);
                else p_data_has_address: assert (data_has_address);
                p_last_is_last: assert (last_is_last);
            end
        end else begin
            always @* if (started & !rst) begin
                assume (address_holds & data_holds & manager_rests & (!awvalid | is_legal) & last_is_last & early_length);
                if (!EARLY) p_address_comes_first: assert (!takes_w | data_has_address);
                p_response_holds: assert (response_holds);
                p_rests_after_reset: assert (subordinate_rests);
                p_is_asked_for: assert (is_asked_for);
            end
        end
    endgenerate
endmodule

module axi4_read_properties #(
    parameter MANAGER = 1,
    parameter FOLLOW = 0, // RLAST of one burst at a time, any that is asked for with `follows`
    parameter COUNT = 4, // bits of the number of reads of an ID in flight
    parameter ADDRESS = 32,
    parameter BUS = 2,
    parameter ID = 4,
    parameter REST = 14
) (
    input wire clk,
    input wire rst,
    input wire arvalid,
    input wire arready,
    input wire [ID-1:0] arid,
    input wire [ADDRESS-1:0] araddr,
    input wire [7:0] arlen,
    input wire [2:0] arsize,
    input wire [1:0] arburst,
    input wire [REST-1:0] arrest,
    input wire rvalid,
    input wire rready,
    input wire [ID-1:0] rid,
    input wire rlast,
    input wire [8*(1<<BUS)+1:0] rpayload,
    input wire follows,
    output reg followed,
    output reg [ID-1:0] followed_id,
    output reg [COUNT-1:0] followed_ahead, // bursts of its ID that are answered before
    output reg [7:0] followed_length,
    output wire [(COUNT<<ID)-1:0] all_asked,
    output wire [(COUNT<<ID)-1:0] all_answered,
    output wire [(8<<ID)-1:0] all_beats
);
    localparam AR = ID + ADDRESS + 13 + REST;
    wire [AR-1:0] ar = {arid, araddr, arlen, arsize, arburst, arrest};
    reg started = 0;
    reg was_rst, ar_held, r_held;
    reg [AR-1:0] old_ar;
    reg [ID+8*(1<<BUS)+2:0] old_r;
    always @(posedge clk) begin
        started <= 1;
        was_rst <= rst;
        ar_held <= !rst & arvalid & !arready;
        r_held <= !rst & rvalid & !rready;
        old_ar <= ar;
        old_r <= {rid, rlast, rpayload};
    end

    // Per ID: bursts asked for and answered, their lengths, and the beats of the one that comes.
    reg [COUNT-1:0] asked [0:(1<<ID)-1];
    reg [COUNT-1:0] answered [0:(1<<ID)-1];
    reg [7:0] beat [0:(1<<ID)-1];
    reg [7:0] lengths [0:(1<<(COUNT+ID))-1];
    wire is_followed = followed & rvalid & rid == followed_id & followed_ahead == 0;
    integer k;
    genvar g;
    generate
        for (g = 0; g < (1 << ID); g = g + 1) begin
            assign all_asked[COUNT*g +: COUNT] = asked[g];
            assign all_answered[COUNT*g +: COUNT] = answered[g];
            assign all_beats[8*g +: 8] = beat[g];
        end
    endgenerate
    always @(posedge clk) begin
        for (k = 0; k < (1 << ID); k = k + 1) if (rst) begin
            asked[k] <= 0;
            answered[k] <= 0;
            beat[k] <= 0;
        end else begin
            asked[k] <= asked[k] + (arvalid & arready & arid == k);
            answered[k] <= answered[k] + (rvalid & rready & rlast & rid == k);
            if (rvalid & rready & rid == k) beat[k] <= rlast ? 0 : beat[k] + 1;
        end
        if (rvalid & rready & rlast & rid == followed_id) followed_ahead <= followed_ahead - 1;
        if (is_followed & rready & rlast) followed <= 0;
        if (follows & arvalid & arready & !followed) begin
            followed <= 1;
            followed_id <= arid;
            followed_ahead <= asked[arid] - answered[arid] - (rvalid & rready & rlast & rid == arid);
            followed_length <= arlen;
        end
        if (rst) followed <= 0;
        if (arvalid & arready) lengths[{arid, asked[arid]}] <= arlen;
    end

    wire is_legal;
    axi4_burst_rules #(.ADDRESS(ADDRESS), .BUS(BUS)) rules (.address(araddr), .len(arlen), .size(arsize), .burst(arburst), .legal(is_legal));
    wire address_holds = !ar_held | (arvalid & ar == old_ar);
    wire manager_rests = !was_rst | !arvalid;
    wire response_holds = !r_held | (rvalid & {rid, rlast, rpayload} == old_r);
    wire subordinate_rests = !was_rst | !rvalid;
    wire is_asked_for = !rvalid | answered[rid] != asked[rid];
    wire last_is_last = FOLLOW ? !is_followed | rlast == (beat[rid] == followed_length)
        : !(rvalid & is_asked_for) | rlast == (beat[rid] == lengths[{rid, answered[rid]}]);

    generate
        if (MANAGER) begin
            always @* if (started & !rst) begin
                assume (response_holds & subordinate_rests & is_asked_for & last_is_last);
                p_address_holds: assert (address_holds);
                p_rests_after_reset: assert (manager_rests);
                p_burst_is_legal: assert (!arvalid | is_legal);
            end
        end else begin
            always @* if (started & !rst) begin
                assume (address_holds & manager_rests & (!arvalid | is_legal));
                p_response_holds: assert (response_holds);
                p_rests_after_reset: assert (subordinate_rests);
                p_is_asked_for: assert (is_asked_for);
                p_last_is_last: assert (last_is_last);
            end
        end
    endgenerate
endmodule
