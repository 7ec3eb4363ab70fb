// Console, sampling timer and clock of the MPS2 boards: CMSDK UART0, TIMER0 and DUALTIMER (Arm DDI
// 0479, 4).
#include "cmsdk.h"

#include "cortex-m.h"
#include "port.h"

#define TIMER0_CTRL REGISTER(0x40000000u)
#define TIMER0_VALUE REGISTER(0x40000004u)
#define TIMER0_RELOAD REGISTER(0x40000008u)
#define TIMER0_INTCLEAR REGISTER(0x4000000cu)
#define DUALTIMER1_LOAD REGISTER(0x40002000u)
#define DUALTIMER1_VALUE REGISTER(0x40002004u)
#define DUALTIMER1_CONTROL REGISTER(0x40002008u)
#define UART0_DATA REGISTER(0x40004000u)
#define UART0_STATE REGISTER(0x40004004u)
#define UART0_CTRL REGISTER(0x40004008u)
#define UART0_BAUDDIV REGISTER(0x40004010u)

void cmsdk_init(void) {
  UART0_BAUDDIV = BOARD_CLOCK_HZ / 115200u;
  UART0_CTRL = 1;             // transmit enable
  DUALTIMER1_CONTROL = 0x82;  // enabled, free running, 32 bits, no prescaler
}

void port_timer_start(uint32_t sample_rate_hz, uint32_t block_size) {
  // The period is rounded to a whole clock: at 12 kHz and 25 MHz 2.5 millionths of the rate.
  const uint32_t period =
      (uint32_t)(((uint64_t)BOARD_CLOCK_HZ * block_size + sample_rate_hz / 2) / sample_rate_hz);
  TIMER0_RELOAD = period - 1;
  TIMER0_VALUE = period - 1;
  TIMER0_CTRL = 9;  // enabled, interrupt
  NVIC_ISER(0) = 1u << CMSDK_TIMER0_INTERRUPT;
}

void cmsdk_timer_acknowledge(void) { TIMER0_INTCLEAR = 1; }

void port_log_write(const char *text, uint32_t size) {
  for (uint32_t i = 0; i < size; i++) {
    while (UART0_STATE & 1) {
    }
    UART0_DATA = (uint8_t)text[i];
  }
}

// The dual timer counts down.
uint32_t port_clock(void) { return ~DUALTIMER1_VALUE; }

uint32_t port_clock_hz(void) { return BOARD_CLOCK_HZ; }
