; ATTACH: start to track the guest's regions.
;
; Every block starts as touched: S3's first checkpoint then copies them all, and S6 saves nothing before there is a
; checkpoint to go back to. S5's blocks start in system memory, unchanged. The step comes before the fill, which writes
; the tag of the new epoch.

.vector ATTACH, attach

attach:
        BRANCH  ATTACHED, attach_already
        CHECK   attach_refused
        CLEAR   VALID
        CLEAR   LOST
.if RING
        RING    EMPTY
.endif
        STEP    COMMITTED
.if S5
.if SEVERAL
        BRANCH  S5, attach_home
        FILL    X_ONES
        JUMP    attach_filled
attach_home:
.endif
        FILL    ZEROS
.else
        FILL    X_ONES
.endif
attach_filled:
        WAIT    JOB_DONE, 0
        SET     ATTACHED
        END     OK

attach_already:
        FAIL    ATTACHED
attach_refused:
        END     REFUSED
