//! Stream agents, their monitor, and the link that goes wrong, on two wires.

use crate::common;

use common::{design, simulate};
use mch_sim::bench::{Pacing, Pin};
use mch_sim::stream::{
    ChannelFaults, Frame, FrameChannel, StreamMonitor, StreamRule, StreamSink, StreamSource,
};
use mch_sim::{Handle, Simulation};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Source, wire, link, wire, sink; monitors on all ports.
struct Way {
    simulation: Simulation,
    source: Handle<StreamSource>,
    link: Handle<FrameChannel>,
    sink: Handle<StreamSink>,
    end: Handle<StreamMonitor>,
}

fn way(seed: u64, latency: u64, pacing: impl Fn(u64) -> Pacing) -> Way {
    let mut simulation = simulate(design("stream_wires"), seed);
    let source = StreamSource::bind(&simulation, "in", pacing(seed)).unwrap();
    let link = FrameChannel::bind(&simulation, "out", "back", latency, pacing(seed + 1)).unwrap();
    let sink = StreamSink::bind(&simulation, "end", pacing(seed + 2)).unwrap();
    let source = simulation.add(source);
    let link = simulation.add(link);
    let sink = simulation.add(sink);
    for port in ["in", "out", "back"] {
        let monitor = StreamMonitor::bind(&simulation, port, None).unwrap();
        simulation.add(monitor);
    }
    let end = StreamMonitor::bind(&simulation, "end", None).unwrap();
    let end = simulation.add(end);
    simulation.reset(3).unwrap();
    Way {
        simulation,
        source,
        link,
        sink,
        end,
    }
}

fn frames(seed: u64, count: usize) -> Vec<Frame> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count)
        .map(|number| {
            let mut frame: Frame = (0..random.random_range(1..20))
                .map(|_| random.random())
                .collect();
            frame[0] = number as u64;
            frame
        })
        .collect()
}

impl Way {
    fn send(&mut self, frames: &[Frame]) {
        for frame in frames {
            self.simulation[self.source].push(frame.clone());
        }
    }

    fn finish(&mut self) -> Vec<Frame> {
        let (source, link) = (self.source, self.link);
        self.simulation
            .run_until("the frames", 100_000, |simulation| {
                simulation[source].pending() == 0 && simulation[link].is_idle()
            })
            .unwrap();
        self.simulation.run(5).unwrap();
        let frames = std::mem::take(&mut self.simulation[self.sink].frames);
        frames.into_iter().map(|(_, frame)| frame).collect()
    }
}

#[test]
fn frames_pass_unchanged_at_any_pace() {
    for seed in 0..30 {
        let mut way = way(seed, seed % 7, Pacing::any);
        let sent = frames(seed, 100);
        way.send(&sent);
        assert_eq!(way.finish(), sent, "seed {seed}");
    }
}

#[test]
fn a_link_moves_a_beat_in_every_cycle() {
    for latency in [0, 1, 50] {
        let mut way = way(1, latency, |_| Pacing::Always);
        let sent = frames(1, 200);
        way.send(&sent);
        assert_eq!(way.finish(), sent);
        let beats: usize = sent.iter().map(Vec::len).sum();
        let monitor = &way.simulation[way.end];
        let (first, last) = monitor.span.unwrap();
        assert_eq!(monitor.beats, beats as u64);
        assert_eq!(monitor.frames, 200);
        assert_eq!(last - first + 1, beats as u64, "latency {latency}");
    }
}

/// Sends frames over a link with one fault; what came, what was sent, and the link.
fn with(faults: ChannelFaults, seed: u64) -> (Vec<Frame>, Vec<Frame>, Way) {
    let mut way = way(seed, 3, Pacing::any);
    way.simulation[way.link].set_faults(faults);
    let sent = frames(seed, 200);
    way.send(&sent);
    let came = way.finish();
    (came, sent, way)
}

#[test]
fn frames_are_lost() {
    let faults = ChannelFaults {
        lose: 0.3,
        ..ChannelFaults::default()
    };
    let (came, sent, way) = with(faults, 4);
    let counts = way.simulation[way.link].counts;
    assert!((30..90).contains(&counts.lost), "{counts:?}");
    assert_eq!(came.len() as u64, 200 - counts.lost);
    let expected: Vec<Frame> = (came.iter())
        .map(|frame| sent[frame[0] as usize].clone())
        .collect();
    assert_eq!(came, expected);
    assert!(came.windows(2).all(|pair| pair[0][0] < pair[1][0]));
}

#[test]
fn frames_are_repeated_and_come_late() {
    let faults = ChannelFaults {
        repeat: 0.3,
        delay: 0.2,
        most_delay: 200,
        ..ChannelFaults::default()
    };
    let (came, sent, way) = with(faults, 5);
    let counts = way.simulation[way.link].counts;
    assert!(counts.repeated > 30 && counts.delayed > 20, "{counts:?}");
    assert_eq!(came.len() as u64, 200 + counts.repeated);
    assert!(came.iter().all(|frame| *frame == sent[frame[0] as usize]));
    for number in 0..200 {
        let times = came.iter().filter(|frame| frame[0] == number).count();
        assert!((1..=2).contains(&times));
    }
    let turned = came.windows(2).filter(|pair| pair[0][0] > pair[1][0]);
    assert!(turned.count() > 20);
}

#[test]
fn frames_are_damaged_and_cut_short() {
    let faults = ChannelFaults {
        corrupt: 0.3,
        truncate: 0.2,
        ..ChannelFaults::default()
    };
    let (came, sent, way) = with(faults, 6);
    let counts = way.simulation[way.link].counts;
    assert!(counts.corrupted > 30 && counts.truncated > 20, "{counts:?}");
    assert!(came.len() < 200, "no frame has lost its end");
    let whole = came.iter().filter(|frame| sent.contains(frame)).count();
    assert!((60..160).contains(&whole), "{whole}");
}

#[test]
fn a_link_can_be_cut_and_restored() {
    let mut way = way(7, 3, Pacing::any);
    let sent = frames(7, 30);
    way.send(&sent[..10]);
    assert_eq!(way.finish(), sent[..10]);
    way.simulation[way.link].set_cut(true);
    way.send(&sent[10..20]);
    assert_eq!(way.finish(), Vec::<Frame>::new());
    way.simulation[way.link].set_cut(false);
    way.send(&sent[20..]);
    assert_eq!(way.finish(), sent[20..]);
    assert_eq!(way.simulation[way.link].counts.lost, 10);
}

/// Drives the first wire by hand: (valid, ready, data, last) in each cycle; the rules that are broken.
fn broken(cycles: &[(u64, u64, u64, u64)]) -> Vec<&'static str> {
    let mut simulation = simulate(design("stream_wires"), 1);
    let monitor = StreamMonitor::bind(&simulation, "out", Some(4)).unwrap();
    simulation.add(monitor);
    simulation.tolerate_violations(true);
    simulation.reset(3).unwrap();
    let pins: [Pin; 4] = ["in_tvalid", "out_tready", "in_tdata", "in_tlast"]
        .map(|name| simulation.pin(name).unwrap());
    for &(valid, ready, data, last) in cycles {
        for (pin, value) in pins.into_iter().zip([valid, ready, data, last]) {
            simulation.set(pin, value);
        }
        simulation.step().unwrap();
    }
    simulation.violations().iter().map(|one| one.rule).collect()
}

#[test]
fn broken_rules_are_seen() {
    assert!(broken(&[(1, 0, 5, 0), (1, 1, 5, 0), (1, 1, 6, 1), (0, 0, 0, 0)]).is_empty());
    let fell = broken(&[(1, 0, 5, 0), (0, 0, 5, 0)]);
    assert_eq!(fell, [StreamRule::ValidHeld.name()]);
    let changed = broken(&[(1, 0, 5, 0), (1, 1, 6, 0)]);
    assert_eq!(changed, [StreamRule::PayloadStable.name()]);
    let ended = broken(&[(1, 0, 5, 0), (1, 1, 5, 1)]);
    assert_eq!(ended, [StreamRule::PayloadStable.name()]);
    let stalled = broken(&[(1, 0, 5, 0); 6]);
    assert_eq!(stalled, [StreamRule::Stalled.name()]);

    let mut simulation = simulate(design("stream_wires"), 1);
    let monitor = StreamMonitor::bind(&simulation, "out", None).unwrap();
    simulation.add(monitor);
    simulation.tolerate_violations(true);
    let valid = simulation.pin("in_tvalid").unwrap();
    simulation.set(valid, 1);
    simulation.reset(2).unwrap();
    let rules: Vec<_> = simulation.violations().iter().map(|one| one.rule).collect();
    assert_eq!(rules, [StreamRule::ValidInReset.name()]);
}

#[test]
fn ports_of_the_wrong_direction_are_refused() {
    let simulation = simulate(design("stream_wires"), 1);
    assert!(StreamSource::bind(&simulation, "out", Pacing::Always).is_err());
    assert!(StreamSink::bind(&simulation, "in", Pacing::Always).is_err());
    assert!(FrameChannel::bind(&simulation, "in", "back", 1, Pacing::Always).is_err());
    assert!(FrameChannel::bind(&simulation, "out", "end", 1, Pacing::Always).is_err());
}
