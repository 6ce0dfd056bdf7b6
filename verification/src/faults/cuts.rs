//! Which memory the contract allows: a checkpoint cuts each master's stream of writes somewhere, a rollback takes back what came since.
//!
//! *Strategy*: all places are tried where a commit or a rollback may stand in a stream; bytes of a write that memory failed may be old or new.
//! *Invariants*: a commit holds every write answered before its processor arrived, and none that was submitted after its release.

use std::ops::Range;

/// Some bytes of which not all need be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    bytes: Vec<u8>,
    unknown: Vec<bool>,
}

impl Image {
    /// Known bytes.
    pub fn known(bytes: &[u8]) -> Image {
        Image {
            bytes: bytes.to_vec(),
            unknown: vec![false; bytes.len()],
        }
    }

    /// Whether these bytes may be it.
    pub fn is(&self, found: &[u8]) -> bool {
        let pairs = self.bytes.iter().zip(found).zip(&self.unknown);
        self.bytes.len() == found.len()
            && pairs
                .into_iter()
                .all(|((wanted, found), unknown)| *unknown || wanted == found)
    }

    fn put(&mut self, write: &Write, area: &Range<usize>) {
        for (index, byte) in write.bytes.iter().enumerate() {
            let at = write.at + index;
            if !area.contains(&at) {
                continue;
            }
            match write.done {
                Done::Yes => {
                    self.bytes[at - area.start] = *byte;
                    self.unknown[at - area.start] = false;
                }
                Done::Perhaps => self.unknown[at - area.start] = true,
                Done::No => {}
            }
        }
    }
}

/// Whether a write changed memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Answered OKAY.
    Yes,
    /// Refused.
    No,
    /// Failed half way, or nobody knows.
    Perhaps,
}

/// A write of a stream.
#[derive(Clone, Debug)]
pub struct Write<'a> {
    /// First byte, in the guest's region.
    pub at: usize,
    /// What.
    pub bytes: &'a [u8],
    /// Whether.
    pub done: Done,
    /// The cycle in which it was submitted.
    pub submitted: u64,
    /// The cycle of its answer; the last of all without one.
    pub answered: u64,
}

/// A commit or a rollback of the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Or else a commit.
    pub rollback: bool,
    /// Writes answered before this cycle come before it.
    pub after: u64,
    /// Writes submitted from this cycle on come after it.
    pub before: u64,
}

/// Whether the events, somewhere between the writes of one stream, lead from the memory and the checkpoint at the start to this memory.
/// All are of the stream's own bytes.
pub fn explains(
    start: (&Image, Option<&Image>),
    found: &[u8],
    area: &Range<usize>,
    events: &[Event],
    writes: &[Write],
) -> bool {
    let mut states = vec![(0, start.0.clone(), start.1.cloned())];
    for event in events {
        let least = writes
            .iter()
            .take_while(|write| write.answered < event.after)
            .count();
        let most = writes
            .iter()
            .take_while(|write| write.submitted < event.before)
            .count();
        let mut next: Vec<(usize, Image, Option<Image>)> = Vec::new();
        for (done, memory, image) in states {
            let mut memory = memory;
            for cut in done..=most.max(done) {
                if cut > done {
                    memory.put(&writes[cut - 1], area);
                }
                if cut < least {
                    continue;
                }
                let state = match (event.rollback, &image) {
                    (false, _) => (cut, memory.clone(), Some(memory.clone())),
                    (true, Some(image)) => (cut, image.clone(), Some(image.clone())),
                    (true, None) => continue,
                };
                if !next.contains(&state) {
                    next.push(state);
                }
            }
        }
        states = next;
    }
    states.into_iter().any(|(done, mut memory, _)| {
        writes[done..]
            .iter()
            .for_each(|write| memory.put(write, area));
        memory.is(found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Range<usize> = 0..4;

    fn write(at: usize, bytes: &[u8], submitted: u64, answered: u64) -> Write<'_> {
        Write {
            at,
            bytes,
            done: Done::Yes,
            submitted,
            answered,
        }
    }

    fn lead(found: [u8; 4], events: &[Event], writes: &[Write]) -> bool {
        let start = Image::known(&[0; 4]);
        explains((&start, Some(&start)), &found, &ALL, events, writes)
    }

    const COMMIT: Event = Event {
        rollback: false,
        after: 20,
        before: 40,
    };
    const BACK: Event = Event {
        rollback: true,
        after: 100,
        before: 200,
    };

    #[test]
    fn a_rollback_goes_to_the_last_commit_and_nowhere_else() {
        let writes = [write(0, &[1, 1], 5, 10), write(1, &[2, 2], 45, 60)];
        assert!(lead([1, 1, 0, 0], &[COMMIT, BACK], &writes));
        assert!(
            !lead([0; 4], &[COMMIT, BACK], &writes),
            "the checkpoint before"
        );
        assert!(
            !lead([1, 2, 2, 0], &[COMMIT, BACK], &writes),
            "not taken back"
        );
        assert!(
            !lead([1, 1, 2, 0], &[COMMIT, BACK], &writes),
            "half of a write"
        );
        assert!(lead([0; 4], &[BACK], &writes));
        assert!(lead([1, 2, 2, 0], &[COMMIT], &writes));
    }

    #[test]
    fn a_write_under_way_may_be_on_either_side_of_a_commit_but_not_out_of_order() {
        let writes = [write(0, &[1], 15, 30), write(1, &[2], 16, 31)];
        assert!(lead([1, 0, 0, 0], &[COMMIT, BACK], &writes));
        assert!(lead([1, 2, 0, 0], &[COMMIT, BACK], &writes));
        assert!(lead([0; 4], &[COMMIT, BACK], &writes));
        assert!(!lead([0, 2, 0, 0], &[COMMIT, BACK], &writes));
    }

    #[test]
    fn what_failed_may_be_old_or_new_until_it_is_written_again() {
        let mut writes = vec![write(0, &[1], 1, 2)];
        writes[0].done = Done::Perhaps;
        assert!(
            lead([0; 4], &[COMMIT, BACK], &writes) && lead([1, 0, 0, 0], &[COMMIT, BACK], &writes)
        );
        assert!(!lead([1, 1, 0, 0], &[COMMIT, BACK], &writes));
        writes.push(write(0, &[3], 3, 4));
        assert!(!lead([1, 0, 0, 0], &[COMMIT, BACK], &writes));
        writes[1].done = Done::No;
        assert!(lead([1, 0, 0, 0], &[COMMIT, BACK], &writes));
    }

    #[test]
    fn without_a_checkpoint_there_is_no_way_back() {
        let start = Image::known(&[0; 4]);
        assert!(!explains((&start, None), &[0; 4], &ALL, &[BACK], &[]));
    }
}
