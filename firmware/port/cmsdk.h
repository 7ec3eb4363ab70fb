// Arm CMSDK peripherals of the MPS2 boards (DDI 0479): UART0, TIMER0, DUALTIMER.
#ifndef LATCH_CMSDK_H
#define LATCH_CMSDK_H

#include <stdint.h>

#define CMSDK_TIMER0_INTERRUPT 8

void cmsdk_init(void);
// Acknowledges TIMER0; first thing in its handler.
void cmsdk_timer_acknowledge(void);

#endif
