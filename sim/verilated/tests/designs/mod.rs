//! Small designs that the tests share.

use verilated::{Cache, Design};

/// The workspace's cache: what one test run built, the next finds.
pub fn cache() -> Cache {
    Cache::default()
}

/// A counter of the given width with a step.
pub fn counter(width: u32) -> Design {
    Design::new("counter").parameter("WIDTH", width).text(
        "counter.v",
        "module counter #(parameter WIDTH = 4) (
            input wire clk,
            input wire rst,
            input wire [WIDTH-1:0] step,
            output reg [WIDTH-1:0] q
        );
            always @(posedge clk) if (rst) q <= 0; else q <= q + step;
        endmodule\n",
    )
}

/// Ports of every storage size; each output is a known function of its input.
pub fn wide() -> Design {
    Design::new("wide").text(
        "wide.v",
        "module wide (
            input wire [4:0] a5, output wire [4:0] y5,
            input wire [12:0] a13, output wire [12:0] y13,
            input wire [16:0] a17, output wire [16:0] y17,
            input wire [63:0] a64, output wire [63:0] y64,
            input wire [129:0] a130, output wire [129:0] y130,
            input wire [511:0] a512, output wire [511:0] y512
        );
            assign y5 = ~a5;
            assign y13 = ~a13;
            assign y17 = ~a17;
            assign y64 = ~a64;
            assign y130 = ~a130;
            assign y512 = {a512[31:0], a512[511:32]};
        endmodule\n",
    )
}
