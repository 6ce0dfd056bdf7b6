// The copies of the blocks in flight, as the tracker's environment: they complete in any order, at any time, each once. Its assertions are the
// invariants of the hazard table: a ticket is busy exactly while its copy is under way or its completion in the pipeline; no two are of one
// block; whoever may allocate finds a free one. For a table of four tickets.
module copies_in_flight (
    input wire clk,
    input wire rst,
    input wire [9:0] block,     // the block that is followed
    input wire [9:0] block_4,   // at stage 4
    input wire allocates,
    input wire [1:0] newest,
    input wire [3:0] newest_bit,
    input wire [1:0] oldest,
    input wire [2:0] held,
    input wire [2:0] promised,
    input wire came,
    input wire left,
    input wire [3:0] busy,
    input wire [39:0] blocks,   // of the tickets
    input wire credited_1,
    input wire credited_2,
    input wire credited_3,
    input wire credited_4,
    input wire done_valid,
    input wire [1:0] done_ticket,
    input wire [9:0] done_block,
    input wire done_1,
    input wire done_2,
    input wire done_3,
    input wire done_4,
    input wire [1:0] ticket_1,
    input wire [1:0] ticket_2,
    input wire [1:0] ticket_3,
    input wire [1:0] ticket_4
);
    reg [3:0] asked, of_block;
    always @(posedge clk) if (rst) asked <= 0; else begin
        if (done_valid) asked[done_ticket] <= 0;
        if (allocates) begin
            asked[newest] <= 1;
            of_block[newest] <= block_4 == block;
        end
    end
    always @* if (!rst & done_valid) assume (asked[done_ticket] & of_block[done_ticket] == (done_block == block));

    function [9:0] block_of(input [1:0] ticket);
        block_of = blocks >> (10 * ticket);
    endfunction
    function [1:0] in_ring(input [1:0] ticket);
        in_ring = ticket - oldest;
    endfunction
    integer t, u;
    always @* if (!rst) begin
        for (t = 0; t < 4; t = t + 1) begin
            assert ({3'd0, busy[t]} == 4'd0 + asked[t] + (done_1 & ticket_1 == t) + (done_2 & ticket_2 == t)
                + (done_3 & ticket_3 == t) + (done_4 & ticket_4 == t));
            if (busy[t]) assert ({1'b0, in_ring(t)} < held);
            if (asked[t]) assert (of_block[t] == (block_of(t) == block));
            for (u = 0; u < 4; u = u + 1)
                if (t != u & busy[t] & busy[u]) assert (block_of(t) != block_of(u));
        end
        i_newest: assert (newest_bit == 4'd1 << newest);
        i_held: assert (held[1:0] == newest - oldest & held <= 4);
        i_promised: assert (6'd0 + promised + came - left == 6'd0 + held + credited_1 + credited_2 + credited_3 + credited_4
            & promised + came - left <= 4 & promised <= 4);
    end
endmodule
