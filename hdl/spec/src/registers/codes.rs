//! The codes that registers and firmware carry: statuses, errors, interrupts, operations, flags, conditions.

/// A list of named codes, as the generators of headers and pages see it.
#[derive(Clone, Copy, Debug)]
pub struct CodeList {
    /// The name, as a prefix in C: `MCH_<NAME>_<LABEL>`.
    pub name: &'static str,
    /// What the codes are.
    pub description: &'static str,
    /// The codes.
    pub codes: &'static [Code],
}

/// One named code.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// Its label, in capitals.
    pub label: &'static str,
    /// Its value.
    pub value: u32,
    /// What it means.
    pub description: &'static str,
}

macro_rules! codes {
    ($(#[doc = $about:literal])+ $name:ident $list:ident $prefix:literal {
        $($variant:ident = $value:literal $label:ident $doc:literal;)+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name {
            $(#[doc = $doc] $variant = $value,)+
        }

        impl $name {
            /// All of them, in order of value.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The number that registers and instructions carry.
            pub const fn code(self) -> u32 {
                self as u32
            }

            /// Its name in firmware and headers, in capitals.
            pub const fn label(self) -> &'static str {
                match self { $($name::$variant => stringify!($label)),+ }
            }

            /// The one with this number.
            pub fn from_code(code: u32) -> Option<$name> {
                $name::ALL.iter().copied().find(|item| item.code() == code)
            }

            /// The one with this name in capitals.
            pub fn from_label(label: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|item| item.label() == label)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.label())
            }
        }

        /// The same codes as data.
        pub const $list: CodeList = CodeList {
            name: $prefix,
            description: concat!($($about),+),
            codes: &[$(Code { label: stringify!($label), value: $value, description: $doc }),+],
        };
    };
}

codes! {
    /// How a command or a rendezvous ended.
    Status STATUSES "STATUS" {
        Ok = 1 OK "Done.";
        Aborted = 2 ABORTED "The checkpoint was given up before its commit point; the one before it stands.";
        RolledBack = 3 ROLLED_BACK "The guest is at its last checkpoint.";
        Failed = 4 FAILED "An error stopped the command; the error code tells which.";
        Refused = 5 REFUSED "The command was not carried out; nothing changed.";
        Watchdog = 6 WATCHDOG "The routine executed 65,536 instructions and was ended.";
        Dropped = 7 DROPPED "A stuck command was given up by DROP.";
    }
}

codes! {
    /// Why something was refused or failed.
    ErrorCode ERROR_CODES "ERROR" {
        Address = 1 ADDRESS "There is no register at this address.";
        ReadOnly = 2 READ_ONLY "The register cannot be written.";
        Value = 3 VALUE "The value is not one of those allowed, or not all bytes were written.";
        Busy = 4 BUSY "A command is running.";
        Attached = 5 ATTACHED "The guest is attached.";
        NotAttached = 6 NOT_ATTACHED "The guest is not attached.";
        NoCheckpoint = 7 NO_CHECKPOINT "The guest has no checkpoint to go back to.";
        Strategy = 8 STRATEGY "The strategy is not built in.";
        Overlap = 9 OVERLAP "Two regions, rings or bases overlap.";
        Alignment = 10 ALIGNMENT "A base or a length is not aligned.";
        NoRegion = 11 NO_REGION "The guest has no region.";
        NoRing = 12 NO_RING "The guest's strategy needs a ring and none is set.";
        Firmware = 13 FIRMWARE "No firmware with a good checksum is loaded, or an instruction is not one.";
        NotEnabled = 14 NOT_ENABLED "The unit is not enabled.";
        Stuck = 15 STUCK "The guest is stuck after a failed copy: RETRY or DROP.";
        NotStuck = 16 NOT_STUCK "The guest is not stuck.";
        Copy = 17 COPY "A copy met an error; G_ERROR_BLOCK names the block.";
        LogCorrupt = 18 LOG_CORRUPT "A header of the log belongs to another interval or guest.";
        TimedOut = 19 TIMED_OUT "Not every processor arrived in time.";
        Cancelled = 20 CANCELLED "A rollback, or the failure of another guest of the group, cancelled it.";
        Lost = 21 LOST "The interval's log is incomplete: there is no way back until the next checkpoint.";
        Outside = 22 OUTSIDE "A region or a ring is not where it may be.";
        NotReady = 23 NOT_READY "The unit is still clearing its block store after reset.";
        LinkRefused = 24 LINK_REFUSED "The other computer has taken over: it refuses this one.";
        Remote = 25 REMOTE "The checkpoint lies in the backup computer: TAKEOVER there.";
        Standby = 26 STANDBY "The guest is a standby.";
        NotStandby = 27 NOT_STANDBY "The guest is not a standby.";
    }
}

codes! {
    /// Bits of IRQ_STATUS and IRQ_ENABLE.
    Interrupt INTERRUPTS "IRQ" {
        Completion = 0 COMPLETION "A command has completed.";
        Error = 1 ERROR "An access to a register was refused.";
        HighWater = 2 HIGH_WATER "A ring reached its high-water mark.";
        RingFull = 3 RING_FULL "A write waits because a ring has no slot left.";
        Lost = 4 LOST "A guest's log became incomplete.";
    }
}

codes! {
    /// Commands.
    Operation OPERATIONS "OP" {
        Attach = 1 ATTACH "Start to track a guest's regions.";
        Detach = 2 DETACH "Stop tracking them.";
        Checkpoint = 3 CHECKPOINT "Rendezvous and commit.";
        Rollback = 4 ROLLBACK "Back to the last checkpoint.";
        Retry = 5 RETRY "Go on with the copying that was stuck.";
        Drop = 6 DROP "Give the stuck command up.";
        Standby = 7 STANDBY "Start to follow the guest of the same number in the computer at the other end of the link.";
        Takeover = 8 TAKEOVER "Bring the last complete checkpoint that arrived into memory and go on in its place.";
        Apply = 9 APPLY "Bring what has arrived into memory; starts by itself.";
    }
}

codes! {
    /// Flags of a guest that firmware sets and clears.
    Flag FLAGS "FLAG" {
        HoldWrites = 0 HOLD_WRITES "The guest's new writes wait.";
        RejectWrites = 1 REJECT_WRITES "The guest's new writes are answered SLVERR and dropped.";
        HoldReads = 2 HOLD_READS "The guest's new reads wait.";
        Valid = 3 VALID "There is a checkpoint to go back to.";
        Lost = 4 LOST "The interval's log is incomplete.";
        Attached = 5 ATTACHED "The guest's regions are tracked.";
        Stuck = 6 STUCK "A copy failed: only RETRY and DROP are accepted.";
        Committed = 7 COMMITTED "The checkpoint is past its commit point.";
        Standby = 8 STANDBY "The guest follows one in another computer.";
    }
}

codes! {
    /// Conditions that firmware waits for and branches on.
    Condition CONDITIONS "COND" {
        Always = 0 ALWAYS "True.";
        Arrived = 1 ARRIVED "G_CPUS processors have arrived.";
        Quiet = 2 QUIET "No accepted write is unacknowledged.";
        JobDone = 3 JOB_DONE "Scan, fill or restore over, and no copy outstanding.";
        Barrier = 4 BARRIER "Every guest of the command has reached its BARRIER wait.";
        JobError = 5 JOB_ERROR "The job met an error.";
        Valid = 6 VALID "Flag VALID.";
        Lost = 7 LOST "Flag LOST.";
        Attached = 8 ATTACHED "Flag ATTACHED.";
        Stuck = 9 STUCK "Flag STUCK.";
        Cancelled = 10 CANCELLED "A rollback waits behind the checkpoint.";
        TimedOut = 11 TIMED_OUT "The rendezvous has lasted G_TIMEOUT cycles.";
        PendingEmpty = 12 PENDING_EMPTY "No block is pending.";
        CannotRollBack = 13 CANNOT_ROLL_BACK "Not VALID, or LOST.";
        LinkSynced = 14 LINK_SYNCED "The backup has acknowledged the session, or the session is over.";
        LinkMarked = 15 LINK_MARKED "The backup has acknowledged the mark, or the session is over.";
        Standby = 16 STANDBY "Flag STANDBY.";
        S1 = 17 S1 "The strategy is S1.";
        S2 = 18 S2 "The strategy is S2.";
        S3 = 19 S3 "The strategy is S3.";
        S4 = 20 S4 "The strategy is S4.";
        S5 = 21 S5 "The strategy is S5.";
        S6 = 22 S6 "The strategy is S6.";
    }
}

codes! {
    /// What a guest's writes do when its ring is full (G_ON_FULL).
    OnFull ON_FULL "ON_FULL" {
        Hold = 0 HOLD "They wait; only the port with such a write is held.";
        Lose = 1 LOSE "They go on, and the guest is LOST until its next checkpoint.";
    }
}

codes! {
    /// Bits of an action of the policy row (G_POLICY).
    Action ACTIONS "ACTION" {
        Mark = 0 MARK "The block's touched bit is set.";
        Save = 1 SAVE "The block's old contents go to the log first.";
        Push = 2 PUSH "The block is copied to the shadow first.";
        Capture = 3 CAPTURE "The write is also entered in the ring.";
        Redirect = 4 REDIRECT "The write goes to the block's other place.";
    }
}

/// Every list, for the generators of headers and pages.
pub const LISTS: &[CodeList] = &[
    STATUSES,
    ERROR_CODES,
    INTERRUPTS,
    OPERATIONS,
    FLAGS,
    CONDITIONS,
    ON_FULL,
    ACTIONS,
];

/// The list whose codes a field holds, if it holds one.
pub fn field_codes(register: &str, field: &str) -> Option<CodeList> {
    match (register, field) {
        ("ERROR", "CODE") | ("G_COMPLETION", "ERROR") => Some(ERROR_CODES),
        ("G_RELEASE" | "G_COMPLETION", "STATUS") => Some(STATUSES),
        ("COMMAND" | "G_COMMAND" | "G_STATUS" | "G_COMPLETION", "OPERATION") => Some(OPERATIONS),
        ("G_ON_FULL", "LOSE") => Some(ON_FULL),
        _ => None,
    }
}
