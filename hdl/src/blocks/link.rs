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
            _guests: guests,
        }
    }
}

impl<const D: usize, const S: usize> Logic for Link<D, S> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link");
        comment!("The link to a backup computer.");
        for g in 0..self._guests {
            self.synced[g].next = false;
            self.marked[g].next = false;
            self.refused[g].next = false;
            self.busy[g].next = false;
            self.arrived[g].next = false;
            self.arrived_mark[g].next = false;
            self.opened[g].next = false;
            self.write_failed[g].next = false;
        }
        self.release_valid.next = false;
        self.release_guest.next = 0.into();
        self.release_slots.next = 0.into();
        self.arrived_mark_number.next = 0.into();
        self.opened_session.next = 0.into();
        self.opened_generation.next = 0.into();
        self.frame_sent.next = false;
        self.frame_repeated.next = false;
        self.frame_dropped.next = false;
        self.acknowledgement_sent.next = false;
        self.link_tx_tvalid.next = false;
        self.link_tx_tdata.next = 0.into();
        self.link_tx_tlast.next = false;
        self.link_rx_tready.next = true;
        self.arvalid.next = false;
        self.araddr.next = 0.into();
        self.arlen.next = 0.into();
        self.arsize.next = 0.into();
        self.awvalid.next = false;
        self.awaddr.next = 0.into();
        self.awlen.next = 0.into();
        self.wvalid.next = false;
        self.wdata.next = 0.into();
        self.wstrb.next = 0.into();
        self.wlast.next = false;
    }
}
