// link_tx: the rules of AXI-Stream, and the shape of a frame: its first and second beat as they were offered, each of its words once and in order, TLAST on
// the beat after them and on no other. On that beat stands the check of the beats before it, as they were sent; if the frame must not be believed, its complement.
//
// Answers and frames are offered until they are taken; words come when they like. Unbounded by induction.
module link_transmitter_rules (
    input wire clk,
    input wire rst,
    input wire answer_valid,
    input wire [63:0] answer_first,
    input wire [48:0] answer_second,
    input wire frame_valid,
    input wire [63:0] frame_first,
    input wire [63:0] frame_second,
    input wire [9:0] frame_words,
    input wire frame_bad,
    input wire word_valid,
    input wire [63:0] word,
    input wire word_error,
    input wire tready
);
    wire answer_take, frame_take, word_take, tvalid, tlast;
    wire [63:0] tdata;
    // Bound to the inside by link_transmitter_binding.ys.
    (* keep *) wire [1:0] state;
    (* keep *) wire answers, bad;
    (* keep *) wire [9:0] left;
    (* keep *) wire [31:0] sum;
    link_frame_transmitter transmitter (
        .clk(clk), .rst(rst), .answer_valid(answer_valid), .answer_take(answer_take), .answer_first(answer_first), .answer_second(answer_second),
        .frame_valid(frame_valid), .frame_take(frame_take), .frame_first(frame_first), .frame_second(frame_second), .frame_words(frame_words),
        .frame_bad(frame_bad), .word_valid(word_valid), .word(word), .word_error(word_error), .word_take(word_take),
        .tx_tvalid(tvalid), .tx_tready(tready), .tx_tdata(tdata), .tx_tlast(tlast)
    );
    axi_stream_properties stream (.clk(clk), .rst(rst), .tvalid(tvalid), .tready(tready), .tdata(tdata), .tlast(tlast));

    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);

    // An offer stays until it is taken.
    reg answer_stays, frame_stays;
    reg [112:0] old_answer;
    reg [138:0] old_frame;
    wire [112:0] answer = {answer_first, answer_second};
    wire [138:0] frame = {frame_first, frame_second, frame_words, frame_bad};
    always @(posedge clk) begin
        answer_stays <= !rst & answer_valid & !answer_take;
        frame_stays <= !rst & frame_valid & !frame_take;
        old_answer <= answer;
        old_frame <= frame;
    end
    always @* if (!rst) begin
        if (answer_stays) assume (answer_valid & answer == old_answer);
        if (frame_stays) assume (frame_valid & frame == old_frame);
    end

    // The frame under way, as it is seen at the link; and the words that were taken for it.
    reg [10:0] sent, words;
    reg [63:0] first, second;
    reg error;
    wire accepts = tvalid & tready;
    wire [10:0] sent_next = accepts & tlast ? 11'd0 : sent + accepts;
    wire [63:0] first_next = accepts & sent == 0 ? tdata : first;
    wire [63:0] second_next = accepts & sent == 1 ? tdata : second;
    always @(posedge clk) begin
        sent <= rst ? 11'd0 : sent_next;
        first <= first_next;
        second <= second_next;
        words <= rst | frame_take ? 11'd0 : words + word_take;
        error <= !rst & !frame_take & (error | word_take & word_error);
    end
    reg ended, was_word;
    reg [63:0] old_word;
    always @(posedge clk) begin
        if (rst) ended <= 0;
        else if (answer_take | frame_take) ended <= 1;
        else if (accepts) ended <= 0;
        was_word <= !rst & word_take;
        old_word <= word;
    end
    always @* if (started & !rst) begin
        p_one_at_a_time: assert (!(answer_take & frame_take));
        if (answer_take) p_answer: assert (answer_valid & sent_next == 2 & first_next == answer_first & second_next == answer_second);
        if (frame_take) begin
            p_frame: assert (frame_valid & sent_next == 2 + frame_words & first_next == frame_first & second_next == frame_second);
            p_words: assert (words == frame_words);
        end
        p_last: assert ((tvalid & tlast) == ended);
        if (word_take) p_word_is_there: assert (word_valid);
        if (was_word) p_word: assert (tvalid & !tlast & tdata == old_word);
    end

    // Where the block is, and what it has still to send.
    wire [10:0] loaded = sent + (tvalid & !tlast);
    wire [63:0] first_loaded = tvalid & sent == 0 ? tdata : first;
    wire [63:0] second_loaded = tvalid & sent == 1 ? tdata : second;
    always @* if (started & !rst) begin
        if (state == 0) i_first: assert (words == 0 & !error & (tvalid ? tlast : sent == 0));
        else begin
            i_under_way: assert (!(tvalid & tlast) & (answers ? answer_valid : frame_valid));
            i_first_beat: assert (first_loaded == (answers ? answer_first : frame_first));
            if (state != 1) i_second_beat: assert (second_loaded == (answers ? {15'd0, answer_second} : frame_second));
            i_words: assert (loaded == (state == 1 ? 11'd1 : 11'd2 + words) & (state != 1 & !answers | words == 0));
            i_count: assert (answers | words <= frame_words);
            if (!answers) i_left: assert (state == 3 ? left == 0 & words == frame_words : left + words == frame_words & (state == 1 | left != 0));
            else i_answer: assert (state != 2);
            i_bad: assert (bad == (!answers & (frame_bad | error)) & (!answers | !error));
        end
    end

    always @* if (started & !rst) begin
        c_answer: cover (answer_take);
        c_frame: cover (frame_take & frame_words == 3);
    end
endmodule
