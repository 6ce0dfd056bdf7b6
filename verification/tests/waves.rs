//! Waveforms read back as timelines.

use anyhow::{Context, Result};
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use mch_verification::simulate::{replay, MemoryTiming, Options, Report, Waveform};
use mch_verification::trace;
use mch_verification::waves::{self, Kind, Outcome, Timeline, UnitSignals};
use std::fmt::Write as _;
use std::fs::File;
use std::io::BufReader;
use tempfile::TempDir;

/// A waveform by hand: the unit two scopes deep, a cycle per letter. `r` irq, `P` irq and hold, `H` hold alone, `R` reject,
/// `c` a completed save; a digit is a cycle in which the interval becomes that.
fn by_hand(cycles: &str) -> Result<(UnitSignals, Timeline)> {
    let mut text =
        String::from("$timescale 1ns $end $scope module board $end $scope module hub $end\n");
    let names = [
        ("!", 1, "clk"),
        ("i", 2, "irq"),
        ("h", 1, "control_unit_hold_writes_0"),
        ("j", 1, "control_unit_reject_writes_0"),
        ("n", 16, "control_unit_interval_0"),
        ("d", 1, "copy_engine_done_valid"),
        ("k", 2, "copy_engine_done_kind"),
    ];
    for (code, width, name) in names {
        writeln!(text, "$var wire {width} {code} {name} $end")?;
    }
    text += "$upscope $end $upscope $end $enddefinitions $end\n";
    for (cycle, letter) in cycles.chars().enumerate() {
        let on = |letters: &str| u8::from(letters.contains(letter));
        writeln!(text, "#{}\n1!", cycle * 10)?;
        writeln!(
            text,
            "b0{} i\n{}h\n{}j\n{}d\nb00 k",
            on("rP"),
            on("PH"),
            on("R"),
            on("c")
        )?;
        if let Some(interval) = letter.to_digit(10) {
            writeln!(text, "b{interval:b} n\nb01 i\n1h")?;
        }
        writeln!(text, "#{}\n0!", cycle * 10 + 5)?;
    }
    writeln!(text, "#{}\n1!", cycles.len() * 10)?;
    waves::read(text.as_bytes())
}

fn spans(timeline: &Timeline) -> Vec<(Kind, u64, u64, Outcome)> {
    let spans = timeline.guests[0].spans.iter();
    spans
        .map(|span| (span.kind, span.start, span.end, span.outcome))
        .collect()
}

#[test]
fn spans_begin_and_end_with_their_signals() -> Result<()> {
    // The clock's first edge comes before anything is known: the cycle that a letter makes ends with the next edge.
    let (unit, timeline) = by_hand("..rrPP1r..RRR.HH..rrr..RR")?;
    assert_eq!(unit.scope, ["board", "hub"]);
    assert_eq!((unit.guests, timeline.cycles), (1, 26));
    let expected = [
        (Kind::Pause, 5, 8, Outcome::Committed),
        (Kind::Rendezvous, 3, 9, Outcome::Committed),
        (Kind::Rollback, 11, 14, Outcome::Aborted),
        (Kind::Pause, 15, 17, Outcome::Detached),
        (Kind::Rendezvous, 19, 22, Outcome::Aborted),
        (Kind::Rollback, 24, 26, Outcome::Unfinished),
    ];
    assert_eq!(spans(&timeline), expected);
    assert_eq!(timeline.guests[0].spans[0].start_time, 50);
    Ok(())
}

#[test]
fn copies_count_in_the_spans_that_are_open() -> Result<()> {
    let (_, timeline) = by_hand(".cc.cRR")?;
    let guest = &timeline.guests[0];
    assert_eq!((guest.copies.saves, guest.copies.total()), (3, 3));
    assert_eq!(guest.copy_cycles, [2, 3, 5]);
    assert_eq!(guest.spans[0].copies.total(), 0);
    assert_eq!(waves::lanes(&timeline, 8), ["..cc.cRR"]);
    assert_eq!(waves::lanes(&timeline, 2), ["cR"]);
    Ok(())
}

#[test]
fn what_is_no_waveform_of_a_unit_is_refused_with_its_place() -> Result<()> {
    let refused = |text: &str| match waves::read(text.as_bytes()) {
        Ok(_) => String::from("read"),
        Err(error) => format!("{error:#}"),
    };
    let empty = refused(
        "$scope module top $end $var wire 1 ! clk $end $upscope $end $enddefinitions $end\n",
    );
    assert!(
        empty.starts_with("no unit: none of the 1 scopes"),
        "{empty}"
    );
    let text = refused("not a waveform\n");
    assert!(text.contains("this is not a VCD"), "{text}");
    Ok(())
}

fn simulated(strategy: Strategy, folder: &TempDir) -> Result<(Report, UnitSignals, Timeline)> {
    let path = folder.path().join(format!("{strategy}.vcd"));
    let mut text = String::new();
    for step in 0..60u64 {
        for guest in 0..2u64 {
            let address = guest * 0x10000 + step * 0x248 % 0x2000;
            writeln!(
                text,
                "{} {guest} W {address:x} {step:02x}{guest:02x}a5",
                step * 30
            )?;
        }
        if step == 20 || step == 40 {
            writeln!(text, "{} {} C", step * 30, step / 20 - 1)?;
        }
        if step == 50 {
            writeln!(text, "{} 0 B", step * 30)?;
        }
    }
    let options = Options {
        config: Config {
            ports: 2,
            guests: 2,
            regions: 2,
            memory_size: Size(128 << 10),
            ..Config::default()
        },
        strategy,
        timing: MemoryTiming::Fixed(8),
        period: 0,
        log_size: None,
        faults: Vec::new(),
        seed: 5,
        waveform: Some(Waveform {
            format: verilated::Trace::Vcd,
            path: path.clone(),
        }),
    };
    let report = replay(&options, &trace::parse(&text)?, |_| true)?;
    let (unit, timeline) = waves::read(BufReader::new(File::open(&path)?))?;
    Ok((report, unit, timeline))
}

#[test]
fn a_simulations_waveform_tells_what_its_report_tells() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for strategy in [Strategy::S3, Strategy::S6] {
        let (report, unit, timeline) = simulated(strategy, &folder)?;
        assert_eq!(unit.scope.last().context("a scope")?, "mch_checkpoint");
        for (guest, (told, shown)) in report.guests.iter().zip(&timeline.guests).enumerate() {
            let about = format!("{strategy}, guest {guest}: {told:?}");
            // The first commit, before the trace begins, is on the waveform, too.
            let commits = shown.count(Kind::Pause, Outcome::Committed) as u64;
            assert_eq!(commits, told.checkpoints + 1, "{about}");
            let rollbacks = shown.count(Kind::Rollback, Outcome::RolledBack) as u64;
            assert_eq!(rollbacks, told.rollbacks, "{about}");
            assert_eq!(shown.copies.saves, told.log_entries, "{about}");
            assert_eq!(shown.copies.errors, 0, "{about}");
        }
        let restored: u64 = timeline.guests[0]
            .spans
            .iter()
            .filter(|span| span.kind == Kind::Rollback)
            .map(|span| span.copies.scans + span.copies.restores)
            .sum();
        assert!(restored > 0, "{strategy}: a rollback copies");
    }
    Ok(())
}

#[test]
fn viewers_get_every_signal_by_its_full_name() -> Result<()> {
    let (unit, timeline) = by_hand("..rP1..")?;
    let waveform = std::path::Path::new("/tmp/a run.vcd");
    let (gtkwave, surfer) = (
        waves::gtkwave(waveform, &unit),
        waves::surfer(waveform, &unit),
    );
    for (name, width) in &unit.signals {
        let path = unit.path(name);
        let range = match width {
            1 => String::new(),
            _ => format!("[{}:0]", width - 1),
        };
        assert!(
            gtkwave.lines().any(|line| line == format!("{path}{range}")),
            "{path}"
        );
        assert!(
            surfer
                .lines()
                .any(|line| line == format!("variable_add {path}")),
            "{path}"
        );
    }
    assert!(gtkwave.starts_with("[dumpfile] \"/tmp/a run.vcd\"\n"));
    let picture = waves::svg(&timeline, "a run")?;
    assert!(
        picture.starts_with("<svg") && picture.contains("guest 0"),
        "{picture}"
    );
    Ok(())
}
