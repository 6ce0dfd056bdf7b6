//! What a monitor or an agent reports when a design breaks a rule.

use std::fmt;

/// One broken rule: which, when, where and with what values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule's name, as in [`crate::axi::Rule`].
    pub rule: &'static str,
    /// The cycle whose rising edge would have taken the values.
    pub cycle: u64,
    /// The port's prefix, as `s_axi`.
    pub port: String,
    /// The values that broke it.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "cycle {}: {}: {}: {}",
            self.cycle, self.port, self.rule, self.detail
        )
    }
}
