/*
 * Merge sort of a linked list of 256 * scale records, found in memory in no order. The answer hashes the
 * records in their final order, and is 0 if that order is wrong.
 */
#include "computer.h"

struct record {
    struct record *next;
    uint32_t key;
    uint32_t serial; /* ties stay in the order of generation */
    uint32_t visits; /* merges that the record went through */
    uint32_t payload[16];
};

/* The largest scale that leaves 16 KiB for everything else. 80 bytes a record: 80 KiB at scale 4. */
#define LARGEST ((COMPUTER_GUEST_SIZE - 16384) / (256 * sizeof(struct record)))

static UNINITIALISED struct record records[LARGEST * 256];

static struct record *merge(struct record *left, struct record *right)
{
    struct record *head = NULL, **end = &head;
    while (left && right) {
        struct record **least = right->key < left->key ? &right : &left;
        struct record *taken = *least;
        *least = taken->next;
        taken->visits++;
        *end = taken;
        end = &taken->next;
    }
    *end = left ? left : right;
    return head;
}

/* Bottom up: bins[i] holds a sorted list of 2^i records, or none. */
static struct record *sort(struct record *list)
{
    struct record *bins[16] = {0};
    while (list) {
        struct record *carry = list;
        list = list->next;
        carry->next = NULL;
        int i = 0;
        for (; bins[i]; i++) {
            carry = merge(bins[i], carry);
            bins[i] = NULL;
        }
        bins[i] = carry;
    }
    struct record *sorted = NULL;
    for (int i = 0; i < 16; i++)
        sorted = merge(bins[i], sorted);
    return sorted;
}

uint32_t main(void)
{
    uint32_t count = 256 * (parameters.scale < LARGEST ? parameters.scale : LARGEST);
    uint32_t random = parameters.seed;
    struct record *list = NULL, **end = &list;
    for (uint32_t i = 0; i < count; i++) {
        /* Neighbours in the list are not neighbours in memory: 97 is prime to every count. */
        struct record *record = &records[i * 97 % count];
        record->key = next_random(&random) >> 20;
        record->serial = i;
        record->visits = 0;
        record->payload[i % 16] = record->key;
        *end = record;
        end = &record->next;
    }
    *end = NULL;
    put_text("sort: ");
    put_number(count);
    put_text(" records\n");
    checkpoint_please();
    list = sort(list);
    uint32_t hash = FNV_START, found = 0;
    for (struct record *record = list; record; record = record->next) {
        struct record *next = record->next;
        if (next && (next->key < record->key
                     || (next->key == record->key && next->serial < record->serial)))
            return 0;
        if (record->payload[record->serial % 16] != record->key)
            return 0;
        hash = fnv(fnv(hash, record->key), record->serial);
        found++;
    }
    return found == count ? hash : 0;
}
