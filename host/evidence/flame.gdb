# Replays a board and shows its stack at $samples instructions, $every apart.
set $sample = 1
while $sample <= $samples && $_isvoid($_exitcode)
  eval "monitor replay_break %llu", (unsigned long long)$sample * $every
  continue
  if $_isvoid($_exitcode)
    printf "-- sample %u\n", $sample
    backtrace -frame-arguments presence -frame-info location
  end
  set $sample = $sample + 1
end
printf "-- end\n"
quit
