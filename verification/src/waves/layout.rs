//! Files that open a waveform in a viewer with the unit's signals on show.

use super::read::UnitSignals;
use std::fmt::Write;
use std::path::Path;

/// GTKWave's flags of a trace: one bit, or a vector in hexadecimal; and of a comment line.
const ONE_BIT: &str = "@28";
const HEXADECIMAL: &str = "@22";
const COMMENT: &str = "@200";

/// Signals in groups: those of the whole unit, each guest's, the copy engine's.
fn groups(unit: &UnitSignals) -> Vec<(String, Vec<&(String, u32)>)> {
    let of = |test: &dyn Fn(&str) -> bool| -> Vec<&(String, u32)> {
        unit.signals.iter().filter(|(name, _)| test(name)).collect()
    };
    let mut groups = vec![(
        "unit".to_owned(),
        of(&|name| ["clk", "irq"].contains(&name)),
    )];
    for guest in 0..unit.guests {
        let ending = format!("_{guest}");
        let own = of(&|name| name.starts_with("control_unit_") && name.ends_with(&ending));
        groups.push((format!("guest {guest}"), own));
    }
    let engine = of(&|name| name.starts_with("copy_engine_"));
    groups.push(("copy engine".to_owned(), engine));
    groups
}

/// A save file of GTKWave (`gtkwave WAVEFORM FILE`).
pub fn gtkwave(waveform: &Path, unit: &UnitSignals) -> String {
    let mut text = format!("[dumpfile] \"{}\"\n[timestart] 0\n", waveform.display());
    for (title, signals) in groups(unit) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{COMMENT}\n-{title}\n");
        for (name, width) in signals {
            let path = unit.path(name);
            let _ = match width {
                1 => write!(text, "{ONE_BIT}\n{path}\n"),
                _ => write!(text, "{HEXADECIMAL}\n{path}[{}:0]\n", width - 1),
            };
        }
    }
    text
}

/// A command file of Surfer (`surfer --command-file FILE`).
pub fn surfer(waveform: &Path, unit: &UnitSignals) -> String {
    let mut text = format!("load_file {}\n", waveform.display());
    for (title, signals) in groups(unit) {
        let _ = writeln!(text, "divider_add {title}");
        for (name, _) in signals {
            let _ = writeln!(text, "variable_add {}", unit.path(name));
        }
    }
    text + "zoom_fit\n"
}
