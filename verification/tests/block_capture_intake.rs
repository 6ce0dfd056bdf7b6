//! `capture_intake`: every request gets the next slot of its guest's ring, in the order in which it goes on; none is lost, none waits for ever.

use crate::front;

use front::{build, seeds, Dut, Seeded};
use mch_hdl::blocks::CaptureIntake;
use mch_spec::{Config, Strategy};
use rand::Rng;
use std::collections::VecDeque;

/// A port's request as it is offered: guest, block, first and last unit.
type Request = [u64; 4];

/// Ports and guests of these tests.
const PORTS: usize = 3;
const GUESTS: usize = 3;

fn library() -> std::sync::Arc<verilated::Library> {
    let config = Config {
        ports: PORTS as u32,
        guests: GUESTS as u32,
        regions: GUESTS as u32,
        strategies: vec![Strategy::S1, Strategy::S6],
        ..Config::default()
    };
    build(&CaptureIntake::new(&config))
}

fn offer(dut: &mut Dut, port: usize, request: Option<Request>) {
    dut.set(&format!("capture_valid_{port}"), request.is_some().into());
    let [guest, block, first, last] = request.unwrap_or_default();
    dut.set(&format!("capture_guest_{port}"), guest);
    dut.set(&format!("capture_block_{port}"), block);
    dut.set(&format!("capture_first_{port}"), first);
    dut.set(&format!("capture_last_{port}"), last);
}

#[test]
fn requests_and_copies_go_on_in_turn_and_slots_follow_their_order() {
    let library = library();
    for seed in seeds(20) {
        let mut random = Seeded::new(seed);
        let rng = &mut random.rng;
        let mut dut = Dut::new(&library, seed);
        let mut offered: [Option<Request>; PORTS] = [None; PORTS];
        // What has been taken of each port, and not yet gone on.
        let mut taken: [VecDeque<Request>; PORTS] = Default::default();
        let mut tails = [0u64; GUESTS];
        let mut save: Option<u64> = None;
        let (mut captures, mut saves, mut serial) = (0, 0, 0);
        let (mut busy_ports, mut busy_saves) = (true, true);
        // Turns that one has waited while the other went on.
        let (mut capture_waits, mut save_waits) = (0, 0);
        for cycle in 0..4_000u64 {
            if cycle % 200 == 0 {
                busy_ports = rng.random();
                busy_saves = rng.random();
            }
            for (port, request) in offered.iter_mut().enumerate() {
                if request.is_none() && (busy_ports || rng.random_ratio(1, 6)) {
                    serial += 1;
                    *request = Some([
                        rng.random_range(0..GUESTS as u64),
                        serial % (1 << 18),
                        rng.random_range(0..8),
                        rng.random_range(0..8),
                    ]);
                }
                offer(&mut dut, port, *request);
            }
            if save.is_none() && (busy_saves || rng.random_ratio(1, 6)) {
                save = Some(rng.random_range(0..1 << 18));
            }
            dut.set("save_valid", save.is_some().into());
            dut.set("save_block", save.unwrap_or_default());
            dut.set("save_slot", save.unwrap_or_default() ^ 0x155);
            dut.set("save_ticket", save.unwrap_or_default() & 15);
            dut.set("save_guest", save.unwrap_or_default() % GUESTS as u64);
            for (guest, tail) in tails.iter().enumerate() {
                dut.set(&format!("ring_tail_{guest}"), *tail);
            }
            let ready = rng.random_ratio(3, 4);
            dut.set("out_ready", ready.into());
            let done = rng.random_ratio(1, 4).then(|| rng.random_range(0..PORTS));
            dut.set("done_valid", done.is_some().into());
            dut.set("done_port", done.unwrap_or_default() as u64);
            dut.settle();
            for port in 0..PORTS {
                assert_eq!(
                    dut.get(&format!("complete_{port}")) == 1,
                    done == Some(port),
                    "cycle {cycle}, seed {seed}"
                );
            }
            let goes = dut.get("out_valid") == 1 && ready;
            let is_capture = dut.get("out_captures") == 1;
            let waiting = taken.iter().any(|queue| !queue.is_empty());
            let captured: Vec<usize> = (0..GUESTS)
                .filter(|guest| dut.get(&format!("captured_{guest}")) == 1)
                .collect();
            assert_eq!(dut.get("save_ready") == 1, ready && !is_capture);
            if goes && is_capture {
                let port = dut.get("out_ticket") as usize;
                let wanted = taken[port].pop_front().expect("a request of that port");
                let guest = wanted[0] as usize;
                let found = ["guest", "block", "first", "last"];
                let found = found.map(|name| dut.get(&format!("out_{name}")));
                assert_eq!(found, wanted, "cycle {cycle}, seed {seed}");
                assert_eq!(dut.get("out_slot"), tails[guest]);
                assert_eq!(captured, [guest]);
                tails[guest] = (tails[guest] + 1) % 448;
                captures += 1;
                capture_waits = 0;
                save_waits += u64::from(save.is_some());
            } else {
                assert!(captured.is_empty(), "cycle {cycle}, seed {seed}");
            }
            if goes && !is_capture {
                let block = save.take().expect("a copy of the tracker's");
                assert_eq!(dut.get("out_block"), block);
                assert_eq!(dut.get("out_slot"), block ^ 0x155);
                assert_eq!(dut.get("out_ticket"), block & 15);
                assert_eq!(dut.get("out_last"), 127, "all of the block");
                saves += 1;
                save_waits = 0;
                capture_waits += u64::from(waiting);
            }
            assert!(capture_waits <= 1 && save_waits <= 1, "they take turns");
            for port in 0..PORTS {
                if dut.get(&format!("capture_ready_{port}")) == 1 {
                    if let Some(request) = offered[port].take() {
                        taken[port].push_back(request);
                    }
                }
            }
            dut.tick();
        }
        assert!(captures > 500 && saves > 500, "{captures}, {saves}");
    }
}

#[test]
fn a_request_goes_on_in_the_next_cycle_and_ports_take_turns() {
    let library = library();
    let mut dut = Dut::new(&library, 1);
    dut.set("out_ready", 1);
    for port in 0..PORTS {
        offer(&mut dut, port, Some([port as u64, port as u64, 1, 2]));
    }
    let mut order = Vec::new();
    for cycle in 0..10 {
        dut.settle();
        assert_eq!(dut.get("out_valid"), u64::from(cycle > 0));
        if cycle > 0 {
            order.push(dut.get("out_ticket"));
        }
        dut.tick();
    }
    // One a cycle, and each third one of the same port.
    assert_eq!(order[..6], order[3..]);
    let mut first = order[..3].to_vec();
    first.sort_unstable();
    assert_eq!(first, [0, 1, 2]);
}
