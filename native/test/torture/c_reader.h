/* Thread: one, in a process of its own. Owns: nothing. Ends: with the ring. */
#ifndef TEECAM_TORTURE_C_READER_H
#define TEECAM_TORTURE_C_READER_H

#ifdef __cplusplus
extern "C" {
#endif

/* Ends the process with 3 at a fault. */
void torture_c_reader(const char* path, unsigned seed);

#ifdef __cplusplus
}
#endif

#endif
