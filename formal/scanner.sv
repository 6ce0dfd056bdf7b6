// The scanner misses nothing and repeats nothing: while a job lasts, a block whose bit is set is sent once if it lies in the region and never if not, one whose bit is
// clear never; and all that must be sent has been when the job is over.
//
// For any block, any planes, a region of any place and size, any job, descriptors and reads taken at any time. Taken for granted: the summary above a
// word with a bit set is set (summary_store.sv); a read is answered in the next cycle.
module scanner_rules (
    input wire clk,
    input wire rst,
    input wire start,
    input wire job_fill,
    input wire [7:0] job_flags,
    input wire scan_ready,
    input wire fill_ready,
    input wire out_ready
);
    (* anyconst *) wire [9:0] block;
    (* anyconst *) wire [31:0] word_x, word_y;
    (* anyconst *) wire [3:0] region_first, region_last;
    (* anyconst *) wire l1_set;
    (* anyseq *) wire [31:0] other_x, other_y, other_l1;
    (* anyseq *) wire other_l2;
    wire [4:0] word = block[9:5];
    wire busy, scan_valid, out_valid, fill_valid, clears;
    wire [4:0] scan_word;
    wire [13:0] source, destination;
    wire [9:0] out_block;
    reg answers;
    reg [4:0] answered;
    wire is_word = answered == word;
    wire marked = |word_x | |word_y;
    wire [31:0] at_word = 32'd1 << word;
    wire [31:0] l1 = (other_l1 & ~at_word) | (marked | l1_set ? at_word : 32'd0);
    scanner scanner (
        .clk(clk), .rst(rst), .job_start_0(start), .job_fill(job_fill), .job_flags(job_flags), .job_busy_0(busy), .region_used_0(1'b1),
        .region_first_0(region_first), .region_last_0(region_last), .region_guest_0(4'd0), .mem_base(8'd0), .shadow_base(8'h10),
        .scan_valid(scan_valid), .scan_ready(scan_ready), .scan_word(scan_word), .scan_response_valid(answers),
        .scan_x(is_word ? word_x : other_x), .scan_y(is_word ? word_y : other_y), .scan_l1(l1), .scan_l2(other_l2 | marked),
        .fill_valid(fill_valid), .fill_ready(fill_ready), .out_valid(out_valid), .out_ready(out_ready), .out_source(source),
        .out_destination(destination), .out_block(out_block), .out_clear(clears)
    );
    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);
    always @(posedge clk) begin
        answers <= !rst & scan_valid & scan_ready;
        answered <= scan_word;
    end
    always @* begin
        assume (region_first <= region_last);
        if (!rst & start) assume (!busy);
    end

    // The job, and how often the block was sent.
    reg fills, plane_y, to_memory, clear_after, works, was_busy;
    reg [1:0] count;
    wire sends = out_valid & out_ready;
    always @(posedge clk) if (rst) begin
        works <= 0;
        was_busy <= 0;
    end else begin
        was_busy <= busy;
        if (start) begin
            works <= 1;
            {clear_after, to_memory, plane_y} <= job_flags[2:0];
            fills <= job_fill;
            count <= 0;
        end else if (sends & out_block == block & count != 3) count <= count + 1;
    end
    wire in_region = block[9:6] >= region_first & block[9:6] <= region_last;
    wire is_set = (plane_y ? word_y : word_x) >> block[4:0];
    wire due = in_region & is_set & !fills;
    always @* if (started & !rst) begin
        if (works) p_no_more_than_due: assert (count <= due);
        if (works & was_busy & !busy) p_all_that_is_due: assert (count == due);
        if (sends) p_only_in_jobs: assert (busy & works & !fills);
        if (sends) p_place: assert (to_memory ? destination == out_block & source == {4'd1, out_block} : source == out_block & destination == {4'd1, out_block});
        if (sends) p_flags: assert (clears == clear_after);
        c_sent: cover (works & was_busy & !busy & count == 1);
    end
endmodule
