/*
 * Files and interfaces to frames: the one seam between the program and where packets come from.
 *
 * A capture is opened on files (or folders, or standard input) or on an interface, asked for one frame after the
 * other, and freed. It understands nothing of what a frame holds. What is wrong with the environment is one line of
 * text that names the object and what to do about it, without a line end; what is wrong inside a file ends that file
 * with a warning, and the frames before it are given out.
 */
#ifndef TLSWATCH_CAPTURE_CAPTURE_H
#define TLSWATCH_CAPTURE_CAPTURE_H

#include "base/buffer.h"
#include "tlswatch/tlswatch.h"

#define CAPTURE_ERROR_SIZE 1024

struct capture;

enum capture_result {
    CAPTURE_FRAME,
    CAPTURE_IDLE, /* nothing within the timeout: an interface or a pipe, or a filter that takes little; ask again */
    CAPTURE_END,  /* of the last file, or after capture_interrupt */
    CAPTURE_ERROR /* an interface that went down, a pipe that is no capture: capture_error says it; nothing more will come */
};

/* capture_secrets_callback gets each block of decryption secrets of a file, before the frames behind it: its type
 * (0x544c534b: a key log of TLS) and what is in it, valid until it returns. */
typedef void (*capture_secrets_callback)(void *user, uint32_t type, const uint8_t *data, size_t len);

struct capture_secrets {
    capture_secrets_callback callback; /* NULL: nobody wants them */
    void *user;
};

/* capture_listing: the files that paths stand for. capture_list looks for those in folders and opens no file; NULL with
 * `error` filled on failure. The paths are copied. */
struct capture_listing;
struct capture_listing *capture_list(const char *const *paths, size_t num_paths, char error[CAPTURE_ERROR_SIZE]);

/* capture_list_one: that one of them, for a run of its own. Where it was found in a folder and is no capture, the run has
 * nothing to read. NULL where memory is exhausted. */
struct capture_listing *capture_list_one(const struct capture_listing *all, size_t index);
void capture_listing_free(struct capture_listing *listing);

/* capture_listing_path: NULL behind the last one. */
const char *capture_listing_path(const struct capture_listing *listing, size_t index);

/* What a process that gave up the right to open files and to look up names has another one do for it. */
struct capture_access {
    int (*open)(void *user, size_t index); /* the file of that place in the listing, as capture_open_file does */
    /* as capture_compile does */
    bool (*compile)(void *user, uint32_t link_type, struct buffer *program, char problem[CAPTURE_ERROR_SIZE]);
    void *user;
};

struct capture_files {
    const char *const *paths; /* files, folders, or "-" for standard input; merged by time */
    size_t num_paths;
    const char *filter;                    /* BPF expression; NULL or "": everything */
    bool libpcap;                          /* read through libpcap instead of our own reader, which hides the secrets */
    struct capture_secrets secrets;        /* who gets them, also while the files are opened */
    const struct capture_listing *listing; /* of the paths; NULL: it is made. Outlives the capture, as does: */
    const struct capture_access *access;   /* NULL: it is done here */
};

/* The kernel hands over what waits in its ring at the latest after this. */
#define CAPTURE_DELAY_MS 20

struct capture_live {
    const char *interface;
    const char *filter;  /* BPF expression; NULL or "": everything */
    int snaplen;         /* 0: 262144 */
    int buffer_size;     /* bytes of the kernel's ring; 0: 64 MiB */
    bool no_promiscuous; /* see only what is for this machine */
};

struct capture_statistics {
    uint64_t files;           /* that are captures */
    uint64_t frames;          /* given out */
    uint64_t filtered;        /* read from files, and left out by the filter */
    uint64_t kernel_drops;    /* live, or as the files' statistics say */
    uint64_t interface_drops; /* as above */
    uint64_t secrets;         /* blocks of decryption secrets in the files */
};

/* capture_open_files opens a series of files. All are looked at first, so that what cannot be read is refused before
 * anything is given out; in a folder, what is not a capture is passed over, and folders in it are not searched. NULL
 * with `error` filled on failure. The paths are copied. */
struct capture *capture_open_files(const struct capture_files *files, char error[CAPTURE_ERROR_SIZE]);

/* capture_open_live opens an interface, "any" included. NULL with `error` filled on failure. */
struct capture *capture_open_live(const struct capture_live *live, char error[CAPTURE_ERROR_SIZE]);

/* capture_open_file opens a file for capture_access; -1 with errno set on failure. */
int capture_open_file(const char *path);

/* capture_compile: the expression as a BPF program, libpcap's instructions one behind the other; false with libpcap's
 * message in `problem`. It may ask for names and services. */
bool capture_compile(const char *expression, uint32_t link_type, struct buffer *program, char problem[CAPTURE_ERROR_SIZE]);

/* capture_descriptor is what an interface is read from; -1: there is none. */
int capture_descriptor(const struct capture *c);

/* capture_next gives the next frame. Its bytes are valid until the next call; its `file` until capture_free: the
 * watcher that was fed is freed before the capture. Waits at most timeout_ms (-1: without end) for an interface or a
 * pipe; never waits for a plain file. */
enum capture_result capture_next(struct capture *c, struct tlswatch_frame *frame, int timeout_ms);

/* capture_more gives at most `max` frames that follow, where they lie in memory already beside the one that capture_next
 * gave last: all of them are valid until its next call. It returns how many there were, often none: that says nothing. */
size_t capture_more(struct capture *c, struct tlswatch_frame *frames, size_t max);

/* capture_warning takes the oldest warning not yet taken, such as "x.pcap: the capture ends in the middle of packet
 * 17: analysed up to there"; NULL: none. Worth asking after each CAPTURE_IDLE and CAPTURE_END, and after opening.
 * Valid until capture_free. */
const char *capture_warning(struct capture *c);

/* capture_error says why capture_next returned CAPTURE_ERROR; "" otherwise. */
const char *capture_error(const struct capture *c);

/* capture_get_statistics counts up to now. Live, it asks the kernel: not for every frame. */
void capture_get_statistics(struct capture *c, struct capture_statistics *out);

/* capture_get_bytes tells how much of the files has been read, and how much they are; *total is 0 where that is not known:
 * a pipe, an interface. Compressed ones count as they lie on disk. */
void capture_get_bytes(const struct capture *c, uint64_t *bytes, uint64_t *total);

/* capture_interrupt makes capture_next return CAPTURE_END from now on, and at once where it waits; of an interface as soon
 * as what the kernel has taken by now was given out, and some seconds later at the latest. May be called from a signal
 * handler or another thread. */
void capture_interrupt(struct capture *c);

/* capture_interface_callback gets each interface: its name, and what is known of it ("up, running, loopback"). */
typedef void (*capture_interface_callback)(void *user, const char *name, const char *description);

/* capture_list_interfaces lists those that can be captured from; false with `error` filled on failure. */
bool capture_list_interfaces(capture_interface_callback callback, void *user, char error[CAPTURE_ERROR_SIZE]);

enum capture_interface_state { CAPTURE_INTERFACE_ABSENT, CAPTURE_INTERFACE_DOWN, CAPTURE_INTERFACE_UP };

/* capture_interface_state asks the system, and not libpcap: "any" and what else is no network interface is absent. */
enum capture_interface_state capture_interface_state(const char *name);

/* capture_free closes. NULL is allowed. */
void capture_free(struct capture *c);

#endif
