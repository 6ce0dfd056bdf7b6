//! The tests of the golden model, in one program: it is linked once, and what no test uses is seen.

mod against_reference;
mod common;
mod epoch_rule;
mod epoch_rule_model;
mod scenarios;
