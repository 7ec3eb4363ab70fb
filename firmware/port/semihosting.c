// Arm semihosting (Arm IHI 0014): configuration record, recorded ADC counts and the end of the run.
//
// Stands for the flash and the converter of a real board. The sample file holds i16
// little-endian counts and begins again at its end, as a machine that keeps turning.
#include "semihosting.h"

#include <string.h>

#include "port.h"
#include "spec.h"

#define SYS_OPEN 0x01
#define SYS_WRITE 0x05
#define SYS_READ 0x06
#define SYS_SEEK 0x0a
#define SYS_FLEN 0x0c
#define SYS_GET_CMDLINE 0x15
#define SYS_EXIT_EXTENDED 0x20
#define OPEN_READ 1u    // "rb"
#define OPEN_UPDATE 3u  // "r+b"
#define STOPPED_APPLICATION_EXIT 0x20026

static char command_line[256];
static const char *config_path = "", *sample_path = "";
static bool is_unpaced;
static int sample_file = -1, flash_file = -1;

static int32_t semihosting(uint32_t operation, const void *block) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = block;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return (int32_t)r0;
}

static int open_file(const char *path, uint32_t mode) {
  const uint32_t block[] = {(uint32_t)path, mode, strlen(path)};
  return semihosting(SYS_OPEN, block);
}

// Bytes read; fewer than asked for only at the end of the file.
static uint32_t read_file(int file, void *target, uint32_t size) {
  const uint32_t block[] = {(uint32_t)file, (uint32_t)target, size};
  return size - (uint32_t)semihosting(SYS_READ, block);
}

static bool seek(int file, uint32_t at) {
  const uint32_t block[] = {(uint32_t)file, at};
  return semihosting(SYS_SEEK, block) == 0;
}

// Cuts the command line at blanks; the first word is the program's name.
static const char *next_word(char **rest) {
  char *word = *rest;
  while (*word == ' ') word++;
  char *end = word;
  while (*end != ' ' && *end != 0) end++;
  *rest = *end == 0 ? end : end + 1;
  *end = 0;
  return word;
}

void semihosting_init(void) {
  const uint32_t block[] = {(uint32_t)command_line, sizeof command_line};
  if (semihosting(SYS_GET_CMDLINE, block) != 0) return;
  char *rest = command_line;
  next_word(&rest);
  config_path = next_word(&rest);
  sample_path = next_word(&rest);
  is_unpaced = strcmp(next_word(&rest), "max") == 0;
  sample_file = open_file(sample_path, OPEN_READ);
  const char *flash_path = next_word(&rest);
  if (*flash_path != 0) flash_file = open_file(flash_path, OPEN_UPDATE);
}

bool semihosting_is_unpaced(void) { return is_unpaced; }

int32_t port_config_read(uint8_t *target, uint32_t capacity) {
  const int file = open_file(config_path, OPEN_READ);
  if (file < 0) return STATUS_ABSENT;
  const uint32_t size = read_file(file, target, capacity);
  uint8_t beyond;
  return read_file(file, &beyond, 1) > 0 ? STATUS_TOO_LONG : (int32_t)size;
}

int32_t port_adc_read(int16_t *target, uint32_t capacity) {
  if (sample_file < 0) return STATUS_END;
  uint32_t got = read_file(sample_file, target, capacity * 2);
  if (got < capacity * 2) {
    seek(sample_file, 0);
    got &= ~1u;
    got += read_file(sample_file, (uint8_t *)target + got, capacity * 2 - got);
  }
  return got == 0 ? STATUS_END : (int32_t)(got / 2);
}

uint32_t semihosting_flash_size(void) {
  if (flash_file < 0) return 0;
  const uint32_t block[] = {(uint32_t)flash_file};
  const int32_t size = semihosting(SYS_FLEN, block);
  return size < 0 ? 0 : (uint32_t)size;
}

bool semihosting_flash_read(uint32_t at, uint8_t *target, uint32_t size) {
  return seek(flash_file, at) && read_file(flash_file, target, size) == size;
}

bool semihosting_flash_write(uint32_t at, const uint8_t *source, uint32_t size) {
  const uint32_t block[] = {(uint32_t)flash_file, (uint32_t)source, size};
  return seek(flash_file, at) && semihosting(SYS_WRITE, block) == 0;
}

void port_exit(int32_t code) {
  const uint32_t block[] = {STOPPED_APPLICATION_EXIT, (uint32_t)code};
  semihosting(SYS_EXIT_EXTENDED, block);
  for (;;) {
  }
}
