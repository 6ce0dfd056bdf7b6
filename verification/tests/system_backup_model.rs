//! Strategy S2 beside the golden model: two units and two models, the same commands and writes, the same numbers.

use crate::unit;

use mch_golden::{Beat, Golden, Memory};
use mch_sim::axi::{Burst, Response, WriteRequest};
use mch_spec::registers::{
    guest_address, offset, region_address, Access, Operation, Page, Status, TABLE,
};
use mch_spec::{Config, Strategy};
use mch_verification::pair::Pair;
use mch_verification::system::{GuestSetup, Layout, System};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use unit::{bytes, GUEST_BYTES, LIMIT};

/// Two units and two models.
struct Twins {
    pair: Pair,
    golden: [Golden; 2],
    /// First address of the guest's region, and its bytes.
    home: u64,
    length: usize,
}

/// The guest: at the start of memory, with a ring of 28 slots or more.
fn setup(config: &Config) -> GuestSetup {
    let ring_size = if config.block_bytes() > 1024 { 17 } else { 15 };
    GuestSetup {
        strategy: Strategy::S2,
        offset: 0,
        bytes: GUEST_BYTES.max(config.granule_bytes().into()),
        ring_size,
        ring_base: Layout::of(config).rings.next_multiple_of(1 << ring_size),
        processors: 0,
    }
}

impl Twins {
    fn new(config: &Config, seed: u64) -> Twins {
        let mut units =
            [0, 1].map(|end| System::fast(config, 4 + 9 * end, seed + u64::from(end)).unwrap());
        let (layout, ring) = (units[0].layout, setup(config));
        let (home, length) = (layout.memory, ring.bytes as usize);
        let golden = [0, 1].map(|end: usize| {
            let mut memory = Memory::with_background(|_, bytes| bytes.fill(0));
            memory.write(home, &bytes(&units[end], home, length));
            Golden::new(config, memory)
        });
        for unit in &mut units {
            unit.enable().unwrap();
            unit.write(offset::LINK_RETRY, 1 << 20).unwrap();
            unit.configure(0, ring).unwrap();
        }
        let mut twins = Twins {
            pair: Pair::new(units).unwrap(),
            golden,
            home,
            length,
        };
        for golden in &mut twins.golden {
            for (address, value) in [
                (offset::MEM_BASE, (layout.memory >> 12) as u32),
                (offset::CTRL, 1),
                (region_address(0, offset::R_GUEST), 0),
                (region_address(0, offset::R_BASE), (home >> 12) as u32),
                (
                    region_address(0, offset::R_BLOCKS),
                    length as u32 >> config.block_shift(),
                ),
                (guest_address(0, offset::G_STRATEGY), 2),
                (
                    guest_address(0, offset::G_RING_BASE),
                    (ring.ring_base >> 12) as u32,
                ),
                (guest_address(0, offset::G_RING_SIZE), ring.ring_size),
            ] {
                golden.register_write(address, value).unwrap();
            }
        }
        twins
    }

    /// The models tell each other all.
    fn exchange(&mut self) {
        let [first, second] = &mut self.golden;
        first.exchange(second);
    }

    /// A command for unit and model, and its end: the same, whatever it is.
    fn command(&mut self, end: usize, operation: Operation) -> (u32, u32) {
        let command = guest_address(0, offset::G_COMMAND);
        // A standby's own APPLY may be under way.
        for attempt in 0.. {
            let response = self.pair.units[end]
                .try_write(command, operation.code())
                .unwrap();
            let error = self.pair.units[end].read(offset::ERROR).unwrap() & 0xff;
            let taken = response == Response::Okay;
            if taken || error != 4 || attempt == 1_000 {
                let model = self.golden[end].register_write(command, operation.code());
                assert_eq!(
                    model.map_err(|code| code.code()),
                    taken.then_some(()).ok_or(error),
                    "{operation}"
                );
                break;
            }
            self.pair.run(20).unwrap();
        }
        // The refusals that this loop has caused are no part of the comparison.
        self.pair.units[end].write(offset::ERROR, 0).unwrap();
        self.pair.units[end]
            .write(offset::IRQ_STATUS, 0x1f)
            .unwrap();
        self.golden[end].register_write(offset::ERROR, 0).unwrap();
        self.golden[end]
            .register_write(offset::IRQ_STATUS, 0x1f)
            .unwrap();
        self.exchange();
        let completion = self.pair.wait(end, 0, LIMIT).unwrap();
        (completion >> 8 & 0xff, completion >> 16 & 0xff)
    }

    fn write(&mut self, end: usize, address: u64, data: &[u8]) {
        let config = self.pair.units[end].config.clone();
        let width = config.data_bytes() as usize;
        let beats: Vec<Beat> = (data.chunks(width))
            .map(|data| Beat {
                data: data.to_vec(),
                strobes: u64::MAX >> (64 - width),
            })
            .collect();
        let burst = mch_golden::Burst::incr(&config, address, data.len() as u64);
        self.golden[end].write(&burst, &beats);
        self.exchange();
        let unit = &mut self.pair.units[end];
        let burst = Burst::incr(address, beats.len() as u16, config.full_size() as u8);
        let request = WriteRequest::new(burst, data.to_vec());
        let ticket = unit.simulation[unit.ports[0]].write(request).unwrap();
        for _ in 0..2_000 {
            if unit::answered(&self.pair.units[end], 0, ticket) {
                let done = unit::done(&mut self.pair.units[end], 0, ticket);
                assert_eq!(done.response(), Response::Okay);
                return;
            }
            self.pair.run(10).unwrap();
        }
        panic!("a write is not answered");
    }

    /// Registers of the guest, counts of copies and frames, and the guest's memory.
    fn compare(&mut self, when: &str) {
        self.pair.run(6_000).unwrap();
        for end in 0..2 {
            let unit = &mut self.pair.units[end];
            let golden = &mut self.golden[end];
            let config = unit.config.clone();
            let guest = TABLE.iter().filter(|register| {
                register.page == Page::Guest
                    && register.access != Access::Wo
                    && register.copies(&config) > 0
            });
            for register in guest {
                let address = guest_address(0, register.offset);
                if golden.is_timing(address) {
                    continue;
                }
                let found = unit.read(address).unwrap();
                let wanted = golden.register_read(address).unwrap();
                assert_eq!(found, wanted, "{when}: {} of unit {end}", register.name);
            }
            for register in [offset::COPIES, offset::COPY_ERRORS, offset::LINK_FRAMES] {
                assert_eq!(
                    unit.read(register).unwrap(),
                    golden.register_read(register).unwrap(),
                    "{when}"
                );
            }
            assert_eq!(unit.read(offset::LINK_REPEATS).unwrap(), 0, "{when}");
            assert_eq!(
                bytes(unit, self.home, self.length),
                golden.memory().read(self.home, self.length),
                "{when}: memory of unit {end}"
            );
        }
    }
}

fn config(data_width: u32, block: u64) -> Config {
    Config {
        strategies: vec![Strategy::S2],
        settable: false,
        link: true,
        data_width,
        block_size: mch_spec::config::Size(block),
        memory_size: mch_spec::config::Size(block * 1024),
        ..unit::machine().config
    }
}

/// Rounds of writes and checkpoints, with a takeover now and then: the ends change their parts.
#[test]
fn units_and_models_agree_on_every_number() {
    let ok = (Status::Ok.code(), 0);
    for (seed, data_width, block) in [(1, 64, 64), (2, 32, 64), (3, 128, 64)] {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut twins = Twins::new(&config(data_width, block), seed);
        let (home, length_of_all) = (twins.home, twins.length as u64);
        let mut primary = 0;
        assert_eq!(twins.command(0, Operation::Attach), ok);
        assert_eq!(twins.command(1, Operation::Standby), ok);
        for round in 0..8 {
            let when = format!("{data_width} bits, blocks of {block}, round {round}");
            for _ in 0..random.random_range(0..12) {
                let beats = [1, 2, 8, 16][random.random_range(0..4)];
                let width = u64::from(data_width / 8);
                let length = beats * width;
                let at = home + random.random_range(0..(length_of_all - length) / width) * width;
                // Within a page.
                let at = at.min((at / 4096 + 1) * 4096 - length);
                let data: Vec<u8> = (0..length).map(|_| random.random()).collect();
                twins.write(primary, at, &data);
            }
            assert_eq!(twins.command(primary, Operation::Checkpoint), ok, "{when}");
            twins.compare(&when);
            if round % 3 == 2 {
                let backup = 1 - primary;
                // A part of an interval, which the backup drops.
                twins.write(primary, home + 128, &vec![round; data_width as usize / 8]);
                twins.compare(&format!("{when}, in the next interval"));
                assert_eq!(twins.command(backup, Operation::Takeover), ok, "{when}");
                assert_eq!(twins.command(primary, Operation::Detach), ok, "{when}");
                assert_eq!(twins.command(primary, Operation::Standby), ok, "{when}");
                primary = backup;
                twins.compare(&format!("{when}, taken over"));
            }
        }
        let frames = twins
            .golden
            .map(|mut golden| golden.register_read(offset::LINK_FRAMES).unwrap());
        assert!(
            frames[0] > 2 * (length_of_all / block) as u32
                && frames[1] > (length_of_all / block) as u32,
            "each has synchronised the other, the first twice: {frames:?}"
        );
        println!("{data_width} bits: {frames:?} frames sent");
    }
}
