//! Keys of transactions; the exact preimages stand at [`Observed::key`](super::Observed::key).

// Saturating: counts of lines, elements and bytes of a file that is in memory or bounded; none comes near the edge.

use std::collections::BTreeMap;

use almoner_proof::Hash;

/// Hash of what a transaction says.
pub(super) fn content<'a>(fields: &[Option<&'a str>], mut details: Vec<(&'a str, &'a str)>) -> [u8; 32] {
    let mut hash = b"almoner/iati/transaction/1\n".to_vec();
    fields.iter().for_each(|text| field(&mut hash, *text));
    details.sort_unstable();
    hash.extend(length(details.len()));
    for (name, value) in details {
        field(&mut hash, Some(name));
        field(&mut hash, Some(value));
    }
    Hash::of(&hash).0
}

pub(super) fn field(hash: &mut Vec<u8>, text: Option<&str>) {
    match text {
        None => hash.push(0),
        Some(text) => {
            hash.push(1);
            hash.extend(length(text.len()));
            hash.extend(text.as_bytes());
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
        let key = Hash::of_parts(&[b"almoner/iati/key/1\n", &content, &ordinal.to_be_bytes()]);
        (key.0, ordinal)
    }
}
