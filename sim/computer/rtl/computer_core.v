// A PicoRV32 with its three places: memory behind an AXI4 port, one page of the checkpoint unit's registers,
// and a mailbox that leaves the machine.
//
// Reset may strike at any moment and silences the memory port at once, in the middle of a handshake as
// a dead processor would: the port has to be flushed before the core runs again.
`default_nettype none

module computer_core #(
    parameter [31:0] BASE = 32'h1000_0000,
    parameter [4:0] PAGE = 5'd1,
    parameter integer RENDEZVOUS_INTERRUPT = 3,
    parameter integer DATA_BYTES = 8
) (
    input  wire clk,
    input  wire resetn,
    input  wire rendezvous,
    output wire trap,

    output wire        axi_awvalid,
    input  wire        axi_awready,
    output wire [31:0] axi_awaddr,
    output wire        axi_wvalid,
    input  wire        axi_wready,
    output wire [8*DATA_BYTES-1:0] axi_wdata,
    output wire [DATA_BYTES-1:0]   axi_wstrb,
    input  wire        axi_bvalid,
    output wire        axi_bready,
    output wire        axi_arvalid,
    input  wire        axi_arready,
    output wire [31:0] axi_araddr,
    output wire [2:0]  axi_arprot,
    input  wire        axi_rvalid,
    output wire        axi_rready,
    input  wire [8*DATA_BYTES-1:0] axi_rdata,

    output wire        register_valid,
    output wire        register_write,
    output wire [16:0] register_address,
    output wire [31:0] register_wdata,
    output wire [3:0]  register_wstrb,
    input  wire        register_ready,
    input  wire [31:0] register_rdata,

    output wire        mail_valid,
    output wire [7:0]  mail_address,
    output wire [31:0] mail_data
);
    localparam integer LANES = DATA_BYTES / 4;

    wire        mem_valid, mem_instr;
    wire [31:0] mem_addr, mem_wdata;
    wire [3:0]  mem_wstrb;
    wire        write = |mem_wstrb;

    wire in_registers = mem_addr[31:17] == 15'h4000;
    wire in_page = in_registers && mem_addr[16:12] == PAGE;
    wire in_memory = !mem_addr[31];

    // What is neither memory nor the core's page is answered at once: a write goes to the mailbox or nowhere.
    wire nowhere = mem_valid && !in_memory && !in_page;
    assign mail_valid = nowhere && write && mem_addr[31:8] == 24'h900000;
    assign mail_address = mem_addr[7:0];
    assign mail_data = mem_wdata;

    assign register_valid = mem_valid && in_page;
    assign register_write = write;
    assign register_address = mem_addr[16:0];
    assign register_wdata = mem_wdata;
    assign register_wstrb = mem_wstrb;

    // One access at a time: AW and W are offered together, and the access ends with B or R.
    wire memory_valid = mem_valid && in_memory;
    reg  address_sent, data_sent;
    wire answered = memory_valid && (write ? axi_bvalid : axi_rvalid);
    assign axi_awvalid = memory_valid && write && !address_sent;
    assign axi_arvalid = memory_valid && !write && !address_sent;
    assign axi_wvalid = memory_valid && write && !data_sent;
    assign axi_awaddr = mem_addr;
    assign axi_araddr = mem_addr;
    assign axi_arprot = {mem_instr, 2'b00};
    assign axi_bready = memory_valid && write;
    assign axi_rready = memory_valid && !write;

    always @(posedge clk) begin
        if (!resetn || answered) begin
            address_sent <= 1'b0;
            data_sent <= 1'b0;
        end else begin
            if ((axi_awvalid && axi_awready) || (axi_arvalid && axi_arready)) address_sent <= 1'b1;
            if (axi_wvalid && axi_wready) data_sent <= 1'b1;
        end
    end

    wire [31:0] lane_data;
    assign axi_wdata = {LANES{mem_wdata}};
    generate
        if (LANES == 1) begin : narrow
            assign axi_wstrb = mem_wstrb;
            assign lane_data = axi_rdata;
        end else begin : wide
            wire [$clog2(LANES)-1:0] lane = mem_addr[2 +: $clog2(LANES)];
            assign axi_wstrb = {{DATA_BYTES - 4{1'b0}}, mem_wstrb} << {lane, 2'b00};
            assign lane_data = axi_rdata[{lane, 5'b0_0000} +: 32];
        end
    endgenerate

    picorv32 #(
        .COMPRESSED_ISA(0),
        .BARREL_SHIFTER(1),
        .ENABLE_MUL(1),
        .ENABLE_DIV(1),
        .ENABLE_IRQ(1),
        .ENABLE_IRQ_TIMER(0),
        .LATCHED_IRQ(~(32'd1 << RENDEZVOUS_INTERRUPT)),
        .PROGADDR_RESET(BASE),
        .PROGADDR_IRQ(BASE + 32'h10)
    ) core (
        .clk(clk),
        .resetn(resetn),
        .trap(trap),
        .mem_valid(mem_valid),
        .mem_instr(mem_instr),
        .mem_ready(answered || nowhere || register_ready),
        .mem_addr(mem_addr),
        .mem_wdata(mem_wdata),
        .mem_wstrb(mem_wstrb),
        .mem_rdata(in_memory ? lane_data : in_page ? register_rdata : 32'd0),
        .mem_la_read(),
        .mem_la_write(),
        .mem_la_addr(),
        .mem_la_wdata(),
        .mem_la_wstrb(),
        .pcpi_valid(),
        .pcpi_insn(),
        .pcpi_rs1(),
        .pcpi_rs2(),
        .pcpi_wr(1'b0),
        .pcpi_rd(32'd0),
        .pcpi_wait(1'b0),
        .pcpi_ready(1'b0),
        .irq({31'd0, rendezvous} << RENDEZVOUS_INTERRUPT),
        .eoi(),
        .trace_valid(),
        .trace_data()
    );
endmodule
`default_nettype wire
