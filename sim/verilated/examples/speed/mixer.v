// Enough logic to be a model and little enough that the cost of driving it shows.
module mixer (
    input wire clk,
    input wire rst,
    input wire enable,
    input wire [63:0] data,
    output reg valid,
    output reg [63:0] q
);
    reg [63:0] a;
    reg [63:0] b;
    always @(posedge clk) begin
        if (rst) begin
            a <= 64'd1;
            b <= 64'd2;
            q <= 64'd0;
            valid <= 1'b0;
        end else begin
            valid <= enable;
            if (enable) begin
                a <= (a ^ data) + {b[31:0], b[63:32]};
                b <= b + a;
                q <= a ^ b;
            end
        end
    end
endmodule
