// Preloaded into a program: counts its SQL, syncs and allocations, and at exit writes them to the file COUNTS_TO.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long statements, compiled, steps, syncs, allocations;

// Counts statements as they start, and the instructions that SQLite's virtual machine runs for them.
int sqlite3_step(void *statement) {
  static _Atomic(void *) step, busy, status;
  if (!status) {
    step = dlsym(RTLD_NEXT, "sqlite3_step");
    busy = dlsym(RTLD_NEXT, "sqlite3_stmt_busy");
    status = dlsym(RTLD_NEXT, "sqlite3_stmt_status");
  }
  if (!((int (*)(void *))busy)(statement)) statements++;
  int result = ((int (*)(void *))step)(statement);
  steps += ((int (*)(void *, int, int))status)(statement, 4 /* SQLITE_STMTSTATUS_VM_STEP */, 1);
  return result;
}

// Counts the statements that are compiled, other than those that begin and end transactions.
int sqlite3_prepare_v3(
  void *database, const char *sql, int bytes, unsigned flags, void **statement, const char **tail) {
  static _Atomic(void *) prepare;
  static const char *const words[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"};
  if (!prepare) prepare = dlsym(RTLD_NEXT, "sqlite3_prepare_v3");
  for (int i = 0; i < 5; i++) compiled += !strncasecmp(sql, words[i], i < 4 ? 6 : 4);
  return ((int (*)(void *, const char *, int, unsigned, void **, const char **))prepare)(
    database, sql, bytes, flags, statement, tail);
}

int fsync(int file) {
  syncs++;
  return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
  syncs++;
  return (int)syscall(SYS_fdatasync, file);
}

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

void *malloc(size_t size) {
  allocations++;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  allocations++;
  return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
  allocations++;
  return __libc_realloc(old, size);
}

__attribute__((destructor)) static void tell(void) {
  const char *path = getenv("COUNTS_TO");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  fprintf(file, "{\"statements\": %ld, \"compiled\": %ld, \"steps\": %ld, \"syncs\": %ld, \"allocations\": %ld}\n",
    statements, compiled, steps, syncs, allocations);
  fclose(file);
}
