//! Every sequence of operations on a small machine, up to a depth, against the golden model.
//!
//! *Strategy*: depth first; unit and model are saved before a node's children, so that a common prefix runs once. After each operation
//! everything comes to rest and is compared: all of memory, bits, flags, exact numbers of copies and entries.
//! *Alphabet*, for each of two guests: its first block written as a whole; a burst from the middle of that block to the middle of the
//! second; CHECKPOINT; ROLLBACK. A whole block and a part differ only for S5; a part that reaches into the next block brings a second block,
//! the split, and both orders of part and whole on one block, in one letter. With S2, on two units joined by the link, the last one is TAKEOVER at the backup, after
//! which the old primary stands by; without a checkpoint there it is refused.
//! *Symmetry*: the guests are alike, so the first operation is one of guest a; a guest's two blocks are told apart only by what is written.
//! All begin attached, with a checkpoint.

use super::ground::{Ground, GroundSnapshot};
use anyhow::{bail, Context, Result};
use mch_spec::Strategy;
use std::path::Path;

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// What.
    pub action: Action,
    /// Of guest a (0) or b (1).
    pub guest: u32,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The first block is written, all of it.
    Whole,
    /// The second half of the first block and the first half of the second.
    Across,
    /// CHECKPOINT.
    Checkpoint,
    /// ROLLBACK; with S2 the guest goes on at the backup, and where it ran stands by.
    Rollback,
}

/// Moves after each node but the first.
pub const MOVES: usize = 8;
/// Nodes that are compared in full, register by register, down to this depth; below, what was marked, copied and completed.
const FULL: usize = 3;

impl Move {
    /// All; the first half are guest a's.
    pub fn all() -> Vec<Move> {
        let actions = [
            Action::Whole,
            Action::Across,
            Action::Checkpoint,
            Action::Rollback,
        ];
        let of = |guest| actions.map(|action| Move { action, guest });
        [of(0), of(1)].concat()
    }

    /// As two letters.
    pub fn name(self) -> String {
        let action = match self.action {
            Action::Whole => 'W',
            Action::Across => 'P',
            Action::Checkpoint => 'C',
            Action::Rollback => 'R',
        };
        format!("{action}{}", if self.guest == 0 { 'a' } else { 'b' })
    }

    /// From two letters.
    pub fn named(text: &str) -> Result<Move> {
        let found = Move::all().into_iter().find(|one| one.name() == text);
        found.with_context(|| {
            let names: Vec<String> = Move::all().into_iter().map(Move::name).collect();
            format!(
                "no operation is called `{text}`; there are {}",
                names.join(", ")
            )
        })
    }
}

/// A path through the tree, as `Wa.Pb.Ca`.
pub fn path_name(path: &[Move]) -> String {
    let names: Vec<String> = path.iter().map(|one| one.name()).collect();
    names.join(".")
}

/// The path of this name.
pub fn path_named(text: &str) -> Result<Vec<Move>> {
    text.split('.').map(Move::named).collect()
}

/// The subtrees of a tree of this depth, each by the path to its root: what is done as one piece of work.
pub fn subtrees(depth: usize) -> Vec<Vec<Move>> {
    let mut paths: Vec<Vec<Move>> = Move::all()[..MOVES / 2]
        .iter()
        .map(|one| vec![*one])
        .collect();
    for _ in 1..depth.saturating_sub(2).clamp(1, 3) {
        paths = paths
            .iter()
            .flat_map(|path| {
                Move::all()
                    .into_iter()
                    .map(|next| [&path[..], &[next]].concat())
            })
            .collect();
    }
    paths
}

/// A tree of one strategy.
pub struct Tree {
    ground: Ground,
    seed: u64,
    root: Option<GroundSnapshot>,
}

/// A sequence that unit and model do not agree on.
#[derive(Clone, Debug)]
pub struct Parted {
    /// The sequence.
    pub path: Vec<Move>,
    /// What differs after its last operation.
    pub message: String,
}

impl Tree {
    /// At its root. One for a waveform can only play.
    pub fn new(strategy: Strategy, seed: u64, waveform: Option<&Path>) -> Result<Tree> {
        let mut ground = Ground::new(strategy, seed, waveform)?;
        ground.check(seed, true).context("at the root")?;
        let root = match waveform {
            None => Some(ground.save()?),
            Some(_) => None,
        };
        Ok(Tree { ground, seed, root })
    }

    /// Performs one sequence and compares after each operation.
    pub fn play(&mut self, path: &[Move]) -> Result<()> {
        for (index, one) in path.iter().enumerate() {
            self.step(*one, index)
                .with_context(|| format!("after {}", path_name(&path[..=index])))?;
        }
        self.ground.end_trace()
    }

    /// Walks a subtree. Nodes above its root belong to the first of those below them. Returns the nodes compared and the cycles they took.
    pub fn walk(
        &mut self,
        path: &[Move],
        depth: usize,
        failures: &mut Vec<Parted>,
    ) -> Result<(u64, u64)> {
        let root = self
            .root
            .as_ref()
            .context("a tree with a waveform cannot be walked")?;
        self.ground.restore(root)?;
        let (mut nodes, mut cycles) = (0, 0);
        for index in 0..path.len() {
            let begin = self.ground.cycle()?;
            self.ground.act(path[index])?;
            let is_first = path[index + 1..].iter().all(|next| *next == Move::all()[0]);
            if is_first && !self.compare(&path[..=index], failures) {
                return Ok((nodes, cycles));
            }
            nodes += u64::from(is_first);
            cycles += self.ground.cycle()? - begin;
        }
        let mut path = path.to_vec();
        let (below, their_cycles) = self.children(&mut path, depth, failures)?;
        Ok((nodes + below, cycles + their_cycles))
    }

    fn children(
        &mut self,
        path: &mut Vec<Move>,
        depth: usize,
        failures: &mut Vec<Parted>,
    ) -> Result<(u64, u64)> {
        if path.len() >= depth {
            return Ok((0, 0));
        }
        let here = self.ground.save()?;
        let begin = self.ground.cycle()?;
        let (mut nodes, mut cycles) = (0, 0);
        for (index, next) in Move::all().into_iter().enumerate() {
            if index > 0 {
                self.ground.restore(&here)?;
            }
            path.push(next);
            nodes += 1;
            let acted = self.ground.act(next);
            if let Err(error) = acted {
                failures.push(Parted {
                    path: path.clone(),
                    message: format!("{error:#}"),
                });
            } else if self.compare(path, failures) {
                cycles += self.ground.cycle()? - begin;
                let (below, their_cycles) = self.children(path, depth, failures)?;
                (nodes, cycles) = (nodes + below, cycles + their_cycles);
            }
            path.pop();
        }
        Ok((nodes, cycles))
    }

    fn compare(&mut self, path: &[Move], failures: &mut Vec<Parted>) -> bool {
        match self.check(path.len() - 1) {
            Ok(()) => true,
            Err(error) => {
                failures.push(Parted {
                    path: path.to_vec(),
                    message: format!("{error:#}"),
                });
                false
            }
        }
    }

    fn step(&mut self, one: Move, index: usize) -> Result<()> {
        self.ground.act(one)?;
        self.check(index)
    }

    fn check(&mut self, index: usize) -> Result<()> {
        self.ground.check(self.seed, index < FULL)
    }
}

/// Plays one sequence, with a waveform if there is a path for it.
pub fn replay(strategy: Strategy, path: &str, seed: u64, waveform: Option<&Path>) -> Result<()> {
    let path = path_named(path)?;
    if path.is_empty() {
        bail!("a path of at least one operation is wanted");
    }
    Tree::new(strategy, seed, waveform)?.play(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_named_and_found() {
        let path = path_named("Wa.Pb.Ca.Rb").unwrap();
        assert_eq!(path_name(&path), "Wa.Pb.Ca.Rb");
        assert!(path_named("Wa.Xb")
            .unwrap_err()
            .to_string()
            .contains("Wa, Pa, Ca, Ra"));
    }

    #[test]
    fn subtrees_cover_the_tree_once() {
        for depth in [1, 2, 3, 4, 6] {
            let all = subtrees(depth);
            assert!(all
                .iter()
                .all(|path| path.len() <= depth && path[0].guest == 0));
            let leaves = 4 * 8usize.pow(all[0].len() as u32 - 1);
            assert_eq!(all.len(), leaves);
        }
    }
}
