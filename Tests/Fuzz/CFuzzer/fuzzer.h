#ifndef CSM_FUZZER_H
#define CSM_FUZZER_H

#include <stddef.h>
#include <stdint.h>

typedef int (*csm_fuzz_callback)(const uint8_t *bytes, size_t count);

// libFuzzer's entry, there only in a build with --sanitize=fuzzer.
extern int LLVMFuzzerRunDriver(int *argc, char ***argv, csm_fuzz_callback callback)
    __attribute__((weak));

// Runs libFuzzer; -1 where it is not there.
static inline int csm_fuzz(int argc, char **argv, csm_fuzz_callback callback) {
  if (LLVMFuzzerRunDriver == 0) return -1;
  return LLVMFuzzerRunDriver(&argc, &argv, callback);
}

#endif
