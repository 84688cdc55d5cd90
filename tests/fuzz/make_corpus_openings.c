#include "fixtures/openings.h"
#include "make_corpus.h"

static void put_dialogue(struct seed *seed, const struct dialogue *dialogue, uint8_t bound) {
    seed_u8(seed, 0);
    seed_u8(seed, bound);
    for (const struct said *said = dialogue->said; said->bytes != NULL; said++) {
        seed_chunk(seed, (uint8_t)said->sender, bytes_of(said->bytes, said->len));
    }
}

/* With memory enough, and while an allocation fails. */
void seed_openings(struct seed *seed) {
    for (size_t i = 0; i < sizeof dialogues / sizeof *dialogues; i++) {
        put_dialogue(seed, &dialogues[i], 255);
        seed_write(seed, "opening", true);
        seed_write(seed, "conversation", false);
        for (uint8_t bound = 192; bound < 204; bound++) {
            put_dialogue(seed, &dialogues[i], bound);
            seed_write(seed, "opening", false);
        }
    }
}
