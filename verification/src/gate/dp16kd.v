// DP16KD, the block RAM of ECP5: 18432 bits, as Yosys uses it for memories of one clock. Yosys ships its pins only.
//
// Contract: both ports have the same clock. DATA_WIDTH_A = 36: port A writes, with bits 18 to 35 on DIB and a write enable for every 9 bits
// on ADA[3:0]; port B reads (36 bits: the lower half on DOA). Otherwise each port writes and reads 1, 2, 4, 9 or 18 bits (18: with write
// enables on AD[1:0]); a port that writes keeps what it read (NORMAL) or reads what was there (READBEFOREWRITE). Resets are synchronous, or
// never come; no output registers; chip selects of 0. All other parameters end the simulation.
// What one port reads while the other writes it is undefined on the device: here it is random.
module DP16KD (
    input DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0,
    input ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
    input CEA, OCEA, CLKA, WEA, RSTA,
    input CSA2, CSA1, CSA0,
    output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0,
    input DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0,
    input ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
    input CEB, OCEB, CLKB, WEB, RSTB,
    input CSB2, CSB1, CSB0,
    output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0
);
    parameter DATA_WIDTH_A = 18;
    parameter DATA_WIDTH_B = 18;
    parameter REGMODE_A = "NOREG";
    parameter REGMODE_B = "NOREG";
    parameter RESETMODE = "SYNC";
    parameter ASYNC_RESET_RELEASE = "SYNC";
    parameter CSDECODE_A = "0b000";
    parameter CSDECODE_B = "0b000";
    parameter WRITEMODE_A = "NORMAL";
    parameter WRITEMODE_B = "NORMAL";
    parameter CLKAMUX = "CLKA";
    parameter CLKBMUX = "CLKB";
    parameter GSR = "ENABLED";
    parameter [319:0] INITVAL_00 = 320'd0;
    parameter [319:0] INITVAL_01 = 320'd0;
    parameter [319:0] INITVAL_02 = 320'd0;
    parameter [319:0] INITVAL_03 = 320'd0;
    parameter [319:0] INITVAL_04 = 320'd0;
    parameter [319:0] INITVAL_05 = 320'd0;
    parameter [319:0] INITVAL_06 = 320'd0;
    parameter [319:0] INITVAL_07 = 320'd0;
    parameter [319:0] INITVAL_08 = 320'd0;
    parameter [319:0] INITVAL_09 = 320'd0;
    parameter [319:0] INITVAL_0A = 320'd0;
    parameter [319:0] INITVAL_0B = 320'd0;
    parameter [319:0] INITVAL_0C = 320'd0;
    parameter [319:0] INITVAL_0D = 320'd0;
    parameter [319:0] INITVAL_0E = 320'd0;
    parameter [319:0] INITVAL_0F = 320'd0;
    parameter [319:0] INITVAL_10 = 320'd0;
    parameter [319:0] INITVAL_11 = 320'd0;
    parameter [319:0] INITVAL_12 = 320'd0;
    parameter [319:0] INITVAL_13 = 320'd0;
    parameter [319:0] INITVAL_14 = 320'd0;
    parameter [319:0] INITVAL_15 = 320'd0;
    parameter [319:0] INITVAL_16 = 320'd0;
    parameter [319:0] INITVAL_17 = 320'd0;
    parameter [319:0] INITVAL_18 = 320'd0;
    parameter [319:0] INITVAL_19 = 320'd0;
    parameter [319:0] INITVAL_1A = 320'd0;
    parameter [319:0] INITVAL_1B = 320'd0;
    parameter [319:0] INITVAL_1C = 320'd0;
    parameter [319:0] INITVAL_1D = 320'd0;
    parameter [319:0] INITVAL_1E = 320'd0;
    parameter [319:0] INITVAL_1F = 320'd0;
    parameter [319:0] INITVAL_20 = 320'd0;
    parameter [319:0] INITVAL_21 = 320'd0;
    parameter [319:0] INITVAL_22 = 320'd0;
    parameter [319:0] INITVAL_23 = 320'd0;
    parameter [319:0] INITVAL_24 = 320'd0;
    parameter [319:0] INITVAL_25 = 320'd0;
    parameter [319:0] INITVAL_26 = 320'd0;
    parameter [319:0] INITVAL_27 = 320'd0;
    parameter [319:0] INITVAL_28 = 320'd0;
    parameter [319:0] INITVAL_29 = 320'd0;
    parameter [319:0] INITVAL_2A = 320'd0;
    parameter [319:0] INITVAL_2B = 320'd0;
    parameter [319:0] INITVAL_2C = 320'd0;
    parameter [319:0] INITVAL_2D = 320'd0;
    parameter [319:0] INITVAL_2E = 320'd0;
    parameter [319:0] INITVAL_2F = 320'd0;
    parameter [319:0] INITVAL_30 = 320'd0;
    parameter [319:0] INITVAL_31 = 320'd0;
    parameter [319:0] INITVAL_32 = 320'd0;
    parameter [319:0] INITVAL_33 = 320'd0;
    parameter [319:0] INITVAL_34 = 320'd0;
    parameter [319:0] INITVAL_35 = 320'd0;
    parameter [319:0] INITVAL_36 = 320'd0;
    parameter [319:0] INITVAL_37 = 320'd0;
    parameter [319:0] INITVAL_38 = 320'd0;
    parameter [319:0] INITVAL_39 = 320'd0;
    parameter [319:0] INITVAL_3A = 320'd0;
    parameter [319:0] INITVAL_3B = 320'd0;
    parameter [319:0] INITVAL_3C = 320'd0;
    parameter [319:0] INITVAL_3D = 320'd0;
    parameter [319:0] INITVAL_3E = 320'd0;
    parameter [319:0] INITVAL_3F = 320'd0;
    // 1024 words of 18 bits, each in 20.
    localparam [20479:0] CONTENTS = {
        INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39, INITVAL_38,
        INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32, INITVAL_31, INITVAL_30,
        INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28,
        INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20,
        INITVAL_1F, INITVAL_1E, INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18,
        INITVAL_17, INITVAL_16, INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10,
        INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08,
        INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02, INITVAL_01, INITVAL_00
    };

    initial begin
        if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG") $fatal(1, "DP16KD: REGMODE: NOREG only is modelled");
        if (RESETMODE != "SYNC" && RESETMODE != "ASYNC") $fatal(1, "DP16KD: RESETMODE: SYNC or ASYNC");
        if (CSDECODE_A != "0b000" || CSDECODE_B != "0b000") $fatal(1, "DP16KD: CSDECODE: 0b000 only is modelled");
        if (WRITEMODE_A != "NORMAL" && WRITEMODE_A != "READBEFOREWRITE") $fatal(1, "DP16KD: WRITEMODE_A: NORMAL or READBEFOREWRITE");
        if (WRITEMODE_B != "NORMAL" && WRITEMODE_B != "READBEFOREWRITE") $fatal(1, "DP16KD: WRITEMODE_B: NORMAL or READBEFOREWRITE");
        if (CLKAMUX != "CLKA" || CLKBMUX != "CLKB") $fatal(1, "DP16KD: inverted clocks are not modelled");
        if (!is_width(DATA_WIDTH_A) || !is_width(DATA_WIDTH_B)) $fatal(1, "DP16KD: DATA_WIDTH: 1, 2, 4, 9, 18 or 36");
        if (DATA_WIDTH_B == 36 && DATA_WIDTH_A != 36) $fatal(1, "DP16KD: DATA_WIDTH_B: 36 with DATA_WIDTH_A of 36 only");
    end

    function is_width(input integer width);
        is_width = width == 1 || width == 2 || width == 4 || width == 9 || width == 18 || width == 36;
    endfunction

    // Where the bits of an address begin in its word of 36.
    function [5:0] place(input integer width, input [4:0] address);
        case (width)
            36: place = 6'd0;
            18: place = address[4] ? 6'd18 : 6'd0;
            9: place = 6'd9 * {4'd0, address[4:3]};
            4: place = 6'd9 * {4'd0, address[4:3]} + {3'd0, address[2], 2'd0};
            2: place = 6'd9 * {4'd0, address[4:3]} + {3'd0, address[2:1], 1'd0};
            default: place = 6'd9 * {4'd0, address[4:3]} + {3'd0, address[2:0]};
        endcase
    endfunction

    // The bits that a write enable lets through.
    function [35:0] lanes(input integer width, input [3:0] address);
        case (width)
            36: lanes = {{9{address[3]}}, {9{address[2]}}, {9{address[1]}}, {9{address[0]}}};
            18: lanes = {18'd0, {9{address[1]}}, {9{address[0]}}};
            default: lanes = (36'd1 << width) - 36'd1;
        endcase
    endfunction

    wire [17:0] dia = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
    wire [17:0] dib = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};
    wire [13:0] ada = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0};
    wire [13:0] adb = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
    wire selected_a = CEA & ~(CSA2 | CSA1 | CSA0);
    wire selected_b = CEB & ~(CSB2 | CSB1 | CSB0);
    wire write_a = selected_a & WEA;
    wire write_b = selected_b & WEB & (DATA_WIDTH_A != 36);
    wire [35:0] data_a = {DATA_WIDTH_A == 36 ? dib : 18'd0, dia} << place(DATA_WIDTH_A, ada[4:0]);
    wire [35:0] data_b = {18'd0, dib} << place(DATA_WIDTH_B, adb[4:0]);
    wire [35:0] mask_a = write_a ? lanes(DATA_WIDTH_A, ada[3:0]) << place(DATA_WIDTH_A, ada[4:0]) : 36'd0;
    wire [35:0] mask_b = write_b ? lanes(DATA_WIDTH_B, adb[3:0]) << place(DATA_WIDTH_B, adb[4:0]) : 36'd0;
    wire same_word = ada[13:5] == adb[13:5];

    reg [35:0] memory [0:511];
    reg [17:0] doa;
    reg [35:0] dob;
    reg [35:0] word_a;
    reg [35:0] word_b;

    integer i;
    initial begin
        for (i = 0; i < 512; i = i + 1) memory[i] = {CONTENTS[40 * i + 20 +: 18], CONTENTS[40 * i +: 18]};
        doa = 18'd0;
        dob = 36'd0;
    end

    always @(posedge CLKA) begin
        if (write_a) memory[ada[13:5]] <= (memory[ada[13:5]] & ~mask_a) | (data_a & mask_a);
        if (write_b) memory[adb[13:5]] <= (memory[adb[13:5]] & ~mask_b) | (data_b & mask_b);
        if (RSTA) begin
            doa <= 18'd0;
        end else if (selected_a & (~WEA | WRITEMODE_A == "READBEFOREWRITE")) begin
            word_a = memory[ada[13:5]];
            if (write_b & same_word) word_a = word_a ^ ({$random, $random} & mask_b);
            doa <= word_a >> place(DATA_WIDTH_A, ada[4:0]);
        end
        if (RSTB) begin
            dob <= 36'd0;
        end else if (selected_b & (~WEB | WRITEMODE_B == "READBEFOREWRITE")) begin
            word_b = memory[adb[13:5]];
            if (write_a & same_word) word_b = word_b ^ ({$random, $random} & mask_a);
            dob <= word_b >> place(DATA_WIDTH_B, adb[4:0]);
        end
    end

    always @(posedge CLKB) begin
        if (!CLKA) $fatal(1, "DP16KD: ports of two clocks are not modelled");
        if (RESETMODE == "ASYNC" && (RSTA || RSTB)) $fatal(1, "DP16KD: RESETMODE: a reset by ASYNC is not modelled");
    end

    assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0} =
        DATA_WIDTH_B == 36 ? dob[17:0] : doa;
    assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0} =
        DATA_WIDTH_B == 36 ? dob[35:18] : dob[17:0];
endmodule
