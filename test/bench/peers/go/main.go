// Go's maps as peers of npm run bench:map: sync.Map, xsync.Map, a map behind an RWMutex.
//
// A line on stdin asks for one round, "CASE MAP THREADS OPS ARGUMENT"; the answer is one line of
// numbers, nanoseconds first, then how often the system took a thread off its processor. Keys are uint64, values 64 bytes behind a pointer, of which a load
// reads the first 8. Sequence and mix are those of test/core/map/loops.ts. Each goroutine of a
// round is locked to a thread, and the thread to one processor; the collector is free.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

const keyBase = 1 << 20
const smallMask = 1023

var sink atomic.Uint64

func main() {
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		words := strings.Fields(input.Text())
		number := func(i int) int {
			n, err := strconv.Atoi(words[i])
			if err != nil {
				panic(err)
			}
			return n
		}
		answer := round(words[0], words[1], number(2), number(3), number(4))
		for _, n := range answer {
			fmt.Print(n, " ")
		}
		fmt.Println()
	}
}

// round runs one round of a case.
func round(name, kind string, threads, ops, argument int) []int64 {
	switch name {
	case "grow":
		return grow(kind, ops, argument)
	case "bytes":
		return bytesPerEntry(kind, ops)
	}
	m := mapFor(name, kind)
	took, switches := parallel(threads, func(thread int) {
		seed := uint32(thread+1) * 0x9e3779b1
		switch name {
		case "load":
			sink.Add(m.loads(uint32(argument), ops, seed))
		case "mix":
			sink.Add(m.mix(smallMask, ops, uint32(argument), seed))
		case "alloc":
			adversarialAlloc(m, thread*ops, ops)
		case "delete":
			adversarialDelete(m, thread*ops, ops)
		case "range":
			for i := 0; i < ops; i++ {
				m.each(func(_, v uint64) bool { sink.Store(v); return true })
			}
		default:
			panic("no case " + name)
		}
	})
	return []int64{took.Nanoseconds(), switches}
}

// parallel lets the threads begin together, one processor each: the time from the first's begin to
// the last's end, as they saw it themselves, and their involuntary switches.
func parallel(threads int, work func(thread int)) (time.Duration, int64) {
	var done sync.WaitGroup
	var arrived, switches atomic.Int64
	began := make([]time.Time, threads)
	ended := make([]time.Time, threads)
	done.Add(threads)
	for t := 0; t < threads; t++ {
		go func(thread int) {
			defer done.Done()
			runtime.LockOSThread() // not unlocked: the pinned thread ends with the goroutine
			pin(thread)
			before := involuntarySwitches() // one at the gate delays the round too
			arrived.Add(1)
			for arrived.Load() < int64(threads) {
			}
			began[thread] = time.Now()
			work(thread)
			ended[thread] = time.Now()
			switches.Add(involuntarySwitches() - before)
		}(t)
	}
	done.Wait()
	first := slices.MinFunc(began, time.Time.Compare)
	return slices.MaxFunc(ended, time.Time.Compare).Sub(first), switches.Load()
}

func involuntarySwitches() int64 {
	const thread = 1 // RUSAGE_THREAD
	var usage syscall.Rusage
	if err := syscall.Getrusage(thread, &usage); err != nil {
		panic(err)
	}
	return usage.Nivcsw
}

func pin(cpu int) {
	mask := [16]uint64{1 << uint(cpu)}
	_, _, e := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, 128, uintptr(unsafe.Pointer(&mask)))
	if e != 0 {
		panic(e)
	}
}

// mapFor gives the map of a case: one that stays for loads, mixes and ranges, else a new one.
func mapFor(name, kind string) table {
	if name == "alloc" {
		return newTable(kind)
	}
	if name == "delete" {
		m := newTable(kind)
		for i := uint64(0); i <= smallMask; i++ {
			m.store(i, i)
		}
		return m
	}
	id := name + kind
	if kept[id] == nil {
		count := smallMask + 1
		if name == "range" {
			count = 1000
		}
		m := newTable(kind)
		for i := 0; i < count; i++ {
			m.store(keyBase+uint64(i), uint64(i))
		}
		kept[id] = m
	}
	return kept[id]
}

var kept = map[string]table{}

// adversarialAlloc does what BenchmarkMapAdversarialAlloc of Go's tests is for: it stores a new key
// each time as many loads have missed as there are keys, just after a promotion.
func adversarialAlloc(m table, first, ops int) {
	stores, since := 0, 0
	for i := first; i < first+ops; i++ {
		m.load(uint64(i))
		since++
		if since > stores {
			m.loadOrStore(uint64(i), uint64(stores))
			since = 0
			stores++
		}
	}
}

// adversarialDelete does what BenchmarkMapAdversarialDelete is for: among 1,024 keys it replaces
// one by another each 1,024 loads, all of which miss.
func adversarialDelete(m table, first, ops int) {
	for i := first; i < first+ops; i++ {
		m.load(uint64(i))
		if i&smallMask == 0 {
			m.each(func(k, _ uint64) bool { m.remove(k); return false })
			m.store(uint64(i), uint64(i))
		}
	}
}

// bytesPerEntry answers with the heap's growth by so many entries.
func bytesPerEntry(kind string, count int) []int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m := newTable(kind)
	for i := 0; i < count; i++ {
		m.store(keyBase+uint64(i), uint64(i))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(m)
	return []int64{int64(after.HeapAlloc) - int64(before.HeapAlloc)}
}
