//! The one thread that goes through the log in order: it makes the tree grow, compares the upper
//! tiles, and admits each event again on the books as they stand.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use super::report::{Counts, Finding, Weight};
use super::shared::{Shared, unread};
use super::tree::{Upper, hashes};
use super::work::{Outcome, Read, Ready};
use almoner_ledger::{Admitted, Books, Currency, EntityNo, Money, Refusal, admit};
use almoner_proof::{Envelope, Hash};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An earlier checkpoint that somebody kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) size: u64,
    pub(super) root: Hash,
}

/// State of the pass in order.
pub(super) struct Fold<'a> {
    shared: &'a Shared<'a>,
    observe: &'a mut dyn FnMut(&Admitted),
    pub(super) books: Books,
    /// Everything found so far.
    pub(super) findings: Vec<Finding>,
    /// Bundle → what is wrong with it, until admission comes to it.
    pending: BTreeMap<u64, Vec<Finding>>,
    /// Kept checkpoints, by size, that are not compared yet.
    since: Vec<Kept>,
    /// The upper tile being compared, by level: its number and, if it could be read, its hashes.
    upper: BTreeMap<u8, (u64, Option<Vec<Hash>>)>,
}

impl<'a> Fold<'a> {
    pub(super) fn new(shared: &'a Shared<'a>, mut since: Vec<Kept>, observe: &'a mut dyn FnMut(&Admitted)) -> Fold<'a> {
        since.sort_by_key(|kept| std::cmp::Reverse(kept.size));
        Fold {
            shared,
            observe,
            books: Books::new(shared.origin),
            findings: Vec::new(),
            pending: BTreeMap::new(),
            since,
            upper: BTreeMap::new(),
        }
    }

    /// Makes the next bundle known to the workers: its keys and its part of the tree.
    /// Gives its events back, for verification, and whether the log can be followed further.
    pub(super) fn introduce(&mut self, read: Read) -> (Vec<Result<Envelope, Finding>>, bool) {
        // In log order, so that of two keys with one name and id the first stays, as it did in the log.
        for key in read.keys {
            self.shared.ring.add(&key.name, key.id, key.key);
        }
        let mut follow = !read.short;
        if let Some(nodes) = read.nodes {
            let completed = self.shared.tree_mut().push(Arc::clone(&nodes));
            for upper in completed {
                follow &= self.compare_upper(upper);
            }
            self.compare_since();
        }
        follow &= !read.findings.iter().any(stops);
        if !read.findings.is_empty() {
            self.pending.insert(read.number, read.findings);
        }
        (read.events, follow)
    }

    /// Compares a hash of an upper tile with what content gives; `false` if it differs.
    fn compare_upper(&mut self, upper: Upper) -> bool {
        let (number, place) = (upper.at / 256, usize::try_from(upper.at % 256).unwrap_or(usize::MAX));
        let leaves = upper.at.checked_shl(u32::from(upper.level).saturating_mul(8));
        let tile = self.shared.tile_of(Some(upper.level), number);
        if self.upper.get(&upper.level).is_none_or(|(held, _)| *held != number) {
            let told = match self.shared.source.tile(&tile) {
                Ok(Some(bytes)) if bytes.len() == usize::from(tile.width).saturating_mul(32) => Ok(hashes(&bytes)),
                Ok(Some(_)) => {
                    Err(Finding::refutes("tile.malformed", leaves, format!("{tile} is not {} hashes", tile.width)))
                }
                Ok(None) => Err(Finding::unchecked("tile.missing", leaves, format!("{tile} is not there"))),
                Err(error) => Err(unread(&error, leaves)),
            };
            let told = told.map_err(|finding| self.findings.push(finding)).ok();
            self.upper.insert(upper.level, (number, told));
        }
        match self.upper.get(&upper.level) {
            Some((_, Some(told))) if told.get(place) != Some(&upper.hash) => {
                let text = format!("{tile}, hash {place}, is not the root of the entries under it");
                self.findings.push(Finding::refutes("tile.differs", leaves, text));
                false
            }
            _ => true,
        }
    }

    /// Compares the kept checkpoints whose size the tree has reached.
    fn compare_since(&mut self) {
        let size = self.shared.tree().size();
        while let Some(kept) = self.since.pop_if(|kept| kept.size <= size) {
            match self.shared.root_at(kept.size) {
                Ok(root) if root == Some(kept.root) => {}
                Ok(_) => {
                    let text = format!("the kept checkpoint of size {} has another root than these entries", kept.size);
                    self.findings.push(Finding::refutes("since.inconsistent", None, text));
                }
                Err(finding) => self.findings.push(finding),
            }
        }
    }

    /// Admits the events of the next bundle; `false` when the audit ends within it.
    pub(super) fn admit(&mut self, number: u64, outcomes: Vec<Outcome>) -> bool {
        let wrong = self.pending.remove(&number).unwrap_or_default();
        let until = wrong.iter().filter(|finding| stops(finding)).filter_map(|finding| finding.index).min();
        self.findings.extend(wrong);
        for outcome in outcomes {
            let index = self.books.size();
            let decided = match outcome {
                Outcome::Bad(finding) => Err(finding),
                Outcome::Ready(ready) => self.decide(index, *ready),
            };
            let ends = until == Some(index);
            match decided {
                Err(finding) => {
                    self.findings.push(finding);
                    return false;
                }
                Ok(_) if ends => return false,
                Ok(admitted) => {
                    if let Err(refusal) = self.books.apply(&admitted) {
                        self.findings.push(Finding::refused(index, &refusal));
                        return false;
                    }
                    let envelope = admitted.verified.envelope();
                    self.shared.positions_mut().record(admitted.done.chain, envelope.chain(), index);
                    (self.observe)(&admitted);
                }
            }
        }
        until.is_none()
    }

    fn decide(&self, index: u64, ready: Ready) -> Result<Admitted, Finding> {
        let Ready { candidate, mut referenced, unfound } = ready;
        if !unfound.is_empty() {
            // Admitted since the worker looked, or not there at all.
            let (found, _) = self.shared.priors(unfound)?;
            referenced.priors.extend(found);
        }
        admit(&self.books, &referenced, candidate).map_err(|refusal| Finding::refused(index, &refusal))
    }

    /// What can be said of the books as a whole.
    pub(super) fn counts(&self) -> Counts {
        let waiting = self.books.chains().filter(|chain| chain.role.is_none()).count();
        Counts {
            events: self.books.size(),
            chains: self.books.chains().count() as u64,
            chains_not_admitted: waiting as u64,
            accounts: self.books.balances().count() as u64,
        }
    }

    /// After the last event: the root, and the invariants of the books.
    pub(super) fn close(&mut self, root: &Hash) {
        // Of an empty log no bundle was introduced, and a checkpoint of size 0 may have been kept.
        self.compare_since();
        match self.shared.root_at(self.shared.size) {
            Ok(Some(computed)) if computed == *root => {}
            Ok(_) => {
                let text = "the entries hash to another root than the checkpoint's";
                self.findings.push(Finding::refutes("root.differs", None, text));
            }
            Err(finding) => self.findings.push(finding),
        }
        match unbalanced(&self.books) {
            Ok(list) => {
                let each = list.iter().map(|text| Finding::refutes("books.unbalanced", None, text));
                self.findings.extend(each);
            }
            Err(refusal) => self.findings.push(Finding::refutes("books.unbalanced", None, refusal)),
        }
    }
}

/// Whether admission must not go past a finding: what could not be read in a tile of hashes leaves
/// content to be judged; a missing bundle leaves nothing.
fn stops(finding: &Finding) -> bool {
    finding.weight == Weight::Refutes
}

/// Funds whose accounts do not sum to zero in a currency, or whose spendable money is not that of
/// their accounts. Every admitted entry balances, so one here is a defect of this program.
fn unbalanced(books: &Books) -> Result<Vec<String>, Refusal> {
    let mut sums: BTreeMap<(EntityNo, Currency), (Money, Money)> = BTreeMap::new();
    for (account, balance) in books.balances() {
        let currency = balance.currency();
        let zero = Money::zero(currency);
        let (all, spendable) = sums.entry((account.pool.fund, currency)).or_insert((zero, zero));
        *all = all.plus(balance)?;
        if account.head.is_spendable() {
            *spendable = spendable.plus(balance)?;
        }
    }
    let mut list = Vec::new();
    for ((fund, currency), (all, spendable)) in sums {
        if !all.is_zero() {
            list.push(format!("fund/{}: its accounts sum to {all}", books.entity_id(fund)));
        }
        if spendable != books.spendable(fund, currency) {
            list.push(format!("fund/{}: its spendable money is {spendable}", books.entity_id(fund)));
        }
    }
    Ok(list)
}
