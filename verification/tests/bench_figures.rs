//! Figures that may never change unnoticed, in exact cycles.

use mch_spec::{Config, Strategy};
use mch_verification::bench::background::{self, beside};
use mch_verification::bench::backup;
use mch_verification::bench::captures;
use mch_verification::bench::checkpoint::constant_commit;
use mch_verification::bench::first_touch::{clean_guest, first_touch};
use mch_verification::bench::link::carry;
use mch_verification::bench::pass_through::{added_read_latency, added_write_latency, stream};
use mch_verification::bench::stand::{bench_config, Stand};
use mch_verification::bench::{write_tables, BenchReport};
use mch_verification::bench::{Figure, Table, Target, Unit};
use mch_verification::link::LinkRig;

#[test]
fn the_unit_adds_two_cycles_to_a_read() {
    let mut stand = Stand::new(&bench_config(64, 64), 16).unwrap();
    assert_eq!(added_read_latency(&mut stand, 1, 16).unwrap(), 2);
    assert_eq!(added_read_latency(&mut stand, 8, 16).unwrap(), 2);
    assert_eq!(added_write_latency(&mut stand, 1, 16).unwrap(), 17);
    for beats in [16, 8] {
        let found = stream(&mut stand, beats).unwrap();
        assert!(found >= 0.998, "bursts of {beats}: {found}");
    }
}

#[test]
fn without_the_register_a_read_costs_one_cycle_as_fast_as_before() {
    let config = Config {
        read_register: false,
        ..bench_config(64, 64)
    };
    let mut stand = Stand::new(&config, 16).unwrap();
    assert_eq!(added_read_latency(&mut stand, 1, 16).unwrap(), 1);
    assert_eq!(added_read_latency(&mut stand, 8, 16).unwrap(), 1);
    for beats in [16, 8] {
        let found = stream(&mut stand, beats).unwrap();
        assert!(found >= 0.998, "bursts of {beats}: {found}");
    }
}

#[test]
fn s6_holds_sixteen_first_touches_and_commits_in_constant_time() {
    let mut stand = Stand::new(&bench_config(64, 64), 40).unwrap();
    clean_guest(&mut stand, 1024).unwrap();
    let found = first_touch(&mut stand, 1024, 1).unwrap();
    assert!(found.efficiency >= 0.88, "{found:?}");
    assert_eq!(found.most_saving, 16);
    stand.commit(0).unwrap();
    let few = constant_commit(&mut stand, 1, 4).unwrap();
    let many = constant_commit(&mut stand, 1000, 4).unwrap();
    assert_eq!(few, many);
    assert!(many.most <= 64, "{many:?}");
}

#[test]
fn s1_captures_in_what_the_port_leaves_and_commits_in_constant_time() {
    let mut stand = Stand::new(&captures::config(64, 64), 40).unwrap();
    stand.attach(Strategy::S1, 1024).unwrap();
    stand.commit(0).unwrap();
    let found = captures::captures(&mut stand, 512, 8).unwrap();
    assert!(found.efficiency >= 0.93, "{found:?}");
    let many = stand.commit(1).unwrap();
    stand.touch([5].into_iter()).unwrap();
    let one = stand.commit(1).unwrap();
    assert!(many.after_acknowledgement <= 64, "{many:?}");
    assert!(one.after_acknowledgement <= 64, "{one:?}");
}

#[test]
fn s1_captures_single_beats_as_fast_as_their_headers_allow() {
    // A beat read, a beat and a header written behind the beat itself: an address in every cycle, or it takes longer.
    let mut stand = Stand::new(&captures::config(64, 64), 10).unwrap();
    stand.attach_with_ring(Strategy::S1, 512, 4097).unwrap();
    stand.commit(0).unwrap();
    let found = captures::captures(&mut stand, 512, 1).unwrap();
    assert!(found.efficiency >= 0.65, "{found:?}");
}

#[test]
fn s4_commits_in_constant_time_and_copies_in_what_reads_leave() {
    let mut stand = Stand::new(&background::config(64, 64), 40).unwrap();
    stand.attach(Strategy::S4, 8192).unwrap();
    let all = stand.commit(1).unwrap();
    background::drain(&mut stand).unwrap();
    stand.touch([5].into_iter()).unwrap();
    let one = stand.commit(1).unwrap();
    background::drain(&mut stand).unwrap();
    assert!(all.after_acknowledgement <= 64, "{all:?}");
    assert!(one.after_acknowledgement <= 64, "{one:?}");
    let found = beside(&mut stand, 8192).unwrap();
    assert!(found.rate >= 0.95 && found.left > 0, "{found:?}");
    background::drain(&mut stand).unwrap();
}

#[test]
fn the_link_is_kept_busy() {
    // (data width, units of each entry, least share of the cycles with a beat): at 32 bits memory is the limit, two beats of it to one of the link.
    for (width, units, least) in [(32, 16, 0.55), (64, 8, 0.99), (64, 1, 0.90), (512, 1, 0.99)] {
        let config = mch_spec::Config {
            strategies: vec![Strategy::S1],
            ..bench_config(width, 64)
        };
        let library = LinkRig::build(&config).unwrap();
        let found = carry(&library, &config, 40, units).unwrap();
        assert!(found.beats >= least, "{width} bits: {found:?}");
        assert_eq!(found.repeats, 0);
    }
}

#[test]
fn a_document_gets_its_tables() {
    let mut table = Table::new("some", "Some", "What it is.");
    let target = Target::AtLeast(0.5);
    let figure = |setting, value| Figure::new(setting, "what", value, Unit::Ratio, target);
    table.figures.push(figure("once", 0.25));
    for (setting, latency, value) in [
        ("one", 1, 0.75),
        ("one", 40, 0.25),
        ("two", 1, 0.5),
        ("three", 1, 0.75),
        ("three", 40, 0.25),
    ] {
        table
            .figures
            .push(figure(setting, value).at_latency(latency));
    }
    let beyond = Figure::new("limited", "other", 0.25, Unit::Ratio, target);
    table.figures.push(beyond.bounded(0.375).at_latency(40));
    table.complete = true;
    let mut report = BenchReport {
        tables: vec![table],
    };
    let text = "a\n<!-- begin some -->\nold\n<!-- end some -->\nb\n";
    let written = write_tables(text, &report).unwrap();
    assert!(written.starts_with("a\n<!-- begin some -->\nWhat it is.\n"));
    for line in [
        "| figure | setting | measured | target | met |",
        "| what | once | **0.250** | >= 0.500 | no |",
        "| figure | setting | latency 1 | latency 40 | target | met |",
        "| what | one; three | 0.750 | **0.250** | >= 0.500 | no |",
        "|  | two | 0.500 |  | >= 0.500 | yes |",
        "| other | limited |  | **0.250 (0.375)** | >= 0.500 | out of reach |",
    ] {
        assert!(
            written.contains(&format!("\n{line}\n")),
            "{line}\n{written}"
        );
    }
    assert!(written.ends_with("<!-- end some -->\nb\n") && !written.contains("old"));
    assert_eq!(write_tables(&written, &report).unwrap(), written);
    assert!(write_tables("no markers", &report).is_err());
    assert_eq!(report.missed().count(), 3);
    report.tables[0].complete = false;
    assert_eq!(write_tables(text, &report).unwrap(), text);
}

#[test]
fn s2_keeps_the_link_as_busy_as_memory_allows_from_end_to_end() {
    let blocks = 1024;
    let mut joined = backup::Joined::new(&backup::config(64, 64), blocks).unwrap();
    joined.set_latency(40);
    let whole = joined.transfer(blocks, 8).unwrap();
    // The primary's memory has 17 reads and 17 writes for the 11 beats of an entry's frame.
    assert_eq!((whole.bound, whole.repeats), (11.0 / 17.0, 0));
    assert!(whole.link > 0.62 && whole.link <= whole.bound, "{whole:?}");
    let single = joined.transfer(blocks, 1).unwrap();
    assert!(single.link > 0.95 && single.link <= 1.0, "{single:?}");
    let commit = joined.commit().unwrap();
    assert!(commit.after_acknowledgement < 250, "{commit:?}");
    let (_, each) = joined.apply(blocks, 8).unwrap();
    assert!((9.0..10.0).contains(&each), "{each}");
    assert!(joined.is_same(blocks).unwrap());
}

#[test]
fn s2_keeps_the_link_busy_beside_captures_of_whole_large_blocks() {
    let blocks = 1024;
    let mut joined = backup::Joined::new(&backup::config(128, 4096), blocks).unwrap();
    joined.set_latency(40);
    let whole = joined.transfer(blocks, 256).unwrap();
    assert!(whole.link > 0.96 && whole.link <= whole.bound, "{whole:?}");
    joined.commit().unwrap();
    assert!(joined.is_same(blocks).unwrap());
}
