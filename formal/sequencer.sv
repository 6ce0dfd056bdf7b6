// The sequencer: a guest executes the instruction that stands at its program counter, one guest at a time, and none whose routine runs waits for long.
//
// For any programs in its memory, any program counters that stay while their guest waits, routines that start and end at any time. Unbounded by induction.
// Taken for granted: a memory gives what was last written; software writes it only while nothing runs. Covered: every state, and each guest in turn.
module sequencer_rules (
    input wire clk,
    input wire rst,
    input wire running_0,
    input wire running_1,
    input wire [8:0] counter_0,
    input wire [8:0] counter_1,
    input wire load,
    input wire [8:0] load_address,
    input wire [31:0] load_data
);
    localparam LONGEST = 8; // two instructions of four cycles: the other guest's and its own
    (* anyconst *) wire [8:0] address;
    wire execute_0, execute_1;
    wire [7:0] operand_a;
    wire [15:0] decoded, operand_b;
    wire [31:0] load_read;
    // Bound to the inside by sequencer_binding.ys.
    (* keep *) wire [1:0] state;
    (* keep *) wire guest;
    (* keep *) wire [8:0] read_address;
    (* keep *) wire [31:0] read_data;
    sequencer sequencer (
        .clk(clk), .rst(rst), .running_0(running_0), .running_1(running_1), .program_counter_0(counter_0), .program_counter_1(counter_1),
        .execute_0(execute_0), .execute_1(execute_1), .decoded(decoded), .operand_a(operand_a), .operand_b(operand_b),
        .load(load), .load_address(load_address), .load_data(load_data), .load_read(load_read)
    );
    reg started = 0;
    always @(posedge clk) started <= 1;
    always @* assume (rst == !started);

    // The memory, at the address.
    reg [31:0] kept, kept_next;
    reg reads;
    always @(posedge clk) begin
        if (load & load_address == address) kept <= load_data;
        reads <= read_address == address & !(load & load_address == address);
        kept_next <= kept;
    end
    always @* if (reads) assume (read_data == kept_next);

    // A guest's program counter moves, and its routine ends, only when it executes; a routine may start at any time.
    reg was_running_0, was_running_1, was_executed_0, was_executed_1;
    reg [8:0] old_counter_0, old_counter_1;
    always @(posedge clk) begin
        was_running_0 <= !rst & running_0;
        was_running_1 <= !rst & running_1;
        was_executed_0 <= execute_0;
        was_executed_1 <= execute_1;
        old_counter_0 <= counter_0;
        old_counter_1 <= counter_1;
    end
    always @* if (!rst) begin
        if (was_running_0 & !was_executed_0) assume (running_0 & counter_0 == old_counter_0);
        if (was_running_1 & !was_executed_1) assume (running_1 & counter_1 == old_counter_1);
        if (running_0 | running_1) assume (!load);
    end

    reg [3:0] waited_0, waited_1;
    always @(posedge clk) begin
        waited_0 <= rst | !running_0 | execute_0 ? 4'd0 : waited_0 + 4'd1;
        waited_1 <= rst | !running_1 | execute_1 ? 4'd0 : waited_1 + 4'd1;
    end
    // A bit for each opcode; the last for all others.
    wire [15:0] kept_bit = 1 << (kept[31:24] < 15 ? kept[27:24] : 15);
    wire [8:0] counter = execute_0 ? counter_0 : counter_1;
    always @* if (started & !rst) begin
        p_one_at_a_time: assert (!(execute_0 & execute_1));
        p_runs: assert ((!execute_0 | running_0) & (!execute_1 | running_1));
        if ((execute_0 | execute_1) & counter == address) p_instruction: assert ({decoded, operand_a, operand_b} == {kept_bit, kept[23:0]});
        p_turn: assert (waited_0 < LONGEST & waited_1 < LONGEST);

        c_select: cover (state == 0);
        c_decode: cover (state == 1);
        c_settle: cover (state == 2);
        c_execute: cover (state == 3);
    end
    // Both in turn, and one that goes on alone.
    reg [1:0] before;
    always @(posedge clk) if (rst) before <= 0; else if (execute_0 | execute_1) before <= {before[0], execute_1};
    reg [2:0] executed;
    always @(posedge clk) if (rst) executed <= 0; else executed <= executed + (execute_0 | execute_1);
    always @* if (started & !rst) begin
        c_in_turn: cover (executed == 2 & before == 1 & execute_0);
        c_alone: cover (executed == 2 & before == 3 & execute_1);
    end
endmodule
