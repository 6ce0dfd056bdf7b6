//! Traces replayed through the unit: every read, and every byte at the end, with faults and without.

use anyhow::Result;
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use mch_verification::simulate::{replay, Fault, MemoryTiming, Options, Report};
use mch_verification::trace::{self, Event, Kind};

fn options(strategy: Strategy) -> Options {
    Options {
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
        waveform: None,
    }
}

/// Two guests that write and read back over some blocks, each with a checkpoint and a fault half way.
fn events() -> Result<Vec<Event>> {
    events_over(0x10000, 0x2000)
}

/// The same, with regions of `region` bytes of which the first `bytes` are used.
fn events_over(region: u64, bytes: u64) -> Result<Vec<Event>> {
    let mut text = String::new();
    for step in 0..120u64 {
        let time = step * 20;
        for guest in 0..2u64 {
            let address = guest * region + step * 0x1b8 % bytes + guest;
            let data: String = (0..40)
                .map(|byte| format!("{:02x}", (step * 7 + byte) & 255))
                .collect();
            text += &format!("{time} {guest} W {address:x} {data}\n");
            text += &format!("{time} {guest} R {address:x} 64\n");
        }
        match step {
            40 => text += &format!("{time} 0 C\n"),
            60 => text += &format!("{time} 1 B\n"),
            80 => text += &format!("{time} 0 B\n{time} 1 C\n"),
            _ => {}
        }
    }
    Ok(trace::parse(&text)?)
}

fn run(options: &Options) -> Result<Report> {
    replay(options, &events()?, |_| true)
}

/// How many rollbacks find time depends on the copies that each waits for; that every image is right does not.
#[test]
fn guests_end_right_beside_copies_in_the_background() -> Result<()> {
    let report = run(&options(Strategy::S4))?;
    assert!(report.images_checked >= 4, "{}", report.images_checked);
    for report in &report.guests {
        assert!(
            report.rollbacks >= 1 && report.log_entries == 0,
            "{report:?}"
        );
    }
    Ok(())
}

#[test]
fn guests_end_right_beside_drains_in_the_background() -> Result<()> {
    let quiet = run(&options(Strategy::S1))?;
    for report in &quiet.guests {
        assert!(
            report.rollbacks >= 1 && report.log_entries > 120,
            "{report:?}"
        );
    }
    for seed in 1..4 {
        let broken = run(&Options {
            period: 700,
            faults: Fault::random(12, seed, 2, 2380),
            ..options(Strategy::S1)
        })?;
        assert_eq!(broken.guests.iter().map(|g| g.faults).sum::<u64>(), 2 + 12);
        assert!(broken.images_checked >= 4, "{}", broken.images_checked);
    }
    Ok(())
}

#[test]
fn guests_end_right_whatever_breaks() -> Result<()> {
    for strategy in [Strategy::S3, Strategy::S6] {
        let quiet = run(&options(strategy))?;
        assert_eq!(
            quiet.images_checked,
            2 * 2 + 2,
            "after two rollbacks and at the end"
        );
        for (guest, report) in quiet.guests.iter().enumerate() {
            assert_eq!(report.faults, 1, "guest {guest}");
            assert_eq!(report.checkpoints, 1, "guest {guest}: {report:?}");
            assert!(
                report.rollbacks >= 1 && report.writes.count > 120,
                "{report:?}"
            );
            assert_eq!(
                report.log_entries > 0,
                strategy == Strategy::S6,
                "{report:?}"
            );
        }
        let broken = run(&Options {
            period: 700,
            faults: Fault::random(12, 3, 2, 2380),
            ..options(strategy)
        })?;
        assert_eq!(broken.guests.iter().map(|g| g.faults).sum::<u64>(), 2 + 12);
        assert!(
            broken.guests.iter().all(|g| g.checkpoints > 1),
            "{broken:?}"
        );
        assert_eq!(run(&options(strategy))?, quiet, "the same again");
    }
    Ok(())
}

#[test]
fn a_small_log_starts_checkpoints() -> Result<()> {
    let mut small = Options {
        log_size: Some(Size(32 << 10)),
        timing: MemoryTiming::Dram,
        ..options(Strategy::S6)
    };
    // 112 entries, half of them the mark; the 80 blocks written after a guest's own checkpoint pass it.
    small.config.block_size = Size(256);
    small.config.memory_size = Size(256 << 10);
    let report = replay(&small, &events_over(0x20000, 0x8000)?, |_| true)?;
    assert!(report.guests.iter().all(|guest| guest.checkpoints >= 2));
    Ok(())
}

#[test]
fn what_cannot_be_replayed_is_refused() -> Result<()> {
    let refusal = |options: &Options, text: &str| -> Result<String> {
        let refused = replay(options, &trace::parse(text)?, |_| true);
        Ok(format!("{:#}", refused.expect_err("must be refused")))
    };
    let good = options(Strategy::S3);
    assert!(refusal(&good, "0 0 C\n5 0 R ffff 2\n")?.starts_with("trace line 2: 2 bytes at 0xffff"));
    assert!(refusal(&good, "0 2 C")?.starts_with("trace line 1: guest 2"));
    let other = Options {
        config: Config {
            strategies: vec![Strategy::S6],
            ..good.config.clone()
        },
        ..good.clone()
    };
    assert!(refusal(&other, "0 0 C")?.starts_with("strategy = S3"));
    let late = Options {
        faults: vec![Fault { guest: 0, cycle: 1 }],
        ..good.clone()
    };
    assert!(refusal(&late, "0 0 C")?.starts_with("fault at cycle 1"));
    let small = Options {
        log_size: Some(Size(1000)),
        ..options(Strategy::S6)
    };
    assert!(refusal(&small, "0 0 C")?.starts_with("log_size = 1000"));
    Ok(())
}

#[test]
fn a_replay_can_be_given_up() -> Result<()> {
    let given_up = replay(&options(Strategy::S3), &events()?, |_| false);
    let message = given_up.expect_err("given up").to_string();
    assert!(message.starts_with("interrupted"), "{message}");
    Ok(())
}

/// Guests of S2 cannot be broken by themselves: the same without faults, and what the second computer holds in the end.
#[test]
fn the_second_computer_has_every_guests_checkpoint_in_the_end() -> Result<()> {
    let options = Options {
        config: Config {
            strategies: vec![Strategy::S2],
            link: true,
            ..options(Strategy::S2).config
        },
        ..options(Strategy::S2)
    };
    let refused = run(&options).expect_err("guests are broken").to_string();
    assert!(
        refused.contains("under S2") && refused.contains("mch demo"),
        "{refused}"
    );
    let mut events = events()?;
    events.retain(|event| event.kind != Kind::Rollback);
    for (period, log_size) in [(0, None), (900, Some(Size(32 << 10)))] {
        let options = Options {
            period,
            log_size,
            ..options.clone()
        };
        let report = replay(&options, &events, |_| true)?;
        assert_eq!(report.images_checked, 2 + 2, "here and there");
        for guest in &report.guests {
            // 40 bytes of a block or of two are as many entries, the 120 writes no fewer.
            assert!((120..=360).contains(&guest.log_entries), "{guest:?}");
            assert!(
                guest.checkpoints >= 1 && guest.takeover.is_some(),
                "{guest:?}"
            );
        }
    }
    let broken = Options {
        faults: Fault::random(1, 3, 2, 100),
        ..options
    };
    let refused = replay(&broken, &events, |_| true).expect_err("a fault");
    assert!(refused.to_string().contains("mch demo"), "{refused}");
    Ok(())
}
