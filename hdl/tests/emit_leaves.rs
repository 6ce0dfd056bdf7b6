//! Each leaf behaves in Verilator as it does in rust-hdl's simulator, cycle for cycle.

use crate::emit_support;

use emit_support::twin::{Clocked, Twin, Value};
use mch_hdl::prelude::*;
use num_bigint::BigUint;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CYCLES: usize = 3_000;

macro_rules! clocked {
    ($($block:ty),+) => {
        $(impl Clocked for $block {
            fn clock(&mut self) -> &mut ClkRst {
                &mut self.clock.next
            }
        })+
    };
}

clocked!(
    Fifo<Bits<40>>,
    FrontFifo<Bits<40>>,
    BlockFifo<Bits<40>>,
    SkidBuffer<Bits<65>>,
    Registers,
    Memories,
    DeepMemory
);

/// Every kind of register.
#[derive(LogicBlock)]
struct Registers {
    clock: Signal<In, ClkRst>,
    data: Signal<In, Bits<40>>,
    enable: Signal<In, Bit>,
    reset: Signal<Out, Bits<40>>,
    narrow: Signal<Out, Bits<40>>,
    unreset: Signal<Out, Bits<40>>,
    counter: Signal<Out, Bits<40>>,
    held: Signal<Out, Bits<40>>,
    reset_r: Register<Bits<40>>,
    narrow_r: Register<Bits<40>>,
    unreset_r: Register<Bits<40>>,
    counter_r: Register<Bits<40>>,
    held_r: Register<Bits<40>>,
}

impl Registers {
    fn new() -> Self {
        Self {
            clock: Signal::default(),
            data: Signal::default(),
            enable: Signal::default(),
            reset: Signal::default(),
            narrow: Signal::default(),
            unreset: Signal::default(),
            counter: Signal::default(),
            held: Signal::default(),
            reset_r: Register::new(bits(0x12_3456_789a)),
            narrow_r: Register::narrow(bits(5), 7),
            unreset_r: Register::without_reset(),
            counter_r: Register::narrow(bits(0), 5),
            held_r: Register::narrow_without_reset(33),
        }
    }
}

impl Logic for Registers {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: registers");
        dff_setup!(self, clock, reset_r, narrow_r, unreset_r, counter_r, held_r);
        self.reset_r.d.next = self.data.val();
        self.narrow_r.d.next = self.data.val();
        self.unreset_r.d.next = self.data.val();
        if self.enable.val() {
            self.counter_r.d.next = self.counter_r.q.val() + 1;
            self.held_r.d.next = self.data.val();
        }
        self.reset.next = self.reset_r.q.val();
        self.narrow.next = self.narrow_r.q.val();
        self.unreset.next = self.unreset_r.q.val();
        self.counter.next = self.counter_r.q.val();
        self.held.next = self.held_r.q.val();
    }
}

#[test]
fn registers_agree() {
    let mut twin = Twin::new(Registers::new());
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for cycle in 0..CYCLES {
        let rst = cycle == 0 || random.random_range(0..30) == 0;
        let enable = cycle == 0 || random.random();
        drive!(twin, data, random.random::<u64>() >> 24);
        drive!(twin, enable, u32::from(enable));
        twin.low(rst);
        if cycle > 0 {
            compare!(twin, cycle, reset, narrow, unreset, counter, held);
        }
        twin.rise(rst);
    }
}

/// Every kind of memory, of depths that are and are not powers of two.
#[derive(LogicBlock)]
struct Memories {
    clock: Signal<In, ClkRst>,
    write_enable: Signal<In, Bit>,
    write_lanes: Signal<In, Bits<4>>,
    write_address: Signal<In, Bits<16>>,
    write_data: Signal<In, Bits<40>>,
    read_enable: Signal<In, Bit>,
    read_address: Signal<In, Bits<16>>,
    block_data: Signal<Out, Bits<40>>,
    narrow_data: Signal<Out, Bits<40>>,
    registered_data: Signal<Out, Bits<40>>,
    preset_data: Signal<Out, Bits<40>>,
    lane_data: Signal<Out, Bits<40>>,
    distributed_data: Signal<Out, Bits<40>>,
    single_data: Signal<Out, Bits<40>>,
    block: BlockRam<Bits<40>, 16>,
    narrow: BlockRam<Bits<40>, 16>,
    registered: BlockRam<Bits<40>, 16>,
    preset: BlockRam<Bits<40>, 16>,
    lanes: LaneRam<40, 16, 4>,
    distributed: DistributedRam<Bits<40>, 16>,
    single: DistributedRam<Bits<40>, 16>,
    zero: Constant<Bits<16>>,
}

const DEPTH: usize = 12;

impl Memories {
    fn new() -> Self {
        Self {
            clock: Signal::default(),
            write_enable: Signal::default(),
            write_lanes: Signal::default(),
            write_address: Signal::default(),
            write_data: Signal::default(),
            read_enable: Signal::default(),
            read_address: Signal::default(),
            block_data: Signal::default(),
            narrow_data: Signal::default(),
            registered_data: Signal::default(),
            preset_data: Signal::default(),
            lane_data: Signal::default(),
            distributed_data: Signal::default(),
            single_data: Signal::default(),
            block: BlockRam::new(DEPTH),
            narrow: BlockRam::narrow(DEPTH, 9),
            registered: BlockRam::new(DEPTH).registered(),
            preset: BlockRam::narrow(DEPTH, 33).with_contents(
                (0..DEPTH as u64)
                    .map(|k| (k * 0x1234_5678) & 0x1_ffff_ffff)
                    .collect(),
            ),
            lanes: LaneRam::new(DEPTH, 4, 9),
            distributed: DistributedRam::narrow(DEPTH, 31),
            single: DistributedRam::new(1),
            zero: Constant::new(0.into()),
        }
    }
}

impl Logic for Memories {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: memories");
        clock!(
            self,
            clock,
            block,
            narrow,
            registered,
            preset,
            lanes,
            distributed,
            single
        );
        self.block.write_enable.next = self.write_enable.val();
        self.block.write_address.next = self.write_address.val();
        self.block.write_data.next = self.write_data.val();
        self.block.read_enable.next = self.read_enable.val();
        self.block.read_address.next = self.read_address.val();
        self.block_data.next = self.block.read_data.val();
        self.narrow.write_enable.next = self.write_enable.val();
        self.narrow.write_address.next = self.write_address.val();
        self.narrow.write_data.next = self.write_data.val();
        self.narrow.read_enable.next = true;
        self.narrow.read_address.next = self.read_address.val();
        self.narrow_data.next = self.narrow.read_data.val();
        self.registered.write_enable.next = self.write_enable.val();
        self.registered.write_address.next = self.write_address.val();
        self.registered.write_data.next = self.write_data.val() + 1;
        self.registered.read_enable.next = self.read_enable.val();
        self.registered.read_address.next = self.read_address.val();
        self.registered_data.next = self.registered.read_data.val();
        self.preset.write_enable.next = self.write_enable.val() & self.read_enable.val();
        self.preset.write_address.next = self.write_address.val();
        self.preset.write_data.next = self.write_data.val();
        self.preset.read_enable.next = true;
        self.preset.read_address.next = self.read_address.val();
        self.preset_data.next = self.preset.read_data.val();
        self.lanes.write_lanes.next = self.write_lanes.val();
        self.lanes.write_address.next = self.write_address.val();
        self.lanes.write_data.next = self.write_data.val();
        self.lanes.read_enable.next = self.read_enable.val();
        self.lanes.read_address.next = self.read_address.val();
        self.lane_data.next = self.lanes.read_data.val();
        self.distributed.write_enable.next = self.write_enable.val();
        self.distributed.write_address.next = self.write_address.val();
        self.distributed.write_data.next = self.write_data.val();
        self.distributed.read_address.next = self.read_address.val();
        self.distributed_data.next = self.distributed.read_data.val();
        self.single.write_enable.next = self.write_enable.val();
        self.single.write_address.next = self.zero.val();
        self.single.write_data.next = self.write_data.val();
        self.single.read_address.next = self.zero.val();
        self.single_data.next = self.single.read_data.val();
    }
}

#[test]
fn memories_agree() {
    let mut twin = Twin::new(Memories::new());
    let mut random = ChaCha8Rng::seed_from_u64(2);
    for cycle in 0..CYCLES {
        drive!(twin, write_enable, random.random_range(0..2u32));
        drive!(twin, write_lanes, random.random_range(0..16u32));
        drive!(twin, write_address, random.random_range(0..DEPTH));
        drive!(twin, write_data, random.random::<u64>() >> 24);
        drive!(twin, read_enable, random.random_range(0..2u32));
        drive!(twin, read_address, random.random_range(0..DEPTH));
        twin.low(false);
        compare!(
            twin,
            cycle,
            block_data,
            narrow_data,
            registered_data,
            preset_data
        );
        compare!(twin, cycle, lane_data, distributed_data, single_data);
        twin.rise(false);
    }
    let text = &twin.text;
    assert!(text.contains("(* no_rw_check *)\n    reg  [39:0] block [0:11];"));
    assert!(text.contains("reg  [8:0] narrow [0:11];"), "{text}");
    assert!(text.contains("reg  [30:0] distributed [0:11];"), "{text}");
}

/// One block memory.
#[derive(LogicBlock)]
struct DeepMemory {
    clock: Signal<In, ClkRst>,
    write_enable: Signal<In, Bit>,
    write_address: Signal<In, Bits<16>>,
    write_data: Signal<In, Bits<40>>,
    read_enable: Signal<In, Bit>,
    read_address: Signal<In, Bits<16>>,
    read_data: Signal<Out, Bits<40>>,
    memory: BlockRam<Bits<40>, 16>,
}

impl DeepMemory {
    fn new(memory: BlockRam<Bits<40>, 16>) -> Self {
        Self {
            clock: Signal::default(),
            write_enable: Signal::default(),
            write_address: Signal::default(),
            write_data: Signal::default(),
            read_enable: Signal::default(),
            read_address: Signal::default(),
            read_data: Signal::default(),
            memory,
        }
    }
}

impl Logic for DeepMemory {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: deep_memory");
        clock!(self, clock, memory);
        self.memory.write_enable.next = self.write_enable.val();
        self.memory.write_address.next = self.write_address.val();
        self.memory.write_data.next = self.write_data.val();
        self.memory.read_enable.next = self.read_enable.val();
        self.memory.read_address.next = self.read_address.val();
        self.read_data.next = self.memory.read_data.val();
    }
}

/// A deep memory whose last column of 9 bits would be half empty stands in parts; another one does not.
#[test]
fn deep_memories_agree() {
    for (depth, width, registered, parts) in [
        (
            8192,
            32,
            false,
            &["[26:0] deep_0", "[3:0] deep_27", "deep_31"][..],
        ),
        (
            8192,
            23,
            true,
            &["[17:0] deep_0", "[3:0] deep_18", "deep_22"],
        ),
        (4096, 10, false, &["[8:0] deep_0", "deep_9"]),
        (5000, 38, true, &["[35:0] deep_0", "[1:0] deep_36"]),
        (4096, 14, false, &["[13:0] deep"]),
        (2048, 10, false, &["[9:0] deep"]),
        (8192, 27, false, &["[26:0] deep"]),
        (8192, 8, false, &["[7:0] deep"]),
    ] {
        let memory = BlockRam::narrow(depth, width);
        let mut twin = Twin::new(DeepMemory::new(match registered {
            true => memory.registered(),
            false => memory,
        }));
        for part in parts {
            let declared = format!(
                "    reg  {} [0:{}];",
                part.replace("deep", "memory"),
                depth - 1
            );
            assert!(twin.text.contains(&declared), "{declared}: {}", twin.text);
        }
        let mut random = ChaCha8Rng::seed_from_u64(depth as u64);
        // Far addresses, few enough to be met again.
        let mut address = || random.random_range(0..8) * depth / 8 + random.random_range(0..4);
        let places: Vec<(usize, usize)> = (0..CYCLES).map(|_| (address(), address())).collect();
        for (cycle, (write, read)) in places.into_iter().enumerate() {
            drive!(twin, write_enable, random.random_range(0..2u32));
            drive!(twin, write_address, write);
            drive!(twin, write_data, random.random::<u64>() >> 24);
            drive!(twin, read_enable, random.random_range(0..4u32).min(1));
            drive!(twin, read_address, read);
            twin.low(false);
            compare!(twin, cycle, read_data);
            twin.rise(false);
        }
    }
}

/// Pushes and pops at random and checks the order of items as well as the simulators' agreement.
macro_rules! queue_test {
    ($name:ident, $kind:ident, $depths:expr) => {
        #[test]
        fn $name() {
            for depth in $depths {
                let mut twin = Twin::new($kind::<Bits<40>>::narrow(depth, 33));
                let mut random = ChaCha8Rng::seed_from_u64(depth as u64);
                let mut items = std::collections::VecDeque::new();
                let mut most = 0;
                for cycle in 0..CYCLES {
                    let rst = cycle == 0;
                    let filling = cycle / 50 % 2 == 0;
                    let push = random.random_range(0..4) < if filling { 3 } else { 1 };
                    let pop = random.random_range(0..4) < if filling { 1 } else { 3 };
                    let item = random.random::<u64>() >> 31;
                    drive!(twin, push, u32::from(push));
                    drive!(twin, pop, u32::from(pop));
                    drive!(twin, data_in, item);
                    twin.low(rst);
                    if !rst {
                        compare!(twin, cycle, full, valid, count);
                        assert_eq!(twin.rust.count.val(), items.len() as u64);
                        assert_eq!(twin.rust.full.val(), items.len() == depth);
                        if twin.rust.valid.val() {
                            compare!(twin, cycle, data_out);
                            let oldest: &u64 = items.front().expect("an item");
                            assert_eq!(twin.rust.data_out.val(), *oldest);
                        }
                        let pops = pop && twin.rust.valid.val();
                        if push && !twin.rust.full.val() {
                            items.push_back(item);
                        }
                        if pops {
                            items.pop_front();
                        }
                        most = most.max(items.len());
                    }
                    twin.rise(rst);
                }
                assert_eq!(most, depth, "the test must fill the queue");
            }
        }
    };
}

queue_test!(fifo_agrees, Fifo, [1, 2, 5, 16]);
queue_test!(front_fifo_agrees, FrontFifo, [2, 3, 6, 17]);
queue_test!(block_fifo_agrees, BlockFifo, [1, 2, 5, 16]);

#[test]
fn block_fifo_moves_an_item_per_cycle() {
    let mut queue = BlockFifo::<Bits<40>>::new(16);
    queue.connect_all();
    let mut popped = 0;
    for cycle in 0..100 {
        queue.clock.next = ClkRst {
            clk: false,
            rst: cycle == 0,
        };
        queue.push.next = true;
        queue.pop.next = true;
        assert!(simulate(&mut queue, 50));
        if cycle >= 4 {
            assert!(queue.valid.val(), "no item in cycle {cycle}");
            popped += 1;
        }
        queue.clock.next.clk = true;
        assert!(simulate(&mut queue, 50));
    }
    assert_eq!(popped, 96);
}

#[test]
fn skid_buffer_agrees() {
    let moved = items_through(SkidBuffer::default());
    assert!(moved > CYCLES / 2, "only {moved} items moved");
}

#[test]
fn skid_buffer_in_turn_agrees() {
    let moved = items_through(SkidBuffer::in_turn(false));
    assert!(moved > CYCLES / 2, "only {moved} items moved");
}

#[test]
fn skid_buffer_of_one_item_agrees() {
    let moved = items_through(SkidBuffer::sized(true));
    // An item every other cycle at best.
    assert!(
        (CYCLES / 3..=CYCLES / 2).contains(&moved),
        "{moved} items moved"
    );
}

/// Sends random items through a buffer; how many came out.
fn items_through(buffer: SkidBuffer<Bits<65>>) -> usize {
    let mut twin = Twin::new(buffer);
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let mut items = std::collections::VecDeque::new();
    let mut offered: Option<BigUint> = None;
    let mut moved = 0;
    for cycle in 0..CYCLES {
        let rst = cycle == 0;
        if offered.is_none() && random.random_range(0..4) < 3 {
            offered = Some(BigUint::from(random.random::<u128>() >> 63));
        }
        let ready = random.random_range(0..4) < 3 || cycle > CYCLES / 2;
        drive!(twin, in_valid, u32::from(offered.is_some()));
        drive!(twin, in_data, offered.clone().unwrap_or_default());
        drive!(twin, out_ready, u32::from(ready));
        twin.low(rst);
        if !rst {
            compare!(twin, cycle, in_ready, out_valid);
            if twin.rust.out_valid.val() {
                compare!(twin, cycle, out_data);
            }
            if twin.rust.out_valid.val() && ready {
                let expected: BigUint = items.pop_front().expect("an item");
                assert_eq!(twin.rust.out_data.val().number(), expected);
                moved += 1;
            }
            if twin.rust.in_ready.val() {
                items.extend(offered.take());
            }
        }
        twin.rise(rst);
    }
    moved
}
