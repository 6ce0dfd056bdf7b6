// A computer without a checkpoint unit, for recording what its processor asks of memory: 32 bits wide, one access at a time.
`default_nettype none

module core_alone #(
    parameter [31:0] BASE = 32'h1000_0000
) (
    input  wire        clk,
    input  wire        rst,
    output wire        trap,

    output wire        write_valid,
    output wire [31:0] write_address,
    output wire [31:0] write_data,
    output wire [3:0]  write_strobes,
    input  wire        write_done,
    output wire        read_valid,
    output wire [31:0] read_address,
    output wire        read_is_fetch,
    input  wire        read_done,
    input  wire [31:0] read_data,

    output wire        register_valid,
    input  wire        register_ready,
    output wire        mail_valid,
    output wire [7:0]  mail_address,
    output wire [31:0] mail_data
);
    wire [2:0] protection;
    wire data_valid;
    assign read_is_fetch = protection[2];

    computer_core #(
        .BASE(BASE),
        .DATA_BYTES(4)
    ) core (
        .clk(clk),
        .resetn(!rst),
        .rendezvous(1'b0),
        .trap(trap),
        .axi_awvalid(write_valid),
        .axi_awready(1'b1),
        .axi_awaddr(write_address),
        .axi_wvalid(data_valid),
        .axi_wready(1'b1),
        .axi_wdata(write_data),
        .axi_wstrb(write_strobes),
        .axi_bvalid(write_done),
        .axi_bready(),
        .axi_arvalid(read_valid),
        .axi_arready(1'b1),
        .axi_araddr(read_address),
        .axi_arprot(protection),
        .axi_rvalid(read_done),
        .axi_rready(),
        .axi_rdata(read_data),
        .register_valid(register_valid),
        .register_write(),
        .register_address(),
        .register_wdata(),
        .register_wstrb(),
        .register_ready(register_ready),
        .register_rdata(32'd0),
        .mail_valid(mail_valid),
        .mail_address(mail_address),
        .mail_data(mail_data)
    );
    wire unused = &{1'b0, data_valid, protection[1:0]};
endmodule
`default_nettype wire
