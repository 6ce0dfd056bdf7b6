//! Random legal bursts, and what they do to an array of bytes, worked out from the specification alone.

use mch_sim::axi::{Attributes, Burst, BurstKind, WriteRequest};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// A random legal burst inside the 4 KiB page at `page`.
pub fn burst(random: &mut ChaCha8Rng, page: u64, bus_bytes: usize, id: u32) -> Burst {
    let full = bus_bytes.trailing_zeros() as u8;
    let size = if random.random_bool(0.6) {
        full
    } else {
        random.random_range(0..=full)
    };
    let bytes = 1_u64 << size;
    let attributes = Attributes {
        lock: false,
        cache: [0, 1, 2, 3, 7, 11, 15][random.random_range(0..7)],
        prot: random.random_range(0..8),
        qos: random.random_range(0..16),
        user: 0,
    };
    let offset = random.random_range(0..4096);
    let burst = match random.random_range(0..10) {
        0 => Burst::fixed(page + offset, random.random_range(1..=16), size),
        1 | 2 => {
            let beats = [2, 4, 8, 16][random.random_range(0..4)];
            Burst::wrap(page + offset / bytes * bytes, beats, size)
        }
        _ => {
            let most = (4096 - offset / bytes * bytes) / bytes;
            let most = most.min(if random.random_bool(0.1) { 256 } else { 20 });
            Burst::incr(page + offset, random.random_range(1..=most) as u16, size)
        }
    };
    burst.with_id(id).with_attributes(attributes)
}

/// A random write in the page, often with holes in its strobes.
pub fn write(random: &mut ChaCha8Rng, page: u64, bus_bytes: usize, id: u32) -> WriteRequest {
    let burst = burst(random, page, bus_bytes, id);
    let payload: Vec<u8> = (0..burst.transfer_bytes(bus_bytes))
        .map(|_| random.random())
        .collect();
    let request = WriteRequest::new(burst, payload);
    if random.random_bool(0.5) {
        return request;
    }
    let strobes: Vec<u64> = (0..burst.beats)
        .map(|beat| burst.lane_mask(beat, bus_bytes) & random.random::<u64>())
        .collect();
    request.with_strobes(strobes)
}

/// Byte addresses and bus lanes of each beat, after the specification's equations (A3.4.1).
fn beats(burst: &Burst, bus_bytes: u64) -> Vec<Vec<(u64, u64)>> {
    let number_bytes = 1_u64 << burst.size;
    let length = u64::from(burst.beats);
    let aligned = burst.address / number_bytes * number_bytes;
    let boundary = burst.address / (number_bytes * length) * (number_bytes * length);
    let mut result = Vec::new();
    for n in 1..=length {
        let mut address = match (n, burst.kind) {
            (1, _) | (_, BurstKind::Fixed) => burst.address,
            _ => aligned + (n - 1) * number_bytes,
        };
        if burst.kind == BurstKind::Wrap && address >= boundary + number_bytes * length {
            address -= number_bytes * length;
        }
        let upper = address / number_bytes * number_bytes + number_bytes;
        result.push(
            (address..upper)
                .map(|byte| (byte, byte % bus_bytes))
                .collect(),
        );
    }
    result
}

/// Performs a write on the bytes of a memory that starts at address 0.
pub fn apply(memory: &mut [u8], request: &WriteRequest, bus_bytes: usize) {
    let mut payload = request.payload.iter();
    for (number, beat) in beats(&request.burst, bus_bytes as u64).iter().enumerate() {
        let strobes = request
            .strobes
            .as_ref()
            .map_or(u64::MAX, |strobes| strobes[number]);
        for (address, lane) in beat {
            let byte = payload.next().expect("the payload covers the burst");
            if strobes >> lane & 1 == 1 {
                memory[*address as usize] = *byte;
            }
        }
    }
}

/// What a read of the same memory returns.
pub fn expected(memory: &[u8], burst: &Burst, bus_bytes: usize) -> Vec<u8> {
    let beats = beats(burst, bus_bytes as u64);
    beats
        .iter()
        .flatten()
        .map(|(address, _)| memory[*address as usize])
        .collect()
}
