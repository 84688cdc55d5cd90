#include "report/html.h"

#include "base/limits.h"
#include "report/chain.h"
#include "report/near.h"

/* --- The certificates that were sent, the leaf at the bottom --- */

static const struct tlswatch_certificate *top_certificate(const struct tlswatch_record *record, enum tlswatch_side side) {
    const struct tlswatch_chain *chain = chain_of(record, side);
    return chain->num_certificates > 0 ? chain->certificates[chain_top(record, side)] : NULL;
}

/* What is wrong with the certificate below it is the issuer, which has a box that says so. */
static bool issuer_is_wrong(const struct tlswatch_record *record, enum tlswatch_side side) {
    bool wrong = false;
    return chain_issuer_note(record, side, &wrong) != NULL && wrong && chain_fault(record->cause) == NULL;
}

/* Does the issuer of the chain's top deserve a box of its own? */
static bool asks_for_issuer(const struct tlswatch_record *record, enum tlswatch_side side) {
    const struct tlswatch_certificate *top = top_certificate(record, side);
    bool wrong;
    const char *note = chain_issuer_note(record, side, &wrong);
    return top != NULL && top->malformed == NULL && top->issuer.text != NULL && !chain_reaches_subject(record, side) &&
           (!top->self_signed || (note != NULL && wrong));
}

static void put_issuer(struct html_finding *f, enum tlswatch_side side) {
    const struct tlswatch_known_issuer *known = &f->record->known_issuer;
    const struct tlswatch_certificate *top = top_certificate(f->record, side);
    bool wrong;
    const char *note = chain_issuer_note(f->record, side, &wrong);
    bool is_known = known->certificate != NULL && known->certificate_of == side;
    if (!asks_for_issuer(f->record, side)) {
        return;
    }
    html_put(&f->h, "<li class=\"%s\"><small>the issuer that the certificate below names</small><span class=\"dn\">%s</span>",
             wrong          ? "missing"
             : note != NULL ? "reached"
                            : "known",
             top->self_signed ? "itself" : top->issuer.text);
    if (note != NULL) {
        html_put(&f->h, "<span class=\"%s\">%s</span>", wrong ? "bad" : "good", note);
    }
    if (is_known && known->text != NULL) {
        html_put(&f->h, "<small>%s</small>", known->text);
    }
    html_put(&f->h, "</li>\n");
}

static bool same_name(const struct tlswatch_name *a, const struct tlswatch_name *b) {
    return a->text != NULL && b->text != NULL && strcmp(a->text, b->text) == 0;
}

/* Certificates above the top of the path, and those that the one below does not name, have signed nothing here. */
static bool stands_apart(const struct tlswatch_chain *chain, size_t index) {
    return index > 0 && !same_name(&chain->certificates[index]->subject, &chain->certificates[index - 1]->issuer);
}

static void put_certificate(struct html_finding *f, enum tlswatch_side side, size_t index) {
    const struct tlswatch_chain *chain = chain_of(f->record, side);
    const struct tlswatch_certificate *certificate = chain->certificates[index];
    bool told_above = asks_for_issuer(f->record, side) && index == chain_top(f->record, side) && issuer_is_wrong(f->record, side);
    bool wrong = chain_guilty(f->record, side) == (int)index && !told_above;
    bool reached = chain_reaches_subject(f->record, side) && index == chain_top(f->record, side);
    html_put(&f->h, "<li class=\"%s%s\"><small>%zu \u00b7 %s%s</small><span class=\"dn\">%s</span>",
             wrong     ? "wrong"
             : reached ? "reached"
                       : "",
             stands_apart(chain, index) ? " apart" : "", index,
             index == 0        ? "leaf"
             : certificate->ca ? "CA"
                               : "not a CA",
             certificate->self_signed ? ", self-signed" : "", chain_name(certificate));
    if (wrong) {
        const char *fault = chain_fault(f->record->cause);
        html_put(&f->h, "<span class=\"bad\">%s%s</span>", fault == NULL ? "\u2717 " : "",
                 fault == NULL ? tlswatch_cause_name(f->record->cause) : fault);
    } else if (reached) {
        html_put(&f->h, "<span class=\"good\">\u2713 advertised</span>");
    }
    if (certificate->malformed == NULL) {
        html_put(&f->h, "<small>");
        html_date(&f->h, certificate->not_before);
        html_put(&f->h, " to ");
        html_date(&f->h, certificate->not_after);
        html_put(&f->h, "</small>");
    }
    html_put(&f->h, "</li>\n");
}

static void put_state(struct html *h, const struct tlswatch_chain *chain, const char *whose) {
    switch (chain->state) {
    case TLSWATCH_SEEN:
        html_put(h, "<p>The %s sent an empty list, in frame %ju.</p>\n", whose, (uintmax_t)chain->mark.frame);
        break;
    case TLSWATCH_ABSENT:
        html_put(h, "<p>The %s sent no certificate.</p>\n", whose);
        break;
    case TLSWATCH_ENCRYPTED:
        html_put(h, "<p>If the %s sent certificates, they are encrypted.</p>\n", whose);
        break;
    case TLSWATCH_LOST:
        html_put(h, "<p>Where the %s's certificates would stand, bytes are missing in the capture.</p>\n", whose);
        break;
    }
}

void html_chain(struct html_finding *f) {
    enum tlswatch_side side = f->record->certificate_of == TLSWATCH_SERVER ? TLSWATCH_SERVER : TLSWATCH_CLIENT;
    const struct tlswatch_chain *chain = chain_of(f->record, side);
    const char *whose = tlswatch_side_name(side);
    html_put(&f->h, "<div><h4>The %s\u2019s chain%s</h4>\n", whose, chain->num_certificates > 0 ? ", leaf at the bottom" : "");
    if (chain->num_certificates == 0) {
        put_state(&f->h, chain, whose);
    } else {
        html_put(&f->h, "<ol class=\"chain\">\n");
        put_issuer(f, side);
        for (size_t i = chain->num_certificates; i > 0; i--) {
            put_certificate(f, side, i - 1);
        }
        html_put(&f->h, "</ol><p class=\"note\">As sent in frame %ju.</p>\n", (uintmax_t)chain->mark.frame);
    }
    html_put(&f->h, "</div>\n");
}

/* --- The names that the server advertised --- */

struct near {
    bool is_near, is_same;
    size_t at, len;
};

static const char *wanted_issuer(const struct tlswatch_record *record) {
    const struct tlswatch_certificate *top = top_certificate(record, TLSWATCH_CLIENT);
    return top != NULL && top->malformed == NULL && top->issuer.text != NULL ? top->issuer.text : NULL;
}

static struct near nearness(const char *wanted, const char *name) {
    struct near near = {0};
    if (wanted != NULL && name != NULL) {
        near.is_same = strcmp(wanted, name) == 0;
        near.is_near = !near.is_same && near_miss(wanted, name, &near.at, &near.len);
    }
    return near;
}

static void put_name(struct html_finding *f, size_t index, const struct near *near) {
    const struct tlswatch_certificate_request *request = &f->record->certificate_request;
    const char *text = request->authorities[index].text;
    bool reached = f->record->reach.reached == TLSWATCH_REACHED_YES && f->record->reach.authority == (int)index;
    html_put(&f->h, "<li class=\"%s\"><span class=\"dn\">",
             reached && f->record->cause != TLSWATCH_CAUSE_CA_REKEYED ? "reached"
             : reached || near->is_near                               ? "near"
                                                                      : "");
    if (near->is_near) {
        html_part(&f->h, text, near->at);
        html_put(&f->h, "<mark>");
        html_part(&f->h, text + near->at, near->len);
        html_put(&f->h, "</mark>%s", text + near->at + near->len);
    } else {
        html_text(&f->h, text != NULL && text[0] != '\0' ? text : "(empty name)");
    }
    html_put(&f->h, "</span>");
    if (reached) {
        html_put(&f->h, f->record->cause == TLSWATCH_CAUSE_CA_REKEYED
                                ? "<small class=\"doubt\">the client\u2019s chain reaches this name, perhaps under another key</small>"
                                : "<small class=\"good\">\u2713 the client\u2019s chain reaches it</small>");
    } else if (near->is_near) {
        html_put(&f->h, "<small class=\"doubt\">near miss: one word differs from the issuer that the chain names</small>");
    } else if (near->is_same) {
        html_put(&f->h, "<small class=\"doubt\">the issuer\u2019s name, word for word</small>");
    }
    html_put(&f->h, "</li>\n");
}

/* First those that were meant, perhaps; they must not drown in a long list. */
static size_t put_nearest(struct html_finding *f) {
    const struct tlswatch_certificate_request *request = &f->record->certificate_request;
    const char *wanted = wanted_issuer(f->record);
    size_t shown = 0;
    for (size_t i = 0; i < request->num_authorities && shown < LIMIT_HTML_NEAR; i++) {
        struct near near = nearness(wanted, request->authorities[i].text);
        bool reached = f->record->reach.reached == TLSWATCH_REACHED_YES && f->record->reach.authority == (int)i;
        if (near.is_near || near.is_same || reached) {
            html_put(&f->h, shown++ == 0 ? "<ul class=\"names nearest\">\n" : "");
            put_name(f, i, &near);
        }
    }
    html_put(&f->h, shown > 0 ? "</ul>\n" : "");
    return shown;
}

static void put_names(struct html_finding *f) {
    const struct tlswatch_certificate_request *request = &f->record->certificate_request;
    size_t num = request->num_authorities < LIMIT_HTML_NAMES ? request->num_authorities : LIMIT_HTML_NAMES;
    const char *wanted = wanted_issuer(f->record);
    if (num > 4) {
        html_put(&f->h,
                 "<input type=\"search\" placeholder=\"Search these %zu names\" aria-label=\"Search the advertised names\" "
                 "data-list=\"l%zu\" hidden>\n",
                 num, f->number);
    }
    html_put(&f->h, "<ul class=\"names\" id=\"l%zu\"%s>\n", f->number, num > 8 ? " tabindex=\"0\" aria-label=\"Advertised names\"" : "");
    for (size_t i = 0; i < num; i++) {
        struct near near = nearness(wanted, request->authorities[i].text);
        put_name(f, i, &near);
    }
    html_put(&f->h, "</ul>\n");
    if (num < request->num_authorities) {
        html_put(&f->h, "<p class=\"note\">And %zu more; the JSON record has them all.</p>\n", request->num_authorities - num);
    }
}

static void put_list(struct html_finding *f) {
    const struct tlswatch_certificate_request *request = &f->record->certificate_request;
    if (request->num_authorities == 0) {
        html_put(&f->h, "<p>The server asked for a certificate and named no CA (frame %ju): clients may send what they have.</p>\n",
                 (uintmax_t)request->mark.frame);
        return;
    }
    if (request->num_authorities > 8 || f->same_list_as != 0) {
        put_nearest(f);
    }
    if (f->same_list_as != 0) {
        html_put(&f->h, "<p class=\"note\">All %zu names: the same list as in <a href=\"#f%zu\">finding %zu</a>.</p>\n",
                 request->num_authorities, f->same_list_as, f->same_list_as);
    } else {
        put_names(f);
    }
    html_put(&f->h, "<p class=\"note\">CertificateRequest in frame %ju.</p>\n", (uintmax_t)request->mark.frame);
}

void html_authorities(struct html_finding *f) {
    const struct tlswatch_certificate_request *request = &f->record->certificate_request;
    html_put(&f->h, "<div><h4>What the server advertised</h4>\n");
    switch (request->state) {
    case TLSWATCH_SEEN:
        put_list(f);
        break;
    case TLSWATCH_ABSENT:
        html_put(&f->h, "<p>The server did not ask for a certificate.</p>\n");
        break;
    case TLSWATCH_ENCRYPTED:
        html_put(&f->h, "<p>If the server asked for a certificate, that is encrypted.</p>\n");
        break;
    case TLSWATCH_LOST:
        html_put(&f->h, "<p>Where the server\u2019s CertificateRequest would stand, bytes are missing in the capture.</p>\n");
        break;
    }
    html_put(&f->h, "</div>\n");
}
