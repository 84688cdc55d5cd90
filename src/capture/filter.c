#include "capture/filter.h"

#include "base/limits.h"
#include "capture/linktype.h"

#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct filter_program {
    uint32_t link_type;
    bool compiled;
    bool told;
    struct buffer instructions; /* struct bpf_insn, one behind the other */
};

struct filter {
    char *expression;
    const struct capture_access *access;
    char problem[CAPTURE_ERROR_SIZE];
    struct filter_program programs[LIMIT_FILTER_LINK_TYPES];
    size_t num_programs;
    size_t last; /* most captures have one link type */
};

struct filter *filter_new(const char *expression, const struct capture_access *access) {
    struct filter *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return NULL;
    }
    f->expression = strdup(expression);
    if (f->expression == NULL) {
        free(f);
        return NULL;
    }
    f->access = access;
    return f;
}

void filter_free(struct filter *f) {
    if (f == NULL) {
        return;
    }
    for (size_t i = 0; i < f->num_programs; i++) {
        buffer_clear(&f->programs[i].instructions);
    }
    free(f->expression);
    free(f);
}

bool capture_compile(const char *expression, uint32_t link_type, struct buffer *program, char problem[CAPTURE_ERROR_SIZE]) {
    struct bpf_program bpf;
    pcap_t *dead = pcap_open_dead(linktype_to_dlt(link_type), LIMIT_CAPTURED_PACKET);
    if (dead == NULL) {
        snprintf(problem, CAPTURE_ERROR_SIZE, "out of memory");
        return false;
    }
    bool compiled = pcap_compile(dead, &bpf, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!compiled) {
        snprintf(problem, CAPTURE_ERROR_SIZE, "%s", pcap_geterr(dead));
    } else {
        compiled = buffer_append(program, bytes_of(bpf.bf_insns, bpf.bf_len * sizeof *bpf.bf_insns), LIMIT_FILTER_PROGRAM);
        if (!compiled) {
            snprintf(problem, CAPTURE_ERROR_SIZE, "the filter is too long");
        }
        pcap_freecode(&bpf);
    }
    pcap_close(dead);
    return compiled;
}

static bool filter_compile_program(struct filter *f, struct filter_program *program) {
    return f->access != NULL ? f->access->compile(f->access->user, program->link_type, &program->instructions, f->problem)
                             : capture_compile(f->expression, program->link_type, &program->instructions, f->problem);
}

static struct filter_program *filter_program(struct filter *f, uint32_t link_type) {
    for (size_t i = 0; i < f->num_programs; i++) {
        if (f->programs[i].link_type == link_type) {
            f->last = i;
            return &f->programs[i];
        }
    }
    if (f->num_programs == LIMIT_FILTER_LINK_TYPES) {
        snprintf(f->problem, sizeof f->problem, "the capture has more than %d link types", LIMIT_FILTER_LINK_TYPES);
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
    const struct bpf_program bpf = {
            .bf_len = (u_int)(program->instructions.len / sizeof(struct bpf_insn)),
            .bf_insns = (struct bpf_insn *)(void *)program->instructions.p,
    };
    return pcap_offline_filter(&bpf, &header, frame->data) != 0;
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
