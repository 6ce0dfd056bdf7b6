//! The mechanism layer does what the reference layer says, whatever software does.

use crate::common;

use common::{beats, config, home, memory, Machine, BASE, GUEST_BYTES, SHADOW};
use mch_golden::{Burst, Direction, Fault, Reference, WriteOutcome};
use mch_spec::registers::{offset, Flag, Operation, Status};
use mch_spec::Strategy::{self, S3, S6};
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, prop_oneof, Just, ProptestConfig};
use proptest::strategy::Strategy as _;

/// What may happen, in any order.
#[derive(Clone, Debug)]
enum Event {
    Write {
        guest: u32,
        offset: u64,
        length: u64,
        value: u8,
        strobes: u8,
    },
    Command {
        guest: u32,
        operation: Operation,
    },
    Group {
        guests: u32,
    },
    Arrive {
        guest: u32,
    },
    TimeOut {
        guest: u32,
    },
    Fault {
        guest: u32,
        offset: u64,
        read: bool,
        shadow: bool,
        count: u32,
    },
    Repair,
    Sweep,
    OnFull {
        guest: u32,
        lose: bool,
        high: u32,
    },
}

fn event() -> impl proptest::strategy::Strategy<Value = Event> {
    let guest = 0u32..3;
    let commands = [
        (6, Operation::Checkpoint),
        (4, Operation::Rollback),
        (1, Operation::Attach),
        (1, Operation::Detach),
        (3, Operation::Retry),
        (3, Operation::Drop),
    ];
    let commands: Vec<_> = commands
        .into_iter()
        .map(|(weight, operation)| (weight, Just(operation)))
        .collect();
    let operation = proptest::strategy::Union::new_weighted(commands);
    // Few blocks, so that they are written again and again.
    let offset = (0u64..2, 0u64..256).prop_map(|(page, byte)| page * 0x1000 + byte);
    prop_oneof![
        12 => (guest.clone(), offset.clone(), 1u64..200, any::<u8>(), any::<u8>())
            .prop_map(|(guest, offset, length, value, strobes)| Event::Write { guest, offset, length, value, strobes }),
        8 => (guest.clone(), operation).prop_map(|(guest, operation)| Event::Command { guest, operation }),
        2 => (1u32..8).prop_map(|guests| Event::Group { guests }),
        6 => guest.clone().prop_map(|guest| Event::Arrive { guest }),
        1 => guest.clone().prop_map(|guest| Event::TimeOut { guest }),
        3 => (guest.clone(), offset, any::<bool>(), any::<bool>(), 1u32..4)
            .prop_map(|(guest, offset, read, shadow, count)| Event::Fault { guest, offset, read, shadow, count }),
        2 => Just(Event::Repair),
        2 => Just(Event::Sweep),
        1 => (guest, any::<bool>(), 0u32..12).prop_map(|(guest, lose, high)| Event::OnFull { guest, lose, high }),
    ]
}

/// The model beside the reference.
struct Pair {
    machine: Machine,
    reference: Reference,
    processors: Vec<u32>,
}

impl Pair {
    fn new(strategies: &[Strategy], processors: Vec<u32>) -> Pair {
        let mut machine = Machine::detached(strategies);
        for (guest, count) in (0u32..).zip(&processors) {
            machine.set(guest, offset::G_CPUS, *count);
            machine.set(guest, offset::G_TIMEOUT, 100);
        }
        Pair {
            machine,
            reference: Reference::new(memory(), 3),
            processors,
        }
    }

    /// What the model says has been completed is done in the reference, too.
    fn follow(&mut self, before: &[Counts]) {
        for (guest, before) in (0u32..3).zip(before) {
            let now = Counts::of(&self.machine, guest);
            let range = home(guest)..home(guest) + GUEST_BYTES;
            if now.attached && !before.attached {
                self.reference.attach(guest, vec![range]);
            }
            if now.checkpoints != before.checkpoints {
                self.reference.checkpoint(guest);
            }
            if now.rollbacks != before.rollbacks {
                assert!(
                    self.reference.rollback(guest),
                    "rolled back without a checkpoint"
                );
            }
            if !now.attached && before.attached {
                self.reference.detach(guest);
            }
        }
    }

    fn counts(&self) -> Vec<Counts> {
        (0..3)
            .map(|guest| Counts::of(&self.machine, guest))
            .collect()
    }

    fn apply(&mut self, event: &Event) {
        let before = self.counts();
        let drops_rollback = matches!(event, Event::Command { guest, operation: Operation::Drop }
            if self.is_between(*guest));
        match event {
            Event::Write {
                guest,
                offset,
                length,
                value,
                strobes,
            } => self.write(*guest, *offset, *length, *value, *strobes),
            Event::Command { guest, operation } => {
                // Refusals are checked elsewhere; here anything may be asked.
                let _ = self.machine.command(*guest, *operation);
            }
            Event::Group { guests } => {
                let _ = self
                    .machine
                    .0
                    .register_write(offset::COMMAND, guests << 16 | Operation::Checkpoint.code());
            }
            Event::Arrive { guest } => self.machine.arrive(*guest),
            Event::TimeOut { guest } => self.machine.0.time_out(*guest),
            Event::Fault {
                guest,
                offset,
                read,
                shadow,
                count,
            } => {
                let base = if *shadow {
                    home(*guest) - BASE + SHADOW
                } else {
                    home(*guest)
                };
                let direction = if *read {
                    Direction::Read
                } else {
                    Direction::Write
                };
                let range = base + offset..base + offset + 1;
                self.machine.0.inject(Fault {
                    range,
                    direction,
                    count: Some(*count),
                });
            }
            Event::Repair => self.machine.0.clear_faults(),
            Event::Sweep => self.machine.0.sweep(),
            Event::OnFull { guest, lose, high } => {
                self.machine
                    .set(*guest, offset::G_ON_FULL, u32::from(*lose));
                self.machine.set(*guest, offset::G_RING_HIGH, *high);
            }
        }
        self.follow(&before);
        if let (true, Event::Command { guest, .. }) = (drops_rollback, event) {
            self.settle_for(*guest);
        }
    }

    /// A failed rollback has written part of the old image.
    fn is_between(&self, guest: u32) -> bool {
        let state = self.machine.0.guest(guest);
        state.is(Flag::Stuck) && state.is(Flag::Valid)
    }

    /// Software gives a failed rollback up: every byte is the old or the new one, and from now on that is the guest's memory.
    fn settle_for(&mut self, guest: u32) {
        let mut old = self.reference.clone();
        assert!(old.rollback(guest));
        for at in (home(guest)..home(guest) + GUEST_BYTES).step_by(64) {
            let (now, new) = (
                self.machine.bytes(at, 64),
                self.reference.memory().read(at, 64),
            );
            let old = old.memory().read(at, 64);
            assert!(
                (0..64).all(|i| now[i] == old[i] || now[i] == new[i]),
                "block at {at:#x}"
            );
            self.reference.write(at, &now, u64::MAX);
        }
        self.reference.lose(guest);
    }

    fn write(&mut self, guest: u32, offset: u64, length: u64, value: u8, strobes: u8) {
        let address = home(guest) + offset;
        let bytes = vec![value; length as usize];
        let mut data = beats(&config(), address, &bytes);
        for beat in &mut data {
            beat.strobes &= u64::from(strobes);
        }
        let burst = Burst::incr(&config(), address, length);
        let old: Vec<_> = data
            .iter()
            .enumerate()
            .map(|(i, _)| self.machine.bytes((address & !7) + 8 * i as u64, 8))
            .collect();
        let before = self.counts();
        let outcome = self.machine.0.write(&burst, &data);
        for (i, beat) in data.iter().enumerate() {
            let at = (address & !7) + 8 * i as u64;
            match outcome {
                WriteOutcome::Okay => self.reference.write(at, &beat.data, beat.strobes),
                // Some pieces may have been written: no byte may be neither old nor new.
                WriteOutcome::SlvErr => {
                    let now = self.machine.bytes(at, 8);
                    let new = |lane: usize| {
                        if beat.strobes >> lane & 1 == 1 {
                            beat.data[lane]
                        } else {
                            old[i][lane]
                        }
                    };
                    assert!((0..8).all(|lane| now[lane] == old[i][lane] || now[lane] == new(lane)));
                    self.reference.write(at, &now, 0xff);
                }
                WriteOutcome::Held => {}
                WriteOutcome::DecErr => panic!("system memory answered DECERR"),
            }
        }
        // A write may have reached the high-water mark.
        self.follow(&before);
    }

    /// Where nothing is stuck half way, memory is what the reference says; a checkpoint that the model could go back to is the reference's.
    fn check(&self) {
        let model = &self.machine.0;
        assert!(model.summaries_are_conservative());
        for guest in 0..3 {
            let state = model.guest(guest);
            let range = home(guest)..home(guest) + GUEST_BYTES;
            if !self.is_between(guest) {
                let differs = model
                    .memory()
                    .first_difference(self.reference.memory(), range.clone());
                assert_eq!(differs, None, "memory of guest {guest}");
            }
            if let Some(image) = model.checkpoint_image(guest) {
                let mut reference = self.reference.clone();
                assert!(
                    reference.rollback(guest),
                    "guest {guest} has a checkpoint too many"
                );
                assert_eq!(
                    image[0],
                    reference.memory().read(range.start, GUEST_BYTES as usize),
                    "image of guest {guest}"
                );
            }
            assert_eq!(state.processors, self.processors[guest as usize]);
        }
    }
}

/// What the reference must follow.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Counts {
    attached: bool,
    checkpoints: u32,
    rollbacks: u32,
}

impl Counts {
    fn of(machine: &Machine, guest: u32) -> Counts {
        let state = machine.0.guest(guest);
        Counts {
            attached: state.is(Flag::Attached),
            checkpoints: state.checkpoints,
            rollbacks: state.rollbacks,
        }
    }
}

proptest::proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_mechanism_does_what_the_reference_says(
        strategies in prop::collection::vec(prop::sample::select(&[S3, S6][..]), 3),
        processors in prop::collection::vec(0u32..3, 3),
        events in prop::collection::vec(event(), 1..120),
    ) {
        let mut pair = Pair::new(&strategies, processors);
        for guest in 0..3 {
            pair.apply(&Event::Command { guest, operation: Operation::Attach });
        }
        for event in &events {
            pair.apply(event);
            pair.check();
        }
    }

    /// A guest's commands and writes leave no trace in another: not a byte, not a bit, not a counter.
    #[test]
    fn guests_are_independent(
        strategies in prop::collection::vec(prop::sample::select(&[S3, S6][..]), 2),
        events in prop::collection::vec(event(), 1..60),
    ) {
        let mut alone = Pair::new(&strategies, vec![1, 1, 0]);
        let mut together = Pair::new(&strategies, vec![1, 1, 0]);
        for guest in 0..2 {
            alone.apply(&Event::Command { guest, operation: Operation::Attach });
            together.apply(&Event::Command { guest, operation: Operation::Attach });
        }
        let of = |event: &Event| match event {
            Event::Write { guest, .. } | Event::Command { guest, .. } | Event::Arrive { guest } | Event::TimeOut { guest }
            | Event::Fault { guest, .. } | Event::OnFull { guest, .. } => Some(*guest),
            _ => None,
        };
        for event in &events {
            if of(event) == Some(0) {
                alone.apply(event);
            }
            if matches!(of(event), Some(0 | 1)) {
                together.apply(event);
            }
        }
        let (alone, together) = (&alone.machine.0, &together.machine.0);
        prop_assert_eq!(format!("{:?}", alone.guest(0).flags), format!("{:?}", together.guest(0).flags));
        prop_assert_eq!(alone.guest(0).completion, together.guest(0).completion);
        prop_assert_eq!(alone.guest(0).dirty, together.guest(0).dirty);
        prop_assert_eq!(alone.ring(0), together.ring(0));
        let words = (GUEST_BYTES / 64 / 32) as u32;
        prop_assert!((0..words).all(|word| alone.plane_x(word) == together.plane_x(word)));
        let range = home(0)..home(0) + GUEST_BYTES;
        prop_assert_eq!(alone.memory().first_difference(together.memory(), range), None);
    }

    /// What the unit says it copied is what changed hands: dirty blocks, no more.
    #[test]
    fn copies_are_exactly_the_dirty_blocks(
        strategy in prop::sample::select(&[S3, S6][..]),
        rounds in prop::collection::vec((prop::collection::btree_set(0u64..256, 0..30), any::<bool>()), 1..12),
    ) {
        let mut machine = Machine::new(&[strategy]);
        machine.run(0, Operation::Checkpoint, Status::Ok.code(), 0);
        for (blocks, back) in rounds {
            let before = (machine.get(0, offset::G_COPIES), machine.get(0, offset::G_ENTRIES));
            for block in &blocks {
                for _ in 0..2 {
                    prop_assert_eq!(machine.write(home(0) + block * 64 + 3, &[*block as u8; 9]), WriteOutcome::Okay);
                }
            }
            let count = blocks.len() as u32;
            prop_assert_eq!(machine.get(0, offset::G_DIRTY), count);
            let operation = if back { Operation::Rollback } else { Operation::Checkpoint };
            machine.run(0, operation, Status::Ok.code(), 0);
            let copies = machine.get(0, offset::G_COPIES) - before.0;
            let entries = machine.get(0, offset::G_ENTRIES) - before.1;
            let expected = if strategy == S3 { (count, 0) } else { (if back { count } else { 0 }, count) };
            prop_assert_eq!((copies, entries), expected);
            prop_assert_eq!(machine.get(0, offset::G_DIRTY), 0);
        }
    }
}
