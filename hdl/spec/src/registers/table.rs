//! The table itself.

use super::{Access, BitRange, Field, Page, Presence, Register, Reset};
use crate::Config;

macro_rules! registers {
    ($($name:ident $page:ident $offset:literal $access:ident $presence:ident $doc:literal {
        $($field:ident [$high:literal:$low:literal] $field_access:ident $field_presence:ident $reset:expr => $field_doc:literal;)+
    })+) => {
        /// Byte offset of every register in its page; region registers: that of region 0.
        pub mod offset {
            $(#[doc = $doc] pub const $name: u32 = $offset;)+
        }

        /// The place of every field: `field::CTRL::ENABLE.get(value)`.
        #[allow(non_snake_case)]
        pub mod field {
            $(
                #[doc = $doc]
                pub mod $name {
                    use crate::registers::BitRange;
                    $(#[doc = $field_doc]
                    pub const $field: BitRange = BitRange { low: $low, width: $high - $low + 1 };)+
                }
            )+
        }

        /// Every register, page by page, in order of offset.
        pub const TABLE: &[Register] = &[$(Register {
            name: stringify!($name),
            page: Page::$page,
            offset: $offset,
            access: Access::$access,
            presence: Presence::$presence,
            description: $doc,
            fields: &[$(Field {
                name: stringify!($field),
                bits: BitRange { low: $low, width: $high - $low + 1 },
                access: Access::$field_access,
                reset: $reset,
                presence: Presence::$field_presence,
                description: $field_doc,
            }),+],
        }),+];
    };
}

const ZERO: Reset = Reset::Value(0);
const ONE: Reset = Reset::Value(1);

const fn number(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let mut value = 0;
    let mut index = 0;
    while index < bytes.len() {
        value = value * 10 + (bytes[index] - b'0') as u32;
        index += 1;
    }
    value
}

const MAJOR: Reset = Reset::Value(number(env!("CARGO_PKG_VERSION_MAJOR")));
const MINOR: Reset = Reset::Value(number(env!("CARGO_PKG_VERSION_MINOR")));
const PATCH: Reset = Reset::Value(number(env!("CARGO_PKG_VERSION_PATCH")));

const fn by(function: fn(&Config) -> u32) -> Reset {
    Reset::Derived(function)
}

registers! {
    ID Global 0x000 Ro Always "Identification." {
        ID [31:0] Ro Always Reset::Value(super::IDENTIFICATION) => "\"MCH1\".";
    }
    VERSION Global 0x004 Ro Always "Version of the generator." {
        PATCH [7:0] Ro Always PATCH => "Patch level.";
        MINOR [15:8] Ro Always MINOR => "Minor version.";
        MAJOR [31:16] Ro Always MAJOR => "Major version.";
    }
    CAPS0 Global 0x008 Ro Always "What was built: counts." {
        PORTS [3:0] Ro Always by(|c| c.ports) => "AXI ports.";
        GUESTS [8:4] Ro Always by(|c| c.guests) => "Guests.";
        REGIONS [14:9] Ro Always by(|c| c.regions) => "Regions.";
        PROCESSORS [20:15] Ro Always by(|c| c.processors) => "Processors per guest.";
        EPOCH_BITS [23:21] Ro Always by(|c| c.epoch_bits) => "Bits of an epoch.";
        TICKETS [29:24] Ro Always by(|c| c.saves) => "Blocks in flight in the hazard table.";
    }
    CAPS1 Global 0x00c Ro Always "What was built: features and sizes." {
        STRATEGIES [5:0] Ro Always by(Config::strategy_bits) => "A bit per strategy built; bit 0 is S1.";
        SETTABLE [6:6] Ro Always by(|c| c.settable as u32) => "Software selects the strategy.";
        LINK [7:7] Ro Always by(|c| c.link as u32) => "The link to a backup computer is built.";
        ERROR_CORRECTION [8:8] Ro Always by(|c| c.error_correction as u32) => "The block store corrects errors.";
        DATA_SHIFT [11:9] Ro Always by(Config::full_size) => "log2 of the bytes of a data beat.";
        MEMORY_SHIFT [17:12] Ro Always by(Config::memory_shift) => "log2 of the bytes of system memory.";
        BLOCK_SHIFT [21:18] Ro Always by(Config::block_shift) => "log2 of the bytes of a block.";
        COUNTERS [22:22] Ro Always by(|c| c.counters as u32) => "The counters of copies, entries, writes, stalls, pauses and waits are built.";
    }
    CTRL Global 0x010 Rw Always "Control." {
        ENABLE [0:0] Rw Always ZERO => "0: the unit is a wire. Cleared only while no guest is attached.";
    }
    STATUS Global 0x014 Ro Always "Status." {
        READY [0:0] Ro Always ZERO => "The block store has been cleared after reset.";
        FIRMWARE_OK [1:1] Ro Always ONE => "Firmware with a good checksum is loaded; the built-in one is, after reset.";
        SCANNING [2:2] Ro Always ZERO => "A scan, fill or restore is under way.";
        RUNNING [31:16] Ro Always ZERO => "A bit per guest: a command is running.";
    }
    ERROR Global 0x018 Wclear Always "The last refusal; any write clears it." {
        CODE [7:0] Wclear Always ZERO => "Error code, 0 for none.";
        GUEST [15:8] Wclear Always ZERO => "The guest whose page was accessed, 0 for the global page.";
    }
    IRQ_STATUS Global 0x01c W1c Always "Interrupts that have come." {
        COMPLETION [0:0] W1c Always ZERO => "A command has completed.";
        ERROR [1:1] W1c Always ZERO => "An access to a register was refused.";
        HIGH_WATER [2:2] W1c Ring ZERO => "A ring reached its high-water mark.";
        RING_FULL [3:3] W1c Ring ZERO => "A write waits because a ring has no slot left.";
        LOST [4:4] W1c Loses ZERO => "A guest's log or its bits in the block store became incomplete.";
    }
    IRQ_ENABLE Global 0x020 Rw Always "Interrupts that raise the common irq." {
        COMPLETION [0:0] Rw Always ZERO => "A command has completed.";
        ERROR [1:1] Rw Always ZERO => "An access to a register was refused.";
        HIGH_WATER [2:2] Rw Ring ZERO => "A ring reached its high-water mark.";
        RING_FULL [3:3] Rw Ring ZERO => "A write waits because a ring has no slot left.";
        LOST [4:4] Rw Loses ZERO => "A guest's log or its bits in the block store became incomplete.";
    }
    COMMAND Global 0x024 Wo Always "A command to several guests; refused as a whole if one of them refuses." {
        OPERATION [3:0] Wo Always ZERO => "Operation.";
        GUESTS [31:16] Wo Always ZERO => "A bit per guest.";
    }
    COMPLETION Global 0x028 W1c Always "Commands that have completed." {
        GUESTS [15:0] W1c Always ZERO => "A bit per guest.";
    }
    MEM_BASE Global 0x02c Rw Always "Base of system memory; writable while ENABLE = 0." {
        PAGE [27:0] Rw Always ZERO => "Page of 4 KiB; aligned to the memory size.";
    }
    SHADOW_BASE Global 0x030 Rw Shadow "Base of the shadow; writable while ENABLE = 0." {
        PAGE [27:0] Rw Shadow ZERO => "Page of 4 KiB; aligned to the memory size.";
    }
    PORT_FLUSH Global 0x034 Rw Always "Flush of a port whose master is dead." {
        PORTS [7:0] Rw Always ZERO => "A bit per port: write 1 to start; reads 1 while busy.";
    }
    DIRTY_SELECT Global 0x038 Rw Always "The word that DIRTY_BITS reads." {
        WORD [20:0] Rw Always ZERO => "Word of the block store: block / 32.";
        PLANE_Y [31:31] Rw PlaneY ZERO => "The second plane.";
    }
    DIRTY_BITS Global 0x03c Ro Always "The bits of 32 blocks." {
        BITS [31:0] Ro Always ZERO => "By the epoch rule; bit 0 is the lowest block.";
    }
    FIRMWARE_ADDRESS Global 0x040 Rw Always "Next instruction of FIRMWARE_DATA; writing starts a load." {
        ADDRESS [8:0] Rw Always ZERO => "Instruction. A write clears FIRMWARE_OK and the checksum; refused while a guest runs.";
    }
    FIRMWARE_DATA Global 0x044 Rw Always "The instruction at FIRMWARE_ADDRESS, which is then incremented." {
        INSTRUCTION [31:0] Rw Always ZERO => "A write also updates the checksum: rotate_left(checksum, 5) xor word.";
    }
    FIRMWARE_CHECK Global 0x048 Wo Always "Ends a load." {
        CHECKSUM [31:0] Wo Always ZERO => "The checksum expected; equal sets FIRMWARE_OK, else the write is refused.";
    }
    CYCLES Global 0x04c Ro Always "Cycles since reset." {
        CYCLES [31:0] Ro Always ZERO => "Low 32 bits.";
    }
    EPOCH_WAITS Global 0x050 Ro Counters "Turns in which a STEP waited for the scrubber." {
        COUNT [31:0] Ro Counters ZERO => "Turns.";
    }
    COPIES Global 0x054 Ro Always "Blocks copied by the engine." {
        COUNT [31:0] Ro Always ZERO => "Blocks.";
    }
    COPY_ERRORS Global 0x058 Ro Always "Copies that failed." {
        COUNT [31:0] Ro Always ZERO => "Blocks.";
    }
    LINK_RETRY Global 0x05c Rw Link "Cycles without an acknowledgement after which the link sends again." {
        CYCLES [31:0] Rw Link Reset::Value(4096) => "Cycles, at least 1.";
    }
    LINK_FRAMES Global 0x060 Ro Link "Sessions, entries and marks sent over the link." {
        COUNT [31:0] Ro Link ZERO => "Frames.";
    }
    LINK_REPEATS Global 0x064 Ro Link "Those among them that had been sent before." {
        COUNT [31:0] Ro Link ZERO => "Frames.";
    }
    LINK_DROPPED Global 0x068 Ro Link "Frames received and not understood: damaged, of another session, or without room." {
        COUNT [31:0] Ro Link ZERO => "Frames.";
    }
    ECC_CORRECTED Global 0x06c Ro Correction "Words of the block store in which a bit was put right." {
        COUNT [31:0] Ro Correction ZERO => "Words read, those of its summary and of S5's second copy included.";
    }
    ECC_FAILED Global 0x070 Ro Correction "Words of the block store in which more bits were wrong than can be put right." {
        COUNT [31:0] Ro Correction ZERO => "Words read; their guests are LOST. Of the summary, which is read as all ones, no guest is.";
    }
    R_BASE Region 0x400 Rw Always "Base of a region; refused while its guest is attached." {
        PAGE [27:0] Rw Always ZERO => "Page of 4 KiB; aligned to the larger of 32 blocks and 4 KiB.";
    }
    R_BLOCKS Region 0x404 Rw Always "Length of a region; refused while its guest is attached." {
        BLOCKS [26:0] Rw Always ZERO => "Blocks, a multiple of the larger of 32 and 4 KiB; 0: the region is not used.";
    }
    R_GUEST Region 0x408 Rw Always "The region's guest; refused while the old or the new guest is attached." {
        GUEST [3:0] Rw Always ZERO => "Guest.";
    }
    G_STRATEGY Guest 0x000 Rw Always "Strategy; writable while detached. A write loads the strategy's policy row." {
        STRATEGY [2:0] Rw Always by(|c| c.first_strategy().map_or(0, |s| s.number())) => "1..6, one that was built.";
    }
    G_STATUS Guest 0x004 Ro Always "State of the guest." {
        ATTACHED [0:0] Ro Always ZERO => "Its regions are tracked.";
        VALID [1:1] Ro Always ZERO => "There is a checkpoint to go back to.";
        LOST [2:2] Ro Loses ZERO => "The interval's log, or the guest's bits in the block store, are incomplete.";
        STUCK [3:3] Ro Always ZERO => "A copy failed: RETRY or DROP.";
        RUNNING [4:4] Ro Always ZERO => "A command is running.";
        RENDEZVOUS [5:5] Ro Always ZERO => "Its processors are asked to arrive.";
        HOLD_WRITES [6:6] Ro Always ZERO => "Its new writes wait.";
        REJECT_WRITES [7:7] Ro Always ZERO => "Its new writes are answered SLVERR.";
        HOLD_READS [8:8] Ro Always ZERO => "Its new reads wait.";
        RING_HELD [9:9] Ro Ring ZERO => "A write waits because the ring is full.";
        STANDBY [10:10] Ro Link ZERO => "It follows the guest of the same number in another computer.";
        TAKEN_OVER [11:11] Ro Link ZERO => "Its memory began as the checkpoint that a TAKEOVER brought; it has made none since.";
        OPERATION [15:12] Ro Always ZERO => "The operation running, 0 for none.";
    }
    G_EPOCH Guest 0x008 Ro Always "Epoch and interval." {
        EPOCH [5:0] Ro Always ZERO => "Epoch.";
        INTERVAL [31:16] Ro Always ZERO => "Low 16 bits of the interval number.";
    }
    G_CPUS Guest 0x00c Rw Always "Processors that must arrive; writable while detached." {
        COUNT [5:0] Rw Always ZERO => "0 to the processors built.";
    }
    G_ARRIVE Guest 0x010 Rw Always "Arrival at a rendezvous. Reads a bit per processor arrived." {
        NUMBER [23:0] Rw Always ZERO => "Number of the rendezvous; a stale one is ignored.";
        PROCESSOR [31:24] Rw Always ZERO => "Processor.";
    }
    G_RELEASE Guest 0x014 Ro Always "The last release." {
        NUMBER [23:0] Ro Always ZERO => "Number of the rendezvous.";
        STATUS [31:24] Ro Always ZERO => "Status.";
    }
    G_RENDEZVOUS Guest 0x018 Ro Always "The rendezvous." {
        NUMBER [23:0] Ro Always ZERO => "Number of the last rendezvous.";
        REQUESTED [31:31] Ro Always ZERO => "It is going on.";
    }
    G_DIRTY Guest 0x01c Ro Always "Blocks marked in this interval, by writes or by ATTACH." {
        BLOCKS [26:0] Ro Always ZERO => "Blocks.";
    }
    G_RING_BASE Guest 0x020 Rw Ring "Base of the ring; writable while detached." {
        PAGE [27:0] Rw Ring ZERO => "Page of 4 KiB; aligned to the ring's size.";
    }
    G_RING_SIZE Guest 0x024 Rw Ring "Size of the ring; writable while detached." {
        SHIFT [5:0] Rw Ring ZERO => "log2 of bytes, 15..36; 0: none.";
    }
    G_RING_USED Guest 0x028 Ro Ring "Slots of the ring in use." {
        SLOTS [25:0] Ro Ring ZERO => "Slots.";
    }
    G_RING_HIGH Guest 0x02c Rw Ring "High-water mark." {
        SLOTS [25:0] Rw Ring ZERO => "At or above it a checkpoint starts; 0: off.";
    }
    G_ON_FULL Guest 0x030 Rw Ring "What writes do when the ring is full." {
        LOSE [0:0] Rw Ring ZERO => "0 HOLD, 1 LOSE.";
    }
    G_PERIOD Guest 0x034 Rw Always "Time between checkpoints." {
        CYCLES [31:0] Rw Always ZERO => "Cycles; 0: off.";
    }
    G_TIMEOUT Guest 0x038 Rw Always "Time that a rendezvous may last." {
        CYCLES [31:0] Rw Always ZERO => "Cycles; 0: no limit.";
    }
    G_COMMAND Guest 0x03c Wo Always "A command to this guest." {
        OPERATION [3:0] Wo Always ZERO => "Operation.";
    }
    G_COMPLETION Guest 0x040 Ro Always "How the last command ended." {
        OPERATION [3:0] Ro Always ZERO => "Operation.";
        STATUS [15:8] Ro Always ZERO => "Status.";
        ERROR [23:16] Ro Always ZERO => "Error code, 0 for none.";
        COUNT [31:24] Ro Always ZERO => "Commands completed, low 8 bits.";
    }
    G_ERROR_BLOCK Guest 0x044 Ro Always "The block of the last copy that failed." {
        BLOCK [25:0] Ro Always ZERO => "Block.";
    }
    G_POLICY Guest 0x048 Rw Settable "Policy row; writable while detached." {
        ROW [19:0] Rw Settable by(|c| c.first_strategy().map_or(0, |s| s.policy_row())) =>
            "Four actions of 5 bits, by (pending, touched).";
    }
    G_PENDING Guest 0x04c Ro Pushes "Blocks of the last checkpoint that are not in the shadow yet." {
        BLOCKS [26:0] Ro Pushes ZERO => "Blocks.";
    }
    G_STALLS Guest 0x050 Ro Counters "Cycles in which a burst of the guest waited to be accepted." {
        CYCLES [31:0] Ro Counters ZERO => "Cycles.";
    }
    G_COPIES Guest 0x054 Ro Counters "Blocks copied for the guest." {
        COUNT [31:0] Ro Counters ZERO => "Blocks.";
    }
    G_ENTRIES Guest 0x058 Ro RingCounters "Entries written to the ring." {
        COUNT [31:0] Ro RingCounters ZERO => "Entries.";
    }
    G_WRITES Guest 0x05c Ro Counters "Bursts accepted." {
        COUNT [31:0] Ro Counters ZERO => "Bursts.";
    }
    G_PAUSE Guest 0x060 Ro Counters "Length of the last commit." {
        CYCLES [31:0] Ro Counters ZERO => "Cycles from the quiet point to RELEASE.";
    }
    G_CHECKPOINTS Guest 0x064 Ro Always "Checkpoints completed." {
        COUNT [31:0] Ro Always ZERO => "Checkpoints.";
    }
    G_ROLLBACKS Guest 0x068 Ro Always "Rollbacks completed." {
        COUNT [31:0] Ro Always ZERO => "Rollbacks.";
    }
    G_SESSION Guest 0x06c Ro Link "The session over the link." {
        SESSION [15:0] Ro Link ZERO => "Number of the session.";
        GENERATION [23:16] Ro Link ZERO => "Takeovers so far, modulo 256: a sender of an older one is refused.";
    }
    G_MARK Guest 0x070 Ro Link "The last mark of the session, sent or received." {
        NUMBER [15:0] Ro Link ZERO => "Its number; the first is 1.";
        SYNCED [16:16] Ro Link ZERO => "The backup has acknowledged the session.";
        MARKED [17:17] Ro Link ZERO => "The backup has acknowledged the mark.";
    }
    G_TRANSFERRED Guest 0x074 Ro Link "Entries that the backup has acknowledged; of a standby, entries that have arrived." {
        COUNT [31:0] Ro Link ZERO => "Entries.";
    }
}
