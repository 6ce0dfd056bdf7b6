// The block store: what an access finds of a block is what the plain definition says, whatever came before: two bits, which an update sets or clears
// and which the end of an epoch carries over at once (S4: what was touched is pending; S5: the places change; otherwise both are clear).
//
// Under proof: the block store (pipeline, forwarding, epoch rule) and the epoch of a guest, for any block and any strategy of its guest; accesses
// to any word in any cycle, steps in any cycle in which the epoch allows one. Unbounded by induction.
// Taken for granted: a memory gives what was last written to a word (nothing, while it is written); a sweep of the scrubber accesses every word of
// the guest; S4 commits only when nothing is pending, as firmware waits for it. Nothing is promised of a word before its first fill.
module block_store_rules (
    input wire clk,
    input wire rst,
    input wire access,
    input wire [11:0] access_block,
    input wire [1:0] access_epoch,
    input wire [63:0] access_outcomes,
    input wire [2:0] access_strategy,
    input wire fill,
    input wire fill_x,
    input wire fill_y,
    input wire wipe,
    input wire set_x,
    input wire set_y,
    input wire clear_y,
    input wire step,
    input wire commit,
    input wire sweep_done
);
    (* anyconst *) wire [11:0] block;
    (* anyconst *) wire [2:0] strategy;
    wire [6:0] word = block[11:5];
    wire [4:0] place = block[4:0];
    wire touched, pending, step_ready;
    wire [31:0] x, y;
    wire [1:0] epoch;
    wire [3:0] outcomes;
    // Bound to the inside by block_store_binding.ys. A number that ends a name is the stage of the pipeline it belongs to.
    (* keep *) wire access_3, access_4, access_5, access_6, fill_4, fill_x_4, fill_y_4, dirty_5;
    (* keep *) wire [11:0] block_3;
    (* keep *) wire [6:0] word_4, word_5, word_6;
    (* keep *) wire [31:0] mask_4, x_5, y_5, x_6, y_6, x_7, y_7;
    (* keep *) wire [1:0] epoch_5, epoch_6, epoch_7, floor, sweep_epoch;
    (* keep *) wire [65:0] read_data, written_5;

    block_store store (
        .clk(clk), .rst(rst), .access(access), .block(access_block), .epoch(access_epoch), .outcomes(access_outcomes), .strategy(access_strategy),
        .fill(fill), .fill_x(fill_x), .fill_y(fill_y), .wipe(wipe), .set_x(set_x), .set_y(set_y), .clear_y(clear_y),
        .touched(touched), .pending(pending), .x(x), .y(y)
    );
    guest_epoch epochs (
        .clk(clk), .rst(rst), .step(step), .step_commit(commit), .sweep_done(sweep_done), .marked(1'b0), .filled(1'b0), .pushes(1'b0),
        .cleared(1'b0), .fill_started(1'b0), .epoch(epoch), .outcomes(outcomes), .step_ready(step_ready)
    );

    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);
    always @* if (!rst) assume (!step | step_ready);

    // The memory, of the word. What is read while it is written is anything.
    wire ours = access & access_block[11:5] == word;
    wire ours_4 = access_4 & word_4 == word;
    wire ours_5 = access_5 & word_5 == word;
    wire ours_6 = access_6 & word_6 == word;
    reg [65:0] kept, kept_2, kept_3;
    reg defined_2, defined_3;
    always @(posedge clk) begin
        if (ours_5) kept <= written_5;
        kept_2 <= kept;
        kept_3 <= kept_2;
        defined_2 <= ours & !ours_5;
        defined_3 <= defined_2;
    end
    always @* if (!rst & defined_3) assume (read_data == kept_3);

    // From its first fill on the word belongs to the guest, whose state comes with every access, and every sweep accesses it.
    reg known, seen;
    wire [3:0] asked_outcomes = access_outcomes;
    always @(posedge clk) if (rst) known <= 0; else if (ours & fill) known <= 1;
    always @(posedge clk) if (rst | sweep_done) seen <= 0; else if (ours) seen <= 1;
    always @* if (!rst) begin
        if (ours & (known | fill)) assume (access_epoch == epoch & asked_outcomes == outcomes & access_strategy == strategy);
        assume (!sweep_done | !known | seen | ours);
    end

    // All of this as it was when the access at stage 4 was at stage 1: what came first happens first.
    reg known_4, seen_4, step_4, commit_4;
    reg [1:0] epoch_4, floor_4, sweep_4;
    reg [3:0] outcomes_4;
    reg [13:0] then_2, then_3;
    always @(posedge clk) begin
        then_2 <= {known, seen, step, commit, epoch, outcomes, floor, sweep_epoch} & {14{!rst}};
        then_3 <= then_2 & {14{!rst}};
        {known_4, seen_4, step_4, commit_4, epoch_4, outcomes_4, floor_4, sweep_4} <= then_3 & {14{!rst}};
    end

    // The two bits by their plain definition.
    reg touched_now, pending_now, touched_next, pending_next;
    wire is_block_4 = ours_4 & mask_4[place];
    always @* begin
        touched_next = touched_now;
        pending_next = pending_now;
        if (ours_4 & fill_4) begin
            touched_next = fill_x_4;
            pending_next = fill_y_4;
        end else if (is_block_4) begin
            if (set_x) touched_next = 1;
            if (clear_y) pending_next = 0;
            if (set_y) pending_next = 1;
        end
    end
    always @(posedge clk) begin
        touched_now <= touched_next;
        pending_now <= pending_next;
        if (step_4) case (strategy)
            4: begin
                touched_now <= 0;
                pending_now <= commit_4 ? touched_next : pending_next;
            end
            5: begin
                touched_now <= commit_4 ? touched_next ^ pending_next : touched_next;
                pending_now <= 0;
            end
            default: begin
                touched_now <= 0;
                pending_now <= 0;
            end
        endcase
    end
    always @* if (!rst & (known_4 | ours_4 & fill_4) & strategy == 4 & step_4 & commit_4) assume (!pending_next);

    // The same of the access that is at stage 6.
    reg known_5, known_6, touched_5, touched_6, pending_5, pending_6;
    always @(posedge clk) begin
        known_5 <= !rst & (known_4 | ours_4 & fill_4);
        known_6 <= !rst & known_5;
        touched_5 <= touched_next;
        touched_6 <= touched_5;
        pending_5 <= pending_next;
        pending_6 <= pending_5;
    end

    // The word as its last access left it, by the epoch rule.
    wire [65:0] last = ours_5 ? written_5 : kept;
    wire last_x = last >> place;
    wire last_y = last >> (7'd32 + place);
    wire [1:0] tag = last[65:64];
    wire committed = outcomes_4 >> tag;
    wire [1:0] found = tag == epoch_4 ? {last_x, last_y}
        : strategy == 4 ? {1'b0, committed ? last_x : last_y}
        : strategy == 5 ? {committed ? last_x ^ last_y : last_x, 1'b0} : 2'd0;
    // How many epochs ago.
    wire [1:0] age = epoch_4 - tag;
    wire [1:0] floor_age = epoch_4 - floor_4;
    wire [1:0] sweep_age = epoch_4 - sweep_4;

    reg ours_7;
    always @(posedge clk) ours_7 <= !rst & ours_6;
    always @* if (!rst & started) begin
        if (known_4 & is_block_4) p_look_up: assert (touched == touched_now & pending == pending_now);
        if (known_6 & ours_6) p_word: assert (x[place] == touched_6 & y[place] == pending_6);
        if (access_5) p_summary: assert (dirty_5 == (|x_5 | |y_5));

        if (known_4) i_word: assert (found == {touched_now, pending_now});
        if (known_4) i_age: assert (age <= floor_age & (!seen_4 | age <= sweep_age));
        i_sweep: assert (sweep_age <= floor_age);
        if (ours_6) i_written: assert (kept == {epoch_6, y_6, x_6});
        if (ours_7 & !ours_6) i_written_before: assert (kept == {epoch_7, y_7, x_7});
    end
endmodule
