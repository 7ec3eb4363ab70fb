//! The three maps behind one trait; all calls are static.
use foldhash::fast::RandomState;

pub struct Value([u8; 64]);

impl Value {
    fn new(number: u64) -> Value {
        let mut bytes = [0; 64];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Value(bytes)
    }

    fn first(&self) -> u64 {
        u64::from_le_bytes(self.0[..8].try_into().expect("8 bytes"))
    }
}

pub trait Table: Sync {
    type Pinned<'a>: Operations
    where
        Self: 'a;
    fn new() -> Self;
    /// What is done between two calls of this is done under one pin, if the map has pins.
    fn pin(&self) -> Self::Pinned<'_>;
}

pub trait Operations {
    /// The first 8 bytes of the value, 0 if absent.
    fn load(&self, key: u64) -> u64;
    fn store(&self, key: u64, number: u64);
    fn load_or_store(&self, key: u64, number: u64);
    fn remove(&self, key: u64);
    fn any_key(&self) -> Option<u64>;
    fn sum(&self) -> u64;
}

pub struct PapayaTable(papaya::HashMap<u64, Value, RandomState>);

impl Table for PapayaTable {
    type Pinned<'a> = papaya::HashMapRef<'a, u64, Value, RandomState, papaya::LocalGuard<'a>>;
    fn new() -> Self {
        PapayaTable(papaya::HashMap::with_hasher(RandomState::default()))
    }
    fn pin(&self) -> Self::Pinned<'_> {
        self.0.pin()
    }
}

impl Operations for papaya::HashMapRef<'_, u64, Value, RandomState, papaya::LocalGuard<'_>> {
    fn load(&self, key: u64) -> u64 {
        self.get(&key).map_or(0, Value::first)
    }
    fn store(&self, key: u64, number: u64) {
        self.insert(key, Value::new(number));
    }
    fn load_or_store(&self, key: u64, number: u64) {
        self.get_or_insert(key, Value::new(number));
    }
    fn remove(&self, key: u64) {
        papaya::HashMapRef::remove(self, &key);
    }
    fn any_key(&self) -> Option<u64> {
        self.keys().next().copied()
    }
    fn sum(&self) -> u64 {
        self.values().fold(0, |sum, value| sum.wrapping_add(value.first()))
    }
}

pub struct SccTable(scc::HashMap<u64, Value, RandomState>);

impl Table for SccTable {
    type Pinned<'a> = &'a SccTable;
    fn new() -> Self {
        SccTable(scc::HashMap::with_hasher(RandomState::default()))
    }
    fn pin(&self) -> Self::Pinned<'_> {
        self
    }
}

impl Operations for &SccTable {
    fn load(&self, key: u64) -> u64 {
        self.0.read_sync(&key, |_, value| value.first()).unwrap_or(0)
    }
    fn store(&self, key: u64, number: u64) {
        self.0.upsert_sync(key, Value::new(number));
    }
    fn load_or_store(&self, key: u64, number: u64) {
        self.0.entry_sync(key).or_insert_with(|| Value::new(number));
    }
    fn remove(&self, key: u64) {
        self.0.remove_sync(&key);
    }
    fn any_key(&self) -> Option<u64> {
        let mut found = None;
        self.0.iter_sync(|key, _| {
            found = Some(*key);
            false
        });
        found
    }
    fn sum(&self) -> u64 {
        let mut sum = 0u64;
        self.0.iter_sync(|_, value| {
            sum = sum.wrapping_add(value.first());
            true
        });
        sum
    }
}

pub struct DashTable(dashmap::DashMap<u64, Value, RandomState>);

impl Table for DashTable {
    type Pinned<'a> = &'a DashTable;
    fn new() -> Self {
        DashTable(dashmap::DashMap::with_hasher(RandomState::default()))
    }
    fn pin(&self) -> Self::Pinned<'_> {
        self
    }
}

impl Operations for &DashTable {
    fn load(&self, key: u64) -> u64 {
        self.0.get(&key).map_or(0, |value| value.first())
    }
    fn store(&self, key: u64, number: u64) {
        self.0.insert(key, Value::new(number));
    }
    fn load_or_store(&self, key: u64, number: u64) {
        self.0.entry(key).or_insert_with(|| Value::new(number));
    }
    fn remove(&self, key: u64) {
        self.0.remove(&key);
    }
    fn any_key(&self) -> Option<u64> {
        self.0.iter().next().map(|pair| *pair.key())
    }
    fn sum(&self) -> u64 {
        self.0.iter().fold(0, |sum, pair| sum.wrapping_add(pair.value().first()))
    }
}
