    // What carries the induction. A task proves its part, given both parts a cycle before; together they are one induction.
`define RULE(part, name, condition) begin all = all & (condition); if (part == `PART) name: assert (condition); end
    reg all, was_all;
    always @(posedge clk) was_all <= all;
    always @* assume (!started | was_all);

    // What the queues and registers hold adds up.
    wire [1:0] waiting = next_valid + current_valid;
    wire [5:0] held = queue_stored + item_valid; // between the address side and the buffer's end
    wire writes_item = item_valid & !item;
    wire ends_write = w_valid & w_last;
    reg entered_before, entered_before_that;
    always @(posedge clk) begin
        entered_before <= !rst & enters;
        entered_before_that <= !rst & entered_before;
    end
    always @* begin
        all = 1;
        if (started & !rst) begin
            `RULE(1, i_slots, {1'b0, slots_used} == 7'd0 + reading + arrivals_stored + held & slots_used <= 32 & reading <= 32)
            `RULE(1, i_jobs, {1'b0, jobs_stored} == 8'd0 + waiting + reading + arrivals_stored)
            `RULE(1, i_tags, {1'b0, tags_stored} == 9'd0 + jobs_stored + items_stored)
            `RULE(2, i_sizes, arrivals_stored <= 32 & queue_stored <= 16 & items_stored <= 64 & answers_stored <= 64)
            `RULE(1, i_buffer, buffer_stored == {arrivals_stored + held, 4'd0} + read_beat - beat)
            `RULE(2, i_read_beat, read_beat == 0 ? !read_error : reading != 0)
            `RULE(2, i_item, item_valid | beat == 0)
            `RULE(2, i_write_beat, ends_write ? write_beat == 15 & beat == 0 : w_valid ? writes_item & {1'b0, beat} == write_beat + 5'd1
                : write_beat == (writes_item ? beat : 4'd0))
            `RULE(2, i_good, good_queue <= queue_stored & good_items <= items_stored & addressed <= 64 & sent <= 64)
            `RULE(1, i_answers, 8'd0 + good_items == 8'd0 + addressed + aw_valid + answers_stored)
            `RULE(1, i_sent, 8'd0 + addressed + aw_valid == 8'd0 + sent + good_queue + writes_item + ends_write)

            // The queues' own.
            `RULE(2, i_inside, jobs_inside <= jobs_stored & tags_inside <= tags_stored & buffer_inside <= buffer_stored)
            `RULE(2, i_jobs_inside, jobs_inside + jobs_fetched + jobs_valid == jobs_stored & jobs_waiting == (jobs_inside != 0) & jobs_filled == (jobs_stored == 64))
            `RULE(2, i_tags_inside, tags_inside + tags_fetched + tags_valid == tags_stored & tags_waiting == (tags_inside != 0) & tags_filled == (tags_stored == 128))
            `RULE(2, i_buffer_inside, buffer_inside + buffer_fetched + buffer_valid == buffer_stored & buffer_waiting == (buffer_inside != 0)
                & buffer_filled == (buffer_stored == 512))
            `RULE(2, i_valid, arrivals_valid == (arrivals_stored != 0) & queue_valid == (queue_stored != 0) & items_valid == (items_stored != 0)
                & answers_valid == (answers_stored != 0))
            `RULE(2, i_filled, arrivals_filled == (arrivals_stored == 32) & queue_filled == (queue_stored == 16) & items_filled == (items_stored == 64)
                & answers_filled == (answers_stored == 64))
            `RULE(2, i_tag_is_there, tags_valid | tags_stored <= entered_before + entered_before_that)
            `RULE(2, i_waiting, entered_before + entered_before_that <= waiting)

            // The block that is followed.
            case (where)
                NOWHERE: `RULE(2, i_nowhere, !listed & !reported & !writes)
                NEXT: `RULE(2, i_next, next_valid & next_source == source & !error & !failed)
                CURRENT: `RULE(2, i_current, current_valid & current == source & !error & !failed)
                READ: `RULE(2, i_read, ahead < reading & error == (ahead == 0 & read_error) & !failed)
                ARRIVED: `RULE(2, i_arrived, ahead < arrivals_stored & !failed)
                QUEUED: `RULE(2, i_queued, ahead < queue_stored & good_ahead <= ahead & good_ahead + !error <= good_queue
                    & good_queue - good_ahead - !error <= queue_stored - ahead - 6'd1)
                AT_HAND: `RULE(2, i_at_hand, item_valid & item == error)
                default: `RULE(2, i_emptied, listed | reported)
            endcase
            if (where != NOWHERE & where < QUEUED) `RULE(2, i_not_yet, !listed & !reported & !writes)
            if (where == QUEUED | where == AT_HAND) `RULE(2, i_listed, listed | reported & error)
            if (where >= QUEUED) `RULE(2, i_writes, writes == !error)
            `RULE(2, i_open, writes | !to_address & !to_send & !to_answer)
            `RULE(2, i_one, !(listed & reported))
            if (to_address) `RULE(2, i_to_address, aw_valid & to_answer)
            if (writes & to_send) `RULE(2, i_to_send, to_answer & (where == QUEUED ? sends_ahead == good_ahead + writes_item + ends_write
                : where == AT_HAND ? sends_ahead == ends_write : sends_ahead == 0 & ends_write))
            if (writes & (where == QUEUED | where == AT_HAND)) `RULE(2, i_is_to_send, to_send)
            if (listed) `RULE(2, i_in_items, items_ahead < items_stored & good_items_ahead <= items_ahead & good_items_ahead + writes <= good_items
                & good_items - good_items_ahead - writes <= items_stored - items_ahead - 7'd1)
            if (writes & listed) `RULE(2, i_answered, to_answer ? answers_stored + answers_ahead == {1'b0, good_items_ahead} : answers_stored > good_items_ahead)
            if (to_answer) `RULE(2, i_to_answer, listed & !failed & (to_address ? answers_ahead == addressed : answers_ahead < addressed))
            if (to_answer & !to_send) `RULE(2, i_is_sent, answers_ahead < sent)
            if (to_answer & to_send) `RULE(2, i_is_not_sent, answers_ahead == 8'd0 + sent + sends_ahead)
        end
    end
