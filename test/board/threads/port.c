// A port of this machine for test/core/programs/map-threads.ts: four threads over the one static
// memory, each an agent of the map; the main loop runs when they are done.
//
// Argument: operations of each thread. There is no sampling interrupt, no converter and no link.
#include "port.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "program.h"
#include "spec.h"

#define THREADS 4

static uint32_t operations;
static uint32_t broken[THREADS];
static pthread_barrier_t start;

static void *work(void *argument) {
  const uint32_t agent = (uint32_t)(uintptr_t)argument;
  pthread_barrier_wait(&start);
  broken[agent] = program_work(agent, 0x5eed + 7919 * agent, operations);
  return NULL;
}

void port_init(void) {}

// init() is done: now the threads.
void port_timer_start(uint32_t sample_rate_hz, uint32_t block_size) {
  (void)sample_rate_hz;
  (void)block_size;
  pthread_t threads[THREADS];
  pthread_barrier_init(&start, NULL, THREADS);
  for (uintptr_t i = 0; i < THREADS; i++) {
    if (pthread_create(&threads[i], NULL, work, (void *)i) != 0) exit(4);
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    printf("agent %d: %u broken values\n", i, broken[i]);
  }
  for (int i = 0; i < THREADS; i++) {
    if (broken[i] != 0) exit(5);
  }
}

void port_wait(void) { exit(6); }

int32_t port_config_read(uint8_t *target, uint32_t capacity) {
  (void)target;
  (void)capacity;
  return STATUS_ABSENT;
}

int32_t port_adc_read(int16_t *target, uint32_t capacity) {
  (void)target;
  (void)capacity;
  return STATUS_END;
}

int32_t port_link_write(const uint8_t *frame, uint32_t size) {
  (void)frame;
  (void)size;
  return STATUS_DEVICE;
}

void port_log_write(const char *text, uint32_t size) { fwrite(text, 1, size, stdout); }

uint32_t port_clock(void) { return 0; }

uint32_t port_clock_hz(void) { return 1; }

void port_exit(int32_t code) { exit(code); }

int main(int count, char **words) {
  operations = count > 1 ? (uint32_t)strtoul(words[1], NULL, 10) : 0;
  return latch_main();
}
