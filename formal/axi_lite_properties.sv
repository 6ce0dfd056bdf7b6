// The rules of AXI4-Lite on one port: a raised valid stays with its payload until it is taken, nothing is valid after reset, and no response comes
// without its request, nor a second one. What the side under proof drives is asserted (SUBORDINATE = 1: the subordinate's signals), the other
// side's is assumed.
module axi_lite_properties #(
    parameter SUBORDINATE = 1,
    parameter ADDRESS = 17,
    parameter OUTSTANDING = 4 // at most 2 to the power of this and as many again: the width of the counters
) (
    input wire clk,
    input wire rst,
    input wire awvalid,
    input wire awready,
    input wire [ADDRESS-1:0] awaddr,
    input wire wvalid,
    input wire wready,
    input wire [31:0] wdata,
    input wire [3:0] wstrb,
    input wire bvalid,
    input wire bready,
    input wire [1:0] bresp,
    input wire arvalid,
    input wire arready,
    input wire [ADDRESS-1:0] araddr,
    input wire rvalid,
    input wire rready,
    input wire [31:0] rdata,
    input wire [1:0] rresp,
    output reg [OUTSTANDING:0] addresses,
    output reg [OUTSTANDING:0] words,
    output reg [OUTSTANDING:0] reads
);
    reg started = 0;
    reg was_rst, aw_held, w_held, b_held, ar_held, r_held;
    reg [ADDRESS-1:0] old_awaddr, old_araddr;
    reg [35:0] old_w;
    reg [1:0] old_bresp;
    reg [33:0] old_r;
    always @(posedge clk) begin
        started <= 1;
        was_rst <= rst;
        aw_held <= !rst & awvalid & !awready;
        w_held <= !rst & wvalid & !wready;
        b_held <= !rst & bvalid & !bready;
        ar_held <= !rst & arvalid & !arready;
        r_held <= !rst & rvalid & !rready;
        old_awaddr <= awaddr;
        old_araddr <= araddr;
        old_w <= {wstrb, wdata};
        old_bresp <= bresp;
        old_r <= {rresp, rdata};
    end

    // Requests taken and not yet answered.
    always @(posedge clk) if (rst) begin
        addresses <= 0;
        words <= 0;
        reads <= 0;
    end else begin
        addresses <= addresses + (awvalid & awready) - (bvalid & bready);
        words <= words + (wvalid & wready) - (bvalid & bready);
        reads <= reads + (arvalid & arready) - (rvalid & rready);
    end

    wire manager_holds = (!aw_held | (awvalid & awaddr == old_awaddr)) & (!w_held | (wvalid & {wstrb, wdata} == old_w))
        & (!ar_held | (arvalid & araddr == old_araddr));
    wire manager_rests = !was_rst | (!awvalid & !wvalid & !arvalid);
    wire write_response_holds = !b_held | (bvalid & bresp == old_bresp);
    wire read_response_holds = !r_held | (rvalid & {rresp, rdata} == old_r);
    wire subordinate_rests = !was_rst | (!bvalid & !rvalid);
    wire write_is_asked_for = !bvalid | (addresses != 0 & words != 0);
    wire read_is_asked_for = !rvalid | reads != 0;
    wire is_no_exclusive = (!bvalid | bresp != 1) & (!rvalid | rresp != 1);

    generate
        if (SUBORDINATE) begin
            always @* if (started & !rst) begin
                assume (manager_holds & manager_rests);
                p_write_response_holds: assert (write_response_holds);
                p_read_response_holds: assert (read_response_holds);
                p_rests_after_reset: assert (subordinate_rests);
                p_write_is_asked_for: assert (write_is_asked_for);
                p_read_is_asked_for: assert (read_is_asked_for);
                p_no_exclusive_response: assert (is_no_exclusive);
            end
        end else begin
            always @* if (started & !rst) begin
                assume (write_response_holds & read_response_holds & subordinate_rests);
                assume (write_is_asked_for & read_is_asked_for & is_no_exclusive);
                p_manager_holds: assert (manager_holds);
                p_rests_after_reset: assert (manager_rests);
            end
        end
    endgenerate

    always @* if (started & !rst) begin
        c_write: cover (bvalid & bready & bresp == 0);
        c_write_refused: cover (bvalid & bready & bresp == 2);
        c_read: cover (rvalid & rready & rresp == 0);
        c_write_held: cover (b_held & bready);
        c_read_held: cover (r_held & rready);
    end
endmodule
