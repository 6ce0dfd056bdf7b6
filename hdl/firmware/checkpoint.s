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
checkpoint_commit:
.if RING
        RING    EMPTY
.endif
        STEP    COMMITTED
        SET     VALID
.if RING
        CLEAR   LOST
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
        SCAN    PLANE_X+TO_SHADOW
        WAIT    JOB_DONE, 0
        BRANCH  JOB_ERROR, job_stuck
        JUMP    checkpoint_commit
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
