// 16 AXI4-Lite registers; register 15 answers SLVERR; irq shows the lowest bits of register 14.
module axil_registers (
    input  wire        clk,
    input  wire        rst,
    input  wire        s_axil_awvalid,
    output wire        s_axil_awready,
    input  wire [11:0] s_axil_awaddr,
    input  wire [2:0]  s_axil_awprot,
    input  wire        s_axil_wvalid,
    output wire        s_axil_wready,
    input  wire [31:0] s_axil_wdata,
    input  wire [3:0]  s_axil_wstrb,
    output reg         s_axil_bvalid,
    input  wire        s_axil_bready,
    output reg  [1:0]  s_axil_bresp,
    input  wire        s_axil_arvalid,
    output wire        s_axil_arready,
    input  wire [11:0] s_axil_araddr,
    input  wire [2:0]  s_axil_arprot,
    output reg         s_axil_rvalid,
    input  wire        s_axil_rready,
    output reg  [31:0] s_axil_rdata,
    output reg  [1:0]  s_axil_rresp,
    output wire [4:0]  irq
);
    reg [31:0] registers [0:15];
    integer lane;
    assign irq = registers[14][4:0];
    // Address and data are taken together.
    wire write = s_axil_awvalid && s_axil_wvalid && (!s_axil_bvalid || s_axil_bready);
    assign s_axil_awready = write;
    assign s_axil_wready = write;
    assign s_axil_arready = !s_axil_rvalid || s_axil_rready;
    always @(posedge clk) begin
        if (rst) begin
            s_axil_bvalid <= 1'b0;
            s_axil_rvalid <= 1'b0;
            registers[14] <= 32'd0;
        end else begin
            if (s_axil_bready) s_axil_bvalid <= 1'b0;
            if (s_axil_rready) s_axil_rvalid <= 1'b0;
            if (write) begin
                s_axil_bvalid <= 1'b1;
                s_axil_bresp <= &s_axil_awaddr[5:2] ? 2'b10 : 2'b00;
                for (lane = 0; lane < 4; lane = lane + 1)
                    if (s_axil_wstrb[lane])
                        registers[s_axil_awaddr[5:2]][8*lane +: 8] <= s_axil_wdata[8*lane +: 8];
            end
            if (s_axil_arvalid && s_axil_arready) begin
                s_axil_rvalid <= 1'b1;
                s_axil_rdata <= registers[s_axil_araddr[5:2]];
                s_axil_rresp <= &s_axil_araddr[5:2] ? 2'b10 : 2'b00;
            end
        end
    end
    wire unused = &{1'b0, s_axil_awprot, s_axil_arprot, s_axil_awaddr, s_axil_araddr};
endmodule
