//! Receipts under the newest published checkpoint.

use super::node::Shared;
use super::verified::{ReadError, Verified};
use almoner_proof::Envelope;
use almoner_proof::receipt::Receipt;
pub use almoner_views::receipt::ReceiptError;
use almoner_views::receipt::Under;

impl Shared {
    /// The note at a log index; `None` if there is no such entry.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn note(&self, index: u64) -> Result<Option<Envelope>, ReadError> {
        self.verified().note(index)
    }

    /// Log index of an event, by chain and seq.
    #[must_use]
    pub fn index_of(&self, chain: &str, seq: u64) -> Option<u64> {
        self.views().index_of(chain, seq)
    }

    /// A receipt of an event, or of one gift in it.
    ///
    /// # Errors
    /// See [`ReadError`]; the inner error is of what was asked for.
    pub fn receipt(
        &self,
        chain: &str,
        seq: u64,
        gift: Option<u64>,
    ) -> Result<Result<Receipt, ReceiptError>, ReadError> {
        let verified = self.verified();
        let receipt = self.make_receipt(chain, seq, gift, &verified);
        verified.finish(receipt)
    }

    fn make_receipt(
        &self,
        chain: &str,
        seq: u64,
        gift: Option<u64>,
        verified: &Verified<'_>,
    ) -> Result<Receipt, ReceiptError> {
        let views = self.views();
        let index = views.index_of(chain, seq).ok_or_else(|| ReceiptError::NoEvent(format!("{chain}#{seq}")))?;
        let published = self.published().ok_or(ReceiptError::Pending)?;
        let checkpoint = String::from_utf8_lossy(&published.note).into_owned();
        let under = Under { size: published.size, note: &checkpoint };
        let note_at = |index: u64| verified.note_at(index);
        let path_at = |index: u64| verified.path_at(index, published.size);
        views.receipt(index, gift, None, under, &note_at, &path_at)
    }
}
