//! The programs compile for any guest, once, and know their places.

use anyhow::Result;
use mch_computer::{Compiler, Job, Place, Program};

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
