//! The self test of a board: the unit, block RAM behind it, and a player that uses both; nothing outside is needed.
//!
//! **Ports**: `disturb` spoils a word of memory while it is high; `uart_tx` tells what happens; `passed`, `failed`, and `turning`, which
//! changes with every good turn. **Errors**: `failed`, and the number of the step that failed on `uart_tx`. **Reset**: begins anew.

use super::memory::BoardMemory;
use super::player::BoardPlayer;
use super::script::{Places, Script};
use super::uart::BoardUart;
use crate::blocks::constants::constant;
use crate::blocks::MchCheckpoint;
use crate::prelude::*;
use mch_spec::Config;

/// The self test.
#[derive(Clone, Debug, LogicBlock)]
pub struct BoardSelfTest {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Spoils what is written to one word of memory.
    pub disturb: Signal<In, Bit>,
    /// Serial line, 8N1.
    pub uart_tx: Signal<Out, Bit>,
    /// A turn was good and none was bad.
    pub passed: Signal<Out, Bit>,
    /// Something went wrong.
    pub failed: Signal<Out, Bit>,
    /// Changes with every 16th good turn.
    pub turning: Signal<Out, Bit>,
    unit: MchCheckpoint<32, 4>,
    memory: BoardMemory,
    player: BoardPlayer,
    uart: BoardUart,
    full_size: Constant<Bits<3>>,
    incrementing: Constant<Bits<2>>,
    last_beat: Constant<Bits<8>>,
    strobes: Constant<Bits<4>>,
}

impl BoardSelfTest {
    /// The self test of a unit of one guest with S6, 32 bits wide; a bit of the serial line lasts `bit_cycles`.
    pub fn new(config: &Config, bit_cycles: u32) -> Self {
        let places = Places::of(config);
        Self {
            clock: Signal::default(),
            disturb: Signal::default(),
            uart_tx: Signal::default(),
            passed: Signal::default(),
            failed: Signal::default(),
            turning: Signal::default(),
            unit: MchCheckpoint::new(config),
            // In the middle of what the guest breaks.
            memory: BoardMemory::new(places.memory as usize, places.guest / 4 + 0x84),
            player: BoardPlayer::new(&Script::self_test(config)),
            uart: BoardUart::new(bit_cycles),
            full_size: constant(2),
            incrementing: constant(1),
            last_beat: constant(15),
            strobes: constant(15),
        }
    }
}

impl Logic for BoardSelfTest {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: board_self_test");
        comment!("The unit with block RAM behind it and a player before it: checkpoint, fault, rollback, compare, over and over.");
        comment!("passed, failed and uart_tx tell; disturb spoils a word of memory while it is high. Reset: begins anew.");
        clock!(self, clock, unit, memory, player, uart);
        self.memory.disturb.next = self.disturb.val();
        self.uart_tx.next = self.uart.tx.val();
        self.passed.next = self.player.passed.val();
        self.failed.next = self.player.failed.val();
        self.turning.next = self.player.turns.val().get_bit(4);
        self.uart.data.next = self.player.character.val();
        self.uart.valid.next = self.player.character_valid.val();
        self.player.character_ready.next = self.uart.ready.val();

        // The player on the unit's registers.
        self.unit.s_axil.awvalid.next = self.player.set_address_valid.val();
        self.unit.s_axil.awaddr.next = self.player.register_address.val();
        self.unit.s_axil.awprot.next = 0.into();
        self.unit.s_axil.wvalid.next = self.player.set_data_valid.val();
        self.unit.s_axil.wdata.next = self.player.register_data.val();
        self.unit.s_axil.wstrb.next = self.strobes.val();
        self.unit.s_axil.bready.next = true;
        self.unit.s_axil.arvalid.next = self.player.get_valid.val();
        self.unit.s_axil.araddr.next = self.player.register_address.val();
        self.unit.s_axil.arprot.next = 0.into();
        self.unit.s_axil.rready.next = true;
        self.player.set_address_ready.next = self.unit.s_axil.awready.val();
        self.player.set_data_ready.next = self.unit.s_axil.wready.val();
        self.player.set_done.next = self.unit.s_axil.bvalid.val();
        self.player.set_response.next = self.unit.s_axil.bresp.val();
        self.player.get_ready.next = self.unit.s_axil.arready.val();
        self.player.get_done.next = self.unit.s_axil.rvalid.val();
        self.player.get_data.next = self.unit.s_axil.rdata.val();
        self.player.get_response.next = self.unit.s_axil.rresp.val();

        // The player on the unit's memory port.
        self.unit.s_axi[0].awvalid.next = self.player.awvalid.val();
        self.unit.s_axi[0].awid.next = 0.into();
        self.unit.s_axi[0].awaddr.next = bit_cast::<40, 20>(self.player.address.val());
        self.unit.s_axi[0].awlen.next = self.last_beat.val();
        self.unit.s_axi[0].awsize.next = self.full_size.val();
        self.unit.s_axi[0].awburst.next = self.incrementing.val();
        self.unit.s_axi[0].awlock.next = false;
        self.unit.s_axi[0].awcache.next = 0.into();
        self.unit.s_axi[0].awprot.next = 0.into();
        self.unit.s_axi[0].awqos.next = 0.into();
        self.player.awready.next = self.unit.s_axi[0].awready.val();
        self.unit.s_axi[0].arvalid.next = self.player.arvalid.val();
        self.unit.s_axi[0].arid.next = 0.into();
        self.unit.s_axi[0].araddr.next = bit_cast::<40, 20>(self.player.address.val());
        self.unit.s_axi[0].arlen.next = self.last_beat.val();
        self.unit.s_axi[0].arsize.next = self.full_size.val();
        self.unit.s_axi[0].arburst.next = self.incrementing.val();
        self.unit.s_axi[0].arlock.next = false;
        self.unit.s_axi[0].arcache.next = 0.into();
        self.unit.s_axi[0].arprot.next = 0.into();
        self.unit.s_axi[0].arqos.next = 0.into();
        self.player.arready.next = self.unit.s_axi[0].arready.val();
        self.unit.s_axi[0].wvalid.next = self.player.wvalid.val();
        self.unit.s_axi[0].wdata.next = self.player.wdata.val();
        self.unit.s_axi[0].wstrb.next = self.strobes.val();
        self.unit.s_axi[0].wlast.next = self.player.wlast.val();
        self.unit.s_axi[0].bready.next = true;
        self.unit.s_axi[0].rready.next = true;
        self.player.wready.next = self.unit.s_axi[0].wready.val();
        self.player.bvalid.next = self.unit.s_axi[0].bvalid.val();
        self.player.bresp.next = self.unit.s_axi[0].bresp.val();
        self.player.rvalid.next = self.unit.s_axi[0].rvalid.val();
        self.player.rdata.next = self.unit.s_axi[0].rdata.val();
        self.player.rresp.next = self.unit.s_axi[0].rresp.val();

        // Memory behind the unit.
        self.memory.axi.awvalid.next = self.unit.m_axi.awvalid.val();
        self.memory.axi.awaddr.next = self.unit.m_axi.awaddr.val();
        self.memory.axi.awlen.next = self.unit.m_axi.awlen.val();
        self.memory.axi.awsize.next = self.unit.m_axi.awsize.val();
        self.memory.axi.awburst.next = self.unit.m_axi.awburst.val();
        self.memory.axi.awlock.next = self.unit.m_axi.awlock.val();
        self.memory.axi.awcache.next = self.unit.m_axi.awcache.val();
        self.memory.axi.awprot.next = self.unit.m_axi.awprot.val();
        self.memory.axi.awqos.next = self.unit.m_axi.awqos.val();
        self.memory.axi.awid.next = bit_cast::<16, 4>(self.unit.m_axi.awid.val());
        self.unit.m_axi.awready.next = self.memory.axi.awready.val();
        self.memory.axi.arvalid.next = self.unit.m_axi.arvalid.val();
        self.memory.axi.araddr.next = self.unit.m_axi.araddr.val();
        self.memory.axi.arlen.next = self.unit.m_axi.arlen.val();
        self.memory.axi.arsize.next = self.unit.m_axi.arsize.val();
        self.memory.axi.arburst.next = self.unit.m_axi.arburst.val();
        self.memory.axi.arlock.next = self.unit.m_axi.arlock.val();
        self.memory.axi.arcache.next = self.unit.m_axi.arcache.val();
        self.memory.axi.arprot.next = self.unit.m_axi.arprot.val();
        self.memory.axi.arqos.next = self.unit.m_axi.arqos.val();
        self.memory.axi.arid.next = bit_cast::<16, 4>(self.unit.m_axi.arid.val());
        self.unit.m_axi.arready.next = self.memory.axi.arready.val();
        self.memory.axi.wvalid.next = self.unit.m_axi.wvalid.val();
        self.memory.axi.wdata.next = self.unit.m_axi.wdata.val();
        self.memory.axi.wstrb.next = self.unit.m_axi.wstrb.val();
        self.memory.axi.wlast.next = self.unit.m_axi.wlast.val();
        self.memory.axi.bready.next = self.unit.m_axi.bready.val();
        self.memory.axi.rready.next = self.unit.m_axi.rready.val();
        self.unit.m_axi.wready.next = self.memory.axi.wready.val();
        self.unit.m_axi.bvalid.next = self.memory.axi.bvalid.val();
        self.unit.m_axi.bresp.next = self.memory.axi.bresp.val();
        self.unit.m_axi.rvalid.next = self.memory.axi.rvalid.val();
        self.unit.m_axi.rdata.next = self.memory.axi.rdata.val();
        self.unit.m_axi.rresp.next = self.memory.axi.rresp.val();
        self.unit.m_axi.rlast.next = self.memory.axi.rlast.val();
        self.unit.m_axi.bid.next = bit_cast::<4, 16>(self.memory.axi.bid.val());
        self.unit.m_axi.rid.next = bit_cast::<4, 16>(self.memory.axi.rid.val());
    }
}
