; Deferred copying: S4, but nothing is copied behind the guest's back until software asks for it.
;
; A commit leaves its blocks pending. One that is written again is pushed to the shadow first; the others wait for
; operation 12, COPY, which idle software commands, and at the latest for the next checkpoint. A workload that writes the
; same blocks over and over never has the memory port taken from it for copies it did not ask for.

.vector CHECKPOINT, deferred
.vector 12, copy

deferred:
        BRANCH  STUCK, refuse_stuck
        BRANCH  ATTACHED, deferred_attached
        JUMP    refuse_not_attached
deferred_attached:
        BRANCH  S4, deferred_drain
        JUMP    checkpoint_begin                ; guests of the other strategies
deferred_drain:                                 ; the shadow must hold the checkpoint before, whole
        WAIT    JOB_DONE, checkpoint_given_up
        BRANCH  PENDING_EMPTY, deferred_ready
        SCAN    PLANE_Y+TO_SHADOW+CLEAR_AFTER
        WAIT    JOB_DONE, checkpoint_given_up
        BRANCH  PENDING_EMPTY, deferred_ready
        FAIL    JOB
        END     FAILED
deferred_ready:
        RENDEZVOUS
        WAIT    ARRIVED, checkpoint_abort
        SET     HOLD_WRITES
        WAIT    QUIET, checkpoint_abort
        WAIT    BARRIER, checkpoint_abort
        SET     COMMITTED
        STEP    COMMITTED
        SET     VALID
.if RING
        CLEAR   LOST
.endif
        CLEAR   HOLD_WRITES
        RELEASE OK
        CLEAR   COMMITTED
        END     OK                              ; here S4 would scan

copy:
        BRANCH  ATTACHED, copy_attached
        JUMP    refuse_not_attached
copy_attached:
        BRANCH  S4, copy_pending
        FAIL    STRATEGY
        END     REFUSED
copy_pending:
        WAIT    JOB_DONE, 0
        SCAN    PLANE_Y+TO_SHADOW+CLEAR_AFTER
        END     OK
