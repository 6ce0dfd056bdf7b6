//! Assembler, disassembler, and the built-in routines.

use mch_spec::firmware::{
    assemble, assemble_routines, checksum, disassemble, image, Instruction, Opcode, Operand,
    Source, MEMORY_WORDS, RING_DRAIN, RING_DRAINED, RING_MARK, RING_RESTORE, RING_REWIND,
    SCAN_PLANE_Y, SCAN_TO_RING,
};
use mch_spec::registers::{Condition, Operation};
use mch_spec::{Config, Strategy};
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
use proptest::strategy::Strategy as _;

fn builds() -> Vec<Config> {
    let build = |strategies: &[Strategy], settable| Config {
        strategies: strategies.to_vec(),
        settable,
        link: strategies.contains(&Strategy::S2),
        ..Config::default()
    };
    // Every set of strategies; those of one are hardwired, too.
    let sets = 1u32..1 << Strategy::ALL.len();
    sets.flat_map(|set| {
        let chosen: Vec<Strategy> = (0..)
            .zip(Strategy::ALL)
            .filter(|(bit, _)| set >> bit & 1 == 1)
            .map(|(_, strategy)| strategy)
            .collect();
        let hardwired = (chosen.len() == 1).then(|| build(&chosen, false));
        hardwired.into_iter().chain([build(&chosen, true)])
    })
    .collect()
}

/// The same, with error correction, too.
fn all_builds() -> Vec<Config> {
    let corrected = builds().into_iter().map(|config| Config {
        error_correction: true,
        ..config
    });
    let corrected = corrected.filter(|config| config.validate().is_ok());
    builds().into_iter().chain(corrected).collect()
}

fn text(body: &str) -> Result<Vec<u32>, String> {
    let config = Config::default();
    assemble(
        &[Source {
            file: "test.s",
            text: body,
        }],
        &config,
    )
    .map(|image| image.words)
    .map_err(|error| error.to_string())
}

#[test]
fn every_build_has_its_firmware() {
    for config in all_builds() {
        let words = assemble_routines(&config).unwrap().words;
        assert!(words.len() <= MEMORY_WORDS);
        let backup = |operation: &Operation| operation.code() > Operation::Drop.code();
        for operation in Operation::ALL {
            if backup(operation) && !config.link {
                assert_eq!(words[operation.code() as usize], 0x0005_0000);
                continue;
            }
            let first = Instruction::decode(words[operation.code() as usize]).unwrap();
            assert_eq!(first.opcode, Opcode::Jump, "{operation}");
            assert!(
                (16..words.len()).contains(&usize::from(first.b)),
                "{operation}"
            );
        }
        for location in [0, 10, 15] {
            assert_eq!(words[location], 0x0005_0000);
        }
    }
}

#[test]
fn every_address_is_an_instruction_and_every_routine_ends() {
    for config in all_builds() {
        let words = image(&config);
        for (location, word) in words.iter().enumerate() {
            let instruction = Instruction::decode(*word).unwrap();
            if instruction.opcode.has_address() {
                assert!(usize::from(instruction.b) < words.len(), "{location}");
            }
        }
        let last = Instruction::decode(*words.last().unwrap()).unwrap();
        assert!(
            matches!(last.opcode, Opcode::End | Opcode::Jump),
            "runs over the end"
        );
    }
}

#[test]
fn a_build_does_not_name_what_it_lacks() {
    for config in all_builds() {
        for word in image(&config).iter().skip(16) {
            let instruction = Instruction::decode(*word).unwrap();
            if instruction.opcode == Opcode::Ring {
                assert!(config.uses_ring());
                let restores = instruction.a == RING_RESTORE;
                assert!(config.has(Strategy::S6) || !restores);
                let walks = [RING_DRAIN, RING_REWIND, RING_MARK, RING_DRAINED];
                assert!(config.captures() || !walks.contains(&instruction.a));
            }
            if instruction.opcode == Opcode::Scan {
                assert!(config.uses_shadow() || instruction.a == SCAN_TO_RING);
                assert!(config.link || instruction.a & SCAN_TO_RING == 0);
                assert!(config.has(Strategy::S4) || instruction.a & SCAN_PLANE_Y == 0);
            }
            if instruction.opcode == Opcode::Link {
                assert!(config.link);
            }
            if instruction.opcode.operand() == Operand::Condition && instruction.a > 16 {
                assert!(config.strategies.len() > 1, "a branch with one answer");
            }
        }
    }
}

/// The commits of all but S3, from the quiet guest to RELEASE, are short whatever else the build has.
#[test]
fn the_commits_of_all_but_s3_are_short() {
    for strategy in [Strategy::S1, Strategy::S4, Strategy::S5, Strategy::S6] {
        for config in builds() {
            if config.has(strategy) {
                commit_is_short(&config, strategy);
            }
        }
    }
}

fn commit_is_short(config: &Config, strategy: Strategy) {
    let words = image(config);
    let quiet = Instruction {
        opcode: Opcode::Wait,
        a: Condition::Quiet.code() as u8,
        b: 0,
    }
    .encode()
        >> 16;
    let mut location = words
        .iter()
        .position(|word| word >> 16 == quiet && word & 0xffff != 0)
        .unwrap();
    let mut instructions = 0;
    loop {
        instructions += 1;
        let instruction = Instruction::decode(words[location]).unwrap();
        location += 1;
        match instruction.opcode {
            Opcode::Release => break,
            Opcode::Branch if u32::from(instruction.a) == 16 + strategy.number() => {
                location = usize::from(instruction.b);
            }
            Opcode::Jump => location = usize::from(instruction.b),
            _ => {}
        }
    }
    assert!(instructions <= 12, "{instructions} instructions");
}

#[test]
fn the_checksum_tells_words_and_order_apart() {
    let words = image(&Config::default());
    let mut swapped = words.clone();
    swapped.swap(20, 21);
    assert_ne!(checksum(&words), checksum(&swapped));
    assert_eq!(checksum(&[1, 2]), 1u32.rotate_left(5) ^ 2);
}

#[test]
fn the_assembler_takes_what_it_documents() {
    let words = text(".vector 9, go\n.org 0x20\ngo: again: WAIT QUIET, 0 ; wait\n SCAN PLANE_Y + TO_MEMORY\n.if S2\n END OK\n.else\n JUMP again\n.endif\n").unwrap();
    assert_eq!((words.len(), words[9]), (0x23, 0x0100_0020));
    assert_eq!(&words[0x20..], [0x0302_0000, 0x0703_0000, 0x0100_0020]);
}

#[test]
fn the_assembler_names_file_line_and_fault() {
    for (body, line, fault) in [
        ("\nHALT", 2, "`HALT` is not an instruction"),
        ("END FINE", 1, "`FINE` is not an operand"),
        ("END", 1, "takes 1 operands"),
        ("JUMP nowhere", 1, "no label `nowhere`"),
        ("a: END OK\na: END OK", 2, "stands twice"),
        ("JUMP 512", 1, "0 to 511"),
        (".org 512", 1, "0 to 511"),
        (".org 511\nEND OK\nEND OK", 3, "longer than 512"),
        (".org 20\nEND OK\n.org 20\nEND OK", 4, "assembled twice"),
        (".if S9\n.endif", 1, "`S9` after .if"),
        (".if S3\nEND OK", 2, "without .endif"),
        (".endif", 1, "without .if"),
        (".if S3\n.else\n.else\n.endif", 3, "without .if"),
        (".vector FLY, a", 1, "`FLY` is not an operation"),
        ("9a: END OK", 1, "not a label"),
    ] {
        let error = text(body).unwrap_err();
        assert!(
            error.starts_with(&format!("test.s:{line}: ")) && error.contains(fault),
            "{body:?}: {error}"
        );
    }
}

#[test]
fn the_built_in_images_survive_disassembly() {
    for config in builds() {
        let words = image(&config);
        let source = disassemble(&words);
        let again = assemble(
            &[Source {
                file: "image",
                text: &source,
            }],
            &config,
        )
        .unwrap();
        assert_eq!(again.words, words);
    }
}

fn instruction() -> impl proptest::strategy::Strategy<Value = Instruction> {
    (prop::sample::select(Opcode::ALL), any::<u8>(), 0u16..512).prop_map(|(opcode, a, b)| {
        Instruction {
            opcode,
            a: if opcode.operand() == Operand::None {
                0
            } else {
                a
            },
            b: if opcode.has_address() { b } else { 0 },
        }
    })
}

proptest! {
    #[test]
    fn decoding_inverts_encoding(word in any::<u32>()) {
        match Instruction::decode(word) {
            Some(instruction) => prop_assert_eq!(instruction.encode(), word),
            None => prop_assert!(word >> 24 > 0x0d),
        }
    }

    #[test]
    fn assembling_inverts_disassembling(program in prop::collection::vec(instruction(), 16..=512)) {
        let words: Vec<u32> = program.iter().map(|instruction| instruction.encode()).collect();
        let source = disassemble(&words);
        let again = assemble(&[Source { file: "program", text: &source }], &Config::default());
        prop_assert_eq!(again.map(|image| image.words), Ok(words));
    }

    #[test]
    fn no_text_breaks_the_assembler(body in "[A-Za-z0-9.:,;+ \n]{0,80}") {
        let _ = text(&body);
    }
}
