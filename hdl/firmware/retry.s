; RETRY: go on with the copying that was stuck. VALID tells which: a commit clears it before it copies, a rollback needs
; it. All blocks are copied again; a copy done twice gives the same bytes.

.vector RETRY, retry

retry:
        BRANCH  STUCK, retry_begin
refuse_not_stuck:
        FAIL    NOT_STUCK
        END     REFUSED
retry_begin:
        CLEAR   STUCK
.if S1
.if SEVERAL
        BRANCH  S1, capture_retry
.endif
.endif
.if S3
        BRANCH  VALID, rollback_copy
        JUMP    checkpoint_copy
.else
.if SEVERAL
        JUMP    rollback_copy                   ; without S3 and S1 no commit copies
.else
.if S1
        JUMP    capture_retry
.else
        JUMP    rollback_copy
.endif
.endif
.endif
