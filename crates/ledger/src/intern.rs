//! Numbers for values. Behind it is a hash table, whose order nobody can see: what is looked up is a number or a value,
//! and numbers are given in the caller's order.

pub(crate) use hashbrown::Equivalent;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::fmt::{self, Debug};
use std::hash::{BuildHasher, Hash};

/// Values and their numbers, dense from 0.
#[derive(Clone)]
pub(crate) struct Interner<K> {
    values: Vec<K>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<K> Default for Interner<K> {
    fn default() -> Interner<K> {
        Interner { values: Vec::new(), numbers: HashTable::new(), hasher: DefaultHashBuilder::default() }
    }
}

/// The values in the order of their numbers: where each lies in the table says nothing.
impl<K: Debug> Debug for Interner<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.values).finish()
    }
}

impl<K: Hash + Eq> Interner<K> {
    /// The number of a value.
    pub(crate) fn number<Q: Hash + Equivalent<K> + ?Sized>(&self, value: &Q) -> Option<u32> {
        let is_it = |no: &u32| self.values.get(*no as usize).is_some_and(|known| value.equivalent(known));
        self.numbers.find(self.hasher.hash_one(value), is_it).copied()
    }

    /// Gives a new value the next number.
    pub(crate) fn give(&mut self, value: K) -> u32 {
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        let (values, hasher) = (&mut self.values, &self.hasher);
        let hash = hasher.hash_one(&value);
        values.push(value);
        // Every number in the table is that of a value.
        let hash_of = |no: &u32| values.get(*no as usize).map_or(0, |value| hasher.hash_one(value));
        self.numbers.insert_unique(hash, number, hash_of);
        number
    }

    /// Takes the newest value back.
    pub(crate) fn take_back(&mut self) {
        let Some(value) = self.values.pop() else { return };
        let last = self.values.len();
        let is_it = |no: &u32| *no as usize == last;
        if let Ok(entry) = self.numbers.find_entry(self.hasher.hash_one(&value), is_it) {
            entry.remove();
        }
    }

    /// All values, by number.
    pub(crate) fn values(&self) -> &[K] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_stay_and_the_newest_are_taken_back() {
        let mut interner: Interner<String> = Interner::default();
        for (nth, word) in (0u32..).zip(["well", "clinic", "dry"]) {
            assert_eq!(interner.number(word), None);
            assert_eq!(interner.give(word.to_owned()), nth);
        }
        for _ in 0..1000 {
            let next = interner.values().len().to_string();
            interner.give(next);
        }
        assert_eq!(
            ["well", "clinic", "dry", "999"].map(|word| interner.number(word)),
            [Some(0), Some(1), Some(2), Some(999)]
        );
        let before = format!("{interner:?}");
        for _ in 0..2 {
            let given: Vec<u32> = (0..3000).map(|nth| interner.give(format!("new {nth}"))).collect();
            assert_eq!((given[0], given[2999]), (1003, 4002));
            (0..3000).for_each(|_| interner.take_back());
            assert_eq!(format!("{interner:?}"), before);
            let numbers = ["well", "999", "new 0", "new 2999"].map(|word| interner.number(word));
            assert_eq!(numbers, [Some(0), Some(999), None, None]);
        }
    }
}
