// The node program's surroundings in C: linear memory, imports, fault record, main loop.
//
// Nothing here knows a board. The main loop is the one of every target: step until there is no
// work, then wait for the sampling interrupt, which runs latch_tick. Text goes out line by line;
// lines that begin with "latch:" are read by the host (host/sim/board-process.ts).
#include "flash.h"
#include "port.h"
#include "program.h"
#include "spec.h"

u8 latch_memory[LATCH_MEMORY_SIZE] __attribute__((aligned(64)));

// Survives a reset: the start-up code does not clear .noinit.
static uint32_t fault_record[FAULT_RECORD_SIZE / 4] __attribute__((section(".noinit")));

static volatile uint32_t ticks;
static uint32_t sample_rate_hz;

static void put(const char *text) { port_log_write(text, (uint32_t)strlen(text)); }

static void put_hex(uint32_t value) {
  char digits[8];
  for (int i = 0; i < 8; i++) digits[i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15];
  port_log_write(digits, 8);
}

static uint32_t uptime_ms(void) {
  if (sample_rate_hz == 0) return 0;
  return (uint32_t)((uint64_t)ticks * LIMIT_ADC_BLOCK_SIZE * 1000 / sample_rate_hz);
}

void latch_fault(uint32_t kind, uint32_t program_counter, uint32_t line, uint32_t column,
                 uint32_t file) {
  const uint32_t record[] = {0x4c574652, kind,   LATCH_BUILD_ID, program_counter,
                             line,       column, file,           uptime_ms()};
  _Static_assert(sizeof record == FAULT_RECORD_SIZE, "the record is the one of spec/status.md");
  memcpy(fault_record, record, sizeof record);
  put("latch: fault ");
  for (unsigned i = 0; i < sizeof record / 4; i++) put_hex(record[i]);
  put("\n");
  port_exit(1);
}

#ifndef latch_trap
void latch_trap(u32 kind) {
  latch_fault(kind, (uint32_t)(uintptr_t)__builtin_return_address(0) - 1, 0, 0, 0);
}
#endif

// Imports of the program, the port.ts of firmware/node, assembly/base and assembly/flash line by
// line.

void import_port_fault(u32 kind, u32 file, u32 line, u32 column) {
  latch_fault(kind, (uint32_t)(uintptr_t)__builtin_return_address(0), line, column, file);
}

u32 import_port_memorySize(void) { return LATCH_MEMORY_SIZE; }

static u8 *region(u32 offset, u32 size) {
  if (UNLIKELY((u64)offset + size > LATCH_MEMORY_SIZE)) latch_trap(FAULT_MEMORY);
  return &latch_memory[offset];
}

u32 import_port_configRead(u32 target, u32 capacity) {
  return (u32)port_config_read(region(target, capacity), capacity);
}

u32 import_port_adcRead(u32 target, u32 capacity) {
  // In 32 bits a capacity of 2^31 and more would wrap and pass the check.
  if (UNLIKELY(capacity > LATCH_MEMORY_SIZE / 2)) latch_trap(FAULT_MEMORY);
  return (u32)port_adc_read((int16_t *)(void *)region(target, capacity * 2), capacity);
}

u32 import_port_linkWrite(u32 frame, u32 size) {
  return (u32)port_link_write(region(frame, size), size);
}

void import_port_logWrite(u32 text, u32 size) {
  port_log_write((const char *)region(text, size), size);
}

#ifdef BOARD_PAGES_SIZE

u32 import_port_flashSize(void) { return port_flash_is_there() ? BOARD_PAGES_SIZE : 0; }

u32 import_port_flashBlockSize(void) { return BOARD_PAGES_BLOCK_SIZE; }

u32 import_port_flashRead(u32 at, u32 target, u32 size) {
  u8 *bytes = region(target, size);
  if ((u64)at + size > BOARD_PAGES_SIZE) return (u32)STATUS_DEVICE;
  return (u32)port_flash_read(at, bytes, size);
}

u32 import_port_flashProgram(u32 at, u32 source, u32 size) {
  const u8 *bytes = region(source, size);
  if ((u64)at + size > BOARD_PAGES_SIZE || at % 8 != 0 || size % 8 != 0) return (u32)STATUS_DEVICE;
  return (u32)port_flash_program(at, bytes, size);
}

u32 import_port_flashErase(u32 at) {
  if (at >= BOARD_PAGES_SIZE || at % BOARD_PAGES_BLOCK_SIZE != 0) return (u32)STATUS_DEVICE;
  return (u32)port_flash_erase(at);
}

#else  // no flash for pages: the program is told so

u32 import_port_flashSize(void) { return 0; }

u32 import_port_flashBlockSize(void) { return 0; }

u32 import_port_flashRead(u32 at, u32 target, u32 size) {
  (void)at, (void)target, (void)size;
  return (u32)STATUS_DEVICE;
}

u32 import_port_flashProgram(u32 at, u32 source, u32 size) {
  (void)at, (void)source, (void)size;
  return (u32)STATUS_DEVICE;
}

u32 import_port_flashErase(u32 at) {
  (void)at;
  return (u32)STATUS_DEVICE;
}

#endif

void latch_tick(void) {
  ticks++;
  program_tick();
}

// How long a step with work took, in port_clock() units: count, sum, least, most.
static struct {
  uint32_t count, min, max;
  uint64_t sum;
} steps = {0, UINT32_MAX, 0, 0};

static void report(void) {
  put("latch: steps ");
  const uint32_t words[] = {port_clock_hz(),     steps.count, (uint32_t)(steps.sum >> 32),
                            (uint32_t)steps.sum, steps.min,   steps.max};
  for (unsigned i = 0; i < sizeof words / 4; i++) put_hex(words[i]);
  put("\n");
}

int latch_main(void) {
  port_init();
  program_instantiate();
  const int32_t rate = (int32_t)program_init();
  if (rate < 0) latch_fault(FAULT_INIT, 0, (uint32_t)rate, 0, 0);
  sample_rate_hz = (uint32_t)rate;
  put("latch: ready ");
  put_hex(LATCH_BUILD_ID);
  put("\n");
  port_timer_start(sample_rate_hz, LIMIT_ADC_BLOCK_SIZE);
  for (;;) {
    const uint32_t begin = port_clock();
    const int32_t result = (int32_t)program_step();
    const uint32_t duration = port_clock() - begin;
    if (result < 0) {
      report();
      put("latch: end ");
      put_hex((uint32_t)result);
      put("\n");
      port_exit(result == STATUS_END ? 0 : 2);
    }
    if (result == 0) {
      // A block that comes just before the wait is looked at with the next one: later by a period.
      port_wait();
      continue;
    }
    steps.count++;
    steps.sum += duration;
    if (duration < steps.min) steps.min = duration;
    if (duration > steps.max) steps.max = duration;
  }
}
