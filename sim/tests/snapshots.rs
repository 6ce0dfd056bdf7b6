//! Saving, restoring, replaying, and waveforms.

use crate::common;

use mch_sim::axi::{
    AxiManager, AxiSubordinate, Burst, Completed, ManagerOptions, MonitorOptions,
    SubordinateOptions,
};
use mch_sim::{Handle, Simulation};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verilated::{Cache, Trace};

struct Run {
    simulation: Simulation,
    manager: Handle<AxiManager>,
    subordinate: Handle<AxiSubordinate>,
}

fn start(seed: u64) -> Run {
    let mut simulation = common::slice(64, seed);
    let manager = simulation
        .add_manager("s_axi", ManagerOptions::stress(seed))
        .unwrap();
    let subordinate = simulation
        .add_subordinate("m_axi", SubordinateOptions::stress(seed))
        .unwrap();
    simulation
        .add_monitor("m_axi", MonitorOptions::default())
        .unwrap();
    simulation.reset(2).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..60 {
        let page = random.random_range(0..4) * 4096;
        let id = random.random_range(0..4);
        let request = common::traffic::write(&mut random, page, 8, id);
        simulation[manager].write(request).unwrap();
        let burst = common::traffic::burst(&mut random, page, 8, id);
        simulation[manager].read(burst).unwrap();
    }
    Run {
        simulation,
        manager,
        subordinate,
    }
}

impl Run {
    fn finish(&mut self) -> (u64, Vec<Completed>, Vec<u8>) {
        self.simulation
            .run_until_idle(self.manager, 100_000)
            .unwrap();
        let completed = self.simulation[self.manager].take_completed();
        let memory = self.simulation[self.subordinate]
            .memory()
            .read_vec(0, 4 * 4096);
        (self.simulation.cycle(), completed, memory)
    }
}

#[test]
fn equal_seeds_give_equal_runs_and_others_do_not() {
    let result = start(11).finish();
    assert_eq!(start(11).finish(), result);
    assert_ne!(start(12).finish(), result);
}

#[test]
fn a_run_goes_on_the_same_from_every_snapshot() {
    let mut run = start(3);
    let mut snapshots = Vec::new();
    for _ in 0..40 {
        run.simulation.run(17).unwrap();
        snapshots.push(run.simulation.save().unwrap());
    }
    let result = run.finish();
    for snapshot in snapshots.iter().rev() {
        run.simulation.restore(snapshot).unwrap();
        assert_eq!(run.finish(), result);
    }
    // Also in another simulation of the same build, whose own state is different.
    let mut other = start(99);
    other.simulation.run(50).unwrap();
    other.simulation.restore(&snapshots[7]).unwrap();
    assert_eq!(other.finish(), result);
}

#[test]
fn a_reset_at_any_cycle_leaves_a_port_that_works() {
    let mut run = start(4);
    let Run {
        manager,
        subordinate,
        ..
    } = run;
    for cycle in 0..200 {
        run.simulation.run(1).unwrap();
        let snapshot = run.simulation.save().unwrap();
        run.simulation.reset(2).unwrap();
        assert!(run.simulation[manager].is_idle() && run.simulation[subordinate].is_idle());
        let bytes = [cycle as u8; 100];
        run.simulation
            .write_bytes(manager, 0x8003, &bytes, 5_000)
            .unwrap();
        let read = run
            .simulation
            .read_bytes(manager, 0x8003, 100, 5_000)
            .unwrap();
        assert_eq!(read.0, bytes);
        run.simulation.restore(&snapshot).unwrap();
    }
}

#[test]
fn a_waveform_starts_at_the_chosen_cycle() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wire.vcd");
    let library = common::design("axi_wire").savable(false).trace(Trace::Vcd);
    let library = library.build(&Cache::default()).unwrap();
    let mut simulation = Simulation::new(&library, 1).unwrap();
    let manager = simulation
        .add_manager("s_axi", ManagerOptions::default())
        .unwrap();
    simulation
        .add_subordinate("m_axi", SubordinateOptions::default())
        .unwrap();
    simulation.trace(&path, 20).unwrap();
    simulation.reset(2).unwrap();
    simulation.run(30).unwrap();
    simulation[manager].read(Burst::incr(0, 1, 3)).unwrap();
    simulation.run_until_idle(manager, 20).unwrap();
    simulation.end_trace().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let times: Vec<u64> = text
        .lines()
        .filter_map(|line| line.strip_prefix('#')?.parse().ok())
        .collect();
    assert_eq!(times.first(), Some(&40), "two steps a cycle");
    assert!(times.is_sorted());
    assert!(text.contains("s_axi_arvalid"));
    let message = start(1).simulation.trace(&path, 0).unwrap_err().to_string();
    assert!(
        message.contains("trace"),
        "the model was not built for it: {message}"
    );
}
