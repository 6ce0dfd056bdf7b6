// The copy engine: every block is read once, from its source; written once, to its destination, every beat as it was read and in its place, after all of them have been
// read without an error; not written at all after an error; and reported once, in order, with the errors that it met. It never stands still while memory does not.
//
// Followed is any block that enters, and any beat of it, in any other traffic. Unbounded by induction, a part at a time (see the invariants).
// A block is one chunk of 16 beats here, without a header.
// Taken for granted: memory answers reads in order, with RLAST on the last beat, and writes in order, after address and data; a queue gives what was put
// into it, in order (its counts are under proof, its memory is not).
module copy_engine_rules (
    input wire clk,
    input wire rst,
    input wire urgent_valid,
    input wire [13:0] urgent_source,
    input wire [13:0] urgent_destination,
    input wire [1:0] urgent_ticket,
    input wire [9:0] urgent_block,
    input wire [1:0] urgent_kind,
    input wire bulk_valid,
    input wire [13:0] bulk_source,
    input wire [13:0] bulk_destination,
    input wire [9:0] bulk_block,
    input wire [1:0] bulk_ticket,
    input wire bulk_clear,
    input wire bulk_lazy,
    input wire arready,
    input wire rvalid,
    input wire [31:0] rdata,
    input wire [1:0] rresp,
    input wire rlast,
    input wire awready,
    input wire wready,
    input wire response_valid,
    input wire [1:0] response
);
    wire urgent_ready, bulk_ready, arvalid, awvalid, wvalid, wlast, done_valid, done_clear, done_read_error, done_write_error;
    wire [19:0] araddr, awaddr;
    wire [31:0] wdata;
    wire [1:0] done_kind, done_ticket;
    wire [9:0] done_block;
    // Bound to the inside by copy_engine_binding.ys.
    (* keep *) wire next_valid, current_valid, current_free, loads_item, aw_valid, steps, bad, item_valid, item, w_valid, w_last, drains, ends, reports, answered, read_error;
    (* keep *) wire [13:0] next_source, current;
    (* keep *) wire [5:0] slots_used;
    (* keep *) wire [3:0] beat;
    // Its queues: how many they hold, what goes in, and what comes out.
    (* keep *) wire [6:0] jobs_stored, items_stored, answers_stored;
    (* keep *) wire [7:0] tags_stored;
    (* keep *) wire [5:0] arrivals_stored;
    (* keep *) wire [4:0] queue_stored;
    (* keep *) wire [9:0] buffer_stored;
    (* keep *) wire jobs_valid, tags_valid, buffer_valid, arrivals_valid, queue_valid, items_valid, answers_valid;
    (* keep *) wire arrivals_filled, queue_filled, items_filled, answers_filled;
    (* keep *) wire [6:0] jobs_inside;
    (* keep *) wire [7:0] tags_inside;
    (* keep *) wire [9:0] buffer_inside;
    (* keep *) wire jobs_waiting, tags_waiting, buffer_waiting, jobs_fetched, tags_fetched, buffer_fetched, jobs_filled, tags_filled, buffer_filled;
    (* keep *) wire [35:0] jobs_in, jobs_out;
    (* keep *) wire [21:0] tags_in, tags_out;
    (* keep *) wire [31:0] buffer_in, buffer_out;
    (* keep *) wire [2:0] items_in, items_out;
    (* keep *) wire arrivals_in, arrivals_out, queue_in, queue_out, answers_in, answers_out;
    copy_engine engine (
        .clk(clk), .rst(rst), .urgent_valid(urgent_valid), .urgent_ready(urgent_ready), .urgent_source(urgent_source),
        .urgent_destination(urgent_destination), .urgent_ticket(urgent_ticket), .urgent_guest(1'b0), .urgent_block(urgent_block),
        .urgent_kind(urgent_kind), .bulk_valid(bulk_valid), .bulk_ready(bulk_ready), .bulk_source(bulk_source), .bulk_destination(bulk_destination),
        .bulk_guest(1'b0), .bulk_block(bulk_block), .bulk_ticket(bulk_ticket), .bulk_clear(bulk_clear), .bulk_lazy(bulk_lazy), .arvalid(arvalid),
        .arready(arready), .araddr(araddr), .rvalid(rvalid), .rdata(rdata), .rresp(rresp), .rlast(rlast), .awvalid(awvalid), .awready(awready),
        .awaddr(awaddr), .wvalid(wvalid), .wready(wready), .wdata(wdata), .wlast(wlast), .response_valid(response_valid), .response(response),
        .done_valid(done_valid), .done_kind(done_kind), .done_ticket(done_ticket), .done_block(done_block), .done_clear(done_clear),
        .done_read_error(done_read_error), .done_write_error(done_write_error)
    );
    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);

    // How many blocks are being read; of those that are written, how many were addressed, and how many sent, and are not answered; how many of the queues' items
    // are written. The rest the queues count themselves.
    reg [5:0] reading;
    reg [6:0] addressed, sent, good_items;
    reg [4:0] good_queue;
    reg [3:0] read_beat, write_beat;
    wire enters = urgent_valid & urgent_ready | bulk_valid & bulk_ready;
    wire asks = arvalid & arready;
    wire arrives = rvalid & rlast;
    wire addresses = awvalid & awready;
    wire sends_last = wvalid & wready & wlast;
    wire begins = steps & !bad;
    wire loads = loads_item & queue_valid;
    wire settles = reports & answered;
    always @(posedge clk) if (rst) begin
        {reading, addressed, sent, good_items, good_queue, read_beat, write_beat} <= 0;
    end else begin
        reading <= reading + asks - arrives;
        addressed <= addressed + addresses - response_valid;
        sent <= sent + sends_last - response_valid;
        good_items <= good_items + begins - settles;
        good_queue <= good_queue + begins - (loads & !queue_out);
        if (rvalid) read_beat <= read_beat + 1;
        if (wvalid & wready) write_beat <= write_beat + 1;
    end
    // Memory.
    wire owes_data = reading != 0;
    wire owes_response = addressed != 0 & sent != 0;
    always @* if (!rst) begin
        assume (!rvalid | owes_data & rlast == (&read_beat));
        assume (!response_valid | owes_response);
    end

    // A queue that holds so many written items and so many others gives one of them.
    always @* if (!rst) begin
        if (queue_valid) assume (queue_out ? good_queue != queue_stored : good_queue != 0);
        if (items_valid) assume (items_out[0] ? good_items != 0 : good_items != items_stored);
    end
    // The block that is followed, and its beat: where it is on its way to the data's end, how many are there before it, and how many of those are written.
    localparam NOWHERE = 0, NEXT = 1, CURRENT = 2, READ = 3, ARRIVED = 4, QUEUED = 5, AT_HAND = 6, EMPTIED = 7;
    (* anyconst *) wire [3:0] place;
    (* anyseq *) wire choose;
    reg [2:0] where;
    reg [5:0] ahead;
    reg [4:0] good_ahead;
    // And in the list of those to report: it is in, so many before it, so many of them written; it is written, and addressed, and sent, and answered.
    reg listed, reported, writes, to_address, to_send, to_answer, error, failed;
    reg [6:0] items_ahead, good_items_ahead, sends_ahead, answers_ahead;
    reg [13:0] source, destination;
    reg [21:0] tag;
    reg [31:0] data;
    wire takes_urgent = urgent_valid & urgent_ready;
    wire [21:0] new_tag = takes_urgent ? {urgent_block, 1'b0, urgent_kind, 7'd0, urgent_ticket} : {bulk_block, bulk_clear, 2'd1, 7'd0, bulk_ticket};
    wire [13:0] new_destination = takes_urgent ? urgent_destination : bulk_destination;
    wire chooses = enters & choose & where == NOWHERE;
    wire steps_over = where == ARRIVED & ahead == 0 & steps;
    wire is_reported = listed & items_ahead == 0 & reports;
    always @(posedge clk) if (rst) begin
        {where, listed, reported, writes, to_address, to_send, to_answer} <= 0;
    end else begin
        reported <= is_reported;
        if (chooses) begin
            where <= NEXT;
            source <= takes_urgent ? urgent_source : bulk_source;
            destination <= new_destination;
            tag <= new_tag;
            error <= 0;
            failed <= 0;
        end
        if (where == NEXT & current_free) where <= CURRENT;
        if (where == CURRENT & asks) begin
            where <= READ;
            ahead <= reading - arrives;
        end
        if (where == READ & ahead == 0 & rvalid) begin
            if (read_beat == place) data <= rdata;
            if (rresp[1]) error <= 1;
        end
        if (where == READ & arrives) begin
            ahead <= ahead - 1;
            if (ahead == 0) begin
                where <= ARRIVED;
                ahead <= arrivals_stored - steps;
            end
        end
        if (where == ARRIVED & steps) ahead <= ahead - 1;
        if (steps_over) begin
            where <= QUEUED;
            ahead <= queue_stored - loads;
            good_ahead <= good_queue - (loads & !queue_out);
            listed <= 1;
            items_ahead <= items_stored - reports;
            good_items_ahead <= good_items - settles;
            writes <= !bad;
            to_address <= !bad;
            to_send <= !bad;
            to_answer <= !bad;
            sends_ahead <= good_queue + (item_valid & !item) + (w_valid & w_last) - sends_last;
            answers_ahead <= addressed + aw_valid - response_valid;
        end
        if (where == QUEUED & loads) begin
            ahead <= ahead - 1;
            good_ahead <= good_ahead - !queue_out;
            if (ahead == 0) where <= AT_HAND;
        end
        if (where == AT_HAND & ends) where <= EMPTIED;
        if (to_address & addresses) to_address <= 0;
        if (to_send & sends_last) begin
            sends_ahead <= sends_ahead - 1;
            if (sends_ahead == 0) to_send <= 0;
        end
        if (to_answer & response_valid) begin
            answers_ahead <= answers_ahead - 1;
            if (answers_ahead == 0) begin
                to_answer <= 0;
                failed <= response[1];
            end
        end
        if (listed & reports) begin
            items_ahead <= items_ahead - 1;
            good_items_ahead <= good_items_ahead - answered;
        end
        if (is_reported) listed <= 0;
        if (reported) where <= NOWHERE;
        if (reported) writes <= 0;
    end

    // What is put into the queues, and what they give: the same, in the same order.
    always @* if (!rst & `PART == 0) begin
        if (enters) p_job: assert (jobs_in[13:0] == new_destination & tags_in == new_tag);
        if (arrives & where == READ & ahead == 0) p_arrival: assert (arrivals_in == (error | rresp[1]));
        if (rvalid) p_beat: assert (buffer_in == rdata);
        if (steps) p_step: assert (queue_in == bad & items_in == {bad, 1'b1, !bad});
        if (response_valid) p_answer: assert (answers_in == response[1]);
    end
    always @* if (!rst) begin
        if (where == ARRIVED & ahead == 0) assume (jobs_out[13:0] == destination & arrivals_out == error);
        if (where == AT_HAND & beat == place) assume (buffer_out == data);
        if (queue_valid & where == QUEUED) begin
            if (ahead == 0) assume (queue_out == error);
            else assume (queue_out ? good_ahead != ahead : good_ahead != 0);
        end
        if (items_valid & listed) begin
            if (items_ahead == 0) assume (items_out == {error, 1'b1, !error});
            else assume (items_out[0] ? good_items_ahead != 0 : good_items_ahead != items_ahead);
        end
        if (listed & items_ahead == 0) assume (answers_out == failed & tags_out == tag);
    end

    always @* if (started & !rst & `PART == 0) begin
        if (where == CURRENT & arvalid) p_source: assert (araddr == {source, 6'd0});
        if (to_address) p_destination: assert (awvalid & awaddr == {destination, 6'd0} & !error);
        if (to_send & sends_ahead == 0 & wvalid & write_beat == place) p_data: assert (wdata == data);
        if (reported) p_report: assert (done_valid & {done_block, done_clear, done_kind} == tag[21:9] & done_ticket == tag[1:0]
            & done_read_error == error & done_write_error == (writes & failed));
        if (reported) p_all_is_done: assert ((error | where == EMPTIED) & writes == !error & !to_address & !to_send & !to_answer);
    end

    // Requests and data stay until they are taken; only what is due is asked for, sent and reported.
    reg ar_held, aw_held, w_held;
    reg [19:0] old_araddr, old_awaddr;
    reg [32:0] old_w;
    always @(posedge clk) begin
        ar_held <= !rst & arvalid & !arready;
        aw_held <= !rst & awvalid & !awready;
        w_held <= !rst & wvalid & !wready;
        old_araddr <= araddr;
        old_awaddr <= awaddr;
        old_w <= {wlast, wdata};
    end
    always @* if (started & !rst & `PART == 0) begin
        if (ar_held) p_read_holds: assert (arvalid & araddr == old_araddr);
        if (aw_held) p_write_holds: assert (awvalid & awaddr == old_awaddr);
        if (w_held) p_data_holds: assert (wvalid & {wlast, wdata} == old_w);
        if (arvalid) p_read_is_due: assert (current_valid & araddr[5:0] == 0);
        if (awvalid) p_in_a_chunk: assert (awaddr[5:0] == 0);
        if (wvalid) p_last: assert (wlast == (&write_beat));
        if (wvalid) p_data_has_address: assert (addressed + awvalid > sent);
        if (rvalid) p_room: assert (buffer_stored != 512);
        if (reports) p_report_is_due: assert (tags_valid);
        if (response_valid) p_answer_has_room: assert (!answers_filled);
    end

    // Nothing moves, at the ports or in the buffer, though memory offers what it owes. (What was read with an error only leaves the buffer.)
    localparam LONGEST = 6;
    reg [3:0] still;
    wire offers = arready & awready & wready & (rvalid | !owes_data) & (response_valid | !owes_response);
    wire moves = enters | asks | rvalid | addresses | wvalid & wready | response_valid | done_valid | drains;
    always @(posedge clk) still <= rst | !offers | moves | tags_stored == 0 ? 4'd0 : still + 4'd1;
    always @* if (started & !rst & `PART == 3) p_goes_on: assert (still < LONGEST);
`include "copy_engine_invariants.sv"
endmodule
