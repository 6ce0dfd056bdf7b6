// A memory of 64 KiB behind AXI4: one read and one write at a time, every kind of burst.
`include "axi_ports.vh"
module axi_ram #(
    parameter ADDRESS_WIDTH = 16,
    parameter DATA_WIDTH = 64,
    parameter ID_WIDTH = 4
) (
    input wire clk,
    input wire rst,
    `AXI_SUBORDINATE(s_axi)
);
    localparam BYTES = DATA_WIDTH / 8;
    localparam SHIFT = $clog2(BYTES);
    reg [DATA_WIDTH-1:0] memory [0:65536/BYTES-1];

    function [15:0] next_address(input [15:0] address, input [7:0] len, input [2:0] size, input [1:0] burst);
        reg [15:0] bytes, ascending, mask;
        begin
            bytes = 16'd1 << size;
            ascending = (address & ~(bytes - 16'd1)) + bytes;
            mask = (({8'd0, len} + 16'd1) << size) - 16'd1;
            next_address = burst == 2'b00 ? address
                : burst == 2'b10 ? (address & ~mask) | (ascending & mask) : ascending;
        end
    endfunction

    reg [1:0] write_state;  // 0 address, 1 data, 2 response
    reg [15:0] write_address;
    reg [7:0] write_len;
    reg [2:0] write_size;
    reg [1:0] write_burst;
    reg [ID_WIDTH-1:0] write_id;
    integer lane;
    assign s_axi_awready = write_state == 2'd0;
    assign s_axi_wready = write_state == 2'd1;
    assign s_axi_bvalid = write_state == 2'd2;
    assign s_axi_bid = write_id;
    assign s_axi_bresp = 2'b00;
    always @(posedge clk) begin
        if (rst) write_state <= 2'd0;
        else case (write_state)
            2'd0: if (s_axi_awvalid) begin
                write_state <= 2'd1;
                write_address <= s_axi_awaddr;
                write_len <= s_axi_awlen;
                write_size <= s_axi_awsize;
                write_burst <= s_axi_awburst;
                write_id <= s_axi_awid;
            end
            2'd1: if (s_axi_wvalid) begin
                for (lane = 0; lane < BYTES; lane = lane + 1)
                    if (s_axi_wstrb[lane])
                        memory[write_address[15:SHIFT]][8*lane +: 8] <= s_axi_wdata[8*lane +: 8];
                write_address <= next_address(write_address, write_len, write_size, write_burst);
                if (s_axi_wlast) write_state <= 2'd2;
            end
            default: if (s_axi_bready) write_state <= 2'd0;
        endcase
    end

    reg reading;
    reg [15:0] read_address;
    reg [7:0] read_len, read_left;
    reg [2:0] read_size;
    reg [1:0] read_burst;
    reg [ID_WIDTH-1:0] read_id;
    assign s_axi_arready = !reading;
    assign s_axi_rvalid = reading;
    assign s_axi_rid = read_id;
    assign s_axi_rresp = 2'b00;
    assign s_axi_rlast = read_left == 8'd0;
    assign s_axi_rdata = memory[read_address[15:SHIFT]];
    always @(posedge clk) begin
        if (rst) reading <= 1'b0;
        else if (!reading) begin
            reading <= s_axi_arvalid;
            read_address <= s_axi_araddr;
            read_len <= s_axi_arlen;
            read_left <= s_axi_arlen;
            read_size <= s_axi_arsize;
            read_burst <= s_axi_arburst;
            read_id <= s_axi_arid;
        end else if (s_axi_rready) begin
            reading <= !s_axi_rlast;
            read_left <= read_left - 8'd1;
            read_address <= next_address(read_address, read_len, read_size, read_burst);
        end
    end
    wire unused = &{1'b0, s_axi_awlock, s_axi_awcache, s_axi_awprot, s_axi_awqos,
                    s_axi_arlock, s_axi_arcache, s_axi_arprot, s_axi_arqos};
endmodule
