//! The link's frames, beat by beat: what it sends, and what it does with every kind that it gets.

use crate::block_link::config;
use mch_sim::axi::{AxiSubordinate, Channel, MonitorOptions, SubordinateOptions};
use mch_sim::bench::Pacing;
use mch_sim::memory::Fault;
use mch_sim::stream::{Frame, StreamMonitor, StreamSink, StreamSource};
use mch_sim::{Handle, Simulation};
use mch_spec::Config;
use mch_verification::link::{crc, frame, links, Entry, Happening, Header, Kind, LinkEnd, Role};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const RINGS: u64 = 0x0200_0000;
const RING: u32 = 15;

/// One link, its peer played by the test.
struct Bench {
    simulation: Simulation,
    guests: Handle<LinkEnd>,
    memory: Handle<AxiSubordinate>,
    source: Handle<StreamSource>,
    sink: Handle<StreamSink>,
    config: Config,
}

impl Bench {
    fn new(data_width: u32, block_size: u64) -> Bench {
        let config = config(data_width, block_size);
        let library = links(&config, &["a"]).unwrap();
        let mut simulation = Simulation::new(&library, 1).unwrap();
        let ring = (RINGS, RING, config.ring_slots(RING));
        let guests = LinkEnd::bind(&simulation, "a", config.guests as usize, ring).unwrap();
        let source = StreamSource::bind(&simulation, "a_link_rx", Pacing::Always).unwrap();
        let sink = StreamSink::bind(&simulation, "a_link_tx", Pacing::Always).unwrap();
        for (port, limit) in [("a_link_tx", None), ("a_link_rx", Some(300))] {
            let monitor = StreamMonitor::bind(&simulation, port, limit).unwrap();
            simulation.add(monitor);
        }
        simulation
            .add_monitor("a_m_axi", MonitorOptions::default())
            .unwrap();
        let mut bench = Bench {
            guests: simulation.add(guests),
            memory: simulation
                .add_subordinate("a_m_axi", SubordinateOptions::with_latency(5))
                .unwrap(),
            source: simulation.add(source),
            sink: simulation.add(sink),
            simulation,
            config,
        };
        bench.simulation.reset(4).unwrap();
        bench
    }

    fn end(&mut self) -> &mut LinkEnd {
        &mut self.simulation[self.guests]
    }

    fn give(&mut self, frame: Frame) {
        self.simulation[self.source].push(frame);
    }

    fn run(&mut self, cycles: u64) {
        self.simulation.run(cycles).unwrap();
    }

    /// The frames that have come since the last call.
    fn sent(&mut self) -> Vec<Frame> {
        let frames = std::mem::take(&mut self.simulation[self.sink].frames);
        frames.into_iter().map(|(_, frame)| frame).collect()
    }

    fn happened(&mut self) -> Vec<Happening> {
        let happenings = std::mem::take(&mut self.end().happenings);
        happenings.into_iter().map(|(_, what)| what).collect()
    }

    /// Sends a frame and returns what the link answers and says.
    fn ask(&mut self, frame: Frame) -> (Vec<Frame>, Vec<Happening>) {
        self.give(frame);
        self.run(900);
        (self.sent(), self.happened())
    }

    fn capacity(&self) -> u64 {
        self.config.ring_slots(RING)
    }
}

fn header(kind: Kind, session: u16, sequence: u32) -> Header {
    Header {
        kind,
        guest: 1,
        generation: 3,
        session,
        sequence,
    }
}

fn entry_frame(entry: &Entry, session: u16, sequence: u32) -> Frame {
    let words: Vec<u64> = (entry.data.chunks(8))
        .map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    frame(header(Kind::Entry, session, sequence), entry.header, &words)
}

/// An acknowledgement: entries that stand, free slots, the mark taken last.
fn acknowledgement(session: u16, sequence: u32, free: u64, mark: Option<u64>) -> Frame {
    let mark = mark.map_or(0, |number| number << 32 | 1 << 48);
    frame(header(Kind::Ack, session, sequence), free | mark, &[])
}

#[test]
fn frames_are_these_beats() {
    // Checks computed with another program's CRC-32.
    let sync = frame(header(Kind::Sync, 0x1234, 0), 0, &[]);
    assert_eq!(sync, [0x0000_0000_1234_0313, 0, SYNC_CHECK]);
    let mark = frame(header(Kind::Mark, 0x1234, 5), 0xbeef, &[]);
    assert_eq!(mark, [0x0000_0005_1234_0312, 0xbeef, MARK_CHECK]);
    let words = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
    let entry = frame(
        header(Kind::Entry, 0x1234, 4),
        0x0011_2233_4455_6677,
        &words,
    );
    assert_eq!(
        entry,
        [
            0x0000_0004_1234_0311,
            0x0011_2233_4455_6677,
            words[0],
            words[1],
            ENTRY_CHECK
        ]
    );
}

const SYNC_CHECK: u64 = 0x5408_737e;
const MARK_CHECK: u64 = 0x4879_96cf;
const ENTRY_CHECK: u64 = 0x9695_7dfc;

#[test]
fn a_sender_sends_these_frames() {
    for (data_width, block_size) in [(32, 64), (64, 64), (128, 1024), (512, 512)] {
        let mut bench = Bench::new(data_width, block_size);
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let guest = &mut bench.end().guests[1];
        guest.role = Role::Sending;
        guest.generation = 3;
        guest.session = 0x1233;
        bench.end().retry = 3000;
        bench.end().open(1);
        let config = bench.config.clone();
        let last = u64::from(config.last_range_unit());
        // Whole words, so that a frame can be built from the entry alone.
        let unit_words = 1.max(8 >> config.range_shift()) as u64;
        let entries = [
            Entry::whole(&config, 1, &mut random),
            Entry::new(&config, 1, (last, last), true, &mut random),
            Entry::new(&config, 1, (unit_words, last), false, &mut random),
        ];
        for (slot, entry) in entries.iter().enumerate() {
            let place = &bench.simulation[bench.guests];
            let data = place.slot_address(1, slot as u64, block_size) + entry.bytes.start as u64;
            let at = place.header_address(1, slot as u64);
            let memory = bench.simulation[bench.memory].memory_mut();
            memory.write(data, &entry.data);
            memory.write(at, &entry.header.to_le_bytes());
            bench.end().complete(1);
        }
        bench.run(500);
        assert_eq!(bench.sent(), [frame(header(Kind::Sync, 0x1234, 0), 0, &[])]);
        // No entry before the session is acknowledged, and no more than there is room for.
        let (sent, _) = bench.ask(acknowledgement(0x1234, 0, 2, None));
        let frames: Vec<Frame> = (0..3)
            .map(|k| entry_frame(&entries[k], 0x1234, k as u32))
            .collect();
        assert_eq!(sent, frames[..2]);
        assert!(bench.end().guests[1].synced);
        // One is acknowledged, there is more room: the third goes, and the mark behind it.
        bench.end().mark(1);
        let (sent, happened) = bench.ask(acknowledgement(0x1234, 1, 10, None));
        let number = u64::from(bench.end().guests[1].mark_number);
        let mark = frame(header(Kind::Mark, 0x1234, 3), number, &[]);
        assert_eq!(sent, [frames[2].clone(), mark.clone()]);
        assert!(happened.contains(&Happening::Released(1, 1)));
        // An acknowledgement of another session, of another generation, or of what was never sent is nothing.
        for wrong in [
            acknowledgement(0x1235, 3, 10, Some(number)),
            acknowledgement(0x1234, 4, 10, Some(number)),
            frame(
                Header {
                    generation: 4,
                    ..header(Kind::Ack, 0x1234, 3)
                },
                10,
                &[],
            ),
        ] {
            bench.give(wrong);
        }
        bench.run(100);
        assert_eq!(bench.sent(), Vec::<Frame>::new());
        assert!(!bench
            .happened()
            .iter()
            .any(|one| matches!(one, Happening::Released(..))));
        // Without progress all that is not acknowledged goes again.
        bench.run(3200);
        assert_eq!(bench.sent(), [frames[1].clone(), frames[2].clone(), mark]);
        let (sent, happened) = bench.ask(acknowledgement(0x1234, 3, 8, Some(number)));
        assert_eq!(sent, Vec::<Frame>::new());
        assert!(happened.contains(&Happening::Released(1, 2)));
        assert!(bench.end().guests[1].marked);
        bench.run(10_000);
        assert_eq!(bench.sent(), Vec::<Frame>::new());
        // An entry that cannot be read is sent with a wrong check, until it can.
        let at = bench.end().slot_address(1, 3, block_size);
        let entry = Entry::whole(&config, 1, &mut random);
        let header_at = bench.end().header_address(1, 3);
        let memory = bench.simulation[bench.memory].memory_mut();
        memory.write(at, &entry.data);
        memory.write(header_at, &entry.header.to_le_bytes());
        let fault = Fault::on(at + 8..at + 9).reads().once(1);
        bench.simulation[bench.memory].faults().add(fault);
        bench.end().complete(1);
        bench.run(5000);
        let sent = bench.sent();
        assert_eq!(sent.len(), 2);
        let beats = sent[0].len() - 1;
        assert_ne!(sent[0][beats], u64::from(crc(&sent[0][..beats])));
        assert_eq!(sent[1], entry_frame(&entry, 0x1234, 3));
        // Refused by a newer generation, it sends nothing more.
        bench.happened();
        let refusal = Header {
            generation: 4,
            ..header(Kind::Refuse, 0x1234, 0)
        };
        let (_, happened) = bench.ask(frame(refusal, 0, &[]));
        assert_eq!(happened, [Happening::Refused(1)]);
        bench.run(10_000);
        assert_eq!(bench.sent(), Vec::<Frame>::new());
    }
}

#[test]
fn a_backup_takes_what_is_right_and_drops_the_rest() {
    for (data_width, block_size) in [(32, 64), (64, 64), (128, 1024), (512, 512)] {
        let mut bench = Bench::new(data_width, block_size);
        let mut random = ChaCha8Rng::seed_from_u64(6);
        let guest = &mut bench.end().guests[1];
        guest.role = Role::Standby;
        guest.generation = 2;
        let config = bench.config.clone();
        let room = bench.capacity();
        let dropped = (Vec::<Frame>::new(), vec![Happening::Dropped]);

        let entry = Entry::whole(&config, 1, &mut random);
        let first = entry_frame(&entry, 9, 0);
        // Before a session nothing is taken.
        assert_eq!(bench.ask(first.clone()), dropped);
        let sync = frame(header(Kind::Sync, 9, 0), 0, &[]);
        let (sent, happened) = bench.ask(sync.clone());
        assert_eq!(sent, [acknowledgement(9, 0, room, None)]);
        assert_eq!(happened, [Happening::Opened(1, 9, 3), Happening::Answered]);
        // The same again is only acknowledged; an older session is not taken.
        let (sent, happened) = bench.ask(sync);
        assert_eq!(sent, [acknowledgement(9, 0, room, None)]);
        assert_eq!(happened, [Happening::Answered]);
        assert_eq!(bench.ask(frame(header(Kind::Sync, 8, 0), 0, &[])), dropped);

        // Frames that are none: damaged in each beat, cut short, too long, of unknown kinds, of words that are not the header's.
        let mut wrong: Vec<Frame> = (0..first.len())
            .map(|beat| {
                let mut frame = first.clone();
                frame[beat] ^= 1 << 40;
                frame
            })
            .collect();
        wrong.push(first[..1].to_vec());
        wrong.push(first[..2].to_vec());
        wrong.push([&first[..first.len() - 2], &first[first.len() - 1..]].concat());
        wrong.push(vec![7; block_size as usize / 8 + 20]);
        for kind in [0, 6, 15] {
            let mut beats = vec![header(Kind::Entry, 9, 0).beat() & !15 | kind, 0];
            beats.push(u64::from(crc(&beats)));
            wrong.push(beats);
        }
        let words = vec![0; entry.words() - 1];
        wrong.push(frame(header(Kind::Entry, 9, 0), entry.header, &words));
        wrong.push(frame(header(Kind::Mark, 9, 0), 1, &[5]));
        wrong.push(frame(header(Kind::Entry, 10, 0), entry.header, &[]));
        let mut other = header(Kind::Entry, 9, 0);
        other.guest = 2;
        wrong.push(frame(other, entry.header, &first[2..first.len() - 1]));
        for frame in wrong {
            assert_eq!(bench.ask(frame.clone()), dropped, "{frame:x?}");
        }

        // The right one, once; doubled or out of order it is only acknowledged.
        let (sent, happened) = bench.ask(first.clone());
        assert_eq!(sent, [acknowledgement(9, 1, room - 1, None)]);
        assert_eq!(happened, [Happening::Arrived(1, 0), Happening::Answered]);
        let at = bench.end().slot_address(1, 0, block_size);
        let found = bench.simulation[bench.memory]
            .memory()
            .read_vec(at, entry.data.len());
        assert_eq!(found, entry.data);
        let late = entry_frame(&Entry::whole(&config, 1, &mut random), 9, 2);
        for frame in [first, late, frame(header(Kind::Mark, 9, 2), 5, &[])] {
            let (sent, happened) = bench.ask(frame);
            assert_eq!(sent, [acknowledgement(9, 1, room - 1, None)]);
            assert_eq!(happened, [Happening::Answered]);
        }
        // A mark, again, and one before it that comes late.
        let mark = frame(header(Kind::Mark, 9, 1), 5, &[]);
        let (sent, happened) = bench.ask(mark.clone());
        assert_eq!(sent, [acknowledgement(9, 1, room - 1, Some(5))]);
        assert_eq!(happened, [Happening::Marked(1, 5), Happening::Answered]);
        let late = frame(header(Kind::Mark, 9, 1), 4, &[]);
        for frame in [mark, late] {
            let (sent, happened) = bench.ask(frame);
            assert_eq!(sent, [acknowledgement(9, 1, room - 1, Some(5))]);
            assert_eq!(happened, [Happening::Answered]);
        }

        // An entry that cannot be written is not acknowledged, nor what is behind it; both are taken when they come again.
        let second = entry_frame(&Entry::whole(&config, 1, &mut random), 9, 1);
        let third = entry_frame(&Entry::whole(&config, 1, &mut random), 9, 2);
        let at = bench.end().slot_address(1, 1, block_size);
        let fault = Fault::on(at..at + 1).writes().once(1);
        bench.simulation[bench.memory].faults().add(fault);
        bench.give(second.clone());
        let (sent, happened) = bench.ask(third.clone());
        assert!(happened.contains(&Happening::WriteFailed(1)));
        assert!(!happened
            .iter()
            .any(|one| matches!(one, Happening::Arrived(..))));
        let nothing_new = |frame: &Frame| *frame == acknowledgement(9, 1, room - 1, Some(5));
        assert!(sent.iter().all(nothing_new));
        bench.give(second);
        let (sent, _) = bench.ask(third);
        assert_eq!(sent.last(), Some(&acknowledgement(9, 3, room - 3, Some(5))));

        // Slots that are freed are told.
        bench.end().guests[1].head = 2;
        bench.run(50);
        assert_eq!(bench.sent(), [acknowledgement(9, 3, room - 1, Some(5))]);
        bench.happened();

        // An older generation is refused, with the newer one.
        let mut older = header(Kind::Entry, 9, 3);
        older.generation = 2;
        let (sent, happened) = bench.ask(frame(older, 1 << 36, &[]));
        assert_eq!(sent, [frame(header(Kind::Refuse, 9, 0), 0, &[])]);
        assert_eq!(happened, [Happening::Dropped, Happening::Answered]);
    }
}

#[test]
fn frames_without_room_are_dropped_and_the_link_goes_on() {
    let mut bench = Bench::new(64, 4096);
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let guest = &mut bench.end().guests[1];
    guest.role = Role::Standby;
    guest.generation = 3;
    bench.ask(frame(header(Kind::Sync, 9, 0), 0, &[]));
    for channel in [Channel::Aw, Channel::W] {
        bench.simulation[bench.memory].set_pacing(channel, Pacing::Never);
    }
    let config = bench.config.clone();
    let entries: Vec<Entry> = (0..6)
        .map(|_| Entry::whole(&config, 1, &mut random))
        .collect();
    let frames: Vec<Frame> = (0..6)
        .map(|k| entry_frame(&entries[k as usize], 9, k))
        .collect();
    for frame in &frames {
        bench.give(frame.clone());
    }
    // The monitor of the receive port fails if a beat waits for 300 cycles.
    bench.run(6000);
    assert_eq!(bench.simulation[bench.source].pending(), 0);
    let dropped = bench.happened();
    assert!(
        dropped
            .iter()
            .filter(|one| **one == Happening::Dropped)
            .count()
            >= 3
    );
    for channel in [Channel::Aw, Channel::W] {
        bench.simulation[bench.memory].set_pacing(channel, Pacing::Always);
    }
    bench.run(3000);
    for frame in &frames {
        bench.give(frame.clone());
        bench.run(700);
    }
    bench.run(1000);
    assert_eq!(bench.sent().last(), Some(&acknowledgement(9, 6, 1, None)));
}
