//! rust-hdl's arithmetic at a width chosen at run time.

use num_bigint::BigUint;
use num_traits::ToPrimitive;
use rust_hdl::prelude::{bit_cast, Bits};

/// The widths that tests use: around every boundary that matters to Verilog, Verilator or rust-hdl.
pub const WIDTHS: [usize; 14] = [1, 2, 3, 5, 8, 16, 31, 32, 33, 40, 64, 65, 100, 130];

macro_rules! at_width {
    ($width:expr, $function:ident ( $($argument:expr),* )) => {
        match $width {
            1 => $function::<1>($($argument),*),
            2 => $function::<2>($($argument),*),
            3 => $function::<3>($($argument),*),
            5 => $function::<5>($($argument),*),
            8 => $function::<8>($($argument),*),
            16 => $function::<16>($($argument),*),
            31 => $function::<31>($($argument),*),
            32 => $function::<32>($($argument),*),
            33 => $function::<33>($($argument),*),
            40 => $function::<40>($($argument),*),
            64 => $function::<64>($($argument),*),
            65 => $function::<65>($($argument),*),
            100 => $function::<100>($($argument),*),
            130 => $function::<130>($($argument),*),
            other => panic!("{other} is not one of the widths under test"),
        }
    };
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    Add,
    Sub,
    And,
    Or,
    Xor,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

pub const OPS: [Op; 11] = [
    Op::Add,
    Op::Sub,
    Op::And,
    Op::Or,
    Op::Xor,
    Op::Eq,
    Op::Ne,
    Op::Lt,
    Op::Le,
    Op::Gt,
    Op::Ge,
];

impl Op {
    pub fn is_comparison(self) -> bool {
        matches!(self, Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge)
    }
}

fn bit(value: bool) -> BigUint {
    BigUint::from(u32::from(value))
}

pub fn binary(op: Op, width: usize, a: &BigUint, b: &BigUint) -> BigUint {
    fn at<const N: usize>(op: Op, a: &BigUint, b: &BigUint) -> BigUint {
        let (a, b): (Bits<N>, Bits<N>) = (a.clone().into(), b.clone().into());
        match op {
            Op::Add => (a + b).into(),
            Op::Sub => (a - b).into(),
            Op::And => (a & b).into(),
            Op::Or => (a | b).into(),
            Op::Xor => (a ^ b).into(),
            Op::Eq => bit(a == b),
            Op::Ne => bit(a != b),
            Op::Lt => bit(a < b),
            Op::Le => bit(a <= b),
            Op::Gt => bit(a > b),
            Op::Ge => bit(a >= b),
        }
    }
    at_width!(width, at(op, a, b))
}

pub fn not(width: usize, a: &BigUint) -> BigUint {
    fn at<const N: usize>(a: &BigUint) -> BigUint {
        let a: Bits<N> = a.clone().into();
        (!a).into()
    }
    at_width!(width, at(a))
}

pub fn shift(left: bool, width: usize, a: &BigUint, amount: &BigUint) -> BigUint {
    fn at<const N: usize>(left: bool, a: &BigUint, amount: u64) -> BigUint {
        let a: Bits<N> = a.clone().into();
        if left {
            (a << amount).into()
        } else {
            (a >> amount).into()
        }
    }
    let amount = amount.to_u64().expect("a small shift amount");
    at_width!(width, at(left, a, amount))
}

#[derive(Clone, Copy, Debug)]
pub enum Fold {
    Any,
    All,
    Xor,
}

pub fn reduce(fold: Fold, width: usize, a: &BigUint) -> BigUint {
    fn at<const N: usize>(fold: Fold, a: &BigUint) -> BigUint {
        let a: Bits<N> = a.clone().into();
        bit(match fold {
            Fold::Any => a.any(),
            Fold::All => a.all(),
            Fold::Xor => a.xor(),
        })
    }
    at_width!(width, at(fold, a))
}

pub fn get_bit(width: usize, a: &BigUint, index: &BigUint) -> BigUint {
    fn at<const N: usize>(a: &BigUint, index: usize) -> BigUint {
        let a: Bits<N> = a.clone().into();
        bit(a.get_bit(index))
    }
    let index = index.to_usize().expect("a small index");
    at_width!(width, at(a, index))
}

pub fn replace_bit(width: usize, a: &BigUint, index: &BigUint, value: &BigUint) -> BigUint {
    fn at<const N: usize>(a: &BigUint, index: usize, value: bool) -> BigUint {
        let a: Bits<N> = a.clone().into();
        a.replace_bit(index, value).into()
    }
    let index = index.to_usize().expect("a small index");
    at_width!(width, at(a, index, value.bit(0)))
}

pub fn cast(from: usize, to: usize, a: &BigUint) -> BigUint {
    fn at<const N: usize>(to: usize, a: &BigUint) -> BigUint {
        fn cast<const M: usize, const N: usize>(a: Bits<N>) -> BigUint {
            bit_cast::<M, N>(a).into()
        }
        let a: Bits<N> = a.clone().into();
        match to {
            1 => cast::<1, N>(a),
            2 => cast::<2, N>(a),
            3 => cast::<3, N>(a),
            5 => cast::<5, N>(a),
            8 => cast::<8, N>(a),
            16 => cast::<16, N>(a),
            31 => cast::<31, N>(a),
            32 => cast::<32, N>(a),
            33 => cast::<33, N>(a),
            40 => cast::<40, N>(a),
            64 => cast::<64, N>(a),
            65 => cast::<65, N>(a),
            100 => cast::<100, N>(a),
            130 => cast::<130, N>(a),
            other => panic!("{other} is not one of the widths under test"),
        }
    }
    at_width!(from, at(to, a))
}

pub fn multiply(a: &BigUint, b: &BigUint) -> BigUint {
    let (a, b): (Bits<16>, Bits<16>) = (a.clone().into(), b.clone().into());
    (a * b).into()
}
