//! VCD, FST and coverage files.

use crate::designs;

use designs::{cache, counter};
use std::fs::File;
use std::io::BufReader;
use verilated::{Instance, Trace};

fn run(instance: &mut Instance, cycles: u64) {
    let (clk, step) = (
        instance.input("clk").unwrap(),
        instance.input("step").unwrap(),
    );
    instance.set(step, 1);
    for _ in 0..cycles {
        instance.cycle(clk).unwrap();
    }
}

/// The times and values of one signal in a VCD file.
fn changes(path: &std::path::Path, scopes: &[&str], signal: &str) -> Vec<(u64, u64)> {
    let mut parser = vcd::Parser::new(BufReader::new(File::open(path).unwrap()));
    let header = parser.parse_header().unwrap();
    let mut path: Vec<&str> = scopes.to_vec();
    path.push(signal);
    let code = header
        .find_var(&path)
        .unwrap_or_else(|| panic!("no {path:?} in {header:?}"))
        .code;
    let (mut time, mut found) = (0, Vec::new());
    for command in parser {
        match command.unwrap() {
            vcd::Command::Timestamp(at) => time = at,
            vcd::Command::ChangeVector(of, value) if of == code => {
                let bit = |value: u64, bit| value << 1 | u64::from(bit == vcd::Value::V1);
                found.push((time, value.iter().fold(0, bit)));
            }
            vcd::Command::ChangeScalar(of, value) if of == code => {
                found.push((time, u64::from(value == vcd::Value::V1)));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn vcd_holds_every_half_cycle() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counter.vcd");
    let mut instance = counter(8)
        .trace(Trace::Vcd)
        .build(&cache())
        .unwrap()
        .instance(1)
        .unwrap();
    instance.set_half_period(5);
    instance.open_trace(&path).unwrap();
    run(&mut instance, 4);
    instance.close_trace().unwrap();
    assert_eq!(changes(&path, &["TOP"], "clk").len(), 8);
    // Rising edges are at 5, 15, 25, 35.
    assert_eq!(
        changes(&path, &["TOP", "counter"], "q"),
        [(0, 0), (5, 1), (15, 2), (25, 3), (35, 4)]
    );
}

#[test]
fn a_second_waveform_starts_where_the_first_ended() {
    let folder = tempfile::tempdir().unwrap();
    let mut instance = counter(8)
        .trace(Trace::Vcd)
        .build(&cache())
        .unwrap()
        .instance(1)
        .unwrap();
    run(&mut instance, 2);
    for (name, expected) in [("a.vcd", [(4, 2), (5, 3)]), ("b.vcd", [(6, 3), (7, 4)])] {
        instance.open_trace(folder.path().join(name)).unwrap();
        run(&mut instance, 1);
        instance.flush_trace();
        assert_eq!(
            changes(&folder.path().join(name), &["TOP", "counter"], "q"),
            expected
        );
    }
    drop(instance);
}

#[test]
fn dumps_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hand.vcd");
    let library = counter(8).trace(Trace::Vcd).build(&cache()).unwrap();
    let (clk, step) = (
        library.input("clk").unwrap(),
        library.input("step").unwrap(),
    );
    let mut instance = library.instance(1).unwrap();
    instance.open_trace(&path).unwrap();
    instance.set(step, 9);
    for (time, level) in [(100, 0), (130, 1), (200, 0)] {
        instance.set(clk, level);
        instance.eval().unwrap();
        instance.set_time(time);
        instance.dump();
    }
    drop(instance);
    assert_eq!(
        changes(&path, &["TOP", "counter"], "q"),
        [(100, 0), (130, 9)]
    );
}

#[test]
fn fst_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counter.fst");
    let mut instance = counter(8)
        .trace(Trace::Fst)
        .build(&cache())
        .unwrap()
        .instance(1)
        .unwrap();
    instance.open_trace(&path).unwrap();
    run(&mut instance, 100);
    instance.close_trace().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    // An FST file starts with a header block: type 0, its length of 329 in 8 bytes, start and end time.
    assert_eq!(bytes[..9], [0, 0, 0, 0, 0, 0, 0, 1, 73]);
    assert_eq!(bytes[17..25], 199_u64.to_be_bytes());
}

#[test]
fn says_what_a_model_was_built_without() {
    let library = counter(8).build(&cache()).unwrap();
    let mut instance = library.instance(1).unwrap();
    let text = instance
        .open_trace("/nowhere/x.vcd")
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("without waveforms") && text.contains("Design::trace"),
        "{text}"
    );
    let text = instance
        .write_coverage("/nowhere/x.dat")
        .unwrap_err()
        .to_string();
    assert!(text.contains("without coverage"), "{text}");
    let text = instance.save().unwrap_err().to_string();
    assert!(text.contains("without snapshots"), "{text}");
}

#[test]
fn a_waveform_that_cannot_be_written_is_an_error() {
    let library = counter(8).trace(Trace::Vcd).build(&cache()).unwrap();
    let mut instance = library.instance(1).unwrap();
    let text = instance
        .open_trace("/nowhere/x.vcd")
        .unwrap_err()
        .to_string();
    assert!(text.contains("/nowhere/x.vcd"), "{text}");
    run(&mut instance, 2);
}

#[test]
fn coverage_counts_what_ran() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("coverage.dat");
    let library = counter(8).coverage(true).build(&cache()).unwrap();
    let mut instance = library.instance(1).unwrap();
    run(&mut instance, 25);
    instance.write_coverage(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("src/counter.v"), "{text}");
    assert!(text.lines().any(|line| line.ends_with("' 25")), "{text}");
    assert!(library.folder().join("src/counter.v").is_file());
    let text = instance
        .write_coverage(folder.path().join("none/x.dat"))
        .unwrap_err()
        .to_string();
    assert!(text.contains("none/x.dat"), "{text}");
}

/// Linux only has such a file.
#[test]
fn a_waveform_that_cannot_be_written_is_an_error_and_no_abort() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let library = counter(8).trace(Trace::Vcd).build(&cache()).unwrap();
    let mut instance = library.instance(1).unwrap();
    instance.open_trace("/dev/full").unwrap();
    let clk = instance.input("clk").unwrap();
    let failed = (0..100_000).find_map(|_| instance.cycle(clk).err());
    let error = match failed {
        Some(error) => error,
        None => instance.close_trace().unwrap_err(),
    };
    assert!(error.to_string().contains("space"), "{error}");
}
