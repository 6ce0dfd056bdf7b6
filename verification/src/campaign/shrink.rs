//! Making a failing script short: first whole stretches of operations go, then proptest's own steps.

use super::script::Script;

/// Takes operations away while `fails` still holds, halves first, single ones last; at most `budget` runs.
pub fn shorten(
    script: &Script,
    budget: &mut u32,
    fails: &mut dyn FnMut(&Script) -> bool,
) -> Script {
    let mut best = script.clone();
    let mut attempt = |candidate: Script, best: &mut Script| {
        if *budget == 0 {
            return false;
        }
        *budget -= 1;
        let failed = fails(&candidate);
        if failed {
            *best = candidate;
        }
        failed
    };
    if best.storm.is_some() {
        let candidate = Script {
            storm: None,
            ..best.clone()
        };
        attempt(candidate, &mut best);
    }
    if best.loss.is_some() {
        let candidate = Script {
            loss: None,
            ..best.clone()
        };
        attempt(candidate, &mut best);
    }
    let mut length = best.operations.len().next_power_of_two();
    while length > 0 {
        let mut start = 0;
        while start < best.operations.len() {
            let mut candidate = best.clone();
            let end = (start + length).min(candidate.operations.len());
            candidate.operations.drain(start..end);
            if !attempt(candidate, &mut best) {
                start += length;
            }
        }
        length /= 2;
    }
    for index in 0..best.operations.len() {
        shorten_bursts(index, &mut best, &mut attempt);
    }
    let calm = Script {
        stress: false,
        ..best.clone()
    };
    if best.stress {
        attempt(calm, &mut best);
    }
    best
}

/// Takes single bursts out of an operation, and out of the storm.
fn shorten_bursts(
    index: usize,
    best: &mut Script,
    attempt: &mut dyn FnMut(Script, &mut Script) -> bool,
) {
    use super::script::Op;
    let count = |script: &Script| {
        let mut operation = script.operations[index].clone();
        operation.bursts_mut().map_or(0, |bursts| bursts.len())
    };
    let mut burst = 0;
    while count(best) > 1 && burst < count(best) {
        let mut candidate = best.clone();
        if let Some(bursts) = candidate.operations[index].bursts_mut() {
            bursts.remove(burst);
        }
        if !attempt(candidate, best) {
            burst += 1;
        }
    }
    if let Op::Traffic {
        during: Some(_), ..
    } = &best.operations[index]
    {
        let mut candidate = best.clone();
        if let Op::Traffic { during, .. } = &mut candidate.operations[index] {
            *during = None;
        }
        attempt(candidate, best);
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::{Op, Script};
    use super::*;

    #[test]
    fn what_does_not_matter_goes() {
        let mut operations = vec![Op::Repair; 20];
        operations[7] = Op::ArriveAll { guest: 1 };
        operations[15] = Op::TimeOut { guest: 2 };
        let script = Script {
            machine: String::new(),
            seed: 0,
            stress: true,
            guests: Vec::new(),
            operations: operations.clone(),
            storm: None,
            loss: None,
            gate: None,
        };
        let (a, b) = (operations[7].clone(), operations[15].clone());
        let mut fails =
            |script: &Script| script.operations.contains(&a) && script.operations.contains(&b);
        let short = shorten(&script, &mut 500, &mut fails);
        assert_eq!(short.operations, [a.clone(), b.clone()]);
        assert!(!short.stress);
    }
}
