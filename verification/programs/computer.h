/* The guest's view of its computer, outside the checkpoint unit's registers (those: mch_regs.h). */
#ifndef COMPUTER_H
#define COMPUTER_H

/* Words that leave the machine: no memory, so no checkpoint takes them back. */
#define COMPUTER_MAILBOX 0x90000000
#define COMPUTER_CONSOLE 0x0 /* write: a character */
#define COMPUTER_ANSWER 0x4 /* write: the program is over, and this is its answer */
#define COMPUTER_PLEASE 0x8 /* write: now would be a good moment for a checkpoint */

/* The processor's interrupt input that carries the unit's rendezvous request. */
#define COMPUTER_RENDEZVOUS_INTERRUPT 3

/* Where in the image the loader puts the parameters: scale, seed (32 bits each). */
#define COMPUTER_PARAMETERS_OFFSET 0x30

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct parameters {
    uint32_t scale; /* how much work, 1 or more */
    uint32_t seed; /* of the input data, not 0 */
};

extern const struct parameters parameters;

/* Kept out of .bss: large, written before it is read, not worth clearing at every start. */
#define UNINITIALISED __attribute__((section(".noinit")))

/* The program; its result is the answer. */
uint32_t main(void);

void put_character(char character);
void put_text(const char *text);
void put_number(uint32_t number);

/* Tells the outside that a checkpoint here would be cheap. */
void checkpoint_please(void);

/* The next of a sequence of pseudo-random words (xorshift32). */
static inline uint32_t next_random(uint32_t *state)
{
    uint32_t word = *state;
    word ^= word << 13;
    word ^= word >> 17;
    word ^= word << 5;
    return *state = word;
}

/* FNV-1a, a word at a time. */
#define FNV_START 2166136261u
static inline uint32_t fnv(uint32_t hash, uint32_t word)
{
    return (hash ^ word) * 16777619u;
}

void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memset(void *to, int byte, size_t length);
#endif
#endif
