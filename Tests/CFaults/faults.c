// Strikes at a chosen system call of the program that it is preloaded into; see CFaults.h.
//
// One counter goes over all threads. strace(1) counts the calls of each thread by itself, so that most
// moments of a program with several threads have no name there.


#define _GNU_SOURCE
#include "CFaults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum verdict { GO, FAIL, HALF };

static const char *roots, *calls;
static long first, last;
static int deed, log_file = -1;
static atomic_long counter;

enum { KILL = -1, SHORT = -2, STOP = -3, PAUSE = -4 };

__attribute__((constructor)) static void read_environment(void) {
  const char *at = getenv("FAULTS_AT"), *until = getenv("FAULTS_UNTIL"), *what = getenv("FAULTS_DO");
  const char *log = getenv("FAULTS_LOG");
  roots = getenv("FAULTS_ROOTS");
  calls = getenv("FAULTS_CALLS");
  first = at ? atol(at) : 0;
  last = until ? atol(until) : first;
  if (what) {
    deed = !strcmp(what, "kill") ? KILL : !strcmp(what, "short") ? SHORT
      : !strcmp(what, "stop") ? STOP : !strcmp(what, "pause") ? PAUSE : atoi(what);
  }
  if (log) log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

// Whether `word` is one of the words of `list`, or begins with one.
static int is_in(const char *list, char mark, const char *word, int whole) {
  for (const char *item = list; item && *item;) {
    const char *end = strchrnul(item, mark);
    size_t length = (size_t)(end - item);
    if (!strncmp(item, word, length) && (!whole || !word[length])) return 1;
    item = *end ? end + 1 : end;
  }
  return 0;
}

static enum verdict judge(const char *name, const char *path) {
  if (!calls || !is_in(calls, ',', name, 1)) return GO;
  if (path && !is_in(roots, ':', path, 0)) return GO;
  long number = atomic_fetch_add(&counter, 1) + 1;
  int strikes = first > 0 && number >= first && number <= last;
  if (log_file >= 0) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%ld %s %s%s\n", number, name, path ? path : "-", strikes ? " *" : "");
    syscall(SYS_write, log_file, line, (size_t)length < sizeof line ? (size_t)length : sizeof line);
  }
  if (!strikes) return GO;
  if (deed == KILL) kill(getpid(), SIGKILL);
  if (deed == SHORT) return HALF;
  if (deed == STOP || deed == PAUSE) {
    kill(getpid(), deed == STOP ? SIGSTOP : SIGTSTP);
    return GO;
  }
  errno = deed;
  return FAIL;
}

static enum verdict judge_file(const char *name, int file) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return GO;
  path[length] = 0;
  return judge(name, path);
}

static enum verdict judge_name(const char *name, int folder, const char *path) {
  if (path[0] == '/') return judge(name, path);
  char link[64], whole[2 * PATH_MAX];
  snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
  ssize_t length = readlink(link, whole, PATH_MAX - 1);
  if (length < 0) return GO;
  snprintf(whole + length, sizeof whole - (size_t)length, "/%s", path);
  return judge(name, whole);
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

// Opens, of which glibc has four.

#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | __O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }
#define OPENING(flags) ((flags) & O_CREAT ? "create" : "open")

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    MODE(flags) \
    if (judge_name(OPENING(flags), AT_FDCWD, path) == FAIL) return -1; \
    return real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
  int name(int folder, const char *path, int flags, ...) { \
    REAL(name); \
    MODE(flags) \
    if (judge_name(OPENING(flags), folder, path) == FAIL) return -1; \
    return real(folder, path, flags, mode); \
  }
OPENAT(openat)
OPENAT(openat64)

// What changes a file.

ssize_t write(int file, const void *bytes, size_t count) {
  REAL(write);
  enum verdict verdict = judge_file("write", file);
  if (verdict == FAIL) return -1;
  return real(file, bytes, verdict == HALF ? (count + 1) / 2 : count);
}

#define PWRITE(name, offset_type) \
  ssize_t name(int file, const void *bytes, size_t count, offset_type offset) { \
    REAL(name); \
    enum verdict verdict = judge_file("pwrite", file); \
    if (verdict == FAIL) return -1; \
    return real(file, bytes, verdict == HALF ? (count + 1) / 2 : count, offset); \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define ON_FILE(name, called, parameters, arguments) \
  int name parameters { \
    REAL(name); \
    if (judge_file(called, file) == FAIL) return -1; \
    return real arguments; \
  }
ON_FILE(fsync, "fsync", (int file), (file))
ON_FILE(fdatasync, "fdatasync", (int file), (file))
ON_FILE(ftruncate, "ftruncate", (int file, off_t size), (file, size))
ON_FILE(ftruncate64, "ftruncate", (int file, off64_t size), (file, size))
ON_FILE(fchmod, "fchmod", (int file, mode_t mode), (file, mode))

// What changes a folder.

#define ON_NAME(name, called, folder, parameters, arguments) \
  int name parameters { \
    REAL(name); \
    if (judge_name(called, folder, path) == FAIL) return -1; \
    return real arguments; \
  }
ON_NAME(mkdir, "mkdir", AT_FDCWD, (const char *path, mode_t mode), (path, mode))
ON_NAME(mkdirat, "mkdir", folder, (int folder, const char *path, mode_t mode), (folder, path, mode))
ON_NAME(unlink, "unlink", AT_FDCWD, (const char *path), (path))
ON_NAME(unlinkat, "unlink", folder, (int folder, const char *path, int flags), (folder, path, flags))
ON_NAME(rename, "rename", AT_FDCWD, (const char *old, const char *path), (old, path))
ON_NAME(renameat, "rename", folder, (int from, const char *old, int folder, const char *path),
  (from, old, folder, path))
ON_NAME(renameat2, "rename", folder,
  (int from, const char *old, int folder, const char *path, unsigned flags),
  (from, old, folder, path, flags))
ON_NAME(linkat, "link", folder,
  (int from, const char *old, int folder, const char *path, int flags),
  (from, old, folder, path, flags))

// What leaves by a socket.

ssize_t send(int file, const void *bytes, size_t count, int flags) {
  REAL(send);
  if (judge("send", NULL) == FAIL) return -1;
  return real(file, bytes, count, flags);
}

ssize_t sendto(
  int file, const void *bytes, size_t count, int flags, const struct sockaddr *to, socklen_t length) {
  REAL(sendto);
  if (judge("send", NULL) == FAIL) return -1;
  return real(file, bytes, count, flags, to, length);
}
