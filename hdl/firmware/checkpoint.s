; CHECKPOINT: rendezvous, commit, release.
;
; Up to the commit point a rollback, a time-out or another guest of the group can still stop it; the checkpoint before
; then stands. From COMMITTED on it only goes forward. From QUIET to RELEASE every instruction costs the guest 4 cycles.

.vector CHECKPOINT, checkpoint

checkpoint:
        BRANCH  STUCK, refuse_stuck             ; a timer does not know
        BRANCH  ATTACHED, checkpoint_begin
refuse_not_attached:
        FAIL    NOT_ATTACHED
        END     REFUSED
refuse_stuck:
        FAIL    STUCK
        END     REFUSED

checkpoint_begin:
.if S2
.if SEVERAL
        BRANCH  S2, backup_checkpoint
.else
        JUMP    backup_checkpoint
.endif
.endif
.if S1
.if SEVERAL
        BRANCH  S1, capture_ready
.else
        JUMP    capture_ready
.endif
.endif
.if S4
.if SEVERAL
        BRANCH  S4, checkpoint_drain
        JUMP    checkpoint_ready
.endif
checkpoint_drain:                               ; the shadow must hold the checkpoint before, whole
        WAIT    JOB_DONE, checkpoint_given_up
.if CORRECTION
        BRANCH  LOST, checkpoint_ready          ; it never will
.endif
        BRANCH  PENDING_EMPTY, checkpoint_ready
        SCAN    PLANE_Y+TO_SHADOW+CLEAR_AFTER   ; what failed gets another chance
        WAIT    JOB_DONE, checkpoint_given_up
        BRANCH  PENDING_EMPTY, checkpoint_ready
        FAIL    JOB                             ; the guest runs on, its checkpoint still good
        END     FAILED
checkpoint_given_up:
        FAIL    CANCELLED
        END     ABORTED
.endif
checkpoint_ready:
        RENDEZVOUS
        WAIT    ARRIVED, checkpoint_abort
        SET     HOLD_WRITES
        WAIT    QUIET, checkpoint_abort
        WAIT    BARRIER, checkpoint_abort       ; all guests of the group are quiet at once: a common cut
        SET     COMMITTED
.if S1
.if SEVERAL
        BRANCH  S1, capture_commit
.else
        JUMP    capture_commit
.endif
.endif
.if S3
.if SEVERAL
        BRANCH  S3, checkpoint_copy             ; the others' step is all: both images stand where they are found
.else
        JUMP    checkpoint_copy
.endif
.endif
.if CORRECTION
        BRANCH  LOST, checkpoint_lost
.endif
checkpoint_commit:
.if RING
        RING    EMPTY
.endif
        STEP    COMMITTED
        SET     VALID
.if CORRECTION                                  ; LOST may come at any moment: it was cleared before what mends it
.else
.if RING
        CLEAR   LOST
.endif
.endif
        CLEAR   HOLD_WRITES
        RELEASE OK
        CLEAR   COMMITTED
.if S4
.if SEVERAL
        BRANCH  S4, push_pending
        END     OK
.endif
push_pending:                                   ; copied while the guest runs on
        SCAN    PLANE_Y+TO_SHADOW+CLEAR_AFTER
.endif
        END     OK

.if S3
checkpoint_copy:                                ; RETRY comes back here
        CLEAR   VALID                           ; the shadow is neither the old checkpoint nor the new one
.if CORRECTION
        BRANCH  LOST, checkpoint_whole
checkpoint_scan:
.endif
        SCAN    PLANE_X+TO_SHADOW
        WAIT    JOB_DONE, 0
        BRANCH  JOB_ERROR, job_stuck
.if CORRECTION
        BRANCH  LOST, checkpoint_whole          ; bits were lost on the way
.endif
        JUMP    checkpoint_commit
.if CORRECTION
checkpoint_whole:                               ; nobody knows what was written: every block is copied
        CLEAR   LOST
        FILL    X_ONES
        WAIT    JOB_DONE, 0
        JUMP    checkpoint_scan
.endif
.endif

.if CORRECTION
checkpoint_lost:
.if SEVERAL
.if S6
        BRANCH  S6, checkpoint_anew
.endif
.if S4
        BRANCH  S4, checkpoint_push_all
.endif
.endif
.if S5
        CLEAR   COMMITTED                       ; nobody knows where the blocks are: only DETACH helps
        CLEAR   HOLD_WRITES
        FAIL    LOST
        RELEASE ABORTED
        END     FAILED
.endif
.if S6
checkpoint_anew:                                ; the new interval needs neither log nor bits
        CLEAR   LOST
        JUMP    checkpoint_commit
.endif
.if S4
checkpoint_push_all:                            ; every block becomes pending
        CLEAR   LOST
        FILL    X_ONES
        WAIT    JOB_DONE, 0
        JUMP    checkpoint_commit
.endif
.endif

checkpoint_abort:
        CLEAR   HOLD_WRITES
        BRANCH  CANCELLED, checkpoint_cancelled ; before RELEASE, which stops the timer
        BRANCH  TIMED_OUT, checkpoint_late
checkpoint_cancelled:                           ; by a rollback or by the group
        FAIL    CANCELLED
        RELEASE ABORTED
        END     ABORTED
checkpoint_late:
        FAIL    TIMED_OUT
        RELEASE ABORTED
        END     ABORTED

job_stuck:                                      ; the guest stays as it is held: RETRY or DROP
        SET     STUCK
job_failed:
        FAIL    JOB
        END     FAILED
