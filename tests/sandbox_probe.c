/*
 * Tries what an intruder would: from inside the parser, in the callback that gets a record, in the sandbox that
 * tlswatch -i enters. Prints TAP.
 *
 *     sandbox_probe CAPTURE
 *
 * Each attempt is made twice, by processes of their own. Outside the sandbox its arguments are such that it does no
 * harm, and it must end in anything but EACCES: else it would prove nothing. Inside it must end in EACCES or by SIGSYS.
 */
#include "capture/capture.h"
#include "sandbox/sandbox.h"
#include "tlswatch/tlswatch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_PROCESS 0x3ffffffe /* above every process number */
#define NO_FILE "/tmp/no-such-folder/file"

/* On 32 bits these have other names. */
#ifndef SYS_newfstatat
#define SYS_newfstatat SYS_fstatat64
#endif
#ifdef SYS_mmap2
#define SYS_MAP SYS_mmap2
#else
#define SYS_MAP SYS_mmap
#endif

struct attempt {
    const char *name;
    long number;
    long arguments[6];
};

/* What the parser's process holds. */
static struct sandbox_plan plan = {.mode = SANDBOX_DEFAULT, .capture_descriptor = -1};
static void *page;

#define TEXT(text) (long)(text)
#define NUM(array) (sizeof(array) / sizeof(array)[0])

/* The attempt of that number; false behind the last one. */
static bool attempt_get(size_t index, struct attempt *out) {
    const long packets = plan.capture_descriptor;
    static struct rlimit limit = {1, 1};
    static int one = 1, pair[2];
#if defined __i386__
    static long mapped[6] = {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0};
#endif
#ifdef SYS_socketcall
    static long sent[6]; /* of sendto; see socketcall(2) */
    memcpy(sent, (const long[]){packets, TEXT("x"), 1, MSG_NOSIGNAL, 0, 0}, sizeof sent);
#endif
    const struct attempt attempts[] = {
            /* files */
            {"read a file", SYS_openat, {AT_FDCWD, TEXT("/etc/passwd"), O_RDONLY}},
            {"read a file by openat2", SYS_openat2, {AT_FDCWD, TEXT("/etc/passwd"), 0, 0}},
            {"write its own memory through /proc", SYS_openat, {AT_FDCWD, TEXT("/proc/self/mem"), O_RDWR}},
            {"read its own memory map", SYS_openat, {AT_FDCWD, TEXT("/proc/self/maps"), O_RDONLY}},
            {"list a folder", SYS_openat, {AT_FDCWD, TEXT("/"), O_RDONLY | O_DIRECTORY}},
            {"hold a path", SYS_openat, {AT_FDCWD, TEXT("/"), O_PATH}},
            {"write a device", SYS_openat, {AT_FDCWD, TEXT("/dev/null"), O_WRONLY}},
            {"make a file", SYS_openat, {AT_FDCWD, TEXT(NO_FILE), O_WRONLY | O_CREAT, 0600}},
            {"make a file without a name", SYS_openat, {AT_FDCWD, TEXT("/tmp"), O_RDWR | O_TMPFILE, 0600}},
            {"make a file in memory", SYS_memfd_create, {TEXT("x"), 0}},
            {"make a folder", SYS_mkdirat, {AT_FDCWD, TEXT(NO_FILE), 0700}},
            {"make a device", SYS_mknodat, {AT_FDCWD, TEXT(NO_FILE), S_IFCHR | 0600, 0}},
            {"make a link", SYS_linkat, {AT_FDCWD, TEXT(NO_FILE), AT_FDCWD, TEXT(NO_FILE), 0}},
            {"make a symbolic link", SYS_symlinkat, {TEXT("x"), AT_FDCWD, TEXT(NO_FILE)}},
            {"rename a file", SYS_renameat2, {AT_FDCWD, TEXT(NO_FILE), AT_FDCWD, TEXT(NO_FILE), 0}},
            {"remove a file", SYS_unlinkat, {AT_FDCWD, TEXT(NO_FILE), 0}},
            {"change a file's mode", SYS_fchmodat, {AT_FDCWD, TEXT(NO_FILE), 0777}},
            {"change the mode of an open file", SYS_fchmod, {-1, 0777}},
            {"change a file's owner", SYS_fchownat, {AT_FDCWD, TEXT(NO_FILE), 0, 0, 0}},
            {"cut a file", SYS_truncate, {TEXT(NO_FILE), 0}},
            {"read a link", SYS_readlinkat, {AT_FDCWD, TEXT(NO_FILE), 0, 0}},
            {"ask whether there is a file", SYS_faccessat, {AT_FDCWD, TEXT("/etc/passwd"), R_OK}},
            {"ask what a file is", SYS_newfstatat, {AT_FDCWD, TEXT("/etc/passwd"), 0, 0}},
            {"change the folder", SYS_chdir, {TEXT("/")}},
            {"change the root", SYS_chroot, {TEXT(NO_FILE)}},
            {"open by handle", SYS_open_by_handle_at, {-1, 0, 0}},
            {"watch files", SYS_inotify_init1, {0}},
            {"mount", SYS_mount, {0, 0, 0, 0, 0}},
            /* network */
            {"make a socket of IPv4", SYS_socket, {AF_INET, SOCK_STREAM, 0}},
            {"make a socket of IPv6", SYS_socket, {AF_INET6, SOCK_DGRAM, 0}},
            {"make a local socket", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}},
            {"make a socket of the kernel's", SYS_socket, {AF_NETLINK, SOCK_RAW, 0}},
            {"make a pair of sockets", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, TEXT(pair)}},
            {"connect", SYS_connect, {-1, 0, 0}},
            {"bind", SYS_bind, {-1, 0, 0}},
            {"listen", SYS_listen, {-1, 1}},
            {"accept", SYS_accept4, {-1, 0, 0, 0}},
            {"send", SYS_sendto, {packets, TEXT("x"), 1, MSG_NOSIGNAL, 0, 0}},
#ifdef SYS_socketcall
            {"send by the one call for sockets", SYS_socketcall, {11, TEXT(sent)}},
#endif
            {"send a message", SYS_sendmsg, {packets, 0, 0}},
            {"set a socket's option", SYS_setsockopt, {packets, SOL_SOCKET, SO_RCVLOWAT, TEXT(&one), sizeof one}},
            {"send a packet by write", SYS_write, {packets, TEXT("x"), 1}},
            {"send a packet by writev", SYS_writev, {packets, 0, 0}},
            {"give the packets' descriptor a second number", SYS_fcntl, {packets, F_DUPFD_CLOEXEC, 100}},
            {"give it another number", SYS_dup3, {packets, 100, 0}},
            {"send it signals", SYS_fcntl, {packets, F_SETOWN, 0}},
            {"configure an interface", SYS_ioctl, {packets, SIOCSIFFLAGS, 0}},
            {"type on the terminal", SYS_ioctl, {STDIN_FILENO, TIOCSTI, TEXT("x")}},
            /* processes and programs */
            {"execute a program", SYS_execve, {0, 0, 0}},
            {"execute a descriptor", SYS_execveat, {-1, 0, 0, 0, 0}},
            {"make a process", SYS_clone, {CLONE_SIGHAND, 0, 0, 0, 0}}, /* wants CLONE_VM: EINVAL */
            {"make a process by clone3", SYS_clone3, {0, 0}},
            {"signal another process", SYS_kill, {NO_PROCESS, SIGTERM}},
            {"signal another thread", SYS_tgkill, {NO_PROCESS, NO_PROCESS, SIGTERM}},
            {"hold another process", SYS_pidfd_open, {NO_PROCESS, 0}},
            {"trace another process", SYS_ptrace, {0xffff, NO_PROCESS, 0, 0}},
            {"read another process", SYS_process_vm_readv, {NO_PROCESS, 0, 0, 0, 0, 0}},
            {"write another process", SYS_process_vm_writev, {NO_PROCESS, 0, 0, 0, 0, 0}},
            {"have memory that executes", SYS_MAP, {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
#if defined __i386__
            {"have memory that executes by the older call", SYS_mmap, {TEXT(mapped)}},
#endif
            {"make memory executable", SYS_mprotect, {TEXT(page), 4096, PROT_READ | PROT_EXEC}},
            {"raise a limit", SYS_prlimit64, {0, RLIMIT_CORE, TEXT(&limit), 0}},
            {"be dumped", SYS_prctl, {PR_SET_DUMPABLE, 1, 0, 0, 0}},
            {"load another filter", SYS_seccomp, {0xffff, 0, 0}},
            /* privileges and the kernel */
            {"change the user", SYS_setresuid, {-1, -1, -1}},
            {"change the group", SYS_setresgid, {-1, -1, -1}},
            {"join groups", SYS_setgroups, {-1, 0}},
            {"set capabilities", SYS_capset, {0, 0}},
            {"leave a namespace", SYS_unshare, {1}},
            {"enter a namespace", SYS_setns, {-1, 0}},
            {"load a module", SYS_init_module, {0, 0, 0}},
            {"load a program into the kernel", SYS_bpf, {0xffff, 0, 0}},
            {"count events", SYS_perf_event_open, {0, 0, 0, 0, 0}},
            {"start io_uring", SYS_io_uring_setup, {0, 0}},
            {"handle page faults", SYS_userfaultfd, {0xffff}},
            {"reach keys", SYS_keyctl, {0xffff}},
            {"set the clock", SYS_clock_settime, {0xffff, 0}},
            {"set the host's name", SYS_sethostname, {0, -1}},
            {"reboot", SYS_reboot, {0, 0, 0, 0}},
    };
    if (index >= NUM(attempts)) {
        return false;
    }
    *out = attempts[index];
    return true;
}

/* --- The process that tries --- */

enum { DENIED = 10, MADE, NEVER_MADE };

static int make(const struct attempt *attempt) {
    const long *a = attempt->arguments;
    return syscall(attempt->number, a[0], a[1], a[2], a[3], a[4], a[5]) == -1 && errno == EACCES ? DENIED : MADE;
}

/* What the parser calls when a conversation has ended. */
static void on_record(void *user, const struct tlswatch_record *record) {
    (void)record;
    _exit(make(user));
}

static bool start_threads(void *user) {
    return tlswatch_judge_apart(user);
}

/* `apart`: records are made by a thread that was there before the filter of system calls. */
static bool enter(struct tlswatch *watcher, bool apart) {
    struct sandbox_state state;
    plan.start_threads = apart ? start_threads : NULL;
    plan.user_of_threads = watcher;
    char error[SANDBOX_ERROR_SIZE] = "";
    bool entered = sandbox_enter(&plan, &state, error) && strstr(state.missing, "system calls") == NULL;
    if (!entered) {
        printf("# %s%s\n", error, error[0] == '\0' ? state.missing : "");
        fflush(stdout);
    }
    return entered;
}

static int try_in_parser(const char *path, const struct attempt *attempt, bool apart) {
    struct capture_files files = {.paths = &path, .num_paths = 1};
    struct tlswatch_frame frame;
    char error[CAPTURE_ERROR_SIZE] = "";
    struct capture *capture = capture_open_files(&files, error);
    struct tlswatch *watcher = tlswatch_new(NULL, on_record, (void *)(uintptr_t)attempt);
    if (capture == NULL || watcher == NULL || !enter(watcher, apart)) {
        return NEVER_MADE;
    }
    while (capture_next(capture, &frame, 0) == CAPTURE_FRAME) {
        tlswatch_frame(watcher, &frame);
    }
    tlswatch_finish(watcher);
    return NEVER_MADE;
}

/* How a process of its own ends: DENIED, MADE, NEVER_MADE, or minus the signal that killed it. */
enum place { OUTSIDE, IN_PARSER, IN_JUDGE };

static int ending_of(const char *path, const struct attempt *attempt, enum place place) {
    int status = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(place != OUTSIDE ? try_in_parser(path, attempt, place == IN_JUDGE) : make(attempt));
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        return NEVER_MADE;
    }
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv) {
    struct attempt attempt;
    int pair[2], num_failed = 0;
    size_t num = 0;
    if (argc != 2 || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) {
        fprintf(stderr, "usage: sandbox_probe CAPTURE\n");
        return 2;
    }
    page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    plan.mode = geteuid() == 0 ? SANDBOX_STRICT : SANDBOX_BEST_EFFORT;
    plan.capture_descriptor = pair[0]; /* a socket stands for that of an interface */
    for (; attempt_get(num, &attempt); num++) {
        int outside = ending_of(argv[1], &attempt, OUTSIDE), inside = ending_of(argv[1], &attempt, IN_PARSER);
        int apart = ending_of(argv[1], &attempt, IN_JUDGE);
        bool good = outside == MADE && (inside == DENIED || inside == -SIGSYS) && apart == inside;
        num_failed += !good;
        printf("%sok %zu - it can't %s\n", good ? "" : "not ", num + 1, attempt.name);
        if (!good) {
            printf("# outside %d, inside %d, in the thread that judges %d\n", outside, inside, apart);
        }
    }
    printf("1..%zu\n", num);
    return num_failed > 0;
}
