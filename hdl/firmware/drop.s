; DROP: give the stuck command up and let the guest go on without a checkpoint. The bits of all blocks stay set, so the
; next checkpoint is whole again.

.vector DROP, drop

drop:
        BRANCH  STUCK, drop_begin
        JUMP    refuse_not_stuck
drop_begin:
.if SHADOW
        BRANCH  VALID, drop_rollback
        CLEAR   COMMITTED
        CLEAR   STUCK
        CLEAR   HOLD_WRITES
        RELEASE ABORTED
        END     DROPPED
drop_rollback:
.endif
        CLEAR   VALID                           ; memory is between the checkpoint and the present
        CLEAR   STUCK
        CLEAR   HOLD_READS
        CLEAR   REJECT_WRITES
        RELEASE FAILED
        END     DROPPED
