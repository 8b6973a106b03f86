/* Records what a process asks of the files below one folder: loaded before libc by LD_PRELOAD.

It knows nothing of the program.  Each record is one write() to a file that is open for appending,
so that of several processes and threads they stand in one order: a change of bytes stands behind
its call, a sync before and behind it, as does a write that is durable when it returns.  Files are
known by their inode numbers, which survive dup(), fork() and rename().

Instead of doing the n-th change, or sync, it can answer EIO or kill its process; and from the n-th
change on the disk can be full: what would need room is answered with ENOSPC. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct head {
    uint32_t size; /* of the bytes that follow */
    uint32_t kind;
    uint64_t file, folder, other; /* inode numbers */
    int64_t at;
    uint64_t id; /* what begins and ends belongs together */
};

static char root[PATH_MAX];
static size_t root_size;
static int out = -1;
static atomic_long changes, syncs, ids;
static long fail_at, fail_sync, kill_at, kill_sync, full_at;


static void put(int kind, uint64_t file, uint64_t folder, uint64_t other, int64_t at, uint64_t id,
                const struct iovec *data, int count) {
    struct head head = {0, (uint32_t)kind, file, folder, other, at, id};
    struct iovec parts[66];
    int saved = errno;
    if (out < 0 || count > 64)
        return;
    parts[0] = (struct iovec){&head, sizeof head};
    for (int i = 0; i < count; i++) {
        parts[i + 1] = data[i];
        head.size += data[i].iov_len;
    }
    if (syscall(SYS_writev, out, parts, count + 1) != (long)(sizeof head + head.size))
        abort();
    errno = saved;
}

static void put_text(int kind, uint64_t file, uint64_t folder, uint64_t other, const char *text,
                     size_t size) {
    struct iovec data = {(void *)text, size};
    put(kind, file, folder, other, 0, 0, &data, 1);
}

/* What the tests call: what happens instead of calls from now on. */
void recorder_faults(long fail, long failing_sync, long kill, long killing_sync, long full) {
    fail_at = fail;
    fail_sync = failing_sync;
    kill_at = kill;
    kill_sync = killing_sync;
    full_at = full;
    changes = syncs = 0;
}

/* And: everything below a folder is recorded. */
void recorder_start(const char *folder, const char *file) {
    root_size = strlen(strcpy(root, folder));
    int found = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    out = fcntl(found, F_DUPFD_CLOEXEC, 900);
    syscall(SYS_close, found);
}

void recorder_mark(const char *text) {
    struct iovec data = {(void *)text, strlen(text)};
    put('M', 0, 0, 0, 0, getpid(), &data, 1);
}

static int below(const char *path) {
    return out >= 0 && !strncmp(path, root, root_size) &&
           (path[root_size] == '/' || path[root_size] == 0);
}

static int ours(int fd, struct stat *found) {
    char link[64], path[PATH_MAX];
    int saved = errno;
    if (out < 0 || fd < 0 || fd == out)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    int is = 0;
    if (size > 0) {
        path[size] = 0;
        is = below(path) && !fstat(fd, found) &&
             (S_ISREG(found->st_mode) || S_ISDIR(found->st_mode));
    }
    errno = saved;
    return is;
}

/* The folder that a path names something in; its inode number, 0 where it is none of ours. */
static uint64_t folder_of(int at, const char *path, char name[NAME_MAX + 1]) {
    char whole[2 * PATH_MAX], above[PATH_MAX];
    struct stat found;
    int saved = errno;
    uint64_t ino = 0;
    if (out < 0)
        return 0;
    if (path[0] == '/' || at == AT_FDCWD)
        snprintf(whole, sizeof whole, "%s%s", path[0] == '/' ? "" : "./", path);
    else
        snprintf(whole, sizeof whole, "/proc/self/fd/%d/%s", at, path);
    size_t size = strlen(whole);
    while (size > 1 && whole[size - 1] == '/')
        whole[--size] = 0;
    char *slash = strrchr(whole, '/');
    if (slash && strlen(slash + 1) <= NAME_MAX) {
        strcpy(name, slash + 1);
        slash[slash == whole] = 0;
        if (realpath(whole, above) && below(above) && !stat(above, &found))
            ino = found.st_ino;
    }
    errno = saved;
    return ino;
}

static uint64_t inode(int at, const char *path) {
    struct stat found;
    int saved = errno;
    uint64_t ino = fstatat(at, path, &found, AT_SYMLINK_NOFOLLOW) ? 0 : found.st_ino;
    errno = saved;
    return ino;
}

/* Before each change or sync: whether it is the one to die at, or to fail. */
static int fails(int is_sync) {
    long n = ++changes, s = is_sync ? ++syncs : -1;
    if (n == kill_at || s == kill_sync)
        syscall(SYS_kill, getpid(), SIGKILL), pause();
    if (n != fail_at && s != fail_sync)
        return 0;
    errno = EIO;
    return 1;
}

/* The same of a change that takes room. */
static int lacks_room(void) {
    if (fails(0))
        return 1;
    if (!full_at || changes < full_at)
        return 0;
    errno = ENOSPC;
    return 1;
}

/* Whether some of these bytes of a file have no room yet, which the disk has not any more. */
static int has_no_room(int fd, off_t at, off_t size) {
    char link[64];
    if (!full_at || changes < full_at)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int again = syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC);
    if (again < 0)
        return 1;
    off_t hole = syscall(SYS_lseek, again, at, SEEK_HOLE); /* the end of a file is one */
    syscall(SYS_close, again);
    return hole < at + size;
}

/* Bytes */

static int is_durable(int fd, int flags) {
    return (fcntl(fd, F_GETFL) & O_DSYNC) || (flags & (RWF_DSYNC | RWF_SYNC));
}

static ssize_t written(int fd, const struct iovec *data, int count, off_t at, int flags) {
    struct stat found;
    int mode = fcntl(fd, F_GETFL), is_ours = ours(fd, &found), is_last = at == -1;
    uint64_t id = 0;
    size_t wanted = 0;
    struct iovec half;
    for (int i = 0; i < count; i++)
        wanted += data[i].iov_len;
    if (is_ours) {
        int durable = is_durable(fd, flags);
        if (fails(durable)) {
            if (durable) /* it may be there in part: nobody knows */
                put('X', found.st_ino, 0, 0, at, 0, data, count);
            return -1;
        }
        if (is_last)
            at = mode & O_APPEND ? found.st_size : syscall(SYS_lseek, fd, 0, SEEK_CUR);
        if (has_no_room(fd, at, wanted)) {
            if (changes > full_at || durable || count > 1 || wanted < 2) {
                errno = ENOSPC;
                return -1;
            }
            half = (struct iovec){data->iov_base, wanted / 2}; /* the last room that there was */
            data = &half;
        }
        if (durable) {
            id = ((uint64_t)getpid() << 32) + ++ids;
            put('W', found.st_ino, 0, 0, at, id, data, count);
        }
    }
    ssize_t done = is_last ? syscall(SYS_writev, fd, data, count)
                           : syscall(SYS_pwritev2, fd, data, count, at, 0L, flags);
    if (is_ours && id && done == (ssize_t)wanted)
        put('E', found.st_ino, 0, 0, at, id, 0, 0);
    else if (is_ours && !id && done > 0) {
        struct iovec parts[64];
        size_t left = done;
        int n = 0;
        for (; n < count && left; n++) {
            parts[n] = data[n];
            if (parts[n].iov_len > left)
                parts[n].iov_len = left;
            left -= parts[n].iov_len;
        }
        put('W', found.st_ino, 0, 0, at, 0, parts, n);
    }
    return done;
}

ssize_t write(int fd, const void *data, size_t size) {
    struct iovec one = {(void *)data, size};
    return out < 0 ? syscall(SYS_write, fd, data, size) : written(fd, &one, 1, -1, 0);
}
ssize_t writev(int fd, const struct iovec *data, int count) {
    return written(fd, data, count, -1, 0);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    struct iovec one = {(void *)data, size};
    return written(fd, &one, 1, at, 0);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    return pwrite(fd, data, size, at);
}
ssize_t pwritev(int fd, const struct iovec *data, int count, off_t at) {
    return written(fd, data, count, at, 0);
}
ssize_t pwritev64(int fd, const struct iovec *data, int count, off64_t at) {
    return written(fd, data, count, at, 0);
}
ssize_t pwritev2(int fd, const struct iovec *data, int count, off_t at, int flags) {
    return written(fd, data, count, at, flags);
}
ssize_t pwritev64v2(int fd, const struct iovec *data, int count, off64_t at, int flags) {
    return written(fd, data, count, at, flags);
}

/* What the system copies by itself is read again, to be recorded. */
static void copied(int fd, off_t at, ssize_t size) {
    struct stat found;
    char link[64];
    if (size <= 0 || !ours(fd, &found))
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int again = syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC);
    struct iovec data = {malloc(size), size};
    if (again < 0 || pread(again, data.iov_base, size, at) != size)
        abort();
    put('W', found.st_ino, 0, 0, at, 0, &data, 1);
    free(data.iov_base);
    syscall(SYS_close, again);
}

ssize_t sendfile(int to, int from, off_t *at, size_t size) {
    struct stat found;
    if (!ours(to, &found))
        return syscall(SYS_sendfile, to, from, at, size);
    if (lacks_room())
        return -1;
    off_t begin = syscall(SYS_lseek, to, 0, SEEK_CUR);
    ssize_t done = syscall(SYS_sendfile, to, from, at, size);
    copied(to, begin, done);
    return done;
}
ssize_t sendfile64(int to, int from, off64_t *at, size_t size) {
    return sendfile(to, from, at, size);
}
ssize_t copy_file_range(int from, off64_t *in, int to, off64_t *at, size_t size, unsigned flags) {
    struct stat found;
    if (!ours(to, &found))
        return syscall(SYS_copy_file_range, from, in, to, at, size, flags);
    if (lacks_room())
        return -1;
    off_t begin = at ? *at : syscall(SYS_lseek, to, 0, SEEK_CUR);
    ssize_t done = syscall(SYS_copy_file_range, from, in, to, at, size, flags);
    copied(to, begin, done);
    return done;
}

static void sized(int fd) {
    struct stat found;
    if (ours(fd, &found))
        put('T', found.st_ino, 0, 0, found.st_size, 0, 0, 0);
}

int ftruncate(int fd, off_t size) {
    struct stat found;
    int is_ours = ours(fd, &found);
    if (is_ours && fails(0))
        return -1;
    int done = syscall(SYS_ftruncate, fd, size);
    if (is_ours && !done)
        sized(fd);
    return done;
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

int truncate(const char *path, off_t size) {
    int fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
    int done = fd < 0 ? -1 : ftruncate(fd, size);
    if (fd >= 0)
        syscall(SYS_close, fd);
    return done;
}
int truncate64(const char *path, off64_t size) { return truncate(path, size); }

int fallocate(int fd, int mode, off_t at, off_t size) {
    struct stat found;
    int is_ours = ours(fd, &found);
    if (is_ours && fails(0))
        return -1;
    if (is_ours && has_no_room(fd, at, size)) {
        errno = ENOSPC;
        return -1;
    }
    int done = syscall(SYS_fallocate, fd, mode, at, size);
    if (is_ours && !done) {
        if (mode & ~FALLOC_FL_KEEP_SIZE)
            put_text('!', found.st_ino, 0, 0, "fallocate", 9);
        sized(fd);
    }
    return done;
}
int fallocate64(int fd, int mode, off64_t at, off64_t size) {
    return fallocate(fd, mode, at, size);
}
int posix_fallocate(int fd, off_t at, off_t size) { return fallocate(fd, 0, at, size) ? errno : 0; }
int posix_fallocate64(int fd, off64_t at, off64_t size) { return posix_fallocate(fd, at, size); }

/* A mapping that writes would be unseen: the tests refuse it. */
void *mmap(void *where, size_t size, int access, int flags, int fd, off_t at) {
    struct stat found;
    if (fd >= 0 && (access & PROT_WRITE) && (flags & MAP_SHARED) && ours(fd, &found))
        put_text('!', found.st_ino, 0, 0, "mmap", 4);
    return (void *)syscall(SYS_mmap, where, size, access, flags, fd, at);
}
void *mmap64(void *where, size_t size, int access, int flags, int fd, off64_t at) {
    return mmap(where, size, access, flags, fd, at);
}

/* Syncs */

static int synced(int fd, long call) {
    struct stat found;
    if (!ours(fd, &found))
        return syscall(call, fd);
    uint64_t id = ((uint64_t)getpid() << 32) + ++ids;
    if (fails(1)) {
        put('F', found.st_ino, 0, 0, 0, 0, 0, 0);
        return -1;
    }
    put('S', found.st_ino, 0, 0, 0, id, 0, 0);
    int done = syscall(call, fd);
    put(done ? 'F' : 'E', found.st_ino, 0, 0, 0, id, 0, 0);
    return done;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

/* Names */

static int opened(int at, const char *path, int flags, mode_t mode) {
    char name[NAME_MAX + 1];
    uint64_t folder = flags & (O_CREAT | O_TRUNC) ? folder_of(at, path, name) : 0;
    uint64_t before = folder ? inode(at, path) : 0;
    if (folder && (before ? fails(0) : lacks_room()))
        return -1;
    int fd = syscall(SYS_openat, at, path, flags, mode);
    struct stat found;
    if (fd < 0 || !folder || !ours(fd, &found))
        return fd;
    if ((flags & O_TMPFILE) == O_TMPFILE)
        put_text('!', found.st_ino, 0, 0, "O_TMPFILE", 9);
    else if (!before)
        put_text('C', found.st_ino, folder, 0, name, strlen(name));
    else if (flags & O_TRUNC)
        sized(fd);
    return fd;
}

#define MODE                                                                                       \
    mode_t mode = 0;                                                                               \
    if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) {                                          \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        mode = va_arg(more, mode_t);                                                               \
        va_end(more);                                                                              \
    }
int open(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE return opened(at, path, flags, mode); }
int creat(const char *path, mode_t mode) {
    return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

int renameat2(int from, const char *path, int to, const char *new, unsigned flags) {
    char names[2 * NAME_MAX + 2], name[NAME_MAX + 1];
    uint64_t folder = folder_of(from, path, names), other = folder_of(to, new, name);
    uint64_t file = folder || other ? inode(from, path) : 0;
    if ((folder || other) && lacks_room())
        return -1;
    int done = syscall(SYS_renameat2, from, path, to, new, flags);
    if (done || !(folder || other))
        return done;
    if (!folder || !other || flags & ~RENAME_NOREPLACE) {
        put_text('!', file, 0, 0, "rename", 6);
        return done;
    }
    size_t size = strlen(names) + 1;
    strcpy(names + size, name);
    put_text('R', file, folder, other, names, size + strlen(name));
    return done;
}
int rename(const char *path, const char *new) {
    return renameat2(AT_FDCWD, path, AT_FDCWD, new, 0);
}
int renameat(int from, const char *path, int to, const char *new) {
    return renameat2(from, path, to, new, 0);
}

int linkat(int from, const char *path, int to, const char *new, int flags) {
    char name[NAME_MAX + 1];
    uint64_t folder = folder_of(to, new, name);
    if (folder && lacks_room())
        return -1;
    int done = syscall(SYS_linkat, from, path, to, new, flags);
    if (!done && folder)
        put_text('C', inode(to, new), folder, 0, name, strlen(name));
    return done;
}
int link(const char *path, const char *new) { return linkat(AT_FDCWD, path, AT_FDCWD, new, 0); }

int symlinkat(const char *text, int to, const char *new) {
    char name[NAME_MAX + 1];
    if (folder_of(to, new, name))
        put_text('!', 0, 0, 0, "symlink", 7);
    return syscall(SYS_symlinkat, text, to, new);
}
int symlink(const char *text, const char *new) { return symlinkat(text, AT_FDCWD, new); }

int unlinkat(int at, const char *path, int flags) {
    char name[NAME_MAX + 1];
    uint64_t folder = folder_of(at, path, name);
    if (folder && fails(0))
        return -1;
    int done = syscall(SYS_unlinkat, at, path, flags);
    if (!done && folder)
        put_text('U', 0, folder, 0, name, strlen(name));
    return done;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int remove(const char *path) {
    struct stat found;
    if (lstat(path, &found))
        return -1;
    return unlinkat(AT_FDCWD, path, S_ISDIR(found.st_mode) ? AT_REMOVEDIR : 0);
}
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int at, const char *path, mode_t mode) {
    char name[NAME_MAX + 1];
    uint64_t folder = folder_of(at, path, name);
    if (folder && lacks_room())
        return -1;
    int done = syscall(SYS_mkdirat, at, path, mode);
    if (!done && folder)
        put_text('D', inode(at, path), folder, 0, name, strlen(name));
    return done;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
