#include "report/export.h"

#include "report/pem.h"
#include "base/limits.h"
#include "report/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID_DIGITS 16
#define SHA256_DIGITS 64
#define NAME_SIZE 96

struct export {
    const char *path;
    int folder;
    char last[NAME_SIZE]; /* name of the file made last */
    struct export_access access;
    struct groups written; /* certificates: SHA-256 */
    struct buffer block;
    bool kept;
    bool again;
    char error[EXPORT_ERROR_SIZE];
};

static void say(char error[EXPORT_ERROR_SIZE], const char *path, const char *name, const char *why) {
    snprintf(error, EXPORT_ERROR_SIZE, "%.300s%s%.80s: %.100s", path, name[0] != '\0' ? "/" : "", name, why);
}

/* Nothing that leads out of the folder, nothing hidden. */
static bool is_name(const char *name) {
    size_t len = strspn(name, "0123456789abcdefghijklmnopqrstuvwxyz-.");
    return len > 0 && len < NAME_SIZE && name[len] == '\0' && name[0] != '.';
}

int export_create(struct export *e, const char *name) {
    if (!is_name(name)) {
        errno = EINVAL;
        return -1;
    }
    int fd = openat(e->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd >= 0) {
        snprintf(e->last, sizeof e->last, "%s", name);
    }
    return fd;
}

void export_remove(struct export *e) {
    if (e->last[0] != '\0') {
        unlinkat(e->folder, e->last, 0);
        e->last[0] = '\0';
    }
}

void export_through(struct export *e, const struct export_access *access) {
    e->access = *access;
}

static int create_here(void *user, const char *name) {
    return export_create(user, name);
}

static void remove_here(void *user) {
    export_remove(user);
}

struct export *export_open(const char *path, char error[EXPORT_ERROR_SIZE]) {
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        say(error, path, "", strerror(errno));
        return NULL;
    }
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct export *e = folder >= 0 ? calloc(1, sizeof *e) : NULL;
    if (e == NULL || !groups_init(&e->written, 1, LIMIT_EXPORT_KNOWN, LIMIT_EXPORT_KNOWN_BYTES)) {
        /* Linux says ENOTDIR of a link that must not be followed. */
        say(error, path, "",
            folder < 0 ? (errno == ENOTDIR || errno == ELOOP ? "not a folder, or a link to one" : strerror(errno)) : "memory is exhausted");
        free(e);
        if (folder >= 0) {
            close(folder);
        }
        return NULL;
    }
    e->path = path;
    e->folder = folder;
    e->access = (struct export_access){create_here, remove_here, e};
    return e;
}

void export_free(struct export *e) {
    if (e == NULL) {
        return;
    }
    close(e->folder);
    groups_clear(&e->written);
    buffer_clear(&e->block);
    free(e);
}

const char *export_error(const struct export *e) {
    return e->error[0] != '\0' ? e->error : NULL;
}

bool export_kept(const struct export *e) {
    return e->kept;
}

void export_again(struct export *e) {
    e->again = true;
}

static bool write_all(int fd, struct bytes rest) {
    while (rest.len > 0) {
        ssize_t n = write(fd, rest.p, rest.len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        bytes_skip(&rest, n > 0 ? (size_t)n : 0);
    }
    return true;
}

enum wrote { WROTE, WAS_THERE, FAILED };

/* The block as a new file. */
static enum wrote write_file(struct export *e, const char *name) {
    int fd = e->access.create(e->access.user, name);
    if (fd < 0 && errno == EEXIST) {
        return WAS_THERE;
    }
    bool whole = fd >= 0 && write_all(fd, buffer_bytes(&e->block));
    int why = errno;
    if (fd >= 0 && close(fd) != 0 && whole) {
        whole = false;
        why = errno;
    }
    if (!whole) {
        if (fd >= 0) {
            e->access.remove(e->access.user);
        }
        say(e->error, e->path, name, strerror(why));
        return FAILED;
    }
    return WROTE;
}

static bool is_hex(const char *text, size_t digits) {
    return text != NULL && strspn(text, "0123456789abcdef") == digits && text[digits] == '\0';
}

static bool put(struct export *e, const char *text) {
    return buffer_append(&e->block, bytes_of(text, strlen(text)), LIMIT_REPORT_BLOCK);
}

static bool out_of_memory(struct export *e, const char *name) {
    say(e->error, e->path, name, "memory is exhausted");
    return false;
}

/* A file of a conversation. */
static bool write_of(struct export *e, const struct tlswatch_record *record, const char *what, bool built) {
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%s-%s", record->id, what);
    if (!built) {
        return out_of_memory(e, name);
    }
    enum wrote wrote = write_file(e, name);
    e->kept = e->kept || (wrote == WAS_THERE && !e->again);
    return wrote != FAILED;
}

static bool put_pem(struct export *e, const struct tlswatch_certificate *certificate) {
    return pem_append(&e->block, "CERTIFICATE", bytes_of(certificate->der, certificate->der_len), LIMIT_REPORT_BLOCK);
}

static bool write_certificate(struct export *e, const struct tlswatch_certificate *certificate) {
    char name[NAME_SIZE];
    if (certificate->der == NULL || !is_hex(certificate->sha256, SHA256_DIGITS)) {
        return true;
    }
    size_t before = e->written.num;
    bool remembered = groups_add(&e->written, bytes_of(certificate->sha256, SHA256_DIGITS)) != NULL;
    if (remembered && e->written.num == before) {
        return true;
    }
    snprintf(name, sizeof name, "%s.pem", certificate->sha256);
    e->block.len = 0;
    return put_pem(e, certificate) ? write_file(e, name) != FAILED : out_of_memory(e, name);
}

/* --- A chain as PEM; where it was redacted, as text --- */

static bool put_fact(struct export *e, const char *label, const char *text) {
    return text == NULL || (put(e, label) && put(e, text) && put(e, "\n"));
}

static bool put_date(struct export *e, const char *label, int64_t time_s) {
    char text[40];
    if (time_s < CLOCK_FIRST_S || time_s >= CLOCK_BEHIND_S) {
        return true;
    }
    struct clock c = clock_utc(time_s);
    snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d UTC", c.year, c.month, c.day, c.hour, c.minute, c.second);
    return put_fact(e, label, text);
}

static bool put_facts(struct export *e, const struct tlswatch_certificate *certificate) {
    return put_fact(e, "subject     ", certificate->subject.text) && put_fact(e, "issuer      ", certificate->issuer.text) &&
           put_fact(e, "serial      ", certificate->serial) && put_date(e, "not before  ", certificate->not_before) &&
           put_date(e, "not after   ", certificate->not_after) && put_fact(e, "key         ", certificate->public_key) &&
           put_fact(e, "signature   ", certificate->signature_algorithm) && put_fact(e, "SHA-256     ", certificate->sha256) &&
           put(e, "\n");
}

static bool write_chain(struct export *e, const struct tlswatch_record *record, const struct tlswatch_chain *chain, bool client) {
    bool built = true;
    if (chain->state != TLSWATCH_SEEN || chain->num_certificates == 0) {
        return true;
    }
    bool redacted = chain->certificates[0]->der == NULL;
    e->block.len = 0;
    for (size_t i = 0; built && i < chain->num_certificates; i++) {
        built = redacted ? put_facts(e, chain->certificates[i]) : put_pem(e, chain->certificates[i]);
    }
    const char *what = client ? (redacted ? "client.txt" : "client.pem") : redacted ? "server.txt" : "server.pem";
    if (!write_of(e, record, what, built)) {
        return false;
    }
    for (size_t i = 0; i < chain->num_certificates; i++) {
        if (!write_certificate(e, chain->certificates[i])) {
            return false;
        }
    }
    return true;
}

/* --- The advertised names --- */

static bool put_names(struct export *e, const struct tlswatch_certificate_request *request) {
    bool built = true;
    for (size_t i = 0; built && i < request->num_authorities; i++) {
        const char *text = request->authorities[i].text;
        built = put(e, text != NULL ? text : "") && put(e, "\n");
    }
    return built;
}

static bool put_der_names(struct export *e, const struct tlswatch_certificate_request *request) {
    bool built = true;
    for (size_t i = 0; built && i < request->num_authorities; i++) {
        const struct tlswatch_name *name = &request->authorities[i];
        built = buffer_append(&e->block, bytes_of(name->der, name->der_len), LIMIT_REPORT_BLOCK);
    }
    return built;
}

static bool write_advertised(struct export *e, const struct tlswatch_record *record) {
    const struct tlswatch_certificate_request *request = &record->certificate_request;
    if (request->state != TLSWATCH_SEEN || request->num_authorities == 0) {
        return true;
    }
    e->block.len = 0;
    if (!write_of(e, record, "advertised.txt", put_names(e, request))) {
        return false;
    }
    e->block.len = 0;
    bool built = put_der_names(e, request);
    return (built && e->block.len == 0) || write_of(e, record, "advertised.der", built);
}

bool export_record(struct export *e, const struct tlswatch_record *record) {
    if (e->error[0] != '\0') {
        return false;
    }
    return !is_hex(record->id, ID_DIGITS) || (write_chain(e, record, &record->client_certificate, true) &&
                                              write_chain(e, record, &record->server_certificate, false) && write_advertised(e, record));
}
