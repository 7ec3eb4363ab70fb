// Growth from nothing: the time of every single insert, over several rounds.
package main

import (
	"runtime"
	"slices"
	"time"
)

// grow answers with {median, p99, p99.9, max} of single inserts in ns: first of all inserts of all
// rounds, then of the least that each insert took in any round, which leaves out what the machine
// and the collector did once.
func grow(kind string, count, rounds int) []int64 {
	least := make([]uint32, count)
	all := make([]uint32, 0, count*rounds)
	parallel(1, func(int) {
		for r := 0; r < rounds; r++ {
			m := newTable(kind)
			for i := 0; i < count; i++ {
				began := time.Now()
				m.store(keyBase+uint64(i), uint64(i))
				took := uint32(time.Since(began))
				all = append(all, took)
				if r == 0 || took < least[i] {
					least[i] = took
				}
			}
			m = nil
			runtime.GC()
		}
	})
	return append(quantiles(all), quantiles(least)...)
}

func quantiles(times []uint32) []int64 {
	slices.Sort(times)
	at := func(part float64) int64 { return int64(times[int(part*float64(len(times)-1))]) }
	return []int64{at(0.5), at(0.99), at(0.999), at(1)}
}
