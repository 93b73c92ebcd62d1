/* Reads with teecam_ring_reader.h, as a C program would. */
/* clang-format off: it comes first, since it asks the system headers for more than C11. */
#include "teecam_ring_reader.h"
/* clang-format on */

#include <stdlib.h>

#include "account.h"
#include "c_reader.h"
#include "pattern.h"

/* Nothing new for so long is a reader that hangs. */
#define STALL_NS INT64_C(20000000000)

static void hold(unsigned* seed) {
  const int draw = rand_r(seed) % 256;
  if (draw < 16) usleep((useconds_t)(rand_r(seed) % 2000));
  if (draw == 255) usleep((useconds_t)(rand_r(seed) % 50000));
}

void torture_c_reader(const char* path, unsigned seed) {
  struct torture_account account = {"C", 0, 0, 0, 0, 0, 0};
  struct teecam_ring ring;
  struct teecam_frame frame;
  const int slow = rand_r(&seed) % 2;
  int error;
  do error = teecam_ring_open(&ring, path);
  while (error == -ENOENT); /* between two files */
  if (error != 0) torture_fault(&account, strerror(-error), 0);
  int64_t heard = teecam_now_ns_();
  for (;;) {
    const int latest = rand_r(&seed) % 8 == 0;
    error = latest ? teecam_ring_latest(&ring, &frame, 1000) : teecam_ring_next(&ring, &frame, 1000);
    if (error == -ENODATA) break;
    if (error == -ETIMEDOUT && teecam_now_ns_() - heard > STALL_NS) torture_fault(&account, "it hangs", 0);
    if (error == -ETIMEDOUT) continue;
    if (error != 0) torture_fault(&account, strerror(-error), 0);
    heard = teecam_now_ns_();
    if (slow) hold(&seed);
    const int whole = torture_describes(frame.data, (size_t)frame.info.size, (uint64_t)frame.info.capture_ns);
    torture_count(&account, frame.info.sequence, frame.info.capture_ns, frame.missed, whole,
                  teecam_frame_valid(&frame));
  }
  teecam_ring_close(&ring);
  torture_close(&account);
}
