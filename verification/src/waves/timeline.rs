//! The timeline of a unit: for each guest the spans in which it waited, stood still or was taken back.

use serde::Serialize;

/// What a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The guest's `irq` is up: its processors are asked to arrive, until RELEASE.
    Rendezvous,
    /// New writes wait: from the arrival of the last processor to the commit.
    Pause,
    /// New writes are refused and reads held: a rollback.
    Rollback,
}

/// How a span ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A checkpoint was committed.
    Committed,
    /// The guest is back at its checkpoint.
    RolledBack,
    /// Given up: the checkpoint before still stands, or a rollback failed.
    Aborted,
    /// A pause without a rendezvous: the guest was detached.
    Detached,
    /// The waveform ends first.
    Unfinished,
}

/// Blocks that the copy engine has moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Copies {
    /// Into the log, before a write.
    pub saves: u64,
    /// Between memory and shadow, by a scan.
    pub scans: u64,
    /// Back from the log.
    pub restores: u64,
    /// To the other place, before a write.
    pub pushes: u64,
    /// Failed, of whatever kind.
    pub errors: u64,
}

impl Copies {
    /// Of all kinds, failed ones among them.
    pub fn total(&self) -> u64 {
        self.saves + self.scans + self.restores + self.pushes + self.errors
    }

    fn count(&mut self, kind: u64, error: bool) {
        let place = match (error, kind) {
            (true, _) => &mut self.errors,
            (false, 0) => &mut self.saves,
            (false, 1) => &mut self.scans,
            (false, 2) => &mut self.restores,
            (false, _) => &mut self.pushes,
        };
        *place += 1;
    }
}

/// A stretch of time of a guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// What it is.
    pub kind: Kind,
    /// Its first cycle, counted from 0 at the waveform's first rising edge of the clock.
    pub start: u64,
    /// The first cycle after it.
    pub end: u64,
    /// The waveform's time at its start.
    pub start_time: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// The guest's blocks copied meanwhile.
    pub copies: Copies,
}

impl Span {
    /// Its length in cycles.
    pub fn cycles(&self) -> u64 {
        self.end - self.start
    }
}

/// A guest's timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Guest {
    /// In the order of their ends.
    pub spans: Vec<Span>,
    /// The cycles in which a copy of the guest was complete, ascending.
    #[serde(skip)]
    pub copy_cycles: Vec<u64>,
    /// All its copies.
    pub copies: Copies,
}

impl Guest {
    /// Spans of a kind that ended so.
    pub fn count(&self, kind: Kind, outcome: Outcome) -> usize {
        let is_such = |span: &&Span| span.kind == kind && span.outcome == outcome;
        self.spans.iter().filter(is_such).count()
    }
}

/// What a waveform shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// Cycles in it.
    pub cycles: u64,
    /// By guest.
    pub guests: Vec<Guest>,
}

/// A guest's signals in a cycle.
#[derive(Clone, Debug, Default)]
pub(super) struct GuestCycle {
    pub hold: bool,
    pub reject: bool,
    pub interval: u64,
}

/// The unit's signals in a cycle.
#[derive(Clone, Debug)]
pub(super) struct Cycle {
    pub irq: u64,
    pub guests: Vec<GuestCycle>,
    pub copy_done: bool,
    pub copy_kind: u64,
    pub copy_guest: usize,
    pub copy_error: bool,
}

impl Cycle {
    pub(super) fn new(guests: usize) -> Cycle {
        Cycle {
            irq: 0,
            guests: vec![GuestCycle::default(); guests],
            copy_done: false,
            copy_kind: 0,
            copy_guest: 0,
            copy_error: false,
        }
    }
}

/// A span that has not ended.
struct Open {
    start: u64,
    start_time: u64,
    interval: u64,
    in_rendezvous: bool,
    copies: Copies,
}

/// Makes the timeline of cycles.
pub(super) struct Builder {
    timeline: Timeline,
    open: Vec<[Option<Open>; 3]>,
}

const KINDS: [Kind; 3] = [Kind::Rendezvous, Kind::Pause, Kind::Rollback];

impl Builder {
    pub(super) fn new(guests: usize) -> Builder {
        Builder {
            timeline: Timeline {
                cycles: 0,
                guests: vec![Guest::default(); guests],
            },
            open: (0..guests).map(|_| [None, None, None]).collect(),
        }
    }

    pub(super) fn cycle(&mut self, time: u64, cycle: &Cycle) {
        let now = self.timeline.cycles;
        if cycle.copy_done && cycle.copy_guest < self.open.len() {
            let guest = &mut self.timeline.guests[cycle.copy_guest];
            guest.copy_cycles.push(now);
            guest.copies.count(cycle.copy_kind, cycle.copy_error);
            for span in self.open[cycle.copy_guest].iter_mut().flatten() {
                span.copies.count(cycle.copy_kind, cycle.copy_error);
            }
        }
        for (g, guest) in cycle.guests.iter().enumerate() {
            let requested = cycle.irq >> g & 1 == 1;
            for (place, is_on) in [requested, guest.hold, guest.reject]
                .into_iter()
                .enumerate()
            {
                match (&self.open[g][place], is_on) {
                    (None, true) => {
                        self.open[g][place] = Some(Open {
                            start: now,
                            start_time: time,
                            interval: guest.interval,
                            in_rendezvous: requested,
                            copies: Copies::default(),
                        });
                    }
                    (Some(_), false) => self.close(g, place, Some(guest.interval)),
                    _ => {}
                }
            }
        }
        self.timeline.cycles += 1;
    }

    fn close(&mut self, guest: usize, place: usize, interval: Option<u64>) {
        let Some(open) = self.open[guest][place].take() else {
            return;
        };
        let kind = KINDS[place];
        let outcome = match (interval, kind) {
            (None, _) => Outcome::Unfinished,
            (Some(_), Kind::Pause) if !open.in_rendezvous => Outcome::Detached,
            (Some(interval), _) if interval == open.interval => Outcome::Aborted,
            (Some(_), Kind::Rollback) => Outcome::RolledBack,
            // A rendezvous that a rollback of the guest ends steps the epoch, too, but refuses writes meanwhile.
            (Some(_), Kind::Rendezvous) if self.open[guest][2].is_some() => Outcome::Aborted,
            (Some(_), _) => Outcome::Committed,
        };
        self.timeline.guests[guest].spans.push(Span {
            kind,
            start: open.start,
            end: self.timeline.cycles,
            start_time: open.start_time,
            outcome,
            copies: open.copies,
        });
    }

    pub(super) fn end(mut self) -> Timeline {
        for guest in 0..self.open.len() {
            for place in 0..KINDS.len() {
                self.close(guest, place, None);
            }
        }
        self.timeline
    }
}
