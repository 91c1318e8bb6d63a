// A wall clock that a test moves: preloaded into redis-server, workers, gateways and the simulator, so that they all
// live through the same days. The time of the day is the machine's plus what stands in a shared file (nanoseconds, one
// int64, mapped). Monotonic clocks stay as they are: time limits and timers of a second still take a second.
//
// Not libfaketime: it reads its file with stdio, whose allocation asks the clock again under jemalloc (redis-server),
// and its processes see a jump one after the other; here all see it at once.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t *shared;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TEST_CLOCK_FILE");
    if (!path) return;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    void *page = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) shared = page;
}

static int64_t now(void) {
    struct timespec real;
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &real);
    return (int64_t)real.tv_sec * 1000000000 + real.tv_nsec + (shared ? *shared : 0);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return (int)syscall(SYS_clock_gettime, clock, time);
    int64_t at = now();
    time->tv_sec = at / 1000000000;
    time->tv_nsec = at % 1000000000;
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    int64_t at = now();
    time->tv_sec = at / 1000000000;
    time->tv_usec = at % 1000000000 / 1000;
    return 0;
}

time_t time(time_t *result) {
    time_t at = now() / 1000000000;
    if (result) *result = at;
    return at;
}

int timespec_get(struct timespec *time, int base) {
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, time) == 0 ? base : 0;
}
