//! The link to a backup computer: sends the ring entries of sending guests and writes those of standby guests (S2).
//!
//! **Does**: the entries of a *sending* guest leave in slot order, are read from its ring in memory again until the backup has acknowledged
//! them, and are then released. The entries of a *standby* guest are written to its ring, and acknowledged when memory has answered OKAY.
//! **Order**: that of the slots, whatever the channel loses, repeats, reorders or damages. **Memory**: one read and one write source; R and B are
//! always taken; AW is raised when all data of its burst are held. **Link**: frames of 64-bit beats (docs/link.md); a frame for which there is no room
//! for 256 cycles is dropped. **Errors**: an entry that cannot be read is not sent, one that cannot be written not acknowledged; both are tried
//! again after `retry`. **Timing of the guests**: `ring_tail` and `ring_free` show an `arrived` in the third cycle after it, and with
//! `session` and `generation` an `opened` too. **Reset**: no session, nothing on its way.

use super::constants::copies;
use super::link_answers::LinkAnswers;
use super::link_applier::LinkApplier;
use super::link_fetch::LinkFetch;
use super::link_frame_receiver::LinkFrameReceiver;
use super::link_frame_transmitter::LinkFrameTransmitter;
use super::link_receive_buffer::LinkReceiveBuffer;
use super::link_sender::LinkSender;
use super::link_writer::LinkWriter;
use crate::prelude::*;
use mch_spec::Config;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct Link<const D: usize, const S: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Per guest: its entries are to be sent (level). Its session ends when this falls.
    pub sending: Vec<Signal<In, Bit>>,
    /// Per guest: it takes entries of its peer (level). Its session ends when this falls.
    pub standby: Vec<Signal<In, Bit>>,
    /// Per guest: first page of its ring.
    pub ring_base: Vec<Signal<In, Bits<28>>>,
    /// Per guest: log2 of its ring's bytes.
    pub ring_size: Vec<Signal<In, Bits<6>>>,
    /// Per guest: slots of its ring.
    pub ring_capacity: Vec<Signal<In, Bits<26>>>,
    /// Per guest: its generation.
    pub generation: Vec<Signal<In, Bits<8>>>,
    /// Per guest: its session. Sending: shows the new one with `open`.
    pub session: Vec<Signal<In, Bits<16>>>,
    /// Cycles without progress after which entries are sent again.
    pub retry: Signal<In, Bits<32>>,
    /// Per guest: begin a session; its ring was emptied: slot 0, entry 0. One cycle.
    pub open: Vec<Signal<In, Bit>>,
    /// Per guest: the next entry, in slot order, stands complete in memory. One cycle.
    pub captured_done: Vec<Signal<In, Bit>>,
    /// Per guest: send a mark behind all entries that are complete now, and no entry behind it until it is acknowledged. One cycle.
    pub mark: Vec<Signal<In, Bit>>,
    /// Per guest: number of that mark; holds until the next.
    pub mark_number: Vec<Signal<In, Bits<16>>>,
    /// Per guest: forget the mark. One cycle.
    pub unmark: Vec<Signal<In, Bit>>,
    /// Entries have been acknowledged: their slots are free.
    pub release_valid: Signal<Out, Bit>,
    /// Their guest.
    pub release_guest: Signal<Out, Bits<4>>,
    /// How many.
    pub release_slots: Signal<Out, Bits<26>>,
    /// Per guest: the backup has acknowledged the session (level).
    pub synced: Vec<Signal<Out, Bit>>,
    /// Per guest: the backup has acknowledged the present mark (level; falls with `mark`, `unmark` and `open`).
    pub marked: Vec<Signal<Out, Bit>>,
    /// Per guest: the peer's generation is newer; nothing more is sent until `open`. One cycle.
    pub refused: Vec<Signal<Out, Bit>>,
    /// Per guest: frames of it wait to be sent, or writes of it are under way: its ring is still in use.
    pub busy: Vec<Signal<Out, Bit>>,
    /// Per guest, standby: slot that the next entry will stand in.
    pub ring_tail: Vec<Signal<In, Bits<26>>>,
    /// Per guest, standby: free slots.
    pub ring_free: Vec<Signal<In, Bits<26>>>,
    /// Per guest: the entry in slot `ring_tail` stands whole in memory: the tail moves on. One cycle.
    pub arrived: Vec<Signal<Out, Bit>>,
    /// Per guest: a mark behind all entries that have arrived. One cycle.
    pub arrived_mark: Vec<Signal<Out, Bit>>,
    /// Its number.
    pub arrived_mark_number: Signal<Out, Bits<16>>,
    /// Per guest: the peer has begun a session: adopt session and generation, empty the ring. One cycle.
    pub opened: Vec<Signal<Out, Bit>>,
    /// That session.
    pub opened_session: Signal<Out, Bits<16>>,
    /// Its generation.
    pub opened_generation: Signal<Out, Bits<8>>,
    /// Per guest: an entry could not be written; it is not acknowledged. One cycle.
    pub write_failed: Vec<Signal<Out, Bit>>,
    /// An entry, mark or session frame has been sent. One cycle.
    pub frame_sent: Signal<Out, Bit>,
    /// The same, and not for the first time.
    pub frame_repeated: Signal<Out, Bit>,
    /// A frame that came was dropped: damaged, unknown, of a wrong length, guest, session or generation, or without room. One cycle.
    pub frame_dropped: Signal<Out, Bit>,
    /// An acknowledgement or refusal has been sent. One cycle.
    pub acknowledgement_sent: Signal<Out, Bit>,
    /// Transmit stream: a beat is offered.
    pub link_tx_tvalid: Signal<Out, Bit>,
    /// It is taken.
    pub link_tx_tready: Signal<In, Bit>,
    /// The beat.
    pub link_tx_tdata: Signal<Out, Bits<64>>,
    /// Last beat of its frame.
    pub link_tx_tlast: Signal<Out, Bit>,
    /// Receive stream: a beat is offered.
    pub link_rx_tvalid: Signal<In, Bit>,
    /// It is taken.
    pub link_rx_tready: Signal<Out, Bit>,
    /// The beat.
    pub link_rx_tdata: Signal<In, Bits<64>>,
    /// Last beat of its frame.
    pub link_rx_tlast: Signal<In, Bit>,
    /// Read address channel.
    pub arvalid: Signal<Out, Bit>,
    /// The request is taken.
    pub arready: Signal<In, Bit>,
    /// Byte address.
    pub araddr: Signal<Out, Bits<40>>,
    /// Beats - 1.
    pub arlen: Signal<Out, Bits<8>>,
    /// log2 of a beat's bytes.
    pub arsize: Signal<Out, Bits<3>>,
    /// A beat of read data; always taken.
    pub rvalid: Signal<In, Bit>,
    /// The beat.
    pub rdata: Signal<In, Bits<D>>,
    /// Its response; bit 1 is an error.
    pub rresp: Signal<In, Bits<2>>,
    /// Last beat of the burst.
    pub rlast: Signal<In, Bit>,
    /// Write address channel; beats are of full width.
    pub awvalid: Signal<Out, Bit>,
    /// The request is taken.
    pub awready: Signal<In, Bit>,
    /// Byte address.
    pub awaddr: Signal<Out, Bits<40>>,
    /// Beats - 1.
    pub awlen: Signal<Out, Bits<8>>,
    /// Write data channel.
    pub wvalid: Signal<Out, Bit>,
    /// The beat is taken.
    pub wready: Signal<In, Bit>,
    /// The beat.
    pub wdata: Signal<Out, Bits<D>>,
    /// Its bytes.
    pub wstrb: Signal<Out, Bits<S>>,
    /// Last beat of the burst.
    pub wlast: Signal<Out, Bit>,
    /// A write response; always taken, in order.
    pub response_valid: Signal<In, Bit>,
    /// The response; bit 1 is an error.
    pub response: Signal<In, Bits<2>>,
    sender: LinkSender,
    fetch: LinkFetch<D>,
    transmitter: LinkFrameTransmitter,
    receiver: LinkFrameReceiver,
    buffer: LinkReceiveBuffer<D>,
    applier: LinkApplier,
    writer: LinkWriter<D, S>,
    answers: LinkAnswers,
    sent: Register<Bit>,
    repeated: Register<Bit>,
    answered: Register<Bit>,
    dropped: Register<Bit>,
    _guests: usize,
}

impl<const D: usize, const S: usize> Link<D, S> {
    /// The link of a configuration.
    ///
    /// # Panics
    /// When D is not the configuration's data width or S not D / 8: a mistake in the generator.
    pub fn new(config: &Config) -> Self {
        assert!(
            D == config.data_width as usize && S == D / 8,
            "a link of {D} bits and {S} strobes for a bus of {} bits",
            config.data_width
        );
        let guests = config.guests as usize;
        // Room for two entries of whole blocks.
        let words = (config.block_bytes() as usize / 4).max(512);
        Self {
            clock: Signal::default(),
            sending: copies(guests),
            standby: copies(guests),
            ring_base: copies(guests),
            ring_size: copies(guests),
            ring_capacity: copies(guests),
            generation: copies(guests),
            session: copies(guests),
            retry: Signal::default(),
            open: copies(guests),
            captured_done: copies(guests),
            mark: copies(guests),
            mark_number: copies(guests),
            unmark: copies(guests),
            release_valid: Signal::default(),
            release_guest: Signal::default(),
            release_slots: Signal::default(),
            synced: copies(guests),
            marked: copies(guests),
            refused: copies(guests),
            busy: copies(guests),
            ring_tail: copies(guests),
            ring_free: copies(guests),
            arrived: copies(guests),
            arrived_mark: copies(guests),
            arrived_mark_number: Signal::default(),
            opened: copies(guests),
            opened_session: Signal::default(),
            opened_generation: Signal::default(),
            write_failed: copies(guests),
            frame_sent: Signal::default(),
            frame_repeated: Signal::default(),
            frame_dropped: Signal::default(),
            acknowledgement_sent: Signal::default(),
            link_tx_tvalid: Signal::default(),
            link_tx_tready: Signal::default(),
            link_tx_tdata: Signal::default(),
            link_tx_tlast: Signal::default(),
            link_rx_tvalid: Signal::default(),
            link_rx_tready: Signal::default(),
            link_rx_tdata: Signal::default(),
            link_rx_tlast: Signal::default(),
            arvalid: Signal::default(),
            arready: Signal::default(),
            araddr: Signal::default(),
            arlen: Signal::default(),
            arsize: Signal::default(),
            rvalid: Signal::default(),
            rdata: Signal::default(),
            rresp: Signal::default(),
            rlast: Signal::default(),
            awvalid: Signal::default(),
            awready: Signal::default(),
            awaddr: Signal::default(),
            awlen: Signal::default(),
            wvalid: Signal::default(),
            wready: Signal::default(),
            wdata: Signal::default(),
            wstrb: Signal::default(),
            wlast: Signal::default(),
            response_valid: Signal::default(),
            response: Signal::default(),
            sender: LinkSender::new(config),
            fetch: LinkFetch::new(config),
            transmitter: LinkFrameTransmitter::default(),
            receiver: LinkFrameReceiver::new(config),
            buffer: LinkReceiveBuffer::new(words / (D / 64).max(1)),
            applier: LinkApplier::new(config),
            writer: LinkWriter::new(config),
            answers: LinkAnswers::new(config),
            sent: Register::default(),
            repeated: Register::default(),
            answered: Register::default(),
            dropped: Register::default(),
            _guests: guests,
        }
    }
}

impl<const D: usize, const S: usize> Logic for Link<D, S> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link");
        comment!("The link to a backup computer: the ring entries of sending guests leave in slot order until the");
        comment!("backup has acknowledged them; those of standby guests are written to their rings, and acknowledged");
        comment!("when memory has answered OKAY. R and B are always taken; AW is raised when its data are held. A");
        comment!("frame without room for 256 cycles is dropped. ring_tail and ring_free show arrived and opened in");
        comment!("the third cycle after. Reset: no session.");
        dff_setup!(self, clock, sent, repeated, answered, dropped);
        clock!(
            self,
            clock,
            sender,
            fetch,
            transmitter,
            receiver,
            buffer,
            applier,
            writer,
            answers
        );

        comment!("Sending guests.");
        self.sender.retry.next = self.retry.val();
        self.sender.answer_valid.next = self.receiver.answer_valid.val();
        self.sender.answer_first.next = self.receiver.answer_first.val();
        self.sender.answer_second.next = self.receiver.answer_second.val();
        self.sender.token_room.next = self.fetch.token_room.val();
        for g in 0..self._guests {
            self.sender.sending[g].next = self.sending[g].val();
            self.sender.ring_base[g].next = self.ring_base[g].val();
            self.sender.ring_size[g].next = self.ring_size[g].val();
            self.sender.ring_capacity[g].next = self.ring_capacity[g].val();
            self.sender.generation[g].next = self.generation[g].val();
            self.sender.session[g].next = self.session[g].val();
            self.sender.open[g].next = self.open[g].val();
            self.sender.captured_done[g].next = self.captured_done[g].val();
            self.sender.mark[g].next = self.mark[g].val();
            self.sender.mark_number[g].next = self.mark_number[g].val();
            self.sender.unmark[g].next = self.unmark[g].val();
        }
        self.release_valid.next = self.sender.release_valid.val();
        self.release_guest.next = self.sender.release_guest.val();
        self.release_slots.next = self.sender.release_slots.val();

        comment!("Their entries, from memory to the link.");
        self.fetch.token_valid.next = self.sender.token_valid.val();
        self.fetch.token_first.next = self.sender.token_first.val();
        self.fetch.token_place.next = self.sender.token_place.val();
        self.fetch.token_header.next = self.sender.token_header.val();
        self.fetch.token_repeats.next = self.sender.token_repeats.val();
        self.arvalid.next = self.fetch.arvalid.val();
        self.araddr.next = self.fetch.araddr.val();
        self.arlen.next = self.fetch.arlen.val();
        self.arsize.next = self.fetch.arsize.val();
        self.fetch.arready.next = self.arready.val();
        self.fetch.rvalid.next = self.rvalid.val();
        self.fetch.rdata.next = self.rdata.val();
        self.fetch.rresp.next = self.rresp.val();
        self.fetch.rlast.next = self.rlast.val();
        self.transmitter.frame_valid.next = self.fetch.frame_valid.val();
        self.transmitter.frame_first.next = self.fetch.frame_first.val();
        self.transmitter.frame_second.next = self.fetch.frame_second.val();
        self.transmitter.frame_words.next = self.fetch.frame_words.val();
        self.transmitter.frame_bad.next = self.fetch.frame_bad.val();
        self.transmitter.word_valid.next = self.fetch.word_valid.val();
        self.transmitter.word.next = self.fetch.word.val();
        self.transmitter.word_error.next = self.fetch.word_error.val();
        self.transmitter.answer_valid.next = self.answers.out_valid.val();
        self.transmitter.answer_first.next = self.answers.out_first.val();
        self.transmitter.answer_second.next = self.answers.out_second.val();
        self.transmitter.tx_tready.next = self.link_tx_tready.val();
        self.fetch.frame_take.next = self.transmitter.frame_take.val();
        self.fetch.word_take.next = self.transmitter.word_take.val();
        self.link_tx_tvalid.next = self.transmitter.tx_tvalid.val();
        self.link_tx_tdata.next = self.transmitter.tx_tdata.val();
        self.link_tx_tlast.next = self.transmitter.tx_tlast.val();
        self.sender.frame_done.next = self.transmitter.frame_take.val();
        self.sender.frame_done_guest.next = self.fetch.frame_first.val().get_bits::<4>(4);

        comment!("Frames from the peer.");
        self.receiver.rx_tvalid.next = self.link_rx_tvalid.val();
        self.receiver.rx_tdata.next = self.link_rx_tdata.val();
        self.receiver.rx_tlast.next = self.link_rx_tlast.val();
        self.link_rx_tready.next = self.receiver.rx_tready.val();
        self.receiver.room.next = self.buffer.room.val();
        self.buffer.push.next = self.receiver.push.val();
        self.buffer.word.next = self.receiver.word.val();
        self.buffer.keep.next = self.receiver.keep.val();
        self.buffer.forget.next = self.receiver.forget.val();

        comment!("Standby guests.");
        for g in 0..self._guests {
            self.applier.sending[g].next = self.sending[g].val();
            self.applier.standby[g].next = self.standby[g].val();
            self.applier.ring_base[g].next = self.ring_base[g].val();
            self.applier.ring_size[g].next = self.ring_size[g].val();
            self.applier.ring_capacity[g].next = self.ring_capacity[g].val();
            self.applier.generation[g].next = self.generation[g].val();
            self.applier.session[g].next = self.session[g].val();
            self.applier.ring_tail[g].next = self.ring_tail[g].val();
            self.applier.ring_free[g].next = self.ring_free[g].val();
            self.applier.answer_take[g].next = self.answers.answer_take[g].val();
            self.answers.generation[g].next = self.generation[g].val();
            self.answers.session[g].next = self.session[g].val();
            self.answers.answer_due[g].next = self.applier.answer_due[g].val();
            self.answers.refusal_due[g].next = self.applier.refusal_due[g].val();
            self.answers.answer_sequence[g].next = self.applier.answer_sequence[g].val();
            self.answers.answer_second[g].next = self.applier.answer_second[g].val();
            self.synced[g].next = self.sender.synced[g].val();
            self.marked[g].next = self.sender.marked[g].val();
            self.refused[g].next = self.sender.refused[g].val();
            self.busy[g].next = self.sender.queued[g].val() | self.applier.writing[g].val();
            self.arrived[g].next = self.applier.arrived[g].val();
            self.arrived_mark[g].next = self.applier.arrived_mark[g].val();
            self.opened[g].next = self.applier.opened[g].val();
            self.write_failed[g].next = self.applier.write_failed[g].val();
        }
        self.answers.out_take.next = self.transmitter.answer_take.val();
        self.applier.frame_valid.next = self.receiver.frame_valid.val();
        self.applier.frame_first.next = self.receiver.frame_first.val();
        self.applier.frame_second.next = self.receiver.frame_second.val();
        self.applier.frame_words.next = self.receiver.frame_words.val();
        self.receiver.frame_take.next = self.applier.frame_take.val();
        self.arrived_mark_number.next = self.applier.arrived_mark_number.val();
        self.opened_session.next = self.applier.opened_session.val();
        self.opened_generation.next = self.applier.opened_generation.val();

        comment!("Their entries, from the receive buffer to memory.");
        self.writer.job_valid.next = self.applier.out_valid.val();
        self.writer.job_drops.next = self.applier.out_drops.val();
        self.writer.job_lines.next = self.applier.out_lines.val();
        self.writer.job_guest.next = self.applier.out_guest.val();
        self.writer.job_place.next = self.applier.out_place.val();
        self.writer.job_header_address.next = self.applier.out_header_address.val();
        self.writer.job_header.next = self.applier.out_header.val();
        self.writer.job_first.next = self.applier.out_first.val();
        self.writer.job_last.next = self.applier.out_last.val();
        self.writer.job_filled.next = self.applier.out_filled.val();
        self.applier.out_ready.next = self.writer.job_ready.val();
        self.buffer.read.next = self.writer.read.val();
        self.buffer.half.next = self.writer.half.val();
        self.buffer.skip.next = self.writer.skip.val();
        self.buffer.skip_lines.next = self.writer.skip_lines.val();
        self.writer.line.next = self.buffer.data.val();
        self.awvalid.next = self.writer.awvalid.val();
        self.awaddr.next = self.writer.awaddr.val();
        self.awlen.next = self.writer.awlen.val();
        self.writer.awready.next = self.awready.val();
        self.wvalid.next = self.writer.wvalid.val();
        self.wdata.next = self.writer.wdata.val();
        self.wstrb.next = self.writer.wstrb.val();
        self.wlast.next = self.writer.wlast.val();
        self.writer.wready.next = self.wready.val();
        self.writer.response_valid.next = self.response_valid.val();
        self.writer.response.next = self.response.val();
        self.applier.done_valid.next = self.writer.done_valid.val();
        self.applier.done_guest.next = self.writer.done_guest.val();
        self.applier.done_error.next = self.writer.done_error.val();

        comment!("What is counted.");
        self.sent.d.next = self.transmitter.frame_take.val();
        self.repeated.d.next = self.transmitter.frame_take.val() & self.fetch.frame_repeats.val();
        self.answered.d.next = self.transmitter.answer_take.val();
        self.dropped.d.next = self.receiver.dropped.val() | self.applier.dropped.val();
        self.frame_sent.next = self.sent.q.val();
        self.frame_repeated.next = self.repeated.q.val();
        self.acknowledgement_sent.next = self.answered.q.val();
        self.frame_dropped.next = self.dropped.q.val();
    }
}
