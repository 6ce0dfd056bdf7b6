; S1: what its checkpoint, rollback and retry do in place of the others' copying.
;
; Entries of the ring hold what the guest wrote. A commit marks them; then, while the guest runs on, they are drained to
; the shadow. The command ends when the shadow is whole. A rollback writes the shadow over what the other entries wrote.

.if S1
capture_ready:
        BRANCH  CANNOT_ROLL_BACK, checkpoint_ready
        BRANCH  PENDING_EMPTY, checkpoint_ready
        RING    DRAIN                           ; what could not be drained gets another chance
        WAIT    JOB_DONE, 0
        BRANCH  JOB_ERROR, capture_not_drained
        RING    DRAINED
        JUMP    checkpoint_ready
capture_not_drained:                            ; the entries stay: the checkpoint they make with the shadow is good
        CLEAR   COMMITTED
        FAIL    JOB
        END     FAILED

capture_commit:
        BRANCH  CANNOT_ROLL_BACK, capture_whole
        RING    MARK
        STEP    COMMITTED
        SET     VALID
        CLEAR   HOLD_WRITES
        RELEASE OK
        RING    DRAIN
        WAIT    JOB_DONE, 0
        BRANCH  JOB_ERROR, capture_not_drained
        RING    DRAINED
        CLEAR   COMMITTED
        END     OK

capture_whole:                                  ; the shadow lacks something: every block is copied
        CLEAR   VALID
.if CORRECTION
        CLEAR   LOST
.endif
        FILL    X_ONES
        WAIT    JOB_DONE, 0
        SCAN    PLANE_X+TO_SHADOW
        WAIT    JOB_DONE, 0
        BRANCH  JOB_ERROR, job_stuck
.if CORRECTION
        BRANCH  LOST, capture_whole
.endif
        JUMP    checkpoint_commit

capture_retry:
        BRANCH  VALID, capture_rollback
        JUMP    capture_whole

capture_rollback:
        BRANCH  PENDING_EMPTY, capture_rewind
        RING    DRAIN
        WAIT    JOB_DONE, 0
        BRANCH  JOB_ERROR, job_stuck
        RING    DRAINED
capture_rewind:
        RING    REWIND
        JUMP    rollback_wait
.endif
