//! The programs' computations done natively, from their specifications: what the answers must be.

use sha2::{Digest, Sha256};

struct Random(u32);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }
}

fn fnv(hash: u32, word: u32) -> u32 {
    (hash ^ word).wrapping_mul(16_777_619)
}

const FNV_START: u32 = 2_166_136_261;

/// The first word of the SHA-256 digest of the random words.
pub(crate) fn hash(scale: u32, seed: u32) -> u32 {
    let mut random = Random(seed);
    let mut sha = Sha256::new();
    for _ in 0..256 * scale {
        sha.update(random.next().to_le_bytes());
    }
    let digest = sha.finalize();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// The hash of the records (key, serial) in stable order of their keys.
pub(crate) fn sort(scale: u32, seed: u32) -> u32 {
    let mut random = Random(seed);
    let mut records: Vec<(u32, u32)> = (0..256 * scale)
        .map(|serial| (random.next() >> 20, serial))
        .collect();
    records.sort();
    records.iter().fold(FNV_START, |hash, (key, serial)| {
        fnv(fnv(hash, *key), *serial)
    })
}

/// The hash of the compressed text.
pub(crate) fn compress(scale: u32, seed: u32) -> u32 {
    packed(&text(1024 * scale as usize, seed))
        .iter()
        .fold(FNV_START, |hash, byte| fnv(hash, u32::from(*byte)))
}

fn text(size: usize, seed: u32) -> Vec<u8> {
    const VOCABULARY: [&[u8]; 16] = [
        b"epoch ", b"block ", b"guest ", b"commit ", b"shadow", b"ring ", b"log ", b"page ",
        b"copy ", b"mark ", b"write ", b"read ", b"burst ", b"beat ", b"cycle ", b"restor",
    ];
    let mut random = Random(seed);
    let mut text = Vec::new();
    while text.len() < size {
        let draw = random.next();
        match draw >> 29 {
            0 => text.push((draw >> 8) as u8),
            _ => text.extend(VOCABULARY[(draw >> 4 & 15) as usize]),
        }
    }
    text.truncate(size);
    text
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut heads = [None; 1024];
    let mut out = Vec::new();
    let mut literals = 0;
    let mut at = 0;
    while at + 4 <= text.len() {
        let word = u32::from_le_bytes([text[at], text[at + 1], text[at + 2], text[at + 3]]);
        let candidate = heads[(word.wrapping_mul(2_654_435_761) >> 22) as usize].replace(at);
        let matching = |from: usize| {
            let pairs = text[from..].iter().zip(&text[at..]);
            (from, pairs.take(131).take_while(|(a, b)| a == b).count())
        };
        match candidate.map(matching) {
            Some((from, length)) if length >= 4 => {
                put_literals(&mut out, &text[literals..at]);
                let distance = at - from;
                out.extend([length as u8 + 124, distance as u8, (distance >> 8) as u8]);
                at += length;
                literals = at;
            }
            _ => at += 1,
        }
    }
    put_literals(&mut out, &text[literals..]);
    out
}

fn put_literals(out: &mut Vec<u8>, literals: &[u8]) {
    for run in literals.chunks(128) {
        out.push(run.len() as u8 - 1);
        out.extend(run);
    }
}
