//! The tracker's pins by name.

use crate::tracking::pins::{Pin, Pins};
use mch_spec::Config;
use std::collections::HashMap;

pub(super) struct Handles {
    pub(super) by_name: HashMap<&'static str, Pin>,
    pub(super) by_port: HashMap<&'static str, Vec<Pin>>,
}

impl Handles {
    pub(super) fn new(pins: &Pins, config: &Config) -> Handles {
        let ports = config.ports as usize;
        let guests = config.guests as usize;
        let single = [
            "verdict_wait",
            "verdict_ticket",
            "verdict_in_shadow",
            "ticket_busy",
            "ticket_failed",
            "allocate_valid",
            "allocate_guest",
            "marked_valid",
            "marked_guest",
            "save_valid",
            "save_ready",
            "save_block",
            "save_guest",
            "save_slot",
            "save_ticket",
            "done_valid",
            "done_ticket",
            "done_guest",
            "done_block",
            "done_failed",
            "scan_valid",
            "scan_ready",
            "scan_word",
            "scan_guest",
            "scan_response_valid",
            "scan_x",
            "scan_y",
            "scan_l1",
            "scan_l2",
            "fill_valid",
            "fill_ready",
            "fill_word",
            "fill_guest",
            "fill_x",
            "fill_y",
            "push_valid",
            "push_ready",
            "push_block",
            "push_guest",
            "cleared_valid",
            "push_started",
            "push_ended",
            "push_event_guest",
            "save_way",
            "background_valid",
            "background_ready",
            "background_block",
            "background_guest",
            "background_ticket",
            "hurry",
            "done_push",
            "peek_valid",
            "peek_ready",
            "peek_word",
            "peek_response_valid",
            "sweep_done",
            "ready",
        ];
        let vectors = [
            ("lookup_valid", ports),
            ("lookup_ready", ports),
            ("lookup_block", ports),
            ("lookup_guest", ports),
            ("lookup_tracked", ports),
            ("lookup_whole", ports),
            ("own_valid", ports),
            ("verdict_valid", ports),
            ("policy", guests),
            ("strategy", guests),
            ("epoch", guests),
            ("outcomes", guests),
            ("ring_used", guests),
            ("region_used", config.regions as usize),
            ("region_first", config.regions as usize),
            ("region_last", config.regions as usize),
            ("region_guest", config.regions as usize),
        ];
        Handles {
            by_name: single.iter().map(|name| (*name, pins.pin(name))).collect(),
            by_port: vectors
                .iter()
                .map(|(name, n)| (*name, pins.each(name, *n)))
                .collect(),
        }
    }
}
