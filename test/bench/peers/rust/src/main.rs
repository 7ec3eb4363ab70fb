//! Rust's maps as peers of npm run bench:map: papaya, scc, dashmap, all with foldhash.
//!
//! A line on stdin asks for one round, "CASE MAP THREADS OPS ARGUMENT"; the answer is one line of
//! numbers, nanoseconds first, then how often the system took a thread off its processor. Keys are u64, values 64 bytes, of which a load reads the first 8.
//! Sequence and mix are those of test/core/map/loops.ts. Each thread is pinned to one processor.
mod tables;

use std::collections::HashMap;
use std::io::{stdin, BufRead};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::scope;
use std::time::Instant;
use tables::{DashTable, Operations, PapayaTable, SccTable, Table};

const KEY_BASE: u64 = 1 << 20;
const SMALL_MASK: u32 = 1023;
/// Operations under one pin, where a map has pins.
const BATCH: usize = 64;

extern "C" {
    fn sched_setaffinity(pid: i32, size: usize, mask: *const u64) -> i32;
    fn getrusage(who: i32, usage: *mut [i64; 18]) -> i32;
}

fn main() {
    let mut papaya = Keep::<PapayaTable>(HashMap::new());
    let mut scc = Keep::<SccTable>(HashMap::new());
    let mut dash = Keep::<DashTable>(HashMap::new());
    for line in stdin().lock().lines() {
        let line = line.expect("stdin");
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |i: usize| words[i].parse::<usize>().expect("a number");
        let (threads, ops, argument) = (number(2), number(3), number(4));
        let answer = match words[1] {
            "papaya" => papaya.round(words[0], threads, ops, argument, BATCH),
            "papaya-1" => papaya.round(words[0], threads, ops, argument, 1),
            "scc" => scc.round(words[0], threads, ops, argument, BATCH),
            "dashmap" => dash.round(words[0], threads, ops, argument, BATCH),
            other => panic!("no map {other}"),
        };
        let texts: Vec<String> = answer.iter().map(u64::to_string).collect();
        println!("{}", texts.join(" "));
    }
}

/// The maps of one kind that stay from round to round, by case.
struct Keep<T>(HashMap<String, T>);

impl<T: Table> Keep<T> {
    fn round(
        &mut self,
        case: &str,
        threads: usize,
        ops: usize,
        argument: usize,
        batch: usize,
    ) -> Vec<u64> {
        match case {
            "grow" => return grow::<T>(ops, argument),
            "bytes" => return bytes::<T>(ops),
            "alloc" => return adversarial_alloc(&T::new(), threads, ops),
            "delete" => {
                let table = filled::<T>(0, SMALL_MASK as u64 + 1);
                return adversarial_delete(&table, threads, ops);
            }
            _ => {}
        }
        let count = if case == "range" { 1000 } else { SMALL_MASK as u64 + 1 };
        let table = self.0.entry(case.into()).or_insert_with(|| filled::<T>(KEY_BASE, count));
        let table = &*table;
        parallel(threads, |thread| {
            let seed = (thread as u32 + 1).wrapping_mul(0x9e3779b1);
            let sum = match case {
                "load" => loads(table, argument as u32, ops, batch, seed),
                "mix" => mix(table, ops, batch, argument as u32, seed),
                "range" => (0..ops).map(|_| table.pin().sum()).sum(),
                other => panic!("no case {other}"),
            };
            std::hint::black_box(sum);
        })
    }
}

fn filled<T: Table>(first: u64, count: u64) -> T {
    let table = T::new();
    (0..count).for_each(|i| table.pin().store(first + i, i));
    table
}

fn next(mut x: u32) -> u32 {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    x
}

fn loads<T: Table>(table: &T, mask: u32, ops: usize, batch: usize, mut x: u32) -> u64 {
    let mut sum = 0u64;
    for _ in 0..ops / batch {
        let pinned = table.pin();
        for _ in 0..batch {
            x = next(x);
            sum = sum.wrapping_add(pinned.load(KEY_BASE + (x & mask) as u64));
        }
    }
    sum
}

fn mix<T: Table>(table: &T, ops: usize, batch: usize, share: u32, mut x: u32) -> u64 {
    let mut sum = 0u64;
    for _ in 0..ops / batch {
        let pinned = table.pin();
        for _ in 0..batch {
            x = next(x);
            let key = KEY_BASE + (x & SMALL_MASK) as u64;
            let roll = (x >> 16) % 200;
            if roll < share {
                pinned.store(key, x as u64);
            } else if roll < 2 * share {
                pinned.remove(key);
            } else {
                sum = sum.wrapping_add(pinned.load(key));
            }
        }
    }
    sum
}

/// A new key each time as many loads have missed as there are keys.
fn adversarial_alloc<T: Table>(table: &T, threads: usize, ops: usize) -> Vec<u64> {
    parallel(threads, |thread| {
        let (mut stores, mut since) = (0u64, 0u64);
        for i in (thread * ops) as u64..((thread + 1) * ops) as u64 {
            table.pin().load(i);
            since += 1;
            if since > stores {
                table.pin().load_or_store(i, stores);
                since = 0;
                stores += 1;
            }
        }
    })
}

/// Among 1,024 keys one is replaced by another each 1,024 loads, all of which miss.
fn adversarial_delete<T: Table>(table: &T, threads: usize, ops: usize) -> Vec<u64> {
    parallel(threads, |thread| {
        for i in (thread * ops) as u64..((thread + 1) * ops) as u64 {
            table.pin().load(i);
            if i & SMALL_MASK as u64 == 0 {
                let pinned = table.pin();
                if let Some(key) = pinned.any_key() {
                    pinned.remove(key);
                }
                pinned.store(i, i);
            }
        }
    })
}

/// Lets the threads begin together, one processor each: ns from the first's begin to the last's
/// end, as they saw it themselves, and their involuntary switches.
fn parallel<F: Fn(usize) + Sync>(threads: usize, work: F) -> Vec<u64> {
    let arrived = AtomicUsize::new(0);
    let times: Vec<(Instant, Instant, u64)> = scope(|s| {
        let handles: Vec<_> = (0..threads)
            .map(|thread| {
                let (arrived, work) = (&arrived, &work);
                s.spawn(move || {
                    pin(thread);
                    let before = involuntary_switches(); // one at the gate delays the round too
                    arrived.fetch_add(1, Ordering::SeqCst);
                    while arrived.load(Ordering::Acquire) < threads {
                        std::hint::spin_loop();
                    }
                    let began = Instant::now();
                    work(thread);
                    (began, Instant::now(), involuntary_switches() - before)
                })
            })
            .collect();
        handles.into_iter().map(|h| h.join().expect("a thread")).collect()
    });
    let first = times.iter().map(|time| time.0).min().expect("a thread");
    let last = times.iter().map(|time| time.1).max().expect("a thread");
    let switches = times.iter().map(|time| time.2).sum();
    vec![(last - first).as_nanos() as u64, switches]
}

fn pin(cpu: usize) {
    let mask = [1u64 << cpu; 1];
    let status = unsafe { sched_setaffinity(0, 8, mask.as_ptr()) };
    assert_eq!(status, 0, "sched_setaffinity");
}

fn involuntary_switches() -> u64 {
    const RUSAGE_THREAD: i32 = 1;
    let mut usage = [0i64; 18]; // struct rusage of 64-bit Linux; its last word is ru_nivcsw
    assert_eq!(unsafe { getrusage(RUSAGE_THREAD, &mut usage) }, 0, "getrusage");
    usage[17] as u64
}

/// {median, p99, p99.9, max} of single inserts in ns: first of all of all rounds, then of the least
/// that each took in any round.
fn grow<T: Table>(count: usize, rounds: usize) -> Vec<u64> {
    let mut all = Vec::with_capacity(count * rounds);
    let mut least = vec![u32::MAX; count];
    for _ in 0..rounds {
        let table = T::new();
        let pinned = table.pin();
        for (i, least) in least.iter_mut().enumerate() {
            let began = Instant::now();
            pinned.store(KEY_BASE + i as u64, i as u64);
            let took = began.elapsed().as_nanos() as u32;
            all.push(took);
            *least = took.min(*least);
        }
    }
    [quantiles(all), quantiles(least)].concat()
}

fn quantiles(mut times: Vec<u32>) -> Vec<u64> {
    times.sort_unstable();
    [0.5, 0.99, 0.999, 1.0]
        .iter()
        .map(|part| times[(part * (times.len() - 1) as f64) as usize] as u64)
        .collect()
}

/// Growth of the resident set by so many entries.
fn bytes<T: Table>(count: usize) -> Vec<u64> {
    let before = resident();
    let table = filled::<T>(KEY_BASE, count as u64);
    let after = resident();
    std::hint::black_box(table.pin().load(KEY_BASE));
    vec![after.saturating_sub(before)]
}

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("/proc/self/statm");
    text.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).expect("pages") * 4096
}
