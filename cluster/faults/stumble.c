// Makes a process stumble as the file DUNLIN_STUMBLE_FILE says, at every moment anew:
//
//     sync          fsync and fdatasync fail with EIO
//     unlink TEXT   the process dies when it removes a file whose path ends with TEXT and which it
//                   wrote itself
//
// Loaded by LD_PRELOAD. Built by: cc -shared -fPIC -O2 -o stumble.so stumble.c
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct timespec began;

__attribute__((constructor)) static void note_begin(void) {
    clock_gettime(CLOCK_REALTIME_COARSE, &began);
}

static int is_own(const char *path) {
    struct stat found;
    if (stat(path, &found) != 0) return 0;
    return found.st_mtim.tv_sec > began.tv_sec ||
           (found.st_mtim.tv_sec == began.tv_sec && found.st_mtim.tv_nsec >= began.tv_nsec);
}

static void read_wish(char wish[64]) {
    const char *path = getenv("DUNLIN_STUMBLE_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t count = file < 0 ? 0 : read(file, wish, 63);
    if (file >= 0) close(file);
    wish[count < 0 ? 0 : count] = 0;
    wish[strcspn(wish, "\n")] = 0;
}

static int fails_sync(void) {
    char wish[64];
    read_wish(wish);
    return strcmp(wish, "sync") == 0;
}

int fsync(int file) {
    if (fails_sync()) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    if (fails_sync()) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, file);
}

int unlink(const char *path) {
    char wish[64];
    read_wish(wish);
    if (strncmp(wish, "unlink ", 7) == 0) {
        size_t length = strlen(path), wanted = strlen(wish + 7);
        if (length >= wanted && strcmp(path + length - wanted, wish + 7) == 0 && is_own(path))
            kill(getpid(), SIGKILL);
    }
    return (int)syscall(SYS_unlink, path);
}
