//! The Merkle tree of RFC 6962 §2: leaves, nodes, inclusion and consistency.

use crate::hash::Hash;

/// H(00 || data).
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    Hash::of_parts(&[&[0], data])
}

/// H(01 || left || right).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut block = [1u8; 65];
    block[1..33].copy_from_slice(&left.0);
    block[33..].copy_from_slice(&right.0);
    Hash::of(&block)
}

/// The root of the tree without leaves, H("").
#[must_use]
pub const fn empty_root() -> Hash {
    // Asked for by every event that has seen nothing yet; a test compares it.
    Hash([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae,
        0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ])
}

/// The right edge of a tree: the roots of its full subtrees, largest first. Enough to extend it
/// and to know its root; 32 bytes for each set bit of the size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// One for each set bit of `size`, from the highest.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Appends a leaf hash.
    pub fn push(&mut self, leaf: Hash) {
        self.push_subtree(0, leaf);
    }

    /// Appends a full subtree of 2^level leaves by its root. There must be a multiple of 2^level leaves so far.
    pub fn push_subtree(&mut self, level: u32, root: Hash) {
        let mut node = root;
        for _ in 0..(self.size >> level).trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.peaks.push(node);
        // Nobody pushes 2^64 leaves.
        self.size = self.size.saturating_add(1 << level);
    }

    /// Leaves so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the leaves so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold_peaks(&self.peaks)
    }
}

/// The root over full subtrees, largest first.
#[must_use]
pub fn fold_peaks(peaks: &[Hash]) -> Hash {
    let mut rest = peaks.iter().rev();
    let Some(first) = rest.next() else { return empty_root() };
    rest.fold(*first, |right, left| node_hash(left, &right))
}

/// The root of a list of leaf hashes.
#[must_use]
pub fn root_of(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier.root()
}

/// Whether `leaf` stands at `index` of the tree of `size` leaves with this `root` (RFC 9162 §2.1.3.2).
#[must_use]
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    let Some(mut last) = size.checked_sub(1).filter(|last| index <= *last) else { return false };
    let mut node = index;
    let mut hash = leaf;
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether the tree (m, root_m) is a prefix of (n, root_n) (RFC 9162 §2.1.4.2).
#[must_use]
pub fn verify_consistency(m: u64, n: u64, proof: &[Hash], root_m: &Hash, root_n: &Hash) -> bool {
    if m > n {
        return false;
    }
    if m == n {
        return proof.is_empty() && root_m == root_n;
    }
    let (Some(mut node), Some(mut last)) = (m.checked_sub(1), n.checked_sub(1)) else {
        return proof.is_empty() && *root_m == empty_root();
    };
    if proof.is_empty() {
        return false;
    }
    let mut rest = proof.iter();
    let start = if m.is_power_of_two() {
        *root_m
    } else {
        match rest.next() {
            Some(hash) => *hash,
            None => return false,
        }
    };
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old, mut new) = (start, start);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    old == *root_m && new == *root_n && last == 0
}

/// Gives the root of the full subtree of `2^level` leaves that starts at leaf `index << level`.
pub trait Subtrees {
    /// What can go wrong when a hash is fetched.
    type Error;
    /// The root of leaves `[index·2^level, (index+1)·2^level)`, which all exist.
    ///
    /// # Errors
    /// Whatever the source says.
    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// The root of leaves `[from, to)`, where `from` is a multiple of the power of two at or above `to − from`.
///
/// # Errors
/// Those of the source.
pub fn range_root<S: Subtrees>(source: &mut S, from: u64, to: u64) -> Result<Hash, S::Error> {
    let mut peaks = Vec::new();
    let mut at = from;
    while let Some(level) = to.checked_sub(at).and_then(u64::checked_ilog2) {
        peaks.push(source.subtree(level, at >> level)?);
        // At most `to`.
        at = at.saturating_add(1 << level);
    }
    Ok(fold_peaks(&peaks))
}

/// The inclusion path of leaf `index` in the tree of `size`, the leaf's sibling first.
///
/// # Errors
/// Those of the source. `index` must be below `size`; otherwise the path is empty.
pub fn inclusion_path<S: Subtrees>(source: &mut S, index: u64, size: u64) -> Result<Vec<Hash>, S::Error> {
    let (mut from, mut to) = (0, size);
    let mut path = Vec::new();
    while let Some(split) = split(from, to) {
        if index < split {
            path.push(range_root(source, split, to)?);
            to = split;
        } else {
            path.push(range_root(source, from, split)?);
            from = split;
        }
    }
    path.reverse();
    Ok(path)
}

/// The consistency proof between the trees of `m` and `n` leaves (RFC 6962 §2.1.2).
///
/// # Errors
/// Those of the source.
pub fn consistency_proof<S: Subtrees>(source: &mut S, m: u64, n: u64) -> Result<Vec<Hash>, S::Error> {
    if m == 0 || m >= n {
        return Ok(Vec::new());
    }
    let (mut from, mut to) = (0, n);
    let mut proof = Vec::new();
    // Walk down until the old tree ends exactly at the end of a subtree of the new one.
    while let Some(split) = split(from, to).filter(|_| to != m) {
        if m <= split {
            proof.push(range_root(source, split, to)?);
            to = split;
        } else {
            proof.push(range_root(source, from, split)?);
            from = split;
        }
    }
    if from > 0 {
        proof.push(range_root(source, from, to)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Where the left child of leaves `[from, to)` ends: it has the largest power of two below their number. `None` for fewer
/// than two.
fn split(from: u64, to: u64) -> Option<u64> {
    let last = to.checked_sub(from)?.checked_sub(1)?;
    from.checked_add(1 << last.checked_ilog2()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Leaves(Vec<Hash>);
    impl Subtrees for Leaves {
        type Error = std::convert::Infallible;
        fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, Self::Error> {
            let from = usize::try_from(index << level).unwrap();
            Ok(root_of(&self.0[from..from + (1 << level)]))
        }
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
    }

    #[test]
    fn the_root_of_nothing_is_the_hash_of_nothing() {
        assert_eq!(empty_root(), Hash::of(b""));
    }

    #[test]
    fn the_known_roots() {
        let inputs =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let leaves: Vec<Hash> = inputs.iter().map(|input| leaf_hash(&hex(input))).collect();
        for (n, root) in [
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
            (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ] {
            assert_eq!(root_of(&leaves[..n]).to_hex(), root);
        }
        assert_eq!(empty_root(), root_of(&[]));
    }

    #[test]
    fn every_proof_of_small_trees_holds_and_every_bent_one_fails() {
        let leaves: Vec<Hash> = (0u8..40).map(|i| leaf_hash(&[i])).collect();
        let mut source = Leaves(leaves.clone());
        for n in 1..=40u64 {
            let root = root_of(&leaves[..usize::try_from(n).unwrap()]);
            for i in 0..n {
                let leaf = leaves[usize::try_from(i).unwrap()];
                let path = inclusion_path(&mut source, i, n).unwrap();
                assert!(verify_inclusion(leaf, i, n, &path, &root), "{i} of {n}");
                assert!(!verify_inclusion(leaf, i + 1, n, &path, &root) || n == 1 && i + 1 < n);
                for k in 0..path.len() {
                    let mut bent = path.clone();
                    bent[k].0[31] ^= 1;
                    assert!(!verify_inclusion(leaf, i, n, &bent, &root));
                    assert!(!verify_inclusion(leaf, i, n, &path[..k], &root));
                }
                let mut longer = path.clone();
                longer.push(root);
                assert!(!verify_inclusion(leaf, i, n, &longer, &root));
            }
            for m in 0..=n {
                let old = root_of(&leaves[..usize::try_from(m).unwrap()]);
                let proof = consistency_proof(&mut source, m, n).unwrap();
                assert!(verify_consistency(m, n, &proof, &old, &root), "{m} to {n}");
                for k in 0..proof.len() {
                    let mut bent = proof.clone();
                    bent[k].0[0] ^= 1;
                    assert!(!verify_consistency(m, n, &bent, &old, &root), "{m} to {n}, hash {k}");
                }
            }
        }
    }
}
