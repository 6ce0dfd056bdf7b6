//! A sending guest's session: which entries are acknowledged, sent and complete, and what is to be sent next.
//!
//! **Does**: asks for the session's frame until it is acknowledged, then for the entries in slot order, as many as are complete and as the backup has slots
//! for, and for the mark behind its last entry. Without progress for `retry` cycles after its last frame was sent it begins again at the entry
//! acknowledged last, with the mark and the session's frame too; with no slots left it asks again with the session's frame. **Latency**: an acknowledgement acts in the third
//! cycle; it is expected at most every third cycle. **Errors**: an acknowledgement of another session, or of what was never sent, is ignored. **Reset**: no session.

use super::constants::constant;
use crate::prelude::*;
use mch_spec::Config;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkSenderGuest {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Entries are to be sent (level).
    pub sending: Signal<In, Bit>,
    /// Slots of the ring.
    pub capacity: Signal<In, Bits<26>>,
    /// Its generation.
    pub generation: Signal<In, Bits<8>>,
    /// Its session.
    pub session: Signal<In, Bits<16>>,
    /// Cycles without progress until entries are sent again.
    pub retry: Signal<In, Bits<32>>,
    /// Begin a session.
    pub open: Signal<In, Bit>,
    /// The next entry is complete.
    pub captured_done: Signal<In, Bit>,
    /// A mark behind the entries that are complete now.
    pub mark: Signal<In, Bit>,
    /// Its number.
    pub mark_number: Signal<In, Bits<16>>,
    /// Forget the mark.
    pub unmark: Signal<In, Bit>,
    /// An answer came for this guest.
    pub answer_valid: Signal<In, Bit>,
    /// Its first beat; stays for two cycles more.
    pub answer_first: Signal<In, Bits<64>>,
    /// Its second beat; the same.
    pub answer_second: Signal<In, Bits<64>>,
    /// A frame is wanted, now.
    pub request: Signal<Out, Bit>,
    /// It is granted; two cycles between grants at least.
    pub grant: Signal<In, Bit>,
    /// Kind of the frame wanted.
    pub kind: Signal<Out, Bits<4>>,
    /// Its sequence number.
    pub entry_number: Signal<Out, Bits<32>>,
    /// Slot of the entry wanted.
    pub slot: Signal<Out, Bits<26>>,
    /// The frame wanted was sent before.
    pub repeats: Signal<Out, Bit>,
    /// A frame that was granted has been sent.
    pub frame_done: Signal<In, Bit>,
    /// Frames granted are not sent yet.
    pub queued: Signal<Out, Bit>,
    /// Entries were acknowledged; one cycle.
    pub released: Signal<Out, Bit>,
    /// How many.
    pub released_slots: Signal<Out, Bits<26>>,
    /// The session is acknowledged.
    pub synced: Signal<Out, Bit>,
    /// The mark is acknowledged.
    pub marked: Signal<Out, Bit>,
    /// The peer is of a newer generation; one cycle.
    pub refused: Signal<Out, Bit>,
    in_session: Register<Bit>,
    is_synced: Register<Bit>,
    sync_sent: Register<Bit>,
    sync_ever: Register<Bit>,
    acknowledged: Register<Bits<32>>,
    next_sequence: Register<Bits<32>>,
    acknowledged_slot: Register<Bits<26>>,
    next_slot: Register<Bits<26>>,
    held: Register<Bits<26>>,
    sent: Register<Bits<26>>,
    ever: Register<Bits<26>>,
    credits: Register<Bits<26>>,
    fresh: Register<Bits<4>>,
    mark_new: Register<Bit>,
    mark_pending: Register<Bit>,
    mark_sent: Register<Bit>,
    mark_ever: Register<Bit>,
    is_marked: Register<Bit>,
    distance: Register<Bits<26>>,
    waiting_frames: Register<Bits<6>>,
    timer: Register<Bits<32>>,
    expired: Register<Bit>,
    want: Register<Bit>,
    want_kind: Register<Bits<4>>,
    want_again: Register<Bit>,
    matched: Register<Bit>,
    applies: Register<Bit>,
    count: Register<Bits<32>>,
    behind: Register<Bit>,
    advanced: Register<Bits<27>>,
    refused_now: Register<Bit>,
    older: Signal<Local, Bits<8>>,
    is_answer: Signal<Local, Bit>,
    wrapped: Signal<Local, Bits<27>>,
    landed: Signal<Local, Bits<26>>,
    limit: Signal<Local, Bits<26>>,
    disturbed: Signal<Local, Bit>,
    granted: Signal<Local, Bit>,
    rewinds: Signal<Local, Bit>,
    progress: Signal<Local, Bit>,
    waits: Signal<Local, Bit>,
    mark_fits: Signal<Local, Bit>,
    sync_kind: Constant<Bits<4>>,
    mark_kind: Constant<Bits<4>>,
    entry_kind: Constant<Bits<4>>,
}

impl LinkSenderGuest {
    /// A guest of a configuration.
    pub fn new(config: &Config) -> Self {
        let block_address = (config.address_width - config.block_shift()).min(26) as usize;
        let slot_register = || Register::narrow_without_reset(block_address);
        Self {
            clock: Signal::default(),
            sending: Signal::default(),
            capacity: Signal::default(),
            generation: Signal::default(),
            session: Signal::default(),
            retry: Signal::default(),
            open: Signal::default(),
            captured_done: Signal::default(),
            mark: Signal::default(),
            mark_number: Signal::default(),
            unmark: Signal::default(),
            answer_valid: Signal::default(),
            answer_first: Signal::default(),
            answer_second: Signal::default(),
            request: Signal::default(),
            grant: Signal::default(),
            kind: Signal::default(),
            entry_number: Signal::default(),
            slot: Signal::default(),
            repeats: Signal::default(),
            frame_done: Signal::default(),
            queued: Signal::default(),
            released: Signal::default(),
            released_slots: Signal::default(),
            synced: Signal::default(),
            marked: Signal::default(),
            refused: Signal::default(),
            in_session: Register::default(),
            is_synced: Register::default(),
            sync_sent: Register::default(),
            sync_ever: Register::default(),
            acknowledged: Register::without_reset(),
            next_sequence: Register::without_reset(),
            acknowledged_slot: slot_register(),
            next_slot: slot_register(),
            held: slot_register(),
            sent: slot_register(),
            ever: slot_register(),
            credits: slot_register(),
            fresh: Register::default(),
            mark_new: Register::default(),
            mark_pending: Register::default(),
            mark_sent: Register::default(),
            mark_ever: Register::default(),
            is_marked: Register::default(),
            distance: slot_register(),
            waiting_frames: Register::default(),
            timer: Register::without_reset(),
            expired: Register::default(),
            want: Register::default(),
            want_kind: Register::without_reset(),
            want_again: Register::without_reset(),
            matched: Register::default(),
            applies: Register::default(),
            count: Register::without_reset(),
            behind: Register::without_reset(),
            advanced: Register::without_reset(),
            refused_now: Register::default(),
            older: Signal::default(),
            is_answer: Signal::default(),
            wrapped: Signal::default(),
            landed: Signal::default(),
            limit: Signal::default(),
            disturbed: Signal::default(),
            granted: Signal::default(),
            rewinds: Signal::default(),
            progress: Signal::default(),
            waits: Signal::default(),
            mark_fits: Signal::default(),
            sync_kind: constant(3),
            mark_kind: constant(2),
            entry_kind: constant(1),
        }
    }
}

impl Logic for LinkSenderGuest {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_sender_guest");
        comment!("A sending guest's session: which entries are acknowledged, sent and complete, what is to be sent");
        comment!("next, and when to begin again at the entry acknowledged last. An acknowledgement acts in the third");
        comment!("cycle. Reset: no session.");
        dff_setup!(
            self,
            clock,
            in_session,
            is_synced,
            sync_sent,
            sync_ever,
            acknowledged,
            next_sequence,
            acknowledged_slot,
            next_slot,
            held,
            sent,
            ever,
            credits,
            fresh,
            mark_new,
            mark_pending,
            mark_sent,
            mark_ever,
            is_marked,
            distance,
            waiting_frames,
            timer,
            expired,
            want,
            want_kind,
            want_again,
            matched,
            applies,
            count,
            behind,
            advanced,
            refused_now
        );

        comment!("An answer: is it for this session, how many entries more does it acknowledge, were they sent?");
        self.older.next = self.answer_first.val().get_bits::<8>(8) - self.generation.val();
        self.is_answer.next = self.answer_valid.val() & self.in_session.q.val();
        self.matched.d.next = self.is_answer.val()
            & (self.answer_first.val().get_bits::<4>(0) == 4)
            & !self.older.val().any()
            & (self.answer_first.val().get_bits::<16>(16) == self.session.val());
        self.count.d.next = self.answer_first.val().get_bits::<32>(32) - self.acknowledged.q.val();
        self.applies.d.next = self.matched.q.val()
            & !self.count.q.val().get_bits::<6>(26).any()
            & (bit_cast::<26, 32>(self.count.q.val()) <= self.ever.q.val());
        self.behind.d.next = self.sent.q.val() < bit_cast::<26, 32>(self.count.q.val());
        self.advanced.d.next = bit_cast::<27, 26>(self.acknowledged_slot.q.val())
            + bit_cast::<27, 32>(self.count.q.val());
        self.wrapped.next = self.advanced.q.val() - bit_cast::<27, 26>(self.capacity.val());
        self.landed.next = bit_cast::<26, 27>(self.wrapped.val());
        if self.wrapped.val().get_bit(26) {
            self.landed.next = bit_cast::<26, 27>(self.advanced.q.val());
        }
        self.refused_now.d.next = self.is_answer.val()
            & (self.answer_first.val().get_bits::<4>(0) == 5)
            & self.older.val().any()
            & !self.older.val().get_bit(7);

        comment!("What changes without the grant's doing: such a cycle grants nothing, and its request is not believed.");
        self.rewinds.next = self.expired.q.val() & !self.matched.q.val() & !self.applies.q.val();
        self.disturbed.next = self.matched.q.val()
            | self.applies.q.val()
            | self.rewinds.val()
            | self.open.val()
            | self.mark.val()
            | self.unmark.val()
            | self.mark_new.q.val()
            | self.refused_now.q.val()
            | !self.sending.val()
            | !self.in_session.q.val();
        self.request.next = self.want.q.val() & !self.disturbed.val();
        self.granted.next = self.grant.val() & self.request.val();
        self.kind.next = self.want_kind.q.val();
        self.entry_number.next = self.next_sequence.q.val();
        self.slot.next = self.next_slot.q.val();
        self.repeats.next = self.want_again.q.val();

        comment!("What is wanted next.");
        self.limit.next = self.held.q.val();
        if self.mark_pending.q.val() {
            self.limit.next = self.distance.q.val();
        }
        self.mark_fits.next = self.is_synced.q.val()
            & self.mark_pending.q.val()
            & !self.mark_sent.q.val()
            & (self.sent.q.val() == self.distance.q.val());
        self.want.d.next = false;
        self.want_kind.d.next = self.entry_kind.val();
        self.want_again.d.next = self.sent.q.val() < self.ever.q.val();
        if !self.sync_sent.q.val() {
            self.want.d.next = true;
            self.want_kind.d.next = self.sync_kind.val();
            self.want_again.d.next = self.sync_ever.q.val();
        } else if self.mark_fits.val() {
            self.want.d.next = true;
            self.want_kind.d.next = self.mark_kind.val();
            self.want_again.d.next = self.mark_ever.q.val();
        } else if self.is_synced.q.val() {
            self.want.d.next =
                (self.sent.q.val() < self.limit.val()) & (self.sent.q.val() < self.credits.q.val());
        }
        if self.disturbed.val() {
            self.want.d.next = false;
        }

        comment!("Entries that have become complete are counted when nothing else counts.");
        self.fresh.d.next = self.fresh.q.val();
        if self.applies.q.val() {
            if self.captured_done.val() {
                self.fresh.d.next = self.fresh.q.val() + 1;
            }
            self.held.d.next = self.held.q.val() - bit_cast::<26, 32>(self.count.q.val());
        } else {
            self.fresh.d.next = 0.into();
            if self.captured_done.val() {
                self.fresh.d.next = 1.into();
            }
            self.held.d.next = self.held.q.val() + bit_cast::<26, 4>(self.fresh.q.val());
        }

        comment!("A frame is granted.");
        if self.granted.val() {
            if self.want_kind.q.val() == self.sync_kind.val() {
                self.sync_sent.d.next = true;
                self.sync_ever.d.next = true;
            } else if self.want_kind.q.val() == self.mark_kind.val() {
                self.mark_sent.d.next = true;
                self.mark_ever.d.next = true;
            } else {
                self.sent.d.next = self.sent.q.val() + 1;
                if !self.want_again.q.val() {
                    self.ever.d.next = self.ever.q.val() + 1;
                }
                self.next_sequence.d.next = self.next_sequence.q.val() + 1;
                if self.next_slot.q.val() + 1 == self.capacity.val() {
                    self.next_slot.d.next = 0.into();
                } else {
                    self.next_slot.d.next = self.next_slot.q.val() + 1;
                }
            }
        }
        if self.granted.val() & !self.frame_done.val() {
            self.waiting_frames.d.next = self.waiting_frames.q.val() + 1;
        } else if self.frame_done.val() & !self.granted.val() {
            self.waiting_frames.d.next = self.waiting_frames.q.val() - 1;
        }
        self.queued.next = self.waiting_frames.q.val().any();

        comment!("An acknowledgement acts.");
        self.progress.next = false;
        if self.applies.q.val() {
            self.progress.next = self.count.q.val().any() | !self.is_synced.q.val();
            self.acknowledged.d.next = self.answer_first.val().get_bits::<32>(32);
            self.acknowledged_slot.d.next = self.landed.val();
            self.ever.d.next = self.ever.q.val() - bit_cast::<26, 32>(self.count.q.val());
            self.distance.d.next = self.distance.q.val() - bit_cast::<26, 32>(self.count.q.val());
            self.sent.d.next = self.sent.q.val() - bit_cast::<26, 32>(self.count.q.val());
            if self.behind.q.val() {
                self.sent.d.next = 0.into();
                self.next_slot.d.next = self.landed.val();
                self.next_sequence.d.next = self.answer_first.val().get_bits::<32>(32);
            }
            self.credits.d.next = bit_cast::<26, 64>(self.answer_second.val());
            self.is_synced.d.next = true;
            self.sync_sent.d.next = true;
            if self.mark_pending.q.val()
                & self.mark_ever.q.val()
                & self.answer_second.val().get_bit(48)
                & (self.answer_second.val().get_bits::<16>(32) == self.mark_number.val())
            {
                self.progress.next = true;
                self.mark_pending.d.next = false;
                self.is_marked.d.next = true;
            }
        }

        comment!("Without progress, again from the entry acknowledged last.");
        self.waits.next =
            !self.is_synced.q.val() | self.held.q.val().any() | self.mark_pending.q.val();
        self.expired.d.next = false;
        if self.progress.val()
            | self.rewinds.val()
            | self.queued.val()
            | !self.waits.val()
            | !self.in_session.q.val()
        {
            self.timer.d.next = self.retry.val();
        } else if self.timer.q.val().any() {
            self.timer.d.next = self.timer.q.val() - 1;
        } else {
            self.expired.d.next = !self.granted.val();
        }
        if self.rewinds.val() {
            self.sent.d.next = 0.into();
            self.next_slot.d.next = self.acknowledged_slot.q.val();
            self.next_sequence.d.next = self.acknowledged.q.val();
            self.mark_sent.d.next = false;
            if !self.is_synced.q.val() | !self.credits.q.val().any() {
                self.sync_sent.d.next = false;
            }
        }

        comment!("Marks: the distance is counted from the entry acknowledged last.");
        if self.mark_new.q.val()
            & !self.fresh.q.val().any()
            & !self.matched.q.val()
            & !self.applies.q.val()
        {
            self.mark_new.d.next = false;
            self.mark_pending.d.next = true;
            self.distance.d.next = self.held.q.val();
        }
        if self.mark.val() | self.unmark.val() {
            self.mark_new.d.next = self.mark.val();
            self.mark_pending.d.next = false;
            self.mark_sent.d.next = false;
            self.mark_ever.d.next = false;
            self.is_marked.d.next = false;
        }

        comment!("Sessions.");
        if self.refused_now.q.val() | !self.sending.val() {
            self.in_session.d.next = false;
            self.is_synced.d.next = false;
        }
        if self.open.val() {
            self.in_session.d.next = true;
            self.is_synced.d.next = false;
            self.sync_sent.d.next = false;
            self.sync_ever.d.next = false;
            self.acknowledged.d.next = 0.into();
            self.next_sequence.d.next = 0.into();
            self.acknowledged_slot.d.next = 0.into();
            self.next_slot.d.next = 0.into();
            self.held.d.next = 0.into();
            self.sent.d.next = 0.into();
            self.ever.d.next = 0.into();
            self.credits.d.next = 0.into();
            self.fresh.d.next = 0.into();
            self.mark_new.d.next = false;
            self.mark_pending.d.next = false;
            self.mark_sent.d.next = false;
            self.mark_ever.d.next = false;
            self.is_marked.d.next = false;
            self.timer.d.next = self.retry.val();
            self.expired.d.next = false;
            self.matched.d.next = false;
            self.applies.d.next = false;
        }
        self.released.next = self.applies.q.val() & self.count.q.val().any();
        self.released_slots.next = bit_cast::<26, 32>(self.count.q.val());
        self.synced.next = self.is_synced.q.val();
        self.marked.next = self.is_marked.q.val();
        self.refused.next = self.refused_now.q.val();
    }
}
