// The C that translated WebAssembly is written in: memory, integer, float and atomic operations of
// one module.
//
// Stands in for wasm2c's own prelude, which on Cortex-M compares sizes in 64 bits, reloads memory
// base and size after each store and counts calls in thread-local storage. Here the memory is one
// static array of a size known to the compiler, so a check is one comparison with a constant and
// the base costs no load. The semantics are the WebAssembly specification's (core 2.0, 4.4.7);
// LATCH_CHECK_GENERAL selects 64-bit checks as an oracle for tests. Atomics are 32 bits wide only:
// Cortex-M3 and up have ldrex/strex for these and nothing wider.
#ifndef LATCH_WASM_C_H
#define LATCH_WASM_C_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "spec.h"

typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef int16_t s16;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;
typedef float f32;
typedef double f64;

// The linear memory; LATCH_MEMORY_SIZE bytes come from board.json (wasmMemorySizeBytes).
extern u8 latch_memory[LATCH_MEMORY_SIZE];

#define LATCH_INLINE static inline __attribute__((always_inline, unused))

// Leaves a fault record with the place it stands at and does not return. Kinds: spec/status.md,
// FAULT. On Arm it is one undefined instruction that carries the kind; the fault handler
// (cortex-m.c) finds kind and address there.
#ifdef __arm__
#define latch_trap(kind)                      \
  do {                                        \
    __asm__ volatile("udf %0" : : "i"(kind)); \
    __builtin_unreachable();                  \
  } while (0)
#else
__attribute__((noreturn, cold, noinline)) void latch_trap(u32 kind);
#endif
// Plain __builtin_expect means 90 %, which leaves traps inside the loops they guard.
#define UNLIKELY(x) __builtin_expect_with_probability(!!(x), 0, 1.0)
#define UNREACHABLE latch_trap(FAULT_UNREACHABLE)
#define FUNC_PROLOGUE
#define FUNC_EPILOGUE

// `offset` and `size` are constants at every call, so the first comparison vanishes.
LATCH_INLINE u8 *latch_at(u32 address, u32 offset, u32 size) {
#ifdef LATCH_CHECK_GENERAL
  if (UNLIKELY((u64)address + offset + size > (u64)LATCH_MEMORY_SIZE)) latch_trap(FAULT_MEMORY);
#else
  if (UNLIKELY(offset > LATCH_MEMORY_SIZE - size || address > LATCH_MEMORY_SIZE - size - offset)) {
    latch_trap(FAULT_MEMORY);
  }
#endif
  return &latch_memory[address + offset];
}

#define DEFINE_LOAD(name, in_memory, extended, result)                     \
  LATCH_INLINE result name(u32 address, u32 offset) {                      \
    in_memory value;                                                       \
    memcpy(&value, latch_at(address, offset, sizeof value), sizeof value); \
    return (result)(extended)value;                                        \
  }

#define DEFINE_STORE(name, in_memory, operand)                                \
  LATCH_INLINE void name(u32 address, u32 offset, operand value) {            \
    in_memory narrow = (in_memory)value;                                      \
    memcpy(latch_at(address, offset, sizeof narrow), &narrow, sizeof narrow); \
  }

DEFINE_LOAD(i32_load, u32, u32, u32)
DEFINE_LOAD(i64_load, u64, u64, u64)
DEFINE_LOAD(f32_load, f32, f32, f32)
DEFINE_LOAD(f64_load, f64, f64, f64)
DEFINE_LOAD(i32_load8_s, s8, s32, u32)
DEFINE_LOAD(i32_load8_u, u8, u32, u32)
DEFINE_LOAD(i32_load16_s, s16, s32, u32)
DEFINE_LOAD(i32_load16_u, u16, u32, u32)
DEFINE_LOAD(i64_load8_s, s8, s64, u64)
DEFINE_LOAD(i64_load8_u, u8, u64, u64)
DEFINE_LOAD(i64_load16_s, s16, s64, u64)
DEFINE_LOAD(i64_load16_u, u16, u64, u64)
DEFINE_LOAD(i64_load32_s, s32, s64, u64)
DEFINE_LOAD(i64_load32_u, u32, u64, u64)
DEFINE_STORE(i32_store, u32, u32)
DEFINE_STORE(i64_store, u64, u64)
DEFINE_STORE(f32_store, f32, f32)
DEFINE_STORE(f64_store, f64, f64)
DEFINE_STORE(i32_store8, u8, u32)
DEFINE_STORE(i32_store16, u16, u32)
DEFINE_STORE(i64_store8, u8, u64)
DEFINE_STORE(i64_store16, u16, u64)
DEFINE_STORE(i64_store32, u32, u64)

// Atomics: sequentially consistent, naturally aligned (the specification traps otherwise).
LATCH_INLINE u32 *latch_atomic_at(u32 address, u32 offset) {
  u8 *place = latch_at(address, offset, 4);
  if (UNLIKELY(((address + offset) & 3) != 0)) latch_trap(FAULT_MEMORY);
  return (u32 *)(void *)place;
}

LATCH_INLINE u32 i32_atomic_load(u32 address, u32 offset) {
  return __atomic_load_n(latch_atomic_at(address, offset), __ATOMIC_SEQ_CST);
}

LATCH_INLINE void i32_atomic_store(u32 address, u32 offset, u32 value) {
  __atomic_store_n(latch_atomic_at(address, offset), value, __ATOMIC_SEQ_CST);
}

LATCH_INLINE u32 i32_atomic_rmw_cmpxchg(u32 address, u32 offset, u32 expected, u32 replacement) {
  __atomic_compare_exchange_n(latch_atomic_at(address, offset), &expected, replacement, false,
                              __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return expected;
}

#define DEFINE_ATOMIC_RMW(name, builtin)                                       \
  LATCH_INLINE u32 name(u32 address, u32 offset, u32 value) {                  \
    return builtin(latch_atomic_at(address, offset), value, __ATOMIC_SEQ_CST); \
  }
DEFINE_ATOMIC_RMW(i32_atomic_rmw_add, __atomic_fetch_add)
DEFINE_ATOMIC_RMW(i32_atomic_rmw_sub, __atomic_fetch_sub)
DEFINE_ATOMIC_RMW(i32_atomic_rmw_and, __atomic_fetch_and)
DEFINE_ATOMIC_RMW(i32_atomic_rmw_or, __atomic_fetch_or)
DEFINE_ATOMIC_RMW(i32_atomic_rmw_xor, __atomic_fetch_xor)
DEFINE_ATOMIC_RMW(i32_atomic_rmw_xchg, __atomic_exchange_n)

#define atomic_fence() __atomic_thread_fence(__ATOMIC_SEQ_CST)

LATCH_INLINE void memory_fill(u32 address, u32 value, u32 count) {
  if (UNLIKELY((u64)address + count > LATCH_MEMORY_SIZE)) latch_trap(FAULT_MEMORY);
  memset(&latch_memory[address], (int)(value & 255), count);
}

LATCH_INLINE void memory_copy(u32 target, u32 source, u32 count) {
  if (UNLIKELY((u64)target + count > LATCH_MEMORY_SIZE ||
               (u64)source + count > LATCH_MEMORY_SIZE)) {
    latch_trap(FAULT_MEMORY);
  }
  memmove(&latch_memory[target], &latch_memory[source], count);
}

// Integers: division traps as Wasm does, never as C leaves undefined.
#define DEFINE_DIVISION(bits)                                         \
  LATCH_INLINE u##bits latch_div_s##bits(u##bits x, u##bits y) {      \
    if (UNLIKELY(y == 0)) latch_trap(FAULT_DIVIDE_BY_ZERO);           \
    if (UNLIKELY((s##bits)x == INT##bits##_MIN && (s##bits)y == -1))  \
      latch_trap(FAULT_INTEGER_OVERFLOW);                             \
    return (u##bits)((s##bits)x / (s##bits)y);                        \
  }                                                                   \
  LATCH_INLINE u##bits latch_rem_s##bits(u##bits x, u##bits y) {      \
    if (UNLIKELY(y == 0)) latch_trap(FAULT_DIVIDE_BY_ZERO);           \
    return (s##bits)y == -1 ? 0 : (u##bits)((s##bits)x % (s##bits)y); \
  }                                                                   \
  LATCH_INLINE u##bits latch_div_u##bits(u##bits x, u##bits y) {      \
    if (UNLIKELY(y == 0)) latch_trap(FAULT_DIVIDE_BY_ZERO);           \
    return x / y;                                                     \
  }                                                                   \
  LATCH_INLINE u##bits latch_rem_u##bits(u##bits x, u##bits y) {      \
    if (UNLIKELY(y == 0)) latch_trap(FAULT_DIVIDE_BY_ZERO);           \
    return x % y;                                                     \
  }
DEFINE_DIVISION(32)
DEFINE_DIVISION(64)
#define I32_DIV_S(x, y) latch_div_s32(x, y)
#define I64_DIV_S(x, y) latch_div_s64(x, y)
#define I32_REM_S(x, y) latch_rem_s32(x, y)
#define I64_REM_S(x, y) latch_rem_s64(x, y)
// The translator writes unsigned division without a width; it follows from the operand.
#define DIV_U(x, y) (sizeof(x) == 8 ? latch_div_u64(x, y) : latch_div_u32((u32)(x), (u32)(y)))
#define REM_U(x, y) (sizeof(x) == 8 ? latch_rem_u64(x, y) : latch_rem_u32((u32)(x), (u32)(y)))

#define I32_CLZ(x) ((x) ? (u32)__builtin_clz(x) : 32u)
#define I64_CLZ(x) ((x) ? (u64)__builtin_clzll(x) : 64u)
#define I32_CTZ(x) ((x) ? (u32)__builtin_ctz(x) : 32u)
#define I64_CTZ(x) ((x) ? (u64)__builtin_ctzll(x) : 64u)
#define I32_POPCNT(x) ((u32)__builtin_popcount(x))
#define I64_POPCNT(x) ((u64)__builtin_popcountll(x))
#define I32_ROTL(x, y) (((x) << ((y)&31)) | ((x) >> (-(y)&31)))
#define I32_ROTR(x, y) (((x) >> ((y)&31)) | ((x) << (-(y)&31)))
#define I64_ROTL(x, y) (((x) << ((y)&63)) | ((x) >> (-(y)&63)))
#define I64_ROTR(x, y) (((x) >> ((y)&63)) | ((x) << (-(y)&63)))

// Floats: truncation saturates and makes 0 of a NaN, so the cast is always defined in C. `low` and
// `high` are the first floats outside the range.
#define DEFINE_TRUNC_SAT(name, from, to, result, low, least, high, greatest) \
  LATCH_INLINE result name(from x) {                                         \
    if (UNLIKELY(!(x > (low)))) return x != x ? 0 : (result)(least);         \
    return UNLIKELY(x >= (high)) ? (result)(greatest) : (result)(to)x;       \
  }
DEFINE_TRUNC_SAT(I32_TRUNC_SAT_S_F32, f32, s32, u32, -2147483904.0f, INT32_MIN, 2147483648.0f,
                 INT32_MAX)
DEFINE_TRUNC_SAT(I32_TRUNC_SAT_U_F32, f32, u32, u32, -1.0f, 0, 4294967296.0f, UINT32_MAX)
DEFINE_TRUNC_SAT(I64_TRUNC_SAT_S_F32, f32, s64, u64, -9223373136366403584.0f, INT64_MIN,
                 9223372036854775808.0f, INT64_MAX)
DEFINE_TRUNC_SAT(I64_TRUNC_SAT_U_F32, f32, u64, u64, -1.0f, 0, 18446744073709551616.0f, UINT64_MAX)
DEFINE_TRUNC_SAT(I32_TRUNC_SAT_S_F64, f64, s32, u32, -2147483649.0, INT32_MIN, 2147483648.0,
                 INT32_MAX)
DEFINE_TRUNC_SAT(I32_TRUNC_SAT_U_F64, f64, u32, u32, -1.0, 0, 4294967296.0, UINT32_MAX)
DEFINE_TRUNC_SAT(I64_TRUNC_SAT_S_F64, f64, s64, u64, -9223372036854777856.0, INT64_MIN,
                 9223372036854775808.0, INT64_MAX)
DEFINE_TRUNC_SAT(I64_TRUNC_SAT_U_F64, f64, u64, u64, -1.0, 0, 18446744073709551616.0, UINT64_MAX)

#define DEFINE_REINTERPRET(name, from, to) \
  LATCH_INLINE to name(from x) {           \
    to result;                             \
    memcpy(&result, &x, sizeof result);    \
    return result;                         \
  }
DEFINE_REINTERPRET(f32_reinterpret_i32, u32, f32)
DEFINE_REINTERPRET(i32_reinterpret_f32, f32, u32)
DEFINE_REINTERPRET(f64_reinterpret_i64, u64, f64)
DEFINE_REINTERPRET(i64_reinterpret_f64, f64, u64)

// A signalling NaN comes out quiet (core 2.0, 4.3.3): the sum of it and anything is. The library's
// rounding functions may hand it on as it is.
#define FMIN(x, y)                                               \
  (UNLIKELY((x) != (x) || (y) != (y)) ? (x) + (y)                \
   : UNLIKELY((x) == 0 && (y) == 0)   ? (signbit(x) ? (x) : (y)) \
   : (x) < (y)                        ? (x)                      \
                                      : (y))
#define FMAX(x, y)                                               \
  (UNLIKELY((x) != (x) || (y) != (y)) ? (x) + (y)                \
   : UNLIKELY((x) == 0 && (y) == 0)   ? (signbit(x) ? (y) : (x)) \
   : (x) > (y)                        ? (x)                      \
                                      : (y))
LATCH_INLINE f32 wasm_quietf(f32 x) { return UNLIKELY(x != x) ? x + x : x; }
LATCH_INLINE f64 wasm_quiet(f64 x) { return UNLIKELY(x != x) ? x + x : x; }
LATCH_INLINE f32 wasm_sqrtf(f32 x) { return wasm_quietf(sqrtf(x)); }
LATCH_INLINE f64 wasm_sqrt(f64 x) { return wasm_quiet(sqrt(x)); }
LATCH_INLINE f32 wasm_floorf(f32 x) { return wasm_quietf(floorf(x)); }
LATCH_INLINE f64 wasm_floor(f64 x) { return wasm_quiet(floor(x)); }
LATCH_INLINE f32 wasm_ceilf(f32 x) { return wasm_quietf(ceilf(x)); }
LATCH_INLINE f64 wasm_ceil(f64 x) { return wasm_quiet(ceil(x)); }
LATCH_INLINE f32 wasm_truncf(f32 x) { return wasm_quietf(truncf(x)); }
LATCH_INLINE f64 wasm_trunc(f64 x) { return wasm_quiet(trunc(x)); }
LATCH_INLINE f32 wasm_nearbyintf(f32 x) { return wasm_quietf(nearbyintf(x)); }
LATCH_INLINE f64 wasm_nearbyint(f64 x) { return wasm_quiet(nearbyint(x)); }
LATCH_INLINE f32 wasm_fabsf(f32 x) { return fabsf(x); }
LATCH_INLINE f64 wasm_fabs(f64 x) { return fabs(x); }

// Data segments are copied once, before anything runs.
#define LOAD_DATA(memory, offset, data, size) memcpy(&latch_memory[offset], data, size)

#endif
