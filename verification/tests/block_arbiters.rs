//! `read_arbiter` and `write_arbiter` with sources and a memory that are modelled here: every request arrives unchanged under its source's
//! number, a request shown is not withdrawn, beats follow in the order of the grants, and everything that comes back reaches its source.
#![allow(clippy::needless_range_loop)] // ports and guests are numbers here, with many tables each

use crate::front;

use front::{build, seeds, Dut, Seeded};
use mch_hdl::blocks::{ReadArbiter, WriteArbiter};
use mch_spec::Config;
use rand::Rng;
use std::collections::VecDeque;

const PORTS: usize = 3;
const ENGINE: usize = PORTS;
const RING: usize = PORTS + 1;

fn config() -> Config {
    Config {
        address_width: 40,
        ports: PORTS as u32,
        ..Config::default()
    }
}

/// address, len, size, burst, cache, prot, qos, user.
type Request = [u64; 8];

fn request(rng: &mut impl Rng, source: usize) -> Request {
    let [address, len] = [rng.random_range(0..1u64 << 40), rng.random_range(0..16)];
    match source {
        ENGINE => [address, len, 3, 1, 3, 0, 0, 0],
        RING => [address, len, rng.random_range(0..4), 1, 3, 0, 0, 0],
        _ => [
            address,
            len,
            rng.random_range(0..4),
            rng.random_range(0..3),
            rng.random_range(0..16),
            rng.random_range(0..8),
            rng.random_range(0..16),
            rng.random_range(0..65536),
        ],
    }
}

fn name(source: usize, channel: &str, field: &str) -> String {
    match source {
        ENGINE => format!("engine_{channel}{field}"),
        RING => format!("ring_{channel}{field}"),
        p => format!("in_{channel}{field}_{p}"),
    }
}

const FIELDS: [&str; 8] = [
    "addr", "len", "size", "burst", "cache", "prot", "qos", "user",
];

fn drive(dut: &mut Dut, channel: &str, source: usize, request: Option<Request>) {
    dut.set(
        &name(source, channel, "valid"),
        u64::from(request.is_some()),
    );
    for (field, value) in FIELDS.iter().zip(request.unwrap_or([0x5a; 8])) {
        dut.set(&name(source, channel, field), value);
    }
}

#[test]
fn reads_reach_memory_and_data_their_source() {
    let library = build(&ReadArbiter::<64>::new(&config()));
    for seed in seeds(20) {
        let mut random = Seeded::new(seed);
        let rng = &mut random.rng;
        let mut dut = Dut::new(&library, seed);
        let mut requests: [Option<Request>; 5] = [None; 5];
        let mut shown: Option<(u64, Request)> = None;
        let mut granted = [0u64; 5];
        let load = rng.random_range(1..=16);
        for cycle in 0..3_000 {
            for (s, r) in requests.iter_mut().enumerate() {
                if r.is_none() && rng.random_ratio(load, 16) {
                    *r = Some(request(rng, s));
                }
                drive(&mut dut, "ar", s, *r);
            }
            dut.set("engine_urgent", u64::from(cycle % 512 < 256));
            let ready = rng.random_ratio(10, 16);
            dut.set("m_arready", u64::from(ready));
            let (to, data, response, last): (u64, u64, u64, bool) = (
                rng.random_range(0..8),
                rng.random(),
                rng.random_range(0..4),
                rng.random(),
            );
            let comes: bool = rng.random();
            for (port, value) in [
                ("m_rvalid", u64::from(comes)),
                ("m_rid", to),
                ("m_rdata", data),
                ("m_rresp", response),
                ("m_rlast", u64::from(last)),
            ] {
                dut.set(port, value);
            }
            dut.settle();
            let any = requests.iter().any(Option::is_some);
            assert_eq!(
                dut.is("m_arvalid"),
                any,
                "a request goes at once, cycle {cycle}"
            );
            if any {
                let source = dut.get("m_arid");
                let got = FIELDS.map(|f| dut.get(&format!("m_ar{f}")));
                assert_eq!(Some(got), requests[source as usize], "of source {source}");
                assert!(
                    shown.is_none_or(|s| s == (source, got)),
                    "a request shown was withdrawn"
                );
                shown = (!ready).then_some((source, got));
                for s in 0..5 {
                    assert_eq!(dut.is(&name(s, "ar", "ready")), ready && s as u64 == source);
                }
                if ready {
                    requests[source as usize] = None;
                    granted[source as usize] += 1;
                }
            }
            assert!(dut.is("m_rready"));
            for s in 0..5 {
                assert_eq!(dut.is(&name(s, "r", "valid")), comes && to == s as u64);
            }
            assert_eq!(
                (dut.get("rdata"), dut.get("rresp"), dut.is("rlast")),
                (data, response, last)
            );
            dut.tick();
        }
        assert!(
            granted.iter().all(|g| *g > 20),
            "everybody has turns: {granted:?}"
        );
    }
}

#[test]
fn writes_and_their_beats_keep_the_order_of_the_grants() {
    let library = build(&WriteArbiter::<64, 8>::new(&config()));
    for seed in seeds(20) {
        let mut random = Seeded::new(seed);
        let rng = &mut random.rng;
        let mut dut = Dut::new(&library, seed);
        let mut requests: [Option<Request>; 4] = [None; 4];
        let mut beats: [VecDeque<(u64, u64, bool)>; 4] = Default::default();
        let mut order: VecDeque<(u64, u64, bool)> = VecDeque::new();
        let mut shown: Option<(u64, Request)> = None;
        let (mut bursts, mut moved) = (0u64, 0u64);
        let (load, w_rate, slow) = (
            rng.random_range(1..=16),
            rng.random_range(2..=16),
            rng.random_range(4..=16),
        );
        for cycle in 0..3_000 {
            for (s, r) in requests.iter_mut().enumerate() {
                if r.is_none() && rng.random_ratio(load, 16) {
                    let mut new = request(rng, s);
                    new[3] = 1;
                    *r = Some(new);
                }
                drive(&mut dut, "aw", s, *r);
            }
            dut.set("engine_urgent", u64::from(cycle % 512 < 256));
            let mut offered = [false; 4];
            for s in 0..4 {
                offered[s] = !beats[s].is_empty() && rng.random_ratio(slow, 16);
                dut.set(&name(s, "w", "valid"), u64::from(offered[s]));
                let (data, strobe, last) = beats[s].front().copied().unwrap_or((7, 7, true));
                dut.set(&name(s, "w", "data"), data);
                dut.set(&name(s, "w", "strb"), strobe);
                dut.set(&name(s, "w", "last"), u64::from(last));
            }
            let (ready, w_ready) = (rng.random_ratio(12, 16), rng.random_ratio(w_rate, 16));
            dut.set("m_awready", u64::from(ready));
            dut.set("m_wready", u64::from(w_ready));
            let (to, response): (u64, u64) = (rng.random_range(0..8), rng.random_range(0..4));
            let comes: bool = rng.random();
            dut.set("m_bvalid", u64::from(comes));
            dut.set("m_bid", to);
            dut.set("m_bresp", response);
            dut.settle();

            if dut.is("m_wvalid") {
                let got = (dut.get("m_wdata"), dut.get("m_wstrb"), dut.is("m_wlast"));
                assert_eq!(
                    order.front(),
                    Some(&got),
                    "beats out of order, cycle {cycle}"
                );
                let source = (0..4).find(|s| {
                    offered[*s]
                        && dut.is(&name(*s, "w", "ready")) == w_ready
                        && beats[*s].front() == Some(&got)
                });
                if w_ready {
                    order.pop_front();
                    beats[source.expect("the sender is told")].pop_front();
                    moved += 1;
                }
            } else {
                for s in 0..4 {
                    assert!(
                        !(offered[s] && dut.is(&name(s, "w", "ready"))),
                        "a beat of {s} is lost"
                    );
                }
            }
            if dut.is("m_awvalid") {
                let source = dut.get("m_awid");
                let got = FIELDS.map(|f| dut.get(&format!("m_aw{f}")));
                assert_eq!(Some(got), requests[source as usize], "of source {source}");
                assert!(
                    shown.is_none_or(|s| s == (source, got)),
                    "a request shown was withdrawn"
                );
                shown = (!ready).then_some((source, got));
                for s in 0..4 {
                    assert_eq!(dut.is(&name(s, "aw", "ready")), ready && s as u64 == source);
                }
                if ready {
                    requests[source as usize] = None;
                    bursts += 1;
                    for beat in 0..=got[1] {
                        let new = (rng.random(), rng.random_range(0..256), beat == got[1]);
                        beats[source as usize].push_back(new);
                        order.push_back(new);
                    }
                }
            } else {
                assert!(shown.is_none(), "a request shown was withdrawn");
            }
            assert!(dut.is("m_bready"));
            for s in 0..4 {
                let port = if s == ENGINE {
                    "engine_response_valid".to_string()
                } else {
                    format!("in_response_valid_{s}")
                };
                assert_eq!(dut.is(&port), comes && to == s as u64);
            }
            assert_eq!(dut.get("response"), response);
            dut.tick();
        }
        assert!(bursts > 10 && moved > 60, "{bursts} bursts, {moved} beats");
    }
}

#[test]
fn lazy_copies_begin_one_at_a_time_while_a_port_reads() {
    // (data width, lazy reads in flight at most): 64-byte blocks of 8, 4 and 2 beats.
    for (width, most) in [(64, 1u64), (128, 2), (256, 4)] {
        let config = Config {
            data_width: width,
            ..config()
        };
        let library = match width {
            64 => build(&ReadArbiter::<64>::new(&config)),
            128 => build(&ReadArbiter::<128>::new(&config)),
            _ => build(&ReadArbiter::<256>::new(&config)),
        };
        let mut dut = Dut::new(&library, 1);
        dut.set("m_arready", 1);
        // How many reads of the engine memory takes in so many cycles.
        let run = |dut: &mut Dut, cycles: u64| {
            let mut taken = 0;
            for _ in 0..cycles {
                dut.settle();
                taken += u64::from(dut.is("engine_arready"));
                dut.tick();
            }
            taken
        };
        let end_one = |dut: &mut Dut| {
            for (pin, value) in [("m_rvalid", 1), ("m_rlast", 1), ("m_rid", ENGINE as u64)] {
                dut.set(pin, value);
            }
        };
        let read = |dut: &mut Dut| {
            dut.set("in_arvalid_0", 1);
            dut.settle();
            assert!(dut.is("in_arready_0"), "the port goes first");
            dut.tick();
            dut.set("in_arvalid_0", 0);
        };
        dut.tick();
        dut.set("engine_lazy", 1);
        dut.set("engine_arvalid", 1);
        assert_eq!(run(&mut dut, 1000), most, "at the beginning of the copies");
        assert_eq!(run(&mut dut, 27), 4, "1,023 cycles after it");
        dut.set("engine_arvalid", 0);
        end_one(&mut dut);
        assert_eq!(run(&mut dut, most + 4), 0);
        dut.set("m_rvalid", 0);
        dut.set("m_rlast", 0);
        dut.set("engine_arvalid", 1);
        read(&mut dut);
        assert_eq!(run(&mut dut, 1022), most, "while the port has read");
        assert_eq!(run(&mut dut, 4), 3, "1,023 cycles after the read");
        read(&mut dut);
        // Other beats than the engine's last make no room.
        dut.set("m_rvalid", 1);
        dut.set("m_rid", ENGINE as u64);
        assert_eq!(run(&mut dut, 8), 0);
        dut.set("m_rlast", 1);
        dut.set("m_rid", 0);
        assert_eq!(run(&mut dut, 8), 0);
        // Those that began while the port was silent end; then one begins for each that ends.
        end_one(&mut dut);
        assert_eq!(run(&mut dut, 4), 0, "as many as began are over");
        assert_eq!(run(&mut dut, 10), 10);
        dut.set("m_rvalid", 0);
        assert_eq!(run(&mut dut, 4), 1, "beside those in flight");
        // What somebody waits for is not held up, lazy or not.
        dut.set("engine_urgent", 1);
        assert_eq!(run(&mut dut, 8), 8);
        dut.set("engine_urgent", 0);
        assert_eq!(run(&mut dut, 8), 0);
        dut.set("engine_lazy", 0);
        assert_eq!(run(&mut dut, 8), 8);
    }
}
