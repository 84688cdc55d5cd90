/*
 * What is lost while it runs for weeks, packets by the kernel and records by a slow reader or a full disk: told on stderr and
 * in the stream of records, within ten seconds and not more often.
 */
#ifndef TLSWATCH_CLI_LOSSES_H
#define TLSWATCH_CLI_LOSSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOSSES_TEXT_SIZE 512

struct loss_counts {
    uint64_t kernel, interface; /* packets */
    uint64_t printed;           /* records that standard output did not take */
    uint64_t logged;            /* the log */
    int printed_because, logged_because;
};

struct losses {
    struct loss_counts told;
    int64_t told_ns;
};

/* losses_text says what was lost between the two, without a line end; false where nothing was. */
bool losses_text(const struct loss_counts *before, const struct loss_counts *now, char *out, size_t size);

/* losses_due: something was lost that was not told, and the last telling is long enough ago. */
bool losses_due(const struct losses *losses, const struct loss_counts *now, int64_t now_ns);

#endif
