// S5: no write, and no copy made for a write, goes to the place that holds the checkpoint of its block.
//
// Under proof: the tracker (arbiter, pipeline, decision) and a port's verdict queue, for any block and any look-up of it. Taken at its contract:
// the block store (block_store.sby). Copies complete, in error or not, whenever they like. Any other traffic, in any cycle. Unbounded by
// induction: beside the theorem stand the invariants that carry it.
module place_choice (
    input wire clk,
    input wire rst,
    input wire lookup_valid,
    input wire [9:0] lookup_block,
    input wire lookup_tracked,
    input wire [19:0] policy,
    input wire lookup_whole,
    input wire own_valid,
    input wire [1:0] own_ticket,
    input wire [9:0] own_block,
    input wire own_failed,
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
    // Bound to the inside of the tracker by place_choice_binding.ys. A number that ends a name is the stage of the pipeline it belongs to.
    wire verdict_in_shadow, verdict_own, head_in_shadow;
    (* keep *) wire touched_4, pending_4, set_y, merges, from_shadow;
    (* keep *) wire [9:0] block_3;
    (* keep *) wire lookup_1, lookup_2, lookup_3, lookup_4;
    // And of the verdict queue.
    (* keep *) wire [5:0] count;
    (* keep *) wire [4:0] write_pointer, read_pointer;
    (* keep *) wire [31:0] waiting_bits, failed_bits;
    (* keep *) wire head_fails, head_valid, do_pop;
    (* keep *) wire [31:0] notes;
    (* keep *) wire [4:0] notes_write, notes_read;
    (* keep *) wire [5:0] notes_stored;
    (* keep *) wire notes_occupied, notes_filled;

    tracker tracker (
        .clk(clk), .rst(rst),
        .lookup_valid_0(lookup_valid), .lookup_ready_0(lookup_ready), .lookup_block_0(lookup_block),
        .lookup_guest_0(4'd0), .lookup_tracked_0(lookup_tracked),
        .verdict_valid_0(verdict_valid), .verdict_wait(verdict_wait), .verdict_ticket(verdict_ticket),
        .ticket_busy(busy), .ticket_failed(failed), .policy_0(policy), .epoch_0(2'd0),
        .outcomes_0(4'd0), .lookup_whole_0(lookup_whole), .verdict_in_shadow(verdict_in_shadow), .verdict_own(verdict_own),
        .own_valid_0(own_valid), .own_ticket_0(own_ticket), .own_guest_0(4'd0), .own_block_0(own_block), .own_failed_0(own_failed), .fill_y(1'b0),
        .region_used_0(1'b1), .region_first_0(4'd0), .region_last_0(4'hf), .region_guest_0(4'd0), .save_ready(save_ready),
        .done_valid(done_valid), .done_ticket(done_ticket), .done_guest(1'b0), .done_block(done_block), .done_failed(done_failed),
        .scan_valid(scan_valid), .scan_word(21'd0), .scan_guest(4'd0), .fill_valid(fill_valid), .fill_word(5'd0), .fill_x(1'b0),
        .peek_valid(1'b0), .peek_word(5'd0)
    );
    verdict_queue verdicts (
        .clk(clk), .rst(rst), .verdict_valid(verdict_valid), .verdict_wait(verdict_wait), .verdict_ticket(verdict_ticket),
        .verdict_in_shadow(verdict_in_shadow), .verdict_own(verdict_own), .head_in_shadow(head_in_shadow),
        .ticket_busy(busy), .ticket_failed(failed), .head_ready(head_ready), .head_failed(head_failed), .pop(pop)
    );
    followed_piece piece (
        .clk(clk), .rst(rst), .enters(lookup_valid & lookup_ready), .wanted(lookup_tracked & lookup_block == block), .pop(pop),
        .lookup_1(lookup_1), .lookup_2(lookup_2), .lookup_3(lookup_3), .lookup_4(lookup_4),
        .count(count), .write_pointer(write_pointer), .read_pointer(read_pointer), .head_valid(head_valid), .do_pop(do_pop),
        .pieces(pieces), .stage(stage), .is_queued(is_queued), .is_at_head(is_at_head), .place(place), .reached(reached)
    );

    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);
    always @* if (!rst) assume (!pop | head_ready);
    reg [9:0] block_4;
    always @(posedge clk) block_4 <= block_3;

    // The store by its plain definition, for the block: `place_is_shadow` tells where the checkpoint lies, `moved` that the current image lies in the
    // other place. `step` commits or rolls back, when the guest is quiet.
    localparam [19:0] ROW = 20'h8c631;
    (* anyconst *) wire at_first;
    reg place_is_shadow, moved, guarded;
    always @(posedge clk) if (rst) place_is_shadow <= at_first; else if (step & commits) place_is_shadow <= place_is_shadow ^ moved;
    always @(posedge clk) if (rst | step) moved <= 0; else if (set_y & block_4 == block) moved <= 1;
    always @* if (!rst & block_4 == block) assume (touched_4 == place_is_shadow & pending_4 == moved);
    // The row is in force before the commit, and the tracker knows of it a cycle late: firmware, which changes it, takes four cycles an instruction.
    reg in_force;
    always @(posedge clk) in_force <= !rst & policy == ROW;
    always @(posedge clk) if (rst | policy != ROW) guarded <= 0; else if (step & in_force) guarded <= 1;
    always @* if (!rst & step) assume (pieces == 0);

    always @* if (!rst) begin
        // A write of the block that goes, goes to the other place.
        p_place: assert (!(reached & guarded & !head_failed) | head_in_shadow != place_is_shadow);
        // A copy made for a write of the block reads the checkpoint, and so writes the other place.
        p_merge: assert (!(merges & guarded & block_4 == block) | from_shadow == place_is_shadow);

        i_notes: assert (notes_write == write_pointer & notes_read == read_pointer & notes_stored == count);
        i_notes_flags: assert (notes_occupied == (notes_stored != 0) & notes_filled == (notes_stored == 32));
        if (is_queued) i_note: assert (notes[place] != place_is_shadow | !guarded);
        if (is_at_head) i_goes_at_head: assert (head_in_shadow != place_is_shadow | !guarded);
    end
endmodule
