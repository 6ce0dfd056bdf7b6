/* Takes a guest that owns the first 32 KiB of memory through checkpoints and rollbacks of every strategy built, and checks all of it after
   each. The processor is the hypervisor and the guest's only processor: it arrives at the rendezvous that it has asked for. */
#include <stdint.h>
#include "csr.h"
#include "mch_regs.h"

#define GUEST_BYTES 0x8000u
#define WORDS (GUEST_BYTES / 4)

__asm__(".section .start\n.globl _start\n_start: la sp, stack_top\n j main\n");

static volatile uint32_t *const memory = (volatile uint32_t *)MEMORY;

static uint32_t get(uint32_t address)
{
    return *(volatile uint32_t *)(REGISTERS + address);
}

static void set(uint32_t address, uint32_t value)
{
    *(volatile uint32_t *)(REGISTERS + address) = value;
}

static void put(char character)
{
    volatile uint32_t *const full = (volatile uint32_t *)CSR_UART_TXFULL_ADDR;
    while (*full & 1)
        ;
    *(volatile uint32_t *)CSR_UART_RXTX_ADDR = (uint8_t)character;
}

static void print(const char *text)
{
    while (*text)
        put(*text++);
}

static void print_hexadecimal(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        put("0123456789abcdef"[value >> shift & 15]);
}

static void end(void)
{
    put(4);
    for (;;)
        ;
}

static void fail(const char *what, uint32_t value)
{
    print("FAIL: ");
    print(what);
    put(' ');
    print_hexadecimal(value);
    put('\n');
    end();
}

static uint32_t contents(uint32_t generation, uint32_t word)
{
    return generation << 24 ^ word << 12 ^ word;
}

static void fill(uint32_t generation, uint32_t step)
{
    for (uint32_t word = 0; word < WORDS; word += step)
        memory[word] = contents(generation, word);
}

static void check(uint32_t generation)
{
    for (uint32_t word = 0; word < WORDS; word++)
        if (memory[word] != contents(generation, word))
            fail("wrong at word", word);
}

/* The processor polls the rendezvous and arrives; its registers need not be saved, since it does not go back. */
static void command(uint32_t operation)
{
    set(MCH_GUEST(0, MCH_G_COMMAND), operation);
    while (MCH_GET(MCH_G_STATUS_RUNNING, get(MCH_GUEST(0, MCH_G_STATUS)))) {
        uint32_t rendezvous = get(MCH_GUEST(0, MCH_G_RENDEZVOUS));
        if (MCH_GET(MCH_G_RENDEZVOUS_REQUESTED, rendezvous))
            set(MCH_GUEST(0, MCH_G_ARRIVE), MCH_GET(MCH_G_RENDEZVOUS_NUMBER, rendezvous));
    }
    uint32_t completion = get(MCH_GUEST(0, MCH_G_COMPLETION));
    if (MCH_GET(MCH_G_COMPLETION_STATUS, completion) != MCH_STATUS_OK)
        fail("G_COMPLETION is", completion);
}

static void strategy(uint32_t number)
{
    if (MCH_GET(MCH_CAPS1_SETTABLE, get(MCH_CAPS1)))
        set(MCH_GUEST(0, MCH_G_STRATEGY), number);
    set(MCH_GUEST(0, MCH_G_CPUS), 1);
    if (number == 1 || number == 6) {
        set(MCH_GUEST(0, MCH_G_RING_BASE), (MEMORY + 0x200000u) >> 12);
        set(MCH_GUEST(0, MCH_G_RING_SIZE), 17);
    }
    fill(number, 1);
    command(MCH_OP_ATTACH);
    command(MCH_OP_CHECKPOINT);
    fill(number + 16, 3);
    command(MCH_OP_ROLLBACK);
    check(number);
    fill(number + 32, 1);
    command(MCH_OP_CHECKPOINT);
    fill(number + 48, 7);
    command(MCH_OP_ROLLBACK);
    check(number + 32);
    command(MCH_OP_DETACH);
    check(number + 32);
    print("S");
    put('0' + number);
    print(": two checkpoints and two rollbacks, right\n");
}

void main(void)
{
    if (get(MCH_ID) != MCH_IDENTIFICATION)
        fail("ID is", get(MCH_ID));
    while (!MCH_GET(MCH_STATUS_READY, get(MCH_STATUS)))
        ;
    set(MCH_MEM_BASE, MEMORY >> 12);
    uint32_t built = MCH_GET(MCH_CAPS1_STRATEGIES, get(MCH_CAPS1));
    if (built & ~0x22u)
        set(MCH_SHADOW_BASE, (MEMORY + MEMORY_BYTES) >> 12);
    set(MCH_REGION(0, MCH_R_GUEST), 0);
    set(MCH_REGION(0, MCH_R_BASE), MEMORY >> 12);
    set(MCH_REGION(0, MCH_R_BLOCKS), GUEST_BYTES >> MCH_GET(MCH_CAPS1_BLOCK_SHIFT, get(MCH_CAPS1)));
    set(MCH_CTRL, 1);
    /* S2 needs a second computer. */
    for (uint32_t number = 1; number <= 6; number++)
        if (number != 2 && (built >> (number - 1) & 1))
            strategy(number);
    print("PASS\n");
    end();
}
