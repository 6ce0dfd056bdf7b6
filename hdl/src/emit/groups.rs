//! Which combinational signals share a process.

use super::ir::SignalId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What combinational signals depend on within the cycle.
#[derive(Default)]
pub(super) struct Sources {
    /// Read by the kernel itself, in its order.
    pub(super) direct: BTreeMap<SignalId, BTreeSet<SignalId>>,
    /// Inputs, and what children and memories pass on.
    pub(super) through: BTreeMap<SignalId, BTreeSet<SignalId>>,
}

/// Union-find over signals that keeps the graph between groups free of cycles.
pub(super) struct Groups<'a> {
    sources: &'a Sources,
    leader: BTreeMap<SignalId, SignalId>,
    /// The signals of each group, by its leader.
    members: BTreeMap<SignalId, Vec<SignalId>>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            leader: sources.direct.keys().map(|id| (*id, *id)).collect(),
            members: sources.direct.keys().map(|id| (*id, vec![*id])).collect(),
        }
    }

    fn find(&self, mut id: SignalId) -> SignalId {
        while self.leader[&id] != id {
            id = self.leader[&id];
        }
        id
    }

    pub(super) fn union(&mut self, a: SignalId, b: SignalId) {
        let (a, b) = (self.find(a), self.find(b));
        if a != b {
            self.leader.insert(a.max(b), a.min(b));
            let moved = self.members.remove(&a.max(b)).unwrap_or_default();
            self.members.entry(a.min(b)).or_default().extend(moved);
        }
    }

    /// Joins two groups unless a path would then leave the process and come back to it.
    pub(super) fn try_union(&mut self, a: SignalId, b: SignalId) {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return;
        }
        let mut seen = BTreeSet::from([a, b]);
        let mut work = vec![a, b];
        while let Some(group) = work.pop() {
            let starts_here = group == a || group == b;
            for member in &self.members[&group] {
                let direct = self.sources.direct[member].iter().map(|s| (s, false));
                let through = self.sources.through[member].iter().map(|s| (s, true));
                for (source, through) in direct.chain(through) {
                    if !self.leader.contains_key(source) {
                        continue;
                    }
                    let other = self.find(*source);
                    if (other == a || other == b) && (through || !starts_here) {
                        return;
                    }
                    if seen.insert(other) {
                        work.push(other);
                    }
                }
            }
        }
        self.union(a, b);
    }

    /// For each group, the groups it depends on; itself only when the path leaves the process. With or
    /// without the paths through children.
    fn edges(&self, through: bool) -> BTreeMap<SignalId, BTreeSet<SignalId>> {
        let mut edges: BTreeMap<SignalId, BTreeSet<SignalId>> = BTreeMap::new();
        for &id in self.leader.keys() {
            let group = self.find(id);
            let set = edges.entry(group).or_default();
            for source in &self.sources.direct[&id] {
                let other = self.find(*source);
                if other != group {
                    set.insert(other);
                }
            }
            for source in self.sources.through[&id].iter().filter(|_| through) {
                if self.leader.contains_key(source) {
                    set.insert(self.find(*source));
                }
            }
        }
        edges
    }

    /// The groups on a cycle, if there is one.
    pub(super) fn cycle(&self, through: bool) -> Option<Vec<SignalId>> {
        let edges = self.edges(through);
        edges.keys().find_map(|group| path_back(*group, &edges))
    }

    pub(super) fn members(&self) -> Vec<Vec<SignalId>> {
        self.members.values().cloned().collect()
    }
}

/// A path from the group back to itself, if there is one.
fn path_back(
    group: SignalId,
    edges: &BTreeMap<SignalId, BTreeSet<SignalId>>,
) -> Option<Vec<SignalId>> {
    let mut came_from: HashMap<SignalId, SignalId> = HashMap::new();
    let mut work = vec![group];
    while let Some(next) = work.pop() {
        for &source in &edges[&next] {
            if source == group {
                let mut path = vec![next];
                while let Some(previous) = came_from.get(&path[path.len() - 1]) {
                    path.push(*previous);
                }
                path.reverse();
                return Some(path);
            }
            if let std::collections::hash_map::Entry::Vacant(entry) = came_from.entry(source) {
                entry.insert(next);
                work.push(source);
            }
        }
    }
    None
}
