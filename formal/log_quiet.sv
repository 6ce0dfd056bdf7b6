// S6: when no piece is left between look-up and issue, no copy is under way. So the commit, which waits for the guest to be quiet, meets none.
//
// Under proof: the tracker and a port's verdict queue. The block store answers what it likes, the copies complete in any order, at any time, each
// once. Unbounded by induction: beside the theorem stand the invariants that carry it.
module log_quiet (
    input wire clk,
    input wire rst,
    input wire lookup_valid,
    input wire [9:0] lookup_block,
    input wire lookup_tracked,
    input wire [1:0] policy,
    input wire done_valid,
    input wire [1:0] done_ticket,
    input wire [9:0] done_block,
    input wire done_failed,
    input wire pop,
    input wire save_ready,
    input wire scan_valid,
    input wire fill_valid
);
    wire lookup_ready, verdict_valid, verdict_wait, head_ready;
    wire [1:0] verdict_ticket;
    wire [3:0] busy, failed;
    // Bound to the inside of the blocks by log_quiet_binding.ys. A number that ends a name is the stage of the pipeline it belongs to.
    (* keep *) wire allocates, credited_1, credited_2, credited_3, credited_4, came, left;
    (* keep *) wire [1:0] newest, oldest;
    (* keep *) wire [3:0] newest_bit;
    (* keep *) wire [2:0] held, promised;
    (* keep *) wire done_1, done_2, done_3, done_4;
    (* keep *) wire [1:0] ticket_1, ticket_2, ticket_3, ticket_4;
    (* keep *) wire lookup_1, lookup_2, lookup_3, lookup_4;
    (* keep *) wire [5:0] count;
    (* keep *) wire [4:0] write_pointer, read_pointer;
    (* keep *) wire [31:0] waiting_bits;
    (* keep *) wire [63:0] tickets;
    (* keep *) wire head_valid;

    tracker tracker (
        .clk(clk), .rst(rst),
        .lookup_valid_0(lookup_valid), .lookup_ready_0(lookup_ready), .lookup_block_0(lookup_block),
        .lookup_guest_0(4'd0), .lookup_tracked_0(lookup_tracked),
        .verdict_valid_0(verdict_valid), .verdict_wait(verdict_wait), .verdict_ticket(verdict_ticket),
        .ticket_busy(busy), .ticket_failed(failed), .policy_0(policy), .epoch_0(2'd0), .ring_used_0(26'd0),
        .region_used_0(1'b1), .region_first_0(4'd0), .region_last_0(4'hf), .region_guest_0(4'd0), .save_ready(save_ready),
        .done_valid(done_valid), .done_ticket(done_ticket), .done_guest(1'b0), .done_block(done_block), .done_failed(done_failed),
        .scan_valid(scan_valid), .scan_word(21'd0), .scan_guest(4'd0), .fill_valid(fill_valid), .fill_word(5'd0), .fill_x(1'b0),
        .peek_valid(1'b0), .peek_word(5'd0)
    );
    verdict_queue verdicts (
        .clk(clk), .rst(rst), .verdict_valid(verdict_valid), .verdict_wait(verdict_wait), .verdict_ticket(verdict_ticket),
        .ticket_busy(busy), .ticket_failed(failed), .head_ready(head_ready), .pop(pop)
    );

    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);

    wire enters = lookup_valid & lookup_ready;
    reg [5:0] pieces;
    always @(posedge clk) if (rst) pieces <= 0; else pieces <= pieces + enters - pop;
    reg [3:0] asked;
    always @(posedge clk) if (rst) asked <= 0; else begin
        if (done_valid) asked[done_ticket] <= 0;
        if (allocates) asked[newest] <= 1;
    end
    always @* if (!rst) begin
        assume (!pop | head_ready);
        assume (pieces != 32 | !lookup_valid);
        if (done_valid) assume (asked[done_ticket]);
    end

    // The verdict that allocated each ticket, by its place in the queue.
    reg [4:0] holder_0, holder_1, holder_2, holder_3;
    always @(posedge clk) if (allocates) begin
        if (newest == 0) holder_0 <= write_pointer;
        if (newest == 1) holder_1 <= write_pointer;
        if (newest == 2) holder_2 <= write_pointer;
        if (newest == 3) holder_3 <= write_pointer;
    end
    wire [4:0] holder [0:3];
    assign holder[0] = holder_0;
    assign holder[1] = holder_1;
    assign holder[2] = holder_2;
    assign holder[3] = holder_3;
    function [1:0] ticket_at(input [4:0] place);
        ticket_at = tickets >> {place, 1'b0};
    endfunction
    function [4:0] depth_of(input [4:0] place);
        depth_of = place - read_pointer;
    endfunction
    function [1:0] in_ring(input [1:0] ticket);
        in_ring = ticket - oldest;
    endfunction
    wire [5:0] piped = lookup_1 + lookup_2 + lookup_3 + lookup_4;
    integer t;
    always @* if (!rst) begin
        p_quiet: assert (pieces != 0 | busy == 0);

        i_pieces: assert (pieces == piped + count + head_valid & pieces <= 32);
        i_pointers: assert (count[4:0] == write_pointer - read_pointer & count <= 32);
        for (t = 0; t < 4; t = t + 1) begin
            // A busy ticket's copy is under way, or its completion is in the pipeline; just once. And somebody waits for it.
            assert ({3'd0, busy[t]} == 4'd0 + asked[t] + (done_1 & ticket_1 == t) + (done_2 & ticket_2 == t)
                + (done_3 & ticket_3 == t) + (done_4 & ticket_4 == t));
            if (busy[t]) begin
                assert ({1'b0, in_ring(t)} < held);
                assert ({1'b0, depth_of(holder[t])} < count & waiting_bits[holder[t]] & ticket_at(holder[t]) == t);
            end
        end
        i_newest: assert (newest_bit == 4'd1 << newest);
        i_held: assert (held[1:0] == newest - oldest & held <= 4);
        i_promised: assert (6'd0 + promised + came - left == 6'd0 + held + credited_1 + credited_2 + credited_3 + credited_4
            & promised + came - left <= 4 & promised <= 4);
    end
endmodule
