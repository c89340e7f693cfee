//! What threads ask of the tree: the root of any size and the leaf at any index, as far as content gave them.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use super::report::Finding;
use super::shared::{Shared, unread};
use super::tree::{Nodes, hashes};
use almoner_proof::Hash;
use almoner_proof::merkle::empty_root;
use almoner_proof::tile::{TILE_BYTES, Tile};
use std::sync::Arc;

impl Shared<'_> {
    /// The root of the first `size` leaves; `None` beyond what has been recomputed.
    pub(super) fn root_at(&self, size: u64) -> Result<Option<Hash>, Finding> {
        if size == 0 {
            return Ok(Some(empty_root()));
        }
        if let Some(root) = self.asked().root(size) {
            return Ok(Some(root));
        }
        let (known, recent) = {
            let tree = self.tree();
            (tree.size(), tree.recent(size >> 8))
        };
        if size > known {
            return Ok(None);
        }
        let cut = match recent {
            Some(nodes) => Some(nodes),
            None if size.is_multiple_of(256) => None,
            None => Some(self.old_nodes(size >> 8)?),
        };
        let root = self.tree().root_at(size, cut.as_deref());
        if let Some(root) = root {
            self.asked().keep_root(size, root);
        }
        Ok(root)
    }

    /// The leaf hash at an index, as content gave it; `None` beyond what has been recomputed.
    pub(super) fn leaf_at(&self, index: u64) -> Result<Option<Hash>, Finding> {
        let bundle = index >> 8;
        let (known, recent) = {
            let tree = self.tree();
            (tree.size(), tree.recent(bundle))
        };
        if index >= known {
            return Ok(None);
        }
        let nodes = match recent {
            Some(nodes) => nodes,
            None => self.old_nodes(bundle)?,
        };
        Ok(nodes.leaf(usize::try_from(index & 255).unwrap_or(usize::MAX)))
    }

    /// Reads the tile of an older, full bundle again. It must hash to what content gave.
    fn old_nodes(&self, bundle: u64) -> Result<Arc<Nodes>, Finding> {
        if let Some(nodes) = self.asked().nodes(bundle) {
            return Ok(nodes);
        }
        let tile = Tile { level: Some(0), index: bundle, width: 256 };
        let index = Some(bundle.saturating_mul(256));
        let changed =
            || Finding::unchecked("source.changed", index, format!("{tile} is not what it was when it was read first"));
        let bytes = self.source.tile(&tile).map_err(|error| unread(&error, index))?.ok_or_else(changed)?;
        if bytes.len() != TILE_BYTES {
            return Err(changed());
        }
        let nodes = Nodes::of(hashes(&bytes));
        if nodes.full() != self.tree().full(bundle) {
            return Err(changed());
        }
        let nodes = Arc::new(nodes);
        self.asked().keep_nodes(bundle, Arc::clone(&nodes));
        Ok(nodes)
    }
}

#[cfg(test)]
mod tests {
    use crate::audit::shared::Shared;
    use crate::audit::shared::tests::Tiles;
    use crate::audit::tree::{Nodes, RECENT};
    use almoner_proof::Hash;
    use almoner_proof::merkle::{leaf_hash, root_of};
    use std::sync::Arc;

    #[test]
    fn what_is_no_longer_in_memory_is_read_again_and_compared() {
        let bundles = RECENT as u64 + 40;
        let leaves: Vec<Hash> = (0..bundles * 256).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let tiles = Tiles::default();
        let shared = Shared::new(&tiles, "a.example", bundles * 256, 0);
        for (number, chunk) in leaves.chunks(256).enumerate() {
            let tile = shared.tile_of(Some(0), number as u64);
            tiles.0.lock().unwrap().insert(tile.to_string(), chunk.iter().flat_map(|hash| hash.0).collect());
            shared.tree_mut().push(Arc::new(Nodes::of(chunk.to_vec())));
        }
        for size in [1, 100, 256, 257, 5000, 39 * 256 + 255, 40 * 256 + 1, leaves.len() - 1, leaves.len()] {
            assert_eq!(shared.root_at(size as u64), Ok(Some(root_of(&leaves[..size]))), "{size}");
        }
        assert_eq!(shared.root_at(leaves.len() as u64 + 1), Ok(None));
        assert_eq!(shared.leaf_at(700), Ok(Some(leaves[700])));
        assert_eq!(shared.leaf_at(leaves.len() as u64), Ok(None));
        // A source that now tells another tile is not believed.
        tiles.0.lock().unwrap().get_mut("tile/0/003").unwrap()[9] ^= 1;
        assert_eq!(shared.leaf_at(800).unwrap_err().code, "source.changed");
        assert_eq!(shared.root_at(800).unwrap_err().code, "source.changed");
        tiles.0.lock().unwrap().remove("tile/0/004");
        assert_eq!(shared.root_at(1030).unwrap_err().code, "source.changed");
    }
}
