//! How fast emitted Verilog runs in Verilator beside a hand-written module of the same function.
//!
//! `cargo run --release -p mch-hdl --example twin_speed` builds both, checks that they agree and prints
//! the ratio of their speeds.

use anyhow::{ensure, Result};
use mch_hdl::emit::{emit, EmitOptions};
use mch_hdl::prelude::*;
use std::time::{Duration, Instant};
use verilated::{Cache, Design, Instance, Optimization};

/// Pushes pseudo-random words through a queue and sums up what comes out.
#[derive(LogicBlock)]
struct Exerciser {
    clock: Signal<In, ClkRst>,
    sum: Signal<Out, Bits<64>>,
    state: Register<Bits<64>>,
    total: Register<Bits<64>>,
    queue: Fifo<Bits<64>>,
}

impl Default for Exerciser {
    fn default() -> Self {
        Self {
            clock: Signal::default(),
            sum: Signal::default(),
            state: Register::new(0x9e37_79b9_7f4a_7c15_u64.into()),
            total: Register::default(),
            queue: Fifo::new(16),
        }
    }
}

impl Logic for Exerciser {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: exerciser");
        comment!("Pushes pseudo-random words through a queue and sums up what comes out.");
        dff_setup!(self, clock, state, total);
        clock!(self, clock, queue);
        self.state.d.next = (self.state.q.val() << 1)
            | bit_cast::<64, 1>(
                (self.state.q.val().get_bit(63)
                    ^ self.state.q.val().get_bit(62)
                    ^ self.state.q.val().get_bit(60)
                    ^ self.state.q.val().get_bit(59))
                .into(),
            );
        self.queue.push.next = self.state.q.val().get_bit(3);
        self.queue.data_in.next = self.state.q.val();
        self.queue.pop.next = self.state.q.val().get_bit(17);
        if self.queue.valid.val() & self.state.q.val().get_bit(17) {
            self.total.d.next = self.total.q.val() + self.queue.data_out.val();
        }
        self.sum.next = self.total.q.val();
    }
}

const BY_HAND: &str = "
module by_hand (input wire clk, input wire rst, output wire [63:0] sum);
    reg [63:0] state, total;
    reg [63:0] memory [0:15];
    reg [3:0] head, tail;
    reg [4:0] count;
    wire push = state[3] && count != 5'd16;
    wire pop = state[17] && count != 5'd0;
    assign sum = total;
    always @(posedge clk) begin
        if (push)
            memory[tail] <= state;
        if (rst) begin
            state <= 64'h9e3779b97f4a7c15;
            total <= 64'd0;
            head <= 4'd0;
            tail <= 4'd0;
            count <= 5'd0;
        end else begin
            state <= {state[62:0], state[63] ^ state[62] ^ state[60] ^ state[59]};
            if (push)
                tail <= tail + 4'd1;
            if (pop) begin
                head <= head + 4'd1;
                total <= total + memory[head];
            end
            if (push && !pop)
                count <= count + 5'd1;
            else if (pop && !push)
                count <= count - 5'd1;
        end
    end
endmodule
";

fn run(model: &mut Instance, cycles: u64) -> Result<(u64, Duration)> {
    let library = model.library().clone();
    let (clk, rst) = (library.input("clk")?, library.input("rst")?);
    let sum = library.output("sum")?;
    model.set(rst, 1);
    model.cycles(clk, 2)?;
    model.set(rst, 0);
    let start = Instant::now();
    model.cycles(clk, cycles)?;
    Ok((model.get(sum), start.elapsed()))
}

fn main() -> Result<()> {
    let cycles = 3_000_000;
    let mut emitted = Design::new("exerciser").optimization(Optimization::Most);
    for file in emit(&Exerciser::default(), &EmitOptions::default())? {
        emitted = emitted.text(file.name, file.text);
    }
    let by_hand = Design::new("by_hand")
        .text("by_hand.v", BY_HAND)
        .optimization(Optimization::Most);
    let cache = Cache::default();
    let (emitted, by_hand) = (emitted.build(&cache)?, by_hand.build(&cache)?);
    let (mut best, mut best_by_hand) = (Duration::MAX, Duration::MAX);
    // The best of several runs in turn: other work on the machine slows down single ones.
    for _ in 0..5 {
        let (sum, time) = run(&mut emitted.instance(1)?, cycles)?;
        let (sum_by_hand, time_by_hand) = run(&mut by_hand.instance(1)?, cycles)?;
        ensure!(
            sum == sum_by_hand,
            "the twins differ: {sum:x}, {sum_by_hand:x}"
        );
        best = best.min(time);
        best_by_hand = best_by_hand.min(time_by_hand);
    }
    let speed = |time: Duration| cycles as f64 / time.as_secs_f64() / 1e6;
    println!(
        "emitted {:.1} M cycles/s, by hand {:.1} M cycles/s: ratio {:.2}",
        speed(best),
        speed(best_by_hand),
        best_by_hand.as_secs_f64() / best.as_secs_f64()
    );
    Ok(())
}
