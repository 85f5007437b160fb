/* Stands between a process and everything it changes below one folder.
 *
 * Loaded with LD_PRELOAD.  DISK_ROOT names the folder, DISK_STATE a file that all processes
 * share: it counts changes and syncs, and says at which of them to strike, and how.  While
 * it says so, each is also written to the file DISK_LOG, in the order in which they
 * happened; its layout is told in power.py, that of the state in servant.py.
 *
 * Not seen are writes through mmap (SQLite makes none but to -shm files, which nothing
 * relies on after a crash) and those inside libc (FILE streams).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WATCH, KILL, KILL_TORN, KILL_PARENT, FULL, BROKEN };

struct state {
    int64_t seen, strike_at;
    int32_t how, log;
    pthread_mutex_t lock;
};

static struct state *state;
static char root[4096];
static int log_handle = -1;

#define REAL(result, name, ...)                                                               \
    static result (*real_##name)(__VA_ARGS__);                                                \
    if (!real_##name) real_##name = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    const char *shared = getenv("DISK_STATE"), *log = getenv("DISK_LOG");
    if (!shared || !log || !getenv("DISK_ROOT")) return;
    snprintf(root, sizeof root, "%s/", getenv("DISK_ROOT"));
    int handle = open(shared, O_RDWR | O_CLOEXEC);
    struct stat found;
    if (handle < 0 || fstat(handle, &found)) return;
    if (found.st_size < (off_t)sizeof *state && ftruncate(handle, sizeof *state)) return;
    void *mapped = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
    close(handle);
    if (mapped == MAP_FAILED) return;
    if (!found.st_size) { /* the first of all processes */
        pthread_mutexattr_t kind;
        pthread_mutexattr_init(&kind);
        pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
        pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
        pthread_mutex_init(&((struct state *)mapped)->lock, &kind);
    }
    int opened = open(log, O_WRONLY | O_APPEND | O_CLOEXEC);
    log_handle = fcntl(opened, F_DUPFD_CLOEXEC, 900);
    close(opened);
    state = mapped;
}

/* Names */

static int inside(const char *path) {
    return state && strncmp(path, root, strlen(root)) == 0;
}

static int absolute(int folder, const char *path, char *found) {
    char link[64];
    if (path[0] == '/') return snprintf(found, 4096, "%s", path);
    if (folder == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t size = readlink(link, found, 2048);
    if (size < 0) return -1;
    return snprintf(found + size, 2048, "/%s", path);
}

static int watched(int handle, struct stat *found) {
    char link[64], path[4096];
    if (!state) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t size = readlink(link, path, sizeof path - 2);
    if (size <= 0) return 0;
    strcpy(path + size, "/"); /* the folder itself is inside, too */
    return inside(path) && fstat(handle, found) == 0;
}

/* Counting, striking and telling */

static void enter(void) {
    if (pthread_mutex_lock(&state->lock) == EOWNERDEAD) pthread_mutex_consistent(&state->lock);
}

static void leave(void) { pthread_mutex_unlock(&state->lock); }

static void die(pid_t victim) {
    leave();
    kill(victim, SIGKILL);
    if (victim == getpid()) for (;;) pause();
    enter();
}

/* Counts one change; what it must answer instead of happening, or 0. */
static int strike(int growing) {
    int64_t number = ++state->seen;
    if (state->how == WATCH || number < state->strike_at) return 0;
    switch (state->how) {
    case KILL:
    case KILL_TORN: if (number == state->strike_at) die(getpid()); return 0;
    case KILL_PARENT: if (number == state->strike_at) die(getpgrp()); return 0;
    case FULL: return growing ? ENOSPC : 0;
    case BROKEN: return EIO;
    }
    return 0;
}

static void tell(char what, uint64_t file, int64_t place, const char *names, size_t name_size,
                 const void *data, size_t size) {
    if (!state->log) return;
    REAL(ssize_t, writev, int, const struct iovec *, int);
    struct __attribute__((packed)) { char what; uint64_t file; int64_t place; uint32_t names, size; }
        head = {what, file, place, name_size, size};
    struct iovec parts[] = {
        {&head, sizeof head}, {(void *)names, name_size}, {(void *)data, size}};
    if (real_writev(log_handle, parts, 3) < 0) abort();
}

/* Files */

static int opening(int folder, const char *path, int flags, mode_t mode) {
    REAL(int, openat64, int, const char *, int, ...);
    char name[4096];
    int changing = flags & (O_CREAT | O_TRUNC);
    if (!state || !changing || absolute(folder, path, name) < 0 || !inside(name))
        return real_openat64(folder, path, flags, mode);
    enter();
    struct stat found;
    int there = lstat(name, &found) == 0;
    int wrong = there && !(flags & O_TRUNC) ? 0 : strike(0);
    if (wrong) {
        leave();
        errno = wrong;
        return -1;
    }
    int handle = real_openat64(folder, path, flags, mode);
    if (handle >= 0 && fstat(handle, &found) == 0) {
        if (!there) tell('C', found.st_ino, 0, name, strlen(name), NULL, 0);
        else if (flags & O_TRUNC) tell('T', found.st_ino, 0, NULL, 0, NULL, 0);
    }
    leave();
    return handle;
}

static mode_t mode_of(int flags, va_list more) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
}

#define OPENING(folder)                                                                       \
    va_list more;                                                                             \
    va_start(more, flags);                                                                    \
    mode_t mode = mode_of(flags, more);                                                       \
    va_end(more);                                                                             \
    return opening(folder, path, flags, mode)

int open(const char *path, int flags, ...) { OPENING(AT_FDCWD); }
int open64(const char *path, int flags, ...) { OPENING(AT_FDCWD); }
int openat(int folder, const char *path, int flags, ...) { OPENING(folder); }
int openat64(int folder, const char *path, int flags, ...) { OPENING(folder); }

static ssize_t put(int handle, const void *data, size_t size, off64_t place) {
    REAL(ssize_t, write, int, const void *, size_t);
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    return place < 0 ? real_write(handle, data, size) : real_pwrite64(handle, data, size, place);
}

static ssize_t writing(int handle, const void *data, size_t size, off64_t place) {
    struct stat found;
    if (!watched(handle, &found)) return put(handle, data, size, place);
    enter();
    off64_t end = (place < 0 ? lseek64(handle, 0, SEEK_CUR) : place) + (off64_t)size;
    if (fcntl(handle, F_GETFL) & O_APPEND) end = found.st_size + (off64_t)size;
    if (state->how == KILL_TORN && state->seen + 1 == state->strike_at)
        put(handle, data, size / 2, place);
    int wrong = strike(end > found.st_size);
    if (wrong) {
        leave();
        errno = wrong;
        return -1;
    }
    ssize_t written = put(handle, data, size, place);
    if (written > 0) {
        off64_t at = place < 0 ? lseek64(handle, 0, SEEK_CUR) - written : place;
        tell('W', found.st_ino, at, NULL, 0, data, written);
    }
    leave();
    return written;
}

ssize_t write(int handle, const void *data, size_t size) {
    return writing(handle, data, size, -1);
}
ssize_t pwrite(int handle, const void *data, size_t size, off_t place) {
    return writing(handle, data, size, place);
}
ssize_t pwrite64(int handle, const void *data, size_t size, off64_t place) {
    return writing(handle, data, size, place);
}

/* What SQLite and Python do not use for such files must not be used unseen. */
ssize_t writev(int handle, const struct iovec *parts, int count) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    struct stat found;
    if (watched(handle, &found)) abort();
    return real_writev(handle, parts, count);
}

static int cutting(int handle, off64_t size) {
    REAL(int, ftruncate64, int, off64_t);
    struct stat found;
    if (!watched(handle, &found)) return real_ftruncate64(handle, size);
    enter();
    int wrong = strike(0); /* a hole takes no room */
    int result = wrong ? -1 : real_ftruncate64(handle, size);
    if (!result) tell('T', found.st_ino, size, NULL, 0, NULL, 0);
    leave();
    if (wrong) errno = wrong;
    return result;
}

int ftruncate(int handle, off_t size) { return cutting(handle, size); }
int ftruncate64(int handle, off64_t size) { return cutting(handle, size); }

static int syncing(int handle) {
    REAL(int, fsync, int);
    struct stat found;
    if (!watched(handle, &found)) return real_fsync(handle);
    enter();
    int wrong = strike(0);
    if (!wrong) { /* told, not done: nothing here is cut off from its power */
        char link[64], name[4096];
        snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
        ssize_t size = S_ISDIR(found.st_mode) ? readlink(link, name, sizeof name) : 0;
        tell('S', found.st_ino, 0, name, size, NULL, 0);
    }
    leave();
    if (wrong) errno = wrong;
    return wrong ? -1 : 0;
}

int fsync(int handle) { return syncing(handle); }
int fdatasync(int handle) { return syncing(handle); }

/* Folders */

static int naming(char what, const char *one, const char *other, int (*work)(void *), void *with) {
    char names[8200];
    size_t size = strlen(one);
    memcpy(names, one, size + 1);
    if (other) size += 1 + snprintf(names + size + 1, 4096, "%s", other);
    enter();
    int wrong = strike(0);
    int result = wrong ? -1 : work(with);
    if (!result) tell(what, 0, 0, names, size, NULL, 0);
    int why = wrong ? wrong : errno;
    leave();
    errno = why;
    return result;
}

struct names { int folder, other; const char *path, *to; int flags; mode_t mode; };

static int do_rename(void *given) {
    REAL(int, renameat, int, const char *, int, const char *);
    struct names *names = given;
    return real_renameat(names->folder, names->path, names->other, names->to);
}

int renameat(int folder, const char *path, int other, const char *to) {
    struct names names = {folder, other, path, to, 0, 0};
    char one[4096], two[4096];
    if (absolute(folder, path, one) < 0 || absolute(other, to, two) < 0 || !inside(one))
        return do_rename(&names);
    return naming('R', one, two, do_rename, &names);
}

int rename(const char *path, const char *to) { return renameat(AT_FDCWD, path, AT_FDCWD, to); }

static int do_unlink(void *given) {
    REAL(int, unlinkat, int, const char *, int);
    struct names *names = given;
    return real_unlinkat(names->folder, names->path, names->flags);
}

int unlinkat(int folder, const char *path, int flags) {
    struct names names = {folder, 0, path, NULL, flags, 0};
    char name[4096];
    struct stat found;
    if (absolute(folder, path, name) < 0 || !inside(name) || lstat(name, &found))
        return do_unlink(&names);
    return naming(flags & AT_REMOVEDIR ? 'D' : 'U', name, NULL, do_unlink, &names);
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

static int do_mkdir(void *given) {
    REAL(int, mkdirat, int, const char *, mode_t);
    struct names *names = given;
    return real_mkdirat(names->folder, names->path, names->mode);
}

int mkdirat(int folder, const char *path, mode_t mode) {
    struct names names = {folder, 0, path, NULL, 0, mode};
    char name[4096];
    if (absolute(folder, path, name) < 0 || !inside(name)) return do_mkdir(&names);
    return naming('M', name, NULL, do_mkdir, &names);
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
