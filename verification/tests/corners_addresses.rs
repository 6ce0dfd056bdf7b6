//! What becomes of addresses: outside, shadow, ring, untracked, and before anything is configured.

use crate::unit;

use mch_sim::axi::{Burst, Response};
use mch_spec::registers::{offset, Operation};
use mch_spec::Strategy::{S3, S6};
use mch_verification::system::System;
use unit::{bytes, done, home, machine, read, with_checkpoints, write};

/// Writes and reads a burst; returns both responses, and checks that memory saw neither when they are errors.
fn probe(system: &mut System, address: u64) -> (Response, Response) {
    let memory = system.memory;
    let before = system.simulation[memory].statistics().total();
    let old = bytes(system, address, 64);
    let ticket = write(system, 0, Burst::incr(address, 8, 3), 0x77);
    let written = done(system, 0, ticket).response();
    let ticket = read(system, 0, Burst::incr(address, 8, 3));
    let answer = done(system, 0, ticket);
    if written.is_error() {
        assert_eq!(bytes(system, address, 64), old, "{address:#x}");
        assert_eq!(answer.payload, [0; 64], "{address:#x} leaks");
        assert_eq!(
            system.simulation[memory].statistics().total(),
            before,
            "{address:#x} reached memory"
        );
    }
    (written, answer.response())
}

#[test]
fn outside_of_system_memory_is_decerr() {
    let mut system = with_checkpoints(5, &[S3]);
    let layout = system.layout;
    for address in [0, layout.memory - 64, layout.rings + 0x8_0000, 0xffff_ffc0] {
        let both = (Response::DecErr, Response::DecErr);
        assert_eq!(probe(&mut system, address), both, "{address:#x}");
    }
    assert_eq!(
        probe(&mut system, layout.memory),
        (Response::Okay, Response::Okay)
    );
}

#[test]
fn shadow_and_rings_are_slverr() {
    let mut system = with_checkpoints(5, &[S3, S6]);
    let layout = system.layout;
    let size = machine().config.memory_size.0;
    let ring = machine().ring_base(1);
    let both = (Response::SlvErr, Response::SlvErr);
    for address in [
        layout.shadow,
        layout.shadow + size - 64,
        ring,
        ring + 0x7fc0,
    ] {
        assert_eq!(probe(&mut system, address), both, "{address:#x}");
    }
    // The ring of a guest that is not attached is no ring.
    let free = machine().ring_base(2);
    assert_eq!(
        probe(&mut system, free),
        (Response::DecErr, Response::DecErr)
    );
    system.command(1, Operation::Detach, unit::LIMIT).unwrap();
    assert_eq!(
        probe(&mut system, ring),
        (Response::DecErr, Response::DecErr)
    );
    assert_eq!(probe(&mut system, layout.shadow), both);
}

#[test]
fn memory_of_no_guest_is_not_tracked() {
    let mut system = with_checkpoints(5, &[S3, S6]);
    let address = system.layout.memory + machine().untracked();
    assert_eq!(
        probe(&mut system, address),
        (Response::Okay, Response::Okay)
    );
    for guest in 0..2 {
        assert_eq!(system.guest(guest, offset::G_DIRTY).unwrap(), 0);
        assert_eq!(system.guest(guest, offset::G_WRITES).unwrap(), 0);
    }
}

#[test]
fn before_configuration_the_unit_is_a_wire() {
    let mut system = System::fast(&machine().config, 5, 1).unwrap();
    let layout = system.layout;
    for address in [0, layout.memory, layout.shadow, layout.rings, 0xffff_ff00] {
        assert_eq!(
            probe(&mut system, address),
            (Response::Okay, Response::Okay),
            "{address:#x}"
        );
    }
    // FIXED as well: sixteen beats to one place, the last stays.
    let ticket = write(&mut system, 0, Burst::fixed(0x100, 2, 3), 0);
    assert_eq!(done(&mut system, 0, ticket).response(), Response::Okay);
    assert_eq!(bytes(&system, 0x100, 8), [8, 9, 10, 11, 12, 13, 14, 15]);
    assert_eq!(home(0), layout.memory);
}

#[test]
fn errors_of_memory_are_passed_on() {
    use mch_sim::memory::Fault;
    let mut system = with_checkpoints(5, &[S3]);
    let memory = system.memory;
    let range = home(0) + 128..home(0) + 192;
    system.simulation[memory]
        .faults()
        .add(Fault::on(range).decode_error());
    // Blocks 0..8, of which the third errs: the worst of the pieces counts, the others are written.
    let ticket = write(&mut system, 0, Burst::incr(home(0), 64, 3), 0);
    assert_eq!(done(&mut system, 0, ticket).response(), Response::DecErr);
    assert_eq!(bytes(&system, home(0), 8), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(bytes(&system, home(0) + 192, 4), [192, 193, 194, 195]);
    let ticket = read(&mut system, 0, Burst::incr(home(0), 64, 3));
    let errors: Vec<bool> = done(&mut system, 0, ticket)
        .responses
        .iter()
        .map(|response| response.is_error())
        .collect();
    let expected: Vec<bool> = (0..64).map(|beat| (16..24).contains(&beat)).collect();
    assert_eq!(errors, expected);
}
