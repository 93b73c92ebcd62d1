/* SPDX-License-Identifier: MIT
 *
 * teecam_ring.h: the layout of a Teecam ring, the file in /dev/shm through
 * which one writer hands video frames to any number of readers.
 *
 * This header is a contract with programs we will never see. Fields are never
 * moved, resized or given another meaning; new ones take reserved space, which
 * is zero until then. docs/ring.md tells the same in prose, with the reasons.
 *
 * All integers are little-endian and of fixed width; no field straddles its
 * own alignment, so 32-bit and 64-bit programs see the same bytes. Nothing
 * that is shared is read or written atomically in more than 32 bits: a 64-bit
 * atomic load is a write on some 32-bit processors, and readers map read-only.
 *
 *   offset 0                 header, TEECAM_RING_HEADER_SIZE bytes
 *   descriptor_offset        frame_count descriptors of 256 bytes
 *   arena_offset             arena_size bytes of frame data
 *
 * Finding a frame. Sequence numbers begin at 1 and have no gaps. Frame s has
 * the descriptor s % frame_count (frame_count is a power of two). `head` is
 * the low 32 bits of the newest published sequence number.
 *
 * Locks (fcntl F_OFD_SETLK on the file itself; advisory, released by the
 * kernel when their holder dies):
 *   byte 0            write lock: held by the writer while it writes
 *   bytes 1 to 1023   read lock on any one byte, chosen at random: a reader's
 *                     sign of presence. It opens the branch that fills the
 *                     ring; without readers nothing is encoded. The writer
 *                     asks for the whole range with F_OFD_GETLK
 *   byte 1024         write lock: held by the appliance that made the file,
 *                     taken before the file had its name
 *
 * How a reader begins, in this order: open(O_RDONLY|O_CLOEXEC); take the
 * presence lock; pread the header (the inotify event of that read is what the
 * writer waits for); check magic and version; mmap(PROT_READ, MAP_SHARED).
 * Opening an encoded ring also asks the encoder for a key frame, at most
 * twice a second: opening is knocking.
 *
 * Memory order. The writer, for the descriptor d of a frame:
 *   1. when the memory of a frame is taken for new data, before the first byte
 *      of it is written:       d.lock = d.lock + 1 (now odd), relaxed
 *                              fence seq_cst
 *   2. frame data is written, plain stores
 *   3. descriptor of the new frame: made odd as in 1 unless it is odd already;
 *                              its fields, plain stores
 *                              d.lock = d.lock + 1 (now even), release
 *   4.                         head = sequence (low 32 bits), release
 *   5.                         wake = wake + 1, release; FUTEX_WAKE on it
 * A reader:
 *   1. n = head, acquire; d = descriptor n % frame_count
 *   2. l = d.lock, acquire; odd: this frame is gone
 *   3. copies the fields of d; uses the frame's bytes in place
 *   4. fence acquire; d.lock, relaxed, must still be l, or what was read since
 *      2 is torn and must be thrown away
 * Step 4 may be asked as often as the reader likes while it works. The pairs:
 * release of (3) with acquire of 2 makes fields and data visible; the fence of
 * (1) with the fence of 4 makes sure that a reader who saw a byte of the new
 * data also sees the odd lock. Both hold on ARM, where plain loads and stores
 * may pass one another.
 *
 * The information block (format, caps, reason) has a lock of its own,
 * `info_lock`, written and read by the same rule.
 */
#ifndef TEECAM_RING_H
#define TEECAM_RING_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TEECAM_RING_MAGIC "TEECAMR1" /* eight bytes, no terminator */
#define TEECAM_RING_VERSION 1u

#define TEECAM_RING_HEADER_SIZE 4096u
#define TEECAM_RING_DESCRIPTOR_SIZE 256u
#define TEECAM_RING_MAX_PLANES 4u

#define TEECAM_RING_LOCK_WRITER 0
#define TEECAM_RING_LOCK_PRESENCE_FIRST 1
#define TEECAM_RING_LOCK_PRESENCE_COUNT 1023
#define TEECAM_RING_LOCK_OWNER 1024

/* What the writer is doing. */
enum teecam_ring_state {
  TEECAM_RING_IDLE = 0,    /* nobody reads, so nothing is written; frames in the ring may be old */
  TEECAM_RING_LIVE = 1,    /* frames of the camera */
  TEECAM_RING_SLATE = 2,   /* the camera gives none: frames of the slate, `reason` says why */
  TEECAM_RING_ENDED = 3,   /* the appliance has closed this stream; nothing will come */
  TEECAM_RING_REPLACED = 4 /* a new file of the same name has taken over: open it again */
};

enum teecam_frame_flags {
  TEECAM_FRAME_KEY = 1u << 0,           /* decoding can begin here; every raw or JPEG frame has it */
  TEECAM_FRAME_DISCONTINUITY = 1u << 1, /* frames are missing before this one, or the source changed */
  TEECAM_FRAME_SLATE = 1u << 2,         /* not from the camera */
  TEECAM_FRAME_CORRUPT = 1u << 3        /* the source marked it as damaged */
};

/* One frame. 256 bytes. Times are nanoseconds. */
typedef struct teecam_frame_descriptor {
  uint32_t lock;               /*   0  even: published; odd: being written, or its memory was taken */
  uint32_t flags;              /*   4  enum teecam_frame_flags */
  uint64_t sequence;           /*   8  1, 2, 3, … without gaps; 0: never used */
  int64_t capture_ns;          /*  16  when it was captured, CLOCK_MONOTONIC */
  int64_t capture_realtime_ns; /*  24  the same on CLOCK_REALTIME */
  int64_t duration_ns;         /*  32  nominal; 0: unknown */
  int64_t dts_delta_ns;        /*  40  presentation minus decoding time; 0 without reordering */
  int64_t published_ns;        /*  48  when it was published, CLOCK_MONOTONIC */
  uint64_t key_sequence;       /*  56  newest key frame at or before this frame; 0: none yet */
  uint64_t offset;             /*  64  of the frame's first byte, from the start of the file */
  uint64_t size;               /*  72  bytes */
  uint32_t generation;         /*  80  of the format it was written under */
  uint32_t fourcc;             /*  84  as in the information block */
  uint32_t width;              /*  88  pixels */
  uint32_t height;             /*  92  pixels */
  uint32_t plane_count;        /*  96  0 for encoded frames */
  uint32_t reserved0;          /* 100 */
  uint64_t plane_offset[TEECAM_RING_MAX_PLANES]; /* 104  from `offset`, bytes */
  uint32_t plane_stride[TEECAM_RING_MAX_PLANES]; /* 136  bytes from row to row */
  uint8_t reserved[104];                         /* 152 */
} teecam_frame_descriptor;

/* The file's first page. */
typedef struct teecam_ring_header {
  /* Identity: complete before the file gets its name, never changed after. */
  uint8_t magic[8];           /*   0  TEECAM_RING_MAGIC */
  uint32_t version;           /*   8  TEECAM_RING_VERSION */
  uint32_t header_size;       /*  12  TEECAM_RING_HEADER_SIZE */
  uint64_t file_size;         /*  16  bytes; the file never shrinks or grows */
  uint32_t frame_count;       /*  24  descriptors, a power of two */
  uint32_t descriptor_size;   /*  28  TEECAM_RING_DESCRIPTOR_SIZE */
  uint64_t descriptor_offset; /*  32  from the start of the file */
  uint64_t arena_offset;      /*  40  from the start of the file, a multiple of 4096 */
  uint64_t arena_size;        /*  48  bytes */
  uint32_t slot_count;        /*  56  raw streams: slots of equal size; 0: frames of any size follow
                                      one another around the arena, none of them split */
  uint32_t reserved0;         /*  60 */
  uint64_t slot_size;         /*  64  bytes, a multiple of 4096; 0 when slot_count is 0 */
  int64_t created_ns;         /*  72  CLOCK_REALTIME */
  char instance[32];          /*  80  filled up with NUL, a name of 32 bytes has none; empty for the
                                      unnamed instance */
  char camera[32];            /* 112 */
  char stream[32];            /* 144 */
  uint8_t reserved1[80];      /* 176 */

  /* Moving words, each 32 bits, each on a cache line of its own. */
  uint32_t head; /* 256  low 32 bits of the newest published sequence number */
  uint8_t pad0[60];
  uint32_t wake; /* 320  counts up at every frame and every change of state: wait here (futex) */
  uint8_t pad1[60];
  uint32_t state; /* 384  enum teecam_ring_state */
  uint8_t pad2[60];

  /* The information block, under info_lock. */
  uint32_t info_lock;        /*  448  even: whole; odd: being written */
  uint32_t generation;       /*  452  counts up with every new writer and every new format */
  uint32_t fourcc;           /*  456  raw: DRM fourcc (NV12, YU12 = I420, YUYV, RG24 = BGR in memory,
                                      BG24 = RGB in memory, R8 = GRAY8); encoded: H264, HEVC, MJPG */
  uint32_t width;            /*  460  pixels */
  uint32_t height;           /*  464  pixels */
  uint32_t framerate_num;    /*  468  nominal frames a second, as a fraction; 0/1: varies */
  uint32_t framerate_den;    /*  472 */
  uint32_t colour_range;     /*  476  0 unknown, 1 full, 2 limited */
  uint32_t colour_matrix;    /*  480  ISO/IEC 23091-2 code points; 2: unspecified */
  uint32_t colour_transfer;  /*  484 */
  uint32_t colour_primaries; /*  488 */
  uint32_t reserved2;        /*  492 */
  char reason[64];           /*  496  why the state is SLATE, from the documented list; else empty */
  char caps[1024];           /*  560  the GStreamer caps of the frames */
  uint8_t reserved3[2512];   /* 1584  to 4096 */
} teecam_ring_header;

#ifdef __cplusplus
static_assert(sizeof(teecam_frame_descriptor) == TEECAM_RING_DESCRIPTOR_SIZE, "frame descriptor layout");
static_assert(sizeof(teecam_ring_header) == TEECAM_RING_HEADER_SIZE, "ring header layout");
}
#else
_Static_assert(sizeof(teecam_frame_descriptor) == TEECAM_RING_DESCRIPTOR_SIZE, "frame descriptor layout");
_Static_assert(sizeof(teecam_ring_header) == TEECAM_RING_HEADER_SIZE, "ring header layout");
#endif

#endif /* TEECAM_RING_H */
