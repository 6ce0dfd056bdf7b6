// A level of the scanner misses nothing and repeats nothing: each bit of a word that arrives is shown once, with its word, none that is not set is, and
// the last is told as such. A word that was asked for always finds its place.
//
// For any word, any bit of it, any other words, bits taken in any cycle. Unbounded by induction. Taken for granted: a memory gives what was last written;
// the user asks only with room, and each word that it asks for arrives or is clean, once. A word without bits counts as one with a last bit.
module scan_level_rules (
    input wire clk,
    input wire rst,
    input wire asked,
    input wire arrives,
    input wire [62:0] item,
    input wire is_clean,
    input wire take
);
    (* anyconst *) wire [4:0] place;
    (* anyseq *) wire choose;
    wire room, valid, is_last;
    wire [62:0] now;
    wire [4:0] index;
    // Bound to the inside by scan_level_binding.ys.
    (* keep *) wire [2:0] left, stored;
    (* keep *) wire loaded, dropped, loads, filled, occupied;
    (* keep *) wire [1:0] write_pointer, read_pointer;
    (* keep *) wire [62:0] read_data;
    scan_level level (
        .clk(clk), .rst(rst), .asked(asked), .room(room), .arrives(arrives), .item(item), .is_clean(is_clean), .valid(valid), .now(now), .index(index),
        .is_last(is_last), .take(take)
    );
    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);

    reg [2:0] coming;
    always @(posedge clk) coming <= rst ? 3'd0 : coming + asked - arrives - is_clean;
    always @* if (!rst) begin
        assume (!asked | room);
        assume (!(arrives & is_clean) & (!(arrives | is_clean) | coming != 0));
        assume (!take | valid);
    end

    // The word that is followed: in the queue, then shown, then gone.
    reg queued, shown, counted;
    reg [1:0] slot;
    reg [62:0] word;
    wire chooses = choose & arrives & !queued & !shown;
    wire enters = queued & loads & read_pointer == slot;
    wire ends = shown & take & is_last;
    wire due = word[31 + place];
    wire counts = shown & take & index == place & now[62:31] != 0;
    always @(posedge clk) if (rst) begin
        queued <= 0;
        shown <= 0;
    end else begin
        if (chooses) begin
            queued <= 1;
            slot <= write_pointer;
            word <= item;
        end
        if (enters) begin
            queued <= 0;
            shown <= 1;
            counted <= 0;
        end
        if (ends) shown <= 0;
        if (counts) counted <= 1;
    end
    always @* if (!rst & queued & read_pointer == slot) assume (read_data == word);

    wire [1:0] ahead = slot - read_pointer;
    wire [31:0] gone = word[62:31] & ~now[62:31];
    always @* if (started & !rst) begin
        if (arrives) p_has_a_place: assert (!filled);
        if (shown) p_word: assert (valid & now[30:0] == word[30:0]);
        if (counts) p_once_if_set: assert (due & !counted);
        if (ends) p_all: assert ((counted | counts) == due);

        if (shown) begin
            i_rest: assert (now[62:31] == 0 ? word[62:31] == 0 : (now[62:31] & ~word[62:31]) == 0);
            i_counted: assert (counted == gone[place]);
        end
        if (queued) i_queued: assert ({1'b0, ahead} < stored & !shown);
        i_room: assert ({1'b0, left} + coming + stored + loaded + dropped == 4);
        i_pointers: assert (stored[1:0] == write_pointer - read_pointer & stored <= 4 & occupied == (stored != 0) & filled == (stored == 4));
        c_all: cover (ends & word[62:31] == 32'h80000001);
    end
endmodule
