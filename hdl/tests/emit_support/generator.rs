//! Random programs from a tape of choices, so that a property test can shrink them.

use super::arithmetic::{Fold, OPS, WIDTHS};
use super::program::*;
use num_bigint::BigUint;

/// Choices to be made; an exhausted tape chooses the first, simplest possibility.
pub struct Tape {
    choices: Vec<u32>,
    place: usize,
}

impl Tape {
    pub fn new(choices: Vec<u32>) -> Self {
        Self { choices, place: 0 }
    }

    fn below(&mut self, limit: usize) -> usize {
        let choice = self.choices.get(self.place).copied().unwrap_or(0);
        self.place += 1;
        choice as usize % limit
    }

    fn is_exhausted(&self) -> bool {
        self.place >= self.choices.len()
    }

    fn width(&mut self) -> usize {
        WIDTHS[self.below(WIDTHS.len())]
    }

    fn value(&mut self, width: usize) -> BigUint {
        let ones = (BigUint::from(1u32) << width) - 1u32;
        match self.below(4) {
            0 => BigUint::from(self.below(3)) & ones,
            1 => ones,
            2 => BigUint::from(1u32) << self.below(width),
            _ => {
                let mut value = BigUint::default();
                for _ in 0..width.div_ceil(32) {
                    value = value << 32 | BigUint::from(self.below(u32::MAX as usize));
                }
                value & ones
            }
        }
    }
}

/// What may be read at a place.
#[derive(Clone, Default)]
struct Readable(Vec<(String, usize)>);

impl Readable {
    fn pick(&self, tape: &mut Tape) -> Option<Ex> {
        if self.0.is_empty() {
            return None;
        }
        let (name, width) = &self.0[tape.below(self.0.len())];
        Some(Ex::Signal(name.clone(), *width))
    }
}

/// An expression of the width.
fn expression(tape: &mut Tape, scope: &Readable, width: usize, depth: usize) -> Ex {
    let leaf = |tape: &mut Tape| {
        let same: Vec<_> = scope.0.iter().filter(|(_, w)| *w == width).collect();
        if !same.is_empty() && tape.below(3) < 2 {
            let (name, width) = same[tape.below(same.len())];
            return Ex::Signal(name.clone(), *width);
        }
        match scope.pick(tape) {
            Some(signal) if signal.width() == width => signal,
            Some(signal) => Ex::Cast(Box::new(signal), width),
            None => Ex::Cast(Box::new(Ex::Literal(width, BigUint::default())), width),
        }
    };
    if depth == 0 || tape.is_exhausted() {
        return leaf(tape);
    }
    let next = |tape: &mut Tape, width| Box::new(expression(tape, scope, width, depth - 1));
    let binary = |tape: &mut Tape, comparison: bool, width| {
        let ops: Vec<_> = OPS
            .iter()
            .filter(|op| op.is_comparison() == comparison)
            .collect();
        let op = *ops[tape.below(ops.len())];
        let left = next(tape, width);
        let right = if tape.below(4) == 0 {
            Box::new(Ex::Literal(width, tape.value(width)))
        } else {
            next(tape, width)
        };
        Ex::Binary(op, left, right)
    };
    match tape.below(if width == 1 { 15 } else { 12 }) {
        0 => leaf(tape),
        1..=4 => binary(tape, false, width),
        5 => Ex::Not(next(tape, width)),
        6 => {
            let from = tape.width();
            Ex::Cast(next(tape, from), width)
        }
        7 => {
            let amount = BigUint::from(tape.below(width + 2));
            let left = tape.below(2) == 0;
            Ex::Shift(left, next(tape, width), Box::new(Ex::Literal(8, amount)))
        }
        8 => {
            let amount = [1, 2, 3, 5, 8][tape.below(5)];
            let left = tape.below(2) == 0;
            Ex::Shift(left, next(tape, width), next(tape, amount))
        }
        9 => {
            let from = tape.width();
            let offset = tape.below(from + 1);
            Ex::Slice(next(tape, from), width, offset)
        }
        10 if width.is_power_of_two() && width > 1 => {
            let bits = width.trailing_zeros() as usize;
            let index = index(tape, scope, bits, depth);
            Ex::Replace(next(tape, width), Box::new(index), next(tape, 1))
        }
        10 => {
            let place = BigUint::from(tape.below(width));
            Ex::Replace(
                next(tape, width),
                Box::new(Ex::Literal(8, place)),
                next(tape, 1),
            )
        }
        11 if width == 32 => Ex::Multiply(next(tape, 16), next(tape, 16)),
        11 => {
            // A concatenation, as kernels write it.
            let low = tape.width();
            let shift = BigUint::from(low);
            let high = Ex::Cast(next(tape, width), width);
            let high = Ex::Shift(true, Box::new(high), Box::new(Ex::Literal(8, shift)));
            let low = Ex::Cast(next(tape, low), width);
            Ex::Binary(super::arithmetic::Op::Or, Box::new(high), Box::new(low))
        }
        12 => {
            let operands = tape.width();
            binary(tape, true, operands)
        }
        13 => {
            let from = tape.width();
            let fold = [Fold::Any, Fold::All, Fold::Xor][tape.below(3)];
            Ex::Reduce(fold, next(tape, from))
        }
        _ => {
            let from = [2, 8, 16, 32, 64][tape.below(5)];
            let bits = usize::ilog2(from) as usize;
            let index = index(tape, scope, bits, depth);
            Ex::Bit(next(tape, from), Box::new(index))
        }
    }
}

/// An index of exactly so many bits, which need not be one of the widths under test.
fn index(tape: &mut Tape, scope: &Readable, bits: usize, depth: usize) -> Ex {
    let width = WIDTHS[tape.below(WIDTHS.len())];
    let inner = expression(tape, scope, width, depth - 1);
    // Masked rather than cut, because the widths under test do not hold every index width.
    let wide = Ex::Cast(Box::new(inner), 8);
    let mask = BigUint::from((1u32 << bits) - 1);
    let masked = Ex::Binary(
        super::arithmetic::Op::And,
        Box::new(wide),
        Box::new(Ex::Literal(8, mask)),
    );
    Ex::Cast(Box::new(masked), 8)
}

struct Targets(Vec<(String, usize)>);

fn statements(
    tape: &mut Tape,
    scope: &Readable,
    targets: &Targets,
    depth: usize,
    count: usize,
) -> Vec<St> {
    (0..count)
        .map(|_| statement(tape, scope, targets, depth))
        .collect()
}

fn statement(tape: &mut Tape, scope: &Readable, targets: &Targets, depth: usize) -> St {
    let (target, width) = targets.0[tape.below(targets.0.len())].clone();
    let kind = if depth == 0 { 0 } else { tape.below(7) };
    match kind {
        0 | 1 => St::Assign(target, expression(tape, scope, width, 3)),
        2 => {
            let fitting: Vec<usize> = WIDTHS.into_iter().filter(|w| *w <= width).collect();
            let part = fitting[tape.below(fitting.len())];
            let offset = tape.below(width - part + 1);
            St::Part(target, offset, expression(tape, scope, part, 2))
        }
        3 | 4 => {
            let test = expression(tape, scope, 1, 2);
            let then = tape.below(3) + 1;
            let then = statements(tape, scope, targets, depth - 1, then);
            let otherwise = tape.below(3);
            let otherwise = statements(tape, scope, targets, depth - 1, otherwise);
            St::If(test, then, otherwise)
        }
        5 => chain(tape, scope, targets, depth),
        _ => {
            let width = [2, 3, 8][tape.below(3)];
            let subject = expression(tape, scope, width, 2);
            let arms = tape.below(3) + 1;
            let mut labels = Vec::new();
            let mut body = Vec::new();
            for _ in 0..arms {
                let label = tape.below(1 << width.min(3)) as u64;
                if !labels.contains(&label) {
                    labels.push(label);
                    body.push((label, statements(tape, scope, targets, depth - 1, 1)));
                }
            }
            let otherwise = tape.below(2);
            let otherwise = statements(tape, scope, targets, depth - 1, otherwise);
            St::Match(subject, body, otherwise)
        }
    }
}

/// One value compared with one constant after another, some of them twice.
fn chain(tape: &mut Tape, scope: &Readable, targets: &Targets, depth: usize) -> St {
    let width = [2, 3, 8][tape.below(3)];
    let subject = expression(tape, scope, width, 1);
    let otherwise = tape.below(2);
    let mut rest = statements(tape, scope, targets, depth - 1, otherwise);
    for _ in 0..tape.below(4) + 2 {
        let label = Ex::Literal(width, BigUint::from(tape.below(1 << width.min(3))));
        let test = Ex::Binary(
            super::arithmetic::Op::Eq,
            Box::new(subject.clone()),
            Box::new(label),
        );
        let then = tape.below(2) + 1;
        let then = statements(tape, scope, targets, depth - 1, then);
        rest = vec![St::If(test, then, rest)];
    }
    rest.swap_remove(0)
}

/// A random program with a body of so many statements.
pub fn program(tape: &mut Tape, name: &str, size: usize, with_child: bool) -> Program {
    let mut program = Program {
        name: name.to_string(),
        ..Program::default()
    };
    program.inputs = (0..6).map(|_| tape.width()).collect();
    program.outputs = (0..12).map(|_| tape.width()).collect();
    program.locals = (0..4).map(|_| tape.width()).collect();
    program.registers = (0..5)
        .map(|_| {
            let width = tape.width();
            let narrow = match tape.below(2) {
                0 => width,
                _ => tape.below(width) + 1,
            };
            let mask = (BigUint::from(1u32) << narrow) - 1u32;
            let reset = tape.value(width) & mask;
            Reg {
                width,
                narrow,
                reset: (tape.below(3) > 0).then_some(reset),
            }
        })
        .collect();
    let mut scope = Readable::default();
    for (k, width) in program.inputs.iter().enumerate() {
        scope.0.push((format!("i{k}"), *width));
    }
    for (k, register) in program.registers.iter().enumerate() {
        scope.0.push((format!("r{k}$q"), register.width));
    }
    if with_child {
        let child = self::program(tape, "child", size / 2, false);
        program.instances = 2;
        for instance in 0..program.instances {
            for (k, width) in child.inputs.iter().enumerate() {
                let value = match tape.below(4) {
                    // Equal in both instances, so that folding across instances has something to do.
                    0 if k == 0 => Ex::Literal(*width, BigUint::from(1u32)),
                    _ => expression(tape, &scope, *width, 2),
                };
                program
                    .feed
                    .push(St::Assign(format!("c{instance}$i{k}"), value));
            }
        }
        for instance in 0..program.instances {
            for (k, width) in child.outputs.iter().enumerate() {
                scope.0.push((format!("c{instance}$o{k}"), *width));
            }
        }
        program.child = Some(Box::new(child));
    }
    let mut targets = Targets(Vec::new());
    for (k, register) in program.registers.iter().enumerate() {
        let hold = Ex::Signal(format!("r{k}$q"), register.width);
        program.body.push(St::Assign(format!("r{k}$d"), hold));
        targets.0.push((format!("r{k}$d"), register.width));
    }
    let named = |letter: &str, widths: &[usize]| -> Vec<(String, usize)> {
        let numbered = widths.iter().enumerate();
        numbered
            .map(|(k, w)| (format!("{letter}{k}"), *w))
            .collect()
    };
    for (target, width) in named("l", &program.locals)
        .into_iter()
        .chain(named("o", &program.outputs))
    {
        let value = expression(tape, &scope, width, 4);
        program.body.push(St::Assign(target.clone(), value));
        scope.0.push((target.clone(), width));
        targets.0.push((target, width));
    }
    program
        .body
        .extend(statements(tape, &scope, &targets, 3, size));
    // What no reset reaches starts undefined: give it a value too, so that there is one to compare.
    for (k, register) in program.registers.iter().enumerate() {
        if register.reset.is_none() {
            let value = Ex::Literal(register.width, BigUint::from(k % 2));
            let start = St::Assign(format!("r{k}$d"), value);
            program
                .body
                .push(St::If(Ex::Reset, vec![start], Vec::new()));
        }
    }
    program
}
