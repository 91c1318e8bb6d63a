#pragma once
// Linux's epoll, eventfd and the few thread and signal calls that Swift's Glibc module leaves out or types awkwardly
// (constants that arrive as enums, functions behind _GNU_SOURCE). No logic lives here.
// (It defines no _GNU_SOURCE: types would then differ from those of the Glibc module.)
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint32_t fl_epollin = EPOLLIN;
static const uint32_t fl_epollout = EPOLLOUT;
static const uint32_t fl_epollerr = EPOLLERR;
static const uint32_t fl_epollhup = EPOLLHUP;

static inline int fl_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
static inline int fl_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

static inline int fl_epoll_ctl(int epoll, int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event;
    event.events = events;
    event.data.u64 = data;
    return epoll_ctl(epoll, operation, fd, &event);
}

static inline uint64_t fl_event_data(const struct epoll_event *event) { return event->data.u64; }

// glibc declares it only under _GNU_SOURCE, which the Glibc module of Swift may have been built without.
extern int pthread_setname_np(pthread_t thread, const char *name);

static inline int fl_pipe(int fds[2]) {
    if (pipe(fds) != 0) return -1;
    for (int i = 0; i < 2; i++) {
        fcntl(fds[i], F_SETFD, FD_CLOEXEC);
        fcntl(fds[i], F_SETFL, fcntl(fds[i], F_GETFL) | O_NONBLOCK);
    }
    return 0;
}

static inline ssize_t fl_send(int fd, const void *bytes, size_t count) {
    return send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
}

// For test helpers. Declared by glibc only under _GNU_SOURCE.
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
static const short fl_spawn_setsid = 0x80; // POSIX_SPAWN_SETSID

// Signals: a handler that writes the signal's number into a pipe. Not signalfd: that needs the signal blocked in every
// thread of the process, and threads that exist already (Swift's pool) or mask of their own would still be killed by
// it. A blocked mask would also be inherited by every child program. Only Reactor's UnixSignals.swift may call these,
// as a static lives once per object file.
static volatile int fl_signal_pipe = -1;

static void fl_on_signal(int signal) {
    int saved = errno;
    unsigned char byte = (unsigned char)signal;
    ssize_t written = write(fl_signal_pipe, &byte, 1);
    (void)written;
    errno = saved;
}

static inline int fl_catch_signal(int signal, int pipe) {
    struct sigaction action;
    __builtin_memset(&action, 0, sizeof action);
    fl_signal_pipe = pipe;
    action.sa_handler = fl_on_signal;
    action.sa_flags = SA_RESTART;
    return sigaction(signal, &action, 0);
}
