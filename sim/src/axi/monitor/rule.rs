//! The rules that monitors check.

use crate::axi::burst::Illegality;
use crate::bench::Violation;
use std::fmt;

/// A rule of AXI4 or AXI4-Lite, or one that [`super::MonitorOptions`] switches on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// VALID, once high, stays high until READY.
    ValidHeld,
    /// The payload does not change while VALID waits for READY.
    PayloadStable,
    /// No VALID is high in reset, from its second cycle on.
    ValidInReset,
    /// AxBURST is not 0b11.
    BurstKind,
    /// A beat is no wider than the bus.
    BurstWidth,
    /// An INCR burst crosses no 4 KiB boundary.
    BurstBoundary,
    /// A WRAP burst has 2, 4, 8 or 16 beats.
    WrapLength,
    /// A WRAP burst starts at a multiple of its beat size.
    WrapAlignment,
    /// A FIXED burst has at most 16 beats.
    FixedLength,
    /// An exclusive access is of a legal size and aligned to it.
    ExclusiveShape,
    /// AxCACHE is not a reserved code.
    CacheCode,
    /// WLAST is high in the last beat of a burst and in no other.
    WlastPosition,
    /// Strobes are set only for lanes that the beat covers.
    StrobeLanes,
    /// B comes after its address and its last data have been accepted.
    ResponseTooEarly,
    /// B has the identifier of an unanswered write.
    ResponseId,
    /// R has the identifier of an uncompleted read whose address was accepted before.
    ReadId,
    /// RLAST is high in the last beat of a burst and in no other.
    RlastPosition,
    /// EXOKAY answers exclusive accesses only, and nothing in AXI4-Lite.
    ExclusiveResponse,
    /// Optional: answers come in the order of the addresses, whatever their identifiers.
    InOrder,
    /// Optional: READY comes within a number of cycles of VALID.
    Stalled,
    /// Optional: the answer is complete within a number of cycles of the address handshake.
    Unanswered,
}

impl Rule {
    /// The rule's name as it appears in [`Violation::rule`].
    pub fn name(self) -> &'static str {
        match self {
            Self::ValidHeld => "valid-held",
            Self::PayloadStable => "payload-stable",
            Self::ValidInReset => "valid-in-reset",
            Self::BurstKind => "burst-kind",
            Self::BurstWidth => "burst-width",
            Self::BurstBoundary => "burst-boundary",
            Self::WrapLength => "wrap-length",
            Self::WrapAlignment => "wrap-alignment",
            Self::FixedLength => "fixed-length",
            Self::ExclusiveShape => "exclusive-shape",
            Self::CacheCode => "cache-code",
            Self::WlastPosition => "wlast-position",
            Self::StrobeLanes => "strobe-lanes",
            Self::ResponseTooEarly => "response-too-early",
            Self::ResponseId => "response-id",
            Self::ReadId => "read-id",
            Self::RlastPosition => "rlast-position",
            Self::ExclusiveResponse => "exclusive-response",
            Self::InOrder => "in-order",
            Self::Stalled => "stalled",
            Self::Unanswered => "unanswered",
        }
    }
}

impl From<Illegality> for Rule {
    fn from(illegality: Illegality) -> Self {
        match illegality {
            Illegality::ReservedKind => Self::BurstKind,
            // AxLEN cannot express a wrong number of beats, so this is never reached from a port.
            Illegality::BeatCount | Illegality::TooWide => Self::BurstWidth,
            Illegality::CrossesBoundary => Self::BurstBoundary,
            Illegality::WrapLength => Self::WrapLength,
            Illegality::WrapAlignment => Self::WrapAlignment,
            Illegality::FixedLength => Self::FixedLength,
            Illegality::Exclusive => Self::ExclusiveShape,
            Illegality::CacheCode => Self::CacheCode,
        }
    }
}

/// Where a monitor reports to, with what it need not repeat.
pub(super) struct Reporter<'a> {
    pub port: &'a str,
    pub cycle: u64,
    pub violations: &'a mut Vec<Violation>,
}

impl Reporter<'_> {
    #[cold]
    pub fn report(&mut self, rule: Rule, detail: fmt::Arguments) {
        self.violations.push(Violation {
            rule: rule.name(),
            cycle: self.cycle,
            port: self.port.to_owned(),
            detail: detail.to_string(),
        });
    }
}
