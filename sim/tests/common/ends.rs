//! Both ends of a wire, moved by hand, to break the rules that monitors check.

use mch_sim::axi::{Burst, MonitorOptions};
use mch_sim::Simulation;

/// Both ends of a wire. A call presents one thing with READY high, for one cycle.
pub struct Ends {
    pub simulation: Simulation,
    name: &'static str,
}

impl Ends {
    pub fn new(options: MonitorOptions) -> Self {
        let mut simulation = super::wire(64, 1);
        simulation.add_monitor("s_axi", options).unwrap();
        Self::start(simulation, "axi")
    }

    pub fn lite() -> Self {
        let mut simulation = super::simulate(super::design("axil_wire"), 1);
        simulation
            .add_lite_monitor("m_axil", MonitorOptions::default())
            .unwrap();
        Self::start(simulation, "axil")
    }

    pub fn start(mut simulation: Simulation, name: &'static str) -> Self {
        simulation.tolerate_violations(true);
        let mut ends = Self { simulation, name };
        for (side, channel) in [('m', "aw"), ('m', "w"), ('m', "ar"), ('s', "b"), ('s', "r")] {
            ends.set(side, &format!("{channel}ready"), 1);
        }
        ends
    }

    /// Sets a signal of the end that drives it: `s` the manager's, `m` the subordinate's.
    pub fn set(&mut self, side: char, signal: &str, value: u64) {
        let pin = self
            .simulation
            .pin(&format!("{side}_{}_{signal}", self.name))
            .unwrap();
        assert!(pin.is_input(), "{signal}");
        self.simulation.set(pin, value);
    }

    pub fn step(&mut self) {
        self.simulation.step().unwrap();
    }

    pub fn pulse(&mut self, side: char, channel: &str) {
        self.set(side, &format!("{channel}valid"), 1);
        self.step();
        self.set(side, &format!("{channel}valid"), 0);
    }

    pub fn put_address(&mut self, channel: &str, burst: &Burst) {
        let attributes = burst.attributes;
        for (signal, value) in [
            ("id", u64::from(burst.id)),
            ("addr", burst.address),
            ("len", u64::from(burst.beats) - 1),
            ("size", u64::from(burst.size)),
            ("burst", burst.kind.bits()),
            ("lock", u64::from(attributes.lock)),
            ("cache", u64::from(attributes.cache)),
        ] {
            self.set('s', &format!("{channel}{signal}"), value);
        }
    }

    pub fn aw(&mut self, burst: Burst) {
        self.put_address("aw", &burst);
        self.pulse('s', "aw");
    }

    pub fn ar(&mut self, burst: Burst) {
        self.put_address("ar", &burst);
        self.pulse('s', "ar");
    }

    pub fn w(&mut self, strobes: u64, last: bool) {
        self.set('s', "wstrb", strobes);
        self.set('s', "wlast", u64::from(last));
        self.pulse('s', "w");
    }

    pub fn b(&mut self, id: u64, response: u64) {
        self.set('m', "bid", id);
        self.set('m', "bresp", response);
        self.pulse('m', "b");
    }

    pub fn r(&mut self, id: u64, last: bool, response: u64) {
        self.set('m', "rid", id);
        self.set('m', "rresp", response);
        self.set('m', "rlast", u64::from(last));
        self.pulse('m', "r");
    }

    /// The rules broken, with their cycles.
    pub fn broken(&mut self) -> Vec<(&'static str, u64)> {
        self.step();
        let violations = self.simulation.violations();
        violations
            .iter()
            .map(|violation| (violation.rule, violation.cycle))
            .collect()
    }
}

pub fn run(script: impl FnOnce(&mut Ends)) -> Vec<(&'static str, u64)> {
    run_with(MonitorOptions::default(), script)
}

pub fn run_with(
    options: MonitorOptions,
    script: impl FnOnce(&mut Ends),
) -> Vec<(&'static str, u64)> {
    let mut ends = Ends::new(options);
    script(&mut ends);
    ends.broken()
}
