//! The rules of one VALID/READY channel.

use super::rule::{Reporter, Rule};
use std::fmt::Debug;

/// What a channel shows in a cycle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<T> {
    /// VALID has just been raised, or raised again after a handshake.
    pub fresh: Option<T>,
    /// The payload that the rising edge takes.
    pub taken: Option<T>,
}

/// The memory of one channel's checks.
#[derive(Clone, Debug)]
pub(super) struct ChannelWatch<T> {
    name: &'static str,
    /// The payload that waited for READY in the last cycle, and since when.
    waiting: Option<(T, u64)>,
    reset_cycles: u32,
}

impl<T: Copy + PartialEq + Debug> ChannelWatch<T> {
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            waiting: None,
            reset_cycles: 0,
        }
    }

    /// Forgets what was waiting.
    pub fn restart(&mut self) {
        self.waiting = None;
    }

    pub fn reset(&mut self, valid: bool, reporter: &mut Reporter) {
        self.waiting = None;
        // The first cycle shows what the registers held before the reset reached them.
        if valid && self.reset_cycles > 0 {
            let name = self.name;
            reporter.report(
                Rule::ValidInReset,
                format_args!("{name}VALID is high in reset"),
            );
        }
        self.reset_cycles = self.reset_cycles.saturating_add(1);
    }

    #[inline]
    pub fn watch(
        &mut self,
        (valid, ready): (bool, bool),
        stall_limit: Option<u64>,
        reporter: &mut Reporter,
        payload: impl FnOnce() -> T,
    ) -> Seen<T> {
        self.reset_cycles = 0;
        if !valid {
            if let Some((payload, _)) = self.waiting.take() {
                self.report_fall(payload, reporter);
            }
            return Seen {
                fresh: None,
                taken: None,
            };
        }
        let payload = payload();
        let cycle = reporter.cycle;
        let since = match self.waiting {
            Some((before, since)) => {
                if before != payload {
                    self.report_change(before, payload, reporter);
                }
                since
            }
            None => cycle,
        };
        let fresh = self.waiting.is_none().then_some(payload);
        self.waiting = (!ready).then_some((payload, since));
        if !ready && stall_limit == Some(cycle - since) {
            let name = self.name;
            reporter.report(
                Rule::Stalled,
                format_args!("{name}VALID has waited for {name}READY since cycle {since}"),
            );
        }
        Seen {
            fresh,
            taken: ready.then_some(payload),
        }
    }

    #[cold]
    fn report_fall(&self, payload: T, reporter: &mut Reporter) {
        let name = self.name;
        reporter.report(
            Rule::ValidHeld,
            format_args!("{name}VALID fell before {name}READY, with {payload:?}"),
        );
    }

    #[cold]
    fn report_change(&self, before: T, after: T, reporter: &mut Reporter) {
        let name = self.name;
        reporter.report(
            Rule::PayloadStable,
            format_args!("{name} changed before {name}READY from {before:?} to {after:?}"),
        );
    }
}
