// The write arbiter's queue gives what was put into it, each item once and in order. Followed is any item, in any other traffic.
module queue_order_rules (
    input wire clk,
    input wire rst,
    input wire push,
    input wire [15:0] data_in,
    input wire pop
);
    wire full, valid;
    wire [1:0] data_out;
    // Bound to the inside of the queue by queue_order_binding.ys.
    (* keep *) wire front_valid, occupied, filled;
    (* keep *) wire [1:0] front;
    (* keep *) wire [3:0] stored, read_pointer, write_pointer;
    (* keep *) wire [1:0] inside_0, inside_1, inside_2, inside_3, inside_4, inside_5, inside_6, inside_7, inside_8, inside_9, inside_10, inside_11, inside_12,
        inside_13, inside_14;
    front_fifo queue (
        .clk(clk), .rst(rst), .push(push), .data_in(data_in), .full(full), .pop(pop), .data_out(data_out), .valid(valid)
    );
    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);

    // How many it holds; the item, and how many are before it.
    (* anyseq *) wire choose;
    reg [4:0] held, ahead;
    reg followed;
    reg [1:0] item;
    wire enters = push & !full;
    wire leaves = pop & valid;
    always @(posedge clk) if (rst) begin
        held <= 0;
        followed <= 0;
    end else begin
        held <= held + enters - leaves;
        if (leaves) ahead <= ahead - 1;
        if (followed & leaves & ahead == 0) followed <= 0;
        if (choose & enters & !followed) begin
            followed <= 1;
            ahead <= held - leaves;
            item <= data_in[1:0];
        end
    end
    wire [4:0] end_pointer = read_pointer + {1'b0, stored};
    wire [4:0] place = read_pointer + ahead - 5'd1;
    wire [31:0] inside = {2'd0, inside_14, inside_13, inside_12, inside_11, inside_10, inside_9, inside_8, inside_7, inside_6, inside_5, inside_4, inside_3,
        inside_2, inside_1, inside_0};
    wire [1:0] at_place = inside[2 * (place < 15 ? place : place - 5'd15) +: 2];
    always @* if (started & !rst) begin
        p_valid: assert (valid == (held != 0));
        p_room: assert (full == (held == 16));
        if (followed & ahead == 0) p_item: assert (valid & data_out == item);
        i_held: assert (held == {1'b0, stored} + front_valid & (front_valid | stored == 0) & occupied == (stored != 0) & filled == (stored == 15));
        i_pointers: assert (read_pointer < 15 & write_pointer == (end_pointer < 15 ? end_pointer : end_pointer - 5'd15));
        if (followed) i_followed: assert (ahead < held & (ahead == 0 ? front : at_place) == item);
    end
endmodule
