//! Sends the reads of S5 guests to the places where their blocks lie.
//!
//! **Does**: holds up to four reads, looks each up in the [`PlaceStore`](super::place_store::PlaceStore) in the cycle in which it comes, and offers the oldest:
//! as it came, if its guest is not one of S5; at its place, when all its blocks lie in one; else as pieces ([`ReadSplitter`]), in order.
//! **Latency**: offered in the cycle after it came, two cycles after it came for S5 (one with `Config::early_places`); one read per cycle. A look-up that is not granted at once, or that `restart` threw away, is
//! repeated for the oldest read: two cycles from its grant, or one. **Order**: as they came. **Restart**: while high, the places of the oldest read, none of whose
//! pieces has been taken, are forgotten: they may change; so are, while `unsettled`, those of the reads behind it. **Drop**: the oldest read is thrown
//! away as soon as it can be. **Errors**: a read whose first word cannot be put right is offered with an error. **Reset**: empty.

use super::constants::{constant, flag};
use super::read_span::ReadSpan;
use super::read_splitter::ReadSplitter;
use super::read_types::{ReadPlace, ReadRequest};
use crate::prelude::*;
use mch_spec::config::Config;

/// Reads held while they are looked up.
const READS_HELD: usize = 4;

/// Finds the places of reads.
#[derive(Clone, Debug, LogicBlock)]
pub struct ReadRedirect {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A read comes.
    pub in_valid: Signal<In, Bit>,
    /// That read.
    pub in_data: Signal<In, ReadRequest>,
    /// It reads memory of an S5 guest.
    pub in_redirect: Signal<In, Bit>,
    /// It is taken.
    pub in_ready: Signal<Out, Bit>,
    /// First page of the shadow.
    pub shadow_base: Signal<In, Bits<28>>,
    /// A read is held: the oldest is on `out_data`.
    pub held_valid: Signal<Out, Bit>,
    /// The read, or a piece of it, may go.
    pub out_valid: Signal<Out, Bit>,
    /// That read or piece.
    pub out_data: Signal<Out, ReadRequest>,
    /// It is a whole read or the first piece of one.
    pub out_first: Signal<Out, Bit>,
    /// Beats - 1 of the whole read.
    pub out_total: Signal<Out, Bits<8>>,
    /// It is taken.
    pub out_ready: Signal<In, Bit>,
    /// Forget the places of the oldest read.
    pub restart: Signal<In, Bit>,
    /// Places may change: forget those of the reads behind the oldest.
    pub unsettled: Signal<In, Bit>,
    /// Throw the oldest read away.
    pub drop: Signal<In, Bit>,
    /// A look-up is asked for.
    pub place_request: Signal<Out, Bit>,
    /// Its word.
    pub place_word: Signal<Out, Bits<21>>,
    /// Its guest.
    pub place_guest: Signal<Out, Bits<4>>,
    /// The first block of interest.
    pub place_first: Signal<Out, Bits<5>>,
    /// The last one.
    pub place_last: Signal<Out, Bits<5>>,
    /// The read goes on in the next word.
    pub place_beyond: Signal<Out, Bit>,
    /// The look-up is taken; it is answered two cycles later.
    pub place_grant: Signal<In, Bit>,
    /// The places of the word's blocks.
    pub places: Signal<In, Bits<32>>,
    /// All of interest are in one place.
    pub place_whole: Signal<In, Bit>,
    /// With `place_whole`: in the shadow.
    pub place_in_shadow: Signal<In, Bit>,
    /// The word cannot be put right: nobody knows where its blocks lie. With error correction.
    pub place_failed: Signal<In, Bit>,
    queue: FrontFifo<ReadRequest>,
    kinds: FrontFifo<Bit>,
    answers: FrontFifo<ReadPlace>,
    failures: Maybe<FrontFifo<Bit>>,
    splitter: ReadSplitter,
    incoming_span: ReadSpan,
    head_span: ReadSpan,
    asked_1: Register<Bit>,
    asked_2: Register<Bit>,
    granted_1: Register<Bit>,
    granted_2: Register<Bit>,
    again_1: Register<Bit>,
    again_2: Register<Bit>,
    asked: Signal<Local, Bit>,
    granted: Signal<Local, Bit>,
    asked_again: Signal<Local, Bit>,
    stale: Register<Bit>,
    stale_behind: Register<Bits<16>>,
    behind: Signal<Local, Bits<16>>,
    kept_valid: Register<Bit>,
    kept: Register<ReadPlace>,
    kept_failed: Register<Bit>,
    splitting: Register<Bit>,
    begun: Register<Bit>,
    head: Signal<Local, ReadRequest>,
    redirect: Signal<Local, Bit>,
    live: Signal<Local, ReadPlace>,
    uses_live: Signal<Local, Bit>,
    stands: Signal<Local, ReadPlace>,
    entry_valid: Signal<Local, Bit>,
    now: Signal<Local, ReadPlace>,
    known: Signal<Local, Bit>,
    unknown: Signal<Local, Bit>,
    wants: Signal<Local, Bit>,
    fails: Signal<Local, Bit>,
    goes: Signal<Local, Bit>,
    goes_if_whole: Signal<Local, Bit>,
    offered: Signal<Local, Bit>,
    finishes: Signal<Local, Bit>,
    leaves: Signal<Local, Bit>,
    starts: Signal<Local, Bit>,
    again: Signal<Local, Bit>,
    forgets: Signal<Local, Bit>,
    incoming: Signal<Local, ReadRequest>,
    word_address: Signal<Local, Bits<40>>,
    word_block: Signal<Local, Bits<40>>,
    out_address: Signal<Local, Bits<40>>,
    out_in_shadow: Signal<Local, Bit>,
    shadow_address: Signal<Local, Bits<40>>,
    no_place: Constant<ReadPlace>,
    has_correction: Constant<Bit>,
    answers_early: Constant<Bit>,
    block_shift: Constant<Bits<4>>,
    number_mask: Constant<Bits<40>>,
    offset_mask: Constant<Bits<40>>,
}

impl ReadRedirect {
    /// The redirection of a configuration's reads.
    pub fn new(config: &Config) -> Self {
        Self {
            clock: Signal::default(),
            in_valid: Signal::default(),
            in_data: Signal::default(),
            in_redirect: Signal::default(),
            in_ready: Signal::default(),
            shadow_base: Signal::default(),
            held_valid: Signal::default(),
            out_valid: Signal::default(),
            out_data: Signal::default(),
            out_first: Signal::default(),
            out_total: Signal::default(),
            out_ready: Signal::default(),
            restart: Signal::default(),
            unsettled: Signal::default(),
            drop: Signal::default(),
            place_request: Signal::default(),
            place_word: Signal::default(),
            place_guest: Signal::default(),
            place_first: Signal::default(),
            place_last: Signal::default(),
            place_beyond: Signal::default(),
            place_grant: Signal::default(),
            places: Signal::default(),
            place_whole: Signal::default(),
            place_in_shadow: Signal::default(),
            place_failed: Signal::default(),
            queue: FrontFifo::new(READS_HELD),
            kinds: FrontFifo::new(READS_HELD),
            answers: FrontFifo::new(READS_HELD),
            failures: Maybe::new(FrontFifo::new(READS_HELD), config.error_correction),
            splitter: ReadSplitter::new(config),
            incoming_span: ReadSpan::new(config),
            head_span: ReadSpan::new(config),
            asked_1: Register::default(),
            asked_2: Register::default(),
            granted_1: Register::default(),
            granted_2: Register::default(),
            again_1: Register::default(),
            again_2: Register::default(),
            asked: Signal::default(),
            granted: Signal::default(),
            asked_again: Signal::default(),
            stale: Register::default(),
            stale_behind: Register::narrow(0.into(), clog2(READS_HELD + 1)),
            behind: Signal::default(),
            kept_valid: Register::default(),
            kept: Register::without_reset(),
            kept_failed: Register::without_reset(),
            splitting: Register::default(),
            begun: Register::default(),
            head: Signal::default(),
            redirect: Signal::default(),
            live: Signal::default(),
            uses_live: Signal::default(),
            stands: Signal::default(),
            entry_valid: Signal::default(),
            now: Signal::default(),
            known: Signal::default(),
            unknown: Signal::default(),
            wants: Signal::default(),
            fails: Signal::default(),
            goes: Signal::default(),
            goes_if_whole: Signal::default(),
            offered: Signal::default(),
            finishes: Signal::default(),
            leaves: Signal::default(),
            starts: Signal::default(),
            again: Signal::default(),
            forgets: Signal::default(),
            incoming: Signal::default(),
            word_address: Signal::default(),
            word_block: Signal::default(),
            out_address: Signal::default(),
            out_in_shadow: Signal::default(),
            shadow_address: Signal::default(),
            no_place: Constant::new(ReadPlace::default()),
            has_correction: flag(config.error_correction),
            answers_early: flag(config.early_places()),
            block_shift: constant(config.block_shift().into()),
            number_mask: constant(u64::from(config.blocks()) - 1),
            offset_mask: constant(config.memory_size.0 - 1),
        }
    }
}

impl Logic for ReadRedirect {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: read_redirect");
        comment!("Holds reads while those of S5 guests are looked up, and offers the oldest at its place: whole when all its blocks");
        comment!("lie in one, else in pieces. Offered a cycle after it came, two for S5; one read per cycle. A look-up not granted");
        comment!("at once, or forgotten by restart, is repeated for the oldest read. In order. Reset: empty.");
        dff_setup!(
            self,
            clock,
            asked_1,
            asked_2,
            granted_1,
            granted_2,
            again_1,
            again_2,
            stale,
            stale_behind,
            kept_valid,
            kept,
            kept_failed,
            splitting,
            begun
        );
        clock!(self, clock, queue, kinds, answers, splitter);

        comment!("The reads held");
        self.in_ready.next = !self.queue.full.val();
        self.queue.push.next = self.in_valid.val();
        self.queue.data_in.next = self.in_data.val();
        self.kinds.push.next = self.in_valid.val();
        self.kinds.data_in.next = self.in_redirect.val();
        self.head.next = self.queue.data_out.val();
        self.redirect.next = self.kinds.data_out.val();
        self.held_valid.next = self.queue.valid.val();

        comment!("The look-up whose answer stands now");
        if self.answers_early.val() {
            self.asked.next = self.asked_1.q.val();
            self.granted.next = self.granted_1.q.val();
            self.asked_again.next = self.again_1.q.val();
        } else {
            self.asked.next = self.asked_2.q.val();
            self.granted.next = self.granted_2.q.val();
            self.asked_again.next = self.again_2.q.val();
        }

        comment!("Their places, in order; an answer is used in the cycle in which it comes if it is the oldest");
        self.live.next = self.no_place.val();
        self.live.next.known = self.granted.val();
        self.live.next.whole = self.place_whole.val();
        self.live.next.in_shadow = self.place_in_shadow.val();
        self.live.next.places = self.places.val();
        self.entry_valid.next = self.answers.valid.val() | self.asked.val();
        // The store's answer is late in its cycle; all else is early.
        self.uses_live.next = !self.kept_valid.q.val() & !self.answers.valid.val();
        self.stands.next = self.answers.data_out.val();
        if self.kept_valid.q.val() {
            self.stands.next = self.kept.q.val();
        }
        self.known.next = !self.stale.q.val() & self.stands.val().known;
        if self.uses_live.val() {
            self.known.next = !self.stale.q.val() & self.asked.val() & self.granted.val();
        }
        if self.kept_valid.q.val() {
            self.known.next = true;
        }
        self.now.next = self.stands.val();
        if self.uses_live.val() {
            self.now.next = self.live.val();
        }
        self.fails.next = false;
        if self.has_correction.val() {
            clock!(self, clock, failures);
            self.fails.next = self.place_failed.val() & self.granted.val();
            if self.answers.valid.val() {
                self.fails.next = self.failures.data_out.val();
            }
            if self.kept_valid.q.val() {
                self.fails.next = self.kept_failed.q.val();
            }
            if !self.redirect.val() | !self.known.val() | self.splitting.q.val() {
                self.fails.next = false;
            }
        }

        comment!("The read or piece offered; an error where nobody knows its place");
        self.goes.next = self.queue.valid.val()
            & (!self.redirect.val()
                | (self.known.val()
                    & (self.fails.val() | (!self.uses_live.val() & self.stands.val().whole))));
        self.goes_if_whole.next =
            self.queue.valid.val() & self.redirect.val() & self.known.val() & self.uses_live.val();
        self.out_address.next = self.head.val().address;
        self.out_in_shadow.next = self.redirect.val() & self.now.val().in_shadow;
        self.out_data.next = self.head.val();
        if self.fails.val() {
            self.out_data.next.error = 2.into();
        }
        if self.splitting.q.val() {
            self.goes.next = self.splitter.piece_valid.val();
            self.goes_if_whole.next = false;
            self.out_address.next = self.splitter.piece_address.val();
            self.out_in_shadow.next = self.splitter.piece_in_shadow.val();
            self.out_data.next.len = self.splitter.piece_len.val();
            self.out_data.next.burst = 1.into();
        }
        self.shadow_address.next = bit_cast::<40, 28>(self.shadow_base.val()) << 12;
        self.out_data.next.address = self.out_address.val();
        if self.out_in_shadow.val() {
            self.out_data.next.address =
                self.shadow_address.val() | (self.out_address.val() & self.offset_mask.val());
        }
        self.offered.next = self.goes.val() | (self.goes_if_whole.val() & self.place_whole.val());
        self.out_valid.next = self.offered.val();
        self.out_first.next = !self.begun.q.val();
        self.out_total.next = self.head.val().len;
        self.finishes.next = self.offered.val()
            & self.out_ready.val()
            & (!self.splitting.q.val() | self.splitter.piece_last.val());
        self.leaves.next = self.finishes.val()
            | (self.drop.val()
                & self.queue.valid.val()
                & (!self.redirect.val() | self.entry_valid.val()));
        self.queue.pop.next = self.leaves.val();
        self.kinds.pop.next = self.leaves.val();
        self.answers.pop.next = self.leaves.val() & self.redirect.val();
        self.answers.push.next = self.asked.val()
            & (self.answers.valid.val() | !(self.leaves.val() & self.redirect.val()));
        self.answers.data_in.next = self.live.val();
        if self.has_correction.val() {
            self.failures.pop.next = self.leaves.val() & self.redirect.val();
            self.failures.push.next = self.asked.val()
                & (self.answers.valid.val() | !(self.leaves.val() & self.redirect.val()));
            self.failures.data_in.next = self.place_failed.val() & self.granted.val();
        }

        comment!("A read whose blocks lie in different places");
        self.forgets.next = self.restart.val() & self.queue.valid.val() & self.redirect.val();
        self.starts.next = self.queue.valid.val()
            & self.redirect.val()
            & self.known.val()
            & !self.now.val().whole
            & !self.fails.val()
            & !self.splitting.q.val()
            & !self.restart.val();
        self.splitter.request.next = self.head.val();
        self.splitter.start.next = self.starts.val();
        self.splitter.abort.next = self.forgets.val() | self.leaves.val();
        self.splitter.refill.next = self.splitting.q.val() & self.asked_again.val();
        self.splitter.places.next = self.places.val();
        if !self.splitting.q.val() {
            self.splitter.places.next = self.now.val().places;
        }
        if self.starts.val() {
            self.splitting.d.next = true;
        }
        self.splitter.piece_ready.next = self.splitting.q.val() & self.out_ready.val();
        if self.offered.val() & self.out_ready.val() {
            self.begun.d.next = true;
        }
        if self.asked_again.val() & !self.splitting.q.val() {
            self.kept_valid.d.next = true;
            self.kept.d.next = self.live.val();
            self.kept.d.next.known = true;
            self.kept_failed.d.next = self.place_failed.val();
        }
        if self.forgets.val() {
            self.stale.d.next = true;
            self.kept_valid.d.next = false;
            self.splitting.d.next = false;
        }
        // The reads behind the oldest one after this cycle.
        self.behind.next = 0.into();
        if self.queue.count.val().any() {
            self.behind.next = self.queue.count.val() - 1;
        }
        if self.leaves.val() & self.behind.val().any() {
            self.behind.next = self.queue.count.val() - 2;
        }
        if self.in_valid.val() & !self.queue.full.val() & self.queue.count.val().any() {
            self.behind.next = self.queue.count.val();
            if self.leaves.val() {
                self.behind.next = self.queue.count.val() - 1;
            }
        }
        if self.unsettled.val() {
            self.stale_behind.d.next = self.behind.val();
        } else if self.leaves.val() & self.stale_behind.q.val().any() {
            self.stale_behind.d.next = self.stale_behind.q.val() - 1;
        }
        if self.leaves.val() {
            self.stale.d.next = self.unsettled.val() | self.stale_behind.q.val().any();
            self.kept_valid.d.next = false;
            self.splitting.d.next = false;
            self.begun.d.next = false;
        }

        comment!("Look-ups: the oldest read's again, or the next word's; else that of the read that comes");
        // Its places have been asked for, and nobody knows them.
        self.unknown.next = !self.kept_valid.q.val()
            & self.asked.val()
            & !self.answers.valid.val()
            & (self.stale.q.val() | !self.granted.val());
        if self.answers.valid.val() {
            self.unknown.next = !self.kept_valid.q.val()
                & (self.stale.q.val() | !self.answers.data_out.val().known);
        }
        self.wants.next = self.unknown.val();
        if self.splitting.q.val() {
            self.wants.next = self.splitter.wants.val();
        }
        self.again.next = self.wants.val()
            & self.queue.valid.val()
            & self.redirect.val()
            & !self.again_1.q.val()
            & !self.asked_again.val()
            & !self.restart.val();
        // What is asked of either read is found side by side: whether to ask again is late.
        self.incoming.next = self.in_data.val();
        self.incoming_span.read.next = self.in_data.val();
        self.head_span.read.next = self.head.val();
        self.word_address.next = self.incoming.val().address;
        self.place_guest.next = self.incoming.val().guest;
        self.place_first.next = self.incoming_span.first.val();
        self.place_last.next = self.incoming_span.last.val();
        self.place_beyond.next = self.incoming_span.beyond.val();
        if self.again.val() {
            self.word_address.next = self.head.val().address;
            if self.splitting.q.val() {
                self.word_address.next = self.splitter.next_address.val();
            }
            self.place_guest.next = self.head.val().guest;
            self.place_first.next = self.head_span.first.val();
            self.place_last.next = self.head_span.last.val();
            self.place_beyond.next = self.head_span.beyond.val();
        }
        self.word_block.next =
            (self.word_address.val() >> self.block_shift.val()) & self.number_mask.val();
        self.place_word.next = self.word_block.val().get_bits::<21>(5);
        self.place_request.next = self.again.val() | (self.in_valid.val() & !self.queue.full.val());
        self.asked_1.d.next = self.in_valid.val() & !self.queue.full.val() & self.in_redirect.val();
        self.asked_2.d.next = self.asked_1.q.val();
        self.granted_1.d.next = self.place_grant.val() & !self.again.val();
        self.granted_2.d.next = self.granted_1.q.val();
        self.again_1.d.next = self.again.val() & self.place_grant.val() & !self.leaves.val();
        self.again_2.d.next = self.again_1.q.val() & !self.leaves.val() & !self.forgets.val();
    }
}
