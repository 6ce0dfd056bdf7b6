// board_reset: a reset that is high until the clock is good, for 128 cycles more, and while the button is held.
module board_reset (
    input  wire clk,
    input  wire locked,
    input  wire button,
    output wire rst
);
    reg [7:0] count = 8'd0;
    reg [1:0] held = 2'd0;
    reg [1:0] good = 2'd0;
    always @(posedge clk) begin
        held <= {held[0], button};
        good <= {good[0], locked};
        if (!good[1] || held[1]) count <= 8'd0;
        else if (!count[7]) count <= count + 8'd1;
    end
    assign rst = !count[7];
endmodule
