//! The tests of the emitter, in one program: it is linked once, and what no test uses is seen.

#[macro_use]
mod emit_support;
mod emit_blocks;
mod emit_copy;
mod emit_errors;
mod emit_front;
mod emit_leaves;
mod emit_link;
mod emit_properties;
mod emit_traps;
