//! Progress bars, on standard error; none where that is not a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// A bar that counts to `length`.
pub fn count(message: impl Into<String>, length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    start(&bar, "{elapsed} {bar:30} {pos}/{len} {msg}", message);
    bar
}

/// A sign of life for work of unknown length.
pub fn spinner(message: impl Into<String>) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    start(&bar, "{elapsed} {spinner} {msg}", message);
    bar
}

fn start(bar: &ProgressBar, template: &str, message: impl Into<String>) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(message.into());
    bar.enable_steady_tick(Duration::from_millis(200));
}
