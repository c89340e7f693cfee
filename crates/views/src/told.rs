//! Events as they go over the wire.

use crate::Views;
use almoner_proof::Envelope;
use almoner_wire::{Event, EventAt};

/// An event of the log, as `show` tells it.
#[must_use]
pub fn event(index: u64, note: &Envelope) -> Event {
    Event {
        index,
        event: format!("{}#{}", note.chain(), note.seq),
        chain: note.chain().to_owned(),
        seq: note.seq,
        hash: note.hash().to_base64(),
        kind: note.kind().to_owned(),
        time: note.time().to_owned(),
        // What is in the log is JSON; of a note from elsewhere that is not, there is nothing to tell.
        data: serde_json::from_str(note.data()).unwrap_or_default(),
        note: String::from_utf8_lossy(note.bytes()).into_owned(),
    }
}

impl Views {
    /// An event as others point to it.
    #[must_use]
    pub fn event_at(&self, index: u64) -> Option<EventAt> {
        self.citation(index).map(|event| EventAt { event, index })
    }
}
