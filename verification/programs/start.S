/*
 * Start-up and checkpoint handler of a guest on a PicoRV32.
 *
 * The processor starts at the first word of the guest's memory and takes interrupts 16 bytes later.
 * Two interrupts are used: RENDEZVOUS, the checkpoint unit's request (a level), and RESUME, the
 * processor's own ebreak interrupt, which start-up raises to enter the restoring half of the handler
 * with interrupts held off: unmasking them and then jumping would leave a gap in which a
 * rendezvous could overwrite the return address.
 */
#include "mch_regs.h"
#include "computer.h"

/* PicoRV32's own instructions (opcode custom-0); q0 holds the return address, q1 the causes. */
#define GETQ(rd, qs)    .insn r 0x0b, 4, 0, rd, qs, x0
#define SETQ(qd, rs)    .insn r 0x0b, 2, 1, qd, rs, x0
#define RETIRQ          .insn r 0x0b, 0, 2, x0, x0, x0
#define MASKIRQ(rd, rs) .insn r 0x0b, 6, 3, rd, rs, x0
#define Q0 x0
#define Q1 x1
#define Q2 x2
#define Q3 x3

#define RENDEZVOUS (1 << COMPUTER_RENDEZVOUS_INTERRUPT)
#define RESUME     (1 << 1)

/* x1..x31 at 4..124 of the save area, the return address at 0. */
.macro for_x3_to_x31 operation
    .irp number, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \operation x\number, 4 * \number(x1)
    .endr
.endm

    .section .vectors, "ax"
    .globl _start
_start:
    j       start
    .org    0x10
    .globl  interrupt_entry
interrupt_entry:
    SETQ(Q2, x1)
    SETQ(Q3, x2)
    la      x1, save_area
    j       interrupt
    .org    COMPUTER_PARAMETERS_OFFSET
    .globl  parameters
parameters:
    .word   1, 1
    .org    0x40

    .text
interrupt:
    GETQ(x2, Q1)
    andi    x2, x2, RESUME
    bnez    x2, restore
    GETQ(x2, Q0)
    sw      x2, 0(x1)
    GETQ(x2, Q2)
    sw      x2, 4(x1)
    GETQ(x2, Q3)
    sw      x2, 8(x1)
    for_x3_to_x31 sw
    /*
     * Registers and memory travel on two buses that are not ordered against each other. Here no
     * fence is needed: the processor has no cache and goes past a store only with its response.
     */
    la      x3, __guest_registers
    lw      x4, MCH_G_RENDEZVOUS(x3)
    bgez    x4, restore                 /* nothing is asked for any more */
    slli    x4, x4, 8
    srli    x4, x4, 8                   /* the number, 24 bits; this is processor 0 */
    sw      x4, MCH_G_ARRIVE(x3)
await_release:
    lw      x5, MCH_G_RELEASE(x3)
    sub     x5, x5, x4
    slli    x5, x5, 8                   /* numbers are compared modulo 2^24 */
    bltz    x5, await_release
    /*
     * Whatever the release's status: after OK and ABORTED the save area is as written above, after
     * ROLLED_BACK the unit has put back the one of the last checkpoint.
     */
restore:
    li      x2, ~RENDEZVOUS
    MASKIRQ(x0, x2)
    lw      x2, 0(x1)
    SETQ(Q0, x2)
    for_x3_to_x31 lw
    lw      x2, 8(x1)
    lw      x1, 4(x1)
    RETIRQ

start:
    la      x3, __guest_registers
    lw      x4, MCH_G_STATUS(x3)
    li      x5, MCH_G_STATUS_VALID_MASK | MCH_G_STATUS_TAKEN_OVER_MASK
    and     x4, x4, x5
    beqz    x4, fresh
    li      x2, ~RESUME
    MASKIRQ(x0, x2)
    ebreak

    /* No checkpoint: everything a previous start may have changed is made again. */
fresh:
    la      x3, __data_image
    la      x4, __data_start
    la      x5, __data_end
    j       2f
1:  lw      x6, 0(x3)
    sw      x6, 0(x4)
    addi    x3, x3, 4
    addi    x4, x4, 4
2:  bltu    x4, x5, 1b
    la      x4, __bss_start
    la      x5, __bss_end
    j       2f
1:  sw      x0, 0(x4)
    addi    x4, x4, 4
2:  bltu    x4, x5, 1b
    la      sp, __stack_top
    li      x6, ~RENDEZVOUS
    MASKIRQ(x0, x6)
    /* What a reset leaves in the registers must not reach the stack: equal starts run equally. */
    .irp number, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    li      x\number, 0
    .endr
    call    main
    li      x6, COMPUTER_MAILBOX
    sw      a0, COMPUTER_ANSWER(x6)
    /* Still answers rendezvous. */
1:  j       1b

    .section .save_area, "aw", @nobits
    .balign 4
    .globl  save_area
save_area:
    .skip   128
    .globl  save_area_end
save_area_end:
