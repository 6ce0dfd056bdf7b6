// tang_nano_20k: the self test on a Tang Nano 20K with GW2AR-18. 27 MHz crystal, 18 MHz by the PLL.
// S1 spoils a word of memory while it is held, S2 resets. LEDs, low is on: 0 passed, 1 failed, 2 turning. UART: 115200 8N1 on the USB port.
module tang_nano_20k (
    input  wire       clk_27mhz,
    input  wire [1:0] btn,
    output wire       uart_tx,
    output wire [5:0] led_n
);
    wire clk, locked, rst, passed, failed, turning;
    reg [1:0] disturb = 2'd0;
    always @(posedge clk) disturb <= {disturb[0], btn[0]};
    // 27 MHz / 3 * 2 = 18 MHz; the oscillator runs at 576 MHz.
    rPLL #(
        .FCLKIN("27"),
        .DEVICE("GW2AR-18C"),
        .IDIV_SEL(2),
        .FBDIV_SEL(1),
        .ODIV_SEL(32)
    ) pll (
        .CLKIN(clk_27mhz),
        .CLKOUT(clk),
        .LOCK(locked),
        .CLKFB(1'b0),
        .RESET(1'b0),
        .RESET_P(1'b0),
        .FBDSEL(6'd0),
        .IDSEL(6'd0),
        .ODSEL(6'd0),
        .PSDA(4'd0),
        .DUTYDA(4'd0),
        .FDLY(4'd0)
    );
    board_reset reset (.clk(clk), .locked(locked), .button(btn[1]), .rst(rst));
    board_self_test self_test (
        .clk(clk),
        .rst(rst),
        .disturb(disturb[1]),
        .uart_tx(uart_tx),
        .passed(passed),
        .failed(failed),
        .turning(turning)
    );
    assign led_n = {3'b111, !turning, !failed, !passed};
endmodule
