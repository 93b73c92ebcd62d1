/* Thread: any. Owns: nothing. Ends: never.
 *
 * Frames that describe themselves: every word tells the frame's tag, which is its capture time, and the
 * word's place. test/clients/torture_reader.py and torture-reader.ts say the same. */
#ifndef TEECAM_TORTURE_PATTERN_H
#define TEECAM_TORTURE_PATTERN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TORTURE_MAX_WORDS 4096u

static inline uint32_t torture_word(uint64_t tag, size_t place) {
  return (uint32_t)tag * 2654435761u + (uint32_t)(tag >> 32) + (uint32_t)place;
}

/* 16 words at least. */
static inline size_t torture_words(uint64_t tag) {
  return 16u + (uint32_t)(tag * 40503u) % (TORTURE_MAX_WORDS - 15u);
}

static inline int torture_describes(const void* data, size_t size, uint64_t tag) {
  if (size != torture_words(tag) * 4) return 0;
  for (size_t place = 0; place < size / 4; place++) {
    uint32_t word;
    memcpy(&word, (const uint8_t*)data + place * 4, 4);
    if (word != torture_word(tag, place)) return 0;
  }
  return 1;
}

#endif
