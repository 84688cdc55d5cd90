#include "cli/explain.h"

#include <stdint.h>
#include <string.h>

#include "cli/distance.h"
#include "cli/help.h"
#include "tlswatch/explain.h"

#define WIDTH 100
#define STACK_COLUMNS 16

bool explain_find(const char *name, enum tlswatch_cause *out, const char **nearest) {
    size_t least = 1 + strlen(name) / 3;
    *nearest = NULL;
    if (tlswatch_cause_find(name, out)) {
        return true;
    }
    for (int cause = TLSWATCH_NUM_CAUSES - 1; cause >= 0; cause--) {
        const char *candidate = tlswatch_cause_name((enum tlswatch_cause)cause);
        bool begins = name[0] != '\0' && strncmp(candidate, name, strlen(name)) == 0;
        size_t distance = begins ? 0 : word_distance(name, candidate);
        if (distance <= least) {
            least = distance;
            *nearest = candidate;
        }
    }
    return false;
}

/* Words from column `indent` on; the first line is at `column` already. */
static void put_wrapped(FILE *out, int indent, int column, const char *text) {
    bool first = true;
    for (const char *word = text; *word != '\0';) {
        int len = (int)strcspn(word, " ");
        if (!first && column + 1 + len > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            column += fprintf(out, " ");
        }
        column += fprintf(out, "%.*s", len, word);
        word += len + (word[len] == ' ');
        first = false;
    }
    fputc('\n', out);
}

static void put_section(FILE *out, const char *title, const char *text) {
    fprintf(out, "\n%s\n  ", title);
    put_wrapped(out, 2, 2, text);
}

/* "alert unknown_ca (48), then a RST" */
static void describe(const struct tlswatch_habit *h, char text[160]) {
    char tls13[48] = "", second[48] = "", later[64] = "";
    const char *reset = h->reset ? ", then a RST" : "";
    switch (h->conduct) {
    case TLSWATCH_SENDS_ALERT:
        if (h->alert_tls13 != 0) {
            snprintf(tls13, sizeof tls13, "; in TLS 1.3 %s (%u)", tlswatch_alert_name(h->alert_tls13), h->alert_tls13);
        }
        if (h->second_alert != 0) {
            snprintf(second, sizeof second, ", then %s (%u)", tlswatch_alert_name(h->second_alert), h->second_alert);
        }
        if (h->alert_later != 0) {
            snprintf(later, sizeof later, "; later versions also %s (%u)", tlswatch_alert_name(h->alert_later), h->alert_later);
        }
        snprintf(text, 160, "alert %s (%u)%s%s%s%s", tlswatch_alert_name(h->alert), h->alert, second, tls13, later, reset);
        break;
    case TLSWATCH_CLOSES:
        if (h->alert_tls13 != 0) {
            snprintf(tls13, sizeof tls13, "; in TLS 1.3 alert %s (%u)", tlswatch_alert_name(h->alert_tls13), h->alert_tls13);
        }
        snprintf(text, 160, "closes without an alert%s%s", h->reset ? " (RST)" : "", tls13);
        break;
    case TLSWATCH_REFUSES_INSIDE:
        snprintf(text, 160, "completes the handshake and refuses inside it");
        break;
    case TLSWATCH_ACCEPTS:
        snprintf(text, 160, "accepts it");
        break;
    }
}

static bool same(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const char *title_of(const struct tlswatch_habit *h) {
    return h->side == TLSWATCH_SERVER ? "What servers send, and what their logs say" : "What clients send, and what their logs say";
}

static void put_habits(FILE *out, enum tlswatch_cause cause) {
    struct tlswatch_habit h, before = {0};
    for (size_t i = 0; tlswatch_cause_habit(cause, i, &h); i++) {
        char text[160];
        if (i == 0 || h.side != before.side || !same(h.variant, before.variant)) {
            fprintf(out, "\n%s%s%s\n", title_of(&h), h.variant != NULL ? ": " : "", h.variant != NULL ? h.variant : "");
        }
        describe(&h, text);
        fprintf(out, "  %-*s%s\n", STACK_COLUMNS, h.stack, text);
        if (h.log != NULL) {
            fprintf(out, "%*s", STACK_COLUMNS + 2, "");
            put_wrapped(out, STACK_COLUMNS + 4, STACK_COLUMNS + 2, h.log);
        }
        before = h;
    }
}

void explain_cause(FILE *out, enum tlswatch_cause cause) {
    const struct tlswatch_cause_page *page = tlswatch_cause_page(cause);
    fprintf(out, "%s: %s\n", tlswatch_cause_name(cause), tlswatch_cause_meaning(cause));
    put_section(out, "What it means", page->means);
    put_section(out, "How it shows on the wire", page->shows);
    put_section(out, "What to do on the client's side", page->client);
    put_section(out, "What to do on the server's side", page->server);
    put_habits(out, cause);
}

void explain_list(FILE *out) {
    for (int cause = 0; cause < TLSWATCH_NUM_CAUSES; cause++) {
        fprintf(out, "%-30s%s\n", tlswatch_cause_name((enum tlswatch_cause)cause), tlswatch_cause_meaning((enum tlswatch_cause)cause));
    }
}

void explain_man(FILE *out) {
    fputs(".Bl -tag -width Ds\n", out);
    for (int cause = 0; cause < TLSWATCH_NUM_CAUSES; cause++) {
        fprintf(out, ".It Cm %s\n", tlswatch_cause_name((enum tlswatch_cause)cause));
        help_man_text(out, tlswatch_cause_page((enum tlswatch_cause)cause)->means);
    }
    fputs(".El\n", out);
}

/* A vertical bar would end a cell. */
static void put_cell(FILE *out, const char *text) {
    fputs(" ", out);
    for (const char *c = text != NULL ? text : ""; *c != '\0'; c++) {
        fprintf(out, *c == '|' || *c == '<' || *c == '*' ? "\\%c" : "%c", *c);
    }
    fputs(" |", out);
}

static void put_habits_markdown(FILE *out, enum tlswatch_cause cause) {
    struct tlswatch_habit h, before = {0};
    for (size_t i = 0; tlswatch_cause_habit(cause, i, &h); i++) {
        char text[160];
        if (i == 0 || h.side != before.side || !same(h.variant, before.variant)) {
            fprintf(out, "\n%s%s%s:\n\n| stack | sends | log |\n|---|---|---|\n", title_of(&h), h.variant != NULL ? ": " : "",
                    h.variant != NULL ? h.variant : "");
        }
        describe(&h, text);
        fputs("|", out);
        put_cell(out, h.stack);
        put_cell(out, text);
        put_cell(out, h.log);
        fputs("\n", out);
        before = h;
    }
}

void explain_markdown(FILE *out) {
    fputs("# Causes\n\n"
          "Made by `tlswatch --help-causes`; `tlswatch --explain CAUSE` prints one of these pages.\n"
          "What stacks send and log was measured with each fault planted: OpenSSL 3.0, GnuTLS 3.7, NSS 3.87, Java 17, Go 1.19 and 1.24, "
          "Mbed TLS 2.28,\n"
          "wolfSSL 5.5, BoringSSL of Android 13, Erlang/OTP 25, and servers on top of them. A cell that was not measured is empty.\n",
          out);
    for (int i = 0; i < TLSWATCH_NUM_CAUSES; i++) {
        enum tlswatch_cause cause = (enum tlswatch_cause)i;
        const struct tlswatch_cause_page *page = tlswatch_cause_page(cause);
        fprintf(out, "\n## %s\n\n%s\n\n*On the wire:* %s\n\n*Client:* %s\n\n*Server:* %s\n", tlswatch_cause_name(cause), page->means,
                page->shows, page->client, page->server);
        put_habits_markdown(out, cause);
    }
}
