// The copy engine at its ports, from reset, with its queues as they are, but for the data's: which burst is whose. Blocks of two beats, with headers and without.
//
// Followed is any block, the n-th to enter: the n-th read burst is its own, from its source; of the write bursts the one that comes after those of the blocks before it,
// to its destination; then its header's, void after a read error. The n-th report is its own. Blocks with a read error have no burst but the header's.
module copy_bursts_rules (
    input wire clk,
    input wire rst,
    input wire urgent_valid,
    input wire [13:0] urgent_source,
    input wire [13:0] urgent_destination,
    input wire urgent_has_header,
    input wire [16:0] urgent_header_address,
    input wire [36:0] header_given,
    input wire [1:0] urgent_ticket,
    input wire [9:0] urgent_block,
    input wire bulk_valid,
    input wire [13:0] bulk_source,
    input wire [13:0] bulk_destination,
    input wire [9:0] bulk_block,
    input wire arready,
    input wire rvalid,
    input wire [1:0] rresp,
    input wire rlast,
    input wire awready,
    input wire wready,
    input wire response_valid,
    input wire [1:0] response
);
    wire [63:0] urgent_header = {header_given[36:10], 27'd0, header_given[9:0]}; // bits that a header has: above 36, and a block
    wire urgent_ready, bulk_ready, arvalid, awvalid, awlen, wvalid, wlast, done_valid, done_read_error, done_write_error;
    wire [19:0] araddr, awaddr;
    wire [255:0] wdata;
    wire [31:0] wstrb;
    wire [1:0] done_kind, done_ticket;
    wire [9:0] done_block;
    copy_engine engine (
        .clk(clk), .rst(rst), .urgent_valid(urgent_valid), .urgent_ready(urgent_ready), .urgent_source(urgent_source),
        .urgent_destination(urgent_destination), .urgent_has_header(urgent_has_header), .urgent_header_address({urgent_header_address, 3'd0}),
        .urgent_header(urgent_header), .urgent_ticket(urgent_ticket), .urgent_guest(1'b0), .urgent_block(urgent_block), .urgent_kind(2'd0),
        .bulk_valid(bulk_valid), .bulk_ready(bulk_ready), .bulk_source(bulk_source), .bulk_destination(bulk_destination), .bulk_guest(1'b0),
        .bulk_block(bulk_block), .bulk_kind(2'd2), .arvalid(arvalid), .arready(arready), .araddr(araddr), .rvalid(rvalid), .rdata(256'd0),
        .rresp(rresp), .rlast(rlast), .awvalid(awvalid), .awready(awready), .awaddr(awaddr), .awlen(awlen), .wvalid(wvalid), .wready(wready),
        .wdata(wdata), .wstrb(wstrb), .wlast(wlast), .response_valid(response_valid), .response(response), .done_valid(done_valid),
        .done_kind(done_kind), .done_ticket(done_ticket), .done_block(done_block), .done_read_error(done_read_error),
        .done_write_error(done_write_error)
    );
    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);

    // Blocks that have entered, read bursts asked for and complete, write bursts addressed, complete and answered, blocks reported.
    reg [3:0] entered, asked, read, addressed, sent, answered, reported;
    reg second, send_second, bad;
    wire takes_urgent = urgent_valid & urgent_ready;
    wire enters = takes_urgent | bulk_valid & bulk_ready;
    wire asks = arvalid & arready;
    wire addresses = awvalid & awready;
    wire sends = wvalid & wready;
    wire is_bad = bad | rresp[1];
    always @(posedge clk) if (rst) begin
        {entered, asked, read, addressed, sent, answered, reported, second, send_second, bad} <= 0;
    end else begin
        entered <= entered + enters;
        asked <= asked + asks;
        read <= read + (rvalid & rlast);
        addressed <= addressed + addresses;
        sent <= sent + (sends & wlast);
        answered <= answered + response_valid;
        reported <= reported + done_valid;
        if (rvalid) {second, bad} <= {!rlast, is_bad & !rlast};
        if (sends) send_second <= !wlast;
    end
    // Memory: in order, RLAST on the second beat; answers after address and data.
    always @* if (!rst) begin
        assume (!rvalid | read != asked & rlast == second);
        assume (!response_valid | answered != addressed & answered != sent);
        assume (!(&entered)); // the counts suffice
    end

    // The block that is followed; and the write bursts of the blocks before it.
    (* anyconst *) wire [3:0] n;
    reg [13:0] source, destination;
    reg [19:0] header_address;
    reg [63:0] header;
    reg [9:0] block;
    reg [1:0] ticket;
    reg urgent, has_header, error, failed;
    reg [3:0] good_before, headers_before;
    wire is_read = read > n;
    wire [3:0] own = good_before + headers_before;
    wire [3:0] own_header = own + !error;
    wire burst = !error & sent == own;
    wire header_burst = has_header & sent == own_header;
    always @(posedge clk) if (rst) begin
        {good_before, headers_before, error, failed} <= 0;
    end else begin
        if (enters & entered == n) begin
            source <= takes_urgent ? urgent_source : bulk_source;
            destination <= takes_urgent ? urgent_destination : bulk_destination;
            header_address <= {urgent_header_address, 3'd0};
            header <= urgent_header;
            has_header <= takes_urgent & urgent_has_header;
            block <= takes_urgent ? urgent_block : bulk_block;
            ticket <= takes_urgent ? urgent_ticket : 2'd0;
            urgent <= takes_urgent;
        end
        if (enters & entered < n) headers_before <= headers_before + (takes_urgent & urgent_has_header);
        if (rvalid & rlast & read < n) good_before <= good_before + !is_bad;
        if (rvalid & read == n) error <= is_bad;
        if (response_valid & is_read & (!error & answered == own | has_header & answered == own_header)) failed <= failed | response[1];
    end
    wire [63:0] header_sent = header | {27'd0, error, 36'd0};
    wire [3:0] bursts = own + !error + has_header;

    always @* if (started & !rst) begin
        if (arvalid) p_read_is_due: assert (asked < entered);
        if (arvalid & asked == n) p_source: assert (araddr == {source, 6'd0});
        if (awvalid & !is_read) p_not_before_it_is_read: assert (addressed < own);
        if (is_read) begin
            if (awvalid & !error & addressed == own) p_destination: assert (awlen & awaddr == {destination, 6'd0});
            if (awvalid & has_header & addressed == own_header) p_header_place: assert (!awlen & awaddr == header_address);
            if (wvalid & burst) p_data: assert ((&wstrb) & wlast == send_second);
            if (wvalid & header_burst)
                p_header: assert (wdata == {4{header_sent}} & wlast & wstrb == 32'hff << {header_address[4:3], 3'd0});
        end
        if (wvalid) p_data_has_address: assert (addressed + awvalid > sent);
        if (done_valid & reported == n) begin
            p_all_is_done: assert (is_read & answered >= bursts);
            p_report: assert (done_block == block & done_ticket == ticket & done_kind == (urgent ? 2'd0 : 2'd2));
            p_errors: assert (done_read_error == error & done_write_error == failed);
        end
        if (done_valid) p_report_is_due: assert (reported < entered);
    end

`ifdef PROMPT
    // Memory that does not wait, and fails wherever the block that is followed is concerned: the covers are found sooner.
    always @* if (!rst) assume (rresp == {read == n, 1'b0} & response == 2'd2 & arready & awready & wready & rvalid == (read != asked) & response_valid == (answered != addressed & answered != sent));
`endif
    // A beat read and a beat written in every cycle; and a block that fails in every way.
    reg [3:0] run;
    always @(posedge clk) run <= rst | !(rvalid & wvalid & wready) ? 4'd0 : run + 4'd1;
    always @* if (started & !rst) begin
        c_full_rate: cover (run == 4);
        c_header_void: cover (done_valid & reported == n & n == 0 & has_header & done_read_error & done_write_error);
    end
endmodule
