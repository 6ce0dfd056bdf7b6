//! Injected errors: which accesses a subordinate answers with SLVERR or DECERR.

use crate::axi::Response;
use std::ops::Range;

/// The direction of an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// AR and R.
    Read,
    /// AW, W and B.
    Write,
}

/// One rule of injected errors.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Byte addresses; a burst that touches any of them matches. Of a read, only those beats err.
    pub range: Range<u64>,
    /// Reads only, writes only, or both.
    pub direction: Option<Direction>,
    /// Matching accesses to let pass first: 0 errs at once, n at the (n + 1)-th.
    pub skip: u64,
    /// Matching accesses to err, after which the rule is spent; `None` for ever.
    pub count: Option<u64>,
    /// The answer.
    pub response: Response,
    /// Whether the data of an erring write reaches the memory all the same.
    pub apply_write: bool,
}

impl Fault {
    /// SLVERR on every access to `range`, nothing stored.
    pub fn on(range: Range<u64>) -> Self {
        Self {
            range,
            direction: None,
            skip: 0,
            count: None,
            response: Response::SlvErr,
            apply_write: false,
        }
    }

    /// Only on reads.
    pub fn reads(self) -> Self {
        Self {
            direction: Some(Direction::Read),
            ..self
        }
    }

    /// Only on writes.
    pub fn writes(self) -> Self {
        Self {
            direction: Some(Direction::Write),
            ..self
        }
    }

    /// Once, on the `nth` matching access, counted from 1.
    pub fn once(self, nth: u64) -> Self {
        Self {
            skip: nth.saturating_sub(1),
            count: Some(1),
            ..self
        }
    }

    /// With DECERR.
    pub fn decode_error(self) -> Self {
        Self {
            response: Response::DecErr,
            ..self
        }
    }
}

/// The rules of a subordinate, first match first.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    rules: Vec<Fault>,
    injected: u64,
}

/// What an access gets from the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub range: Range<u64>,
    pub response: Response,
    pub apply_write: bool,
}

impl Faults {
    /// Adds a rule.
    pub fn add(&mut self, fault: Fault) {
        self.rules.push(fault);
    }

    /// Removes all rules.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// Accesses that got an error so far.
    pub fn injected(&self) -> u64 {
        self.injected
    }

    /// Judges one accepted access, counting it against the rules it matches.
    pub(crate) fn judge(&mut self, direction: Direction, span: &Range<u64>) -> Option<Verdict> {
        for rule in &mut self.rules {
            let wanted = rule.direction.is_none_or(|only| only == direction);
            let touched = span.start < rule.range.end && span.end > rule.range.start;
            if !wanted || !touched || rule.count == Some(0) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            if let Some(count) = &mut rule.count {
                *count -= 1;
            }
            self.injected += 1;
            return Some(Verdict {
                range: rule.range.clone(),
                response: rule.response,
                apply_write: rule.apply_write,
            });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_match_by_range_direction_and_turn() {
        let mut faults = Faults::default();
        faults.add(Fault::on(0x100..0x200).writes().once(2));
        let mut hit = |direction, span| faults.judge(direction, &span).is_some();
        assert!(!hit(Direction::Write, 0x0c0..0x100));
        assert!(!hit(Direction::Read, 0x100..0x140));
        assert!(!hit(Direction::Write, 0x1ff..0x203));
        assert!(hit(Direction::Write, 0x0ff..0x101));
        assert!(!hit(Direction::Write, 0x100..0x101));
        assert_eq!(faults.injected(), 1);
    }
}
