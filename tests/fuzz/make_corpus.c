#include "make_corpus.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void fail(const char *what) {
    perror(what);
    exit(EXIT_FAILURE);
}

void seed_bytes(struct seed *seed, struct bytes data) {
    if (!buffer_append(&seed->input, data, SIZE_MAX / 2)) {
        fail("memory");
    }
}

void seed_u8(struct seed *seed, uint8_t value) {
    seed_bytes(seed, bytes_of(&value, 1));
}

void seed_u16(struct seed *seed, uint16_t value) {
    seed_u8(seed, (uint8_t)(value >> 8));
    seed_u8(seed, (uint8_t)value);
}

void seed_text(struct seed *seed, const char *text) {
    seed_bytes(seed, bytes_of(text, strlen(text)));
}

void seed_chunk(struct seed *seed, uint8_t tag, struct bytes data) {
    struct bytes part;
    do { /* a longer one goes in as several */
        bytes_take(&data, data.len < UINT16_MAX ? data.len : UINT16_MAX, &part);
        seed_u8(seed, tag);
        seed_u16(seed, (uint16_t)part.len);
        seed_bytes(seed, part);
    } while (data.len > 0);
}

static uint64_t sum_of(struct bytes data) {
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < data.len; i++) {
        sum = (sum ^ data.p[i]) * UINT64_C(0x100000001b3);
    }
    return sum;
}

void seed_write(struct seed *seed, const char *target, bool keep) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", seed->folder, target);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/%016llx", seed->folder, target, (unsigned long long)sum_of(buffer_bytes(&seed->input)));
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(seed->input.p, 1, seed->input.len, file) != seed->input.len || fclose(file) != 0) {
        fail(path);
    }
    if (!keep) {
        buffer_clear(&seed->input);
    }
}

static void each_file(struct seed *seed, const char *folder, const char *pattern, void (*visit)(struct seed *seed, const char *path)) {
    char whole[4096];
    glob_t found;
    snprintf(whole, sizeof whole, "%s/%s", folder, pattern);
    if (glob(whole, 0, NULL, &found) != 0) {
        fail(whole);
    }
    for (size_t i = 0; i < found.gl_pathc; i++) {
        visit(seed, found.gl_pathv[i]);
    }
    globfree(&found);
}

static struct bytes file_bytes(const char *path, uint8_t *block, size_t size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail(path);
    }
    size_t len = fread(block, 1, size, file);
    fclose(file);
    return bytes_of(block, len);
}

static void certificate_file(struct seed *seed, const char *path) {
    uint8_t der[65536];
    seed_certificate(seed, file_bytes(path, der, sizeof der));
}

/* FOLDER/SCHEME-CERTIFICATE.sig */
static void signature_file(struct seed *seed, const char *path) {
    uint8_t der[65536], signature[4096];
    char certificate[4096];
    const char *name = strrchr(path, '/') + 1;
    unsigned long scheme = strtoul(name, NULL, 16);
    snprintf(certificate, sizeof certificate, "%.*s%.*s.der", (int)(name - path), path, (int)(strlen(name) - 9), name + 5);
    seed_signature(seed, file_bytes(certificate, der, sizeof der), (uint16_t)scheme, file_bytes(path, signature, sizeof signature));
}

/* What a CA's name constraints permit, or do not, and the CA itself. */
static void constrained_file(struct seed *seed, const char *path) {
    uint8_t der[65536], above[65536];
    char certificate[4096];
    snprintf(certificate, sizeof certificate, "%.*sconstraining.der", (int)(strrchr(path, '/') + 1 - path), path);
    seed_chunk(seed, 0, file_bytes(path, der, sizeof der));
    seed_chunk(seed, 0, file_bytes(certificate, above, sizeof above));
    seed_write(seed, "certificate", false);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: make_corpus FOLDER PCAPS TESTS\n");
        return EXIT_FAILURE;
    }
    struct seed seed = {.folder = argv[1]};
    mkdir(argv[1], 0777);
    seed_frames(&seed);
    seed_openings(&seed);
    seed_streams(&seed);
    seed_words(&seed);
    seed_containers(&seed);
    each_file(&seed, argv[2], "*.pcap", seed_capture);
    each_file(&seed, argv[3], "certificates/*.der", certificate_file);
    each_file(&seed, argv[3], "certificates/host-*.der", constrained_file);
    each_file(&seed, argv[3], "certificates/*.sig", signature_file);
    return EXIT_SUCCESS;
}
