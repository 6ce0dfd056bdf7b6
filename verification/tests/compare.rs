//! A workload under all strategies: what is known of the differences beforehand must be found.

use anyhow::Result;
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use mch_verification::compare::{
    self, latencies_svg, overview_svg, to_markdown, write_document, Comparison, Options, Workload,
};
use mch_verification::simulate::MemoryTiming;
use mch_verification::trace;

const PERIOD: u32 = 2_000;

/// Whole blocks in turn, a part of a block in every fourth, and reads of what is not written.
fn workload() -> Result<Workload> {
    let mut text = String::new();
    for step in 0..240u64 {
        let time = step * 40;
        let bytes = if step % 4 == 3 { 8 } else { 64 };
        let data = format!("{:02x}", step & 255).repeat(bytes);
        text += &format!("{time} 0 W {:x} {data}\n", step % 60 * 64);
        text += &format!("{time} 0 R {:x} 64\n", 0x8000 + step % 8 * 64);
    }
    Workload::of_trace("known", &trace::parse(&text)?, 1_000_000)
}

fn options() -> Options {
    Options {
        config: Config {
            memory_size: Size(128 << 10),
            ..Options::config_for(1)
        },
        period: PERIOD,
        timing: MemoryTiming::Fixed(20),
        seed: 3,
    }
}

fn comparison() -> Result<Comparison> {
    compare::compare(&options(), &workload()?, &mut |_, _| true)
}

#[test]
fn every_strategy_has_a_column_and_its_known_costs() -> Result<()> {
    let found = comparison()?;
    let strategies: Vec<Strategy> = found.rows.iter().map(|row| row.strategy).collect();
    assert_eq!(strategies, Options::strategies());
    // Latency 20 and a line of eight beats, from the address offered to the last of them.
    assert_eq!((found.wire_reads.median, found.wire_reads.max), (27, 27));
    assert_eq!(found.flush_overhead, 0.0, "a trace has no cache");
    for row in &found.rows {
        let name = row.strategy;
        let added = if name == Strategy::S5 { 3 } else { 2 };
        assert_eq!(row.added_read.median, added, "{name}");
        assert!(row.added_write.median >= 13, "{name}: {row:?}");
        assert!(row.cycles > found.wire_cycles, "{name}");
        let periods = row.cycles / u64::from(PERIOD);
        assert!(
            (periods - 1..=periods).contains(&row.checkpoints),
            "{name}: {} checkpoints in {} cycles",
            row.checkpoints,
            row.cycles
        );
        assert!(
            row.pauses.max < 1_500 && row.pauses.median > 20,
            "{name}: {:?}",
            row.pauses
        );
        assert!(row.rolled_back_blocks >= 24, "{name}: {row:?}");
        assert_eq!(row.shadow_bytes > 0, name.uses_shadow(), "{name}");
        assert_eq!(row.ring_bytes > 0, name.uses_ring(), "{name}");
        assert_eq!(row.remote.is_some(), name == Strategy::S2, "{name}");
    }
    let s2 = found.rows.iter().find_map(|row| row.remote.zip(Some(row)));
    let (remote, s2) = s2.expect("S2 is compared");
    // An entry is a frame of three beats and its data, a mark one of three: 180 writes of eight beats, 60 of one.
    let frames = 180 * (3 + 8) + 60 * (3 + 1) + 3 * s2.checkpoints;
    assert_eq!((remote.sent, remote.repeats), (frames * 8, 0));
    assert_eq!(remote.answered % 24, 0, "acknowledgements have three beats");
    // One for each frame at most, and one for the slots that each checkpoint frees.
    let answers = 240 + 2 * s2.checkpoints;
    assert!(
        remote.answered > 0 && remote.answered <= answers * 24,
        "{remote:?}, {} checkpoints",
        s2.checkpoints
    );
    let granule = options().config.granule_bytes().into();
    assert_eq!(
        remote.image_bytes,
        (0x8000u64 + 8 * 64).next_multiple_of(granule)
    );
    assert!(
        s2.rollback < 200 && remote.takeover_at_release > s2.rolled_back_blocks * 8,
        "{} {remote:?}",
        s2.rollback
    );
    let of = |strategy| found.rows.iter().find(|row| row.strategy == strategy);
    if let (Some(s3), Some(s5), Some(s6)) = (of(Strategy::S3), of(Strategy::S5), of(Strategy::S6)) {
        assert!(
            s5.rollback < 100 && s3.rollback > 24 * 8,
            "{} {}",
            s5.rollback,
            s3.rollback
        );
        assert!(s3.pauses.mean > 2.0 * s5.pauses.mean && s3.pauses.mean > 24.0 * 8.0);
        // The first touch of a block in each interval is a read of it, an entry and a header.
        assert!(s6.traffic.extra / s6.checkpoints > 20 * (64 + 64 + 8));
        assert!(s6.added_write.mean > s3.added_write.mean + 20.0);
    }
    Ok(())
}

#[test]
fn a_comparison_becomes_a_table_and_pictures() -> Result<()> {
    let found = comparison()?;
    let text = to_markdown(&found);
    for row in &found.rows {
        assert!(text.contains(&format!("| {} |", row.strategy)), "{text}");
    }
    assert!(text.contains("| rollback after a period, cycles (blocks) |"));
    let link = text
        .lines()
        .find(|line| line.contains("on the link to the backup"));
    let fields: Vec<&str> = link.expect("S2 has a link").split(" | ").collect();
    let filled = fields[1..].iter().filter(|field| field.contains("KiB"));
    assert_eq!(filled.count(), 1, "S2 alone: {fields:?}");
    assert!(overview_svg(&found)?.contains("at a release"));
    let document = "before\n<!-- begin known -->\nold\n<!-- end known -->\nafter\n";
    let written = write_document(document, std::slice::from_ref(&found))?;
    assert!(written.starts_with("before\n") && written.ends_with("\nafter\n"));
    assert!(written.contains(&text) && !written.contains("old"));
    assert!(write_document("<!-- begin known -->", std::slice::from_ref(&found)).is_err());
    for picture in [overview_svg(&found)?, latencies_svg(&found)?] {
        assert!(picture.starts_with("<svg") && picture.contains("cycles"));
        for row in &found.rows {
            assert!(picture.contains(&row.strategy.to_string()));
        }
    }
    Ok(())
}

#[test]
fn what_cannot_be_compared_is_refused_before_it_is_run() -> Result<()> {
    let workload = workload()?;
    let refuse = |options: Options| {
        let result = compare::compare(&options, &workload, &mut |_, _| panic!("it ran"));
        result.expect_err("must be refused").to_string()
    };
    let with = |change: fn(&mut Options)| {
        let mut options = options();
        change(&mut options);
        refuse(options)
    };
    assert!(with(|options| options.period = 0).contains("period = 0: must be 1000"));
    assert!(with(|options| options.timing = MemoryTiming::Fixed(0)).contains("latency = 0"));
    assert!(with(|options| options.config.ports = 2).contains("ports = 2: must be 1"));
    assert!(with(|options| options.config.saves = 5).contains("saves"));
    let mut small = options();
    small.config.memory_size = Size(32 << 10);
    small.config.block_size = Size(64);
    assert!(refuse(small).contains("memory_size"));
    Ok(())
}

#[test]
fn a_comparison_can_be_given_up() -> Result<()> {
    let mut left = 3;
    let result = compare::compare(&options(), &workload()?, &mut |_, _| {
        left -= 1;
        left > 0
    });
    let said = format!("{:#}", result.expect_err("it was given up"));
    assert!(said.contains("interrupted"), "{said}");
    Ok(())
}
