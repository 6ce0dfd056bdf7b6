//! What is known of a value's bits: for each, whether it may be one and whether it may be zero.
//!
//! Facts form a lattice that only grows, so constants, unused upper bits and unreachable branches of a
//! whole design are found by repeating the evaluation until nothing changes.

use super::ir::*;
use num_bigint::BigUint;
use num_traits::{One, ToPrimitive, Zero};

/// Which values each bit may take. A bit that may take none has not been reached yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) width: usize,
    pub(crate) one: BigUint,
    pub(crate) zero: BigUint,
}

/// The low `width` bits set.
pub(crate) fn mask(width: usize) -> BigUint {
    (BigUint::one() << width) - 1u32
}

impl Fact {
    pub(crate) fn unreached(width: usize) -> Self {
        Self {
            width,
            one: BigUint::zero(),
            zero: BigUint::zero(),
        }
    }

    pub(crate) fn unknown(width: usize) -> Self {
        Self {
            width,
            one: mask(width),
            zero: mask(width),
        }
    }

    pub(crate) fn literal(value: &BigUint, width: usize) -> Self {
        let mask = mask(width);
        let one = value & &mask;
        Self {
            width,
            zero: &one ^ &mask,
            one,
        }
    }

    fn bit(one: bool, zero: bool) -> Self {
        Self {
            width: 1,
            one: BigUint::from(u32::from(one)),
            zero: BigUint::from(u32::from(zero)),
        }
    }

    /// Any value whose bits from `bits` up are zero.
    fn below(bits: usize, width: usize) -> Self {
        Self {
            width,
            one: mask(bits.min(width)),
            zero: mask(width),
        }
    }

    pub(crate) fn is_reached(&self) -> bool {
        (&self.one | &self.zero) == mask(self.width)
    }

    /// The value, if it is known.
    pub(crate) fn constant(&self) -> Option<&BigUint> {
        ((&self.one & &self.zero).is_zero() && self.is_reached()).then_some(&self.one)
    }

    /// Bits up to the highest that may be one; at least 1.
    pub(crate) fn significant(&self) -> usize {
        (self.one.bits() as usize).max(1)
    }

    /// Adds the possibilities of another fact; true when that changed anything.
    pub(crate) fn join(&mut self, other: &Fact) -> bool {
        let one = &self.one | &other.one;
        let zero = &self.zero | &other.zero;
        let changed = one != self.one || zero != self.zero;
        self.one = one;
        self.zero = zero;
        changed
    }

    /// Settles bits that were never reached: they are zero.
    pub(crate) fn settle(&mut self) {
        let missing = mask(self.width) ^ (&self.one | &self.zero);
        self.zero |= missing;
    }

    fn maximum(&self) -> &BigUint {
        &self.one
    }

    fn minimum(&self) -> BigUint {
        mask(self.width) ^ &self.zero
    }

    fn trailing_zeros(&self) -> usize {
        self.one.trailing_zeros().map_or(self.width, |n| n as usize)
    }

    pub(crate) fn slice(&self, offset: usize, width: usize) -> Self {
        let mask = mask(width);
        let beyond = if offset + width > self.width {
            let inside = self.width.saturating_sub(offset);
            &mask >> inside << inside
        } else {
            BigUint::zero()
        };
        Self {
            width,
            one: (&self.one >> offset) & &mask,
            zero: ((&self.zero >> offset) & &mask) | beyond,
        }
    }

    pub(crate) fn resize(&self, width: usize) -> Self {
        self.slice(0, width)
    }

    fn shift_left(&self, amount: usize) -> Self {
        let mask = mask(self.width);
        let low = self::mask(amount.min(self.width));
        Self {
            width: self.width,
            one: (&self.one << amount) & &mask,
            zero: ((&self.zero << amount) & &mask) | low,
        }
    }

    /// The same bits placed in a wider value at `offset`, the others unreached.
    pub(crate) fn placed(&self, offset: usize, width: usize) -> Self {
        Self {
            width,
            one: &self.one << offset,
            zero: &self.zero << offset,
        }
    }

    fn not(&self) -> Self {
        Self {
            width: self.width,
            one: self.zero.clone(),
            zero: self.one.clone(),
        }
    }
}

/// Evaluates an expression over facts.
pub(crate) fn evaluate(expression: &Expression, signals: &[Signal], facts: &[Fact]) -> Fact {
    let eval = |e: &Expression| evaluate(e, signals, facts);
    match expression {
        Expression::Literal { value, width, .. } => Fact::literal(value, *width),
        Expression::Signal(id) => facts[*id].clone(),
        Expression::Slice {
            base,
            offset,
            width,
        } => eval(base).slice(*offset, *width),
        Expression::Resize(base, width) => eval(base).resize(*width),
        Expression::Not(base) => eval(base).not(),
        Expression::Index(base, index) => index_bit(&eval(base), &eval(index)),
        Expression::ReplaceBit(base, index, bit) => {
            replace_bit(&eval(base), &eval(index), &eval(bit))
        }
        Expression::Reduce(kind, base) => reduce(*kind, &eval(base)),
        Expression::Binary(operator, left, right) => {
            let width = expression.width(signals);
            if left == right {
                if let Some(value) = of_equals(*operator) {
                    let ones = mask(width);
                    return Fact::literal(if value { &ones } else { &ZERO }, width);
                }
            }
            binary(*operator, &eval(left), &eval(right), width)
        }
        Expression::Invalid(..) => Fact::unknown(1),
    }
}

const ZERO: BigUint = BigUint::ZERO;

/// The result of an operator on two equal operands, if it is always the same.
fn of_equals(operator: Operator) -> Option<bool> {
    match operator {
        Operator::Sub | Operator::Xor => Some(false),
        Operator::NotEqual | Operator::Less | Operator::Greater => Some(false),
        Operator::Equal | Operator::LessEqual | Operator::GreaterEqual => Some(true),
        _ => None,
    }
}

fn index_bit(base: &Fact, index: &Fact) -> Fact {
    if !index.is_reached() {
        return Fact::unreached(1);
    }
    if let Some(index) = index.constant().and_then(ToPrimitive::to_usize) {
        return base.slice(index, 1);
    }
    let beyond = *index.maximum() >= BigUint::from(base.width);
    Fact::bit(!base.one.is_zero(), !base.zero.is_zero() || beyond)
}

fn replace_bit(base: &Fact, index: &Fact, bit: &Fact) -> Fact {
    if !index.is_reached() || !bit.is_reached() {
        return Fact::unreached(base.width);
    }
    let mut result = base.clone();
    if let Some(index) = index.constant().and_then(ToPrimitive::to_u64) {
        if index < base.width as u64 {
            result.one.set_bit(index, !bit.one.is_zero());
            result.zero.set_bit(index, !bit.zero.is_zero());
        }
        return result;
    }
    let highest = index
        .maximum()
        .to_usize()
        .map_or(base.width, |m| base.width.min(m.saturating_add(1)));
    if !bit.one.is_zero() {
        result.one |= mask(highest);
    }
    if !bit.zero.is_zero() {
        result.zero |= mask(highest);
    }
    result
}

fn reduce(kind: Reduction, base: &Fact) -> Fact {
    let known_one = &base.one & (mask(base.width) ^ &base.zero);
    let full = mask(base.width);
    let all_reached = base.is_reached();
    match kind {
        Reduction::Any if !known_one.is_zero() => Fact::bit(true, false),
        Reduction::Any => Fact::bit(!base.one.is_zero(), all_reached),
        Reduction::All => Fact::bit(all_reached && base.one == full, !base.zero.is_zero()),
        Reduction::Parity => match base.constant() {
            Some(value) => {
                let odd = value.count_ones() % 2 == 1;
                Fact::bit(odd, !odd)
            }
            None => Fact::bit(all_reached, all_reached),
        },
    }
}

fn binary(operator: Operator, left: &Fact, right: &Fact, width: usize) -> Fact {
    match operator {
        Operator::And | Operator::LogicalAnd => Fact {
            width,
            one: &left.one & &right.one,
            zero: &left.zero | &right.zero,
        },
        Operator::Or | Operator::LogicalOr => Fact {
            width,
            one: &left.one | &right.one,
            zero: &left.zero & &right.zero,
        },
        Operator::Xor => Fact {
            width,
            one: (&left.one & &right.zero) | (&left.zero & &right.one),
            zero: (&left.one & &right.one) | (&left.zero & &right.zero),
        },
        _ if !left.is_reached() || !right.is_reached() => Fact::unreached(width),
        Operator::Add | Operator::Sub | Operator::Mul => arithmetic(operator, left, right, width),
        Operator::ShiftLeft | Operator::ShiftRight => shift(operator, left, right),
        _ => compare(operator, left, right),
    }
}

fn arithmetic(operator: Operator, left: &Fact, right: &Fact, width: usize) -> Fact {
    if let (Some(a), Some(b)) = (left.constant(), right.constant()) {
        let value = match operator {
            Operator::Add => a + b,
            Operator::Mul => a * b,
            _ => a + (BigUint::one() << width) - b,
        };
        return Fact::literal(&value, width);
    }
    let mut result = match operator {
        Operator::Add => Fact::below((left.maximum() + right.maximum()).bits() as usize, width),
        Operator::Mul => Fact::below((left.maximum() * right.maximum()).bits() as usize, width),
        _ if left.minimum() >= *right.maximum() => Fact::below(left.significant(), width),
        _ => Fact::unknown(width),
    };
    if operator != Operator::Mul {
        let zeros = left.trailing_zeros().min(right.trailing_zeros()).min(width);
        result.one = result.one >> zeros << zeros;
    }
    result
}

fn shift(operator: Operator, left: &Fact, right: &Fact) -> Fact {
    let width = left.width;
    if let Some(amount) = right.constant() {
        let amount = amount.to_usize().map_or(width, |a| a.min(width));
        return if operator == Operator::ShiftLeft {
            left.shift_left(amount)
        } else {
            left.slice(amount, width)
        };
    }
    let mut result = if operator == Operator::ShiftLeft {
        Fact::unknown(width)
    } else {
        Fact::below(left.one.bits() as usize, width)
    };
    if operator == Operator::ShiftLeft {
        let zeros = left.trailing_zeros();
        result.one = result.one >> zeros << zeros;
        if let Some(most) = right.maximum().to_usize() {
            let reach = (left.one.bits() as usize).saturating_add(most).min(width);
            result.one &= mask(reach);
        }
    }
    result
}

fn compare(operator: Operator, left: &Fact, right: &Fact) -> Fact {
    let sure = |value: bool| Fact::bit(value, !value);
    let decide = |always: bool, never: bool| {
        if always {
            sure(true)
        } else if never {
            sure(false)
        } else {
            Fact::bit(true, true)
        }
    };
    let (left_min, right_min) = (left.minimum(), right.minimum());
    let (left_max, right_max) = (left.maximum(), right.maximum());
    match operator {
        Operator::Equal | Operator::NotEqual => {
            // A bit known to be one on one side and zero on the other.
            let never_one = |fact: &Fact| mask(fact.width) ^ &fact.one;
            let differs =
                !((&left_min & never_one(right)) | (&right_min & never_one(left))).is_zero();
            let equal = matches!((left.constant(), right.constant()), (Some(a), Some(b)) if a == b);
            if operator == Operator::Equal {
                decide(equal, differs)
            } else {
                decide(differs, equal)
            }
        }
        Operator::Less => decide(*left_max < right_min, left_min >= *right_max),
        Operator::LessEqual => decide(*left_max <= right_min, left_min > *right_max),
        Operator::Greater => decide(left_min > *right_max, *left_max <= right_min),
        _ => decide(left_min >= *right_max, *left_max < right_min),
    }
}
