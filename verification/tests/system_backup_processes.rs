//! Strategy S2 with the two computers in two processes: one is killed, the other takes over.

use crate::unit;

use mch_sim::axi::Response;
use mch_spec::registers::{field, guest_address, offset, Operation, Status};
use mch_spec::{Config, Strategy};
use mch_verification::pair::SocketLink;
use mch_verification::system::System;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Command, Stdio};
use unit::{bytes, home, setup, GUEST_BYTES, LIMIT};

const LENGTH: usize = GUEST_BYTES as usize;
/// Where the primary finds its backup.
const SOCKET: &str = "MCH_TEST_BACKUP_SOCKET";
/// What decides what it writes.
const SEED: &str = "MCH_TEST_BACKUP_SEED";

fn enabled(seed: u64) -> System {
    let config = Config {
        strategies: vec![Strategy::S2],
        settable: false,
        link: true,
        ..unit::machine().config
    };
    let mut system = System::fast(&config, 6, seed).unwrap();
    system.enable().unwrap();
    // The processes do not run alike.
    system.write(offset::LINK_RETRY, 1 << 16).unwrap();
    system
}

/// What the primary writes between a checkpoint and the next: offsets and bytes. In the first interval all of its memory.
fn interval(seed: u64, number: u32) -> Vec<(u64, Vec<u8>)> {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ u64::from(number) << 32);
    if number == 1 {
        return vec![(0, (0..LENGTH).map(|_| random.random()).collect())];
    }
    let writes = random.random_range(1..12);
    let mut one = || {
        let length = 8 * random.random_range(1..12u64);
        let at = 8 * random.random_range(0..(GUEST_BYTES - length) / 8);
        (at, (0..length).map(|_| random.random()).collect())
    };
    (0..writes).map(|_| one()).collect()
}

/// A primary that writes and commits until it is killed.
#[test]
#[ignore = "the other process of a_process_that_is_killed_loses_no_checkpoint"]
fn primary() {
    let (Ok(socket), Ok(seed)) = (std::env::var(SOCKET), std::env::var(SEED)) else {
        panic!("{SOCKET} and {SEED} are not set: run a_process_that_is_killed_loses_no_checkpoint");
    };
    let seed: u64 = seed.parse().unwrap();
    let mut system = enabled(seed + 1);
    system.attach(0, setup(0, Strategy::S2, 0)).unwrap();
    let link = SocketLink::join(&mut system, UnixStream::connect(socket).unwrap()).unwrap();
    for number in 1.. {
        for (at, data) in interval(seed, number) {
            system.store(0, home(0) + at, &data).unwrap();
        }
        system
            .command(0, Operation::Checkpoint, 100_000_000)
            .unwrap();
        assert!(!link.is_over(), "the backup is gone");
    }
}

/// Ends the process however the test ends.
struct Primary(Child);

impl Drop for Primary {
    fn drop(&mut self) {
        // SIGKILL: it has no chance to tidy up.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_process_that_is_killed_loses_no_checkpoint() {
    for seed in 0..4u64 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("link");
        let listener = UnixListener::bind(&socket).unwrap();
        let mut system = enabled(seed);
        system.configure(0, setup(0, Strategy::S2, 0)).unwrap();
        system.command(0, Operation::Standby, LIMIT).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "system_backup_processes::primary", "--ignored"])
            .env(SOCKET, &socket)
            .env(SEED, seed.to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let primary = Primary(child);
        let (stream, _) = listener.accept().unwrap();
        let link = SocketLink::join(&mut system, stream).unwrap();
        // Some checkpoints, and then any moment.
        let least = random.random_range(1..8);
        let marks = |system: &mut System| system.guest(0, offset::G_MARK).unwrap() & 0xffff;
        while marks(&mut system) < least {
            assert!(!link.is_over(), "the primary has ended by itself");
            system.simulation.run(100).unwrap();
        }
        system
            .simulation
            .run(random.random_range(0..4_000))
            .unwrap();
        drop(primary);
        while !link.is_over() {
            system.simulation.run(100).unwrap();
        }
        system.simulation.run(2_000).unwrap();
        let command = guest_address(0, offset::G_COMMAND);
        while system
            .try_write(command, Operation::Takeover.code())
            .unwrap()
            != Response::Okay
        {}
        let completion = system.wait_completion(0, LIMIT).unwrap();
        assert_eq!(
            field::G_COMPLETION::STATUS.get(completion),
            Status::Ok.code()
        );
        let marks = marks(&mut system);
        let mut wanted = vec![0; LENGTH];
        for (at, data) in (1..=marks).flat_map(|number| interval(seed, number)) {
            wanted[at as usize..at as usize + data.len()].copy_from_slice(&data);
        }
        assert!(
            bytes(&system, home(0), LENGTH) == wanted,
            "seed {seed}, after {marks} marks"
        );
    }
}
