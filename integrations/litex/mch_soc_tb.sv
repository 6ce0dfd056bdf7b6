// Clock, reset and console of the LiteX system: prints what the UART sends, ends at a character 4 or after too many cycles.
module mch_soc_tb;
    reg sys_clk = 1'b0;
    reg sys_rst = 1'b1;
    wire serial_source_valid;
    wire [7:0] serial_source_data;

    initial if ($test$plusargs("vcd")) begin $dumpfile("mch_soc_tb.vcd"); $dumpvars(0, mch_soc_tb); end

    always #1 sys_clk = ~sys_clk;

    integer cycles = 0;
    always @(posedge sys_clk) begin
        cycles <= cycles + 1;
        if (cycles == 8) sys_rst <= 1'b0;
        if (cycles == 20000000) $fatal(1, "no end after %0d cycles", cycles);
        if (serial_source_valid & !sys_rst) begin
            if (serial_source_data == 8'd4) $finish;
            else $write("%c", serial_source_data);
        end
    end

    mch_soc system (
        .sys_clk(sys_clk),
        .sys_rst(sys_rst),
        .serial_source_valid(serial_source_valid),
        .serial_source_ready(1'b1),
        .serial_source_data(serial_source_data),
        .serial_sink_valid(1'b0),
        .serial_sink_ready(),
        .serial_sink_data(8'd0),
        .sim_trace()
    );
endmodule
