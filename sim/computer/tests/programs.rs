//! The programs compile for any guest, once, and know their places.

use anyhow::Result;
use mch_computer::{record, Access, AccessKind, Compiler, Job, Place, Program};

/// Cycles after which a recording has gone wrong.
const LIMIT: u64 = 20_000_000;

fn job(program: Program) -> Job {
    Job {
        program,
        scale: 1,
        seed: 1,
    }
}

#[test]
fn programs_compile_for_their_guests() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let compiler = Compiler::new(folder.path());
    for program in Program::ALL {
        for base in [0, 0x1234_0000] {
            let place = Place {
                base,
                size: 128 << 10,
                registers: 0x8000_3000,
            };
            let image = compiler.image(&job(program), &place)?;
            assert!(
                image.save_area >= base && image.save_area_bytes == 128,
                "{program:?}"
            );
            assert!(image.bytes.len() < image.footprint as usize, "{program:?}");
            assert_eq!(
                image.bytes[0x30..0x38],
                [1, 0, 0, 0, 1, 0, 0, 0],
                "scale and seed"
            );
        }
    }
    // Two places, three programs, each compiled once.
    let kept = || folder.path().read_dir().map(|entries| entries.count());
    let before = kept()?;
    compiler.image(
        &job(Program::Sort),
        &Place {
            base: 0,
            size: 128 << 10,
            registers: 0x8000_3000,
        },
    )?;
    assert_eq!(kept()?, before);
    Ok(())
}

#[test]
fn a_program_that_does_not_fit_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Place {
        base: 0x1000_0000,
        size: 64 << 10,
        registers: 0x8000_1000,
    };
    let refusal = Compiler::new(folder.path()).image(&job(Program::Compress), &place);
    let message = format!("{:?}", refusal.err());
    assert!(
        message.contains("does not fit in its guest's memory"),
        "{message}"
    );
    Ok(())
}

#[test]
fn answers_depend_on_program_scale_and_seed() {
    let answer = |program, scale, seed| {
        Job {
            program,
            scale,
            seed,
        }
        .expected_answer()
    };
    for program in Program::ALL {
        assert_ne!(answer(program, 1, 1), answer(program, 1, 2), "{program:?}");
        assert_ne!(answer(program, 1, 1), answer(program, 2, 1), "{program:?}");
    }
}

#[test]
fn a_recording_is_the_run_of_the_program() -> Result<()> {
    let record = || record(&job(Program::Compress), 128 << 10, LIMIT, &mut |_| true);
    let found = record()?;
    assert_eq!(found.memory.len(), 128 << 10);
    let fetch = |access: &&Access| access.kind == AccessKind::Fetch;
    let first = found.accesses.first();
    assert!(first.is_some_and(|access| access.offset == 0 && access.kind == AccessKind::Fetch));
    let fetches = found.accesses.iter().filter(fetch).count();
    let writes = |access: &&Access| matches!(access.kind, AccessKind::Write { .. });
    let writes = found.accesses.iter().filter(writes).count();
    assert!(fetches > 10_000 && writes > 1_000, "{fetches} {writes}");
    // The processor takes three cycles or more for an instruction that it executes.
    let spent: u64 = found.accesses.iter().map(|one| u64::from(one.after)).sum();
    assert!(spent <= found.cycles && found.cycles > 3 * fetches as u64);
    assert_eq!(record()?.accesses, found.accesses);
    Ok(())
}

#[test]
fn a_recording_without_an_end_is_given_up() {
    let said = |limit, go_on: bool| {
        let result = record(&job(Program::Hash), 128 << 10, limit, &mut |_| go_on);
        result.expect_err("it has no end").to_string()
    };
    assert!(said(20_000, true).contains("hash: not over after 20000 cycles"));
    assert!(said(LIMIT, false).contains("interrupted after"));
}
