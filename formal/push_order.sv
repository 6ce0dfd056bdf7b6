// S4: no write reaches memory while the copy of its block that the last commit left outstanding is not in the shadow.
//
// Under proof: the tracker (arbiter, pipeline, decision, hazard table, credits) and a port's verdict queue, for any block and any look-up of it.
// Taken at their contracts: the block store (block_store.sby), and copy requests with the copy engine, which here complete any ticket in any later
// cycle, with or without an error. Any other traffic, in any cycle. Unbounded by induction: beside the theorem stand the invariants that carry it.
module push_order (
    input wire clk,
    input wire rst,
    input wire lookup_valid,
    input wire [9:0] lookup_block,
    input wire lookup_tracked,
    input wire [17:0] policy,
    input wire push_valid,
    input wire [9:0] push_block,
    input wire background_ready,
    input wire commits,
    input wire done_valid,
    input wire [1:0] done_ticket,
    input wire [9:0] done_block,
    input wire done_failed,
    input wire pop,
    input wire step,
    input wire save_ready,
    input wire scan_valid,
    input wire fill_valid
);
    (* anyconst *) wire [9:0] block;
    wire lookup_ready, verdict_valid, verdict_wait, head_ready, head_failed, reached, is_queued, is_at_head;
    wire [1:0] verdict_ticket;
    wire [3:0] busy, failed;
    wire [4:1] stage;
    wire [4:0] place;
    wire [5:0] pieces;
    // Bound to the inside of the tracker by push_order_binding.ys. A number that ends a name is the stage of the pipeline it belongs to.
    (* keep *) wire touched_4, pending_4, set_x, clear_y;
    (* keep *) wire [9:0] block_3;
    (* keep *) wire lookup_1, lookup_2, lookup_3, lookup_4;
    (* keep *) wire push_1, push_2, push_3, push_4;
    (* keep *) wire allocates, credited_1, credited_2, credited_3, credited_4, came, left;
    (* keep *) wire [1:0] newest, oldest;
    (* keep *) wire [3:0] newest_bit;
    (* keep *) wire [2:0] held, promised;
    (* keep *) wire [39:0] blocks;
    (* keep *) wire done_1, done_2, done_3, done_4;
    (* keep *) wire [1:0] ticket_1, ticket_2, ticket_3, ticket_4;
    // And of the verdict queue.
    (* keep *) wire [5:0] count;
    (* keep *) wire [4:0] write_pointer, read_pointer;
    (* keep *) wire [31:0] waiting_bits, failed_bits;
    (* keep *) wire head_fails, head_valid, do_pop;
    (* keep *) wire [63:0] tickets;

    tracker tracker (
        .clk(clk), .rst(rst),
        .lookup_valid_0(lookup_valid), .lookup_ready_0(lookup_ready), .lookup_block_0(lookup_block),
        .lookup_guest_0(4'd0), .lookup_tracked_0(lookup_tracked),
        .verdict_valid_0(verdict_valid), .verdict_wait(verdict_wait), .verdict_ticket(verdict_ticket),
        .ticket_busy(busy), .ticket_failed(failed), .policy_0(policy), .epoch_0(2'd0),
        .outcomes_0(4'd0), .done_push(1'b1), .push_valid(push_valid), .push_block(push_block), .push_guest(1'b0),
        .background_ready(background_ready), .fill_y(1'b0),
        .region_used_0(1'b1), .region_first_0(4'd0), .region_last_0(4'hf), .region_guest_0(4'd0), .save_ready(save_ready),
        .done_valid(done_valid), .done_ticket(done_ticket), .done_guest(1'b0), .done_block(done_block), .done_failed(done_failed),
        .scan_valid(scan_valid), .scan_word(21'd0), .scan_guest(4'd0), .fill_valid(fill_valid), .fill_word(5'd0), .fill_x(1'b0),
        .peek_valid(1'b0), .peek_word(5'd0)
    );
    verdict_queue verdicts (
        .clk(clk), .rst(rst), .verdict_valid(verdict_valid), .verdict_wait(verdict_wait), .verdict_ticket(verdict_ticket),
        .ticket_busy(busy), .ticket_failed(failed), .head_ready(head_ready), .head_failed(head_failed), .pop(pop)
    );
    followed_piece piece (
        .clk(clk), .rst(rst), .enters(lookup_valid & lookup_ready), .wanted(lookup_tracked & lookup_block == block), .pop(pop),
        .lookup_1(lookup_1), .lookup_2(lookup_2), .lookup_3(lookup_3), .lookup_4(lookup_4),
        .count(count), .write_pointer(write_pointer), .read_pointer(read_pointer), .head_valid(head_valid), .do_pop(do_pop),
        .pieces(pieces), .stage(stage), .is_queued(is_queued), .is_at_head(is_at_head), .place(place), .reached(reached)
    );
    copies_in_flight copies (
        .clk(clk), .rst(rst), .block(block), .block_4(block_4), .allocates(allocates), .newest(newest), .newest_bit(newest_bit), .oldest(oldest),
        .held(held), .promised(promised), .came(came), .left(left), .busy(busy), .blocks(blocks),
        .credited_1(credited_1), .credited_2(credited_2), .credited_3(credited_3), .credited_4(credited_4),
        .done_valid(done_valid), .done_ticket(done_ticket), .done_block(done_block),
        .done_1(done_1), .done_2(done_2), .done_3(done_3), .done_4(done_4),
        .ticket_1(ticket_1), .ticket_2(ticket_2), .ticket_3(ticket_3), .ticket_4(ticket_4)
    );

    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);
    always @* if (!rst) assume (!pop | head_ready);
    reg [9:0] block_4;
    always @(posedge clk) block_4 <= block_3;

    // The store by its plain definition, for the block: `step` commits or rolls back. A commit makes pending what is dirty. Firmware sees to it that the guest
    // is quiet, no copy is outstanding, and, at a commit, none is pending. `saved`: the shadow holds the block as it was at the last commit; at first
    // any block that is not dirty is.
    localparam [17:0] ROW = 18'h29401;
    (* anyconst *) wire at_first;
    // Before the first commit there is no checkpoint to be kept, or to go back to.
    reg touched, pending, saved, guarded, valid;
    always @(posedge clk) if (rst) valid <= 0; else if (step & commits) valid <= 1;
    always @(posedge clk) if (rst) touched <= at_first; else if (step) touched <= 0; else if (set_x & block_4 == block) touched <= 1;
    always @(posedge clk) if (rst) pending <= 0; else if (step & commits) pending <= touched; else if (clear_y & block_4 == block) pending <= 0;
    always @* if (!rst & block_4 == block) assume (touched_4 == touched & pending_4 == pending);
    always @(posedge clk) if (rst) saved <= !at_first; else if (step & commits & touched) saved <= 0;
        else if (done_valid & !done_failed & done_block == block) saved <= 1;
    always @(posedge clk) if (rst) guarded <= 1; else if (policy != ROW) guarded <= 0;
    // The tracker knows of the row a cycle late; right after reset nobody is attached who could write.
    reg in_force;
    always @(posedge clk) in_force <= !rst & policy == ROW;
    always @* if (!rst & guarded & !in_force) assume (!lookup_valid);
    always @* if (!rst & step) assume (pieces == 0 & busy == 0 & !push_1 & !push_2 & !push_3 & !push_4 & (commits ? !pending : valid));

    wire [1:0] ticket = tickets >> {place, 1'b0};
    function [9:0] block_of(input [1:0] ticket);
        block_of = blocks >> (10 * ticket);
    endfunction
    wire safe = saved | !guarded | !valid;
    always @* if (!rst) begin
        // A write of the block that goes finds the checkpoint's block in the shadow.
        p_order: assert (!(reached & !head_failed) | safe);

        if (is_queued) begin
            if (waiting_bits[place]) i_waits: assert (busy[ticket] ? block_of(ticket) == block : failed[ticket] | safe);
            else i_goes: assert (failed_bits[place] | safe);
        end
        if (is_at_head) i_goes_at_head: assert (head_fails | safe);
        i_pending: assert (pending | safe);
        i_first: assert (valid | (!pending & (touched | saved)));
    end
endmodule
