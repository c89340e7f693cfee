//! Receipts under the newest published checkpoint.

use super::published::Published;
use super::verified::ReadError;
use almoner_proof::Envelope;
use almoner_proof::receipt::Receipt;
pub use almoner_views::receipt::ReceiptError;
use almoner_views::receipt::Under;

impl Published {
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
        let Some(index) = self.index_of(chain, seq) else {
            return Ok(Err(ReceiptError::NoEvent(format!("{chain}#{seq}"))));
        };
        let Some(published) = self.published() else { return Ok(Err(ReceiptError::Pending)) };
        let checkpoint = String::from_utf8_lossy(&published.note);
        let under = Under { size: published.size, note: &checkpoint };
        // Whatever note a receipt rests on, it proves.
        self.gather(Some(published.size), |views, note_at, path_at| {
            views.receipt(index, gift, None, under, note_at, path_at)
        })
    }
}
