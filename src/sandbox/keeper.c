#include "sandbox/keeper.h"

#include "base/limits.h"
#include "sandbox/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What comes before the text; a descriptor comes with it. */
struct answer_head {
    int32_t error;
    uint32_t text_len;
};

/* --- One end and the other: all of it, or false. By write, since who asks may send nothing; SIGPIPE is ignored --- */

static bool send_all(int fd, struct bytes rest) {
    while (rest.len > 0) {
        ssize_t n = write(fd, rest.p, rest.len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        bytes_skip(&rest, n > 0 ? (size_t)n : 0);
    }
    return true;
}

static bool receive_all(int fd, void *out, size_t len) {
    uint8_t *p = out;
    while (len > 0) {
        ssize_t n = recv(fd, p, len, 0);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return false;
        }
        p += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* The head and the descriptor that comes with it, in one message each. */
union passed {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
};

static bool send_head(int socket, struct answer_head *head, int fd) {
    union passed passed = {.space = {0}};
    struct iovec part = {head, sizeof *head};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = passed.space;
        message.msg_controllen = sizeof passed.space;
        passed.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&passed.header), &fd, sizeof fd);
    }
    ssize_t n;
    do {
        n = sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof *head;
}

static bool receive_head(int socket, struct answer_head *head, int *fd) {
    union passed passed = {.space = {0}};
    struct iovec part = {head, sizeof *head};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = passed.space, .msg_controllen = sizeof passed.space};
    ssize_t n;
    do {
        n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
        memcpy(fd, CMSG_DATA(header), sizeof *fd);
    }
    if (n > 0 && (message.msg_flags & MSG_CTRUNC) != 0) {
        head->error = EMFILE; /* no number was left for it */
    }
    return n == (ssize_t)sizeof *head;
}

/* --- The keeper --- */

static bool answer_one(int socket, const struct keeper_duty *duty) {
    struct keeper_question question;
    struct keeper_answer answer = {.fd = -1};
    if (!receive_all(socket, &question, sizeof question)) {
        return false;
    }
    question.name[sizeof question.name - 1] = '\0';
    duty->serve(duty->user, &question, &answer);
    struct answer_head head = {answer.error, (uint32_t)answer.text.len};
    bool sent = send_head(socket, &head, answer.fd) && send_all(socket, buffer_bytes(&answer.text));
    keeper_answer_clear(&answer);
    return sent;
}

/* Ctrl-C reaches both processes, and ends this one through the other. */
static void outlive_the_other(void) {
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1};
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        signal(ending[i], SIG_IGN);
    }
}

static void keep(int socket, const struct keeper_duty *duty) {
    duty->begin(duty->user);
    outlive_the_other();
    privileges_keep(UINT64_C(1) << CAP_DAC_OVERRIDE | UINT64_C(1) << CAP_DAC_READ_SEARCH | UINT64_C(1) << CAP_FOWNER);
    privileges_forbid_new();
    privileges_forbid_processes();
    while (answer_one(socket, duty)) {
    }
    duty->end(duty->user);
    _exit(0);
}

/* --- Who asks --- */

bool keeper_start(struct keeper *k, const struct keeper_duty *duty) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        keep(ends[1], duty);
    }
    int error = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        errno = error;
        return false;
    }
    *k = (struct keeper){ends[0], pid};
    return true;
}

void keeper_ask(const struct keeper *k, const struct keeper_question *question, struct keeper_answer *answer) {
    struct answer_head head;
    *answer = (struct keeper_answer){.fd = -1};
    /* NOLINTNEXTLINE(bugprone-branch-clone): asked in this order */
    if (!send_all(k->fd, bytes_of(question, sizeof *question)) || !receive_head(k->fd, &head, &answer->fd)) {
        answer->error = EPIPE;
    } else if (!buffer_reserve(&answer->text, head.text_len, LIMIT_FILTER_PROGRAM)) {
        answer->error = ENOMEM;
    } else if (!receive_all(k->fd, answer->text.p, head.text_len)) {
        answer->error = EPIPE;
    } else {
        answer->text.len = head.text_len;
        answer->error = head.error;
    }
}

void keeper_answer_clear(struct keeper_answer *answer) {
    if (answer->fd >= 0) {
        close(answer->fd);
    }
    buffer_clear(&answer->text);
    answer->fd = -1;
}

void keeper_stop(struct keeper *k) {
    if (k->fd < 0) {
        return;
    }
    close(k->fd);
    while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    *k = (struct keeper){.fd = -1};
}
