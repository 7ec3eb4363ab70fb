// The linker script of a board, from the memories and budgets of its board.json.
import type { Board } from "../board/schema.ts";

/** Text of the script; the layout is drawn in firmware/port/cortex-m.c. */
export function linkerScript(board: Board & { memories: NonNullable<Board["memories"]> }): string {
  const { flash, ram } = board.memories;
  const hex = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;
  return `/* ${board.name}: generated from board.json; do not edit. */
ENTRY(reset_handler)

MEMORY
{
  flash (rx)  : ORIGIN = ${hex(flash.origin)}, LENGTH = ${flash.sizeBytes}
  ram   (rwx) : ORIGIN = ${hex(ram.origin)}, LENGTH = ${ram.sizeBytes}
}

SECTIONS
{
  .text :
  {
    link_text_begin = .;
    KEEP(*(.vectors))
    KEEP(*(.vectors.board))
    *(.text .text.*)
    *(.rodata .rodata.*)
    . = ALIGN(8);
  } > flash
  .ARM.exidx : { *(.ARM.exidx*) } > flash

  .stack (NOLOAD) :
  {
    . += ${board.budget.stackSizeBytes};
    . = ALIGN(8);
    link_process_stack_end = .;
    . += ${board.budget.handlerStackSizeBytes};
    . = ALIGN(8);
    link_handler_stack_end = .;
  } > ram
  .noinit (NOLOAD) : { *(.noinit) . = ALIGN(8); } > ram
  .data :
  {
    link_data_begin = .;
    *(.data .data.*)
    . = ALIGN(8);
    link_data_end = .;
  } > ram AT > flash
  link_data_load = LOADADDR(.data);
  .bss (NOLOAD) :
  {
    link_bss_begin = .;
    *(.bss .bss.* COMMON)
    . = ALIGN(8);
    link_bss_end = .;
  } > ram
  /DISCARD/ : { *(.comment) *(.ARM.attributes) }
}
`;
}
