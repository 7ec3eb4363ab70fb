// 32-bit atomics of an Armv6-M processor (Cortex-M0), which has no ldrex and strex: gcc calls these
// functions instead (GCC manual, "Built-in functions for memory model aware atomic operations").
//
// Each masks the interrupts for a few instructions and leaves PRIMASK as it found it, so a handler
// and code that has masked interrupts itself may call them. One processor, so that is enough; a
// device that writes memory is not kept out. Loads and stores of a word are whole by themselves.
#include <stdbool.h>
#include <stdint.h>

#ifndef __ARM_ARCH_6M__
#error "Armv7-M and up have ldrex and strex; this port is for Armv6-M"
#endif

// The "memory" clobbers keep the compiler from moving an access out of the masked part.
static inline uint32_t mask(void) {
  uint32_t primask;
  __asm__ volatile("mrs %0, primask\ncpsid i" : "=r"(primask) : : "memory");
  return primask;
}

static inline void unmask(uint32_t primask) {
  __asm__ volatile("msr primask, %0" : : "r"(primask) : "memory");
}

// gcc knows the prototypes of its builtins; the names are given behind the back of its check.
#define ATOMIC(name) __asm__("__atomic_" name "_4")

uint32_t latch_atomic_load(const volatile void *place, int order) ATOMIC("load");
void latch_atomic_store(volatile void *place, uint32_t value, int order) ATOMIC("store");
bool latch_atomic_compare_exchange(volatile void *place, void *expected, uint32_t value,
                                   bool is_weak, int success, int failure)
    ATOMIC("compare_exchange");

uint32_t latch_atomic_load(const volatile void *place, int order) {
  (void)order;
  const uint32_t value = *(const volatile uint32_t *)place;
  __asm__ volatile("dmb" : : : "memory");
  return value;
}

void latch_atomic_store(volatile void *place, uint32_t value, int order) {
  (void)order;
  __asm__ volatile("dmb" : : : "memory");
  *(volatile uint32_t *)place = value;
  __asm__ volatile("dmb" : : : "memory");
}

bool latch_atomic_compare_exchange(volatile void *place, void *expected, uint32_t value,
                                   bool is_weak, int success, int failure) {
  (void)is_weak;
  (void)success;
  (void)failure;
  volatile uint32_t *word = (volatile uint32_t *)place;
  const uint32_t primask = mask();
  const uint32_t before = *word;
  const bool is_equal = before == *(uint32_t *)expected;
  if (is_equal) *word = value;
  unmask(primask);
  if (!is_equal) *(uint32_t *)expected = before;
  return is_equal;
}

// All answer with the word as it was before.
#define DEFINE_EXCHANGE(name, builtin, result)                                    \
  uint32_t name(volatile void *place, uint32_t value, int order) ATOMIC(builtin); \
  uint32_t name(volatile void *place, uint32_t value, int order) {                \
    (void)order;                                                                  \
    volatile uint32_t *word = (volatile uint32_t *)place;                         \
    const uint32_t primask = mask();                                              \
    const uint32_t before = *word;                                                \
    *word = (result);                                                             \
    unmask(primask);                                                              \
    return before;                                                                \
  }
DEFINE_EXCHANGE(latch_atomic_exchange, "exchange", value)
DEFINE_EXCHANGE(latch_atomic_fetch_add, "fetch_add", before + value)
DEFINE_EXCHANGE(latch_atomic_fetch_sub, "fetch_sub", before - value)
DEFINE_EXCHANGE(latch_atomic_fetch_and, "fetch_and", before &value)
DEFINE_EXCHANGE(latch_atomic_fetch_or, "fetch_or", before | value)
DEFINE_EXCHANGE(latch_atomic_fetch_xor, "fetch_xor", before ^ value)
