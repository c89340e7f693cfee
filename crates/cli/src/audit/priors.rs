//! Events that later events refer to: their notes, read again when asked for.
//!
//! Notes are not kept (10 million are some 5 GiB); five bytes per event tell its index, and its
//! bundle is read again. What is read again must hash to the leaf that was recomputed the first
//! time, so a source that answers differently the second time changes no decision.

use super::bundle::Bundle;
use super::report::Finding;
use super::shared::{Shared, unread};
use almoner_ledger::data::EventRef;
use almoner_ledger::event::Prior;
use almoner_ledger::{decode, read_envelope};
use almoner_proof::merkle::leaf_hash;
use std::sync::Arc;

impl Shared<'_> {
    /// The events that references name, as far as they are admitted, and the references that are not.
    pub(super) fn priors(&self, references: Vec<EventRef>) -> Result<(Vec<Prior>, Vec<EventRef>), Finding> {
        let mut priors = Vec::new();
        let mut unfound = Vec::new();
        for reference in references {
            let at = self.positions().index(&reference.event.chain, reference.event.seq);
            match at {
                Some(at) => priors.push(self.prior(at)?),
                None => unfound.push(reference),
            }
        }
        Ok((priors, unfound))
    }

    fn prior(&self, index: u64) -> Result<Prior, Finding> {
        let changed =
            || Finding::unchecked("source.changed", Some(index), "the entry is not what it was when it was read first");
        let number = index >> 8;
        let kept = self.bundles().get(number);
        let bundle = match kept {
            Some(bundle) => bundle,
            None => {
                let tile = self.tile_of(None, number);
                let bytes =
                    self.source.tile(&tile).map_err(|error| unread(&error, Some(index)))?.ok_or_else(changed)?;
                let bundle = Arc::new(Bundle::split(bytes, usize::from(tile.width)));
                self.bundles().keep(number, Arc::clone(&bundle));
                bundle
            }
        };
        let at = usize::try_from(index & 255).unwrap_or(usize::MAX);
        let entry = bundle.entry(at).ok_or_else(changed)?;
        if self.leaf_at(index)? != Some(leaf_hash(entry)) {
            return Err(changed());
        }
        // The same bytes were read before; a refusal here would stand at that index already.
        let envelope = read_envelope(entry, self.origin).map_err(|refusal| Finding::refused(index, &refusal))?;
        let (_, event) = decode(&envelope).map_err(|refusal| Finding::refused(index, &refusal))?;
        Ok(Prior { index, hash: envelope.hash(), envelope, event })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::bundle::Bundles;
    use crate::audit::shared::tests::Tiles;
    use crate::audit::tree::Nodes;
    use almoner_ledger::ChainNo;
    use almoner_proof::tile::push_entry;

    #[test]
    fn a_note_that_is_read_again_is_compared_with_its_leaf() {
        let draft = almoner_proof::event::Draft {
            log: "a.example",
            chain: "well",
            seq: 0,
            prev: almoner_proof::Hash::default(),
            seen: (0, almoner_proof::merkle::empty_root()),
            time: "2026-11-21T10:00:00Z",
            kind: "log.opened/1",
            data: r#"{"rules":1}"#,
        };
        let key = almoner_proof::SecretKey::from_seed("well/alice", &[1; 32]);
        let note = almoner_proof::note::sign(&draft.text(), &[&key]).into_bytes();
        let tiles = Tiles::default();
        let shared = Shared::new(&tiles, "a.example", 2, 0);
        let mut bundle = Vec::new();
        assert!(push_entry(&mut bundle, b"before") && push_entry(&mut bundle, &note));
        tiles.0.lock().unwrap().insert("tile/entries/000.p/2".to_owned(), bundle);
        shared.tree_mut().push(Arc::new(Nodes::of(vec![leaf_hash(b"before"), leaf_hash(&note)])));
        let hash = almoner_ledger::data::Digest(almoner_proof::Hash::default());
        let event = almoner_ledger::data::EventId { chain: "well".to_owned(), seq: 0 };
        let references = vec![EventRef { event, hash }];
        let (priors, unfound) = shared.priors(references.clone()).unwrap();
        assert_eq!((priors.len(), &unfound), (0, &references), "not admitted yet");
        shared.positions_mut().record(ChainNo(0), "well", 1);
        let (priors, _) = shared.priors(references.clone()).unwrap();
        assert_eq!((priors[0].index, priors[0].envelope.bytes()), (1, note.as_slice()));
        let mut lie = note.clone();
        lie[200] ^= 1;
        let mut bundle = Vec::new();
        assert!(push_entry(&mut bundle, b"before") && push_entry(&mut bundle, &lie));
        tiles.0.lock().unwrap().insert("tile/entries/000.p/2".to_owned(), bundle);
        *shared.bundles() = Bundles::default();
        assert_eq!(shared.priors(references).unwrap_err().code, "source.changed");
    }
}
