// orangecrab: the self test on an OrangeCrab r0.2 with LFE5U-25F. 48 MHz crystal, 40 MHz by the PLL.
// The button spoils a word of memory while it is held. The LED is green: passed, red: failed, blue: turning. UART: 115200 8N1 on the pin TX (GPIO 1).
module orangecrab (
    input  wire clk48,
    input  wire usr_btn,
    output wire uart_tx,
    output wire led_r,
    output wire led_g,
    output wire led_b
);
    wire clk, locked, rst, passed, failed, turning;
    reg [1:0] disturb = 2'd0;
    always @(posedge clk) disturb <= {disturb[0], !usr_btn};
    // 48 MHz / 6 * 5 = 40 MHz; the oscillator runs at 600 MHz.
    (* FREQUENCY_PIN_CLKI = "48", FREQUENCY_PIN_CLKOP = "40" *)
    EHXPLLL #(
        .CLKI_DIV(6),
        .CLKFB_DIV(5),
        .CLKOP_ENABLE("ENABLED"),
        .CLKOP_DIV(15),
        .CLKOP_CPHASE(7),
        .CLKOP_FPHASE(0),
        .FEEDBK_PATH("CLKOP")
    ) pll (
        .CLKI(clk48),
        .CLKFB(clk),
        .CLKOP(clk),
        .LOCK(locked),
        .RST(1'b0),
        .STDBY(1'b0),
        .PHASESEL0(1'b0),
        .PHASESEL1(1'b0),
        .PHASEDIR(1'b1),
        .PHASESTEP(1'b1),
        .PHASELOADREG(1'b1),
        .PLLWAKESYNC(1'b0),
        .ENCLKOP(1'b0)
    );
    board_reset reset (.clk(clk), .locked(locked), .button(1'b0), .rst(rst));
    board_self_test self_test (
        .clk(clk),
        .rst(rst),
        .disturb(disturb[1]),
        .uart_tx(uart_tx),
        .passed(passed),
        .failed(failed),
        .turning(turning)
    );
    // The LED lights where a pin is low.
    assign led_r = !failed;
    assign led_g = !passed;
    assign led_b = !turning;
endmodule
