//! Who works on the machine, cycle by cycle: two masters of the guest that is broken, one of the other, the hypervisor.
//!
//! *Strategy*: each follows a list of steps, and acts only on what it sees, so the state is the position in the list and
//! a snapshot of all of them is a clone.
//! *Invariants*: a processor answers a rendezvous only when all it wrote has been answered, and writes nothing from its arrival to the
//! release, as `docs/guests.md` demands. The masters of a guest write to different bytes.

use super::rig::Rig;
use anyhow::Result;
use mch_sim::axi::{Burst, Response, Ticket, WriteRequest};
use mch_spec::registers::{guest_address, offset, Operation};
use std::ops::Range;

/// A master, and the writes it has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// The processor of guest 0, alone on port 0: the one that is lost.
    Processor,
    /// Another master of guest 0, on port 1.
    Dma,
    /// The processor of guest 1, on port 1, too.
    Other,
}

impl Stream {
    /// All.
    pub const ALL: [Stream; 3] = [Stream::Processor, Stream::Dma, Stream::Other];

    /// Its port.
    pub fn port(self) -> usize {
        usize::from(self != Stream::Processor)
    }

    /// Its guest.
    pub fn guest(self) -> u32 {
        u32::from(self == Stream::Other)
    }

    /// The bytes of the guest's region that it writes.
    pub fn area(self, region: usize) -> Range<usize> {
        match self {
            Stream::Processor => 0..1024,
            Stream::Dma => 1024..region,
            Stream::Other => 0..region,
        }
    }
}

/// A write of a stream.
#[derive(Clone, Debug)]
pub struct Shot {
    /// Whose.
    pub stream: Stream,
    /// Of its port's manager.
    pub ticket: Ticket,
    /// First byte, counted from the guest's region.
    pub at: usize,
    /// What was written.
    pub bytes: Vec<u8>,
    /// The cycle in which it was given to the manager.
    pub submitted: u64,
    /// The cycle of its response, and the response.
    pub answer: Option<(u64, Response)>,
}

/// What an actor does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A burst from this byte of the region on, of so many beats; the next step does not wait for it.
    Write(u16, u16),
    /// Waits until all its writes are answered.
    Settle,
    /// Waits until it has served one more rendezvous.
    Served,
    /// A command to a mask of guests, given again while it is refused, some times.
    Command(Operation, u32),
    /// So many cycles.
    Pause(u16),
}

/// The handler of the rendezvous interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handler {
    Idle,
    Settling,
    Reading(Ticket),
    Arriving(Ticket),
    Waiting,
}

/// A master or the hypervisor.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Its stream; none for the hypervisor.
    pub stream: Option<Stream>,
    steps: Vec<Step>,
    next: usize,
    pause: u16,
    served: u32,
    awaited: u32,
    handler: Handler,
    /// The command under way, and its place among the happenings.
    command: Option<(Ticket, usize)>,
    refusals: u16,
    /// The checkpoint whose rendezvous is being served.
    serving: Option<usize>,
    /// After the last step comes the first again.
    pub repeats: bool,
    /// Whether it does anything at all.
    pub alive: bool,
}

impl Actor {
    /// An actor at its first step.
    pub fn new(stream: Option<Stream>, steps: Vec<Step>) -> Actor {
        Actor {
            stream,
            steps,
            next: 0,
            pause: 0,
            served: 0,
            awaited: 1,
            handler: Handler::Idle,
            command: None,
            refusals: 0,
            serving: None,
            repeats: false,
            alive: true,
        }
    }

    /// It goes on with these steps, for ever.
    pub fn repeat(&mut self, steps: Vec<Step>) {
        (self.steps, self.next, self.pause) = (steps, 0, 0);
        self.repeats = true;
    }

    /// Whether it has nothing more to do.
    pub fn is_done(&self) -> bool {
        !self.alive || (self.next >= self.steps.len() && self.handler == Handler::Idle)
    }

    /// Whether it waits for a rendezvous that may never come.
    pub fn waits_for_rendezvous(&self) -> bool {
        self.handler == Handler::Idle && self.steps.get(self.next) == Some(&Step::Served)
    }

    fn answers_rendezvous(&self) -> bool {
        matches!(self.stream, Some(Stream::Processor | Stream::Other))
    }
}

/// Refusals of its commands after which an actor gives up.
const REFUSALS: u16 = 100;

/// A command that was given.
#[derive(Clone, Debug)]
pub struct Happening {
    /// What.
    pub operation: Operation,
    /// The guests.
    pub guests: u32,
    /// The cycle in which it was given.
    pub given: u64,
    /// Whether the unit took it; none while nobody knows.
    pub taken: Option<bool>,
    /// The cycle in which the processor of guest 0 arrived.
    pub arrived: Option<u64>,
    /// The cycle in which guest 0 was seen released.
    pub released: Option<u64>,
}

impl Rig {
    /// One actor, one cycle.
    pub(super) fn advance(&mut self, index: usize) -> Result<()> {
        if !self.actors[index].alive {
            return Ok(());
        }
        if self.actors[index].answers_rendezvous() && self.serve(index) {
            return Ok(());
        }
        let actor = &mut self.actors[index];
        if actor.pause > 0 {
            actor.pause -= 1;
            return Ok(());
        }
        if actor.next >= actor.steps.len() && actor.repeats {
            actor.next = 0;
        }
        let Some(step) = actor.steps.get(actor.next).copied() else {
            return Ok(());
        };
        let done = match step {
            Step::Write(at, beats) => {
                if let Some(stream) = actor.stream {
                    // An endless stream must not queue endlessly.
                    if actor.repeats && self.unanswered(stream) > 4 {
                        return Ok(());
                    }
                    self.shoot(stream, at.into(), beats)?;
                }
                true
            }
            Step::Settle => actor
                .stream
                .is_none_or(|stream| self.unanswered(stream) == 0),
            Step::Served if self.dismissed || actor.served >= actor.awaited => {
                actor.awaited = actor.served + 1;
                true
            }
            Step::Served => false,
            Step::Command(operation, guests) => self.give(index, operation, guests),
            Step::Pause(cycles) => {
                actor.pause = cycles;
                true
            }
        };
        self.actors[index].next += usize::from(done);
        Ok(())
    }

    /// The interrupt handler; true while it has the processor.
    fn serve(&mut self, index: usize) -> bool {
        let Some(stream) = self.actors[index].stream else {
            return false;
        };
        let guest = stream.guest();
        let wanted = self.is_wanted(guest);
        let cycle = self.system.simulation.cycle();
        let registers = self.system.registers;
        let next = match self.actors[index].handler {
            Handler::Idle if wanted => {
                self.actors[index].serving = self.running_checkpoint();
                Handler::Settling
            }
            Handler::Idle => return false,
            Handler::Settling if self.unanswered(stream) > 0 => Handler::Settling,
            Handler::Settling => {
                let address = guest_address(guest, offset::G_RENDEZVOUS);
                Handler::Reading(self.system.simulation[registers].read(address.into()))
            }
            Handler::Reading(ticket) => match self.system.simulation[registers].take(ticket) {
                None => Handler::Reading(ticket),
                Some(done) => {
                    let address = guest_address(guest, offset::G_ARRIVE);
                    let number = done.value & 0xff_ffff;
                    if let (0, Some(place)) = (guest, self.actors[index].serving) {
                        self.happenings[place].arrived = Some(cycle);
                    }
                    let registers = &mut self.system.simulation[registers];
                    Handler::Arriving(registers.write(address.into(), number))
                }
            },
            Handler::Arriving(ticket) => match self.system.simulation[registers].take(ticket) {
                None => Handler::Arriving(ticket),
                Some(_) => Handler::Waiting,
            },
            Handler::Waiting if wanted => Handler::Waiting,
            Handler::Waiting => {
                if let (0, Some(place)) = (guest, self.actors[index].serving) {
                    self.happenings[place].released = Some(cycle);
                }
                self.actors[index].served += 1;
                Handler::Idle
            }
        };
        self.actors[index].handler = next;
        true
    }

    /// The checkpoint of guest 0 whose rendezvous has begun: another would have been refused.
    fn running_checkpoint(&self) -> Option<usize> {
        self.happenings.iter().rposition(|happening| {
            happening.operation == Operation::Checkpoint
                && happening.guests & 1 == 1
                && happening.taken == Some(true)
        })
    }

    fn give(&mut self, index: usize, operation: Operation, guests: u32) -> bool {
        let registers = self.system.registers;
        match self.actors[index].command {
            None => {
                let value = operation.code() | guests << 16;
                let ticket =
                    self.system.simulation[registers].write(offset::COMMAND.into(), value.into());
                self.log(operation, guests, None);
                self.actors[index].command = Some((ticket, self.happenings.len() - 1));
                false
            }
            Some((ticket, place)) => match self.system.simulation[registers].take(ticket) {
                None => false,
                Some(done) => {
                    let taken = done.response == Response::Okay;
                    self.happenings[place].taken = Some(taken);
                    let actor = &mut self.actors[index];
                    actor.command = None;
                    actor.refusals += u16::from(!taken);
                    taken || actor.refusals > REFUSALS
                }
            },
        }
    }

    /// Notes that a command was given.
    pub(super) fn log(&mut self, operation: Operation, guests: u32, taken: Option<bool>) {
        self.happenings.push(Happening {
            operation,
            guests,
            given: self.system.simulation.cycle(),
            taken,
            arrived: None,
            released: None,
        });
    }

    /// A write of a stream: bytes that no write before had.
    pub(super) fn shoot(&mut self, stream: Stream, at: usize, beats: u16) -> Result<()> {
        let address = self.region_base(stream.guest()) + at as u64;
        let burst = Burst::incr(address, beats, 3);
        self.value = self.value.wrapping_add(1);
        let value = self.value;
        let bytes: Vec<u8> = (0..burst.transfer_bytes(8))
            .map(|index| (index as u8).wrapping_mul(29) ^ value.wrapping_mul(0x4d))
            .collect();
        let port = self.system.ports[stream.port()];
        let request = WriteRequest::new(burst, bytes.clone());
        let ticket = self.system.simulation[port].write(request)?;
        self.shots.push(Shot {
            stream,
            ticket,
            at,
            bytes,
            submitted: self.system.simulation.cycle(),
            answer: None,
        });
        Ok(())
    }

    /// Writes of a stream that wait for their response.
    pub(super) fn unanswered(&self, stream: Stream) -> usize {
        let mine = self.shots.iter().filter(|shot| shot.stream == stream);
        mine.filter(|shot| shot.answer.is_none()).count()
    }
}
