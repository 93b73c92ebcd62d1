/* A ring reader for tests of teecam_ring_reader.h. Usage: ring-reader-probe RING, then on standard input, a
 * line each: next MS, latest MS     "frame SEQUENCE MISSED TEXT", or the name of the error valid of the frame
 * read last: 1 or 0 state                  "STATE REASON" reopened, missed       counts close closes it
 * Begins with "ready", or with the name of the error. */
/* clang-format off: it comes first, since it asks the system headers for more than C11. */
#include "teecam_ring_reader.h"
/* clang-format on */

#include <inttypes.h>
#include <stdlib.h>

static const char* name_of(int error) {
  switch (-error) {
    case ENOENT:
      return "ENOENT";
    case EACCES:
      return "EACCES";
    case EBADMSG:
      return "EBADMSG";
    case EPROTONOSUPPORT:
      return "EPROTONOSUPPORT";
    case ETIMEDOUT:
      return "ETIMEDOUT";
    case ENODATA:
      return "ENODATA";
    case EBADF:
      return "EBADF";
    default:
      return strerror(-error);
  }
}

static void read_frame(struct teecam_ring* ring, struct teecam_frame* frame, const char* line) {
  const int latest = strncmp(line, "latest", 6) == 0;
  const int limit = atoi(strchr(line, ' '));
  const int error = latest ? teecam_ring_latest(ring, frame, limit) : teecam_ring_next(ring, frame, limit);
  if (error != 0)
    printf("%s\n", name_of(error));
  else
    printf("frame %" PRIu64 " %" PRIu64 " %.*s\n", frame->info.sequence, frame->missed, (int)frame->info.size,
           (const char*)frame->data);
}

int main(int count, char** words) {
  struct teecam_ring ring;
  struct teecam_frame frame;
  char line[64];
  if (count != 2) return 2;
  const int error = teecam_ring_open(&ring, words[1]);
  printf("%s\n", error == 0 ? "ready" : name_of(error));
  fflush(stdout);
  while (error == 0 && fgets(line, sizeof line, stdin) != NULL) {
    if (strncmp(line, "valid", 5) == 0)
      printf("%d\n", teecam_frame_valid(&frame));
    else if (strncmp(line, "state", 5) == 0)
      printf("%d %s\n", (int)teecam_ring_state_now(&ring), teecam_ring_info(&ring)->reason);
    else if (strncmp(line, "reopened", 8) == 0)
      printf("%" PRIu64 "\n", ring.reopened);
    else if (strncmp(line, "missed", 6) == 0)
      printf("%" PRIu64 "\n", ring.missed);
    else if (strncmp(line, "close", 5) == 0) {
      teecam_ring_close(&ring);
      printf("closed\n");
    } else
      read_frame(&ring, &frame, line);
    fflush(stdout);
  }
  if (error == 0) teecam_ring_close(&ring);
  return error == 0 ? 0 : 1;
}
