// link_rx: a beat waits 256 cycles at most, whatever the rest of the unit does and however long it has no room: then its frame is dropped. Unbounded by induction.
module link_receiver_rules (
    input wire clk,
    input wire rst,
    input wire tvalid,
    input wire [63:0] tdata,
    input wire tlast,
    input wire room,
    input wire frame_take
);
    wire tready, push, keep, forget, frame_valid, answer_valid, dropped;
    wire [63:0] word, frame_first, frame_second, answer_first, answer_second;
    wire [9:0] frame_words;
    // Bound to the inside by link_receiver_binding.ys.
    (* keep *) wire [1:0] state;
    (* keep *) wire [7:0] waited;
    (* keep *) wire front_valid, spare_valid, waits;
    link_frame_receiver receiver (
        .clk(clk), .rst(rst), .rx_tvalid(tvalid), .rx_tready(tready), .rx_tdata(tdata), .rx_tlast(tlast), .room(room), .push(push), .word(word),
        .keep(keep), .forget(forget), .frame_valid(frame_valid), .frame_take(frame_take), .frame_first(frame_first), .frame_second(frame_second),
        .frame_words(frame_words), .answer_valid(answer_valid), .answer_first(answer_first), .answer_second(answer_second), .dropped(dropped)
    );
    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);

    reg [8:0] stalled;
    always @(posedge clk) stalled <= rst | !tvalid | tready ? 9'd0 : stalled + 9'd1;
    always @* if (started & !rst) begin
        p_goes_on: assert (stalled <= 256);
        i_spare: assert (!spare_valid | front_valid);
        if (spare_valid) i_waited: assert (state == 2 ? stalled + 9'd1 <= {1'b0, waited} : stalled <= 255);
        if (state != 2) i_only_the_rest_waits: assert (!waits);
    end
endmodule
