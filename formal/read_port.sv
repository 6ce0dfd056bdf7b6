// s_axi AR, R: the rules of AXI4 at a read port, when the processor keeps them, and behind it, where the read arbiter takes them for granted. For any regions, any
// class of address, reads held or not, unit enabled or not, memory that answers in order when it likes. A flush takes nothing more and gives nothing more: it is left out.
// RLAST is that of any one read, and memory's is anything. With COVER all reads are followed, at both sides.
`ifdef COVER
`define FOLLOW 0
`else
`define FOLLOW 1
`endif
module read_port_rules (
    input wire clk,
    input wire rst,
    input wire arvalid,
    input wire arid,
    input wire [19:0] araddr,
    input wire [7:0] arlen,
    input wire [2:0] arsize,
    input wire [1:0] arburst,
    input wire [10:0] arrest,
    input wire rready,
    input wire enable,
    input wire [27:0] mem_base,
    input wire [27:0] shadow_base,
    input wire region_active,
    input wire [3:0] region_first,
    input wire [3:0] region_last,
    input wire [3:0] region_guest,
    input wire hold_reads,
    input wire out_arready,
    input wire in_rvalid,
    input wire [31:0] in_rdata,
    input wire [1:0] in_rresp,
    input wire in_rlast,
    input wire follows
);
    wire arready, rvalid, rid, rlast, out_arvalid;
    wire [31:0] rdata;
    wire [1:0] rresp, out_arburst;
    wire [19:0] out_araddr;
    wire [7:0] out_arlen;
    wire [2:0] out_arsize, out_arprot;
    wire [3:0] out_arcache, out_arqos;
    // Bound to the inside of the port by read_port_binding.ys: its two slices, the list of the reads that are open and the oldest of them, and the buffer's counts.
    (* keep *) wire flushing, slice_valid, slice_spare_valid, out_valid, out_spare_valid, occupied, filled, oldest_valid, oldest_id;
    (* keep *) wire [102:0] slice, slice_spare;
    (* keep *) wire [63:0] out, out_spare;
    (* keep *) wire [1:0] read_pointer, write_pointer;
    (* keep *) wire [2:0] stored;
    (* keep *) wire [25:0] open_0, open_1, open_2, open_3;
    (* keep *) wire [9:0] held, inside;
    (* keep *) wire some_held, fetched, spare_valid, front_valid;
    (* keep *) wire at_last;
    (* keep *) wire [7:0] beats_left, oldest_length;
    wire followed, followed_id, out_followed;
    wire [3:0] followed_ahead;
    wire [7:0] followed_length, all_asked, all_answered;
    wire [15:0] all_beats;
    read_port port (
        .clk(clk), .rst(rst), .arvalid(arvalid), .arready(arready), .arid(arid), .araddr(araddr), .arlen(arlen), .arsize(arsize),
        .arburst(arburst), .arcache(arrest[3:0]), .arprot(arrest[6:4]), .arqos(arrest[10:7]), .rvalid(rvalid), .rready(rready), .rid(rid),
        .rdata(rdata), .rresp(rresp), .rlast(rlast), .enable(enable), .mem_base(mem_base), .shadow_base(shadow_base),
        .region_active_0(region_active), .region_first_0(region_first), .region_last_0(region_last), .region_guest_0(region_guest),
        .hold_reads_0(hold_reads), .out_arvalid(out_arvalid), .out_arready(out_arready), .out_araddr(out_araddr), .out_arlen(out_arlen),
        .out_arsize(out_arsize), .out_arburst(out_arburst), .out_arcache(out_arcache), .out_arprot(out_arprot), .out_arqos(out_arqos),
        .in_rvalid(in_rvalid), .in_rdata(in_rdata), .in_rresp(in_rresp), .flush(1'b0)
    );
    axi4_read_properties #(.MANAGER(0), .FOLLOW(`FOLLOW), .ADDRESS(20), .ID(1), .REST(11)) processor (
        .clk(clk), .rst(rst), .arvalid(arvalid), .arready(arready), .arid(arid), .araddr(araddr), .arlen(arlen), .arsize(arsize),
        .arburst(arburst), .arrest(arrest), .rvalid(rvalid), .rready(rready), .rid(rid), .rlast(rlast), .rpayload({rresp, rdata}),
        .follows(follows), .followed(followed), .followed_id(followed_id), .followed_ahead(followed_ahead), .followed_length(followed_length),
        .all_asked(all_asked), .all_answered(all_answered), .all_beats(all_beats)
    );
    axi4_read_properties #(.MANAGER(1), .FOLLOW(`FOLLOW), .ADDRESS(20), .ID(1), .REST(11)) memory (
        .clk(clk), .rst(rst), .arvalid(out_arvalid), .arready(out_arready), .arid(1'b0), .araddr(out_araddr), .arlen(out_arlen),
        .arsize(out_arsize), .arburst(out_arburst), .arrest({out_arqos, out_arprot, out_arcache}), .rvalid(in_rvalid), .rready(1'b1),
        .rid(1'b0), .rlast(in_rlast), .rpayload({in_rresp, in_rdata}), .follows(1'b0), .followed(out_followed)
    );
    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);

    // A beat in every cycle, each a read of its own; a read refused behind one that memory answers.
    reg [3:0] run;
    reg answered;
    always @(posedge clk) run <= rst | !(rvalid & rready & rlast) ? 0 : run + 1;
    always @(posedge clk) answered <= !rst & (answered | rvalid & rready & rlast & rresp == 0 & rdata != 0);
    always @* if (started & !rst) begin
        c_full_rate: cover (run == 6);
        c_refused: cover (answered & rvalid & rready & rresp[1] & !rlast & rid);
    end
`ifndef COVER
`include "read_port_invariants.sv"
`endif
endmodule
