#include "fixtures/openings.h"
#include "make_corpus.h"

void seed_openings(struct seed *seed) {
    for (size_t i = 0; i < sizeof dialogues / sizeof *dialogues; i++) {
        seed_u8(seed, 0);
        seed_u8(seed, 255);
        for (const struct said *said = dialogues[i].said; said->bytes != NULL; said++) {
            seed_chunk(seed, (uint8_t)said->sender, bytes_of(said->bytes, said->len));
        }
        seed_write(seed, "opening", true);
        seed_write(seed, "conversation", false);
    }
}
