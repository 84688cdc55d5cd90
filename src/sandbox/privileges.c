#include "sandbox/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static void account_set(struct account *out, const char *name, uid_t uid, gid_t gid) {
    *out = (struct account){.uid = uid, .gid = gid};
    if (name != NULL) {
        snprintf(out->name, sizeof out->name, "%s", name);
    } else {
        snprintf(out->name, sizeof out->name, "%lu", (unsigned long)uid);
    }
}

/* One that stands in the machine's own file: to ask whoever else knows accounts loads their libraries into every run. */
static const struct passwd *find_here(const char *name) {
    FILE *file = fopen("/etc/passwd", "re");
    const struct passwd *entry = NULL;
    if (file != NULL) {
        while ((entry = fgetpwent(file)) != NULL && strcmp(entry->pw_name, name) != 0) {
        }
        fclose(file);
    }
    return entry;
}

static const struct passwd *find(const char *name) {
    const struct passwd *entry = find_here(name);
    return entry != NULL ? entry : getpwnam(name);
}

static const struct passwd *find_usual(void) {
    const struct passwd *entry = find_here("tlswatch");
    return entry != NULL ? entry : find("nobody");
}

bool account_find(const char *name, struct account *out) {
    const struct passwd *entry = name != NULL ? find(name) : find_usual();
    if (entry != NULL) {
        account_set(out, entry->pw_name, entry->pw_uid, entry->pw_gid);
    }
    return entry != NULL;
}

void account_current(struct account *out) {
    const struct passwd *entry = getpwuid(geteuid());
    account_set(out, entry != NULL ? entry->pw_name : NULL, geteuid(), getegid());
}

bool privileges_become(const struct account *account) {
    if (setgroups(0, NULL) != 0 || setresgid(account->gid, account->gid, account->gid) != 0 ||
        setresuid(account->uid, account->uid, account->uid) != 0) {
        return false;
    }
    /* Who can go back has not left. */
    if (account->uid != 0 && setuid(0) == 0) {
        errno = EPERM;
        return false;
    }
    return true;
}

bool privileges_bound(void) {
    /* Behind the kernel's last capability reading fails. */
    for (int i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++) {
        if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0) {
            return false;
        }
    }
    return true;
}

bool privileges_keep(uint64_t capabilities) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0}};
    if (syscall(SYS_capget, &header, data) != 0) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        data[i].permitted &= (uint32_t)(capabilities >> 32 * i);
        data[i].effective = data[i].permitted;
        data[i].inheritable = 0;
    }
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); /* older kernels have no such set */
    return syscall(SYS_capset, &header, data) == 0;
}

bool privileges_forbid_new(void) {
    const struct rlimit none = {0, 0};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && setrlimit(RLIMIT_CORE, &none) == 0;
}

bool privileges_forbid_processes(void) {
    const struct rlimit none = {0, 0};
    return setrlimit(RLIMIT_NPROC, &none) == 0;
}
