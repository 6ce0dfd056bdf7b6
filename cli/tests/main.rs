//! The tests of the `mch` command, in one program: it is linked once, and what no test uses is seen.

mod board;
mod commands;
mod common;
mod gate;
mod generate;
mod litex;
mod other_tools;
mod placed;
mod prove;
mod synth;
