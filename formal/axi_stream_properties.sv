// The rules of AXI-Stream on one port: a raised valid stays with its data until it is taken; nothing is valid after reset. TRANSMITTER = 1: asserted; 0:
// assumed.
module axi_stream_properties #(
    parameter TRANSMITTER = 1,
    parameter DATA = 64
) (
    input wire clk,
    input wire rst,
    input wire tvalid,
    input wire tready,
    input wire [DATA-1:0] tdata,
    input wire tlast
);
    reg started = 0;
    reg was_rst, held, old_last;
    reg [DATA-1:0] old_data;
    always @(posedge clk) begin
        started <= 1;
        was_rst <= rst;
        held <= !rst & tvalid & !tready;
        old_data <= tdata;
        old_last <= tlast;
    end
    wire holds = !held | (tvalid & tdata == old_data & tlast == old_last);
    wire rests = !was_rst | !tvalid;

    generate
        if (TRANSMITTER) begin
            always @* if (started & !rst) begin
                p_holds: assert (holds);
                p_rests_after_reset: assert (rests);
            end
        end else begin
            always @* if (started & !rst) assume (holds & rests);
        end
    endgenerate
endmodule
