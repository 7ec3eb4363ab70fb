// Registers of the Cortex-M system control space that the ports use (Armv7-M ARM, B3.2).
#ifndef LATCH_CORTEX_M_H
#define LATCH_CORTEX_M_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define NVIC_ISER(n) REGISTER(0xe000e100u + 4u * (n))
#define NVIC_ISPR(n) REGISTER(0xe000e200u + 4u * (n))
#define SCB_CPACR REGISTER(0xe000ed88u)
#define SCB_CFSR REGISTER(0xe000ed28u)
#define CFSR_UNDEFINED_INSTRUCTION (1u << 16)

// Interrupt lines of the board, in the order of its numbers; BOARD_INTERRUPTS entries, port.c fills
// them.
typedef void (*interrupt_handler)(void);
extern const interrupt_handler board_interrupts[BOARD_INTERRUPTS];

#endif
