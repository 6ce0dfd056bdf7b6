"""Simulates a LiteX system on chip with the checkpoint unit between its bus and its memory: a PicoRV32 takes checkpoints of that memory,
ruins it, rolls it back, and tells on the UART what it finds.

    .tools/python/bin/python integrations/litex/simulate.py --unit build/unit --output build/litex

Needs what scripts/setup installs: LiteX, Verilator, a RISC-V gcc. Exit status 0 if the program says PASS.
"""

import argparse
import logging
import os
import subprocess
import sys
from pathlib import Path

from migen import ClockDomain
from litex.gen import LiteXModule
from litex.build.generic_platform import Pins, Subsignal
from litex.build.sim import SimPlatform
from litex.soc.integration.common import get_mem_data
from litex.soc.integration.export import get_csr_header
from litex.soc.integration.soc_core import SoCCore
from litex.soc.interconnect import axi, wishbone

from mch_litex import MchCheckpoint, MchError

HERE = Path(__file__).resolve().parent
MEMORY_ORIGIN = 0x4000_0000
REGISTERS_ORIGIN = 0x8000_0000
ROM_BYTES = 0x4000

IO = [
    ("sys_clk", 0, Pins(1)),
    ("sys_rst", 0, Pins(1)),
    ("serial", 0,
        Subsignal("source_valid", Pins(1)), Subsignal("source_ready", Pins(1)), Subsignal("source_data", Pins(8)),
        Subsignal("sink_valid", Pins(1)), Subsignal("sink_ready", Pins(1)), Subsignal("sink_data", Pins(8))),
]


class ClockAndReset(LiteXModule):
    """The system's clock domain, from ports of the top module."""

    def __init__(self, clock, reset):
        self.cd_sys = ClockDomain()
        self.comb += self.cd_sys.clk.eq(clock), self.cd_sys.rst.eq(reset)


class System(SoCCore):
    """A PicoRV32 with its program in ROM, its stack in SRAM, and 4 MiB of memory behind the unit, for memory, shadow and rings."""

    def __init__(self, platform, unit, program):
        SoCCore.__init__(
            self, platform, clk_freq=int(1e6), cpu_type="picorv32", cpu_variant="minimal",
            integrated_rom_size=ROM_BYTES, integrated_rom_init=program, integrated_sram_size=0x1000,
            uart_name="sim", ident="", with_timer=False,
        )
        self.crg = ClockAndReset(platform.request("sys_clk"), platform.request("sys_rst"))
        self.mch = MchCheckpoint(platform, unit)
        if self.mch.data_width != 32 or len(self.mch.s_axi) != 1:
            raise MchError(
                f"--unit {unit}: {self.mch.data_width} bits, {len(self.mch.s_axi)} ports; this system is made for 32 bits and one port"
            )
        if self.mch.memory_size > 1 << 20:
            raise MchError(f"--unit {unit}: memory_size is {self.mch.memory_size}; at most 1 MiB is simulated")
        self.mch.add_to_soc(self, MEMORY_ORIGIN, REGISTERS_ORIGIN)
        memory = wishbone.SRAM(4 << 20, bus=wishbone.Interface(data_width=32, address_width=32, addressing="word"))
        self.submodules += memory, axi.AXI2Wishbone(self.mch.m_axi, memory.bus, base_address=MEMORY_ORIGIN)


def run(arguments, log, **options):
    """Runs a program; what it says goes to a log, which an error names."""
    with open(log, "w") as out:
        status = subprocess.run([str(argument) for argument in arguments], stdout=out, stderr=subprocess.STDOUT, **options)
    if status.returncode:
        sys.exit(f"{arguments[0]} ends with {status.returncode}: {log}")


def compile_program(unit, output):
    """The program's words; LiteX's addresses come from a system without one."""
    system = System(SimPlatform("SIM", list(IO)), unit, [0])
    system.finalize()
    header = get_csr_header(system.csr_regions, system.constants, with_access_functions=False)
    (output / "csr.h").write_text(header)
    stack = system.bus.regions["sram"]
    elf, binary = output / "program.elf", output / "program.bin"
    run(
        ["riscv64-unknown-elf-gcc", "-march=rv32i", "-mabi=ilp32", "-Os", "-Wall", "-Werror", "-ffreestanding", "-nostdlib",
         "-I", output, "-I", unit, f"-DMEMORY={MEMORY_ORIGIN}u", f"-DREGISTERS={REGISTERS_ORIGIN}u",
         f"-DMEMORY_BYTES={system.mch.memory_size}u", f"-Wl,--defsym=stack_top={stack.origin + stack.size}", "-T", HERE / "program.ld", HERE / "program.c", "-o", elf],
        output / "gcc.log",
    )
    run(["riscv64-unknown-elf-objcopy", "-O", "binary", elf, binary], output / "objcopy.log")
    return get_mem_data(str(binary), data_width=32, endianness="little")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unit", type=Path, required=True, help="folder that `mch generate` wrote: 32 bits, one port, at most 1 MiB")
    parser.add_argument("--output", type=Path, required=True, help="folder for the system's Verilog and its simulation")
    parser.add_argument("--vcd", action="store_true", help="write mch_soc_tb.vcd into the output folder, too")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    unit, output = options.unit.resolve(), options.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    try:
        program = compile_program(unit, output)
        platform = SimPlatform("SIM", list(IO))
        system = System(platform, unit, program)
        system.finalize()
        # The contents of its memories go to files beside it, in the present folder.
        os.chdir(output)
        platform.get_verilog(system, name="mch_soc").write("mch_soc.v")
        sources = [source[0] for source in platform.sources]
    except MchError as error:
        sys.exit(f"{error}")
    waveform = ["--trace"] if options.vcd else []
    run(
        ["verilator", "--binary", "--timing", *waveform, "-Wno-fatal", "-Wno-lint", "-Wno-style", "-O3", "-j", "2", "--top-module", "mch_soc_tb",
         "--Mdir", output / "model", HERE / "mch_soc_tb.sv", output / "mch_soc.v", *sources],
        output / "verilator.log",
    )
    said = subprocess.run([output / "model" / "Vmch_soc_tb", *(["+vcd"] if options.vcd else [])], capture_output=True, text=True)
    print(said.stdout, end="")
    sys.exit(0 if said.returncode == 0 and "\nPASS\n" in said.stdout else f"the program does not pass {said.stderr}")


if __name__ == "__main__":
    main()
