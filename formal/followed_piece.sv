// Follows one piece of a port, any one that the environment chooses, from its look-up through the tracker's pipeline and the verdict queue to its
// issue, and counts those before it. Its assertions tie what is followed to the queue's pointers: invariants for proofs by induction.
module followed_piece (
    input wire clk,
    input wire rst,
    input wire enters,       // a look-up is taken
    input wire wanted,       // it is one that may be followed
    input wire pop,          // a piece leaves the head of the verdict queue
    input wire lookup_1,     // a look-up is at this stage of the pipeline
    input wire lookup_2,
    input wire lookup_3,
    input wire lookup_4,
    input wire [5:0] count,  // of the verdict queue
    input wire [4:0] write_pointer,
    input wire [4:0] read_pointer,
    input wire head_valid,
    input wire do_pop,
    output reg [5:0] pieces, // between look-up and issue
    output wire [4:1] stage, // where the followed piece is
    output wire is_queued,
    output wire is_at_head,
    output wire [4:0] place, // in the queue
    output wire reached      // it leaves
);
    always @(posedge clk) if (rst) pieces <= 0; else pieces <= pieces + enters - pop;

    (* anyseq *) wire choose;
    reg [4:1] chosen;
    reg queued, at_head;
    reg [4:0] slot;
    reg [5:0] ahead;
    wire chooses = choose & enters & wanted & !(|chosen | queued | at_head);
    always @(posedge clk) if (rst) begin
        chosen <= 0;
        queued <= 0;
        at_head <= 0;
        ahead <= 0;
    end else begin
        chosen <= {chosen[3:1], chooses};
        if (chooses) ahead <= pieces - pop;
        else if (pop) ahead <= ahead - 1;
        if (chosen[4]) begin
            queued <= 1;
            slot <= write_pointer;
        end
        if (pop) at_head <= 0;
        if (queued & do_pop & read_pointer == slot) begin
            queued <= 0;
            at_head <= 1;
        end
    end
    assign stage = chosen;
    assign is_queued = queued;
    assign is_at_head = at_head;
    assign place = slot;
    assign reached = (|chosen | queued | at_head) & ahead == 0 & pop;

    wire [5:0] piped = lookup_1 + lookup_2 + lookup_3 + lookup_4;
    wire [4:0] depth = slot - read_pointer;
    always @* if (!rst) begin
        // The user of the queue keeps at most 32 pieces between look-up and issue.
        assume (pieces != 32 | !enters);
        i_pieces: assert (pieces == piped + count + head_valid & pieces <= 32);
        i_pointers: assert (count[4:0] == write_pointer - read_pointer & count <= 32);
        i_once: assert (4'd0 + chosen[1] + chosen[2] + chosen[3] + chosen[4] + queued + at_head <= 1);
        if (|chosen) i_chosen: assert (ahead == pieces - 1 - (chosen[1] ? 6'd0 : chosen[2] ? {5'd0, lookup_1}
            : chosen[3] ? {5'd0, lookup_1} + lookup_2 : {5'd0, lookup_1} + lookup_2 + lookup_3));
        if (queued) i_slot: assert ({1'b0, depth} < count & ahead == depth + head_valid);
        if (at_head) i_head: assert (head_valid & ahead == 0);
    end
endmodule
