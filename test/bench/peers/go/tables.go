// The three maps. Loads and mixes are loops of each map's own, so that no dynamic call is measured;
// the rest goes through the interface, as in Go's own benchmarks.
package main

import (
	"encoding/binary"
	"sync"

	"github.com/puzpuzpuz/xsync/v4"
)

type value [64]byte

type table interface {
	loads(mask uint32, ops int, seed uint32) uint64
	mix(mask uint32, ops int, share, seed uint32) uint64
	load(key uint64) uint64
	store(key, number uint64)
	loadOrStore(key, number uint64)
	remove(key uint64)
	each(f func(key, number uint64) bool)
}

func newTable(kind string) table {
	switch kind {
	case "sync":
		return &syncTable{}
	case "xsync":
		return &xsyncTable{xsync.NewMap[uint64, *value]()}
	case "rwmutex":
		return &lockTable{m: map[uint64]*value{}}
	}
	panic("no map " + kind)
}

func next(x uint32) uint32 {
	x ^= x << 13
	x ^= x >> 17
	x ^= x << 5
	return x
}

func newValue(number uint64) *value {
	v := new(value)
	binary.LittleEndian.PutUint64(v[:], number)
	return v
}

func (v *value) first() uint64 { return binary.LittleEndian.Uint64(v[:]) }

type syncTable struct{ m sync.Map }

func (t *syncTable) loads(mask uint32, ops int, x uint32) (sum uint64) {
	for i := 0; i < ops; i++ {
		x = next(x)
		if v, ok := t.m.Load(keyBase + uint64(x&mask)); ok {
			sum += v.(*value).first()
		}
	}
	return
}

func (t *syncTable) mix(mask uint32, ops int, share, x uint32) (sum uint64) {
	for i := 0; i < ops; i++ {
		x = next(x)
		key := keyBase + uint64(x&mask)
		roll := (x >> 16) % 200
		if roll < share {
			t.m.Store(key, newValue(uint64(x)))
		} else if roll < 2*share {
			t.m.Delete(key)
		} else if v, ok := t.m.Load(key); ok {
			sum += v.(*value).first()
		}
	}
	return
}

func (t *syncTable) load(key uint64) uint64 {
	if v, ok := t.m.Load(key); ok {
		return v.(*value).first()
	}
	return 0
}
func (t *syncTable) store(key, number uint64)       { t.m.Store(key, newValue(number)) }
func (t *syncTable) loadOrStore(key, number uint64) { t.m.LoadOrStore(key, newValue(number)) }
func (t *syncTable) remove(key uint64)              { t.m.Delete(key) }
func (t *syncTable) each(f func(key, number uint64) bool) {
	t.m.Range(func(k, v any) bool { return f(k.(uint64), v.(*value).first()) })
}

type xsyncTable struct{ m *xsync.Map[uint64, *value] }

func (t *xsyncTable) loads(mask uint32, ops int, x uint32) (sum uint64) {
	for i := 0; i < ops; i++ {
		x = next(x)
		if v, ok := t.m.Load(keyBase + uint64(x&mask)); ok {
			sum += v.first()
		}
	}
	return
}

func (t *xsyncTable) mix(mask uint32, ops int, share, x uint32) (sum uint64) {
	for i := 0; i < ops; i++ {
		x = next(x)
		key := keyBase + uint64(x&mask)
		roll := (x >> 16) % 200
		if roll < share {
			t.m.Store(key, newValue(uint64(x)))
		} else if roll < 2*share {
			t.m.Delete(key)
		} else if v, ok := t.m.Load(key); ok {
			sum += v.first()
		}
	}
	return
}

func (t *xsyncTable) load(key uint64) uint64 {
	if v, ok := t.m.Load(key); ok {
		return v.first()
	}
	return 0
}
func (t *xsyncTable) store(key, number uint64)       { t.m.Store(key, newValue(number)) }
func (t *xsyncTable) loadOrStore(key, number uint64) { t.m.LoadOrStore(key, newValue(number)) }
func (t *xsyncTable) remove(key uint64)              { t.m.Delete(key) }
func (t *xsyncTable) each(f func(key, number uint64) bool) {
	t.m.Range(func(k uint64, v *value) bool { return f(k, v.first()) })
}

type lockTable struct {
	lock sync.RWMutex
	m    map[uint64]*value
}

func (t *lockTable) loads(mask uint32, ops int, x uint32) (sum uint64) {
	for i := 0; i < ops; i++ {
		x = next(x)
		sum += t.load(keyBase + uint64(x&mask))
	}
	return
}

func (t *lockTable) mix(mask uint32, ops int, share, x uint32) (sum uint64) {
	for i := 0; i < ops; i++ {
		x = next(x)
		key := keyBase + uint64(x&mask)
		roll := (x >> 16) % 200
		if roll < share {
			t.store(key, uint64(x))
		} else if roll < 2*share {
			t.remove(key)
		} else {
			sum += t.load(key)
		}
	}
	return
}

func (t *lockTable) load(key uint64) uint64 {
	t.lock.RLock()
	v, ok := t.m[key]
	t.lock.RUnlock()
	if ok {
		return v.first()
	}
	return 0
}

func (t *lockTable) store(key, number uint64) {
	v := newValue(number)
	t.lock.Lock()
	t.m[key] = v
	t.lock.Unlock()
}

func (t *lockTable) loadOrStore(key, number uint64) {
	t.lock.Lock()
	if _, ok := t.m[key]; !ok {
		t.m[key] = newValue(number)
	}
	t.lock.Unlock()
}

func (t *lockTable) remove(key uint64) {
	t.lock.Lock()
	delete(t.m, key)
	t.lock.Unlock()
}

// each holds no lock while f runs, so f may change the map: the keys first, then a load of each.
func (t *lockTable) each(f func(key, number uint64) bool) {
	t.lock.RLock()
	keys := make([]uint64, 0, len(t.m))
	for k := range t.m {
		keys = append(keys, k)
	}
	t.lock.RUnlock()
	for _, k := range keys {
		if !f(k, t.load(k)) {
			return
		}
	}
}
