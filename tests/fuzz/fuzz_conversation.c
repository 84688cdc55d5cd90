/*
 * A conversation: however its bytes are cut, the facts are the same, until a direction is no longer read: from then on
 * only what a packet ends with is looked at. Where memory ends nothing crashes, and all of it is given back. The first
 * byte says how they are cut, the second how much memory there is; then a chunk for each packet: its tag says who sent
 * it, and how many bytes are missing before it.
 */
#include "fixtures/player.h"
#include "fuzz.h"

enum { MISSING = 0x80 };

static void push(struct player *player, enum direction sender, struct bytes data, unsigned frame) {
    struct tlswatch_mark mark = {.frame = frame, .time_ns = frame};
    uint8_t *copy = fuzz_copy(data);
    if (player->late[sender]) {
        conversation_late(&player->c, sender, bytes_of(copy, data.len), mark);
    } else {
        player->late[sender] = !conversation_data(&player->c, sender, bytes_of(copy, data.len), mark);
    }
    fuzz_release(copy);
}

static void play_chunk(struct player *player, const struct chunk *chunk, size_t cut, unsigned frame) {
    enum direction sender = (chunk->tag & 1) != 0 ? BACKWARD : FORWARD;
    struct bytes rest = chunk->data, part;
    if ((chunk->tag & MISSING) != 0) {
        player_gap(player, sender, (uint64_t)(chunk->tag >> 1 & 63) * (chunk->tag >> 1 & 63), frame);
    }
    while (rest.len > 0 && bytes_take(&rest, cut < rest.len ? cut : rest.len, &part)) {
        push(player, sender, part, frame);
    }
}

static char *facts_of(struct bytes input, size_t bound, size_t cut, unsigned *late) {
    static struct player player;
    struct memory memory = {.bound = bound};
    struct shared_table *shared = shared_table_new(&(struct hash_key){1, 2}, &memory);
    struct chunk chunk;
    memset(&player, 0, sizeof player);
    conversation_init(&player.c, FORWARD, &memory);
    player.c.shared = shared;
    for (unsigned frame = 1; chunk_next(&input, &chunk); frame++) {
        play_chunk(&player, &chunk, cut, frame);
    }
    conversation_finish(&player.c);
    expect(player.c.num_messages <= LIMIT_MESSAGES && player.c.transcript.len + player.c.shared_len <= LIMIT_TRANSCRIPT &&
                   player.c.num_alerts <= LIMIT_ALERTS,
           "what is kept is bounded");
    fuzz_fail(0);
    *late = (unsigned)player.late[FORWARD] + 2U * player.late[BACKWARD];
    char *facts = player_facts(&player);
    player_clear(&player);
    shared_table_free(shared);
    memory_clear(&memory);
    expect(memory.held == 0 && memory.peak <= bound, "all memory is accounted for");
    return facts;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct bytes input = bytes_of(data, len);
    size_t cut = 1 + fuzz_u8(&input), bound = fuzz_bound(&input, 4);
    unsigned whole_late, parts_late;
    char *whole = facts_of(input, bound, SIZE_MAX, &whole_late), *parts = facts_of(input, bound, cut, &parts_late);
    expect(bound < LIMIT_MEMORY || whole_late == parts_late, "a direction is read as far, whatever the cut");
    expect(bound < LIMIT_MEMORY || whole_late != 0 || strcmp(whole, parts) == 0, "the cut makes no difference");
    free(whole);
    free(parts);
    return 0;
}
