// The registers' bus, s_axil: the rules of AXI4-Lite. The registers behind it answer what they like, when they like.
module register_bus_rules (
    input wire clk,
    input wire rst,
    input wire awvalid,
    input wire [16:0] awaddr,
    input wire wvalid,
    input wire [31:0] wdata,
    input wire [3:0] wstrb,
    input wire bready,
    input wire arvalid,
    input wire [16:0] araddr,
    input wire rready,
    input wire [4:0] error,
    input wire [31:0] read,
    input wire wants_peek,
    input wire peek_ready,
    input wire peek_response_valid
);
    wire awready, wready, bvalid, arready, rvalid;
    wire [1:0] bresp, rresp;
    wire [31:0] rdata;
    wire [4:0] addresses, words, reads;
    // Bound to the inside of the bus by register_bus_binding.ys.
    (* keep *) wire has_address, has_data, has_read, is_write;
    (* keep *) wire [2:0] state;
    register_bus bus (
        .clk(clk), .rst(rst), .awvalid(awvalid), .awready(awready), .awaddr(awaddr), .wvalid(wvalid), .wready(wready), .wdata(wdata),
        .wstrb(wstrb), .bvalid(bvalid), .bready(bready), .bresp(bresp), .arvalid(arvalid), .arready(arready), .araddr(araddr),
        .rvalid(rvalid), .rready(rready), .rdata(rdata), .rresp(rresp), .error(error), .read(read), .wants_peek(wants_peek),
        .peek_ready(peek_ready), .peek_response_valid(peek_response_valid)
    );
    axi_lite_properties rules (
        .clk(clk), .rst(rst), .awvalid(awvalid), .awready(awready), .awaddr(awaddr), .wvalid(wvalid), .wready(wready), .wdata(wdata),
        .wstrb(wstrb), .bvalid(bvalid), .bready(bready), .bresp(bresp), .arvalid(arvalid), .arready(arready), .araddr(araddr),
        .rvalid(rvalid), .rready(rready), .rdata(rdata), .rresp(rresp), .addresses(addresses), .words(words), .reads(reads)
    );
    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);
    always @* if (started) begin
        // What it holds is what is not answered; whatever it is at, it holds the request for.
        i_holds: assert (addresses == has_address & words == has_data & reads == has_read);
        i_works: assert (state == 0 | (is_write ? has_address & has_data : has_read));
        i_state: assert (state <= 5);
    end
endmodule
