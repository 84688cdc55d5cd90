#include "report/html.h"

#include "base/limits.h"
#include "report/clock.h"
#include "report/text.h"

/* --- Times and addresses, as in the text --- */

/* A character is read together with marks behind it: the last one needs to see the end. */
static void put_layout(struct html *h, struct buffer *text) {
    if (buffer_append(text, bytes_of("", 1), LIMIT_REPORT_BLOCK + 1)) {
        html_text(h, (const char *)text->p);
    }
}

static struct layout plain_layout(struct buffer *out) {
    return (struct layout){.out = out, .cap = LIMIT_REPORT_BLOCK, .width = 100, .utf8 = true};
}

void html_moment(struct html *h, const struct text_options *options, int64_t time_ns) {
    struct buffer text = {0};
    struct layout l = plain_layout(&text);
    text_moment(&l, options, time_ns);
    put_layout(h, &text);
    buffer_clear(&text);
}

void html_zone(struct html *h, const struct text_options *options, int64_t time_ns) {
    struct buffer text = {0};
    struct layout l = plain_layout(&text);
    uint32_t ns;
    text_zone(&l, text_offset(options, clock_seconds(time_ns, &ns)));
    put_layout(h, &text);
    buffer_clear(&text);
}

void html_date(struct html *h, int64_t time_s) {
    struct buffer text = {0};
    struct layout l = plain_layout(&text);
    text_date_time(&l, time_s);
    put_layout(h, &text);
    buffer_clear(&text);
}

void html_endpoint(struct html *h, const struct tlswatch_endpoint *endpoint) {
    bool brackets = strchr(endpoint->ip, ':') != NULL;
    html_put(h, brackets ? "[%s]:%d" : "%s:%d", endpoint->ip, endpoint->port);
}

/* --- The parts of a finding --- */

static const char *sentence_of(const struct tlswatch_record *record) {
    const char *meaning = tlswatch_cause_meaning(record->cause);
    return record->message != NULL ? record->message : meaning != NULL ? meaning : tlswatch_cause_name(record->cause);
}

static void put_meta(struct html_finding *f) {
    const struct tlswatch_record *record = f->record;
    html_put(&f->h, "<p class=\"meta\"><span class=\"badge\">%s</span><code>%s</code>",
             f->as == TEXT_FAILED ? "\u2717 failed" : "? doubtful", tlswatch_cause_name(record->cause));
    html_put(&f->h, "<span>%s</span><span>", tlswatch_confidence_name(record->confidence));
    html_moment(&f->h, f->options, record->start.time_ns);
    html_put(&f->h, " ");
    html_zone(&f->h, f->options, record->start.time_ns);
    html_put(&f->h, "</span>");
    if (record->version_text != NULL) {
        html_put(&f->h, "<span>%s %s</span>", record->version != 0 && record->version <= 0x0300 ? "SSL" : "TLS", record->version_text);
    }
    html_put(&f->h, "<span>stream %ju</span>", (uintmax_t)record->stream);
    if (record->start.file != NULL) {
        html_put(&f->h, "<span class=\"wrap\">%s</span>", record->start.file);
    }
    html_put(&f->h, "</p>\n");
}

static void put_ends(struct html_finding *f) {
    const struct tlswatch_record *record = f->record;
    html_put(&f->h, "<p class=\"ends wrap\"><span class=\"soft\">Client</span> ");
    html_endpoint(&f->h, &record->client);
    if (record->proxied_client != NULL) {
        html_put(&f->h, " for ");
        html_endpoint(&f->h, record->proxied_client);
    }
    html_put(&f->h, " \u2192 <span class=\"soft\">server</span> ");
    if (record->server_name != NULL) {
        html_put(&f->h, "<b>%s</b> (", record->server_name);
    }
    html_endpoint(&f->h, &record->server);
    html_put(&f->h, record->server_name != NULL ? ")" : "");
    html_put(&f->h, "%s%s", record->opening != NULL ? ", after " : "", record->opening);
    html_put(&f->h, record->established ? ", handshake completed</p>\n" : "</p>\n");
}

static void put_advice(struct html_finding *f, const char *side, const char *advice, bool first) {
    if (advice != NULL) {
        html_put(&f->h, "<div class=\"%s\"><h4>What to do on the %s</h4><p>%s</p></div>\n", first ? "first" : "", side, advice);
    }
}

static void put_rivals(struct html_finding *f) {
    const struct tlswatch_record *record = f->record;
    if (record->num_rivals == 0) {
        return;
    }
    html_put(&f->h, "<h4>%s</h4><ul class=\"facts\">\n",
             record->cause == TLSWATCH_CAUSE_CLIENT_DECLINED ? "Why is not in a capture; most likely first"
                                                             : "What else fits these packets");
    for (size_t i = 0; i < record->num_rivals; i++) {
        const struct tlswatch_rival *rival = &record->rivals[i];
        html_put(&f->h, "<li><b>%s</b> <code>%s</code> %s</li>\n", tlswatch_confidence_name(rival->confidence),
                 tlswatch_cause_name(rival->cause), rival->why != NULL ? rival->why : tlswatch_cause_meaning(rival->cause));
    }
    html_put(&f->h, "</ul>\n");
}

static void put_noticed(struct html_finding *f) {
    const struct tlswatch_record *record = f->record;
    html_put(&f->h, record->num_findings > 0 ? "<h4>Noticed</h4><ul class=\"facts\">\n" : "");
    for (size_t i = 0; i < record->num_findings; i++) {
        const struct tlswatch_finding *finding = &record->findings[i];
        const char *tone = finding->severity == TLSWATCH_ERROR ? "bad" : finding->severity == TLSWATCH_WARNING ? "doubt" : "soft";
        html_put(&f->h, "<li><b class=\"%s\">%s</b> <code>%s</code> %s", tone, tlswatch_severity_name(finding->severity), finding->code,
                 finding->text);
        if (finding->mark.frame != 0) {
            html_put(&f->h, " <span class=\"soft\">(frame %ju)</span>", (uintmax_t)finding->mark.frame);
        }
        html_put(&f->h, "</li>\n");
    }
    html_put(&f->h, record->num_findings > 0 ? "</ul>\n" : "");
}

static void put_log(struct html_finding *f, const char *whose, const struct tlswatch_stack *stack, const char *log) {
    if (stack->name == NULL && log == NULL) {
        return;
    }
    html_put(&f->h, "<li><b>%s</b>: ", whose);
    if (log != NULL) {
        html_put(&f->h, "its log reads <span class=\"mono\">%s</span>", log);
    } else {
        html_put(&f->h, "%s (%s)", stack->name, tlswatch_confidence_name(stack->confidence));
    }
    html_put(&f->h, "</li>\n");
}

static void put_logs(struct html_finding *f) {
    const struct tlswatch_record *record = f->record;
    if (record->client_stack.name == NULL && record->server_stack.name == NULL && record->client_log == NULL &&
        record->server_log == NULL) {
        return;
    }
    html_put(&f->h, "<h4>The programs and their logs</h4><ul class=\"facts\">\n");
    put_log(f, "The client", &record->client_stack, record->client_log);
    put_log(f, "The server", &record->server_stack, record->server_log);
    html_put(&f->h, "</ul>\n");
}

/* The lines of the text report: harmless already, but for what HTML reads in them. */
static void put_lines(struct html *h, const char *text, size_t len) {
    while (len > 0) {
        const char *end = memchr(text, '\n', len);
        size_t line = end != NULL ? (size_t)(end - text) : len;
        html_part(h, text, line);
        html_raw(h, "\n", 1);
        line += end != NULL;
        text += line;
        len -= line;
    }
}

static void put_ticket(struct html_finding *f) {
    struct report_sink sink = {.fd = -1, .hold = LIMIT_REPORT_BLOCK};
    struct text_report text;
    struct text_options options = {.utf8 = true, .utc = f->options->utc};
    text_report_init(&text, &sink, &options);
    text_report_record(&text, f->record);
    html_put(&f->h, "<details><summary>Text for a ticket</summary><div><pre tabindex=\"0\" aria-label=\"Text for a ticket\">");
    put_lines(&f->h, (const char *)sink.held.p, sink.held.len);
    html_put(&f->h, "</pre></div></details>\n");
    text_report_clear(&text);
    report_sink_clear(&sink);
}

static void put_evidence(struct html_finding *f) {
    html_put(&f->h, "<div class=\"pair\"><div><h4>What was said</h4>\n");
    html_ladder(f);
    html_put(&f->h, "</div><div>\n");
    put_rivals(f);
    put_noticed(f);
    put_logs(f);
    html_put(&f->h, "</div></div>\n");
}

void html_finding(struct html_finding *f) {
    const struct tlswatch_record *record = f->record;
    bool with_list = record->certificate_of != TLSWATCH_SERVER;
    put_meta(f);
    html_put(&f->h, "<h3 class=\"wrap\"><a class=\"number\" href=\"#f%zu\" aria-label=\"Link to finding %zu\">%zu.</a> %s</h3>\n",
             f->number, f->number, f->number, sentence_of(record));
    put_ends(f);
    html_put(&f->h, "<div class=\"advice\">\n");
    put_advice(f, "client", record->advice_client, record->at_fault == TLSWATCH_CLIENT);
    put_advice(f, "server", record->advice_server, record->at_fault == TLSWATCH_SERVER);
    html_put(&f->h, "</div>\n<div class=\"pair%s\">\n", with_list ? "" : " one");
    html_chain(f);
    if (with_list) {
        html_authorities(f);
    }
    html_put(&f->h, "</div>\n");
    put_evidence(f);
    html_certificates(f);
    put_ticket(f);
    if (record->filter != NULL) {
        html_put(&f->h, "<p class=\"note wrap\">Wireshark: <code>%s</code></p>\n", record->filter);
    }
}
