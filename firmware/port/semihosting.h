// Arm semihosting: how an emulated board gets its configuration record and its recorded ADC, and
// ends.
#ifndef LATCH_SEMIHOSTING_H
#define LATCH_SEMIHOSTING_H

#include <stdbool.h>
#include <stdint.h>

// Reads the command line: CONFIG-FILE SAMPLE-FILE realtime|max [FLASH-FILE]. Once, before the port_
// functions are used.
void semihosting_init(void);

// True if the run is not paced by the timer.
bool semihosting_is_unpaced(void);

// The file that stands for flash (flash-file.c): its bytes, 0 if there is none.
uint32_t semihosting_flash_size(void);

// False if not all of it was read or written. What was written outlives the emulator's process.
bool semihosting_flash_read(uint32_t at, uint8_t *target, uint32_t size);
bool semihosting_flash_write(uint32_t at, const uint8_t *source, uint32_t size);

#endif
