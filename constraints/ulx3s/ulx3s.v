// ulx3s: the self test on a ULX3S with LFE5U-85F. 25 MHz crystal, 40 MHz by the PLL.
// FIRE1 spoils a word of memory while it is held, FIRE2 resets. LEDs: 0 passed, 1 failed, 2 turning. UART: 115200 8N1 on the USB port.
module ulx3s (
    input  wire       clk_25mhz,
    input  wire [2:1] btn,
    output wire       ftdi_rxd,
    output wire       wifi_gpio0,
    output wire [7:0] led
);
    wire clk, locked, rst, passed, failed, turning;
    reg [1:0] disturb = 2'd0;
    always @(posedge clk) disturb <= {disturb[0], btn[1]};
    // 25 MHz / 5 * 8 = 40 MHz; the oscillator runs at 600 MHz.
    (* FREQUENCY_PIN_CLKI = "25", FREQUENCY_PIN_CLKOP = "40" *)
    EHXPLLL #(
        .CLKI_DIV(5),
        .CLKFB_DIV(8),
        .CLKOP_ENABLE("ENABLED"),
        .CLKOP_DIV(15),
        .CLKOP_CPHASE(7),
        .CLKOP_FPHASE(0),
        .FEEDBK_PATH("CLKOP")
    ) pll (
        .CLKI(clk_25mhz),
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
    board_reset reset (.clk(clk), .locked(locked), .button(btn[2]), .rst(rst));
    board_self_test self_test (
        .clk(clk),
        .rst(rst),
        .disturb(disturb[1]),
        .uart_tx(ftdi_rxd),
        .passed(passed),
        .failed(failed),
        .turning(turning)
    );
    assign led = {5'd0, turning, failed, passed};
    // Keeps the board's second processor from taking over.
    assign wifi_gpio0 = 1'b1;
endmodule
