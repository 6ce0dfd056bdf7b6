//! `admission` against a model of its policy, cycle by cycle, with rings that really fill.
#![allow(clippy::needless_range_loop)] // ports and guests are numbers here, with many tables each

use crate::front;

use front::{build, seeds, Dut, Seeded};
use mch_hdl::blocks::Admission;
use mch_spec::Config;
use rand::Rng;

const PORTS: usize = 3;
const GUESTS: usize = 4;

/// A guest as the guest block keeps it: room changes in the cycle after an accept.
#[derive(Clone, Copy, Default)]
struct Guest {
    hold: bool,
    reject: bool,
    needs_ring: bool,
    lose: bool,
    free: u64,
}

#[test]
fn the_policy_cycle_by_cycle() {
    let config = Config {
        ports: PORTS as u32,
        guests: GUESTS as u32,
        ..Config::default()
    };
    let library = build(&Admission::new(&config));
    let mut scarce = 0;
    let mut seen = std::collections::BTreeMap::<&str, u64>::new();
    for seed in seeds(30) {
        let mut random = Seeded::new(seed);
        let rng = &mut random.rng;
        let mut dut = Dut::new(&library, seed);
        let mut guests = [Guest::default(); GUESTS].map(|g| Guest {
            free: rng.random_range(0..300),
            ..g
        });
        let mut requests: [Option<(usize, u64)>; PORTS] = [None; PORTS];
        let mut last = None;
        // From the last cycle: guests with room to spare, ports whose burst fits, the port that went.
        let mut plenty = [false; GUESTS];
        let mut fitted = [false; PORTS];
        let mut went = None;
        // Reported one cycle later: accepted guest and slots, finished, resolved, held, lose, stalled.
        let mut reports = Reports::default();
        // A full ring is found in one cycle and told to the guest in the second after.
        let mut found_full = [false; PORTS];
        let mut lost_before = [false; GUESTS];
        // Reservations that come back later.
        let mut reserved = [0u64; GUESTS];
        for cycle in 0..4_000 {
            for guest in &mut guests {
                guest.hold ^= rng.random_ratio(1, 24);
                guest.reject ^= rng.random_ratio(1, 48);
                guest.lose ^= rng.random_ratio(1, 100);
                // Emptying a ring makes room; only an accepted burst takes it.
                if rng.random_ratio(1, 400) {
                    guest.free += rng.random_range(0..400);
                }
                guest.needs_ring ^= rng.random_ratio(1, 60);
            }
            for request in &mut requests {
                if request.is_none() && rng.random_ratio(12, 16) {
                    let blocks = if rng.random() {
                        1
                    } else {
                        rng.random_range(1..=64)
                    };
                    *request = Some((rng.random_range(0..GUESTS), blocks));
                }
            }
            // The room the guest will have once it has seen what was accepted in the last cycle.
            let mut room = guests.map(|g| g.free);
            if let Some((g, slots)) = reports.accepted {
                room[g] -= slots;
            }
            for (g, guest) in guests.iter().enumerate() {
                dut.set(&format!("hold_writes_{g}"), u64::from(guest.hold));
                dut.set(&format!("reject_writes_{g}"), u64::from(guest.reject));
                dut.set(&format!("needs_ring_{g}"), u64::from(guest.needs_ring));
                dut.set(&format!("on_full_lose_{g}"), u64::from(guest.lose));
                dut.set(&format!("ring_free_{g}"), guest.free);
            }
            let mut next = Reports::default();
            for p in 0..PORTS {
                let (guest, blocks) =
                    requests[p].unwrap_or((rng.random_range(0..16), rng.random_range(0..256)));
                dut.set(
                    &format!("request_valid_{p}"),
                    u64::from(requests[p].is_some()),
                );
                dut.set(&format!("request_guest_{p}"), guest as u64);
                dut.set(&format!("request_blocks_{p}"), blocks);
                for (name, events) in [
                    ("finished", &mut next.finished),
                    ("resolved", &mut next.resolved),
                ] {
                    let (valid, guest): (bool, usize) = (rng.random(), rng.random_range(0..GUESTS));
                    dut.set(&format!("{name}_valid_{p}"), u64::from(valid));
                    dut.set(&format!("{name}_guest_{p}"), guest as u64);
                    events[guest] |= u64::from(valid) << p;
                }
            }
            dut.settle();

            // What was decided in the last cycle.
            for g in 0..GUESTS {
                let accepted = reports.accepted.filter(|a| a.0 == g);
                assert_eq!(
                    dut.is(&format!("accept_{g}")),
                    accepted.is_some(),
                    "accept {g}, cycle {cycle}"
                );
                if let Some((_, slots)) = accepted {
                    assert_eq!(dut.get("accept_slots"), slots, "cycle {cycle}");
                }
                assert_eq!(dut.get(&format!("finished_{g}")), reports.finished[g]);
                assert_eq!(dut.get(&format!("resolved_{g}")), reports.resolved[g]);
                assert_eq!(
                    dut.is(&format!("ring_held_{g}")),
                    reports.held[g],
                    "held {g}, cycle {cycle}"
                );
                assert_eq!(
                    dut.is(&format!("lose_{g}")),
                    reports.lose[g] && !lost_before[g],
                    "lose {g}, cycle {cycle}"
                );
                assert_eq!(
                    dut.is(&format!("stalled_{g}")),
                    reports.stalled[g],
                    "stalled {g}, cycle {cycle}"
                );
            }
            lost_before = reports.lose;

            // Who can go, and who goes.
            let mut eligible = [false; PORTS];
            let mut now_fits = [false; PORTS];
            let mut now_full = [false; PORTS];
            for p in 0..PORTS {
                if let Some((g, blocks)) = requests[p] {
                    let guest = guests[g];
                    let fits = room[g] >= blocks;
                    let known = fitted[p]
                        && went != Some(p)
                        && !reports.accepted.is_some_and(|a| a.0 == g && a.1 > 0);
                    eligible[p] =
                        guest.reject || !guest.hold && (!guest.needs_ring || plenty[g] || known);
                    now_fits[p] = fits;
                    let fits = fits || !guest.needs_ring;
                    scarce += u64::from(eligible[p] && guest.needs_ring && !plenty[g]);
                    if found_full[p] && went != Some(p) {
                        *seen
                            .entry(if guest.lose { "lose" } else { "held" })
                            .or_default() += 1;
                        if guest.lose {
                            next.lose[g] = true
                        } else {
                            next.held[g] = true
                        }
                    }
                    now_full[p] = !guest.reject && !guest.hold && !fits;
                }
            }
            found_full = now_full;
            let start = last.map_or(0, |l: usize| l + 1);
            let granted = (start..PORTS).chain(0..start).find(|p| eligible[*p]);
            for p in 0..PORTS {
                assert_eq!(
                    dut.is(&format!("request_grant_{p}")),
                    granted == Some(p),
                    "grant {p}, cycle {cycle}"
                );
                if let Some((g, _)) = requests[p].filter(|_| granted != Some(p)) {
                    next.stalled[g] = true;
                }
            }
            if let Some(p) = granted {
                let (g, blocks) = requests[p].take().expect("a request");
                last = Some(p);
                assert_eq!(dut.is(&format!("request_reject_{p}")), guests[g].reject);
                if guests[g].reject {
                    *seen.entry("reject").or_default() += 1;
                } else {
                    let slots = if guests[g].needs_ring { blocks } else { 0 };
                    assert_eq!(
                        dut.is(&format!("request_reserved_{p}")),
                        guests[g].needs_ring
                    );
                    next.accepted = Some((g, slots));
                    reserved[g] += slots;
                    *seen
                        .entry(if slots > 0 { "reserve" } else { "accept" })
                        .or_default() += 1;
                }
            }
            plenty = guests.map(|g| g.free >= 256);
            fitted = now_fits;
            went = granted;
            // The guests' side of the clock edge.
            if let Some((g, slots)) = reports.accepted {
                guests[g].free -= slots;
            }
            for g in 0..GUESTS {
                let back = rng.random_range(0..=reserved[g].min(3));
                let pending = next.accepted.filter(|a| a.0 == g).map_or(0, |a| a.1);
                if reserved[g] - back >= pending {
                    reserved[g] -= back;
                    guests[g].free += back;
                }
            }
            reports = next;
            dut.tick();
        }
    }
    let corners: Vec<&str> = seen.keys().copied().collect();
    assert!(scarce > 1_000, "{scarce} grants from a nearly full ring");
    assert_eq!(
        corners,
        ["accept", "held", "lose", "reject", "reserve"],
        "the corners reached"
    );
}

#[derive(Clone, Default)]
struct Reports {
    accepted: Option<(usize, u64)>,
    finished: [u64; GUESTS],
    resolved: [u64; GUESTS],
    held: [bool; GUESTS],
    lose: [bool; GUESTS],
    stalled: [bool; GUESTS],
}
