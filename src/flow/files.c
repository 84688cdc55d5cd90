#include "flow/table.h"

#define MAX_FILES UINT16_MAX

static const struct flow_file *file_at(const struct flow_table *t, uint16_t file) {
    return file == 0 ? &t->nameless : &t->files[file - 1];
}

static struct flow_file *this_file(struct flow_table *t) {
    return t->file == 0 ? &t->nameless : &t->files[t->file - 1];
}

/* A file has a number once it is read: frames name it by a pointer, and a slot has no room for that. */
static uint16_t file_number(struct flow_table *t, const char *name) {
    if (name == NULL) {
        return 0;
    }
    for (uint32_t i = t->num_files; i > 0; i--) {
        if (t->files[i - 1].name == name) {
            return (uint16_t)i;
        }
    }
    struct flow_file *files =
            t->num_files == MAX_FILES ? NULL : memory_grow(t->memory, t->files, t->num_files, ARRAY_LEAST, sizeof(*files));
    if (files == NULL) {
        t->limits_hit++;
        return 0;
    }
    t->files = files;
    t->files[t->num_files++] = (struct flow_file){.name = name};
    return (uint16_t)t->num_files;
}

void files_turn_to(struct flow_table *t, const char *name) {
    if (name != t->file_name) {
        t->file = file_number(t, name);
        t->file_name = name;
    }
}

const char *files_name(const struct flow_table *t, uint16_t file) {
    return file_at(t, file)->name;
}

uint64_t files_num_streams(const struct flow_table *t, uint16_t file) {
    return file_at(t, file)->num_streams;
}

uint64_t files_new_stream(struct flow_table *t) {
    t->num_streams++;
    return this_file(t)->num_streams++;
}

static bool elsewhere_add(struct elsewhere *e, uint16_t file) {
    bool known = e->file[0] == file || e->file[1] == file;

    if (e->file[0] != file) {
        e->file[1] = e->file[0];
        e->file[0] = file;
    }
    return !known;
}

static struct elsewhere *elsewhere_of(const struct flow_table *t, struct slot *slot) {
    switch (slot_state(slot)) {
    case SLOT_FOLLOWED:
        return &slot->connection->elsewhere;
    case SLOT_GREETED:
        return &((struct greeting *)pool_at(&t->greetings, slot->greeting))->elsewhere;
    case SLOT_ENDED:
        return &slot->elsewhere;
    case SLOT_HALF_OPEN:
        break;
    }
    return NULL;
}

void files_count_again(struct flow_table *t, struct slot *slot) {
    struct elsewhere *e = elsewhere_of(t, slot);

    if (slot->file != t->file && e != NULL && elsewhere_add(e, t->file)) {
        this_file(t)->num_streams++;
    }
}
