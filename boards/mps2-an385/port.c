// Arm MPS2 with the AN385 image: wires the CMSDK timer to the sampler and brings its devices up.
#include "port.h"

#include "cmsdk.h"
#include "cortex-m.h"
#include "lan9118.h"
#include "semihosting.h"

static void timer_interrupt(void) {
  cmsdk_timer_acknowledge();
  latch_tick();
}

const interrupt_handler board_interrupts[BOARD_INTERRUPTS]
    __attribute__((section(".vectors.board"), used)) = {[CMSDK_TIMER0_INTERRUPT] = timer_interrupt};

void port_init(void) {
  cmsdk_init();
  semihosting_init();
  lan9118_init();
}

void port_wait(void) {
  if (semihosting_is_unpaced()) {
    NVIC_ISPR(0) = 1u << CMSDK_TIMER0_INTERRUPT;
    __asm__ volatile("dsb\nisb" ::: "memory");
  } else {
    __asm__ volatile("wfi" ::: "memory");
  }
}
