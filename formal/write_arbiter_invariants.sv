    // What carries the induction: how many bursts wait for their data, of each source and before the one that is followed.
    wire [COUNT-1:0] waiting = addressed - sent;
    wire [COUNT-1:0] port_waiting = port_addressed - port_sent;
    wire [COUNT-1:0] engine_waiting = engine_addressed - engine_sent;
    wire [COUNT-1:0] own_ahead = port_followed ? port_ahead : engine_ahead;
    wire [COUNT-1:0] own_waiting = port_followed ? port_waiting : engine_waiting;
    wire [COUNT-1:0] other_waiting = port_followed ? engine_waiting : port_waiting;
    wire front_is_own = front == (port_followed ? 1 : 2);
    // What stands behind the front of the queue. Taken for granted: it was put in when its burst was addressed. A queue that holds so many of a source gives one of them.
    wire behind_is_own = behind == (port_followed ? 1 : 2);
    wire [COUNT-1:0] second = sent + front_valid;
    wire [COUNT-1:0] second_ahead = ahead - front_valid;
    wire [COUNT-1:0] second_own_ahead = own_ahead - (front_valid & front_is_own);
    wire second_is_put_in = behind == 1 << owners[2*second];
    wire second_is_held = behind[0] ? port_waiting != (front_valid & front[0]) : engine_waiting != (front_valid & front[1]);
    wire second_is_ahead = !followed | ahead < front_valid | (second_ahead == 0 ? behind_is_own : behind_is_own ? second_own_ahead != 0
        : second_own_ahead != second_ahead);
    always @* if (started & !rst) begin
        p_id_is_a_source: assert (!awvalid | awid < 2);
        p_is_put_in: assert (!pushes | put_in == 1 << awid);
`ifdef QUEUE
        if (occupied) p_second: assert (second_is_put_in & second_is_held & second_is_ahead);
`else
        if (occupied) assume (second_is_put_in & second_is_held & second_is_ahead);
`endif
        i_queue: assert (waiting == {1'b0, stored} + front_valid & (front_valid | stored == 0) & occupied == (stored != 0) & filled == (stored == 15));
        i_choice: assert (!locked | locked_grant == 1 & port_awvalid | locked_grant == 2 & engine_awvalid);
        i_waiting: assert (waiting == {1'b0, port_waiting} + engine_waiting);
        i_front: assert (!front_valid | front == 1 << owners[2*sent] & (front[0] ? port_waiting != 0 : engine_waiting != 0));
        // Only the burst whose turn it is has begun.
        i_beat: assert (beat == (!front_valid ? 8'd0 : front[0] ? port_beat : engine_beat));
        i_beats: assert ((port_beat == 0 | front_valid & front[0]) & (engine_beat == 0 | front_valid & front[1]));
        i_open: assert (open == {16'd0, engine_open[7:0], port_open[7:0]});
        i_owners: assert ((owners & {BURSTS{2'd2}}) == 0 & port_owners == 0 & engine_owners == 0);
        // The burst that is followed.
        i_followed: assert (followed == (port_followed | engine_followed) & !(port_followed & engine_followed));
        if (followed) begin
            i_length: assert (length == (port_followed ? port_length : engine_length));
            i_ahead: assert (own_ahead <= ahead & ahead < waiting & own_ahead < own_waiting & ahead - own_ahead <= other_waiting);
            i_first: assert (ahead == 0 ? front_is_own : front_is_own ? own_ahead != 0 : own_ahead != ahead);
        end
    end
