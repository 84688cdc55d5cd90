#include "capture/filter.h"

#include "base/limits.h"
#include "capture/linktype.h"

#include <pcap.h>
#include <stdlib.h>
#include <string.h>

struct filter_program {
    uint32_t link_type;
    bool compiled;
    bool told;
    struct bpf_program bpf;
};

struct filter {
    char *expression;
    char problem[PCAP_ERRBUF_SIZE];
    struct filter_program programs[LIMIT_FILTER_LINK_TYPES];
    size_t num_programs;
    size_t last; /* most captures have one link type */
};

struct filter *filter_new(const char *expression) {
    struct filter *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return NULL;
    }
    f->expression = strdup(expression);
    if (f->expression == NULL) {
        free(f);
        return NULL;
    }
    return f;
}

void filter_free(struct filter *f) {
    if (f == NULL) {
        return;
    }
    for (size_t i = 0; i < f->num_programs; i++) {
        if (f->programs[i].compiled) {
            pcap_freecode(&f->programs[i].bpf);
        }
    }
    free(f->expression);
    free(f);
}

static bool filter_compile_program(struct filter *f, struct filter_program *program) {
    pcap_t *dead = pcap_open_dead(linktype_to_dlt(program->link_type), LIMIT_CAPTURED_PACKET);
    if (dead == NULL) {
        strcpy(f->problem, "out of memory");
        return false;
    }
    bool compiled = pcap_compile(dead, &program->bpf, f->expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!compiled) {
        strncpy(f->problem, pcap_geterr(dead), sizeof f->problem - 1);
    }
    pcap_close(dead);
    return compiled;
}

static struct filter_program *filter_program(struct filter *f, uint32_t link_type) {
    for (size_t i = 0; i < f->num_programs; i++) {
        if (f->programs[i].link_type == link_type) {
            f->last = i;
            return &f->programs[i];
        }
    }
    if (f->num_programs == LIMIT_FILTER_LINK_TYPES) {
        return NULL;
    }
    struct filter_program *program = &f->programs[f->num_programs];
    program->link_type = link_type;
    program->compiled = filter_compile_program(f, program);
    f->last = f->num_programs++;
    return program;
}

bool filter_compile(struct filter *f, uint32_t link_type) {
    struct filter_program *program = filter_program(f, link_type);
    return program != NULL && program->compiled;
}

const char *filter_problem(const struct filter *f) {
    return f->problem;
}

bool filter_match(struct filter *f, const struct tlswatch_frame *frame) {
    struct filter_program *program = &f->programs[f->last];
    if (f->num_programs == 0 || program->link_type != frame->link_type) {
        program = filter_program(f, frame->link_type);
    }
    if (program == NULL || !program->compiled) {
        return false;
    }
    const struct pcap_pkthdr header = {.caplen = frame->len, .len = frame->original_len};
    return pcap_offline_filter(&program->bpf, &header, frame->data) != 0;
}

bool filter_unable(struct filter *f, uint32_t *link_type) {
    for (size_t i = 0; i < f->num_programs; i++) {
        if (!f->programs[i].compiled && !f->programs[i].told) {
            f->programs[i].told = true;
            *link_type = f->programs[i].link_type;
            return true;
        }
    }
    return false;
}
