//! What the self test does, step by step: a script of 64-bit words that [`BoardPlayer`](super::BoardPlayer) plays from block RAM.
//!
//! A word is {operation 4, count 8, address 20, data 32}. Registers' addresses are those of the unit's register port, all others of its memory port.

use mch_spec::registers::{
    field, guest_address, offset, region_address, Operation, Status, IDENTIFICATION,
};
use mch_spec::{Config, Strategy};

/// Bytes of a burst of the traffic generator: 16 beats of 32 bits.
pub const BURST_BYTES: u32 = 64;

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Step {
    /// Sends the character in `data`.
    Say,
    /// Writes `data` to a register.
    Set,
    /// Reads a register until the bits of `data` are all 0.
    UntilClear,
    /// Reads a register until one of the bits of `data` is 1.
    UntilSet,
    /// Fails unless a register's low `count` bytes read `data`.
    Expect,
    /// Writes `count` bursts from `address` on, of a pattern made from `data`, the address and the turn.
    Write,
    /// Reads `count` bursts and fails unless they hold that pattern.
    Check,
    /// Begins a burst and dies after `count` beats of it.
    Abandon,
    /// A turn has passed: goes on at step `data`.
    Pass,
    /// Sends a digit of the number of the step that failed, the one in bits 4 `data` and up.
    Digit,
    /// Stays here.
    Stop,
}

/// Where the self test's things are in memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// Memory that there is; addresses wrap.
    pub memory: u32,
    /// The guest's region, from address 0.
    pub guest: u32,
    /// Where what is neither the guest's nor the unit's ends.
    pub others: u32,
}

/// A script, and the step at which it goes on after a failure.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its words.
    pub words: Vec<u64>,
    /// The first step of what a failure says.
    pub failure: u32,
}

impl Places {
    /// The ring of S6 fills the upper half.
    pub fn of(config: &Config) -> Places {
        let memory = config.memory_size.0 as u32;
        Places {
            memory,
            guest: 4096,
            others: memory / 2,
        }
    }
}

impl Script {
    fn step(&mut self, step: Step, count: u32, address: u32, data: u32) {
        assert!(
            count < 256 && address < 1 << 20,
            "a step's field is too large"
        );
        let word = (step as u64) << 60 | u64::from(count) << 52 | u64::from(address) << 32;
        self.words.push(word | u64::from(data));
    }

    fn say(&mut self, text: &str) {
        for character in text.bytes() {
            self.step(Step::Say, 0, 0, u32::from(character));
        }
    }

    fn set(&mut self, register: u32, value: u32) {
        self.step(Step::Set, 0, register, value);
    }

    /// Writes or checks a range, in as many steps as it takes.
    fn range(&mut self, step: Step, range: std::ops::Range<u32>, seed: u32) {
        for from in range.clone().step_by(128 * BURST_BYTES as usize) {
            let bursts = ((range.end - from) / BURST_BYTES).min(128);
            self.step(step, bursts, from, seed);
        }
    }

    /// Commands guest 0 and waits; the completion must be OK.
    fn command(&mut self, operation: Operation) {
        self.set(guest_address(0, offset::G_COMMAND), operation.code());
        let running = field::G_STATUS::RUNNING.put(1);
        self.step(
            Step::UntilClear,
            0,
            guest_address(0, offset::G_STATUS),
            running,
        );
        let completion = field::G_COMPLETION::OPERATION.put(operation.code())
            | field::G_COMPLETION::STATUS.put(Status::Ok.code());
        self.step(
            Step::Expect,
            3,
            guest_address(0, offset::G_COMPLETION),
            completion,
        );
    }

    /// The self test of a unit of one guest, with memory behind it from address 0 on.
    pub fn self_test(config: &Config) -> Script {
        let places = Places::of(config);
        let mut script = Script {
            words: Vec::new(),
            failure: 0,
        };
        script.step(
            Step::UntilSet,
            0,
            offset::STATUS,
            field::STATUS::READY.put(1),
        );
        script.step(Step::Expect, 4, offset::ID, IDENTIFICATION);
        script.say("\r\nmch_checkpoint\r\n");
        script.attach(config, places);
        let turn = script.words.len() as u32;
        script.turn(places);
        script.step(Step::Pass, 0, 0, turn);
        script.failure = script.words.len() as u32;
        script.say("FAIL at step ");
        script.step(Step::Digit, 0, 0, 1);
        script.step(Step::Digit, 0, 0, 0);
        script.say("\r\n");
        script.step(Step::Stop, 0, 0, 0);
        script
    }

    fn attach(&mut self, config: &Config, places: Places) {
        self.set(offset::MEM_BASE, 0);
        self.set(offset::CTRL, field::CTRL::ENABLE.put(1));
        self.range(Step::Write, 0..places.guest, 0x1234_5678);
        self.range(Step::Write, places.guest..places.others, 0x0bad_cafe);
        self.set(region_address(0, offset::R_GUEST), 0);
        self.set(region_address(0, offset::R_BASE), 0);
        self.set(
            region_address(0, offset::R_BLOCKS),
            places.guest >> config.block_shift(),
        );
        self.set(guest_address(0, offset::G_STRATEGY), Strategy::S6.number());
        self.set(guest_address(0, offset::G_RING_BASE), places.others >> 12);
        self.set(
            guest_address(0, offset::G_RING_SIZE),
            (places.memory - places.others).ilog2(),
        );
        self.command(Operation::Attach);
    }

    /// Checkpoint, writes, a master that dies within a burst, rollback; then all of memory but the log is compared.
    fn turn(&mut self, places: Places) {
        let (kept, lost, other) = (0x600d_da7a, 0xdead_beef, 0x00c0_ffee);
        let broken = places.guest / 4..places.guest / 2;
        self.range(Step::Write, 0..places.guest, kept);
        self.command(Operation::Checkpoint);
        self.range(Step::Write, broken.clone(), lost);
        self.range(Step::Write, places.guest..places.others, other);
        self.range(Step::Check, broken.clone(), lost);
        let blocks = (broken.end - broken.start) / BURST_BYTES;
        self.step(Step::Expect, 4, guest_address(0, offset::G_DIRTY), blocks);
        self.step(Step::Abandon, 5, places.guest / 2, lost);
        self.set(offset::PORT_FLUSH, 1);
        self.step(Step::UntilClear, 0, offset::PORT_FLUSH, 1);
        self.command(Operation::Rollback);
        self.range(Step::Check, 0..places.guest, kept);
        self.range(Step::Check, places.guest..places.others, other);
        self.say("checkpoint, fault, rollback: PASS\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mch_spec::config::Size;

    #[test]
    fn the_script_fits_and_jumps_within_itself() {
        let config = Config {
            memory_size: Size(64 << 10),
            ..Config::default()
        };
        let script = Script::self_test(&config);
        assert!(script.words.len() <= 256, "{} steps", script.words.len());
        let pass = script.words[script.failure as usize - 1];
        assert_eq!(pass >> 60, Step::Pass as u64);
        assert!((pass as u32) < script.failure);
        let said = |word: &&u64| **word >> 60 == Step::Say as u64;
        let text: String = (script
            .words
            .iter()
            .filter(said)
            .map(|word| *word as u8 as char))
        .collect();
        assert!(
            text.contains("PASS\r\n") && text.ends_with("FAIL at step \r\n"),
            "{text}"
        );
    }
}
