//! Turns `else if` chains that compare one value with constants into `case`: what a person writes, and what synthesis maps
//! without a priority among the arms.

use super::ir::*;

/// A chain of fewer comparisons stays one.
const SHORTEST: usize = 3;

type Arms = Vec<(Expression, Vec<Statement>)>;

/// Rewrites every chain of the body, those within others too.
pub(crate) fn to_cases(body: &mut Vec<Statement>) {
    for statement in std::mem::take(body) {
        body.push(to_case(statement));
    }
}

fn to_case(statement: Statement) -> Statement {
    let at = match &statement {
        Statement::If { at, .. } => *at,
        _ => return within(statement),
    };
    let Some(subject) = compared(&statement).map(|(subject, _)| subject.clone()) else {
        return within(statement);
    };
    if length(&statement, &subject) < SHORTEST {
        return within(statement);
    }
    let mut arms = Arms::new();
    let mut rest = vec![statement];
    while let Some((_, label)) = only(&rest).and_then(|s| compared(s).filter(|c| *c.0 == subject)) {
        let label = label.clone();
        let Some(Statement::If {
            then, otherwise, ..
        }) = rest.pop()
        else {
            break;
        };
        // Of two equal labels the second is never reached.
        if !arms.iter().any(|(known, _)| same_value(known, &label)) {
            arms.push((label, then));
        }
        rest = otherwise;
    }
    within(Statement::Case {
        at,
        subject,
        arms,
        otherwise: rest,
    })
}

/// The statement with what it holds rewritten.
fn within(mut statement: Statement) -> Statement {
    match &mut statement {
        Statement::If {
            then, otherwise, ..
        } => {
            to_cases(then);
            to_cases(otherwise);
        }
        Statement::Case {
            arms, otherwise, ..
        } => {
            for (_, arm) in arms {
                to_cases(arm);
            }
            to_cases(otherwise);
        }
        Statement::Assign(_) | Statement::Comment(_) => {}
    }
    statement
}

/// What an `if` compares with which constant.
fn compared(statement: &Statement) -> Option<(&Expression, &Expression)> {
    match statement {
        Statement::If {
            condition: Expression::Binary(Operator::Equal, subject, label),
            ..
        } if matches!(**label, Expression::Literal { .. })
            && !matches!(**subject, Expression::Literal { .. }) =>
        {
            Some((subject, label))
        }
        _ => None,
    }
}

/// Comparisons of the subject, one `else` after the other.
fn length(statement: &Statement, subject: &Expression) -> usize {
    let mut length = 0;
    let mut next = Some(statement);
    while let Some(statement) = next.filter(|s| compared(s).is_some_and(|c| c.0 == subject)) {
        length += 1;
        next = match statement {
            Statement::If { otherwise, .. } => only(otherwise),
            _ => None,
        };
    }
    length
}

fn only(body: &[Statement]) -> Option<&Statement> {
    match body {
        [statement] => Some(statement),
        _ => None,
    }
}

fn same_value(one: &Expression, other: &Expression) -> bool {
    match (one, other) {
        (Expression::Literal { value: a, .. }, Expression::Literal { value: b, .. }) => a == b,
        _ => false,
    }
}
