//! Keys of transactions; the exact preimages stand at [`Observed::key`](super::Observed::key).

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// Hash of what a transaction says.
pub(super) fn content<'a>(fields: &[Option<&'a str>], mut details: Vec<(&'a str, &'a str)>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"almoner/iati/transaction/1\n");
    fields.iter().for_each(|text| field(&mut hash, *text));
    details.sort_unstable();
    hash.update(length(details.len()));
    for (name, value) in details {
        field(&mut hash, Some(name));
        field(&mut hash, Some(value));
    }
    hash.finalize().into()
}

fn field(hash: &mut Sha256, text: Option<&str>) {
    match text {
        None => hash.update([0]),
        Some(text) => {
            hash.update([1]);
            hash.update(length(text.len()));
            hash.update(text);
        }
    }
}

fn length(of: usize) -> [u8; 8] {
    u64::try_from(of).unwrap_or(u64::MAX).to_be_bytes()
}

/// Counts equal contents of one file.
#[derive(Debug, Default)]
pub(super) struct Ordinals(BTreeMap<[u8; 32], u64>);

impl Ordinals {
    /// The key of the next transaction of this content, and its ordinal.
    pub(super) fn key(&mut self, content: [u8; 32]) -> ([u8; 32], u64) {
        let next = self.0.entry(content).or_insert(0);
        let ordinal = *next;
        *next = next.saturating_add(1);
        let mut hash = Sha256::new();
        hash.update(b"almoner/iati/key/1\n");
        hash.update(content);
        hash.update(ordinal.to_be_bytes());
        (hash.finalize().into(), ordinal)
    }
}
