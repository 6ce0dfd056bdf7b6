"""mch_checkpoint in a LiteX system on chip: between its bus and its memory.

    unit = MchCheckpoint(platform, "build/unit")       # the folder that `mch generate` wrote
    soc.add_module("mch", unit)
    unit.add_to_soc(soc, memory_origin=0x4000_0000, registers_origin=0x8000_0000)
    # unit.m_axi is an AXI4 manager: join it to the memory, for LiteDRAM by
    #   LiteDRAMAXI2Native(unit.m_axi, soc.sdram.crossbar.get_port(data_width=unit.data_width))

The processor then sees the memory at `memory_origin` as before, the unit's registers at `registers_origin`, and MEM_BASE is
`memory_origin`. The shadow and the rings are addresses of m_axi that no region of the SoC's bus has to show; m_axi carries whole
addresses, so its memory must be as large as all of them (twice `memory_size`, and the rings).
"""

import re
import tomllib
from pathlib import Path

from migen import ClockSignal, Instance, ResetSignal, Signal
from litex.gen import LiteXModule
from litex.soc.integration.soc import SoCRegion
from litex.soc.interconnect import axi

TOP = "mch_checkpoint"
REGISTER_BYTES = 1 << 17


class MchError(Exception):
    """What stands against it, with the file or the value that is wrong."""


def read_ports(folder):
    """Names of the top module's ports, each with (direction, bits), from its Verilog."""
    path = Path(folder) / "rtl" / f"{TOP}.v"
    try:
        text = path.read_text()
    except OSError as error:
        raise MchError(f"{path}: {error.strerror}; `mch generate --output {folder}` writes it") from error
    header = re.search(rf"module {TOP} \((.*?)\);", text, re.DOTALL)
    if header is None:
        raise MchError(f"{path}: no module {TOP}")
    ports = {}
    for direction, high, name in re.findall(r"(input|output)\s+wire (?:\[(\d+):0\] )?(\w+)", header[1]):
        ports[name] = (direction, int(high or 0) + 1)
    return ports


def read_sources(folder):
    """Paths of the Verilog files."""
    lines = (Path(folder) / f"{TOP}.f").read_text().splitlines()
    return [str(Path(folder) / line) for line in lines if line and not line.startswith("//")]


def read_memory_size(folder):
    """Bytes of the memory that the unit watches, from the configuration it was generated from."""
    text = tomllib.loads((Path(folder) / "mch.toml").read_text())["memory_size"]
    number, unit = re.fullmatch(r"(\d+)(|KiB|MiB|GiB)", str(text)).groups()
    return int(number) << {"": 0, "KiB": 10, "MiB": 20, "GiB": 30}[unit]


class MchCheckpoint(LiteXModule):
    """The unit with LiteX's interfaces.

    `s_axi`: a list with an AXI4 subordinate per port. `m_axi`: the AXI4 manager. `s_axil`: the registers, AXI4-Lite. `irq`: bit g asks
    guest g's processors to a rendezvous, the last is the common interrupt. `link_tx`, `link_rx`: AXI4-Stream of 64 bits, or None.
    """

    def __init__(self, platform, folder):
        ports = read_ports(folder)
        self.prefixes = ["s_axi"] if "s_axi_awvalid" in ports else [
            f"s{index}_axi" for index in range(8) if f"s{index}_axi_awvalid" in ports
        ]
        self.memory_size = read_memory_size(folder)
        self.data_width = ports["m_axi_wdata"][1]
        self.address_width = ports["m_axi_awaddr"][1]
        self.s_axi = [self._interface(ports, prefix) for prefix in self.prefixes]
        self.m_axi = self._interface(ports, "m_axi")
        self.s_axil = axi.AXILiteInterface(data_width=32, address_width=32)
        self.irq = Signal(ports["irq"][1])
        self.link_tx = self.link_rx = None
        if "link_tx_tvalid" in ports:
            self.link_tx = axi.AXIStreamInterface(data_width=64)
            self.link_rx = axi.AXIStreamInterface(data_width=64)

        signals = {"i_clk": ClockSignal("sys"), "i_rst": ResetSignal("sys"), "o_irq": self.irq}
        buses = dict(zip(self.prefixes, self.s_axi), m_axi=self.m_axi, s_axil=self.s_axil)
        for name, (direction, bits) in ports.items():
            if name in ("clk", "rst", "irq"):
                continue
            signals[f"{direction[0]}_{name}"] = self._signal(buses, name, bits)
        self.specials += Instance(TOP, **signals)
        for source in read_sources(folder):
            platform.add_source(source)

    def add_to_soc(self, soc, memory_origin, registers_origin, memory_size=None, name="main_ram", port=0):
        """Shows the memory behind a port and the registers on the SoC's bus.

        `memory_size`: bytes of the region, as many as MEM_BASE's memory has unless told. The origin must be a multiple of it.
        """
        size = memory_size or self.memory_size
        if memory_origin % size:
            raise MchError(f"memory_origin 0x{memory_origin:x}: allowed are multiples of memory_size, 0x{size:x}")
        if registers_origin % REGISTER_BYTES:
            raise MchError(f"registers_origin 0x{registers_origin:x}: allowed are multiples of 0x{REGISTER_BYTES:x}")
        soc.bus.add_slave(name, self.s_axi[port], SoCRegion(origin=memory_origin, size=size))
        soc.bus.add_slave("mch", self.s_axil, SoCRegion(origin=registers_origin, size=REGISTER_BYTES, cached=False))

    def _interface(self, ports, prefix):
        return axi.AXIInterface(
            data_width=ports[f"{prefix}_wdata"][1],
            address_width=ports[f"{prefix}_awaddr"][1],
            id_width=ports.get(f"{prefix}_awid", ("", 1))[1],
            bursting=True,
        )

    def _signal(self, buses, name, bits):
        """The LiteX signal of a port of the unit."""
        prefix, _, rest = name.rpartition("_")
        if prefix in ("link_tx", "link_rx"):
            return getattr(getattr(self, prefix), rest[1:])
        bus = buses[prefix]
        channel = rest[:2] if rest[:2] in ("aw", "ar") else rest[:1]
        field = rest[len(channel):]
        endpoint = getattr(bus, channel)
        if field in ("valid", "ready", "last"):
            return getattr(endpoint, field)
        signal = getattr(endpoint, field)
        return signal if len(signal) == bits else signal[:bits]
