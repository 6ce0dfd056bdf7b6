; DETACH: stop tracking the guest's regions. Their contents stay; the checkpoint is given up. The blocks of S5 that lie
; in the shadow are brought home first; if one cannot be, the guest stays attached, without a checkpoint.

.vector DETACH, detach

detach:
        BRANCH  STUCK, refuse_stuck
        BRANCH  ATTACHED, detach_begin
        JUMP    refuse_not_attached
detach_begin:
.if S4
        WAIT    JOB_DONE, 0                     ; of the pushes behind the guest's back; none starts any more
.endif
        SET     HOLD_WRITES
        WAIT    QUIET, 0
.if S5
.if SEVERAL
        BRANCH  S5, detach_home
        JUMP    detach_zeros
detach_home:
.endif
        CLEAR   VALID                           ; the processors have not arrived: this cut is no checkpoint
        STEP    COMMITTED
        SCAN    PLANE_X+TO_MEMORY
        WAIT    JOB_DONE, 0
        BRANCH  JOB_ERROR, detach_failed
.endif
detach_zeros:
        FILL    ZEROS
        WAIT    JOB_DONE, 0
        CLEAR   VALID
        CLEAR   LOST
.if RING
        RING    EMPTY
.endif
        CLEAR   ATTACHED
.if S2
        CLEAR   STANDBY
        CLEAR   REJECT_WRITES
.endif
        CLEAR   HOLD_WRITES
        END     OK

.if S5
detach_failed:
        CLEAR   HOLD_WRITES
        FAIL    JOB
        END     FAILED
.endif
