// What a board must supply so that the translated node program runs on it: ten functions, all of
// them short.
//
// The node program calls the outside through firmware/node/port.ts; runtime.c turns those calls
// into these. The interrupt side may only call port_adc_read; everything else belongs to the main
// loop, except port_fault_stop.
#ifndef LATCH_PORT_H
#define LATCH_PORT_H

#include <stdbool.h>
#include <stdint.h>

// Clock, console and devices; called once, before anything else. Interrupts are still off.
void port_init(void);

// Starts the sampling interrupt, `period` = samples of one block / sample rate. It shall call
// latch_tick().
void port_timer_start(uint32_t sample_rate_hz, uint32_t block_size);

// Sleeps until the next interrupt; with no pacing (--speed max) it asks for that interrupt itself.
void port_wait(void);

// Bytes of the configuration record copied to `target`; STATUS_TOO_LONG if it has more; or another
// status below zero.
int32_t port_config_read(uint8_t *target, uint32_t capacity);

// Samples (i16) of one finished block copied to `target`; 0: none ready; STATUS_END: the source has
// ended.
int32_t port_adc_read(int16_t *target, uint32_t capacity);

// 0 when the frame is handed to the device, STATUS_BUSY when it has no room, STATUS_DEVICE on a
// device error.
int32_t port_link_write(const uint8_t *frame, uint32_t size);

// Text for people, without a terminator.
void port_log_write(const char *text, uint32_t size);

// Free-running counter at port_clock_hz(), wraps; measures how long a window takes.
uint32_t port_clock(void);
uint32_t port_clock_hz(void);

// Ends the run with a result for whoever started the board (0 good); a real board resets or waits.
__attribute__((noreturn)) void port_exit(int32_t code);

// Called by the port's timer interrupt, see port_timer_start.
void latch_tick(void);

// Leaves a fault record (spec/status.md), prints it and stops. For the port's processor fault
// handlers.
__attribute__((noreturn)) void latch_fault(uint32_t kind, uint32_t program_counter, uint32_t line,
                                           uint32_t column, uint32_t file);

// The board's main: called by the start-up code with a valid C environment.
int latch_main(void);

#endif
