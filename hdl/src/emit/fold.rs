//! Finds what is constant, narrow or unreachable across the whole design, and removes it.

use super::error::{EmitError, Result};
use super::fact::{evaluate, Fact};
use super::ir::*;
use super::names::shown;
use num_traits::One;
use std::collections::HashMap;

/// How often a register may surprise before it is taken to hold anything: bounds a counter's climb.
const PATIENCE: usize = 8;
/// The same for any other signal, which only a chain of equal blocks can make climb.
const SIGNAL_PATIENCE: usize = 64;

/// The facts of every signal of every definition.
pub(crate) type Facts = Vec<Vec<Fact>>;

/// Evaluates the design until nothing changes. `port_width` narrows ports of the top.
pub(crate) fn find_facts(
    definitions: &[Definition],
    port_width: &dyn Fn(&Signal) -> usize,
) -> Facts {
    let facts: Facts = definitions
        .iter()
        .map(|d| d.signals.iter().map(|s| Fact::unreached(s.width)).collect())
        .collect();
    let mut folder = Folder {
        definitions,
        changes: facts.iter().map(|f| vec![0; f.len()]).collect(),
        dirty: vec![true; definitions.len()],
        facts,
    };
    if let Some(top) = definitions.len().checked_sub(1) {
        for (id, signal) in definitions[top].signals.iter().enumerate() {
            if signal.role == Role::Input {
                let narrow = Fact::unknown(port_width(signal)).resize(signal.width);
                folder.join(top, id, &narrow);
            }
        }
    }
    while let Some(next) = folder.dirty.iter().rposition(|d| *d) {
        folder.dirty[next] = false;
        folder.visit(next);
    }
    let mut facts = folder.facts;
    for (definition, facts) in definitions.iter().zip(&mut facts) {
        for (signal, fact) in definition.signals.iter().zip(facts) {
            fact.settle();
            if signal.is_enum && fact.constant().is_none() {
                // Keeps the width of the enum's named codes.
                *fact = Fact::unknown(signal.width);
            }
        }
    }
    facts
}

struct Folder<'a> {
    definitions: &'a [Definition],
    facts: Facts,
    changes: Vec<Vec<usize>>,
    dirty: Vec<bool>,
}

impl Folder<'_> {
    fn join(&mut self, definition: DefinitionId, signal: SignalId, fact: &Fact) {
        let target = &mut self.facts[definition][signal];
        if target.join(fact) {
            let changes = &mut self.changes[definition][signal];
            *changes += 1;
            let info = &self.definitions[definition].signals[signal];
            let patience = match info.role {
                Role::State(_) | Role::MemoryOutput(_) => PATIENCE,
                _ => SIGNAL_PATIENCE,
            };
            if *changes > patience {
                let width = match info.role {
                    Role::State(r) => self.definitions[definition].registers[r].width,
                    Role::MemoryOutput(m) => self.definitions[definition].memories[m].width,
                    _ => info.width,
                };
                target.join(&Fact::unknown(width).resize(info.width));
            }
            self.dirty[definition] = true;
            if info.role == Role::Output {
                for (parent, d) in self.definitions.iter().enumerate() {
                    if d.children.iter().any(|c| c.definition == definition) {
                        self.dirty[parent] = true;
                    }
                }
            }
        }
    }

    fn visit(&mut self, id: DefinitionId) {
        let definition = &self.definitions[id];
        for child in &definition.children {
            for &(port, here) in &child.ports {
                if definition.signals[here].role.is_driven_here() {
                    continue;
                }
                let fact = self.facts[child.definition][port].clone();
                self.join(id, here, &fact);
            }
        }
        self.block(id, &definition.body);
        for register in &definition.registers {
            let width = definition.signals[register.q].width;
            let mut next = self.facts[id][register.d].resize(register.width);
            if let Some(reset) = &register.reset {
                next.join(&Fact::literal(reset, register.width));
            }
            self.join(id, register.q, &next.resize(width));
        }
        for memory in &definition.memories {
            let width = definition.signals[memory.read_data].width;
            let mut word = self.facts[id][memory.write_data].resize(memory.width);
            for value in &memory.contents {
                word.join(&Fact::literal(value, memory.width));
            }
            self.join(id, memory.read_data, &word.resize(width));
        }
        for child in &definition.children {
            for &(port, here) in &child.ports {
                if definition.signals[here].role.is_driven_here() {
                    let fact = self.facts[id][here].clone();
                    self.join(child.definition, port, &fact);
                }
            }
        }
    }

    fn eval(&self, id: DefinitionId, expression: &Expression) -> Fact {
        evaluate(expression, &self.definitions[id].signals, &self.facts[id])
    }

    fn block(&mut self, id: DefinitionId, body: &[Statement]) {
        for statement in body {
            match statement {
                Statement::Comment(_) => {}
                Statement::Assign(assign) => {
                    if assign.value.is_invalid() {
                        continue;
                    }
                    let width = self.definitions[id].signals[assign.target].width;
                    let fact = self.eval(id, &assign.value);
                    let fact = match assign.part {
                        Some((offset, _)) => fact.placed(offset, width),
                        None => fact,
                    };
                    self.join(id, assign.target, &fact);
                }
                Statement::If {
                    condition,
                    then,
                    otherwise,
                    ..
                } => {
                    let fact = self.eval(id, condition);
                    if fact.one.is_one() {
                        self.block(id, then);
                    }
                    if fact.zero.is_one() {
                        self.block(id, otherwise);
                    }
                }
                Statement::Case {
                    subject,
                    arms,
                    otherwise,
                    ..
                } => {
                    let fact = self.eval(id, subject);
                    if !fact.is_reached() {
                        continue;
                    }
                    let mut certain = false;
                    for (label, arm) in arms {
                        match matches(&fact, label) {
                            Match::Never => {}
                            Match::Maybe => self.block(id, arm),
                            Match::Always => {
                                self.block(id, arm);
                                certain = true;
                                break;
                            }
                        }
                    }
                    if !certain {
                        self.block(id, otherwise);
                    }
                }
            }
        }
    }
}

enum Match {
    Never,
    Maybe,
    Always,
}

fn matches(subject: &Fact, label: &Expression) -> Match {
    let Expression::Literal { value, width, .. } = label else {
        return Match::Maybe;
    };
    let wanted = Fact::literal(value, *width);
    if subject.constant() == Some(value) {
        Match::Always
    } else if (&wanted.one & &subject.one) != wanted.one
        || (&wanted.zero & &subject.zero) != wanted.zero
    {
        Match::Never
    } else {
        Match::Maybe
    }
}

/// Rewrites every body with its constants and without its unreachable branches. Refuses what is wrong
/// and can be reached.
pub(crate) fn prune(definitions: &mut [Definition], facts: &Facts) -> Result<()> {
    for (definition, facts) in definitions.iter_mut().zip(facts) {
        let pruner = Pruner {
            signals: &definition.signals,
            facts,
            path: &definition.path,
        };
        definition.body = pruner.block(&definition.body)?;
    }
    Ok(())
}

struct Pruner<'a> {
    signals: &'a [Signal],
    facts: &'a [Fact],
    path: &'a str,
}

impl Pruner<'_> {
    fn block(&self, body: &[Statement]) -> Result<Vec<Statement>> {
        let mut result = Vec::new();
        for statement in body {
            match statement {
                Statement::Comment(_) => result.push(statement.clone()),
                Statement::Assign(assign) => result.push(Statement::Assign(Assign {
                    value: self.expression(&assign.value)?,
                    ..assign.clone()
                })),
                Statement::If {
                    at,
                    condition,
                    then,
                    otherwise,
                } => {
                    let condition = self.expression(condition)?;
                    match condition_value(&condition) {
                        Some(true) => result.extend(self.block(then)?),
                        Some(false) => result.extend(self.block(otherwise)?),
                        None => result.push(Statement::If {
                            at: *at,
                            condition,
                            then: self.block(then)?,
                            otherwise: self.block(otherwise)?,
                        }),
                    }
                }
                Statement::Case {
                    at,
                    subject,
                    arms,
                    otherwise,
                } => self.case(*at, subject, arms, otherwise, &mut result)?,
            }
        }
        Ok(result)
    }

    fn case(
        &self,
        at: usize,
        subject: &Expression,
        arms: &[(Expression, Vec<Statement>)],
        otherwise: &[Statement],
        result: &mut Vec<Statement>,
    ) -> Result<()> {
        let fact = evaluate(subject, self.signals, self.facts);
        let mut kept = Vec::new();
        let mut seen: HashMap<String, ()> = HashMap::new();
        for (label, arm) in arms {
            match matches(&fact, label) {
                Match::Never => {}
                Match::Always => {
                    result.extend(self.block(arm)?);
                    return Ok(());
                }
                Match::Maybe => {
                    let text = match label {
                        Expression::Literal { value, .. } => value.to_string(),
                        _ => String::new(),
                    };
                    if seen.insert(text, ()).is_none() {
                        kept.push((label.clone(), self.block(arm)?));
                    }
                }
            }
        }
        let otherwise = self.block(otherwise)?;
        if kept.is_empty() {
            result.extend(otherwise);
        } else {
            result.push(Statement::Case {
                at,
                subject: self.expression(subject)?,
                arms: kept,
                otherwise,
            });
        }
        Ok(())
    }

    fn expression(&self, expression: &Expression) -> Result<Expression> {
        if let Expression::Invalid(name, problem) = expression {
            return Err(EmitError {
                block: self.path.to_string(),
                signal: shown(name),
                problem: problem.clone(),
            });
        }
        if let Expression::Literal { .. } = expression {
            return Ok(expression.clone());
        }
        if !expression.is_invalid() {
            let fact = evaluate(expression, self.signals, self.facts);
            if let Some(value) = fact.constant() {
                return Ok(Expression::literal(value.clone(), fact.width));
            }
        }
        let again = |e: &Expression| self.expression(e).map(Box::new);
        Ok(match expression {
            Expression::Literal { .. } | Expression::Signal(_) | Expression::Invalid(..) => {
                expression.clone()
            }
            Expression::Slice {
                base,
                offset,
                width,
            } => Expression::Slice {
                base: again(base)?,
                offset: *offset,
                width: *width,
            },
            Expression::Index(base, index) => {
                let (base, index) = (again(base)?, again(index)?);
                match index.as_ref() {
                    Expression::Literal { value, .. } => Expression::Slice {
                        base,
                        offset: value.try_into().unwrap_or(usize::MAX >> 1),
                        width: 1,
                    },
                    _ => Expression::Index(base, index),
                }
            }
            Expression::ReplaceBit(base, index, bit) => {
                Expression::ReplaceBit(again(base)?, again(index)?, again(bit)?)
            }
            Expression::Resize(base, width) => Expression::Resize(again(base)?, *width),
            Expression::Not(base) => Expression::Not(again(base)?),
            Expression::Reduce(kind, base) => Expression::Reduce(*kind, again(base)?),
            Expression::Binary(operator, left, right) => {
                // `absent.valid & has_it` is as good a guard as an `if`.
                let sides = [left, right];
                for (guard, guarded) in [(0, 1), (1, 0)] {
                    if !sides[guarded].is_invalid() || sides[guard].is_invalid() {
                        continue;
                    }
                    let fact = evaluate(sides[guard], self.signals, self.facts);
                    let decided = match operator {
                        Operator::And | Operator::LogicalAnd => fact.one == Default::default(),
                        _ => false,
                    };
                    if decided {
                        return Ok(Expression::literal(0u32, fact.width));
                    }
                }
                Expression::Binary(*operator, again(left)?, again(right)?)
            }
        })
    }
}

fn condition_value(condition: &Expression) -> Option<bool> {
    match condition {
        Expression::Literal { value, .. } => Some(*value != Default::default()),
        _ => None,
    }
}
