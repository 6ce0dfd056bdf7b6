//! Refuses latches, undriven signals, reads before writes and combinational loops.

use super::error::{EmitError, Problem, Result};
use super::fact::mask;
use super::ir::*;
use super::names::shown;
use num_bigint::BigUint;
use num_traits::Zero;
use rust_hdl::core::check_error::CheckError;
use rust_hdl::core::check_logic_loops::check_logic_loops;
use rust_hdl::core::check_write_inputs::check_inputs_not_written;
use rust_hdl::prelude::Block;

/// rust-hdl's own checks. That everything is connected is left to [`check_drivers`], which knows paths.
pub(crate) fn rust_hdl_checks(top: &dyn Block) -> Result<()> {
    check_logic_loops(top)
        .and_then(|()| check_inputs_not_written(top))
        .map_err(|error| {
            let (list, problem) = match &error {
                CheckError::LogicLoops(list) => (list, Problem::ReadBeforeWrite),
                CheckError::WritesToInputs(list) => (list, Problem::SecondDriver),
                CheckError::OpenSignal(_) => {
                    return EmitError {
                        block: "top".to_string(),
                        signal: String::new(),
                        problem: Problem::Check(format!("{error:?}")),
                    }
                }
            };
            let place = list.first();
            EmitError {
                block: place.map_or_else(String::new, |p| shown(&p.path).replacen("uut", "top", 1)),
                signal: place.map_or_else(String::new, |p| shown(&p.name)),
                problem,
            }
        })
}

/// Checks that the kernel drives every signal it must on every path, and reads none too early.
pub(crate) fn check_drivers(definition: &Definition) -> Result<()> {
    let mut checker = Checker {
        definition,
        assigned: definition
            .signals
            .iter()
            .map(|s| {
                if s.role.is_driven_here() {
                    BigUint::zero()
                } else {
                    mask(s.width)
                }
            })
            .collect(),
        touched: vec![false; definition.signals.len()],
        read: vec![false; definition.signals.len()],
    };
    checker.block(&definition.body)?;
    for (id, signal) in definition.signals.iter().enumerate() {
        if !signal.role.is_driven_here() {
            continue;
        }
        if !checker.touched[id] {
            // A local that nobody uses is no mistake.
            if signal.role != Role::Local {
                return checker.refuse(id, Problem::Undriven);
            }
        } else if checker.assigned[id] != mask(signal.width)
            && (signal.role != Role::Local || checker.read[id])
        {
            return checker.refuse(id, Problem::Latch);
        }
    }
    Ok(())
}

struct Checker<'a> {
    definition: &'a Definition,
    /// Bits certainly assigned so far.
    assigned: Vec<BigUint>,
    touched: Vec<bool>,
    read: Vec<bool>,
}

impl Checker<'_> {
    fn refuse<T>(&self, signal: SignalId, problem: Problem) -> Result<T> {
        Err(EmitError {
            block: self.definition.path.clone(),
            signal: shown(&self.definition.signals[signal].name),
            problem,
        })
    }

    fn expression(&mut self, expression: &Expression) -> Result<()> {
        let mut early = None;
        expression.for_each_read(&mut |id| {
            self.read[id] = true;
            if self.assigned[id] != mask(self.definition.signals[id].width) {
                early = early.or(Some(id));
            }
        });
        match early {
            Some(id) if !self.is_written(id) => self.refuse(id, Problem::Undriven),
            Some(id) => self.refuse(id, Problem::ReadBeforeWrite),
            None => Ok(()),
        }
    }

    fn is_written(&self, signal: SignalId) -> bool {
        let mut found = false;
        for_each_assign(&self.definition.body, &mut Vec::new(), &mut |assign, _| {
            found |= assign.target == signal;
        });
        found
    }

    fn block(&mut self, body: &[Statement]) -> Result<()> {
        for statement in body {
            match statement {
                Statement::Comment(_) => {}
                Statement::Assign(assign) => {
                    self.expression(&assign.value)?;
                    let width = self.definition.signals[assign.target].width;
                    self.touched[assign.target] = true;
                    self.assigned[assign.target] |= match assign.part {
                        Some((offset, width)) => mask(width) << offset,
                        None => mask(width),
                    };
                }
                Statement::If {
                    condition,
                    then,
                    otherwise,
                    ..
                } => {
                    self.expression(condition)?;
                    self.branches(&[then, otherwise])?;
                }
                Statement::Case {
                    subject,
                    arms,
                    otherwise,
                    ..
                } => {
                    self.expression(subject)?;
                    let mut branches: Vec<&[Statement]> =
                        arms.iter().map(|(_, arm)| arm.as_slice()).collect();
                    branches.push(otherwise);
                    self.branches(&branches)?;
                }
            }
        }
        Ok(())
    }

    fn branches<B: AsRef<[Statement]> + ?Sized>(&mut self, branches: &[&B]) -> Result<()> {
        let before = self.assigned.clone();
        let mut after: Option<Vec<BigUint>> = None;
        for branch in branches {
            self.assigned.clone_from(&before);
            self.block(branch.as_ref())?;
            match &mut after {
                None => after = Some(self.assigned.clone()),
                Some(after) => {
                    for (bits, more) in after.iter_mut().zip(&self.assigned) {
                        if bits != more {
                            *bits &= more;
                        }
                    }
                }
            }
        }
        self.assigned = after.unwrap_or(before);
        Ok(())
    }
}
