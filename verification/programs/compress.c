/*
 * An LZ77 compressor over scale KiB of generated text, with its decompressor. The answer hashes the
 * compressed bytes, and is 0 if decompression does not give the text back.
 *
 * Format: a control byte below 128 is followed by that many + 1 literals; one of 128 or more by a
 * 16-bit distance: copy control - 124 bytes from that far back.
 */
#include "computer.h"

#define LARGEST 32 /* KiB */
#define SHORTEST 4
#define LONGEST 131

static UNINITIALISED uint8_t text[LARGEST * 1024];
static UNINITIALISED uint8_t packed[LARGEST * 1024 * 129 / 128 + 16];
static UNINITIALISED uint8_t unpacked[LARGEST * 1024];

/* Last position + 1 of each hash of four bytes; 0: none. */
static uint16_t heads[1024];

/* Words of a small vocabulary, so that there is something to find. */
static void generate(uint32_t size)
{
    static const char vocabulary[16][8] = {
        "epoch ", "block ", "guest ", "commit ", "shadow", "ring ", "log ", "page ",
        "copy ", "mark ", "write ", "read ", "burst ", "beat ", "cycle ", "restor",
    };
    uint32_t random = parameters.seed;
    for (uint32_t at = 0; at < size;) {
        uint32_t draw = next_random(&random);
        if (draw >> 29 == 0) {
            text[at++] = draw >> 8;
            continue;
        }
        for (const char *letter = vocabulary[draw >> 4 & 15]; *letter && at < size; letter++)
            text[at++] = *letter;
    }
}

static uint32_t hash_at(const uint8_t *bytes)
{
    uint32_t word = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    return word * 2654435761u >> 22;
}

static uint8_t *put_literals(uint8_t *out, uint32_t from, uint32_t to)
{
    while (from < to) {
        uint32_t count = to - from < 128 ? to - from : 128;
        *out++ = count - 1;
        while (count--)
            *out++ = text[from++];
    }
    return out;
}

static uint32_t compress(uint32_t size)
{
    uint8_t *out = packed;
    uint32_t at = 0, literals = 0;
    while (at + SHORTEST <= size) {
        uint32_t hash = hash_at(text + at);
        uint32_t candidate = heads[hash], length = 0;
        heads[hash] = at + 1;
        if (candidate) {
            candidate--;
            while (length < LONGEST && at + length < size && text[candidate + length] == text[at + length])
                length++;
        }
        if (length < SHORTEST) {
            at++;
            continue;
        }
        out = put_literals(out, literals, at);
        *out++ = length + 124;
        *out++ = at - candidate;
        *out++ = (at - candidate) >> 8;
        at += length;
        literals = at;
    }
    return put_literals(out, literals, size) - packed;
}

static uint32_t decompress(uint32_t packed_size)
{
    const uint8_t *in = packed, *end = packed + packed_size;
    uint8_t *out = unpacked;
    while (in < end) {
        uint32_t control = *in++;
        if (control < 128) {
            for (uint32_t count = control + 1; count; count--)
                *out++ = *in++;
        } else {
            const uint8_t *source = out - (in[0] | in[1] << 8);
            in += 2;
            for (uint32_t count = control - 124; count; count--)
                *out++ = *source++;
        }
    }
    return out - unpacked;
}

uint32_t main(void)
{
    uint32_t size = 1024 * (parameters.scale < LARGEST ? parameters.scale : LARGEST);
    generate(size);
    checkpoint_please();
    uint32_t packed_size = compress(size);
    put_text("compress: ");
    put_number(size);
    put_text(" to ");
    put_number(packed_size);
    put_text(" bytes\n");
    if (decompress(packed_size) != size)
        return 0;
    for (uint32_t i = 0; i < size; i++)
        if (unpacked[i] != text[i])
            return 0;
    uint32_t hash = FNV_START;
    for (uint32_t i = 0; i < packed_size; i++)
        hash = fnv(hash, packed[i]);
    return hash;
}
