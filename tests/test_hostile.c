/*
 * Certificates that strangers made to cost much: each is read in at most 5 ms and keeps at most 1 MiB, and keys that
 * would cost milliseconds to compute with are described and not used. Time is CPU time, the best of several; under the
 * sanitizers all is slower.
 */
#include <malloc.h>
#include <time.h>

#include "base/limits.h"
#include "certificates.h"
#include "tap.h"

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

#define MOST_NS 5000000
#define MOST_BYTES ((size_t)1 << 20)
#define TIMES 5

static bool is_sanitized(void) {
    return __sanitizer_get_current_allocated_bytes != NULL;
}

/* Products of large numbers take four times as many steps where words are half as long. */
static int64_t slower(void) {
    return (is_sanitized() ? 12 : 1) * (sizeof(size_t) < 8 ? 4 : 1);
}

static size_t allocated(void) {
    return is_sanitized() ? __sanitizer_get_current_allocated_bytes() : mallinfo2().uordblks;
}

static int64_t cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * SECOND_NS + t.tv_nsec;
}

/* DER from the inside out: what is in a buffer becomes the content of an element. */

static void append(struct buffer *b, const void *data, size_t len) {
    ck_assert(buffer_append(b, bytes_of(data, len), SIZE_MAX / 2));
}

static void append_buffer(struct buffer *b, struct buffer *part) {
    append(b, part->p, part->len);
    buffer_clear(part);
}

static void element(struct buffer *out, uint8_t tag, struct buffer *content) {
    const uint8_t head[] = {tag, 0x83, (uint8_t)(content->len >> 16), (uint8_t)(content->len >> 8), (uint8_t)content->len};
    const uint8_t middle[] = {tag, 0x82, (uint8_t)(content->len >> 8), (uint8_t)content->len};
    const uint8_t little[] = {tag, 0x81, (uint8_t)content->len}, least[] = {tag, (uint8_t)content->len};
    if (content->len > 0xffff) {
        append(out, head, sizeof head);
    } else if (content->len > 0xff) {
        append(out, middle, sizeof middle);
    } else if (content->len > 0x7f) {
        append(out, little, sizeof little);
    } else {
        append(out, least, sizeof least);
    }
    append_buffer(out, content);
}

static void primitive(struct buffer *out, uint8_t tag, const void *data, size_t len) {
    struct buffer content = {0};
    append(&content, data, len);
    element(out, tag, &content);
}

/* An element of so many bytes that are all the same. */
static void filled(struct buffer *out, uint8_t tag, uint8_t byte, size_t len) {
    struct buffer content = {0};
    for (size_t i = 0; i < len; i++) {
        append(&content, &byte, 1);
    }
    element(out, tag, &content);
}

#define HEX(literal) literal, sizeof(literal) - 1
#define OID_RSA "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define OID_RSA_PSS "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
#define OID_SHA256_RSA "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"
#define OID_EC "\x2a\x86\x48\xce\x3d\x02\x01"
#define OID_PRIME_FIELD "\x2a\x86\x48\xce\x3d\x01\x01"
#define OID_BINARY_FIELD "\x2a\x86\x48\xce\x3d\x01\x02"
#define OID_TRINOMIAL "\x2a\x86\x48\xce\x3d\x01\x02\x03\x02"
#define OID_DSA "\x2a\x86\x48\xce\x38\x04\x01"
#define OID_SAN "\x55\x1d\x11"
#define OID_EKU "\x55\x1d\x25"
#define OID_NAME_CONSTRAINTS "\x55\x1d\x1e"
#define OID_COMMON_NAME "\x55\x04\x03"

enum {
    SEQUENCE = 0x30,
    SET = 0x31,
    INTEGER = 2,
    BIT_STRING = 3,
    OCTET_STRING = 4,
    OID = 6,
    UTF8_STRING = 12,
    PRINTABLE_STRING = 19,
    UTC_TIME = 23,
    GENERALIZED_TIME = 24,
    BMP_STRING = 30,
    EXTENSIONS = 0xa3
};

/* The parts of a certificate that a row fills in; what it leaves out is ordinary. */
struct parts {
    struct buffer name, key, extensions;
    const char *not_before, *not_after;
    size_t signature_len;
};

static void attribute(struct buffer *out, const char *oid, size_t oid_len, uint8_t type, const void *value, size_t len) {
    struct buffer content = {0};
    primitive(&content, OID, oid, oid_len);
    primitive(&content, type, value, len);
    element(out, SEQUENCE, &content);
}

static void common_name(struct buffer *out, uint8_t type, const void *value, size_t len) {
    struct buffer content = {0};
    attribute(&content, HEX(OID_COMMON_NAME), type, value, len);
    element(out, SET, &content);
}

static void extension(struct parts *p, const char *oid, size_t oid_len, struct buffer *value) {
    struct buffer content = {0};
    primitive(&content, OID, oid, oid_len);
    element(&content, OCTET_STRING, value);
    element(&p->extensions, SEQUENCE, &content);
}

static void key(struct parts *p, struct buffer *algorithm, struct buffer *bits) {
    struct buffer content = {0}, string = {0};
    append(&string, "", 1);
    append_buffer(&string, bits);
    element(&content, SEQUENCE, algorithm);
    element(&content, BIT_STRING, &string);
    element(&p->key, SEQUENCE, &content);
}

static void rsa_key(struct parts *p, const char *oid, size_t oid_len, size_t modulus_len, size_t exponent_len) {
    struct buffer algorithm = {0}, numbers = {0}, bits = {0};
    primitive(&algorithm, OID, oid, oid_len);
    filled(&numbers, INTEGER, 0x5b, modulus_len);
    filled(&numbers, INTEGER, 0x01, exponent_len);
    element(&bits, SEQUENCE, &numbers);
    key(p, &algorithm, &bits);
}

static void time_of(struct buffer *out, const char *text) {
    primitive(out, strlen(text) == 13 ? UTC_TIME : GENERALIZED_TIME, text, strlen(text));
}

/* Issuer and subject are the same, so that its own signature is looked at. */
static struct buffer certificate_of(struct parts *p) {
    struct buffer tbs = {0}, part = {0}, all = {0}, out = {0};
    const uint8_t version[] = {0xa0, 3, 2, 1, 2, 2, 1, 1};
    append(&tbs, version, sizeof version);
    primitive(&part, OID, HEX(OID_SHA256_RSA));
    element(&tbs, SEQUENCE, &part);
    if (p->name.len == 0) {
        common_name(&p->name, UTF8_STRING, HEX("hostile"));
    }
    append(&part, p->name.p, p->name.len);
    element(&tbs, SEQUENCE, &part);
    time_of(&part, p->not_before != NULL ? p->not_before : "260101000000Z");
    time_of(&part, p->not_after != NULL ? p->not_after : "360101000000Z");
    element(&tbs, SEQUENCE, &part);
    element(&tbs, SEQUENCE, &p->name);
    if (p->key.len == 0) {
        rsa_key(p, HEX(OID_RSA), 256, 3);
    }
    append_buffer(&tbs, &p->key);
    if (p->extensions.len > 0) {
        element(&part, SEQUENCE, &p->extensions);
        element(&tbs, EXTENSIONS, &part);
    }
    element(&all, SEQUENCE, &tbs);
    primitive(&part, OID, HEX(OID_SHA256_RSA));
    element(&all, SEQUENCE, &part);
    filled(&all, BIT_STRING, 0, p->signature_len != 0 ? p->signature_len : 257);
    element(&out, SEQUENCE, &all);
    return out;
}

static void names_in_san(struct parts *p, int num) {
    struct buffer names = {0}, value = {0};
    for (int i = 0; i < num; i++) {
        append(&names,
               "\x82\x01"
               "a",
               3);
    }
    element(&value, SEQUENCE, &names);
    extension(p, HEX(OID_SAN), &value);
}

static void huge_san(struct parts *p) {
    names_in_san(p, 40000);
}

static void large_san(struct parts *p) {
    names_in_san(p, 2000);
}

static void one_huge_name(struct parts *p) {
    struct buffer names = {0}, value = {0};
    filled(&names, 0x82, 0xff, 120000);
    element(&value, SEQUENCE, &names);
    extension(p, HEX(OID_SAN), &value);
}

static void nest(struct buffer *inner, uint8_t tag, int depth) {
    for (int i = 0; i < depth; i++) {
        struct buffer outer = {0};
        element(&outer, tag, inner);
        *inner = outer;
    }
}

/* otherName: anything may stand in it. */
static void deep_nesting(struct parts *p) {
    struct buffer inner = {0}, names = {0}, value = {0};
    nest(&inner, SEQUENCE, 5000);
    primitive(&names, OID, HEX("\x2a\x03"));
    element(&names, 0xa0, &inner);
    element(&value, 0xa0, &names);
    nest(&value, SEQUENCE, 1);
    extension(p, HEX(OID_SAN), &value);
}

static void deep_nesting_in_the_key(struct parts *p) {
    struct buffer algorithm = {0}, bits = {0}, inner = {0};
    nest(&inner, SEQUENCE, 5000);
    primitive(&algorithm, OID, HEX(OID_EC));
    append_buffer(&algorithm, &inner);
    append(&bits, "\x04", 1);
    key(p, &algorithm, &bits);
}

static void one_long_oid(struct parts *p, size_t len, uint8_t byte) {
    struct buffer oid = {0}, uses = {0}, value = {0};
    append(&oid, "\x2a", 1);
    for (size_t i = 0; i + 2 < len; i++) {
        append(&oid, &byte, 1);
    }
    append(&oid, "\x01", 1);
    element(&uses, OID, &oid);
    element(&value, SEQUENCE, &uses);
    extension(p, HEX(OID_EKU), &value);
}

static void oid_of_one_huge_number(struct parts *p) {
    one_long_oid(p, 100000, 0xff);
}

static void oid_of_many_numbers(struct parts *p) {
    one_long_oid(p, 100000, 0x01);
}

static void many_long_oids(struct parts *p) {
    struct buffer uses = {0}, value = {0};
    for (int i = 0; i < 200; i++) {
        struct buffer oid = {0};
        append(&oid, "\x2a", 1);
        for (int k = 0; k < 570; k++) {
            append(&oid, "\xff", 1);
        }
        append(&oid, "\x01", 1);
        element(&uses, OID, &oid);
    }
    element(&value, SEQUENCE, &uses);
    extension(p, HEX(OID_EKU), &value);
}

static void many_uses(struct parts *p) {
    struct buffer uses = {0}, value = {0};
    for (int i = 0; i < 30000; i++) {
        append(&uses, "\x06\x02\x2a\x03", 4);
    }
    element(&value, SEQUENCE, &uses);
    extension(p, HEX(OID_EKU), &value);
}

static void attributes_of_long_oids(struct parts *p) {
    for (int i = 0; i < 100; i++) {
        struct buffer oid = {0}, content = {0}, set = {0};
        append(&oid, "\x2a", 1);
        for (int k = 0; k < 550; k++) {
            append(&oid, "\xff", 1);
        }
        append(&oid, "\x01", 1);
        attribute(&content, (const char *)oid.p, oid.len, UTF8_STRING, "a", 1);
        buffer_clear(&oid);
        element(&set, SET, &content);
        append_buffer(&p->name, &set);
    }
}

static void rsa_16384(struct parts *p) {
    rsa_key(p, HEX(OID_RSA), 2048, 3);
    p->signature_len = 2049;
}

static void rsa_of_a_million_bits(struct parts *p) {
    rsa_key(p, HEX(OID_RSA), 120000, 3);
}

static void rsa_huge_exponent(struct parts *p) {
    rsa_key(p, HEX(OID_RSA), 1024, 1024);
    p->signature_len = 1025;
}

static void rsa_pss_of_a_million_bits(struct parts *p) {
    rsa_key(p, HEX(OID_RSA_PSS), 100000, 3);
}

static void rsa_largest_that_is_used(struct parts *p) {
    rsa_key(p, HEX(OID_RSA), 1024, 5);
    p->signature_len = 1025;
}

static void explicit_curve(struct parts *p, const char *field, size_t field_oid_len, struct buffer *field_parameters, size_t len) {
    struct buffer algorithm = {0}, parameters = {0}, part = {0}, bits = {0};
    primitive(&parameters, INTEGER, "\x01", 1);
    primitive(&part, OID, field, field_oid_len);
    append_buffer(&part, field_parameters);
    element(&parameters, SEQUENCE, &part);
    filled(&part, OCTET_STRING, 0x11, len);
    filled(&part, OCTET_STRING, 0x13, len);
    element(&parameters, SEQUENCE, &part);
    filled(&parameters, OCTET_STRING, 0x02, len + 1);
    filled(&parameters, INTEGER, 0x5b, len);
    primitive(&parameters, INTEGER, "\x01", 1);
    primitive(&algorithm, OID, HEX(OID_EC));
    element(&algorithm, SEQUENCE, &parameters);
    append(&bits, "\x02", 1);
    for (size_t i = 0; i < len; i++) {
        append(&bits, "\x15", 1);
    }
    key(p, &algorithm, &bits);
}

static void explicit_prime(struct parts *p) {
    struct buffer prime = {0};
    filled(&prime, INTEGER, 0x5b, 82);
    explicit_curve(p, HEX(OID_PRIME_FIELD), &prime, 82);
}

static void explicit_huge_prime(struct parts *p) {
    struct buffer prime = {0};
    filled(&prime, INTEGER, 0x5b, 20000);
    explicit_curve(p, HEX(OID_PRIME_FIELD), &prime, 20000);
}

static void explicit_binary(struct parts *p) {
    struct buffer content = {0}, field = {0};
    primitive(&content, INTEGER, "\x02\x94", 2);
    primitive(&content, OID, HEX(OID_TRINOMIAL));
    primitive(&content, INTEGER, "\x01\x01", 2);
    element(&field, SEQUENCE, &content);
    explicit_curve(p, HEX(OID_BINARY_FIELD), &field, 83);
}

/* B-571, its generator for a public key. */
static void slowest_curve(struct parts *p) {
    struct buffer algorithm = {0}, bits = {0};
    primitive(&algorithm, OID, HEX(OID_EC));
    primitive(&algorithm, OID, HEX("\x2b\x81\x04\x00\x27"));
    append(&bits, HEX("\x03\x03\x03\x00\x1d\x34\xb8\x56\x29\x6c\x16\xc0\xd4\x0d\x3c\xd7\x75\x0a\x93\xd1\xd2\x95\x5f\xa8\x0a\xa5"
                      "\xf4\x0f\xc8\xdb\x7b\x2a\xbd\xbd\xe5\x39\x50\xf4\xc0\xd2\x93\xcd\xd7\x11\xa3\x5b\x67\xfb\x14\x99\xae\x60"
                      "\x03\x86\x14\xf1\x39\x4a\xbf\xa3\xb4\xc8\x50\xd9\x27\xe1\xe7\x76\x9c\x8e\xec\x2d\x19"));
    key(p, &algorithm, &bits);
}

static void dsa_of_a_million_bits(struct parts *p) {
    struct buffer algorithm = {0}, numbers = {0}, bits = {0};
    primitive(&algorithm, OID, HEX(OID_DSA));
    filled(&numbers, INTEGER, 0x5b, 30000);
    filled(&numbers, INTEGER, 0x5b, 30000);
    filled(&numbers, INTEGER, 0x5b, 30000);
    element(&algorithm, SEQUENCE, &numbers);
    filled(&bits, INTEGER, 0x5b, 30000);
    key(p, &algorithm, &bits);
}

static void nul_and_controls(struct parts *p) {
    common_name(&p->name, UTF8_STRING, HEX("www.bank.example\0.evil.example"));
    common_name(&p->name, UTF8_STRING, HEX("\x1b[2J\r\n\xe2\x80\xae"));
    common_name(&p->name, PRINTABLE_STRING, HEX("\0\0\0\0"));
}

static void bad_utf8(struct parts *p) {
    common_name(&p->name, UTF8_STRING, HEX("\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xff"));
    common_name(&p->name, BMP_STRING, HEX("\xd8\x00\x00\x00\x20\x2e"));
}

static void many_names(struct parts *p) {
    for (int i = 0; i < 4000; i++) {
        common_name(&p->name, UTF8_STRING, "a", 1);
    }
}

static void some_names(struct parts *p) {
    for (int i = 0; i < 250; i++) {
        common_name(&p->name, UTF8_STRING, "a", 1);
    }
}

static void many_attributes_in_one(struct parts *p) {
    struct buffer set = {0};
    for (int i = 0; i < 4000; i++) {
        char value[8];
        snprintf(value, sizeof value, "%04d", i);
        attribute(&set, HEX(OID_COMMON_NAME), UTF8_STRING, value, 4);
    }
    element(&p->name, SET, &set);
}

static void value_of(struct parts *p, int num) {
    struct buffer value = {0};
    for (int i = 0; i < num; i++) {
        append(&value, "\x20\x2e", 2);
    }
    common_name(&p->name, BMP_STRING, value.p, value.len);
    buffer_clear(&value);
}

static void long_value(struct parts *p) {
    value_of(p, 30000);
}

static void longest_value(struct parts *p) {
    value_of(p, 8000);
}

static void thousand_extensions(struct parts *p) {
    for (int i = 0; i < 1000; i++) {
        const char oid[] = {0x2a, 3, (char)(i >> 7 | 0x90), (char)(i & 0x7f)};
        struct buffer value = {0};
        append(&value, "\x05\0", 2);
        extension(p, oid, sizeof oid, &value);
    }
}

static void one_extension_a_thousand_times(struct parts *p) {
    for (int i = 0; i < 1000; i++) {
        struct buffer value = {0};
        append(&value, "\x30\x00", 2);
        extension(p, HEX(OID_SAN), &value);
    }
}

static void many_constraints(struct parts *p) {
    struct buffer trees = {0}, value = {0}, names = {0}, san = {0};
    for (int i = 0; i < 8000; i++) {
        append(&trees,
               "\x30\x03\x82\x01"
               "b",
               5);
        append(&names,
               "\x82\x01"
               "a",
               3);
    }
    element(&value, 0xa1, &trees);
    nest(&value, SEQUENCE, 1);
    extension(p, HEX(OID_NAME_CONSTRAINTS), &value);
    element(&san, SEQUENCE, &names);
    extension(p, HEX(OID_SAN), &san);
}

static void absurd_dates(struct parts *p) {
    p->not_before = "00000101000000Z";
    p->not_after = "99991231235959Z";
}

static void no_dates(struct parts *p) {
    p->not_before = "20261399999999Z";
    p->not_after = "";
}

static void long_signature(struct parts *p) {
    p->signature_len = 120000;
}

static const struct {
    const char *name;
    void (*fill)(struct parts *p);
    bool uses_key;
} rows[] = {
        {"40,000 names", huge_san, false},
        {"2,000 names", large_san, true},
        {"a name of 120,000 bytes", one_huge_name, true},
        {"5,000 levels in a name", deep_nesting, false},
        {"5,000 levels in the key's parameters", deep_nesting_in_the_key, false},
        {"an OID of one number of 700,000 bits", oid_of_one_huge_number, true},
        {"an OID of 100,000 numbers", oid_of_many_numbers, true},
        {"200 OIDs of one number of 4,000 bits", many_long_oids, true},
        {"30,000 uses", many_uses, false},
        {"100 attributes with such OIDs", attributes_of_long_oids, false},
        {"RSA 16384", rsa_16384, false},
        {"RSA of a million bits", rsa_of_a_million_bits, false},
        {"RSA 8192 with an exponent as long", rsa_huge_exponent, false},
        {"RSA-PSS of a million bits", rsa_pss_of_a_million_bits, false},
        {"RSA 8192, the largest that is used", rsa_largest_that_is_used, true},
        {"an explicit prime curve", explicit_prime, false},
        {"an explicit prime curve of 160,000 bits", explicit_huge_prime, false},
        {"an explicit binary curve", explicit_binary, false},
        {"DSA of 240,000 bits", dsa_of_a_million_bits, false},
        {"NUL and controls in names", nul_and_controls, true},
        {"bad UTF-8 in names", bad_utf8, false},
        {"the slowest of the curves that have names", slowest_curve, false},
        {"4,000 parts of a name", many_names, false},
        {"250 parts of a name", some_names, true},
        {"4,000 attributes in one part", many_attributes_in_one, false},
        {"a value of 30,000 characters", long_value, false},
        {"a value of 8,000 characters", longest_value, true},
        {"a thousand extensions", thousand_extensions, false},
        {"an extension a thousand times", one_extension_a_thousand_times, false},
        {"8,000 constraints and as many names", many_constraints, false},
        {"dates from the year 0 to 9999", absurd_dates, true},
        {"no dates", no_dates, false},
        {"a signature of 120,000 bytes", long_signature, true},
};

#define NUM_ROWS ((int)(sizeof rows / sizeof *rows))

static struct buffer row_certificate(int i) {
    struct parts p = {0};
    rows[i].fill(&p);
    return certificate_of(&p);
}

/* What is asked of every certificate that a conversation brings. */
static const struct certificate *read_one(struct certificate_store *store, struct bytes der) {
    const struct certificate *c = certificate_store_add(store, der);
    ck_assert_ptr_nonnull(c);
    certificate_matches_host(c, "www.example.com");
    certificate_names_permitted(c, c);
    certificate_issued_by(store, c, c);
    return c;
}

START_TEST(each_is_read_in_five_milliseconds_and_a_mebibyte) {
    struct buffer der = row_certificate(_i);
    int64_t best_ns = INT64_MAX;
    size_t kept = 0;
    ck_assert_msg(der.len < LIMIT_CERTIFICATE, "%s: %zu bytes", rows[_i].name, der.len);
    for (int i = 0; i < TIMES; i++) {
        struct certificate_store *store = new_store();
        size_t before = allocated();
        int64_t start_ns = cpu_ns();
        read_one(store, buffer_bytes(&der));
        int64_t ns = cpu_ns() - start_ns;
        best_ns = ns < best_ns ? ns : best_ns;
        kept = allocated() - before;
        certificate_store_free(store);
    }
    if (getenv("HOSTILE_SHOW") != NULL) {
        fprintf(stderr, "%-45s %7zu bytes %8.3f ms %6zu KiB\n", rows[_i].name, der.len, (double)best_ns / 1e6, kept / 1024);
    }
    ck_assert_msg(best_ns <= MOST_NS * slower(), "%s: %.3f ms", rows[_i].name, (double)best_ns / 1e6);
    ck_assert_msg(kept <= MOST_BYTES, "%s: %zu bytes", rows[_i].name, kept);
    buffer_clear(&der);
}
END_TEST

START_TEST(a_key_that_costs_much_is_described_and_not_used) {
    struct buffer der = row_certificate(_i);
    struct certificate_store *store = new_store();
    const struct certificate *c = read_one(store, buffer_bytes(&der));
    ck_assert_msg(c->usable_key == rows[_i].uses_key, "%s: %s", rows[_i].name,
                  c->facts.malformed != NULL ? c->facts.malformed : c->facts.public_key);
    ck_assert_msg(c->facts.malformed != NULL || c->facts.public_key != NULL, "%s", rows[_i].name);
    ck_assert(c->facts.malformed == NULL || !rows[_i].uses_key);
    certificate_store_free(store);
    buffer_clear(&der);
}
END_TEST

/* As many as fit into one message of 256 KiB. */
START_TEST(tiny_certificates_cost_little_each) {
    struct certificate_store *store = new_store();
    size_t before = allocated(), num = 52000;
    int64_t start_ns = cpu_ns();
    for (size_t i = 0; i < num; i++) {
        const uint8_t der[] = {0x30, 3, 2, 1, (uint8_t)i, (uint8_t)(i >> 8)};
        ck_assert_ptr_nonnull(certificate_store_add(store, bytes_of(der, sizeof der)));
    }
    int64_t ns = (cpu_ns() - start_ns) / (int64_t)num;
    size_t kept = (allocated() - before) / num;
    ck_assert_msg(ns <= MOST_NS / 50 * (is_sanitized() ? 12 : 1) && kept <= 4096, "%.3f ms, %zu bytes each", (double)ns / 1e6, kept);
    certificate_store_free(store);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("hostile");
    TCase *tests = tcase_create("hostile");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, each_is_read_in_five_milliseconds_and_a_mebibyte, 0, NUM_ROWS);
    tcase_add_loop_test(tests, a_key_that_costs_much_is_described_and_not_used, 0, NUM_ROWS);
    tcase_add_test(tests, tiny_certificates_cost_little_each);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
