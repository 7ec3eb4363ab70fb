// Flash in a file of the host, through Arm semihosting: QEMU's MPS2 boards have none to be written.
//
// The file holds what the region would. It keeps the rules of NOR flash with ECC, so that a program
// that breaks them fails here too: a byte is programmed once, an erase takes a whole block. What is
// simulated is the medium alone; everything above it runs as on a board that has one.
#include "flash.h"
#include "semihosting.h"
#include "spec.h"

#define CHUNK_SIZE 256u

bool port_flash_is_there(void) { return semihosting_flash_size() == BOARD_PAGES_SIZE; }

int32_t port_flash_read(uint32_t at, uint8_t *target, uint32_t size) {
  return semihosting_flash_read(at, target, size) ? STATUS_OK : STATUS_DEVICE;
}

int32_t port_flash_program(uint32_t at, const uint8_t *source, uint32_t size) {
  uint8_t there[CHUNK_SIZE];
  for (uint32_t done = 0; done < size; done += CHUNK_SIZE) {
    const uint32_t count = size - done < CHUNK_SIZE ? size - done : CHUNK_SIZE;
    if (!semihosting_flash_read(at + done, there, count)) return STATUS_DEVICE;
    for (uint32_t i = 0; i < count; i++) {
      if (there[i] != 0xff) return STATUS_DEVICE;
    }
  }
  return semihosting_flash_write(at, source, size) ? STATUS_OK : STATUS_DEVICE;
}

int32_t port_flash_erase(uint32_t at) {
  uint8_t erased[CHUNK_SIZE];
  for (uint32_t i = 0; i < CHUNK_SIZE; i++) erased[i] = 0xff;
  for (uint32_t done = 0; done < BOARD_PAGES_BLOCK_SIZE; done += CHUNK_SIZE) {
    if (!semihosting_flash_write(at + done, erased, CHUNK_SIZE)) return STATUS_DEVICE;
  }
  return STATUS_OK;
}

_Static_assert(BOARD_PAGES_BLOCK_SIZE % CHUNK_SIZE == 0, "a block is erased in whole chunks");
