// Many copies of a hazard table side by side, so that driving their inputs costs little beside simulating them. Copies see
// different blocks, one-to-one, and so behave alike.
module many #(
    parameter COPIES = 16
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        enter,
    input  wire [25:0] block,
    input  wire        allocate,
    input  wire        leave,
    input  wire        free,
    input  wire [4:0]  free_ticket,
    input  wire        free_failed,
    output wire [COPIES-1:0] hit,
    output wire [COPIES-1:0] credit,
    output wire [5*COPIES-1:0] hit_ticket,
    output wire [5*COPIES-1:0] next_ticket,
    output wire [32*COPIES-1:0] ticket_busy,
    output wire [32*COPIES-1:0] ticket_failed
);
    genvar copy;
    generate
        for (copy = 0; copy < COPIES; copy = copy + 1) begin : copies
            localparam [17:0] OTHER = copy * 4099;
            TABLE tickets (
                .clk(clk),
                .rst(rst),
                .enter(enter),
                .credit(credit[copy]),
                .block(block ^ {8'd0, OTHER}),
                .hit(hit[copy]),
                .hit_ticket(hit_ticket[5*copy +: 5]),
                .allocate(allocate),
                .leave(leave),
                .wanted(1'b1),
                .next_ticket(next_ticket[5*copy +: 5]),
                .free(free),
                .free_ticket(free_ticket),
                .free_failed(free_failed),
                .free_wanted(),
                .half_free(),
                .hurry(),
                .ticket_busy(ticket_busy[32*copy +: 32]),
                .ticket_failed(ticket_failed[32*copy +: 32])
            );
        end
    endgenerate
endmodule
