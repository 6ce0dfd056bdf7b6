// As much logic as there are lanes: with one, the cost of driving the model shows.
module mixer #(
    parameter LANES = 1
) (
    input wire clk,
    input wire rst,
    input wire enable,
    input wire [63:0] data,
    output reg valid,
    output reg [63:0] q
);
    reg [63:0] a [0:LANES-1];
    reg [63:0] b [0:LANES-1];
    integer lane;
    always @(posedge clk) begin
        if (rst) begin
            for (lane = 0; lane < LANES; lane = lane + 1) begin
                a[lane] <= 64'd1;
                b[lane] <= 64'd2;
            end
            q <= 64'd0;
            valid <= 1'b0;
        end else begin
            valid <= enable;
            if (enable) begin
                for (lane = 0; lane < LANES; lane = lane + 1) begin
                    a[lane] <= (a[lane] ^ data) + {b[LANES-1-lane][31:0], b[lane][63:32]};
                    b[lane] <= b[lane] + a[LANES-1-lane];
                end
                q <= a[0] ^ b[LANES-1];
            end
        end
    end
endmodule
