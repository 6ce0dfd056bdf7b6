// The summary: what the scanner skips is clean. Whatever was written to a word last, its L1 bit says whether that had a bit set, and if it had, the L2
// bit above is set, in every answer about them, also while other words beside it are written.
//
// For any word and any other accesses, one a cycle. Unbounded by induction. Taken for granted: a memory gives what was last written to a word (nothing,
// while it is written); the clearing sweep comes first. Nothing is promised of a word before it or its neighbours were cleared.
module summary_store_rules (
    input wire clk,
    input wire rst,
    input wire access,
    input wire [6:0] access_word,
    input wire dirty,
    input wire wipe
);
    (* anyconst *) wire [6:0] word;
    wire [4:0] place = word[4:0];
    wire [1:0] group = word[6:5];
    wire [31:0] l1;
    wire [3:0] l2;
    // Bound to the inside by summary_store_binding.ys. A number that ends a name is the stage of the pipeline it belongs to.
    (* keep *) wire access_5, access_6;
    (* keep *) wire [6:0] word_5, word_6;
    (* keep *) wire [31:0] l1_read, l1_next_5, l1_6, l1_7;
    (* keep *) wire [3:0] l2_read, l2_next_5, l2_6, l2_7;

    summary_store summary (.clk(clk), .rst(rst), .access(access), .word(access_word), .dirty(dirty), .wipe(wipe), .l1(l1), .l2(l2));

    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);

    // The memories, of the L1 word and of the only L2 word. What is read while it is written is anything.
    wire ours = access & access_word[6:5] == group;
    wire ours_5 = access_5 & word_5[6:5] == group;
    wire ours_6 = access_6 & word_6[6:5] == group;
    wire is_word_5 = access_5 & word_5 == word;
    reg [31:0] l1_kept, l1_kept_3, l1_kept_4;
    reg [3:0] l2_kept, l2_kept_3, l2_kept_4;
    reg l1_defined_3, l1_defined_4, l2_defined_3, l2_defined_4;
    always @(posedge clk) begin
        if (ours_5) l1_kept <= l1_next_5;
        if (access_5) l2_kept <= l2_next_5;
        l1_kept_3 <= l1_kept;
        l1_kept_4 <= l1_kept_3;
        l2_kept_3 <= l2_kept;
        l2_kept_4 <= l2_kept_3;
        l1_defined_3 <= ours & !ours_5;
        l1_defined_4 <= l1_defined_3;
        l2_defined_3 <= access & !access_5;
        l2_defined_4 <= l2_defined_3;
    end
    always @* if (!rst) begin
        if (l1_defined_4) assume (l1_read == l1_kept_4);
        if (l2_defined_4) assume (l2_read == l2_kept_4);
    end

    // Whether the word was left with a bit set, once it was cleared; and whether the clearing sweep is over.
    reg known, works, is_set;
    always @* if (!rst & access_5 & wipe) assume (!works & !dirty);
    always @(posedge clk) if (rst) begin
        known <= 0;
        works <= 0;
    end else begin
        if (access_5 & !wipe) works <= 1;
        if (ours_5 & wipe) known <= 1;
        if (ours_5 & wipe) is_set <= 0;
        if (is_word_5 & !wipe) is_set <= dirty;
    end

    reg ours_7, was_access_7;
    always @(posedge clk) ours_7 <= !rst & ours_6;
    always @(posedge clk) was_access_7 <= !rst & access_6;
    always @* if (!rst & started & known) begin
        if (ours_6) p_l1: assert (l1[place] == is_set);
        if (access_6) p_l2: assert (l2[group] | !is_set);

        if (!works) i_cleared: assert (!is_set & l1_kept == 0);
        i_l1: assert (l1_kept[place] == is_set);
        i_l2: assert (l2_kept[group] == (|l1_kept));
    end
    always @* if (!rst & started) begin
        if (ours_6) i_l1_written: assert (l1_kept == l1_6);
        if (ours_7 & !ours_6) i_l1_written_before: assert (l1_kept == l1_7);
        if (access_6) i_l2_written: assert (l2_kept == l2_6);
        if (was_access_7 & !access_6) i_l2_written_before: assert (l2_kept == l2_7);
    end
endmodule
