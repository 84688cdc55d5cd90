/*
 * The packets of the conversations that failed, as a pcapng file with comments on the frames that matter.
 *
 * Conversations go in first, by their records; then the same frames come once more, and those of the conversations are
 * written, with their link types, and their times in the resolution of the source. What is held is bounded (limits.h);
 * what found no place is counted.
 */
#ifndef TLSWATCH_REPORT_ANNOTATED_H
#define TLSWATCH_REPORT_ANNOTATED_H

#include "report/report.h"

struct annotated;

/* annotated_new: `all` takes the good conversations too. NULL where memory is exhausted. */
struct annotated *annotated_new(bool all);
void annotated_free(struct annotated *a);

/* annotated_forget: the same conversations will come again. */
void annotated_forget(struct annotated *a);

void annotated_record(struct annotated *a, const struct tlswatch_record *record);

/* annotated_begin writes the head of the file, with the summary as its comment. The sink must outlive all of it. */
void annotated_begin(struct annotated *a, struct report_sink *sink);

/* annotated_frame writes the frame if it is of one of the conversations. Frames come in the order in which they came
 * when the records were made. */
void annotated_frame(struct annotated *a, const struct tlswatch_frame *frame);

/* annotated_end makes the file whole: behind the last frame. */
void annotated_end(struct annotated *a);

/* annotated_secrets writes a block of decryption secrets (the draft's types). */
void annotated_secrets(struct annotated *a, uint32_t type, const uint8_t *data, size_t len);

/* annotated_left_out counts conversations that found no place. */
uint64_t annotated_left_out(const struct annotated *a);

#endif
