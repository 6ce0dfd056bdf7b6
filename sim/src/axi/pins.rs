//! The signals of an AXI4 port, bound by name; AXI4-Lite and AXI3-less subsets bind too.

use super::burst::{Attributes, Burst, BurstKind, Response};
use crate::bench::{DataPin, Lanes, Pin};
use anyhow::{ensure, Result};
use verilated::Instance;

/// A channel of an AXI port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Write address.
    Aw,
    /// Write data.
    W,
    /// Write response.
    B,
    /// Read address.
    Ar,
    /// Read data.
    R,
}

/// VALID and READY of a channel.
#[derive(Clone, Copy, Debug)]
pub struct Handshake {
    /// xVALID.
    pub valid: Pin,
    /// xREADY.
    pub ready: Pin,
}

impl Handshake {
    fn bind(model: &Instance, prefix: &str, channel: &str) -> Result<Self> {
        Ok(Self {
            valid: Pin::required(model, &format!("{prefix}_{channel}valid"))?,
            ready: Pin::required(model, &format!("{prefix}_{channel}ready"))?,
        })
    }

    /// VALID and READY as they stand.
    #[inline]
    pub fn get(&self, model: &Instance) -> (bool, bool) {
        (self.valid.is_high(model), self.ready.is_high(model))
    }
}

/// An AW or AR channel. Absent signals stand for: identifier 0, one beat, full width, INCR.
#[derive(Clone, Copy, Debug)]
pub struct AddressPins {
    /// VALID and READY.
    pub handshake: Handshake,
    id: Pin,
    address: Pin,
    len: Pin,
    size: Pin,
    burst: Pin,
    lock: Pin,
    cache: Pin,
    prot: Pin,
    qos: Pin,
    user: Pin,
    full_size: u8,
}

impl AddressPins {
    fn bind(model: &Instance, prefix: &str, channel: &str, bus_bytes: usize) -> Result<Self> {
        let optional = |name: &str| Pin::optional(model, &format!("{prefix}_{channel}{name}"));
        Ok(Self {
            handshake: Handshake::bind(model, prefix, channel)?,
            id: optional("id")?,
            address: Pin::required(model, &format!("{prefix}_{channel}addr"))?,
            len: optional("len")?,
            size: optional("size")?,
            burst: optional("burst")?,
            lock: optional("lock")?,
            cache: optional("cache")?,
            prot: optional("prot")?,
            qos: optional("qos")?,
            user: optional("user")?,
            full_size: bus_bytes.trailing_zeros() as u8,
        })
    }

    /// Width of the identifier in bits, 0 if there is none.
    pub fn id_width(&self) -> u32 {
        self.id.width()
    }

    /// Width of the address in bits.
    pub fn address_width(&self) -> u32 {
        self.address.width()
    }

    /// The channel's payload.
    pub fn get(&self, model: &Instance) -> Burst {
        Burst {
            id: self.id.get(model) as u32,
            address: self.address.get(model),
            beats: self.len.get(model) as u16 + 1,
            size: if self.size.is_present() {
                self.size.get(model) as u8
            } else {
                self.full_size
            },
            kind: if self.burst.is_present() {
                BurstKind::from_bits(self.burst.get(model))
            } else {
                BurstKind::Incr
            },
            attributes: Attributes {
                lock: self.lock.is_high(model),
                cache: self.cache.get(model) as u8,
                prot: self.prot.get(model) as u8,
                qos: self.qos.get(model) as u8,
                user: self.user.get(model),
            },
        }
    }

    /// Drives the channel's payload.
    pub fn set(&self, model: &mut Instance, burst: &Burst) {
        self.id.set(model, u64::from(burst.id));
        self.address.set(model, burst.address);
        self.len.set(model, u64::from(burst.beats) - 1);
        self.size.set(model, u64::from(burst.size));
        self.burst.set(model, burst.kind.bits());
        self.lock.set(model, u64::from(burst.attributes.lock));
        self.cache.set(model, u64::from(burst.attributes.cache));
        self.prot.set(model, u64::from(burst.attributes.prot));
        self.qos.set(model, u64::from(burst.attributes.qos));
        self.user.set(model, burst.attributes.user);
    }
}

/// One beat of write data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteBeat {
    /// WDATA.
    pub data: Lanes,
    /// WSTRB, one bit a lane.
    pub strobes: u64,
    /// WLAST.
    pub last: bool,
}

/// A W channel.
#[derive(Clone, Copy, Debug)]
pub struct WritePins {
    /// VALID and READY.
    pub handshake: Handshake,
    data: DataPin,
    strobes: Pin,
    last: Pin,
}

impl WritePins {
    fn bind(model: &Instance, prefix: &str) -> Result<Self> {
        let pins = Self {
            handshake: Handshake::bind(model, prefix, "w")?,
            data: DataPin::required(model, &format!("{prefix}_wdata"))?,
            strobes: Pin::required(model, &format!("{prefix}_wstrb"))?,
            last: Pin::optional(model, &format!("{prefix}_wlast"))?,
        };
        ensure!(
            pins.strobes.width() as usize == pins.data.bytes(),
            "`{prefix}_wstrb` is {} bits wide; `{prefix}_wdata` has {} bytes",
            pins.strobes.width(),
            pins.data.bytes()
        );
        Ok(pins)
    }

    /// The channel's payload; an absent WLAST counts as high.
    #[inline]
    pub fn get(&self, model: &Instance) -> WriteBeat {
        WriteBeat {
            data: self.data.get(model),
            strobes: self.strobes.get(model),
            last: !self.last.is_present() || self.last.is_high(model),
        }
    }

    /// Drives the channel's payload.
    #[inline]
    pub fn set(&self, model: &mut Instance, beat: &WriteBeat) {
        self.data.set(model, &beat.data);
        self.strobes.set(model, beat.strobes);
        self.last.set(model, u64::from(beat.last));
    }
}

/// A B channel.
#[derive(Clone, Copy, Debug)]
pub struct ResponsePins {
    /// VALID and READY.
    pub handshake: Handshake,
    id: Pin,
    response: Pin,
}

impl ResponsePins {
    fn bind(model: &Instance, prefix: &str) -> Result<Self> {
        Ok(Self {
            handshake: Handshake::bind(model, prefix, "b")?,
            id: Pin::optional(model, &format!("{prefix}_bid"))?,
            response: Pin::required(model, &format!("{prefix}_bresp"))?,
        })
    }

    /// BID and BRESP.
    #[inline]
    pub fn get(&self, model: &Instance) -> (u32, Response) {
        (
            self.id.get(model) as u32,
            Response::from_bits(self.response.get(model)),
        )
    }

    /// Drives BID and BRESP.
    #[inline]
    pub fn set(&self, model: &mut Instance, id: u32, response: Response) {
        self.id.set(model, u64::from(id));
        self.response.set(model, response.bits());
    }
}

/// One beat of read data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadBeat {
    /// RID.
    pub id: u32,
    /// RDATA.
    pub data: Lanes,
    /// RRESP.
    pub response: Response,
    /// RLAST.
    pub last: bool,
}

/// An R channel.
#[derive(Clone, Copy, Debug)]
pub struct ReadPins {
    /// VALID and READY.
    pub handshake: Handshake,
    id: Pin,
    data: DataPin,
    response: Pin,
    last: Pin,
}

impl ReadPins {
    fn bind(model: &Instance, prefix: &str) -> Result<Self> {
        Ok(Self {
            handshake: Handshake::bind(model, prefix, "r")?,
            id: Pin::optional(model, &format!("{prefix}_rid"))?,
            data: DataPin::required(model, &format!("{prefix}_rdata"))?,
            response: Pin::required(model, &format!("{prefix}_rresp"))?,
            last: Pin::optional(model, &format!("{prefix}_rlast"))?,
        })
    }

    /// The channel's payload; an absent RLAST counts as high.
    #[inline]
    pub fn get(&self, model: &Instance) -> ReadBeat {
        ReadBeat {
            id: self.id.get(model) as u32,
            data: self.data.get(model),
            response: Response::from_bits(self.response.get(model)),
            last: !self.last.is_present() || self.last.is_high(model),
        }
    }

    /// Drives the channel's payload.
    #[inline]
    pub fn set(&self, model: &mut Instance, beat: &ReadBeat) {
        self.id.set(model, u64::from(beat.id));
        self.data.set(model, &beat.data);
        self.response.set(model, beat.response.bits());
        self.last.set(model, u64::from(beat.last));
    }
}

/// The five channels of a port.
#[derive(Clone, Copy, Debug)]
pub struct AxiPins {
    /// Write addresses.
    pub aw: AddressPins,
    /// Write data.
    pub w: WritePins,
    /// Write responses.
    pub b: ResponsePins,
    /// Read addresses.
    pub ar: AddressPins,
    /// Read data.
    pub r: ReadPins,
    /// Bytes of the data bus.
    pub bus_bytes: usize,
}

impl AxiPins {
    /// Binds the port whose signals are named `<prefix>_awaddr` and so on.
    pub fn bind(model: &Instance, prefix: &str) -> Result<Self> {
        let w = WritePins::bind(model, prefix)?;
        let r = ReadPins::bind(model, prefix)?;
        let bus_bytes = w.data.bytes();
        ensure!(
            r.data.bytes() == bus_bytes,
            "`{prefix}_rdata` has {} bytes; `{prefix}_wdata` has {bus_bytes}",
            r.data.bytes()
        );
        Ok(Self {
            aw: AddressPins::bind(model, prefix, "aw", bus_bytes)?,
            w,
            b: ResponsePins::bind(model, prefix)?,
            ar: AddressPins::bind(model, prefix, "ar", bus_bytes)?,
            r,
            bus_bytes,
        })
    }

    /// Checks that the design is the subordinate on this port, so that a manager fits.
    pub fn expect_manager(&self, prefix: &str) -> Result<()> {
        ensure!(
            self.aw.handshake.valid.is_input(),
            "the design drives `{prefix}_awvalid`: the port needs a subordinate, not a manager"
        );
        Ok(())
    }

    /// Checks that the design is the manager on this port, so that a subordinate fits.
    pub fn expect_subordinate(&self, prefix: &str) -> Result<()> {
        ensure!(
            !self.aw.handshake.valid.is_input(),
            "the design reads `{prefix}_awvalid`: the port needs a manager, not a subordinate"
        );
        Ok(())
    }
}
