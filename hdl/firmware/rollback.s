; ROLLBACK: back to the last checkpoint.
;
; New writes are dropped and new reads wait from here to RELEASE. A write accepted before may still fail to be logged,
; so whether there is a way back is asked again once none is left.

.vector ROLLBACK, rollback

rollback:
        BRANCH  STUCK, refuse_stuck             ; it waited behind a checkpoint that got stuck
        BRANCH  CANNOT_ROLL_BACK, rollback_refused
.if S2
.if SEVERAL
        BRANCH  S2, backup_refuse_rollback
.else
        JUMP    backup_refuse_rollback
.endif
.endif
        SET     REJECT_WRITES
        SET     HOLD_READS
        WAIT    QUIET, 0
.if LOSES
        BRANCH  LOST, rollback_lost
.endif
.if S5                                          ; the checkpoint's blocks stand in their places
.if SEVERAL
        BRANCH  S5, rollback_step
.else
        JUMP    rollback_step
.endif
.endif
rollback_copy:                                  ; RETRY comes back here
.if S1
.if SEVERAL
        BRANCH  S1, capture_rollback
.else
        JUMP    capture_rollback
.endif
.endif
.if S4
        WAIT    JOB_DONE, 0                     ; of the pushes behind the guest's back
.endif
.if MIRROR
.if S6
        BRANCH  S6, rollback_restore
.endif
        SCAN    PLANE_X+TO_MEMORY
.if S6
        JUMP    rollback_wait
.endif
.endif
.if S6
rollback_restore:
        RING    RESTORE
.endif
rollback_wait:
        WAIT    JOB_DONE, 0
        BRANCH  JOB_ERROR, job_stuck
.if CORRECTION
        BRANCH  LOST, rollback_lost             ; bits were lost on the way: some blocks may not have come back
.endif
.if RING
        RING    EMPTY
.endif
rollback_step:
        STEP    ROLLED_BACK
        CLEAR   HOLD_READS
        CLEAR   REJECT_WRITES
        RELEASE ROLLED_BACK
.if S4
.if SEVERAL
        BRANCH  S4, push_pending
        END     OK
.else
        JUMP    push_pending
.endif
.else
        END     OK
.endif

.if LOSES
rollback_lost:
        CLEAR   HOLD_READS
        CLEAR   REJECT_WRITES
        RELEASE FAILED
        FAIL    LOST
        END     FAILED
.endif

rollback_refused:
        BRANCH  ATTACHED, rollback_no_way
        JUMP    refuse_not_attached
rollback_no_way:
.if LOSES
        BRANCH  LOST, rollback_refused_lost
.endif
        FAIL    NO_CHECKPOINT
        END     REFUSED
.if LOSES
rollback_refused_lost:
        FAIL    LOST
        END     REFUSED
.endif
