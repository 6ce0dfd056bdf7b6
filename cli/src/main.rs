//! The `mch` command.
fn main() {}
