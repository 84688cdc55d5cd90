#include "sandbox/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* clang-format off */
/* By name, since none of them is there on every architecture and in every version of libseccomp. */
static const char *const allowed[] = {
        /* open descriptors; those that come from the keeper come by recvmsg */
        "read", "readv", "pread64", "lseek", "_llseek", "close", "fstat", "fstat64", "ftruncate", "ftruncate64", "fsync", "flock",
        "fadvise64", "fadvise64_64", "arm_fadvise64_64", "recvmsg", "recvfrom", "recv",
        /* waiting, for them and for the keeper */
        "poll", "ppoll", "ppoll_time64", "nanosleep", "clock_nanosleep", "clock_nanosleep_time64", "wait4", "waitpid", "waitid",
        /* what libpcap asks of an interface, and of one that went down */
        "getsockname", "getsockopt",
        /* memory */
        "brk", "munmap", "mremap", "madvise", "futex", "futex_time64", "sched_yield",
        /* time, chance, and who this is */
        "clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64", "gettimeofday", "time", "getrandom", "getpid",
        "gettid", "getuid", "geteuid", "getgid", "getegid", "getuid32", "geteuid32", "getgid32", "getegid32", "getrusage", "sysinfo", "uname",
        /* signals, and the end */
        "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaction", "sigprocmask", "sigreturn", "sigaltstack", "restart_syscall",
        "exit", "exit_group",
};

/* No library that is used here needs one of these even in passing. */
static const char *const deadly[] = {
        "execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "init_module", "finit_module", "delete_module",
        "kexec_load", "kexec_file_load", "bpf", "mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "reboot", "userfaultfd",
        "perf_event_open", "io_uring_setup", "keyctl", "add_key", "request_key", "open_by_handle_at",
};
/* clang-format on */

struct rule {
    const char *name;
    struct scmp_arg_cmp argument;
};

#define ARGUMENT(...)                                                                                                                      \
    (struct scmp_arg_cmp) {                                                                                                                \
        __VA_ARGS__                                                                                                                        \
    }
#define NUM(array) (sizeof(array) / sizeof(array)[0])

/* A name that is unknown here, or means nothing on this architecture, is passed over: then nobody can call it. */
static bool add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned num_arguments, struct scmp_arg_cmp argument) {
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) {
        return true;
    }
    int result = seccomp_rule_add_array(filter, action, number, num_arguments, &argument);
    if (result != 0 && result != -EDOM) {
        errno = -result;
        return false;
    }
    return true;
}

static bool add_names(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t num_names) {
    for (size_t i = 0; i < num_names; i++) {
        if (!add(filter, action, names[i], 0, ARGUMENT(0))) {
            return false;
        }
    }
    return true;
}

/* Memory that nothing executes. Where there is mmap2, mmap is an older call whose arguments lie in memory, which no filter
 * can read; so it is on s390x, which has no other: there only mprotect is refused. */
static bool add_mapping(scmp_filter_ctx filter) {
    const struct scmp_arg_cmp not_executable = ARGUMENT(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
#ifdef SYS_mmap2
    return add(filter, SCMP_ACT_ALLOW, "mmap2", 1, not_executable);
#elif defined __s390x__
    return add(filter, SCMP_ACT_ALLOW, "mmap", 0, not_executable);
#else
    return add(filter, SCMP_ACT_ALLOW, "mmap", 1, not_executable);
#endif
}

/* Calls that do many things, of which some are needed. */
static bool add_requests(scmp_filter_ctx filter) {
    const struct rule rules[] = {
            {"mprotect", ARGUMENT(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
            /* as fstat() is called in newer C libraries */
            {"newfstatat", ARGUMENT(3, SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH)},
            {"fstatat64", ARGUMENT(3, SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH)},
            {"statx", ARGUMENT(2, SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH)},
            {"fcntl", ARGUMENT(1, SCMP_CMP_EQ, F_GETFL)},
            {"fcntl", ARGUMENT(1, SCMP_CMP_EQ, F_SETFL)},
            {"fcntl", ARGUMENT(1, SCMP_CMP_EQ, F_SETFD)},
            {"fcntl64", ARGUMENT(1, SCMP_CMP_EQ, F_GETFL)},
            {"fcntl64", ARGUMENT(1, SCMP_CMP_EQ, F_SETFL)},
            {"fcntl64", ARGUMENT(1, SCMP_CMP_EQ, F_SETFD)},
            {"ioctl", ARGUMENT(1, SCMP_CMP_EQ, SIOCGIFFLAGS)},
            {"ioctl", ARGUMENT(1, SCMP_CMP_EQ, TIOCGWINSZ)},
            {"ioctl", ARGUMENT(1, SCMP_CMP_EQ, TCGETS)}, /* stdio asks whether it writes to a terminal */
            /* abort() signals itself */
            {"tgkill", ARGUMENT(0, SCMP_CMP_EQ, (scmp_datum_t)getpid())},
    };
    for (size_t i = 0; i < NUM(rules); i++) {
        if (!add(filter, SCMP_ACT_ALLOW, rules[i].name, 1, rules[i].argument)) {
            return false;
        }
    }
    return true;
}

/* Live, what would send a packet may be written to any descriptor but that of packets, which must have no second number
 * then. Files are opened later, with a pipe each to be woken by, and standard input under a number of its own. */
static bool add_writing(scmp_filter_ctx filter, int packets) {
    const struct scmp_arg_cmp any = ARGUMENT(0), not_packets = ARGUMENT(0, SCMP_CMP_NE, (scmp_datum_t)packets);
    const struct scmp_arg_cmp duplicate = ARGUMENT(1, SCMP_CMP_EQ, F_DUPFD_CLOEXEC);
    if (packets >= 0) {
        return add(filter, SCMP_ACT_ALLOW, "write", 1, not_packets) && add(filter, SCMP_ACT_ALLOW, "writev", 1, not_packets);
    }
    return add(filter, SCMP_ACT_ALLOW, "write", 0, any) && add(filter, SCMP_ACT_ALLOW, "writev", 0, any) &&
           add(filter, SCMP_ACT_ALLOW, "fcntl", 1, duplicate) && add(filter, SCMP_ACT_ALLOW, "fcntl64", 1, duplicate) &&
           add(filter, SCMP_ACT_ALLOW, "pipe", 0, any) && add(filter, SCMP_ACT_ALLOW, "pipe2", 0, any);
}

bool syscalls_restrict(const struct sandbox_plan *plan) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EACCES));
    if (filter == NULL) {
        errno = ENOMEM;
        return false;
    }
    /* Nothing untrusted is compiled here, so that nobody can be spied on through the processor's guesses. */
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree of numbers; libseccomp 2.5 */
    errno = ENOSYS;
    bool on_all_threads = plan->start_threads == NULL || seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0;
    bool loaded = on_all_threads && add_names(filter, SCMP_ACT_ALLOW, allowed, NUM(allowed)) &&
                  add_names(filter, SCMP_ACT_KILL_PROCESS, deadly, NUM(deadly)) && add_mapping(filter) && add_requests(filter) &&
                  add_writing(filter, plan->capture_descriptor);
    if (loaded) {
        int result = seccomp_load(filter);
        loaded = result == 0;
        errno = -result;
    }
    int error = errno;
    seccomp_release(filter);
    errno = error;
    return loaded;
}
