//! Injected errors, freedoms of order, and managers that die.

use crate::common;

use mch_sim::axi::{
    AxiManager, AxiSubordinate, Burst, Channel, Death, ManagerOptions, MonitorOptions, Reorder,
    Response, SubordinateOptions, WriteApply, WriteRequest,
};
use mch_sim::memory::{Fault, Latency};
use mch_sim::{Handle, Pacing, Simulation};

type Ends = (Simulation, Handle<AxiManager>, Handle<AxiSubordinate>);

fn bench(options: SubordinateOptions) -> Ends {
    let mut simulation = common::wire(64, 5);
    let manager = simulation
        .add_manager("s_axi", ManagerOptions::default())
        .unwrap();
    let subordinate = simulation.add_subordinate("m_axi", options).unwrap();
    simulation
        .add_monitor("s_axi", MonitorOptions::default())
        .unwrap();
    simulation.reset(2).unwrap();
    (simulation, manager, subordinate)
}

fn word(address: u64, byte: u8) -> WriteRequest {
    WriteRequest::new(Burst::incr(address, 1, 3), [byte; 8])
}

#[test]
fn errors_come_where_and_when_they_are_asked_for() {
    let (mut simulation, manager, subordinate) = bench(SubordinateOptions::default());
    let faults = simulation[subordinate].faults();
    faults.add(Fault::on(0x1000..0x1010).writes().once(2));
    faults.add(Fault {
        apply_write: true,
        ..Fault::on(0x2000..0x2008).writes().decode_error()
    });
    faults.add(Fault::on(0x3010..0x3018).reads());
    let mut write = |address, byte| {
        let ticket = simulation[manager].write(word(address, byte)).unwrap();
        simulation
            .complete(manager, ticket, 100)
            .unwrap()
            .response()
    };
    assert_eq!(write(0x1008, 1), Response::Okay);
    assert_eq!(write(0x1008, 2), Response::SlvErr, "the second access");
    assert_eq!(write(0x1000, 3), Response::Okay, "once");
    assert_eq!(write(0x2000, 4), Response::DecErr);
    assert_eq!(write(0x2008, 5), Response::Okay, "outside the range");
    let memory = simulation[subordinate].memory();
    assert_eq!(memory.byte(0x1008), 1, "a write that failed is not applied");
    assert_eq!(memory.byte(0x2000), 4, "unless asked for");
    let ticket = simulation[manager].read(Burst::incr(0x3000, 4, 3)).unwrap();
    let completed = simulation.complete(manager, ticket, 100).unwrap();
    let (okay, error) = (Response::Okay, Response::SlvErr);
    assert_eq!(
        completed.responses,
        [okay, okay, error, okay],
        "only the beat in the range"
    );
    assert_eq!(simulation[subordinate].faults().injected(), 3);
}

#[test]
fn traffic_is_counted_by_identifier_and_range() {
    let (mut simulation, manager, subordinate) = bench(SubordinateOptions::default());
    let watched = simulation[subordinate]
        .statistics_mut()
        .watch(0x4000..0x5000);
    for (id, address, beats) in [(1, 0x4000, 4), (1, 0x5000, 8), (2, 0x4ff8, 1)] {
        simulation[manager]
            .read(Burst::incr(address, beats, 3).with_id(id))
            .unwrap();
    }
    simulation[manager].write(word(0x4000, 1)).unwrap();
    simulation.run_until_idle(manager, 100).unwrap();
    let statistics = simulation[subordinate].statistics();
    assert_eq!(
        (statistics.total().reads, statistics.total().read_beats),
        (3, 13)
    );
    assert_eq!(
        (statistics.total().writes, statistics.total().write_beats),
        (1, 1)
    );
    assert_eq!(
        (statistics.id(1).reads, statistics.id(1).read_beats),
        (2, 12)
    );
    let range = statistics.watched(watched);
    assert_eq!((range.reads, range.read_beats, range.writes), (2, 5, 1));
}

#[test]
fn answers_are_reordered_across_identifiers_only_when_allowed() {
    let orders = |reorder| {
        let (mut simulation, manager, _) = bench(SubordinateOptions {
            reorder,
            read_latency: Latency::Random { min: 1, max: 40 },
            ..Default::default()
        });
        for index in 0..40 {
            let id = index % 4;
            simulation[manager]
                .read(Burst::incr(index * 64, 4, 3).with_id(id as u32))
                .unwrap();
        }
        simulation.run_until_idle(manager, 4000).unwrap();
        let completed = simulation[manager].take_completed();
        let interleaved = completed
            .iter()
            .any(|one| one.timing.last_data - one.timing.first_data > 3);
        let in_order = completed
            .windows(2)
            .all(|pair| pair[0].ticket < pair[1].ticket);
        for id in 0..4 {
            let tickets = completed
                .iter()
                .filter(|one| one.burst.id == id)
                .map(|one| one.ticket);
            assert!(tickets.is_sorted(), "one identifier stays in order");
        }
        (in_order, interleaved)
    };
    assert_eq!(orders(Reorder::InOrder), (true, false));
    assert_eq!(orders(Reorder::AcrossIds), (false, false));
    assert_eq!(orders(Reorder::Interleaved), (false, true));
}

#[test]
fn a_write_becomes_visible_when_asked() {
    for (apply, early) in [(WriteApply::LastBeat, 7), (WriteApply::Response, 0)] {
        let (mut simulation, manager, subordinate) = bench(SubordinateOptions {
            write_apply: apply,
            write_latency: Latency::Fixed(50),
            ..Default::default()
        });
        simulation[manager].write(word(0, 7)).unwrap();
        simulation.run(20).unwrap();
        assert_eq!(
            simulation[subordinate].memory().byte(0),
            early,
            "{apply:?}, before B"
        );
        simulation.run_until_idle(manager, 100).unwrap();
        assert_eq!(simulation[subordinate].memory().byte(0), 7);
    }
}

#[test]
fn a_manager_dies_in_the_middle_of_its_burst() {
    for (death, ready) in [(Death::Silent, 0), (Death::Draining, 1), (Death::Frozen, 0)] {
        let (mut simulation, manager, subordinate) = bench(SubordinateOptions::default());
        let burst = Burst::incr(0x100, 8, 3);
        let ticket = simulation[manager]
            .write(WriteRequest::new(burst, [9; 64]))
            .unwrap();
        simulation[manager].die_at_beat(ticket, 4, death);
        simulation.run(100).unwrap();
        assert!(simulation[manager].is_dead());
        assert_eq!(simulation[manager].beats(), (5, 0), "beats 0 to 4, no more");
        let [valid, ready_pin] =
            ["s_axi_wvalid", "s_axi_bready"].map(|name| simulation.pin(name).unwrap());
        assert_eq!(
            (simulation.get(valid), simulation.get(ready_pin)),
            (0, ready),
            "{death:?}"
        );
        assert_eq!(
            simulation[subordinate].memory().byte(0x100),
            0,
            "the burst leaves no trace"
        );
        assert_eq!(simulation[manager].revive(), [ticket]);
    }
}

#[test]
fn a_frozen_manager_keeps_valid_up_and_a_silent_one_breaks_the_rule() {
    for (death, valid, rules) in [
        (Death::Frozen, 1, vec![]),
        (Death::Silent, 0, vec!["valid-held"]),
    ] {
        let (mut simulation, manager, subordinate) = bench(SubordinateOptions::default());
        simulation[subordinate].set_pacing(Channel::Ar, Pacing::Never);
        simulation.run(1).unwrap();
        simulation.tolerate_violations(true);
        simulation[manager].read(Burst::incr(0, 1, 3)).unwrap();
        simulation.run(5).unwrap();
        simulation[manager].die(death);
        simulation.run(5).unwrap();
        let pin = simulation.pin("s_axi_arvalid").unwrap();
        assert_eq!(simulation.get(pin), valid, "{death:?}");
        let broken: Vec<_> = simulation.violations().iter().map(|one| one.rule).collect();
        assert_eq!(broken, rules);
    }
}

#[test]
fn a_revived_manager_works_on_and_counts_strays() {
    let (mut simulation, manager, _) = bench(SubordinateOptions::with_latency(30));
    let lost = simulation[manager]
        .read(Burst::incr(0, 4, 3).with_id(3))
        .unwrap();
    simulation.run(10).unwrap();
    simulation[manager].die(Death::Draining);
    simulation.run(5).unwrap();
    assert_eq!(simulation[manager].revive(), [lost]);
    simulation[manager].ignore_strays(true);
    simulation.run(60).unwrap();
    assert_eq!(
        simulation[manager].strays(),
        4,
        "the beats of the lost read"
    );
    let bytes = [1, 2, 3];
    simulation.write_bytes(manager, 0x77, &bytes, 200).unwrap();
    assert_eq!(
        simulation.read_bytes(manager, 0x77, 3, 200).unwrap().0,
        bytes
    );
}

#[test]
fn a_manager_reports_an_answer_to_nothing() {
    let answer = |prepare: fn(&mut AxiManager), channel: &str| {
        let mut simulation = common::wire(64, 5);
        let manager = simulation
            .add_manager("s_axi", ManagerOptions::default())
            .unwrap();
        simulation.reset(1).unwrap();
        for ready in ["aw", "ar"] {
            let pin = simulation.pin(&format!("m_axi_{ready}ready")).unwrap();
            simulation.set(pin, 1);
        }
        prepare(&mut simulation[manager]);
        simulation.run(5).unwrap();
        let valid = simulation.pin(&format!("m_axi_{channel}valid")).unwrap();
        simulation.set(valid, 1);
        simulation
            .run(2)
            .err()
            .map(|failure| failure.to_string())
            .unwrap_or_default()
    };
    let message = answer(|manager| drop(manager.write(word(0, 1))), "b");
    assert!(
        message.contains("B with id 0 answers no complete write"),
        "{message}"
    );
    let message = answer(
        |manager| drop(manager.read(Burst::incr(0, 1, 3).with_id(1))),
        "r",
    );
    assert!(message.contains("R with id 0 answers no read"), "{message}");
    let message = answer(|manager| drop(manager.read(Burst::incr(0, 1, 3))), "r");
    assert!(
        message.contains("RLAST is false in beat 0 of 1, id 0"),
        "{message}"
    );
}

#[test]
fn a_time_out_says_what_is_missing() {
    let (mut simulation, manager, subordinate) = bench(SubordinateOptions::default());
    simulation[subordinate].set_pacing(Channel::R, Pacing::Never);
    simulation[manager].read(Burst::incr(0, 1, 3)).unwrap();
    let message = simulation
        .run_until_idle(manager, 50)
        .unwrap_err()
        .to_string();
    for part in [
        "not within 50 cycles: the manager is idle",
        "manager s_axi: 0 writes pending (0 in flight), 1 reads pending (1 in flight)",
        "subordinate m_axi: 1 reads and 0 writes pending",
        "(seed 0x5, cycle 52)",
    ] {
        assert!(message.contains(part), "{part:?} in {message}");
    }
}

#[test]
fn impossible_requests_are_refused_with_their_values() {
    let (mut simulation, manager, _) = bench(SubordinateOptions::default());
    let manager = &mut simulation[manager];
    let mut refuse = |burst: Burst, part: &str| {
        let message = manager.read(burst).unwrap_err().to_string();
        assert!(message.contains(part), "{part:?} in {message}");
    };
    refuse(Burst::incr(0xff8, 2, 3), "CrossesBoundary");
    refuse(Burst::incr(0, 1, 3).with_id(256), "id 256 in 8 bits");
    refuse(
        Burst::incr(1 << 40, 1, 3),
        "address 0x10000000000 in 40 bits",
    );
    let short = WriteRequest::new(Burst::incr(0, 2, 3), [0; 15]);
    let message = manager.write(short).unwrap_err().to_string();
    assert!(message.contains("15 bytes for a burst of 16"), "{message}");
    let strobes = word(4, 0);
    let strobes = WriteRequest {
        burst: Burst::incr(4, 1, 2),
        payload: vec![0; 4],
        ..strobes
    };
    let message = manager
        .write(strobes.with_strobes([0x1f]))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("strobes 0x1f in beat 0; the burst's lanes are 0xf0"),
        "{message}"
    );
}

#[test]
fn agents_refuse_the_wrong_end_of_a_port() {
    let mut simulation = common::wire(64, 1);
    let options = SubordinateOptions::default();
    let message = simulation
        .add_subordinate("s_axi", options)
        .err()
        .unwrap()
        .to_string();
    assert!(message.contains("needs a manager"), "{message}");
    let message = simulation
        .add_manager("m_axi", ManagerOptions::default())
        .err()
        .unwrap()
        .to_string();
    assert!(message.contains("needs a subordinate"), "{message}");
    let message = simulation
        .add_manager("x_axi", ManagerOptions::default())
        .err()
        .unwrap()
        .to_string();
    assert!(message.contains("x_axi_wvalid"), "{message}");
}
