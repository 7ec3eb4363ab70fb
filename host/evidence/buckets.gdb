# Stops at each atomic replacement in a map's directory; shows what the word led to, and leads to.
#
# A hardware watchpoint over the directory stops behind the one store that changes a word, wherever
# the compiler has put it; the frames are TypeScript lines. Between two stops the processor runs on:
# the counters of the agents, and a second watchpoint on the variable in which a reader keeps its
# result, tell what was loaded meanwhile.
# In: the constants, $count (replacements of a read bucket), $map_number, $has_result with
# watch_result and show_result, $hits and $misses (zeros, one an agent), map.gdb.

# Shows a change of word $arg0 from $old to $new.
define show_replacement
  if $new & $MAP_WORD_AMENDED
    printf "\n-- bucket %u: an entry was put in front\n", $arg0
    printf "  loads since the last stop: "
    show_loads
    printf "  word %08x -> %08x\n", $old, $new
    printf "    amended, entry at %u: ", $new & ~$MAP_WORD_BITS
    show_entry $new&~$MAP_WORD_BITS $new
  else
    set $replaced = $replaced + 1
    printf "\n== replacement %u of %u: bucket %u\n", $replaced, $count, $arg0
    printf "  loads since the last stop: "
    show_loads
    printf "  old word %08x\n", $old
    show_word $old
    printf "  new word %08x\n", $new
    show_word $new
    printf "  by:\n"
    backtrace -frame-arguments presence -frame-info location 6
  end
end

# Compares the directory with what it was and shows what is new; $changed tells whether anything is.
define show_changes
  set $changed = 0
  set $index = 0
  while $index < $words
    read_u32 $directory+4*$index
    set $new = $u32
    eval "set $old = $before_%u", $index
    if $old != $new
      set $changed = 1
      eval "set $before_%u = $new", $index
      show_replacement $index
    end
    set $index = $index + 1
  end
end

tbreak port_timer_start
continue
find_map $map_number
if $map == 0
  printf "the program has no entry map number %u\n", $map_number
  quit 1
end
read_u32 $map+$MAP_AGENT_COUNT
set $agents = $u32
read_u32 $map+$MAP_BUCKETS_MAX
set $words = $u32
read_u32 $map+$MAP_DIRECTORY
set $directory = $u32
set $replaced = 0
printf "map at %u, %u agents, directory of %u words at %u\n", $map, $agents, $words, $directory
set $index = 0
while $index < $words
  read_u32 $directory+4*$index
  eval "set $before_%u = $u32", $index
  set $index = $index + 1
end
eval "watch *(unsigned int (*)[%u])&latch_memory[%u]", $words, $directory
commands
silent
end
if $has_result
  watch_result
end

while $replaced < $count && $_isvoid($_exitcode)
  continue
  if $_isvoid($_exitcode)
    show_changes
    if $has_result
      if $changed
        enable 3
      else
        printf "  a reader went on: "
        show_result
        disable 3
      end
    end
  end
end
printf "\n%u of %u replacements seen\n", $replaced, $count
# gdb ends QEMU, which is the other end of its pipe.
quit
