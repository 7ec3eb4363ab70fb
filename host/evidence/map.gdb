# What gdb shows of an entry map (spec/map.md) in the linear memory of a board.
#
# $MAP_... and the other constants are set before this is read (host/evidence/gdb-script.ts), so no
# layout is stated here. Offsets are those of linear memory: latch_memory[offset].

# The u32 at an offset, in $u32.
define read_u32
  set $u32 = *(unsigned int *)&latch_memory[$arg0]
end

# Finds map number $arg0, from 0, in the order of memory; its offset in $map, 0 if there is none.
define find_map
  set $map = 0
  set $left = $arg0
  set $at = 0
  while $at < sizeof(latch_memory) && $map == 0
    read_u32 $at+$MAP_MAGIC
    if $u32 == $MAP_VALUE_MAGIC
      read_u32 $at+$MAP_AGENT_COUNT
      set $directory = $at + $MAP_AGENTS + $u32 * $MAP_VALUE_AGENT_SIZE
      read_u32 $at+$MAP_DIRECTORY
      if $u32 == $directory
        if $left == 0
          set $map = $at
        end
        set $left = $left - 1
      end
    end
    set $at = $at + $MAP_VALUE_ALIGNMENT
  end
end

# One entry: its key, the state of its word, what its value begins with.
define show_entry
  set $entry = $arg0
  read_u32 $entry+$MAP_ENTRY_WORD
  set $word = $u32
  set $state = $word & $ENTRY_STATE_MASK
  set $value = $word & ~$ENTRY_STATE_MASK
  if $arg1 & $MAP_WORD_BYTES
    read_u32 $entry+$MAP_ENTRY_KEY
    set $block = $u32
    read_u32 $block+$MAP_KEY_BLOCK_SIZE
    printf "key "
    eval "output *(char (*)[%u])&latch_memory[%u]", $u32, $block + $MAP_KEY_BLOCK_BYTES
  else
    printf "key %llu", *(unsigned long long *)&latch_memory[$entry+$MAP_ENTRY_KEY]
  end
  printf " "
  if $state == $ENTRY_STATE_EMPTY
    printf "empty"
  end
  if $state == $ENTRY_STATE_WRITING
    printf "writing"
  end
  if $state == $ENTRY_STATE_READY
    printf "ready"
  end
  if $state == $ENTRY_STATE_DELETED
    printf "deleted"
  end
  if $state == $ENTRY_STATE_EXPUNGED
    printf "expunged"
  end
  if $value != 0
    set $block = $value - $MAP_VALUE_BLOCK_HEADER_SIZE
    read_u32 $block+$MAP_BLOCK_SIZE
    set $size = $u32
    printf ", %u bytes at %u", $size, $value
    read_u32 $block+$MAP_BLOCK_STAMP
    printf ", stamp %u:", $u32
    set $i = 0
    while $i < 16 && $i < $size
      printf " %02x", latch_memory[$value+$i]
      set $i = $i + 1
    end
  end
  printf "\n"
end

# What a directory word leads to: dirty chain, then read bucket.
define show_word
  set $at = $arg0
  if $at == $MAP_WORD_UNSET
    printf "    unset: not split off yet\n"
  end
  while $at & $MAP_WORD_AMENDED
    printf "    amended, entry at %u: ", $at & ~$MAP_WORD_BITS
    show_entry $at&~$MAP_WORD_BITS $at
    read_u32 ($at&~$MAP_WORD_BITS)+$MAP_ENTRY_NEXT
    set $at = $u32
  end
  if $at & $MAP_WORD_EMPTY
    printf "    empty: one of %u buckets\n", 1 << ($at >> 4)
  end
  if $at != $MAP_WORD_UNSET && !($at & $MAP_WORD_EMPTY)
    set $bucket = $at & ~$MAP_WORD_BITS
    set $pairs = *(unsigned short *)&latch_memory[$bucket+$MAP_BUCKET_COUNT]
    set $room = *(unsigned short *)&latch_memory[$bucket+$MAP_BUCKET_CAPACITY]
    read_u32 $bucket+$MAP_BUCKET_LINK
    printf "    read bucket at %u: %u of %u pairs, one of %u buckets", $bucket, $pairs, $room, $u32
    if $at & $MAP_WORD_FROZEN
      printf ", frozen: being split"
    end
    printf "\n"
    set $pair = 0
    while $pair < $pairs
      set $tag = $bucket + $MAP_BUCKET_TAGS + 4 * $pair
      read_u32 $tag
      printf "      tag %08x, entry at ", $u32
      read_u32 $tag+4*$room
      set $named = $u32
      printf "%u: ", $named & ~$MAP_WORD_BITS
      show_entry $named&~$MAP_WORD_BITS $named
      set $pair = $pair + 1
    end
  end
end

# Loads since this was asked last, agent by agent; remembers the counters in $hits and $misses.
define show_loads
  set $agent = 0
  while $agent < $agents
    set $record = $map + $MAP_AGENTS + $agent * $MAP_VALUE_AGENT_SIZE
    read_u32 $record+$MAP_AGENT_HITS
    set $found = $u32 - $hits[$agent]
    set $hits[$agent] = $u32
    read_u32 $record+$MAP_AGENT_MISS_TOTAL
    set $missed = $u32 - $misses[$agent]
    set $misses[$agent] = $u32
    if $agent > 0
      printf "; "
    end
    printf "agent %u: %u hits, %u misses", $agent, $found, $missed
    set $agent = $agent + 1
  end
  printf "\n"
end

