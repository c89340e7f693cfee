//! Randomness that can be repeated.

use std::io::Read as _;

/// A small generator (splitmix64). Its seed is printed; `ALMONER_SEED` repeats a run.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Seeded by `ALMONER_SEED`, or else by the system; says which.
    pub fn new(test: &str) -> Chance {
        let seed = std::env::var("ALMONER_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| {
            let mut bytes = [0; 8];
            std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).expect("/dev/urandom");
            u64::from_le_bytes(bytes)
        });
        println!("{test}: ALMONER_SEED={seed}");
        Chance(seed)
    }

    /// A generator for another thread.
    pub fn split(&mut self) -> Chance {
        Chance(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }
}
