/* Command lines: what is refused is refused in one line of inert text. Words, each ended by NUL. */
#include "cli/options.h"
#include "fuzz.h"

enum { MOST_WORDS = 32 };

static int divide(char *text, size_t len, char **words) {
    static char program[] = "tlswatch";
    int num = 0;
    words[num++] = program;
    for (size_t at = 0; at < len && num < MOST_WORDS; at += strlen(text + at) + 1) {
        words[num++] = text + at;
    }
    words[num] = NULL;
    return num;
}

static void expect_sound(const struct options *options) {
    expect(options->action == ACTION_RUN || options->filter == NULL, "only a run has a filter");
    expect(options->action != ACTION_RUN || (options->num_files > 0) != (options->interface != NULL), "a run has one source");
    expect(options->num_files <= MOST_WORDS && options->num_trusts <= MOST_WORDS && options->num_tls_ports <= MOST_WORDS,
           "no word counts twice");
    expect(options->snaplen >= 0 && options->redact <= 7, "numbers are within their bounds");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct bytes input = bytes_of(data, len);
    fuzz_fail_by_front(&input);
    char *text = fuzz_sound_malloc(input.len + 1);
    char *words[MOST_WORDS + 1];
    char error[OPTIONS_ERROR_SIZE] = "";
    struct options options = {.action = ACTION_RUN};
    expect(text != NULL, "there is memory");
    memcpy(text, input.p, input.len);
    text[input.len] = '\0';
    bool made_sense = options_parse(divide(text, input.len, words), words, &options, error);
    fuzz_fail(0);
    if (made_sense) {
        expect_sound(&options);
    } else {
        expect(error[0] != '\0' && memchr(error, '\0', sizeof error) != NULL, "a refusal has a reason");
    }
    options_clear(&options);
    free(text);
    return 0;
}
