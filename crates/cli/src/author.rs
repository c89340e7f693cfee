//! Authors: drafting and signing events of a chain, one after another.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use crate::failure::{Failure, Outcome};
use crate::target::{Head, Heads, Said, Target};
use almoner_proof::event::Draft;
use almoner_proof::{Hash, SecretKey, note};
use serde_json::Value;

/// Writes events of any number of chains to one ledger, remembering where each chain stands.
pub struct Writer<'a> {
    target: &'a Target,
    origin: String,
    heads: Heads,
    /// What drafts name as seen.
    pub seen: (u64, Hash),
    waiting: Vec<String>,
}

/// A drafted and signed event: its citation is known before it is sent.
#[derive(Debug, Clone)]
pub struct Signed {
    /// `<chain>#<seq>`
    pub event: String,
    /// Its event hash.
    pub hash: Hash,
}

impl<'a> Writer<'a> {
    /// A writer to a ledger.
    ///
    /// # Errors
    /// When the ledger cannot be reached.
    pub fn new(target: &'a Target) -> Outcome<Writer<'a>> {
        Ok(Writer { origin: target.origin()?, seen: target.seen()?, target, heads: Heads::new(), waiting: Vec::new() })
    }

    /// The log's origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Where a chain stands, what waits included.
    ///
    /// # Errors
    /// When the ledger cannot be reached.
    pub fn head(&mut self, chain: &str) -> Outcome<Head> {
        if let Some(head) = self.heads.get(chain) {
            return Ok(*head);
        }
        let head = self.target.head(chain)?.unwrap_or(Head { seq: 0, prev: Hash::default() });
        self.heads.insert(chain.to_owned(), head);
        Ok(head)
    }

    /// Drafts, signs and queues an event; nothing is sent before [`Writer::flush`].
    ///
    /// # Errors
    /// When the ledger cannot be reached.
    pub fn write(&mut self, chain: &str, keys: &[&SecretKey], time: &str, kind: &str, data: &Value) -> Outcome<Signed> {
        let head = self.head(chain)?;
        let data = data.to_string();
        let draft = Draft {
            log: &self.origin,
            chain,
            seq: head.seq,
            prev: head.prev,
            seen: self.seen,
            time,
            kind,
            data: &data,
        };
        let text = draft.text();
        let hash = Hash::of(text.as_bytes());
        self.waiting.push(note::sign(&text, keys));
        self.heads.insert(chain.to_owned(), Head { seq: head.seq.saturating_add(1), prev: hash });
        Ok(Signed { event: format!("{chain}#{}", head.seq), hash })
    }

    /// The newest note that waits.
    #[must_use]
    pub fn newest(&self) -> Option<&str> {
        self.waiting.last().map(String::as_str)
    }

    /// Events that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Sends what waits; every event must be taken.
    ///
    /// # Errors
    /// The first refusal, or that the ledger cannot be reached.
    pub fn flush(&mut self) -> Outcome<Vec<Said>> {
        let notes = std::mem::take(&mut self.waiting);
        let said = self.target.submit(&notes)?;
        for (answer, note) in said.iter().zip(&notes) {
            if let Said::Refused { code, text } = answer {
                let line = |word: &str| note.lines().find_map(|l| l.strip_prefix(word)).unwrap_or_default().to_owned();
                self.heads.clear();
                return Err(Failure::new(format!(
                    "{code}: {text}; {}#{} {}",
                    line("chain "),
                    line("seq "),
                    line("type ")
                )));
            }
        }
        Ok(said)
    }

    /// Sends, publishes, and names the new checkpoint as seen from here on.
    ///
    /// # Errors
    /// Those of [`Writer::flush`].
    pub fn publish(&mut self) -> Outcome {
        self.flush()?;
        self.target.publish()?;
        self.seen = self.target.seen()?;
        Ok(())
    }
}
