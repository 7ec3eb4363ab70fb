// The flash driver of a board whose board.json has pageFlash: four functions, main loop only.
//
// Offsets count from the begin of that region and are checked by the caller (runtime.c): inside the
// region, programs in whole units of 8 bytes, erases at the begin of a block. Each function returns
// when it is done: 0, or STATUS_DEVICE.
#ifndef LATCH_FLASH_H
#define LATCH_FLASH_H

#include <stdbool.h>
#include <stdint.h>

// False if the region cannot be used in this run; the program then has no flash for pages.
bool port_flash_is_there(void);

int32_t port_flash_read(uint32_t at, uint8_t *target, uint32_t size);

// The bytes there are erased. Reads back what it wrote: a bit that did not take is STATUS_DEVICE.
int32_t port_flash_program(uint32_t at, const uint8_t *source, uint32_t size);

// All sectors of the block of BOARD_PAGES_BLOCK_SIZE bytes.
int32_t port_flash_erase(uint32_t at);

#endif
