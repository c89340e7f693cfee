//! An earlier event that a decision needs, found by its place in its chain.

use super::published::Published;
use super::verified::{Damage, ReadError};
use almoner_ledger::ChainNo;
use almoner_proof::{Envelope, Hash};

impl Published {
    /// The stored event of a chain at a seq that the chain has, with its index. `hash` is the one that is expected there:
    /// where it is, nothing else need be asked, for it is over all that is read, chain and seq too.
    ///
    /// # Errors
    /// See [`ReadError`]. Damage is noted: nothing may be decided on it.
    pub(super) fn stored(&self, no: ChainNo, chain: &str, seq: u64, hash: Hash) -> Result<(u64, Envelope), ReadError> {
        let damaged = |index: Option<u64>, what: String| {
            let damage = Damage::at(index, what);
            self.damaged(&damage);
            ReadError::Damaged(damage)
        };
        let is_it = |envelope: &Envelope| envelope.chain() == chain && envelope.seq == seq;
        let missing = || {
            let what = format!("the position of seq {seq} in the chain with the number {} is missing", no.0);
            damaged(None, what)
        };
        let index = self.log.lookup(no.0, seq)?.ok_or_else(missing)?;
        let bytes = self.log.entry(index).ok().flatten();
        let found = bytes.and_then(|bytes| Envelope::parse(&bytes).ok()).filter(|found| found.hash() == hash);
        if let Some(found) = found.filter(is_it) {
            return Ok((index, found));
        }
        // Another event than the one that is expected: a mistake of the author's, or damage.
        let found = self.note(index)?.filter(is_it);
        let what = || format!("the position of {chain}#{seq} names entry {index}, which is another event");
        found.map(|found| (index, found)).ok_or_else(|| damaged(Some(index), what()))
    }
}
