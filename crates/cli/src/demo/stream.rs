//! One seeded stream, from which the demo takes all its chance.

use almoner_proof::Hash;

/// Where the stream begins: the demo's gifts are the same each time. Salts must never come from a
/// known seed in a real ledger, or everybody can open them.
pub(super) const SEED: &str = "almoner demo, the stream of gifts, 1";

/// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>) for amounts, hashes of a counter for salts.
pub(super) struct Stream {
    state: u64,
    salts: u64,
}

impl Stream {
    pub(super) fn new() -> Stream {
        let [a, b, c, d, e, f, g, h, ..] = Hash::of(SEED.as_bytes()).0;
        Stream { state: u64::from_be_bytes([a, b, c, d, e, f, g, h]), salts: 0 }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`. The bias of the remainder does not matter in a story.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    pub(super) fn salt(&mut self) -> [u8; 32] {
        self.salts += 1;
        Hash::of_parts(&[SEED.as_bytes(), b"\nsalt\n", &self.salts.to_be_bytes()]).0
    }

    /// Fisher–Yates: batches of private gifts are shuffled, so that order tells nothing.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let bound = last as u64 + 1;
            let other = usize::try_from(self.below(bound)).unwrap_or(last);
            items.swap(last, other);
        }
    }
}
