// Linux functions that Swift's Glibc module does not export, because glibc keeps them behind _GNU_SOURCE.
// The numbers are part of the kernel's ABI on x86-64 and arm64. Including the headers that define them
// would declare half of Glibc a second time.
#pragma once

/// renameat2(2): the rename that can refuse to replace.
int renameat2(int from_directory, const char *from, int to_directory, const char *to,
              unsigned int flags);
static const unsigned int rename_noreplace = 1;

/// syncfs(2): syncs a whole file system to disk; -1 if any write failed.
int syncfs(int descriptor);

/// ioctl_ficlone(2): makes a file share the blocks of another.
static const unsigned long ficlone = 0x40049409;

/// fcntl(2): a lock on a range of bytes, owned by the open file and not by the process.
static const int ofd_setlk = 37;

/// memfd_create(2): a file in memory that can be sealed with fcntl(2).
int memfd_create(const char *name, unsigned int flags);
static const unsigned int memfd_sealable = 0x0003;  // MFD_CLOEXEC, MFD_ALLOW_SEALING
static const int add_seals = 1033;                  // F_ADD_SEALS
static const int all_seals = 0x000f;                // against writing, growing, shrinking, more seals

#include <sys/vfs.h>

/// Whether a folder is on a tmpfs, by statfs(2).
static inline int is_on_tmpfs(const char *path) {
  struct statfs system;
  return statfs(path, &system) == 0 && system.f_type == 0x01021994;
}

#include <linux/stat.h>

int statx(int directory, const char *path, int flags, unsigned int mask, struct statx *status);

/// When a file was created, in nanoseconds since 1970, by statx(2); 0 if its file system does not say.
static inline long long birth_time(const char *path) {
  struct statx status;
  const int here = -100, no_follow = 0x100;
  if (statx(here, path, no_follow, STATX_BTIME, &status) != 0) return 0;
  if (!(status.stx_mask & STATX_BTIME)) return 0;
  return status.stx_btime.tv_sec * 1000000000LL + status.stx_btime.tv_nsec;
}

/// pthread_setname_np(3): sets the name that `top -H` and a debugger show for a thread.
int pthread_setname_np(unsigned long thread, const char *name);

/// wcwidth(3): how many columns a character takes on a terminal; -1 if it cannot be printed.
int wcwidth(int character);

/// memmem(3): the first occurrence of `part` in `bytes`; null if there is none.
void *memmem(const void *bytes, unsigned long count, const void *part, unsigned long part_count);

/// mallopt(3): sets a parameter of glibc's malloc for the whole process.
int mallopt(int parameter, int value);
static const int mmap_threshold = -3;  // M_MMAP_THRESHOLD
static const int arena_max = -8;       // M_ARENA_MAX

/// malloc_trim(3): returns free memory to the system.
int malloc_trim(unsigned long pad);
