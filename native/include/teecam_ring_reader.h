/* SPDX-License-Identifier: MIT
 *
 * teecam_ring_reader.h: reads the frames of a Teecam stream in place. Needs
 * teecam_ring.h and nothing else; C11 or C++17, Linux, gcc or clang.
 *
 *   struct teecam_ring ring;
 *   struct teecam_frame frame;
 *   int error = teecam_ring_open(&ring, "/dev/shm/teecam.front.analysis");
 *   while ((error = teecam_ring_next(&ring, &frame, 5000)) == 0) {
 *     look_at(frame.data, frame.info.size);
 *     if (!teecam_frame_valid(&frame)) throw_away();
 *   }
 *   teecam_ring_close(&ring);
 *
 * Include it before any other header, or compile with -D_GNU_SOURCE (g++ does
 * so by itself) and, on 32-bit systems, -D_FILE_OFFSET_BITS=64.
 *
 * Results are 0 or a negative errno:
 *   -ENOENT          no such ring: Teecam does not run, or has no such stream
 *   -EACCES          the file may not be read: be its owner, or in its group
 *   -EBADMSG         the file is no ring, or a damaged one
 *   -EPROTONOSUPPORT a ring of a version that this header does not know
 *   -ETIMEDOUT       no frame within the time given
 *   -ENODATA         Teecam has closed the stream, and every frame was read
 *   -EINTR           a signal came while it waited; call again to go on. A
 *                    handler set with SA_RESTART does not end the wait
 *
 * A `struct teecam_ring` belongs to one thread at a time; it may not be copied
 * once it is open. Nothing is allocated. A frame is one look into the mapped
 * file, valid until the next call that takes the ring to another frame: such a
 * call may unmap the file behind it, since it follows a ring that was replaced.
 */
#ifndef TEECAM_RING_READER_H
#define TEECAM_RING_READER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "teecam_ring.h"

#ifndef F_OFD_SETLK
#error "include teecam_ring_reader.h before other headers, or compile with -D_GNU_SOURCE"
#endif

#ifdef __cplusplus
extern "C" {
static_assert(sizeof(off_t) == 8, "compile with -D_FILE_OFFSET_BITS=64");
#else
_Static_assert(sizeof(off_t) == 8, "compile with -D_FILE_OFFSET_BITS=64");
#endif

/* A killed writer marks nothing: so often the name is compared with the open file. */
#define TEECAM_RING_NAME_CHECK_NS INT64_C(500000000)
#define TEECAM_RING_PATH_SIZE 256

/* One look into the ring. */
struct teecam_frame {
  teecam_frame_descriptor info; /* a copy; offset, size and planes lie within the file */
  const uint8_t* data;          /* info.size bytes in the ring's own memory */
  uint64_t missed;              /* frames skipped since the one read before */
  const uint32_t* shared_lock;  /* the descriptor's own */
  uint32_t lock;                /* what it was */
};

/* An open ring. `missed` and `reopened` may be read; the rest is for the functions below. */
struct teecam_ring {
  uint64_t missed;   /* frames skipped since the first one read */
  uint64_t reopened; /* how often another file of the same name was followed */

  char path[TEECAM_RING_PATH_SIZE];
  int fd; /* -1: closed */
  const uint8_t* map;
  size_t size;
  uint64_t arena_offset;
  uint32_t frame_count;
  int started;   /* a frame was read */
  int moved;     /* to a file in which no frame was seen yet */
  uint64_t last; /* read, or passed over */
  int64_t next_check_ns;
  teecam_ring_header info; /* the last whole information block */
};

/* ---- to use ------------------------------------------------------------- */

/* The path of a stream's ring; `instance` is NULL for the unnamed one. -ENAMETOOLONG if it does not fit. */
static inline int teecam_ring_path(char* path, size_t size, const char* instance, const char* camera,
                                   const char* stream);

/* Opens it, which is what makes the camera's worker fill it. */
static inline int teecam_ring_open(struct teecam_ring* ring, const char* path);

/* The oldest frame not yet read that is still there, from a key frame on; waits for one. `timeout_ms`: 0 does
 * not wait, negative waits for ever. Begins with the newest picture if it is of now, and otherwise with the
 * first that comes. */
static inline int teecam_ring_next(struct teecam_ring* ring, struct teecam_frame* frame, int timeout_ms);

/* The newest frame not yet read, for programs slower than the camera; otherwise the same. */
static inline int teecam_ring_latest(struct teecam_ring* ring, struct teecam_frame* frame, int timeout_ms);

/* Whether all that was read of a frame up to now belonged to it. Ask after use: if not, throw the result
 * away. */
static inline int teecam_frame_valid(const struct teecam_frame* frame);

/* Nanoseconds since a frame was captured. */
static inline int64_t teecam_frame_age_ns(const struct teecam_frame* frame);

/* The first byte of a plane of which `rows` rows of `row_bytes` are to be read, info.plane_stride apart. NULL
 * if they do not lie within the frame. */
static inline const uint8_t* teecam_frame_plane(const struct teecam_frame* frame, unsigned plane,
                                                uint32_t row_bytes, uint32_t rows);

static inline enum teecam_ring_state teecam_ring_state_now(const struct teecam_ring* ring);

/* Format, caps, reason: whole, and these two strings end (a name of 32 bytes does not). Good until the next
 * call. */
static inline const teecam_ring_header* teecam_ring_info(struct teecam_ring* ring);

/* Drops the presence and the mapping. Twice is once. */
static inline void teecam_ring_close(struct teecam_ring* ring);

/* ---- how ---------------------------------------------------------------- */

static inline int64_t teecam_now_ns_(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Not the private form: writer and readers are different processes. Returns 0 or a negative errno. */
static inline int teecam_futex_wait_(const uint32_t* word, uint32_t seen, int64_t ns) {
  const int wait = 0; /* FUTEX_WAIT */
  int failed = ENOSYS;
#ifdef SYS_futex_time64
  /* 32-bit systems. Older kernels lack it, and older sandboxes refuse what they do not know. */
  struct {
    int64_t seconds, nanoseconds;
  } limit64 = {ns / 1000000000, ns % 1000000000};
  failed = syscall(SYS_futex_time64, word, wait, seen, &limit64, NULL, 0) == 0 ? 0 : errno;
  if (failed != ENOSYS && failed != EPERM) return -failed;
#endif
#ifdef SYS_futex
  struct {
    long seconds, nanoseconds;
  } limit = {(long)(ns / 1000000000), (long)(ns % 1000000000)};
  failed = syscall(SYS_futex, word, wait, seen, &limit, NULL, 0) == 0 ? 0 : errno;
#endif
  return -failed;
}

static inline const teecam_ring_header* teecam_ring_header_(const struct teecam_ring* ring) {
  return (const teecam_ring_header*)(const void*)ring->map;
}

static inline const teecam_frame_descriptor* teecam_ring_descriptor_(const struct teecam_ring* ring,
                                                                     uint64_t sequence) {
  const size_t at = (size_t)(sequence & (ring->frame_count - 1u));
  return (const teecam_frame_descriptor*)(const void*)(ring->map + TEECAM_RING_HEADER_SIZE) + at;
}

static inline int teecam_unchanged_(const uint32_t* lock, uint32_t was) {
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  return __atomic_load_n(lock, __ATOMIC_RELAXED) == was;
}

static inline int teecam_take_presence_(int fd) {
  /* Which byte does not matter; different ones let the readers be counted. A program with write access may
   * sit on some. */
  uint64_t at = (uint64_t)teecam_now_ns_() / 64u + (uint64_t)getpid() * 7919u;
  for (int tries = 0; tries < 64; tries++, at += 389u) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = (off_t)(TEECAM_RING_LOCK_PRESENCE_FIRST + at % TEECAM_RING_LOCK_PRESENCE_COUNT);
    lock.l_len = 1;
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0) return 0;
    if (errno != EAGAIN && errno != EACCES && errno != EINTR) return -errno;
  }
  return -EBUSY;
}

/* What is checked here no later function has to doubt: the identity never changes, a file never shrinks. */
static inline int teecam_ring_check_(const teecam_ring_header* header, uint64_t actual) {
  const uint32_t count = header->frame_count;
  if (memcmp(header->magic, TEECAM_RING_MAGIC, sizeof header->magic) != 0) return -EBADMSG;
  if (header->version != TEECAM_RING_VERSION) return -EPROTONOSUPPORT;
  if (header->header_size != TEECAM_RING_HEADER_SIZE ||
      header->descriptor_offset != TEECAM_RING_HEADER_SIZE ||
      header->descriptor_size != TEECAM_RING_DESCRIPTOR_SIZE || count == 0 || (count & (count - 1u)) != 0)
    return -EBADMSG;
  if (header->arena_offset % 4096u != 0 ||
      header->arena_offset < TEECAM_RING_HEADER_SIZE + (uint64_t)count * TEECAM_RING_DESCRIPTOR_SIZE ||
      header->arena_offset > header->file_size ||
      header->arena_size != header->file_size - header->arena_offset || header->file_size > actual)
    return -EBADMSG;
  return header->file_size > SIZE_MAX / 2u ? -EFBIG : 0;
}

/* Presence first, then the read that the writer watches for (docs/ring.md, How a reader begins). */
static inline int teecam_ring_map_(struct teecam_ring* ring, int fd) {
  struct stat status;
  ssize_t got;
  int error = teecam_take_presence_(fd);
  if (error != 0) return error;
  do got = pread(fd, &ring->info, sizeof ring->info, 0);
  while (got < 0 && errno == EINTR);
  if (got < 0 || fstat(fd, &status) != 0) return -errno;
  if ((size_t)got != sizeof ring->info) return -EBADMSG;
  error = teecam_ring_check_(&ring->info, (uint64_t)status.st_size);
  if (error != 0) return error;
  void* map = mmap(NULL, (size_t)ring->info.file_size, PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED) return -errno;
  ring->fd = fd;
  ring->map = (const uint8_t*)map;
  ring->size = (size_t)ring->info.file_size;
  ring->arena_offset = ring->info.arena_offset;
  ring->frame_count = ring->info.frame_count;
  return 0;
}

static inline int teecam_ring_open_file_(struct teecam_ring* ring) {
  const int fd = open(ring->path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  const int error = teecam_ring_map_(ring, fd);
  if (error != 0) close(fd);
  return error;
}

static inline void teecam_ring_close_file_(struct teecam_ring* ring) {
  /* The mapping holds the open file too, and with it the lock: both have to go. */
  munmap((void*)(uintptr_t)ring->map, ring->size);
  close(ring->fd);
}

/* Copies the fields, if the descriptor still has the frame with these 32 bits and makes sense. */
static inline int teecam_ring_look_(const struct teecam_ring* ring, uint64_t sequence,
                                    struct teecam_frame* frame) {
  const teecam_frame_descriptor* shared = teecam_ring_descriptor_(ring, sequence);
  const uint32_t lock = __atomic_load_n(&shared->lock, __ATOMIC_ACQUIRE);
  if (lock % 2u != 0) return 0;
  memcpy(&frame->info, shared, sizeof frame->info);
  if (!teecam_unchanged_(&shared->lock, lock) || (uint32_t)frame->info.sequence != (uint32_t)sequence)
    return 0;
  if (frame->info.offset < ring->arena_offset || frame->info.offset > ring->size ||
      frame->info.size > ring->size - frame->info.offset || frame->info.plane_count > TEECAM_RING_MAX_PLANES)
    return 0;
  frame->data = ring->map + (size_t)frame->info.offset;
  frame->missed = 0;
  frame->shared_lock = &shared->lock;
  frame->lock = lock;
  return 1;
}

/* The newest sequence number: `head` has 32 bits of it, the descriptor all. */
static inline uint64_t teecam_ring_newest_(const struct teecam_ring* ring, struct teecam_frame* frame,
                                           int* found) {
  const uint32_t head = __atomic_load_n(&teecam_ring_header_(ring)->head, __ATOMIC_ACQUIRE);
  *found = teecam_ring_look_(ring, head, frame);
  return *found ? frame->info.sequence : head;
}

static inline int teecam_is_coded_(uint32_t fourcc) {
  return fourcc == 0x34363248u || fourcc == 0x43564548u; /* H264, HEVC: frames need the ones before them */
}

static inline int teecam_ring_open(struct teecam_ring* ring, const char* path) {
  struct teecam_frame frame;
  int found, error;
  memset(ring, 0, sizeof *ring);
  ring->fd = -1;
  if (strlen(path) >= sizeof ring->path) return -ENAMETOOLONG;
  memcpy(ring->path, path, strlen(path) + 1);
  error = teecam_ring_open_file_(ring);
  if (error != 0) return error;
  /* The newest picture of a stream that runs is welcome; that of one that slept may be hours old. The state
   * does not tell: a branch that slept opens for this very reader. */
  ring->last = teecam_ring_newest_(ring, &frame, &found);
  if (found && !teecam_is_coded_(frame.info.fourcc) &&
      teecam_frame_age_ns(&frame) / 2 < frame.info.duration_ns)
    ring->last--;
  ring->next_check_ns = teecam_now_ns_() + TEECAM_RING_NAME_CHECK_NS;
  return 0;
}

/* Whether a file that was followed has a frame by now. Only this tells whether its numbers go on: the file is
 * older than the last frames that its writer put into the one before, so that its head may lie behind what
 * was read already. */
static inline int teecam_ring_settle_(struct teecam_ring* ring) {
  struct teecam_frame frame;
  int found;
  const uint64_t newest = teecam_ring_newest_(ring, &frame, &found);
  if (!found) return 0;
  ring->moved = 0;
  if (newest <= ring->last) {
    ring->last = newest > ring->frame_count ? newest - ring->frame_count : 0;
    ring->started = 0;
  }
  return 1;
}

static inline uint64_t teecam_ring_unread_(struct teecam_ring* ring) {
  if (ring->moved && !teecam_ring_settle_(ring)) return 0;
  const uint32_t head = __atomic_load_n(&teecam_ring_header_(ring)->head, __ATOMIC_ACQUIRE);
  const uint32_t ahead = head - (uint32_t)ring->last;
  return ahead < 0x80000000u ? ahead : 0;
}

static inline int teecam_ring_find_(struct teecam_ring* ring, struct teecam_frame* frame, int latest) {
  const uint64_t ahead = teecam_ring_unread_(ring);
  const uint64_t newest = ring->last + ahead;
  const uint64_t count = ahead < ring->frame_count ? ahead : ring->frame_count;
  const int in_order = !latest && ring->started;
  for (uint64_t i = 0; i < count; i++) {
    const uint64_t sequence = in_order ? newest - count + 1 + i : newest - i;
    if (!teecam_ring_look_(ring, sequence, frame) || frame->info.sequence != sequence) continue;
    if (!latest && !ring->started && (frame->info.flags & TEECAM_FRAME_KEY) == 0) continue;
    if (ring->started) frame->missed = sequence - ring->last - 1;
    ring->missed += frame->missed;
    ring->started = 1;
    ring->last = sequence;
    return 1;
  }
  if (!ring->started) ring->last = newest;
  return 0;
}

/* Opens the file that has the name now, if it is another one. */
static inline int teecam_ring_follow_(struct teecam_ring* ring) {
  struct stat named, opened;
  struct teecam_ring old;
  if (stat(ring->path, &named) != 0 || fstat(ring->fd, &opened) != 0) return 0;
  if (named.st_dev == opened.st_dev && named.st_ino == opened.st_ino) return 0;
  old = *ring;
  if (teecam_ring_open_file_(ring) != 0) {
    *ring = old; /* no successor that may be read: asked again at the next check */
    return 0;
  }
  teecam_ring_close_file_(&old);
  ring->reopened++;
  ring->moved = 1;
  return 1;
}

static inline int64_t teecam_deadline_(int timeout_ms) {
  return timeout_ms < 0 ? INT64_MAX : teecam_now_ns_() + (int64_t)timeout_ms * 1000000;
}

/* For a caller who found nothing after it had seen these words: 0 asks it to look again. */
static inline int teecam_ring_sleep_(struct teecam_ring* ring, uint32_t wake, uint32_t state,
                                     int64_t deadline) {
  const int64_t now = teecam_now_ns_();
  if (state == TEECAM_RING_ENDED) return -ENODATA;
  if (state == TEECAM_RING_REPLACED || now >= ring->next_check_ns) {
    ring->next_check_ns = now + TEECAM_RING_NAME_CHECK_NS;
    if (teecam_ring_follow_(ring)) return 0;
  }
  if (now >= deadline) return -ETIMEDOUT;
  const int64_t until = ring->next_check_ns < deadline ? ring->next_check_ns : deadline;
  const int error = teecam_futex_wait_(&teecam_ring_header_(ring)->wake, wake, until - now);
  return error == -EAGAIN || error == -ETIMEDOUT ? 0 : error;
}

static inline int teecam_ring_read_(struct teecam_ring* ring, struct teecam_frame* frame, int latest,
                                    int timeout_ms) {
  const int64_t deadline = teecam_deadline_(timeout_ms);
  if (ring->fd < 0) return -EBADF;
  for (;;) {
    /* Both before the look: what comes after it changes `wake`, so that the sleep does not begin, and nothing
     * comes after the end. */
    const uint32_t wake = __atomic_load_n(&teecam_ring_header_(ring)->wake, __ATOMIC_ACQUIRE);
    const uint32_t state = __atomic_load_n(&teecam_ring_header_(ring)->state, __ATOMIC_ACQUIRE);
    if (teecam_ring_find_(ring, frame, latest)) return 0;
    const int error = teecam_ring_sleep_(ring, wake, state, deadline);
    if (error != 0) return error;
  }
}

static inline int teecam_ring_next(struct teecam_ring* ring, struct teecam_frame* frame, int timeout_ms) {
  return teecam_ring_read_(ring, frame, 0, timeout_ms);
}

static inline int teecam_ring_latest(struct teecam_ring* ring, struct teecam_frame* frame, int timeout_ms) {
  return teecam_ring_read_(ring, frame, 1, timeout_ms);
}

static inline int teecam_frame_valid(const struct teecam_frame* frame) {
  return teecam_unchanged_(frame->shared_lock, frame->lock);
}

static inline int64_t teecam_frame_age_ns(const struct teecam_frame* frame) {
  return teecam_now_ns_() - frame->info.capture_ns;
}

static inline const uint8_t* teecam_frame_plane(const struct teecam_frame* frame, unsigned plane,
                                                uint32_t row_bytes, uint32_t rows) {
  if (plane >= frame->info.plane_count || rows == 0) return NULL;
  const uint64_t stride = frame->info.plane_stride[plane], offset = frame->info.plane_offset[plane];
  /* No sum overflows: stride and rows have 32 bits each. */
  if (stride < row_bytes || offset > frame->info.size ||
      (rows - 1u) * stride + row_bytes > frame->info.size - offset)
    return NULL;
  return frame->data + (size_t)offset;
}

static inline enum teecam_ring_state teecam_ring_state_now(const struct teecam_ring* ring) {
  const uint32_t state = __atomic_load_n(&teecam_ring_header_(ring)->state, __ATOMIC_ACQUIRE);
  return state > TEECAM_RING_REPLACED ? TEECAM_RING_REPLACED : (enum teecam_ring_state)state;
}

static inline const teecam_ring_header* teecam_ring_info(struct teecam_ring* ring) {
  const teecam_ring_header* shared = teecam_ring_header_(ring);
  /* A writer killed in the middle leaves the lock odd until the next one comes: the last whole block serves.
   */
  for (int tries = 0; tries < 1000; tries++) {
    teecam_ring_header copy;
    const uint32_t lock = __atomic_load_n(&shared->info_lock, __ATOMIC_ACQUIRE);
    if (lock % 2u != 0) continue;
    memcpy(&copy, shared, sizeof copy);
    if (!teecam_unchanged_(&shared->info_lock, lock)) continue;
    ring->info = copy;
    break;
  }
  ring->info.state = (uint32_t)teecam_ring_state_now(ring);
  ring->info.reason[sizeof ring->info.reason - 1] = '\0';
  ring->info.caps[sizeof ring->info.caps - 1] = '\0';
  return &ring->info;
}

static inline void teecam_ring_close(struct teecam_ring* ring) {
  if (ring->fd < 0) return;
  teecam_ring_close_file_(ring);
  ring->fd = -1;
}

static inline int teecam_ring_path(char* path, size_t size, const char* instance, const char* camera,
                                   const char* stream) {
  const int named = instance != NULL && instance[0] != '\0';
  const int length = snprintf(path, size, "/dev/shm/teecam.%s%s%s.%s", named ? instance : "",
                              named ? "." : "", camera, stream);
  return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : 0;
}

#ifdef __cplusplus
}
#endif

#endif /* TEECAM_RING_READER_H */
