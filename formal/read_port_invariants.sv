    // What carries the induction: of each ID, the reads that are not answered are those in the slice and in the list, and the oldest; by their turn, the oldest first.
    function [2:0] ones(input [6:0] bits);
        ones = bits[0] + bits[1] + bits[2] + bits[3] + bits[4] + bits[5] + bits[6];
    endfunction
    wire [6:0] turn_open = {slice_spare_valid, slice_valid, stored > 3, stored > 2, stored > 1, stored > 0, oldest_valid};
    wire [103:0] list = {open_3, open_2, open_1, open_0};
    wire [25:0] list_0 = list[26*age(0) +: 26];
    wire [25:0] list_1 = list[26*age(1) +: 26];
    wire [25:0] list_2 = list[26*age(2) +: 26];
    wire [25:0] list_3 = list[26*age(3) +: 26];
    function [1:0] age(input [1:0] place);
        age = read_pointer + place;
    endfunction
    wire [6:0] turn_ids = {slice_spare[0], slice[0], list_3[0], list_2[0], list_1[0], list_0[0], oldest_id};
    wire [3:0] waiting_0 = all_asked[3:0] - all_answered[3:0];
    wire [3:0] waiting_1 = all_asked[7:4] - all_answered[7:4];
    wire [55:0] turn_lengths = {slice_spare[63:56], slice[63:56], list_3[23:16], list_2[23:16], list_1[23:16], list_0[23:16], oldest_length};
    wire [6:0] is_of_id = turn_open & ~(turn_ids ^ {7{followed_id}});
    reg follows_well;
    integer turn;
    always @* begin
        follows_well = !followed | followed_ahead < ones(is_of_id);
        for (turn = 0; turn < 7; turn = turn + 1)
            if (followed & is_of_id[turn] & ones(is_of_id & ((7'd1 << turn) - 7'd1)) == followed_ahead & turn_lengths[8*turn +: 8] != followed_length)
                follows_well = 0;
    end
    wire [7:0] beats_sent = oldest_id ? all_beats[15:8] : all_beats[7:0];
    wire [7:0] beats_of_other = oldest_id ? all_beats[7:0] : all_beats[15:8];
    wire [3:0] legal;
    axi4_burst_rules #(.ADDRESS(20)) in_slice (.address(slice[35:16]), .len(slice[63:56]), .size(slice[66:64]), .burst(slice[68:67]), .legal(legal[0]));
    axi4_burst_rules #(.ADDRESS(20)) in_slice_spare (.address(slice_spare[35:16]), .len(slice_spare[63:56]), .size(slice_spare[66:64]),
        .burst(slice_spare[68:67]), .legal(legal[1]));
    axi4_burst_rules #(.ADDRESS(20)) in_out (.address(out[19:0]), .len(out[47:40]), .size(out[50:48]), .burst(out[52:51]), .legal(legal[2]));
    axi4_burst_rules #(.ADDRESS(20)) in_out_spare (.address(out_spare[19:0]), .len(out_spare[47:40]), .size(out_spare[50:48]), .burst(out_spare[52:51]),
        .legal(legal[3]));
    always @* if (started & !rst) begin
        i_none: assert (!flushing & !out_followed);
        i_followed: assert (follows_well);
        i_beats: assert (oldest_valid ? beats_of_other == 0 & beats_sent + beats_left == oldest_length & at_last == (beats_left == 0) : all_beats == 0);
        i_slices: assert ((slice_valid | !slice_spare_valid) & (out_valid | !out_spare_valid));
        i_legal: assert (&(legal | ~{out_spare_valid, out_valid, slice_spare_valid, slice_valid}));
        i_list: assert (stored <= 4 & occupied == (stored != 0) & filled == (stored == 4) & write_pointer == read_pointer + stored[1:0]);
        i_waiting_0: assert (waiting_0 == ones(turn_open & ~turn_ids));
        i_waiting_1: assert (waiting_1 == ones(turn_open & turn_ids));
        i_buffer: assert (held == inside + fetched + spare_valid + front_valid & inside <= held & held <= 512 & some_held == (held != 0) & (front_valid | !spare_valid));
    end
