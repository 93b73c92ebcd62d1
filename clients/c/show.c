/* Prints a line for each frame of a Teecam stream, or writes the newest one to a file.
 *
 *   gcc -std=c11 -O2 -I ../../native/include -o show show.c
 *   ./show front analysis
 *   ./show -o picture.ppm front analysis
 *
 * Options: -i INSTANCE  as the profile names it
 *          -n COUNT     ends after so many frames
 *          -l           the newest frame each time, as slow programs want it
 *          -o FILE      writes one frame and ends: colours packed as RGB or BGR as PPM, the brightness of any
 *                       other raw format as PGM, encoded frames as they are (a JPEG frame is a JPEG file)
 * Ends with 0 when the stream has ended or the count is reached, with 1 and a sentence otherwise. */
/* clang-format off: it comes first, since it asks the system headers for more than C11. */
#include "teecam_ring_reader.h"
/* clang-format on */

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>

static volatile sig_atomic_t stopped;

static void stop(int signal_number) {
  (void)signal_number;
  stopped = 1;
}

struct options {
  const char *instance, *file;
  unsigned long count;
  int latest;
};

static int is_fourcc(const struct teecam_frame* frame, const char* name) {
  char text[4] = {' ', ' ', ' ', ' '};
  memcpy(text, name, strlen(name));
  return memcmp(&frame->info.fourcc, text, 4) == 0;
}

static void print_frame(const struct teecam_ring* ring, const struct teecam_frame* frame) {
  char fourcc[5] = "";
  memcpy(fourcc, &frame->info.fourcc, 4);
  printf("%" PRIu64 " %s %ux%u %" PRIu64 " bytes, %.1f ms old, %" PRIu64 " missed%s%s%s\n",
         frame->info.sequence, fourcc, frame->info.width, frame->info.height, frame->info.size,
         (double)teecam_frame_age_ns(frame) / 1e6, ring->missed,
         (frame->info.flags & TEECAM_FRAME_KEY) != 0 ? ", key" : "",
         (frame->info.flags & TEECAM_FRAME_SLATE) != 0 ? ", slate" : "",
         (frame->info.flags & TEECAM_FRAME_DISCONTINUITY) != 0 ? ", discontinuity" : "");
  fflush(stdout);
}

/* The first plane as a portable map: `samples` bytes a pixel lie in the ring, `kept` of them are written,
 * from the last to the first where the order is turned. */
static int write_rows(FILE* file, const struct teecam_frame* frame, uint32_t samples, uint32_t kept,
                      int turned) {
  const uint32_t width = frame->info.width, height = frame->info.height;
  if (width > UINT32_MAX / samples) return -EBADMSG;
  const uint8_t* row = teecam_frame_plane(frame, 0, width * samples, height);
  if (row == NULL) return -EBADMSG;
  fprintf(file, "P%d %u %u 255\n", kept == 3 ? 6 : 5, width, height);
  for (uint32_t y = 0; y < height; y++, row += frame->info.plane_stride[0])
    for (size_t x = 0; x < width; x++)
      for (uint32_t i = 0; i < kept; i++) putc(row[x * samples + (turned ? kept - 1 - i : i)], file);
  return 0;
}

static int write_picture(FILE* file, const struct teecam_frame* frame) {
  if (is_fourcc(frame, "BG24")) return write_rows(file, frame, 3, 3, 0); /* DRM: RGB in memory */
  if (is_fourcc(frame, "RG24")) return write_rows(file, frame, 3, 3, 1);
  if (is_fourcc(frame, "YUYV")) return write_rows(file, frame, 2, 1, 0);
  if (frame->info.plane_count > 0) return write_rows(file, frame, 1, 1, 0);
  fwrite(frame->data, 1, (size_t)frame->info.size, file);
  return 0;
}

/* -EAGAIN: the frame was overwritten while it was written to the file, which is worth nothing then. */
static int save(const char* path, const struct teecam_frame* frame) {
  FILE* file = fopen(path, "wb");
  if (file == NULL) return -errno;
  int error = write_picture(file, frame);
  if (error == 0 && ferror(file)) error = -EIO;
  if (error == 0 && !teecam_frame_valid(frame)) error = -EAGAIN;
  if (fclose(file) != 0 && error == 0) error = -errno;
  if (error != 0) remove(path);
  return error;
}

static int show(struct teecam_ring* ring, const struct options* options) {
  const int latest = options->latest || options->file != NULL;
  for (unsigned long shown = 0; !stopped && (options->count == 0 || shown < options->count);) {
    struct teecam_frame frame;
    int error = latest ? teecam_ring_latest(ring, &frame, 1000) : teecam_ring_next(ring, &frame, 1000);
    if (error == -ETIMEDOUT || error == -EINTR) continue;
    if (error == -ENODATA) {
      fprintf(stderr, "show: the stream has ended\n");
      return 0;
    }
    if (error != 0) return error;
    print_frame(ring, &frame);
    shown++;
    if (options->file != NULL) {
      error = save(options->file, &frame);
      if (error != -EAGAIN) return error;
    }
  }
  return 0;
}

static const char* sentence(int error) {
  switch (-error) {
    case ENOENT:
      return "there is no such ring: is Teecam running, with this stream?";
    case EACCES:
      return "it may not be read: be the owner of the file, or in its group";
    case EBADMSG:
      return "it is no ring, or a damaged one";
    case EPROTONOSUPPORT:
      return "the ring has a version that this program does not know";
    default:
      return strerror(-error);
  }
}

int main(int count, char** words) {
  struct options options = {NULL, NULL, 0, 0};
  struct sigaction action;
  struct teecam_ring ring;
  char path[TEECAM_RING_PATH_SIZE];
  int option;
  while ((option = getopt(count, words, "i:n:lo:")) != -1) {
    if (option == 'i') options.instance = optarg;
    if (option == 'n') options.count = strtoul(optarg, NULL, 10);
    if (option == 'l') options.latest = 1;
    if (option == 'o') options.file = optarg;
    if (option == '?') return 2;
  }
  if (count - optind != 2) {
    fprintf(stderr, "usage: show [-i INSTANCE] [-n COUNT] [-l] [-o FILE] CAMERA STREAM\n");
    return 2;
  }
  memset(&action, 0, sizeof action);
  action.sa_handler = stop; /* without SA_RESTART: it ends the wait */
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);

  int error = teecam_ring_path(path, sizeof path, options.instance, words[optind], words[optind + 1]);
  if (error == 0) error = teecam_ring_open(&ring, path);
  if (error == 0) {
    error = show(&ring, &options);
    teecam_ring_close(&ring);
  }
  if (error != 0) fprintf(stderr, "show: %s: %s\n", path, sentence(error));
  return error == 0 ? 0 : 1;
}
