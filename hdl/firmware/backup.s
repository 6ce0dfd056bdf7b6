; S2: its checkpoints lie in a backup computer, where the guest of the same number is a standby.
;
; Entries of the ring hold what the guest wrote; the link sends them, and a slot is free when the backup has acknowledged
; it. A commit is a mark that the backup has acknowledged. Without a checkpoint there, every block is sent first, while
; the guest runs on. The standby brings what arrived into its memory, up to the last mark.

.if S2
.vector STANDBY, standby
.vector TAKEOVER, takeover
.vector APPLY, apply

backup_checkpoint:
        BRANCH  CANNOT_ROLL_BACK, backup_open
        JUMP    backup_ready
backup_open:
        CLEAR   VALID
        SET     HOLD_WRITES                     ; the ring is emptied: no write may be on its way into it
        WAIT    QUIET, 0
        CLEAR   LOST
        LINK    OPEN
        CLEAR   HOLD_WRITES
        WAIT    LINK_SYNCED, backup_give_up
        BRANCH  LOST, backup_lost
        FILL    X_ONES
        WAIT    JOB_DONE, 0
        SCAN    PLANE_X+TO_RING                 ; what is written meanwhile follows behind the block's entry
        WAIT    JOB_DONE, backup_give_up
        BRANCH  LOST, backup_lost
backup_ready:
        RENDEZVOUS
        WAIT    ARRIVED, checkpoint_abort
        SET     HOLD_WRITES
        WAIT    QUIET, checkpoint_abort         ; of the captures, too
        WAIT    BARRIER, checkpoint_abort
        BRANCH  LOST, backup_lost_held
        LINK    MARK
        WAIT    LINK_MARKED, backup_unmark
        BRANCH  LOST, backup_lost_held
        STEP    COMMITTED
        SET     VALID
        CLEAR   HOLD_WRITES
        RELEASE OK
        END     OK

backup_give_up:                                 ; cancelled, or no acknowledgement for G_TIMEOUT cycles
        LINK    CLOSE                           ; the rest of the scan is dropped
        WAIT    JOB_DONE, 0
        JUMP    checkpoint_abort

backup_unmark:
        LINK    UNMARK
        JUMP    checkpoint_abort
backup_lost_held:
        CLEAR   HOLD_WRITES
        RELEASE FAILED
backup_lost:
        LINK    CLOSE
        WAIT    JOB_DONE, 0
        JUMP    job_failed

; That a standby is asked for what it cannot do, or another guest for what only a standby can, is refused before a
; routine starts.

standby:
        CHECK   attach_refused
        CLEAR   VALID
        CLEAR   LOST
        RING    EMPTY
        STEP    COMMITTED
        FILL    X_ONES
        WAIT    JOB_DONE, 0
        SET     REJECT_WRITES
        SET     STANDBY
        SET     ATTACHED
        END     OK

apply:
        BRANCH  VALID, apply_drain
        RING    MARK                            ; before the first mark of a session there is nothing to keep
apply_drain:
        RING    DRAIN
        WAIT    JOB_DONE, 0
        BRANCH  JOB_ERROR, job_failed           ; the entries stay: with memory they are the checkpoint
        RING    DRAINED
        END     OK

takeover:
        LINK    TAKE_OVER
        WAIT    JOB_DONE, 0                     ; of an entry that is being written
        BRANCH  VALID, takeover_drain
        LINK    STAND_BY
        JUMP    rollback_no_way
takeover_drain:
        RING    DRAIN
        WAIT    JOB_DONE, 0
        BRANCH  JOB_ERROR, takeover_failed
        RING    EMPTY                           ; what came after the last mark
        CLEAR   VALID
        CLEAR   STANDBY
        CLEAR   REJECT_WRITES
        END     OK
takeover_failed:
        LINK    STAND_BY
        JUMP    job_failed

backup_refuse_rollback:
        FAIL    REMOTE
        END     REFUSED
.endif
