//! The OR of up to 32 values, as one flat expression.
//!
//! **Does**: `merged` is the OR of all `inputs`. With all inputs but one zero it is a fast multiplexer, which a chain of `if`s is not.
//! **Latency**: combinational. **Order, errors, reset**: none.

use super::constants::copies;
use crate::prelude::*;

/// The OR of up to 32 inputs of `N` bits.
#[derive(Clone, Debug, LogicBlock)]
pub struct OrTree<const N: usize> {
    /// The values to merge.
    pub inputs: Vec<Signal<In, Bits<N>>>,
    /// Their OR.
    pub merged: Signal<Out, Bits<N>>,
    term: Vec<Signal<Local, Bits<N>>>,
    _inputs: usize,
}

impl<const N: usize> OrTree<N> {
    /// A tree of `inputs` inputs, 1 to 32.
    pub fn new(inputs: usize) -> Self {
        assert!(
            (1..=32).contains(&inputs),
            "an OR tree has 1 to 32 inputs, not {inputs}"
        );
        Self {
            inputs: copies(inputs),
            merged: Signal::default(),
            term: copies(32),
            _inputs: inputs,
        }
    }
}

impl<const N: usize> Logic for OrTree<N> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: or_tree");
        comment!("The OR of its inputs, combinational.");
        for k in 0..32 {
            self.term[k].next = 0.into();
        }
        for k in 0..self._inputs {
            self.term[k].next = self.inputs[k].val();
        }
        self.merged.next = (self.term[0].val()
            | self.term[1].val()
            | self.term[2].val()
            | self.term[3].val()
            | self.term[4].val()
            | self.term[5].val()
            | self.term[6].val()
            | self.term[7].val())
            | (self.term[8].val()
                | self.term[9].val()
                | self.term[10].val()
                | self.term[11].val()
                | self.term[12].val()
                | self.term[13].val()
                | self.term[14].val()
                | self.term[15].val())
            | (self.term[16].val()
                | self.term[17].val()
                | self.term[18].val()
                | self.term[19].val()
                | self.term[20].val()
                | self.term[21].val()
                | self.term[22].val()
                | self.term[23].val())
            | (self.term[24].val()
                | self.term[25].val()
                | self.term[26].val()
                | self.term[27].val()
                | self.term[28].val()
                | self.term[29].val()
                | self.term[30].val()
                | self.term[31].val());
    }
}
