    // ---- clock, end, waveform ----

    always #1 clk = ~clk;

    integer cycles = 0;
    always @(posedge clk) begin
        cycles <= cycles + 1;
        if (cycles == 2000000) $fatal(1, "no end after %0d cycles", cycles);
    end

    // ---- memory: one burst at a time on each channel, a beat each cycle; unwritten bytes read as 0 ----

    reg [DATA_WIDTH-1:0] memory [bit [ADDRESS_WIDTH-1:0]];

    function automatic [ADDRESS_WIDTH-1:0] beat_of(input [ADDRESS_WIDTH-1:0] address);
        beat_of = address >> BEAT_SHIFT;
    endfunction

    reg [ADDRESS_WIDTH-1:0] write_beat_number = 0;
    reg writing = 1'b0;
    reg [DATA_WIDTH-1:0] merged;
    assign m_axi_awready = !writing & !m_axi_bvalid;
    assign m_axi_wready = writing;
    always @(posedge clk) begin
        if (m_axi_bvalid & m_axi_bready) m_axi_bvalid <= 1'b0;
        if (m_axi_awvalid & m_axi_awready) begin
            write_beat_number <= beat_of(m_axi_awaddr);
            m_axi_bid <= m_axi_awid;
            writing <= 1'b1;
        end
        if (m_axi_wvalid & m_axi_wready) begin
            merged = memory.exists(write_beat_number) != 0 ? memory[write_beat_number] : {DATA_WIDTH{1'b0}};
            for (integer lane = 0; lane < DATA_WIDTH / 8; lane = lane + 1)
                if (m_axi_wstrb[lane]) merged[8 * lane +: 8] = m_axi_wdata[8 * lane +: 8];
            memory[write_beat_number] = merged;
            write_beat_number <= write_beat_number + 1;
            if (m_axi_wlast) begin
                writing <= 1'b0;
                m_axi_bvalid <= 1'b1;
            end
        end
    end

    reg [ADDRESS_WIDTH-1:0] read_beat_number = 0;
    reg [8:0] read_beats = 0;
    assign m_axi_arready = read_beats == 0 & !m_axi_rvalid;
    always @(posedge clk) begin
        if (m_axi_rvalid & m_axi_rready) m_axi_rvalid <= 1'b0;
        if (m_axi_arvalid & m_axi_arready) begin
            read_beat_number <= beat_of(m_axi_araddr);
            read_beats <= {1'b0, m_axi_arlen} + 9'd1;
            m_axi_rid <= m_axi_arid;
        end
        if (read_beats != 0 & (!m_axi_rvalid | m_axi_rready)) begin
            m_axi_rdata <= memory.exists(read_beat_number) != 0 ? memory[read_beat_number] : {DATA_WIDTH{1'b0}};
            m_axi_rlast <= read_beats == 9'd1;
            m_axi_rvalid <= 1'b1;
            read_beat_number <= read_beat_number + 1;
            read_beats <= read_beats - 9'd1;
        end
    end

    // ---- registers ----

    reg pending_address;
    reg pending_data;

    task set_register(input [16:0] address, input [31:0] value);
        begin
            s_axil_awaddr <= address;
            s_axil_awvalid <= 1'b1;
            s_axil_wdata <= value;
            s_axil_wstrb <= 4'hf;
            s_axil_wvalid <= 1'b1;
            pending_address = 1'b1;
            pending_data = 1'b1;
            while (pending_address | pending_data) begin
                @(posedge clk);
                if (s_axil_awvalid & s_axil_awready) begin
                    s_axil_awvalid <= 1'b0;
                    pending_address = 1'b0;
                end
                if (s_axil_wvalid & s_axil_wready) begin
                    s_axil_wvalid <= 1'b0;
                    pending_data = 1'b0;
                end
            end
            while (!s_axil_bvalid) @(posedge clk);
            if (s_axil_bresp != 2'b00) $fatal(1, "register 0x%h does not take 0x%h", address, value);
            @(posedge clk);
        end
    endtask

    task get_register(input [16:0] address, output [31:0] value);
        begin
            s_axil_araddr <= address;
            s_axil_arvalid <= 1'b1;
            @(posedge clk);
            while (!s_axil_arready) @(posedge clk);
            s_axil_arvalid <= 1'b0;
            while (!s_axil_rvalid) @(posedge clk);
            value = s_axil_rdata;
            if (s_axil_rresp != 2'b00) $fatal(1, "register 0x%h cannot be read", address);
            @(posedge clk);
        end
    endtask

    // ---- the processor's side: single beats of the bus's width on the first port ----

    task store(input [ADDRESS_WIDTH-1:0] address, input [DATA_WIDTH-1:0] value);
        begin
            @P@_awaddr <= address;
            @P@_awvalid <= 1'b1;
            @P@_wdata <= value;
            @P@_wvalid <= 1'b1;
            pending_address = 1'b1;
            pending_data = 1'b1;
            while (pending_address | pending_data) begin
                @(posedge clk);
                if (@P@_awvalid & @P@_awready) begin
                    @P@_awvalid <= 1'b0;
                    pending_address = 1'b0;
                end
                if (@P@_wvalid & @P@_wready) begin
                    @P@_wvalid <= 1'b0;
                    pending_data = 1'b0;
                end
            end
            while (!@P@_bvalid) @(posedge clk);
            if (@P@_bresp != 2'b00) $fatal(1, "the write at 0x%h is refused", address);
            @(posedge clk);
        end
    endtask

    task load(input [ADDRESS_WIDTH-1:0] address, output [DATA_WIDTH-1:0] value);
        begin
            @P@_araddr <= address;
            @P@_arvalid <= 1'b1;
            @(posedge clk);
            while (!@P@_arready) @(posedge clk);
            @P@_arvalid <= 1'b0;
            while (!@P@_rvalid) @(posedge clk);
            value = @P@_rdata;
            if (@P@_rresp != 2'b00) $fatal(1, "the read at 0x%h is refused", address);
            @(posedge clk);
        end
    endtask

    // ---- four blocks of a guest's memory, each known by its first and its last beat (one, if it has one only) ----

    function automatic [ADDRESS_WIDTH-1:0] place(input integer block, input integer last);
        place = MEMORY_BASE + block[ADDRESS_WIDTH-1:0] * BLOCK_BYTES
            + (last != 0 ? BLOCK_BYTES - DATA_WIDTH / 8 : 0);
    endfunction

    function automatic [DATA_WIDTH-1:0] contents(input integer generation, input integer block, input integer last);
        contents = {DATA_WIDTH / 32{generation[15:0], block[7:0], last[7:0]}};
    endfunction

    task store_blocks(input integer generation, input integer blocks);
        for (integer block = 0; block < blocks; block = block + 1)
            for (integer last = 0; last < BEATS_SEEN; last = last + 1)
                store(place(block, last), contents(generation, block, last));
    endtask

    reg [DATA_WIDTH-1:0] seen;

    task expect_blocks(input integer generation, input integer blocks);
        for (integer block = 0; block < blocks; block = block + 1)
            for (integer last = 0; last < BEATS_SEEN; last = last + 1) begin
                load(place(block, last), seen);
                if (seen != contents(generation, block, last))
                    $fatal(1, "block %0d holds 0x%h, not 0x%h", block, seen, contents(generation, block, last));
            end
    endtask

    // ---- commands ----

    reg [31:0] value;

    task command(input [31:0] operation);
        begin
            set_register(GUEST_0 + G_COMMAND, operation);
            value = 32'hffffffff;
            while (value[G_STATUS_RUNNING]) get_register(GUEST_0 + G_STATUS, value);
            get_register(GUEST_0 + G_COMPLETION, value);
            if (value[G_COMPLETION_STATUS +: 8] != STATUS_OK)
                $fatal(1, "operation %0d ends with status %0d", operation, value[G_COMPLETION_STATUS +: 8]);
        end
    endtask

    task checkpoint_and_rollback(input [31:0] strategy);
        begin
            if (SETTABLE) set_register(GUEST_0 + G_STRATEGY, strategy);
            set_register(GUEST_0 + G_CPUS, 0);
            if (RING) begin
                set_register(GUEST_0 + G_RING_BASE, RING_PAGE);
                set_register(GUEST_0 + G_RING_SIZE, RING_SHIFT);
            end
            command(OPERATION_ATTACH);
            store_blocks(strategy * 16 + 1, 4);
            command(OPERATION_CHECKPOINT);
            // Half of it becomes wrong, and is taken back.
            store_blocks(strategy * 16 + 2, 2);
            expect_blocks(strategy * 16 + 2, 2);
            command(OPERATION_ROLLBACK);
            expect_blocks(strategy * 16 + 1, 4);
            // What a later checkpoint holds is what remains.
            store_blocks(strategy * 16 + 3, 4);
            command(OPERATION_CHECKPOINT);
            store_blocks(strategy * 16 + 4, 4);
            command(OPERATION_ROLLBACK);
            expect_blocks(strategy * 16 + 3, 4);
            command(OPERATION_DETACH);
            expect_blocks(strategy * 16 + 3, 4);
            $display("S%0d: two checkpoints and two rollbacks, right", strategy);
        end
    endtask

    // Not initial: Verilator performs non-blocking assignments there at once.
    always begin
        if ($test$plusargs("vcd")) begin
            $dumpfile("mch_checkpoint_tb.vcd");
            $dumpvars(0, mch_checkpoint_tb);
        end
        repeat (8) @(posedge clk);
        rst <= 1'b0;
        value = 0;
        while (!value[STATUS_READY]) get_register(STATUS, value);
        get_register(ID, value);
        if (value != ID_VALUE) $fatal(1, "ID is 0x%h", value);
        // Off, the unit is a wire.
        store_blocks(1, 4);
        expect_blocks(1, 4);
        set_register(MEM_BASE, MEMORY_PAGE);
        if (SHADOW) set_register(SHADOW_BASE, SHADOW_PAGE);
        set_register(R_GUEST, 0);
        set_register(R_BASE, MEMORY_PAGE);
        set_register(R_BLOCKS, REGION_BLOCKS);
        set_register(CTRL, 1);
@STRATEGIES@
        $display("PASS after %0d cycles", cycles);
        $finish;
    end
endmodule
