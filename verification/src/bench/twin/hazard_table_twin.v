// What an engineer would write by hand for the hazard table: blocks in flight under tickets that are handed out in a circle.
// TICKETS is a power of two. For a unit without S4: no ticket is a background copy's.
module hazard_table_twin #(
    parameter TICKETS = 16,
    parameter BLOCK_BITS = 18
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        enter,
    output wire        credit,
    input  wire [25:0] block,
    output reg         hit,
    output reg  [4:0]  hit_ticket,
    input  wire        allocate,
    input  wire        leave,
    input  wire        wanted,
    output wire [4:0]  next_ticket,
    input  wire        free,
    input  wire [4:0]  free_ticket,
    input  wire        free_failed,
    output wire        free_wanted,
    output wire        half_free,
    output wire        hurry,
    output wire [31:0] ticket_busy,
    output wire [31:0] ticket_failed
);

    localparam TICKET_BITS = $clog2(TICKETS);
    localparam [TICKET_BITS:0] ALL = TICKETS;

    reg [TICKETS-1:0]     busy, failed, match;
    reg [BLOCK_BITS-1:0]  blocks [0:TICKETS-1];
    reg [BLOCK_BITS-1:0]  block_q;
    reg                   just_allocated, left;
    reg [TICKET_BITS-1:0] just_ticket, newest, oldest;
    reg [TICKET_BITS:0]   held, promised;

    wire reclaim = held != 0 && !busy[oldest];

    assign free_wanted   = 1'b0;
    assign half_free     = 1'b0;
    assign hurry         = 1'b0;
    assign credit        = promised != ALL;
    assign next_ticket   = {{(5 - TICKET_BITS){1'b0}}, newest};
    assign ticket_busy   = {{(32 - TICKETS){1'b0}}, busy};
    assign ticket_failed = {{(32 - TICKETS){1'b0}}, failed};

    integer k;
    always @* begin
        hit        = just_allocated;
        hit_ticket = {{(5 - TICKET_BITS){1'b0}}, just_ticket};
        for (k = 0; k < TICKETS; k = k + 1)
            if (match[k] && busy[k]) begin
                hit        = 1'b1;
                hit_ticket = k[4:0];
            end
    end

    integer t;
    always @(posedge clk) begin
        block_q        <= block[BLOCK_BITS-1:0];
        just_allocated <= allocate && block == {{(26 - BLOCK_BITS){1'b0}}, block_q};
        just_ticket    <= newest;
        for (t = 0; t < TICKETS; t = t + 1)
            match[t] <= busy[t] && {{(26 - BLOCK_BITS){1'b0}}, blocks[t]} == block;
        if (free) begin
            busy[free_ticket[TICKET_BITS-1:0]]   <= 1'b0;
            failed[free_ticket[TICKET_BITS-1:0]] <= free_failed;
        end
        if (allocate) begin
            blocks[newest] <= block_q;
            busy[newest]   <= 1'b1;
            failed[newest] <= 1'b0;
            newest         <= newest + 1'b1;
        end
        if (reclaim)
            oldest <= oldest + 1'b1;
        case ({allocate, reclaim})
            2'b10:   held <= held + 1'b1;
            2'b01:   held <= held - 1'b1;
            default: ;
        endcase
        left     <= leave;
        promised <= promised + {{TICKET_BITS{1'b0}}, enter} - {{TICKET_BITS{1'b0}}, left} - {{TICKET_BITS{1'b0}}, reclaim};
        if (rst) begin
            busy           <= 0;
            failed         <= 0;
            match          <= 0;
            just_allocated <= 1'b0;
            left           <= 1'b0;
            just_ticket    <= 0;
            newest         <= 0;
            oldest         <= 0;
            held           <= 0;
            promised       <= 0;
        end
    end

endmodule
