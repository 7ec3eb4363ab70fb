// Start-up of an Armv7-M or Armv6-M processor: vector table, sections, stacks, processor faults.
//
// The main loop runs on the process stack, which lies first in RAM: running over it leaves RAM and
// raises a bus fault. Handlers run on the main stack, so that fault has a stack to be reported
// from.
//
// ```
//  RAM origin                                                                      RAM end
//  ├──────────────┬───────────────┬─────────┬──────┬──────┬───────────────────────┤
//  │ process stack│ handler stack │ .noinit │ .data│ .bss │ (free)                │
//  └──────────────┴───────────────┴─────────┴──────┴──────┴───────────────────────┘
// ```
#include "cortex-m.h"

#include <stddef.h>

#include "port.h"
#include "spec.h"

extern uint32_t link_process_stack_end[], link_handler_stack_end[];
extern uint32_t link_text_begin[];
extern uint32_t link_data_begin[], link_data_end[], link_data_load[];
extern uint32_t link_bss_begin[], link_bss_end[];

// r0-r3, r12, lr, pc, xpsr.
#define EXCEPTION_FRAME_SIZE 32u

void reset_handler(void);

#ifdef __ARM_ARCH_6M__
// There is no fault status register: whatever faulted in the image may be an undefined instruction.
#define FAULT_STATUS 0
static bool is_undefined_instruction(uint32_t program_counter) {
  return program_counter - (uint32_t)link_text_begin <
         (uint32_t)link_data_load - (uint32_t)link_text_begin;
}
#else
#define FAULT_STATUS SCB_CFSR
static bool is_undefined_instruction(uint32_t program_counter) {
  (void)program_counter;
  return (SCB_CFSR & CFSR_UNDEFINED_INSTRUCTION) != 0;
}
#endif

// r0 points to the frame the processor pushed: r0-r3, r12, lr, pc, xpsr.
__attribute__((used)) static void report_fault(const uint32_t *frame) {
  // A stack that ran over has no frame to read: say so instead of faulting again.
  const uintptr_t at = (uintptr_t)frame;
  if (at < LATCH_RAM_ORIGIN || at - LATCH_RAM_ORIGIN > LATCH_RAM_SIZE - EXCEPTION_FRAME_SIZE) {
    latch_fault(FAULT_EXHAUSTION, 0, 0, 0, 0);
  }
  // A trap of translated code is `udf #kind`, encoded 0xde00 | kind (Armv7-M ARM, A7.7.194).
  const uint32_t program_counter = frame[6];
  if (is_undefined_instruction(program_counter)) {
    const uint16_t instruction = *(const uint16_t *)program_counter;
    if (instruction >> 8 == 0xde) latch_fault(instruction & 0xff, program_counter, 0, 0, 0);
  }
  latch_fault(FAULT_HARD, program_counter, FAULT_STATUS, 0, 0);
}

__attribute__((naked)) static void fault_handler(void) {
  __asm__ volatile(
      // In instructions that Armv6-M has too.
      "movs r0, #4\n"
      "mov r1, lr\n"
      "tst r1, r0\n"
      "mrs r0, msp\n"
      "beq 1f\n"
      "mrs r0, psp\n"
      "1: ldr r1, =report_fault\n"
      "bx r1\n"
      ".ltorg\n");
}

static void unexpected_interrupt(void) { latch_fault(FAULT_HARD, 0, 0xffffffffu, 0, 0); }

struct vector_table {
  uint32_t *stack;
  interrupt_handler system[15];
};

__attribute__((section(".vectors"), used)) static const struct vector_table vectors = {
    link_handler_stack_end,
    {reset_handler, unexpected_interrupt, fault_handler, fault_handler, fault_handler,
     fault_handler, NULL, NULL, NULL, NULL, unexpected_interrupt, unexpected_interrupt, NULL,
     unexpected_interrupt, unexpected_interrupt}};

// Called on the process stack.
__attribute__((used)) static void start(void) {
  for (uint32_t *to = link_data_begin, *from = link_data_load; to < link_data_end;) *to++ = *from++;
  for (uint32_t *to = link_bss_begin; to < link_bss_end;) *to++ = 0;
#ifdef __ARM_FP
  SCB_CPACR |= 0xf << 20;
  __asm__ volatile("dsb\nisb");
#endif
  latch_main();
  for (;;) {
  }
}

__attribute__((naked)) void reset_handler(void) {
  __asm__ volatile(
      "ldr r0, =link_process_stack_end\n"
      "msr psp, r0\n"
      "movs r0, #2\n"
      "msr control, r0\n"
      "isb\n"
      "ldr r0, =start\n"
      "bx r0\n"
      ".ltorg\n");
}
