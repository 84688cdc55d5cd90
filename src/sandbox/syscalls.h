/*
 * Which system calls the process may still make: those by which open descriptors are read and written, memory is had
 * and time is told. None takes a path, makes a descriptor out of nothing, a process, or memory that can be executed.
 *
 * What only an intruder would call ends the process at once. The rest is refused with EACCES, since libraries ask for
 * much in passing and can do without: libpcap for its counters in /sys, the C library for a catalogue of messages.
 */
#ifndef TLSWATCH_SANDBOX_SYSCALLS_H
#define TLSWATCH_SANDBOX_SYSCALLS_H

#include "sandbox/sandbox.h"

/* syscalls_restrict wants no_new_privs to be set; false with errno set: ENOTSUP where it was built without libseccomp. */
bool syscalls_restrict(const struct sandbox_plan *plan);

#endif
