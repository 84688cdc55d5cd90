#include "base/limits.h"
#include "report/chain.h"
#include "report/text.h"

#define LEAST_OBJECT 4
#define SHOWN_CERTIFICATES 4

void text_side(struct layout *l, enum tlswatch_side side) {
    layout_to(l, TEXT_SIDE_COLUMN);
    if (side != TLSWATCH_NOBODY) {
        layout_text(l, tlswatch_side_name(side));
    }
    layout_to(l, TEXT_DID_COLUMN);
}

static unsigned frame_columns(uint64_t frame) {
    unsigned columns = 8;
    for (uint64_t rest = frame; rest >= 10; rest /= 10) {
        columns++;
    }
    return frame == 0 ? 0 : columns + 1;
}

static void put_frame(struct layout *l, uint64_t frame) {
    if (frame == 0) {
        return;
    }
    unsigned columns = frame_columns(frame) - 2;
    if (columns + 2 > layout_left(l)) {
        layout_line_end(l);
    }
    layout_to(l, l->width - columns);
    layout_text(l, "frame ");
    layout_number(l, frame);
}

static void put_note(struct layout *l, const char *note, bool wrong) {
    layout_text(l, "  ");
    if (wrong) {
        layout_red(l, note);
    } else {
        layout_text(l, note);
    }
}

void text_object(struct layout *l, const char *object, const char *note, bool wrong, uint64_t frame) {
    unsigned beside = frame_columns(frame) + (note != NULL ? (unsigned)layout_columns(l, note) + 2 : 0);
    if (object != NULL) {
        layout_to(l, l->column + 2 > TEXT_OBJECT_COLUMN ? l->column + 2 : TEXT_OBJECT_COLUMN);
    }
    if (object != NULL && layout_left(l) >= beside + LEAST_OBJECT) {
        layout_fit(l, object, layout_left(l) - beside);
    }
    if (note != NULL) {
        put_note(l, note, wrong);
    }
    put_frame(l, frame);
    layout_line_end(l);
}

void text_list(struct layout *l, const char *const *items) {
    size_t num_items = 0;
    while (items[num_items] != NULL) {
        num_items++;
    }
    for (size_t i = 0; i < num_items; i++) {
        /* ", " before the item, " and 1000 more" behind it. */
        unsigned beside = i + 1 < num_items ? 18 : 2;
        if (i > 0 && layout_columns(l, items[i]) + beside > layout_left(l)) {
            layout_text(l, " and ");
            layout_number(l, num_items - i);
            layout_text(l, " more");
            return;
        }
        layout_text(l, i > 0 ? ", " : "");
        layout_fit(l, items[i], layout_left(l) > beside ? layout_left(l) - beside : 0);
    }
}

static const char *note_of(const struct tlswatch_record *record, enum tlswatch_side side, size_t index, bool *wrong) {
    const struct tlswatch_certificate *certificate = chain_of(record, side)->certificates[index];
    bool subject_listed = record->reach.reached == TLSWATCH_REACHED_YES && record->reach.how == TLSWATCH_REACH_SUBJECT_LISTED;
    const char *fault = (int)index == chain_guilty(record, side) ? chain_fault(record->cause) : NULL;
    *wrong = fault != NULL;
    if (fault != NULL) {
        return fault;
    }
    if (side == TLSWATCH_CLIENT && subject_listed && index == chain_top(record, side)) {
        return "\u2713 advertised";
    }
    return certificate->self_signed ? "self-signed" : NULL;
}

/* What the cause says of a certificate, in its own words: dates, uses, key. */
static void put_facts(struct layout *l, const struct tlswatch_record *record, const struct tlswatch_certificate *certificate) {
    const char *const *uses = NULL;
    const char *what = NULL;
    switch ((int)record->cause) {
    case TLSWATCH_CAUSE_EXPIRED: /* what had expired may be the peer's own */
        what = certificate->not_after < record->end.time_ns / SECOND_NS ? "ended" : NULL;
        break;
    case TLSWATCH_CAUSE_NOT_YET_VALID:
        what = "begins";
        break;
    case TLSWATCH_CAUSE_PURPOSE:
        what = "extendedKeyUsage";
        uses = certificate->extended_key_usage;
        break;
    case TLSWATCH_CAUSE_KEY_USAGE:
        what = "keyUsage";
        uses = certificate->key_usage;
        break;
    case TLSWATCH_CAUSE_HOSTNAME_MISMATCH:
        what = "is for";
        uses = certificate->alternative_names;
        break;
    case TLSWATCH_CAUSE_WEAK_ALGORITHM:
    case TLSWATCH_CAUSE_ALGORITHM_NOT_OFFERED:
        what = certificate->public_key;
        break;
    default:
        break;
    }
    if (what == NULL) {
        return;
    }
    layout_to(l, TEXT_DID_COLUMN);
    layout_red(l, "\u2717 ");
    layout_fit(l, what, TEXT_OBJECT_COLUMN);
    layout_to(l, l->column + 2 > TEXT_OBJECT_COLUMN ? l->column + 2 : TEXT_OBJECT_COLUMN);
    if (uses != NULL) {
        text_list(l, uses);
    } else if (record->cause == TLSWATCH_CAUSE_EXPIRED) {
        text_date_time(l, certificate->not_after);
    } else if (record->cause == TLSWATCH_CAUSE_NOT_YET_VALID) {
        text_date_time(l, certificate->not_before);
    } else if (certificate->signature_algorithm != NULL && what == certificate->public_key) {
        layout_fit(l, certificate->signature_algorithm, layout_left(l));
    } else {
        layout_text(l, "(none)");
    }
    layout_line_end(l);
}

static void put_issuer(struct layout *l, const struct tlswatch_record *record, enum tlswatch_side side) {
    const struct tlswatch_certificate *top = chain_of(record, side)->certificates[chain_top(record, side)];
    bool subject_listed = record->reach.reached == TLSWATCH_REACHED_YES && record->reach.how == TLSWATCH_REACH_SUBJECT_LISTED;
    bool wrong;
    if (top->malformed != NULL || top->issuer.text == NULL || (side == TLSWATCH_CLIENT && subject_listed)) {
        return;
    }
    const char *note = chain_issuer_note(record, side, &wrong);
    if (top->self_signed && !wrong) {
        return;
    }
    layout_to(l, TEXT_DID_COLUMN);
    layout_text(l, "\u2514 issued by");
    text_object(l, top->self_signed ? "itself" : top->issuer.text, note, wrong, 0);
}

/* What is known from elsewhere, where the sentence has not said it. */
static void put_known_issuer(struct layout *l, const struct tlswatch_record *record, enum tlswatch_side side) {
    const struct tlswatch_known_issuer *known = &record->known_issuer;
    if (known->certificate == NULL || known->certificate_of != side || (record->message != NULL && strstr(record->message, known->text) != NULL)) {
        return;
    }
    layout_to(l, TEXT_DID_COLUMN + 2);
    layout_text(l, "(");
    layout_wrap(l, TEXT_DID_COLUMN + 3, known->text);
    layout_text(l, ")");
    layout_line_end(l);
}

static void put_trust(struct layout *l, const struct tlswatch_record *record, enum tlswatch_side side) {
    const struct tlswatch_trust *trust = side == TLSWATCH_SERVER ? &record->server_trust : &record->client_trust;
    if (trust->with == NULL) {
        return;
    }
    layout_to(l, TEXT_DID_COLUMN);
    layout_text(l, "with ");
    layout_fit(l, trust->with, TEXT_OBJECT_COLUMN - TEXT_DID_COLUMN - 7);
    layout_to(l, l->column + 2 > TEXT_OBJECT_COLUMN ? l->column + 2 : TEXT_OBJECT_COLUMN);
    if (trust->verifies) {
        layout_text(l, "\u2713 it would verify");
    } else {
        layout_red(l, "\u2717 ");
        layout_text(l, "it would not verify: ");
        layout_wrap(l, TEXT_OBJECT_COLUMN + 2, trust->error != NULL ? trust->error : "");
    }
    layout_line_end(l);
}

static bool is_shown(const struct tlswatch_record *record, enum tlswatch_side side, size_t index, size_t num) {
    return index == 0 || index + 1 == num || index < SHOWN_CERTIFICATES - 1 || (int)index == chain_guilty(record, side) ||
           index == chain_top(record, side);
}

void text_chain(struct layout *l, const struct tlswatch_record *record, enum tlswatch_side side) {
    const struct tlswatch_chain *chain = chain_of(record, side);
    if (chain->state != TLSWATCH_SEEN) {
        return;
    }
    text_side(l, side);
    if (chain->num_certificates == 0) {
        layout_text(l, "sent an empty list");
        text_object(l, NULL, NULL, false, chain->mark.frame);
        return;
    }
    layout_text(l, "sent ");
    layout_count(l, chain->num_certificates, "certificate");
    for (size_t i = 0; i < chain->num_certificates; i++) {
        if (!is_shown(record, side, i, chain->num_certificates)) {
            continue;
        }
        bool wrong;
        const char *note = note_of(record, side, i, &wrong);
        text_object(l, chain_name(chain->certificates[i]), note, wrong, i == 0 ? chain->mark.frame : 0);
        if ((int)i == chain_guilty(record, side)) {
            put_facts(l, record, chain->certificates[i]);
        }
    }
    put_issuer(l, record, side);
    put_known_issuer(l, record, side);
    put_trust(l, record, side);
}
