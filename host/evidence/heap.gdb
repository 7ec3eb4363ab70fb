# Replays a board to instruction $instructions and writes its linear memory to memory.bin.
eval "monitor replay_break %llu", $instructions
continue
if $_isvoid($_exitcode)
  dump binary memory memory.bin latch_memory (latch_memory + sizeof(latch_memory))
  printf "memory written\n"
end
quit
