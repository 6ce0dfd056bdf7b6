/* What the compiler and the programs need of a library. */
#include "computer.h"

static void post(uint32_t offset, uint32_t word)
{
    *(volatile uint32_t *)(COMPUTER_MAILBOX + offset) = word;
}

void put_character(char character)
{
    post(COMPUTER_CONSOLE, (unsigned char)character);
}

void put_text(const char *text)
{
    while (*text)
        put_character(*text++);
}

void put_number(uint32_t number)
{
    if (number >= 10)
        put_number(number / 10);
    put_character('0' + number % 10);
}

void checkpoint_please(void)
{
    post(COMPUTER_PLEASE, 1);
}

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
    char *target = to;
    const char *source = from;
    while (length--)
        *target++ = *source++;
    return to;
}

void *memset(void *to, int byte, size_t length)
{
    char *target = to;
    while (length--)
        *target++ = byte;
    return to;
}
