// The map's test on a Cortex-M0 (QEMU microbit): frames go to a file through semihosting.
//
// Before anything else each atomic function of the port is tried, with interrupts on and masked;
// one that answers, writes or leaves PRIMASK wrong ends the run with its number.
#include "port.h"

#include "cortex-m.h"
#include "semihosting.h"
#include "spec.h"

#define SYS_OPEN 0x01
#define SYS_WRITEC 0x03
#define SYS_WRITE 0x05
#define OPEN_WRITE_BINARY 5
#define SOFTWARE_INTERRUPT 20u

static uint32_t frame_file;

static uint32_t semihosting(uint32_t operation, const void *block) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = block;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

const interrupt_handler board_interrupts[BOARD_INTERRUPTS]
    __attribute__((section(".vectors.board"), used)) = {[SOFTWARE_INTERRUPT] = latch_tick};

// The number of the first function that is wrong; 0 if none is.
static int32_t try_atomics(uint32_t primask) {
  static volatile uint32_t word;
  uint32_t expected = 5;
  __asm__ volatile("msr primask, %0" : : "r"(primask) : "memory");
  __atomic_store_n(&word, 5, __ATOMIC_SEQ_CST);
  int32_t wrong = 0;
  if (__atomic_load_n(&word, __ATOMIC_SEQ_CST) != 5) wrong = 1;
  if (__atomic_exchange_n(&word, 12, __ATOMIC_SEQ_CST) != 5 || word != 12) wrong = 2;
  if (__atomic_fetch_add(&word, 3, __ATOMIC_SEQ_CST) != 12 || word != 15) wrong = 3;
  if (__atomic_fetch_sub(&word, 1, __ATOMIC_SEQ_CST) != 15 || word != 14) wrong = 4;
  if (__atomic_fetch_and(&word, 7, __ATOMIC_SEQ_CST) != 14 || word != 6) wrong = 5;
  if (__atomic_fetch_or(&word, 9, __ATOMIC_SEQ_CST) != 6 || word != 15) wrong = 6;
  if (__atomic_fetch_xor(&word, 10, __ATOMIC_SEQ_CST) != 15 || word != 5) wrong = 7;
  if (!__atomic_compare_exchange_n(&word, &expected, 8, false, __ATOMIC_SEQ_CST,
                                   __ATOMIC_SEQ_CST) ||
      word != 8 || expected != 5)
    wrong = 8;
  if (__atomic_compare_exchange_n(&word, &expected, 9, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) ||
      word != 8 || expected != 8)
    wrong = 9;
  uint32_t now;
  __asm__ volatile("mrs %0, primask" : "=r"(now));
  if (now != primask) wrong = 10;
  __asm__ volatile("cpsie i" : : : "memory");
  return wrong;
}

void port_init(void) {
  semihosting_init();
  const uint32_t block[] = {(uint32_t) "frames.bin", OPEN_WRITE_BINARY, 10};
  frame_file = semihosting(SYS_OPEN, block);
  for (uint32_t primask = 0; primask < 2; primask++) {
    const int32_t wrong = try_atomics(primask);
    if (wrong != 0) port_exit(100 + wrong);
  }
}

void port_timer_start(uint32_t sample_rate_hz, uint32_t block_size) {
  (void)sample_rate_hz;
  (void)block_size;
  NVIC_ISER(0) = 1u << SOFTWARE_INTERRUPT;
}

void port_wait(void) {
  NVIC_ISPR(0) = 1u << SOFTWARE_INTERRUPT;
  __asm__ volatile("dsb\nisb" ::: "memory");
}

static bool write_file(const void *bytes, uint32_t size) {
  const uint32_t block[] = {frame_file, (uint32_t)bytes, size};
  return semihosting(SYS_WRITE, block) == 0;
}

// As native.c: each frame behind its size.
int32_t port_link_write(const uint8_t *frame, uint32_t size) {
  return write_file(&size, 4) && write_file(frame, size) ? STATUS_OK : STATUS_DEVICE;
}

void port_log_write(const char *text, uint32_t size) {
  for (uint32_t i = 0; i < size; i++) semihosting(SYS_WRITEC, &text[i]);
}

uint32_t port_clock(void) { return 0; }

uint32_t port_clock_hz(void) { return BOARD_CLOCK_HZ; }
