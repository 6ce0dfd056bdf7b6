//! The programs: their sources, compiled for a guest, and the answers a native computation expects.

use crate::native;
use anyhow::{bail, ensure, Context, Result};
use fs4::fs_std::FileExt;
use object::{Object, ObjectSymbol};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

macro_rules! sources {
    ($($name:literal),+) => {
        [$(($name, include_str!(concat!("../../../verification/programs/", $name)))),+]
    };
}

/// Shared by all programs; each program adds `<name>.c`.
const SOURCES: [(&str, &str); 7] = sources!(
    "start.S",
    "computer.h",
    "runtime.c",
    "guest.ld",
    "hash.c",
    "sort.c",
    "compress.c"
);

const COMPILER: &str = "riscv64-unknown-elf-gcc";
const FLAGS: [&str; 15] = [
    "-march=rv32im",
    "-mabi=ilp32",
    "-mstrict-align",
    "-O2",
    "-std=c11",
    "-Wall",
    "-Wextra",
    "-Wno-parentheses",
    "-Werror",
    "-ffreestanding",
    // A loop of memcpy must not become a call of memcpy.
    "-fno-tree-loop-distribute-patterns",
    "-nostdlib",
    "-nostartfiles",
    "-Wl,--no-warn-rwx-segments",
    "-Wl,--fatal-warnings",
];
/// Where the loader puts scale and seed, from the base of the image; computer.h says the same.
const PARAMETERS_OFFSET: usize = 0x30;

/// A program that the computers can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// SHA-256 over `scale` KiB.
    Hash,
    /// Merge sort of a linked list of 256 × `scale` records, 80 bytes each.
    Sort,
    /// LZ77 over `scale` KiB of text, and back.
    Compress,
}

impl Program {
    /// Every program.
    pub const ALL: [Program; 3] = [Program::Hash, Program::Sort, Program::Compress];

    /// Its name, which is also that of its source file.
    pub fn name(self) -> &'static str {
        match self {
            Program::Hash => "hash",
            Program::Sort => "sort",
            Program::Compress => "compress",
        }
    }
}

/// What a computer is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The program.
    pub program: Program,
    /// How much work: see [`Program`].
    pub scale: u32,
    /// The seed of its input, not 0.
    pub seed: u32,
}

impl Job {
    /// The answer that a native computation of the same thing gives.
    pub fn expected_answer(&self) -> u32 {
        match self.program {
            Program::Hash => native::hash(self.scale, self.seed),
            Program::Sort => native::sort(self.scale, self.seed),
            Program::Compress => native::compress(self.scale, self.seed),
        }
    }
}

/// Where a guest's memory is and through which addresses it reaches its registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Byte address of its memory.
    pub base: u32,
    /// Bytes of its memory.
    pub size: u32,
    /// Byte address of its page of the unit's registers.
    pub registers: u32,
}

/// A compiled program with its parameters, to be loaded at the base of its guest's memory.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Byte address of the area where the checkpoint handler saves the registers.
    pub save_area: u32,
    /// Bytes of that area.
    pub save_area_bytes: u32,
    /// Bytes from the base to the end of what the program may use, its stack apart.
    pub footprint: u32,
}

/// Compiles programs, each once per content of everything that goes into it.
#[derive(Clone, Debug)]
pub struct Compiler {
    folder: PathBuf,
    registers_header: String,
}

impl Compiler {
    /// Keeps what it has compiled in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            registers_header: mch_spec::generate::c_header(),
        }
    }

    /// The image of `job` for the guest at `place`.
    pub fn image(&self, job: &Job, place: &Place) -> Result<Image> {
        ensure!(
            job.seed != 0,
            "seed 0 of {}: any other 32-bit value is allowed",
            job.program.name()
        );
        let elf = self.elf(job.program, place)?;
        let mut image = read_elf(&elf, place)?;
        let mut put = |offset: usize, word: u32| {
            image.bytes[PARAMETERS_OFFSET + offset..][..4].copy_from_slice(&word.to_le_bytes());
        };
        put(0, job.scale);
        put(4, job.seed);
        Ok(image)
    }

    fn elf(&self, program: Program, place: &Place) -> Result<Vec<u8>> {
        let source = format!("{}.c", program.name());
        let options = [
            format!("-DCOMPUTER_GUEST_SIZE={}", place.size),
            format!("-Wl,--defsym=__guest_base={:#x}", place.base),
            format!("-Wl,--defsym=__guest_size={:#x}", place.size),
            format!("-Wl,--defsym=__guest_registers={:#x}", place.registers),
        ];
        let version = Command::new(COMPILER)
            .arg("--version")
            .output()
            .with_context(|| format!("{COMPILER} does not run; scripts/setup installs it"))?;
        let mut hash = Sha256::new();
        let mut add = |text: &[u8]| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        add(&version.stdout);
        add(self.registers_header.as_bytes());
        SOURCES.iter().for_each(|(_, text)| add(text.as_bytes()));
        FLAGS.iter().for_each(|flag| add(flag.as_bytes()));
        options.iter().for_each(|option| add(option.as_bytes()));
        add(source.as_bytes());
        let name: String = hash
            .finalize()
            .iter()
            .take(12)
            .map(|byte| format!("{byte:02x}"))
            .collect();

        fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot make {}", self.folder.display()))?;
        let kept = self.folder.join(format!("{}-{name}.elf", program.name()));
        // Only one process compiles; the others find the result.
        let lock = fs::File::create(self.folder.join("lock"))?;
        lock.lock_exclusive()?;
        if !kept.exists() {
            let work = tempfile::tempdir_in(&self.folder)?;
            self.compile(work.path(), &source, &options)?;
            fs::rename(work.path().join("program.elf"), &kept)?;
        }
        fs::read(&kept).with_context(|| format!("cannot read {}", kept.display()))
    }

    fn compile(&self, folder: &Path, source: &str, options: &[String]) -> Result<()> {
        for (name, text) in SOURCES {
            fs::write(folder.join(name), text)?;
        }
        fs::write(folder.join("mch_regs.h"), &self.registers_header)?;
        let output = Command::new(COMPILER)
            .current_dir(folder)
            .args(FLAGS)
            .args(options)
            .args([
                "-T",
                "guest.ld",
                "-o",
                "program.elf",
                "start.S",
                "runtime.c",
                source,
                "-lgcc",
            ])
            .output()?;
        if !output.status.success() {
            bail!(
                "{source} does not compile:\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    }
}

fn read_elf(elf: &[u8], place: &Place) -> Result<Image> {
    let file = object::read::elf::ElfFile32::<object::Endianness>::parse(elf)?;
    let symbol = |name: &str| -> Result<u32> {
        let found = file.symbols().find(|symbol| symbol.name() == Ok(name));
        Ok(found
            .with_context(|| format!("the program has no symbol {name}"))?
            .address() as u32)
    };
    let mut bytes = Vec::new();
    for segment in file.elf_program_headers() {
        use object::read::elf::ProgramHeader;
        let endian = file.endian();
        let data = segment
            .data(endian, elf)
            .map_err(|()| anyhow::anyhow!("a segment lies outside the file"))?;
        if segment.p_type(endian) != object::elf::PT_LOAD || data.is_empty() {
            continue;
        }
        let at = (segment.p_paddr(endian).wrapping_sub(place.base)) as usize;
        ensure!(
            at < place.size as usize,
            "a segment lies outside the guest's memory"
        );
        if bytes.len() < at + data.len() {
            bytes.resize(at + data.len(), 0);
        }
        bytes[at..at + data.len()].copy_from_slice(data);
    }
    ensure!(
        bytes.len() > PARAMETERS_OFFSET + 8,
        "the program has no parameters"
    );
    let save_area = symbol("save_area")?;
    Ok(Image {
        bytes,
        save_area,
        save_area_bytes: symbol("save_area_end")? - save_area,
        footprint: symbol("__program_end")? - place.base,
    })
}
