//! Every rule of the monitors: broken by hand, cycle by cycle, on a wire whose both ends the test drives.

use crate::common;

use common::ends::{run, run_with, Ends};
use mch_sim::axi::{Attributes, Burst, MonitorOptions, Rule};

const WORD: Burst = Burst {
    id: 0,
    address: 0x1000,
    beats: 1,
    size: 3,
    kind: mch_sim::axi::BurstKind::Incr,
    attributes: Attributes {
        lock: false,
        cache: 0,
        prot: 0,
        qos: 0,
        user: 0,
    },
};

#[test]
fn legal_traffic_breaks_nothing() {
    let strict = MonitorOptions {
        in_order: true,
        stall_limit: Some(3),
        answer_limit: Some(20),
        ..MonitorOptions::default()
    };
    let broken = run_with(strict, |ends| {
        ends.aw(Burst::incr(0xff8, 1, 3));
        ends.w(0xff, true);
        ends.b(0, 2);
        // Data before its address, narrow, unaligned.
        ends.w(0b1000, false);
        ends.w(0b11_0000, true);
        ends.aw(Burst::incr(0x1003, 2, 1).with_id(3));
        ends.b(3, 0);
        ends.ar(Burst::wrap(0x38, 4, 3).with_id(1));
        ends.ar(WORD.with_id(2));
        (0..4).for_each(|beat| ends.r(1, beat == 3, 0));
        ends.r(2, true, 3);
        ends.ar(WORD.with_attributes(Attributes {
            lock: true,
            ..Attributes::default()
        }));
        ends.r(0, true, 1);
    });
    assert_eq!(broken, []);
}

#[test]
fn valid_held() {
    for (channel, driver, other) in [
        ("aw", 's', 'm'),
        ("w", 's', 'm'),
        ("ar", 's', 'm'),
        ("b", 'm', 's'),
        ("r", 'm', 's'),
    ] {
        let broken = run(|ends| {
            // Something for B and R to answer.
            ends.aw(WORD);
            ends.w(0xff, true);
            ends.ar(WORD);
            ends.set('m', "rlast", 1);
            ends.set(other, &format!("{channel}ready"), 0);
            ends.pulse(driver, channel);
        });
        assert_eq!(broken, [(Rule::ValidHeld.name(), 4)], "{channel}");
    }
}

#[test]
fn payload_stable() {
    for (channel, signal) in [
        ("aw", "addr"),
        ("aw", "id"),
        ("aw", "prot"),
        ("aw", "qos"),
        ("w", "data"),
        ("w", "strb"),
        ("ar", "addr"),
        ("ar", "len"),
    ] {
        let broken = run(|ends| {
            ends.put_address("aw", &WORD);
            ends.put_address("ar", &WORD);
            ends.set('s', "wlast", 1);
            ends.set('m', &format!("{channel}ready"), 0);
            ends.set('s', &format!("{channel}valid"), 1);
            ends.step();
            ends.set('s', &format!("{channel}{signal}"), 2);
            ends.set('m', &format!("{channel}ready"), 1);
            ends.step();
            ends.set('s', &format!("{channel}valid"), 0);
        });
        assert_eq!(
            broken,
            [(Rule::PayloadStable.name(), 1)],
            "{channel}{signal}"
        );
    }
    for (channel, signal) in [("b", "resp"), ("r", "data"), ("r", "resp")] {
        let broken = run(|ends| {
            ends.aw(WORD);
            ends.w(0xff, true);
            ends.ar(WORD);
            ends.set('m', "rlast", 1);
            ends.set('s', &format!("{channel}ready"), 0);
            ends.set('m', &format!("{channel}valid"), 1);
            ends.step();
            ends.set('m', &format!("{channel}{signal}"), 2);
            ends.set('s', &format!("{channel}ready"), 1);
            ends.step();
            ends.set('m', &format!("{channel}valid"), 0);
        });
        assert_eq!(
            broken,
            [(Rule::PayloadStable.name(), 4)],
            "{channel}{signal}"
        );
    }
}

#[test]
fn valid_in_reset() {
    for (side, channel) in [('s', "aw"), ('s', "w"), ('s', "ar"), ('m', "b"), ('m', "r")] {
        let mut ends = Ends::new(MonitorOptions::default());
        ends.set(side, &format!("{channel}valid"), 1);
        ends.simulation.reset(2).unwrap();
        ends.set(side, &format!("{channel}valid"), 0);
        assert_eq!(ends.broken(), [(Rule::ValidInReset.name(), 1)], "{channel}");
    }
}

#[test]
fn burst_rules() {
    let with = |lock, cache, burst: Burst| {
        burst.with_attributes(Attributes {
            lock,
            cache,
            ..Attributes::default()
        })
    };
    let reserved = Burst {
        kind: mch_sim::axi::BurstKind::Reserved,
        ..WORD
    };
    for (rule, burst) in [
        (Rule::BurstKind, reserved),
        (Rule::BurstWidth, Burst::incr(0, 1, 4)),
        (Rule::BurstBoundary, Burst::incr(0xff8, 2, 3)),
        (Rule::WrapLength, Burst::wrap(0, 3, 3)),
        (Rule::WrapAlignment, Burst::wrap(4, 2, 3)),
        (Rule::FixedLength, Burst::fixed(0, 17, 3)),
        (Rule::ExclusiveShape, with(true, 0, Burst::incr(8, 2, 3))),
        (Rule::CacheCode, with(false, 0b1000, WORD)),
    ] {
        assert_eq!(
            run(|ends| ends.aw(burst)),
            [(rule.name(), 0)],
            "AW {burst:?}"
        );
        assert_eq!(
            run(|ends| ends.ar(burst)),
            [(rule.name(), 0)],
            "AR {burst:?}"
        );
    }
}

#[test]
fn wlast_position() {
    let early = run(|ends| {
        ends.aw(Burst::incr(0, 2, 3));
        ends.w(0xff, true);
    });
    assert_eq!(early, [(Rule::WlastPosition.name(), 1)]);
    let missing = run(|ends| {
        ends.aw(WORD);
        ends.w(0xff, false);
    });
    assert_eq!(missing, [(Rule::WlastPosition.name(), 1)]);
    let before_its_address = run(|ends| {
        ends.w(0xff, true);
        ends.aw(Burst::incr(0, 2, 3));
    });
    assert_eq!(before_its_address, [(Rule::WlastPosition.name(), 1)]);
}

#[test]
fn strobe_lanes() {
    let narrow = Burst::incr(0x1002, 1, 1);
    let data_last = run(|ends| {
        ends.aw(narrow);
        ends.w(0b1_1100, true);
    });
    assert_eq!(data_last, [(Rule::StrobeLanes.name(), 1)]);
    let data_first = run(|ends| {
        ends.w(0b1_1100, true);
        ends.aw(narrow);
    });
    assert_eq!(data_first, [(Rule::StrobeLanes.name(), 1)]);
    let unaligned = run(|ends| {
        ends.aw(Burst::incr(0x1003, 1, 3));
        ends.w(0xff, true);
    });
    assert_eq!(unaligned, [(Rule::StrobeLanes.name(), 1)]);
}

#[test]
fn response_too_early() {
    let before_the_last_beat = run(|ends| {
        ends.aw(Burst::incr(0, 2, 3));
        ends.w(0xff, false);
        ends.b(0, 0);
    });
    assert_eq!(before_the_last_beat, [(Rule::ResponseTooEarly.name(), 2)]);
    let with_the_last_beat = run(|ends| {
        ends.aw(WORD);
        ends.set('m', "bvalid", 1);
        ends.w(0xff, true);
        ends.set('m', "bvalid", 0);
    });
    assert_eq!(with_the_last_beat, [(Rule::ResponseTooEarly.name(), 1)]);
    let before_the_address = run(|ends| {
        ends.w(0xff, true);
        ends.b(0, 0);
    });
    assert_eq!(before_the_address, [(Rule::ResponseTooEarly.name(), 1)]);
}

#[test]
fn response_id() {
    let unknown = run(|ends| {
        ends.aw(WORD.with_id(1));
        ends.w(0xff, true);
        ends.b(2, 0);
    });
    assert_eq!(unknown, [(Rule::ResponseId.name(), 2)]);
    let twice = run(|ends| {
        ends.aw(WORD);
        ends.w(0xff, true);
        ends.b(0, 0);
        ends.b(0, 0);
    });
    assert_eq!(twice, [(Rule::ResponseId.name(), 3)]);
}

#[test]
fn read_id() {
    let unknown = run(|ends| {
        ends.ar(WORD.with_id(1));
        ends.r(2, true, 0);
    });
    assert_eq!(unknown, [(Rule::ReadId.name(), 1)]);
    let with_the_address = run(|ends| {
        ends.set('m', "rlast", 1);
        ends.set('m', "rvalid", 1);
        ends.ar(WORD);
        ends.set('m', "rvalid", 0);
    });
    assert_eq!(with_the_address, [(Rule::ReadId.name(), 0)]);
    let after_the_last_beat = run(|ends| {
        ends.ar(WORD);
        ends.r(0, true, 0);
        ends.r(0, true, 0);
    });
    assert_eq!(after_the_last_beat, [(Rule::ReadId.name(), 2)]);
}

#[test]
fn rlast_position() {
    let early = run(|ends| {
        ends.ar(Burst::incr(0, 2, 3));
        ends.r(0, true, 0);
    });
    assert_eq!(early, [(Rule::RlastPosition.name(), 1)]);
    let missing = run(|ends| {
        ends.ar(WORD);
        ends.r(0, false, 0);
    });
    assert_eq!(missing, [(Rule::RlastPosition.name(), 1)]);
    // Two reads of one identifier answered in the wrong order.
    let swapped = run(|ends| {
        ends.ar(Burst::incr(0, 2, 3));
        ends.ar(WORD);
        ends.r(0, true, 0);
    });
    assert_eq!(swapped, [(Rule::RlastPosition.name(), 2)]);
}

#[test]
fn exclusive_response() {
    let write = run(|ends| {
        ends.aw(WORD);
        ends.w(0xff, true);
        ends.b(0, 1);
    });
    assert_eq!(write, [(Rule::ExclusiveResponse.name(), 2)]);
    let read = run(|ends| {
        ends.ar(WORD);
        ends.r(0, true, 1);
    });
    assert_eq!(read, [(Rule::ExclusiveResponse.name(), 1)]);
}

#[test]
fn in_order() {
    let options = MonitorOptions {
        in_order: true,
        ..MonitorOptions::default()
    };
    let writes = |ends: &mut Ends| {
        ends.aw(WORD.with_id(1));
        ends.aw(WORD.with_id(2));
        ends.w(0xff, true);
        ends.w(0xff, true);
        ends.b(2, 0);
    };
    assert_eq!(run_with(options, writes), [(Rule::InOrder.name(), 4)]);
    assert_eq!(run(writes), []);
    let reads = |ends: &mut Ends| {
        ends.ar(Burst::incr(0, 2, 3).with_id(1));
        ends.ar(WORD.with_id(2));
        ends.r(1, false, 0);
        ends.r(2, true, 0);
        ends.r(1, true, 0);
    };
    assert_eq!(run_with(options, reads), [(Rule::InOrder.name(), 3)]);
    assert_eq!(run(reads), []);
}

#[test]
fn stalled_and_unanswered() {
    let options = MonitorOptions {
        stall_limit: Some(5),
        ..MonitorOptions::default()
    };
    let stalled = run_with(options, |ends| {
        ends.set('m', "arready", 0);
        ends.set('s', "arvalid", 1);
        ends.put_address("ar", &WORD);
        (0..9).for_each(|_| ends.step());
    });
    assert_eq!(stalled, [(Rule::Stalled.name(), 5)]);
    let options = MonitorOptions {
        answer_limit: Some(7),
        ..MonitorOptions::default()
    };
    let unanswered = run_with(options, |ends| {
        ends.ar(WORD);
        ends.aw(WORD);
        (0..12).for_each(|_| ends.step());
    });
    assert_eq!(
        unanswered,
        [(Rule::Unanswered.name(), 7), (Rule::Unanswered.name(), 8)]
    );
}

#[test]
fn lite_rules() {
    let run = |script: fn(&mut Ends)| {
        let mut ends = Ends::lite();
        script(&mut ends);
        ends.broken()
    };
    let legal = run(|ends| {
        ends.set('s', "wstrb", 0xf);
        ends.pulse('s', "w");
        ends.pulse('s', "aw");
        ends.pulse('m', "b");
        ends.pulse('s', "ar");
        ends.pulse('m', "r");
    });
    assert_eq!(legal, []);
    assert_eq!(
        run(|ends| ends.pulse('m', "b")),
        [(Rule::ResponseId.name(), 0)]
    );
    assert_eq!(run(|ends| ends.pulse('m', "r")), [(Rule::ReadId.name(), 0)]);
    let early = run(|ends| {
        ends.pulse('s', "aw");
        ends.pulse('m', "b");
    });
    assert_eq!(early, [(Rule::ResponseTooEarly.name(), 1)]);
    let exclusive = run(|ends| {
        ends.pulse('s', "ar");
        ends.set('m', "rresp", 1);
        ends.pulse('m', "r");
    });
    assert_eq!(exclusive, [(Rule::ExclusiveResponse.name(), 1)]);
    let fell = run(|ends| {
        ends.set('m', "arready", 0);
        ends.pulse('s', "ar");
    });
    assert_eq!(fell, [(Rule::ValidHeld.name(), 1)]);
    let changed = run(|ends| {
        ends.set('m', "wready", 0);
        ends.set('s', "wvalid", 1);
        ends.step();
        ends.set('s', "wdata", 1);
    });
    assert_eq!(changed, [(Rule::PayloadStable.name(), 1)]);
    let in_reset = run(|ends| {
        ends.set('s', "arvalid", 1);
        ends.simulation.reset(2).unwrap();
        ends.set('s', "arvalid", 0);
    });
    assert_eq!(in_reset, [(Rule::ValidInReset.name(), 1)]);
    let refused = common::wire(64, 1).add_lite_monitor("s_axi", MonitorOptions::default());
    assert!(refused.is_err_and(|error| error.to_string().contains("not AXI4-Lite")));
}
