// The port of the machine that builds: a Linux process instead of a board, for conformance and
// sanitizers.
//
// Arguments: CONFIG-FILE SAMPLE-FILE FRAME-FILE. Frames go to FRAME-FILE, each behind its size (u32
// little-endian). There is no timer: whenever the main loop waits, the sampling interrupt runs.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "port.h"
#include "spec.h"

static const char *config_path;
static FILE *samples, *frames;

void port_init(void) {}

void port_timer_start(uint32_t sample_rate_hz, uint32_t block_size) {
  (void)sample_rate_hz;
  (void)block_size;
}

void port_wait(void) { latch_tick(); }

int32_t port_config_read(uint8_t *target, uint32_t capacity) {
  FILE *file = fopen(config_path, "rb");
  if (file == NULL) return STATUS_ABSENT;
  const size_t got = fread(target, 1, capacity, file);
  const bool is_longer = fgetc(file) != EOF;
  fclose(file);
  return is_longer ? STATUS_TOO_LONG : (int32_t)got;
}

int32_t port_adc_read(int16_t *target, uint32_t capacity) {
  size_t got = fread(target, 2, capacity, samples);
  if (got < capacity) {
    rewind(samples);
    got += fread(target + got, 2, capacity - got, samples);
  }
  return got == 0 ? STATUS_END : (int32_t)got;
}

int32_t port_link_write(const uint8_t *frame, uint32_t size) {
  const uint8_t head[] = {(uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16),
                          (uint8_t)(size >> 24)};
  if (fwrite(head, 1, 4, frames) != 4 || fwrite(frame, 1, size, frames) != size)
    return STATUS_DEVICE;
  return STATUS_OK;
}

void port_log_write(const char *text, uint32_t size) { fwrite(text, 1, size, stdout); }

uint32_t port_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint32_t)((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
}

uint32_t port_clock_hz(void) { return 1000000000u; }

void port_exit(int32_t code) {
  fclose(frames);
  exit(code);
}

int main(int count, char **words) {
  if (count != 4) {
    fprintf(stderr, "usage: %s CONFIG-FILE SAMPLE-FILE FRAME-FILE\n", words[0]);
    return 2;
  }
  config_path = words[1];
  samples = fopen(words[2], "rb");
  frames = fopen(words[3], "wb");
  if (samples == NULL || frames == NULL) {
    perror(samples == NULL ? words[2] : words[3]);
    return 4;
  }
  return latch_main();
}
