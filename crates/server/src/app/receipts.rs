//! Receipts under the newest published checkpoint.

use super::node::Shared;
use super::tree::Proofs;
use almoner_proof::Envelope;
use almoner_proof::merkle::inclusion_path;
use almoner_proof::receipt::Receipt;
use almoner_store::StoreError;
pub use almoner_views::receipt::ReceiptError;
use almoner_views::receipt::Under;

impl Shared {
    /// The note at a log index.
    ///
    /// # Errors
    /// Those of the store; `None` if there is no such entry.
    pub fn note(&self, index: u64) -> Result<Option<Envelope>, StoreError> {
        Ok(self.log.entry(index)?.and_then(|bytes| Envelope::parse(&bytes).ok()))
    }

    /// Log index of an event, by chain and seq.
    #[must_use]
    pub fn index_of(&self, chain: &str, seq: u64) -> Option<u64> {
        self.views().index_of(chain, seq)
    }

    /// A receipt of an event, or of one gift in it.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub fn receipt(&self, chain: &str, seq: u64, gift: Option<u64>) -> Result<Receipt, ReceiptError> {
        let views = self.views();
        let index = views.index_of(chain, seq).ok_or_else(|| ReceiptError::NoEvent(format!("{chain}#{seq}")))?;
        let published = self.published().ok_or(ReceiptError::Pending)?;
        let checkpoint = String::from_utf8_lossy(&published.note).into_owned();
        let under = Under { size: published.size, note: &checkpoint };
        let tree = self.tree();
        let note_at = |index: u64| self.note(index).ok().flatten();
        let path_at = |index: u64| {
            inclusion_path(&mut Proofs { tree: &tree, log: self.log.as_ref() }, index, published.size).ok()
        };
        views.receipt(index, gift, None, under, &note_at, &path_at)
    }
}
