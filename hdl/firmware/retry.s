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
        BRANCH  S1, capture_retry
.endif
.if S3
        BRANCH  VALID, rollback_copy
        JUMP    checkpoint_copy
.else
        JUMP    rollback_copy                   ; without S3 no commit copies
.endif
