// A register slice for one valid/ready channel: both directions registered, full throughput.
module skid_buffer #(
    parameter WIDTH = 8
) (
    input  wire             clk,
    input  wire             rst,
    input  wire             in_valid,
    output reg              in_ready,
    input  wire [WIDTH-1:0] in,
    output reg              out_valid,
    input  wire             out_ready,
    output reg  [WIDTH-1:0] out
);
    reg [WIDTH-1:0] spare;
    reg             spare_valid;
    wire            take = in_valid && in_ready;
    wire            give = out_valid && out_ready;

    always @(posedge clk) begin
        if (rst) begin
            in_ready <= 1'b0;
            out_valid <= 1'b0;
            spare_valid <= 1'b0;
        end else if (out_valid && !give) begin
            // The output stands still: what comes in goes to the spare register.
            if (take) begin
                spare <= in;
                spare_valid <= 1'b1;
            end
            in_ready <= !(spare_valid || take);
        end else begin
            out_valid <= spare_valid || take;
            out <= spare_valid ? spare : in;
            spare_valid <= 1'b0;
            in_ready <= 1'b1;
        end
    end
endmodule
