// s_axi AW, W, B: the rules of AXI4 at a write port, when the processor keeps them, data before their address or after it, and behind it, where the write arbiter takes
// them for granted. For any regions, any class of address, any admission and verdicts, memory that answers when it likes. A flush is left out, as of reads.
// With HANDSHAKE, unbounded by induction: what is offered at either side stays until it is taken, whatever the other sides do that keep theirs.
`ifdef HANDSHAKE
`define PART 1
`else
`define PART 0
`endif
module write_port_rules (
    input wire clk,
    input wire rst,
    input wire awvalid,
    input wire awid,
    input wire [19:0] awaddr,
    input wire [7:0] awlen,
    input wire [2:0] awsize,
    input wire [1:0] awburst,
    input wire [10:0] awrest,
    input wire wvalid,
    input wire [35:0] wpayload,
    input wire wlast,
    input wire bready,
    input wire enable,
    input wire [27:0] mem_base,
    input wire [27:0] shadow_base,
    input wire region_active,
    input wire [3:0] region_first,
    input wire [3:0] region_last,
    input wire [3:0] region_guest,
    input wire request_grant,
    input wire request_reject,
    input wire request_reserved,
    input wire lookup_ready,
    input wire verdict_valid,
    input wire verdict_wait,
    input wire [1:0] verdict_ticket,
    input wire [3:0] ticket_busy,
    input wire [3:0] ticket_failed,
    input wire out_awready,
    input wire out_wready,
    input wire response_valid,
    input wire [1:0] response
);
    wire awready, wready, bvalid, bid, out_awvalid, out_wvalid, out_wlast, lookup_valid, request_valid;
    wire [1:0] bresp;
    wire [39:0] out_awaddr;
    wire [7:0] out_awlen;
    wire [2:0] out_awsize, out_awprot;
    wire [3:0] out_awcache, out_awqos, out_wstrb;
    wire [31:0] out_wdata;
`ifdef HANDSHAKE
    // Bound to the inside of the port by write_port_binding.ys.
    (* keep *) wire flushing, address_valid, address_spare_valid, work_occupied, work_filled, done_occupied, done_filled;
    (* keep *) wire [3:0] work_read_pointer, work_write_pointer;
    (* keep *) wire [4:0] work_stored;
    (* keep *) wire [1:0] done_read_pointer, done_write_pointer;
    (* keep *) wire [2:0] done_stored;
`endif
    write_port port (
        .clk(clk), .rst(rst), .awvalid(awvalid), .awready(awready), .awid(awid), .awaddr(awaddr), .awlen(awlen), .awsize(awsize),
        .awburst(awburst), .awcache(awrest[3:0]), .awprot(awrest[6:4]), .awqos(awrest[10:7]), .wvalid(wvalid), .wready(wready),
        .wdata(wpayload[31:0]), .wstrb(wpayload[35:32]), .wlast(wlast), .bvalid(bvalid), .bready(bready), .bid(bid), .bresp(bresp),
        .out_awvalid(out_awvalid), .out_awready(out_awready), .out_awaddr(out_awaddr), .out_awlen(out_awlen), .out_awsize(out_awsize),
        .out_awcache(out_awcache), .out_awprot(out_awprot), .out_awqos(out_awqos), .out_wvalid(out_wvalid), .out_wready(out_wready),
        .out_wdata(out_wdata), .out_wstrb(out_wstrb), .out_wlast(out_wlast), .response_valid(response_valid), .response(response),
        .enable(enable), .mem_base(mem_base), .shadow_base(shadow_base), .region_active_0(region_active), .region_first_0(region_first),
        .region_last_0(region_last), .region_guest_0(region_guest), .request_valid(request_valid), .request_grant(request_grant),
        .request_reject(request_reject), .request_reserved(request_reserved), .lookup_valid(lookup_valid), .lookup_ready(lookup_ready),
        .verdict_valid(verdict_valid), .verdict_wait(verdict_wait), .verdict_ticket(verdict_ticket), .ticket_busy(ticket_busy),
        .ticket_failed(ticket_failed), .flush(1'b0)
    );
    axi4_write_properties #(.MANAGER(0), .HANDSHAKE(`PART), .EARLY(1), .COUNT(5), .ADDRESS(20), .ID(1), .REST(11)) processor (
        .clk(clk), .rst(rst), .awvalid(awvalid), .awready(awready), .awid(awid), .awaddr(awaddr), .awlen(awlen), .awsize(awsize),
        .awburst(awburst), .awrest(awrest), .wvalid(wvalid), .wready(wready), .wlast(wlast), .wpayload(wpayload), .bvalid(bvalid),
        .bready(bready), .bid(bid), .bresp(bresp)
    );
    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);

    // The tracker gives a verdict for each look-up, in order; admission answers when it is asked.
    reg [5:0] asked;
    always @(posedge clk) asked <= rst ? 6'd0 : asked + (lookup_valid & lookup_ready) - verdict_valid;
    always @* if (!rst & !`PART) assume ((!verdict_valid | asked != 0) & (!request_grant | request_valid));

    axi4_write_properties #(.MANAGER(1), .HANDSHAKE(`PART), .EARLY(1), .COUNT(6), .ADDRESS(40), .ID(1), .REST(11)) memory (
        .clk(clk), .rst(rst), .awvalid(out_awvalid), .awready(out_awready), .awid(1'b0), .awaddr(out_awaddr), .awlen(out_awlen),
        .awsize(out_awsize), .awburst(2'd1), .awrest({out_awqos, out_awprot, out_awcache}), .wvalid(out_wvalid), .wready(out_wready),
        .wlast(out_wlast), .wpayload({out_wstrb, out_wdata}), .bvalid(response_valid), .bready(1'b1), .bid(1'b0), .bresp(response)
    );

`ifdef HANDSHAKE
    // What carries the induction: the queues' counts.
    always @* if (started & !rst) begin
        i_no_flush: assert (!flushing);
        i_address: assert (address_valid | !address_spare_valid);
        i_work: assert (work_stored <= 16 & work_occupied == (work_stored != 0) & work_filled == (work_stored == 16)
            & work_write_pointer == work_read_pointer + work_stored[3:0]);
        i_done: assert (done_stored <= 4 & done_occupied == (done_stored != 0) & done_filled == (done_stored == 4)
            & done_write_pointer == done_read_pointer + done_stored[1:0]);
    end
`endif

`ifdef PROMPT
    // Single beats, memory, admission and tracker that do not wait: the covers are found sooner.
    (* anyconst *) wire refused, tracked;
    reg [3:0] due;
    always @(posedge clk) due <= rst ? 4'd0 : due + (out_wvalid & out_wready & out_wlast) - response_valid;
    reg was_rst;
    always @(posedge clk) was_rst <= rst;
    always @* begin
        assume (awlen == 0 & awsize == 2 & awburst == 1 & awrest == 0 & awid == refused & awaddr == 20'h12340 & wpayload == 0 & wlast);
        assume (mem_base == 28'h10 & shadow_base == 28'h20 & region_first == 0 & region_last == 15 & region_guest == 0 & region_active == tracked & enable);
        assume (ticket_busy == 0 & ticket_failed == 0 & !verdict_wait & verdict_ticket == 0 & !request_reserved & request_reject == refused);
        assume (out_awready & lookup_ready & bready & response == 0);
        if (!rst) assume (request_grant == request_valid & verdict_valid == (asked != 0) & response_valid == (due != 0));
        if (started & !rst) assume (was_rst ? !awvalid & !wvalid : awvalid & wvalid);
    end
`endif
    // A beat in every cycle at both sides, each a burst of its own; a burst refused.
    reg [3:0] run, answered;
    always @(posedge clk) run <= rst | !(out_wvalid & out_wready & out_wlast) ? 4'd0 : run + 4'd1;
    always @(posedge clk) answered <= rst | !(bvalid & bready & bresp == 0) ? 4'd0 : answered + 4'd1;
    always @* if (started & !rst) begin
        c_full_rate: cover (run == 4);
        c_answers_at_full_rate: cover (answered == 4);
        c_refused: cover (bvalid & bready & bresp[1] & bid);
    end
endmodule
