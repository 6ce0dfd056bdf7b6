; DETACH: stop tracking the guest's regions. Their contents stay; the checkpoint is given up.

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
        FILL    ZEROS
        WAIT    JOB_DONE, 0
        CLEAR   VALID
        CLEAR   LOST
.if RING
        RING    EMPTY
.endif
        CLEAR   ATTACHED
        CLEAR   HOLD_WRITES
        END     OK
