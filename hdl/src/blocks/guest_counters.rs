//! A guest's performance counters.
//!
//! **Does**: counts events, and the cycles from the quiet point of a commit to its release. Counters wrap.
//! **Latency**: one cycle. **Reset**: all zero.

use crate::prelude::*;

/// Performance counters of a guest.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct GuestCounters {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Event: a burst of the guest waited to be accepted.
    pub stalled: Signal<In, Bit>,
    /// Event: a block was copied for the guest.
    pub copied: Signal<In, Bit>,
    /// Event: a ring entry was written.
    pub entry: Signal<In, Bit>,
    /// Event: a burst was accepted.
    pub accept: Signal<In, Bit>,
    /// Event: a commit.
    pub checkpoint: Signal<In, Bit>,
    /// Event: a rollback.
    pub rollback: Signal<In, Bit>,
    /// Writes are held and all accepted ones acknowledged.
    pub held_quiet: Signal<In, Bit>,
    /// The guest is released.
    pub releases: Signal<In, Bit>,
    /// Events: a burst of the guest waited to be accepted.
    pub stalls: Signal<Out, Bits<32>>,
    /// Events: a block was copied for the guest.
    pub copies: Signal<Out, Bits<32>>,
    /// Events: a ring entry was written.
    pub entries: Signal<Out, Bits<32>>,
    /// Events: a burst was accepted.
    pub writes: Signal<Out, Bits<32>>,
    /// Events: a commit.
    pub checkpoints: Signal<Out, Bits<32>>,
    /// Events: a rollback.
    pub rollbacks: Signal<Out, Bits<32>>,
    /// Cycles of the last pause.
    pub pause: Signal<Out, Bits<32>>,
    stalls_now: Register<Bits<32>>,
    copies_now: Register<Bits<32>>,
    entries_now: Register<Bits<32>>,
    writes_now: Register<Bits<32>>,
    checkpoints_now: Register<Bits<32>>,
    rollbacks_now: Register<Bits<32>>,
    pausing: Register<Bit>,
    elapsed: Register<Bits<32>>,
    pause_now: Register<Bits<32>>,
}

impl Logic for GuestCounters {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: guest_counters");
        comment!("A guest's performance counters; they wrap. Reset: zero.");
        dff_setup!(
            self,
            clock,
            stalls_now,
            copies_now,
            entries_now,
            writes_now,
            checkpoints_now,
            rollbacks_now,
            pausing,
            elapsed,
            pause_now
        );
        if self.stalled.val() {
            self.stalls_now.d.next = self.stalls_now.q.val() + 1;
        }
        if self.copied.val() {
            self.copies_now.d.next = self.copies_now.q.val() + 1;
        }
        if self.entry.val() {
            self.entries_now.d.next = self.entries_now.q.val() + 1;
        }
        if self.accept.val() {
            self.writes_now.d.next = self.writes_now.q.val() + 1;
        }
        if self.checkpoint.val() {
            self.checkpoints_now.d.next = self.checkpoints_now.q.val() + 1;
        }
        if self.rollback.val() {
            self.rollbacks_now.d.next = self.rollbacks_now.q.val() + 1;
        }
        if self.releases.val() {
            self.pausing.d.next = false;
            self.elapsed.d.next = 0.into();
            if self.pausing.q.val() {
                self.pause_now.d.next = self.elapsed.q.val();
            }
        } else if self.pausing.q.val() | self.held_quiet.val() {
            self.pausing.d.next = true;
            self.elapsed.d.next = self.elapsed.q.val() + 1;
        }
        self.stalls.next = self.stalls_now.q.val();
        self.copies.next = self.copies_now.q.val();
        self.entries.next = self.entries_now.q.val();
        self.writes.next = self.writes_now.q.val();
        self.checkpoints.next = self.checkpoints_now.q.val();
        self.rollbacks.next = self.rollbacks_now.q.val();
        self.pause.next = self.pause_now.q.val();
    }
}
