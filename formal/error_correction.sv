// Error correction: a word is as it was written after any one of its bits, or of its check bits, has flipped; two that have flipped are told, and the
// word is then taken as it is. For any word of the planes, 66 bits with its tag. Combinational.
module error_correction_rules (
    input wire [65:0] data,
    input wire [73:0] flips
);
    wire [73:0] others = flips & (flips - 1);
    wire [7:0] check;
    wire [69:0] corrected;
    wire was_wrong, failed;
    error_encoder encoder (.data(data), .check(check));
    error_decoder decoder (
        .data(data ^ flips[65:0]), .check(check ^ flips[73:66]), .corrected(corrected), .was_wrong(was_wrong), .failed(failed)
    );
    always @* begin
        assume ((others & (others - 1)) == 0);
        if (others == 0) p_as_written: assert (corrected[65:0] == data & was_wrong == (flips != 0) & !failed);
        if (others != 0) p_two_are_told: assert (failed & !was_wrong & corrected[65:0] == (data ^ flips[65:0]));
    end
endmodule
