//! Choices of a clocked process that share the first factor of their conditions, joined under it.
//!
//! `if (a & b) x <= ..; if (a & c) y <= ..;` becomes `if (a) { if (b) .. if (c) .. }`: a simulator then tests `a` once, and
//! mostly skips the rest. What a clocked process reads does not change inside it, so only the order of assignments to the same
//! register counts, and that is kept.

use super::ir::*;
use std::collections::BTreeSet;

/// With fewer choices, to stand side by side reads better.
const FEWEST: usize = 4;

/// The statements with such choices joined, each at the place of the first.
pub(super) fn share_conditions(body: Vec<Statement>) -> Vec<Statement> {
    let mut result: Vec<Statement> = Vec::new();
    let mut rest = body;
    while !rest.is_empty() {
        let first = rest.remove(0);
        let joined = match factor(&first) {
            Some(shared) => joinable(shared, &rest),
            None => Vec::new(),
        };
        if joined.len() + 1 < FEWEST {
            result.push(first);
            continue;
        }
        let mut inner = Vec::new();
        let mut outer = None;
        let mut take = |statement| {
            if let Statement::If {
                at,
                condition: Expression::Binary(_, shared, own),
                then,
                ..
            } = statement
            {
                outer.get_or_insert((at, *shared));
                inner.push(Statement::If {
                    at,
                    condition: *own,
                    then,
                    otherwise: Vec::new(),
                });
            }
        };
        take(first);
        let mut left = Vec::new();
        for (place, statement) in rest.into_iter().enumerate() {
            if joined.contains(&place) {
                take(statement);
            } else {
                left.push(statement);
            }
        }
        rest = left;
        if let Some((at, condition)) = outer {
            result.push(Statement::If {
                at,
                condition,
                then: inner,
                otherwise: Vec::new(),
            });
        }
    }
    result
}

/// The left factor of the condition of a choice without alternative.
fn factor(statement: &Statement) -> Option<&Expression> {
    match statement {
        Statement::If {
            condition: Expression::Binary(Operator::And | Operator::LogicalAnd, left, _),
            otherwise,
            ..
        } if otherwise.is_empty() => Some(left),
        _ => None,
    }
}

/// The places of the statements that share the factor and may move in front of those that stay.
fn joinable(shared: &Expression, statements: &[Statement]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut passed = BTreeSet::new();
    for (place, statement) in statements.iter().enumerate() {
        let targets = targets(statement);
        if factor(statement) == Some(shared) && passed.is_disjoint(&targets) {
            places.push(place);
        } else {
            passed.extend(targets);
        }
    }
    places
}

fn targets(statement: &Statement) -> BTreeSet<SignalId> {
    let mut targets = BTreeSet::new();
    let body = std::slice::from_ref(statement);
    for_each_assign(body, &mut Vec::new(), &mut |assign, _| {
        targets.insert(assign.target);
    });
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assign(target: SignalId) -> Statement {
        Statement::Assign(Assign {
            at: 0,
            target,
            part: None,
            value: Expression::literal(1_u32, 1),
        })
    }

    fn choice(first: SignalId, second: SignalId, target: SignalId) -> Statement {
        let signal = |id| Box::new(Expression::Signal(id));
        Statement::If {
            at: target,
            condition: Expression::Binary(Operator::And, signal(first), signal(second)),
            then: vec![assign(target)],
            otherwise: Vec::new(),
        }
    }

    /// Targets in order, those under a shared condition in brackets.
    fn shape(body: &[Statement]) -> String {
        let one = |statement: &Statement| match statement {
            Statement::Assign(assign) => format!("{} ", assign.target),
            Statement::If {
                condition: Expression::Signal(id),
                then,
                ..
            } => format!("{id}[{}] ", shape(then).trim_end()),
            Statement::If { then, .. } => shape(then),
            _ => String::new(),
        };
        body.iter().map(one).collect()
    }

    #[test]
    fn four_choices_are_joined_over_what_is_independent() {
        let body = vec![
            choice(0, 1, 10),
            assign(20),
            choice(0, 2, 11),
            choice(5, 2, 21),
            choice(0, 3, 12),
            choice(0, 4, 13),
        ];
        assert_eq!(
            shape(&share_conditions(body.clone())),
            "0[1[10] 2[11] 3[12] 4[13]] 20 21 "
        );
        assert_eq!(
            shape(&share_conditions(body[..5].to_vec())),
            "10 20 11 21 12 "
        );
    }

    #[test]
    fn no_choice_moves_in_front_of_an_assignment_to_its_target() {
        let body = vec![
            choice(0, 1, 10),
            choice(0, 2, 11),
            assign(13),
            choice(0, 3, 12),
            choice(0, 4, 13),
            choice(0, 5, 14),
        ];
        let shaped = shape(&share_conditions(body));
        assert_eq!(shaped, "0[1[10] 2[11] 3[12] 5[14]] 13 13 ");
    }
}
