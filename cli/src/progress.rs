//! Progress, on standard error: a bar on a terminal, elsewhere a plain line now and then.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::mpsc::{channel, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

/// Between two plain lines.
const INTERVAL: Duration = Duration::from_secs(10);

/// Progress of one piece of work; dropping it ends what it says.
pub struct Meter {
    bar: ProgressBar,
    /// Closes with the meter, and so ends the thread that writes plain lines; none on a terminal.
    plain: Option<Sender<()>>,
}

/// A meter that counts to `length`.
pub fn count(message: impl Into<String>, length: u64) -> Meter {
    let bar = ProgressBar::new(length);
    start(bar, "{elapsed} {bar:30} {pos}/{len} {msg}", message.into())
}

/// A sign of life for work of unknown length.
pub fn spinner(message: impl Into<String>) -> Meter {
    let bar = ProgressBar::new_spinner();
    start(bar, "{elapsed} {spinner} {msg}", message.into())
}

fn start(bar: ProgressBar, template: &str, message: String) -> Meter {
    bar.set_message(message);
    if !bar.is_hidden() {
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        return Meter { bar, plain: None };
    }
    let (meter, end) = channel();
    let watched = bar.clone();
    std::thread::spawn(move || {
        tell(&watched, INTERVAL, &end, &mut |line| eprintln!("{line}"));
    });
    Meter {
        bar,
        plain: Some(meter),
    }
}

/// Says how far the work is, once per interval until it ends.
fn tell(bar: &ProgressBar, interval: Duration, end: &Receiver<()>, say: &mut dyn FnMut(String)) {
    while end.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) && !bar.is_finished() {
        say(line(bar));
    }
}

fn line(bar: &ProgressBar) -> String {
    let count = match bar.length() {
        Some(length) => format!("{}/{length} ", bar.position()),
        None => String::new(),
    };
    format!(
        "mch: {} s: {count}{}",
        bar.elapsed().as_secs(),
        bar.message()
    )
}

impl Meter {
    /// One more is done.
    pub fn inc(&self) {
        self.bar.inc(1);
    }

    /// So many are done.
    pub fn set_position(&self, position: u64) {
        self.bar.set_position(position);
    }

    /// What is being done.
    pub fn set_message(&self, message: impl Into<String>) {
        self.bar.set_message(message.into());
    }

    /// Says something that stays.
    pub fn println(&self, text: impl AsRef<str>) {
        match self.plain {
            Some(_) => eprintln!("mch: {}", text.as_ref()),
            None => self.bar.println(text),
        }
    }

    /// Counts the bytes that are read.
    pub fn wrap_read<R: std::io::Read>(&self, reader: R) -> impl std::io::Read {
        self.bar.wrap_read(reader)
    }

    /// The work is over.
    pub fn finish_and_clear(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bar: &ProgressBar, lines: usize) -> Vec<String> {
        let (meter, end) = channel();
        let mut meter = Some(meter);
        let mut said = Vec::new();
        tell(bar, Duration::from_millis(1), &end, &mut |line| {
            said.push(line);
            if said.len() == lines {
                meter.take();
            }
        });
        said
    }

    #[test]
    fn plain_lines_say_how_far_it_is_until_the_meter_is_gone() {
        let bar = ProgressBar::hidden();
        bar.set_length(200);
        bar.set_position(7);
        bar.set_message("case 6 passed");
        assert_eq!(said(&bar, 2), ["mch: 0 s: 7/200 case 6 passed"; 2]);
        let spinner = ProgressBar::new_spinner().with_message("yosys");
        assert_eq!(said(&spinner, 1), ["mch: 0 s: yosys"]);
    }

    #[test]
    fn what_is_over_says_nothing() {
        let bar = ProgressBar::hidden();
        bar.finish_and_clear();
        assert!(said(&bar, 1).is_empty());
    }
}
