//! Plays a script: sets and polls registers, writes and checks memory, and says what came of it.
//!
//! **Does**: a step at a time ([`Step`]), from a block RAM. What does not come out as the script says, an answer other than OKAY
//! and a step that takes 2^20 cycles go on at the script's failure part, with `failed` high from then on. **Ports**: manager of the unit's memory
//! port (INCR bursts of 16 beats of 32 bits) and of its register port; characters to a transmitter; `passed` once a turn was good and
//! none was bad; `turns` counts. **Errors**: told by `failed`. **Reset**: step 0.

use super::player_state::PlayerState;
use super::script::{Script, Step};
use crate::blocks::constants::constant;
use crate::prelude::*;

/// Bits of a step's number.
const STEP_BITS: usize = 8;

/// The player of a script.
#[derive(Clone, Debug, LogicBlock)]
pub struct BoardPlayer {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Byte address of a register, for reads and writes.
    pub register_address: Signal<Out, Bits<17>>,
    /// What is written to it.
    pub register_data: Signal<Out, Bits<32>>,
    /// AXI4-Lite AWVALID.
    pub set_address_valid: Signal<Out, Bit>,
    /// AXI4-Lite AWREADY.
    pub set_address_ready: Signal<In, Bit>,
    /// AXI4-Lite WVALID.
    pub set_data_valid: Signal<Out, Bit>,
    /// AXI4-Lite WREADY.
    pub set_data_ready: Signal<In, Bit>,
    /// AXI4-Lite BVALID; always taken.
    pub set_done: Signal<In, Bit>,
    /// AXI4-Lite BRESP.
    pub set_response: Signal<In, Bits<2>>,
    /// AXI4-Lite ARVALID.
    pub get_valid: Signal<Out, Bit>,
    /// AXI4-Lite ARREADY.
    pub get_ready: Signal<In, Bit>,
    /// AXI4-Lite RVALID; always taken.
    pub get_done: Signal<In, Bit>,
    /// AXI4-Lite RDATA.
    pub get_data: Signal<In, Bits<32>>,
    /// AXI4-Lite RRESP.
    pub get_response: Signal<In, Bits<2>>,
    /// Byte address of a burst, for reads and writes.
    pub address: Signal<Out, Bits<20>>,
    /// AXI4 AWVALID.
    pub awvalid: Signal<Out, Bit>,
    /// AXI4 AWREADY.
    pub awready: Signal<In, Bit>,
    /// AXI4 WVALID.
    pub wvalid: Signal<Out, Bit>,
    /// AXI4 WREADY.
    pub wready: Signal<In, Bit>,
    /// AXI4 WDATA.
    pub wdata: Signal<Out, Bits<32>>,
    /// AXI4 WLAST.
    pub wlast: Signal<Out, Bit>,
    /// AXI4 BVALID; always taken.
    pub bvalid: Signal<In, Bit>,
    /// AXI4 BRESP.
    pub bresp: Signal<In, Bits<2>>,
    /// AXI4 ARVALID.
    pub arvalid: Signal<Out, Bit>,
    /// AXI4 ARREADY.
    pub arready: Signal<In, Bit>,
    /// AXI4 RVALID; always taken.
    pub rvalid: Signal<In, Bit>,
    /// AXI4 RDATA.
    pub rdata: Signal<In, Bits<32>>,
    /// AXI4 RRESP.
    pub rresp: Signal<In, Bits<2>>,
    /// A character for the transmitter.
    pub character: Signal<Out, Bits<8>>,
    /// There is one.
    pub character_valid: Signal<Out, Bit>,
    /// It is taken.
    pub character_ready: Signal<In, Bit>,
    /// A turn was good and none was bad.
    pub passed: Signal<Out, Bit>,
    /// Something went wrong.
    pub failed: Signal<Out, Bit>,
    /// Good turns, modulo 256.
    pub turns: Signal<Out, Bits<8>>,
    script: BlockRam<Bits<64>, STEP_BITS>,
    state: Register<PlayerState>,
    step: Register<Bits<STEP_BITS>>,
    operation: Register<Bits<4>>,
    count: Register<Bits<8>>,
    place: Register<Bits<20>>,
    data: Register<Bits<32>>,
    seed: Register<Bits<32>>,
    turn: Register<Bits<8>>,
    beat: Register<Bits<4>>,
    patience: Register<Bits<20>>,
    good: Register<Bit>,
    bad: Register<Bit>,
    bad_step: Register<Bits<STEP_BITS>>,
    got: Register<Bits<32>>,
    sent: Register<Bits<8>>,
    pattern: Signal<Local, Bits<32>>,
    masked: Signal<Local, Bits<32>>,
    done: Signal<Local, Bit>,
    wrong: Signal<Local, Bit>,
    failure: Constant<Bits<STEP_BITS>>,
    last_beat: Constant<Bits<4>>,
    digit_zero: Constant<Bits<8>>,
    digit_letter: Constant<Bits<8>>,
    digit: Signal<Local, Bits<8>>,
    is_say: Constant<Bits<4>>,
    is_set: Constant<Bits<4>>,
    is_until_clear: Constant<Bits<4>>,
    is_until_set: Constant<Bits<4>>,
    is_expect: Constant<Bits<4>>,
    is_write: Constant<Bits<4>>,
    is_check: Constant<Bits<4>>,
    is_abandon: Constant<Bits<4>>,
    is_pass: Constant<Bits<4>>,
    is_digit: Constant<Bits<4>>,
}

impl BoardPlayer {
    /// A player of this script, of 256 steps at most.
    pub fn new(script: &Script) -> Self {
        Self {
            clock: Signal::default(),
            register_address: Signal::default(),
            register_data: Signal::default(),
            set_address_valid: Signal::default(),
            set_address_ready: Signal::default(),
            set_data_valid: Signal::default(),
            set_data_ready: Signal::default(),
            set_done: Signal::default(),
            set_response: Signal::default(),
            get_valid: Signal::default(),
            get_ready: Signal::default(),
            get_done: Signal::default(),
            get_data: Signal::default(),
            get_response: Signal::default(),
            address: Signal::default(),
            awvalid: Signal::default(),
            awready: Signal::default(),
            wvalid: Signal::default(),
            wready: Signal::default(),
            wdata: Signal::default(),
            wlast: Signal::default(),
            bvalid: Signal::default(),
            bresp: Signal::default(),
            arvalid: Signal::default(),
            arready: Signal::default(),
            rvalid: Signal::default(),
            rdata: Signal::default(),
            rresp: Signal::default(),
            character: Signal::default(),
            character_valid: Signal::default(),
            character_ready: Signal::default(),
            passed: Signal::default(),
            failed: Signal::default(),
            turns: Signal::default(),
            script: BlockRam::new(1 << STEP_BITS).with_contents(script.words.clone()),
            state: Register::new(PlayerState::Fetch),
            step: Register::default(),
            operation: Register::default(),
            count: Register::default(),
            place: Register::default(),
            data: Register::default(),
            seed: Register::default(),
            turn: Register::default(),
            beat: Register::default(),
            patience: Register::default(),
            good: Register::default(),
            bad: Register::default(),
            bad_step: Register::default(),
            got: Register::default(),
            sent: Register::default(),
            pattern: Signal::default(),
            masked: Signal::default(),
            done: Signal::default(),
            wrong: Signal::default(),
            failure: constant(u64::from(script.failure)),
            last_beat: constant(15),
            digit_zero: constant(u64::from(b'0')),
            digit_letter: constant(u64::from(b'a') - 10),
            digit: Signal::default(),
            is_say: constant(Step::Say as u64),
            is_set: constant(Step::Set as u64),
            is_until_clear: constant(Step::UntilClear as u64),
            is_until_set: constant(Step::UntilSet as u64),
            is_expect: constant(Step::Expect as u64),
            is_write: constant(Step::Write as u64),
            is_check: constant(Step::Check as u64),
            is_abandon: constant(Step::Abandon as u64),
            is_pass: constant(Step::Pass as u64),
            is_digit: constant(Step::Digit as u64),
        }
    }
}

impl Logic for BoardPlayer {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: board_player");
        comment!("Plays the script of the self test, a step at a time: sets and polls registers, writes and checks memory, says what came");
        comment!("of it. What goes wrong, or takes 2^20 cycles, goes on at the script's failure part. Reset: step 0.");
        clock!(self, clock, script);
        dff_setup!(
            self, clock, state, step, operation, count, place, data, seed, turn, beat, patience,
            good, bad, bad_step, got, sent
        );
        self.script.write_enable.next = false;
        self.script.write_address.next = 0.into();
        self.script.write_data.next = 0.into();
        self.script.read_enable.next = true;
        self.script.read_address.next = self.step.q.val();
        // Every word of memory has its own pattern, every turn another.
        self.pattern.next = ((bit_cast::<32, 20>(self.place.q.val()) << 16)
            | bit_cast::<32, 16>(!self.place.q.val().get_bits::<16>(0)))
            ^ self.seed.q.val();
        self.register_address.next = self.place.q.val().get_bits::<17>(0);
        self.register_data.next = self.data.q.val();
        self.address.next = self.place.q.val();
        self.set_address_valid.next = false;
        self.set_data_valid.next = false;
        self.get_valid.next = false;
        self.awvalid.next = false;
        self.arvalid.next = false;
        self.wvalid.next = false;
        self.wdata.next = self.pattern.val();
        self.wlast.next = (self.beat.q.val() == self.last_beat.val())
            & (self.operation.q.val() == self.is_write.val());
        self.character_valid.next = false;
        self.character.next = self.sent.q.val();
        self.digit.next = bit_cast::<8, 4>(self.bad_step.q.val().get_bits::<4>(0));
        if self.data.q.val().any() {
            self.digit.next = bit_cast::<8, 4>(self.bad_step.q.val().get_bits::<4>(4));
        }
        self.masked.next = self.got.q.val() ^ self.data.q.val();
        if !self.count.q.val().get_bit(2) {
            self.masked.next = (self.got.q.val() ^ self.data.q.val()) & 0xff_ffff;
        }
        self.done.next = false;
        self.wrong.next = false;
        match self.state.q.val() {
            PlayerState::Fetch => {
                self.patience.d.next = 0.into();
                self.state.d.next = PlayerState::Decode;
            }
            PlayerState::Decode => {
                self.operation.d.next = self.script.read_data.val().get_bits::<4>(60);
                self.count.d.next = self.script.read_data.val().get_bits::<8>(52);
                self.place.d.next = self.script.read_data.val().get_bits::<20>(32);
                self.data.d.next = self.script.read_data.val().get_bits::<32>(0);
                self.seed.d.next = self.script.read_data.val().get_bits::<32>(0)
                    ^ bit_cast::<32, 8>(self.turn.q.val());
                self.beat.d.next = 0.into();
                self.state.d.next = PlayerState::Begin;
            }
            PlayerState::Begin => {
                self.state.d.next = PlayerState::Stop;
                if self.operation.q.val() == self.is_say.val() {
                    self.sent.d.next = self.data.q.val().get_bits::<8>(0);
                    self.state.d.next = PlayerState::Say;
                }
                if self.operation.q.val() == self.is_digit.val() {
                    self.sent.d.next = self.digit.val() + self.digit_zero.val();
                    if self.digit.val() > 9 {
                        self.sent.d.next = self.digit.val() + self.digit_letter.val();
                    }
                    self.state.d.next = PlayerState::Say;
                }
                if self.operation.q.val() == self.is_set.val() {
                    self.state.d.next = PlayerState::SetAddress;
                }
                if (self.operation.q.val() == self.is_until_clear.val())
                    | (self.operation.q.val() == self.is_until_set.val())
                    | (self.operation.q.val() == self.is_expect.val())
                {
                    self.state.d.next = PlayerState::GetAddress;
                }
                if (self.operation.q.val() == self.is_write.val())
                    | (self.operation.q.val() == self.is_abandon.val())
                {
                    self.state.d.next = PlayerState::WriteAddress;
                }
                if self.operation.q.val() == self.is_check.val() {
                    self.state.d.next = PlayerState::ReadAddress;
                }
                if self.operation.q.val() == self.is_pass.val() {
                    self.good.d.next = true;
                    self.turn.d.next = self.turn.q.val() + 1;
                    self.step.d.next = self.data.q.val().get_bits::<8>(0);
                    self.state.d.next = PlayerState::Fetch;
                }
            }
            PlayerState::Say => {
                self.character_valid.next = true;
                self.done.next = self.character_ready.val();
            }
            PlayerState::SetAddress => {
                self.set_address_valid.next = true;
                if self.set_address_ready.val() {
                    self.state.d.next = PlayerState::SetData;
                }
            }
            PlayerState::SetData => {
                self.set_data_valid.next = true;
                if self.set_data_ready.val() {
                    self.state.d.next = PlayerState::SetResponse;
                }
            }
            PlayerState::SetResponse => {
                self.done.next = self.set_done.val();
                self.wrong.next = self.set_done.val() & self.set_response.val().any();
            }
            PlayerState::GetAddress => {
                self.get_valid.next = true;
                if self.get_ready.val() {
                    self.state.d.next = PlayerState::GetData;
                }
            }
            PlayerState::GetData => {
                if self.get_done.val() {
                    self.got.d.next = self.get_data.val();
                    self.wrong.next = self.get_response.val().any();
                    self.state.d.next = PlayerState::Judge;
                }
            }
            PlayerState::Judge => {
                if self.operation.q.val() == self.is_expect.val() {
                    self.done.next = true;
                    self.wrong.next = self.masked.val().any();
                } else if (self.got.q.val() & self.data.q.val()).any()
                    == (self.operation.q.val() == self.is_until_set.val())
                {
                    self.done.next = true;
                } else {
                    self.state.d.next = PlayerState::GetAddress;
                }
            }
            PlayerState::WriteAddress => {
                self.awvalid.next = true;
                if self.awready.val() {
                    self.state.d.next = PlayerState::WriteBeats;
                }
            }
            PlayerState::WriteBeats => {
                self.wvalid.next = true;
                if self.wready.val() {
                    self.place.d.next = self.place.q.val() + 4;
                    self.beat.d.next = self.beat.q.val() + 1;
                    if self.operation.q.val() == self.is_abandon.val() {
                        self.count.d.next = self.count.q.val() - 1;
                        self.done.next = self.count.q.val() == 1;
                    } else if self.beat.q.val() == self.last_beat.val() {
                        self.state.d.next = PlayerState::WriteResponse;
                    }
                }
            }
            PlayerState::WriteResponse => {
                if self.bvalid.val() {
                    self.wrong.next = self.bresp.val().any();
                    self.count.d.next = self.count.q.val() - 1;
                    self.state.d.next = PlayerState::WriteAddress;
                    self.done.next = self.count.q.val() == 1;
                }
            }
            PlayerState::ReadAddress => {
                self.arvalid.next = true;
                if self.arready.val() {
                    self.state.d.next = PlayerState::ReadBeats;
                }
            }
            PlayerState::ReadBeats => {
                if self.rvalid.val() {
                    self.place.d.next = self.place.q.val() + 4;
                    self.beat.d.next = self.beat.q.val() + 1;
                    self.wrong.next =
                        self.rresp.val().any() | (self.rdata.val() != self.pattern.val());
                    if self.beat.q.val() == self.last_beat.val() {
                        self.count.d.next = self.count.q.val() - 1;
                        self.state.d.next = PlayerState::ReadAddress;
                        self.done.next = self.count.q.val() == 1;
                    }
                }
            }
            PlayerState::Stop => {}
        }
        if self.state.q.val() != PlayerState::Fetch {
            self.patience.d.next = self.patience.q.val() + 1;
        }
        if self.done.val() {
            self.step.d.next = self.step.q.val() + 1;
            self.state.d.next = PlayerState::Fetch;
        }
        // A failure while one is being told changes nothing.
        if (self.wrong.val() | self.patience.q.val().all()) & !self.bad.q.val() {
            self.bad.d.next = true;
            self.bad_step.d.next = self.step.q.val();
            self.step.d.next = self.failure.val();
            self.state.d.next = PlayerState::Fetch;
        }
        self.passed.next = self.good.q.val() & !self.bad.q.val();
        self.failed.next = self.bad.q.val();
        self.turns.next = self.turn.q.val();
    }
}
