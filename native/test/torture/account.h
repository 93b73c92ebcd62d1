/* Thread: the reader's. Owns: nothing. Ends: never.
 *
 * The books of one reader: a fault ends the process with 3 and a sentence, otherwise the last line of
 * standard output is "READ TORN MISSED". */
#ifndef TEECAM_TORTURE_ACCOUNT_H
#define TEECAM_TORTURE_ACCOUNT_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

struct torture_account {
  const char* reader;
  uint64_t read, torn, missed;
  uint64_t first, last;
  int64_t last_capture;
};

static inline void torture_fault(const struct torture_account* a, const char* what, uint64_t sequence) {
  fprintf(stderr, "fault: %s reader %d: %s, frame %" PRIu64 " after %" PRIu64 "\n", a->reader, (int)getpid(),
          what, sequence, a->last);
  _exit(3);
}

/* `whole`: the bytes describe themselves; `valid`: what the ring said after they were read. */
static inline void torture_count(struct torture_account* a, uint64_t sequence, int64_t capture,
                                 uint64_t missed, int whole, int valid) {
  if (valid && !whole) torture_fault(a, "a torn frame passed for a whole one", sequence);
  if (a->first == 0) {
    a->first = sequence;
  } else {
    if (sequence <= a->last) torture_fault(a, "the numbers went back", sequence);
    if (capture <= a->last_capture) torture_fault(a, "the times went back", sequence);
    if (missed != sequence - a->last - 1) torture_fault(a, "what was missed does not add up", sequence);
    a->missed += missed;
  }
  a->read++;
  if (!valid) a->torn++;
  a->last = sequence;
  a->last_capture = capture;
}

static inline void torture_close(const struct torture_account* a) {
  if (a->first != 0 && a->read + a->missed != a->last - a->first + 1)
    torture_fault(a, "read and missed frames are not all", a->last);
  printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", a->read, a->torn, a->missed);
  fflush(stdout);
}

#endif
