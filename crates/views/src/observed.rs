//! What others reported: each transaction and each version of an activity, and whether the newest file of its publisher
//! still holds it.
//!
//! A file that was published again takes the place of those before it (`import.compared`). What they held is then held by
//! the newer one, but for what is said to be gone; so a file is written down once, and the next one as what differs. An
//! item is *current* while a file holds it whose place no other has taken.

// Saturating: counts of what is in memory, and log indices, which do not come near the edge.

use crate::Views;
use crate::series::Series;
use almoner_ledger::EntityNo;
use almoner_ledger::effect::ReportedMoney;
use almoner_proof::Hash;
use almoner_wire as wire;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// That a file holds an item, since an event and until another.
#[derive(Debug, Clone, Copy)]
struct Stay {
    since: u64,
    /// The file that was said to hold it; those that replaced this one hold it after that.
    import: EntityNo,
    /// The event that says that it is gone, and the file that lacks it.
    left: Option<(u64, EntityNo)>,
}

/// Something reported.
#[derive(Debug)]
struct Item {
    index: u64,
    activity: Option<EntityNo>,
    money: Option<ReportedMoney>,
    stays: Vec<Stay>,
}

/// Something reported, as it stood after a prefix of the log.
#[derive(Debug, Clone, Copy)]
pub struct ObservedAt<'a> {
    /// The event that tells it.
    pub index: u64,
    /// The activity that it is, or stands in.
    pub activity: Option<EntityNo>,
    /// What it says of money, where it is a transaction.
    pub money: Option<&'a ReportedMoney>,
    /// The file that holds it; of several the one that was imported last. None if none does any more.
    pub held_by: Option<EntityNo>,
    /// Where none does: the event that says so, and the newer file that lacks it.
    pub gone: Option<(u64, EntityNo)>,
}

impl Views {
    /// What somebody else reported, as it goes over the wire.
    #[must_use]
    pub fn observed_told(&self, one: &ObservedAt<'_>) -> Option<wire::Observed> {
        let gone = |(index, import)| {
            let says = "no longer in the newest file of this publisher".to_owned();
            Some(wire::Gone { by: self.event_at(index)?, newest: self.reference(import), says })
        };
        Some(wire::Observed {
            index: one.index,
            event: self.citation(one.index)?,
            activity: one.activity.and_then(|no| self.reference(no)),
            current: one.held_by.is_some(),
            held_by: one.held_by.and_then(|no| self.reference(no)),
            gone: one.gone.and_then(gone),
        })
    }

    /// What the event at an index reported, as it goes over the wire; none if it is of another kind.
    #[must_use]
    pub fn observed_told_at(&self, index: u64, at: Option<u64>) -> Option<wire::Observed> {
        self.observed_told(&self.observed().at_index(index, at)?)
    }
}

/// How many transactions, and the sum of their values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportedSum {
    /// Type code as in the file, `None` if missing.
    pub type_code: String,
    /// Currency as in the file, `(none)` if missing.
    pub currency: String,
    /// Transactions.
    pub count: u64,
    /// Those of them whose value is no number; they add nothing.
    pub without_number: u64,
    /// Sum of the values; none if it is beyond what a decimal holds.
    pub sum: Option<Decimal>,
}

/// All that was reported by one importer or by several; keys are each importer's own.
#[derive(Debug, Default)]
pub struct Observed {
    items: Vec<Item>,
    by_key: BTreeMap<(u32, Hash), u32>,
    /// Items that a file was said to hold, whoever holds them now.
    of_import: BTreeMap<EntityNo, Vec<u32>>,
    of_activity: BTreeMap<EntityNo, Vec<u32>>,
    /// By file: the event that replaced it, and by which.
    replaced: BTreeMap<EntityNo, (u64, EntityNo)>,
    replaces: BTreeMap<EntityNo, Vec<EntityNo>>,
    transactions: Series,
    current: Series,
}

impl Observed {
    /// An importer (`of`, by number) tells something that it has not told yet.
    pub fn observe(
        &mut self,
        index: u64,
        of: u32,
        key: Hash,
        import: EntityNo,
        activity: Option<EntityNo>,
        money: Option<&ReportedMoney>,
    ) {
        let no = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        self.by_key.insert((of, key), no);
        let is_transaction = money.is_some();
        self.items.push(Item { index, activity, money: money.cloned(), stays: Vec::new() });
        if let Some(activity) = activity {
            self.of_activity.entry(activity).or_default().push(no);
        }
        self.enter(index, no, import);
        if is_transaction {
            // Counts of events, which no series outgrows.
            let _ = self.transactions.add(index, 1);
        }
    }

    /// A file takes the place of others; keys of what it lacks, and of what it holds beside.
    pub fn compare(
        &mut self,
        index: u64,
        of: u32,
        import: EntityNo,
        replaces: &[EntityNo],
        gone: &[Hash],
        again: &[Hash],
    ) {
        for old in replaces {
            self.replaced.insert(*old, (index, import));
            self.replaces.entry(import).or_default().push(*old);
        }
        for no in gone.iter().filter_map(|key| self.by_key.get(&(of, *key)).copied()).collect::<Vec<u32>>() {
            self.leave(index, no, import);
        }
        for no in again.iter().filter_map(|key| self.by_key.get(&(of, *key)).copied()).collect::<Vec<u32>>() {
            if !self.holders(no, None).any(|holder| holder == import) {
                self.enter(index, no, import);
            }
        }
    }

    fn enter(&mut self, index: u64, no: u32, import: EntityNo) {
        let was = self.holders(no, None).next().is_some();
        let Some(item) = self.items.get_mut(no as usize) else { return };
        item.stays.push(Stay { since: index, import, left: None });
        if !was && item.money.is_some() {
            let _ = self.current.add(index, 1);
        }
        self.of_import.entry(import).or_default().push(no);
    }

    fn leave(&mut self, index: u64, no: u32, import: EntityNo) {
        let was = self.holders(no, None).next().is_some();
        let Some(item) = self.items.get(no as usize) else { return };
        let ends: Vec<bool> =
            item.stays.iter().map(|stay| stay.left.is_none() && self.newest(stay.import, None) == import).collect();
        let Some(item) = self.items.get_mut(no as usize) else { return };
        for (stay, ends) in item.stays.iter_mut().zip(ends) {
            if ends {
                stay.left = Some((index, import));
            }
        }
        let is_transaction = item.money.is_some();
        if was && is_transaction && self.holders(no, None).next().is_none() {
            let _ = self.current.add(index, -1);
        }
    }

    /// The file that stands in a file's place.
    #[must_use]
    pub fn newest(&self, import: EntityNo, at: Option<u64>) -> EntityNo {
        let mut newest = import;
        // Each is replaced once, by one that stood already; only events that were not admitted could make a ring.
        for _ in 0..=self.replaced.len() {
            match self.replaced.get(&newest) {
                Some((index, by)) if at.is_none_or(|at| *index < at) => newest = *by,
                _ => break,
            }
        }
        newest
    }

    /// The last event that gave a file the place of others; none if it took none.
    #[must_use]
    pub fn compared_at(&self, import: EntityNo) -> Option<u64> {
        let before = self.replaces.get(&import).into_iter().flatten();
        before.filter_map(|old| self.replaced.get(old)).map(|(index, _)| *index).max()
    }

    /// The event that told what a key is of, and the file that it was told from.
    #[must_use]
    pub fn first_told(&self, of: u32, key: Hash) -> Option<(u64, EntityNo)> {
        let item = self.items.get(*self.by_key.get(&(of, key))? as usize)?;
        item.stays.first().map(|stay| (stay.since, stay.import))
    }

    /// Files whose place a file has taken, near and far, itself among them.
    fn line(&self, import: EntityNo, at: Option<u64>) -> BTreeSet<EntityNo> {
        let (mut line, mut open) = (BTreeSet::new(), vec![import]);
        while let Some(one) = open.pop() {
            if line.insert(one) {
                let before = self.replaces.get(&one).into_iter().flatten();
                open.extend(
                    before
                        .filter(|old| self.replaced.get(old).is_some_and(|(index, _)| at.is_none_or(|at| *index < at))),
                );
            }
        }
        line
    }

    /// Files that hold an item, the last that was told first.
    fn holders(&self, no: u32, at: Option<u64>) -> impl Iterator<Item = EntityNo> {
        let below = move |index: u64| at.is_none_or(|at| index < at);
        let stays = self.items.get(no as usize).into_iter().flat_map(|item| item.stays.iter().rev());
        let here = stays.filter(move |stay| below(stay.since) && !stay.left.is_some_and(|(index, _)| below(index)));
        here.map(move |stay| self.newest(stay.import, at))
    }

    fn told(&self, no: u32, at: Option<u64>) -> Option<ObservedAt<'_>> {
        let item = self.items.get(no as usize).filter(|item| at.is_none_or(|at| item.index < at))?;
        let held_by = self.holders(no, at).next();
        let left =
            || item.stays.iter().filter_map(|stay| stay.left).filter(|(index, _)| at.is_none_or(|at| *index < at));
        let gone = if held_by.is_none() { left().max_by_key(|(index, _)| *index) } else { None };
        Some(ObservedAt { index: item.index, activity: item.activity, money: item.money.as_ref(), held_by, gone })
    }

    /// What the event at an index told.
    #[must_use]
    pub fn at_index(&self, index: u64, at: Option<u64>) -> Option<ObservedAt<'_>> {
        let place = self.items.binary_search_by_key(&index, |item| item.index).ok()?;
        self.told(u32::try_from(place).ok()?, at)
    }

    /// What was told under a key.
    #[must_use]
    pub fn by_key(&self, of: u32, key: Hash) -> Option<ObservedAt<'_>> {
        self.told(*self.by_key.get(&(of, key))?, None)
    }

    /// Keys of what a file holds.
    #[must_use]
    pub fn keys_in(&self, of: u32, import: EntityNo) -> Vec<Hash> {
        let line = self.line(import, None);
        let held = self.by_key.range((of, Hash([0; 32]))..).take_while(|((one, _), _)| *one == of);
        let near = |no: u32| {
            let stays = self.items.get(no as usize).map(|item| item.stays.as_slice()).unwrap_or_default();
            stays.iter().any(|stay| stay.left.is_none() && line.contains(&stay.import))
        };
        held.filter(|(_, no)| near(**no)).map(|((_, key), _)| *key).collect()
    }

    /// Those that events behind an index told, oldest first.
    pub fn after(&self, index: Option<u64>, at: Option<u64>) -> impl Iterator<Item = ObservedAt<'_>> {
        let from = index.map_or(0, |index| self.items.partition_point(|item| item.index <= index));
        let (from, end) =
            (u32::try_from(from).unwrap_or(u32::MAX), u32::try_from(self.items.len()).unwrap_or(u32::MAX));
        (from..end).filter_map(move |no| self.told(no, at))
    }

    /// All versions of an activity and its transactions, oldest first.
    pub fn of_activity(&self, activity: EntityNo, at: Option<u64>) -> impl DoubleEndedIterator<Item = ObservedAt<'_>> {
        let list = self.of_activity.get(&activity).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(move |no| self.told(*no, at))
    }

    /// What a file holds, and what it told first or took over and is gone, oldest first.
    pub fn of_import(&self, import: EntityNo, at: Option<u64>) -> impl Iterator<Item = ObservedAt<'_>> {
        let line = self.line(import, at);
        let numbers: BTreeSet<u32> = line.iter().filter_map(|one| self.of_import.get(one)).flatten().copied().collect();
        numbers.into_iter().filter_map(move |no| self.told(no, at))
    }

    /// Transactions in the first `at` events, and those of them that a newest file holds.
    #[must_use]
    pub fn counts(&self, at: Option<u64>) -> (i64, i64) {
        (self.transactions.at(at), self.current.at(at))
    }
}

/// Counts and sums by type and currency, in the order of both.
#[must_use]
pub fn sums<'a>(of: impl Iterator<Item = ObservedAt<'a>>) -> Vec<ReportedSum> {
    let mut sums: BTreeMap<(&str, &str), ReportedSum> = BTreeMap::new();
    for money in of.filter_map(|one| one.money) {
        let type_code = money.type_code.as_deref().unwrap_or("None");
        let currency = money.currency.as_deref().unwrap_or("(none)");
        let sum = sums.entry((type_code, currency)).or_insert_with(|| ReportedSum {
            type_code: type_code.to_owned(),
            currency: currency.to_owned(),
            sum: Some(Decimal::ZERO),
            ..ReportedSum::default()
        });
        sum.count = sum.count.saturating_add(1);
        match money.value.as_deref().and_then(|value| Decimal::from_str_exact(value).ok()) {
            Some(value) => sum.sum = sum.sum.and_then(|sum| sum.checked_add(value)),
            None => sum.without_number = sum.without_number.saturating_add(1),
        }
    }
    sums.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [EntityNo; 4] = [EntityNo(10), EntityNo(11), EntityNo(12), EntityNo(13)];

    fn key(n: u8) -> Hash {
        Hash([n; 32])
    }

    fn money(value: &str) -> ReportedMoney {
        ReportedMoney { type_code: Some("3".into()), currency: Some("EUR".into()), value: Some(value.into()) }
    }

    /// Keys of what a file holds at a size, with what all of it adds up to.
    fn held(observed: &Observed, import: EntityNo, at: Option<u64>) -> (Vec<u64>, String) {
        let held = || observed.of_import(import, at).filter(|one| one.held_by == Some(import));
        let sum = sums(held()).first().and_then(|sum| sum.sum).unwrap_or_default();
        (held().map(|one| one.index).collect(), sum.to_string())
    }

    #[test]
    fn the_newest_file_takes_over_what_is_still_in_it() {
        let mut observed = Observed::default();
        for (index, value) in [(1, "1000.00"), (2, "250.00")] {
            observed.observe(index, 0, key(index as u8), FILES[0], None, Some(&money(value)));
        }
        observed.observe(4, 0, key(4), FILES[1], None, Some(&money("275.00")));
        assert_eq!(observed.counts(None), (3, 3), "before it is compared");
        observed.compare(5, 0, FILES[1], &FILES[..1], &[key(2)], &[]);
        assert_eq!(held(&observed, FILES[1], None), (vec![1, 4], "1275.00".into()));
        assert_eq!(held(&observed, FILES[0], None), (vec![], "0".into()));
        assert_eq!(held(&observed, FILES[0], Some(5)), (vec![1, 2], "1250.00".into()), "as it was");
        let old = observed.at_index(2, None).unwrap();
        assert_eq!((old.held_by, old.gone), (None, Some((5, FILES[1]))));
        assert_eq!(observed.at_index(2, Some(5)).unwrap().held_by, Some(FILES[0]));
        assert_eq!((observed.counts(None), observed.counts(Some(5))), ((3, 2), (3, 3)));

        // A third file has it again.
        observed.compare(7, 0, FILES[2], &FILES[1..2], &[key(4)], &[key(2)]);
        assert_eq!(held(&observed, FILES[2], None), (vec![1, 2], "1250.00".into()));
        assert_eq!(held(&observed, FILES[1], Some(7)), (vec![1, 4], "1275.00".into()));
        assert_eq!(observed.counts(None), (3, 2));
        let mut keys = observed.keys_in(0, FILES[2]);
        keys.sort_unstable();
        assert_eq!(keys, [key(1), key(2)]);
    }

    #[test]
    fn what_two_files_hold_is_current_until_neither_does() {
        let mut observed = Observed::default();
        observed.observe(1, 0, key(1), FILES[0], None, Some(&money("1.00")));
        observed.compare(2, 0, FILES[1], &[], &[], &[key(1)]);
        observed.compare(3, 0, FILES[2], &FILES[..1], &[key(1)], &[]);
        assert_eq!(observed.at_index(1, None).unwrap().held_by, Some(FILES[1]));
        observed.compare(4, 0, FILES[3], &FILES[1..2], &[key(1)], &[]);
        assert_eq!(observed.at_index(1, None).unwrap().gone, Some((4, FILES[3])));
        assert_eq!(observed.counts(None), (1, 0));
        assert_eq!(observed.at_index(1, Some(4)).unwrap().gone, None);
    }

    #[test]
    fn another_importers_key_is_another() {
        let mut observed = Observed::default();
        observed.observe(1, 0, key(1), FILES[0], None, Some(&money("1.00")));
        observed.compare(2, 1, FILES[1], &[], &[key(1)], &[key(1)]);
        assert_eq!(observed.at_index(1, None).unwrap().held_by, Some(FILES[0]));
    }
}
