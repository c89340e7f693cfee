//! Tiles and entry bundles, c2sp.org/tlog-tiles: paths, widths, and the bundle's framing.

use crate::hash::Hash;
use std::fmt;

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// Bytes of a full tile.
pub const TILE_BYTES: usize = 256 * 32;
/// Largest entry: its length is a u16.
pub const ENTRY_MAX: usize = 65_535;

/// A tile of hashes at a level, or (`level: None`) a bundle of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// 0..=63; `None` is `entries`.
    pub level: Option<u8>,
    /// Number of the tile at its level.
    pub index: u64,
    /// 1..=256; 256 is a full tile.
    pub width: u16,
}

impl Tile {
    /// Reads a path such as `tile/0/x001/234` or `tile/entries/000.p/7`.
    #[must_use]
    pub fn parse(path: &str) -> Option<Tile> {
        let rest = path.strip_prefix("tile/")?;
        let (level, rest) = rest.split_once('/')?;
        let level = match level {
            "entries" => None,
            digits => Some(u8::try_from(crate::text::parse_decimal(digits)?).ok().filter(|l| *l < 64)?),
        };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => {
                let width = crate::text::parse_decimal(width)?;
                (number, u16::try_from(width).ok().filter(|w| (1..256).contains(w))?)
            }
            None => (rest, 256),
        };
        let mut index: u64 = 0;
        let mut groups = number.split('/').peekable();
        while let Some(group) = groups.next() {
            let last = groups.peek().is_none();
            let digits = if last { group } else { group.strip_prefix('x')? };
            if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        }
        let tile = Tile { level, index, width };
        // One spelling each: `x000/001` is not a path.
        (tile.to_string() == path).then_some(tile)
    }

    /// Every tile and bundle that exists for a tree of `size`, levels first, then bundles. There are 2^56 and more of
    /// them where the size is a lie, so they are gone through and never collected.
    pub fn all(size: u64) -> impl Iterator<Item = Tile> {
        let levels = (0u8..8).flat_map(move |level| tiles_of(Some(level), hashes_at(level, size)));
        levels.chain(tiles_of(None, size))
    }

    /// How many tiles and bundles exist for a tree of `size`.
    #[must_use]
    pub fn count(size: u64) -> u64 {
        let levels = (0u8..8).map(|level| hashes_at(level, size).div_ceil(TILE_WIDTH));
        levels.chain([size.div_ceil(TILE_WIDTH)]).sum()
    }

    /// The partial width at a level for a tree of `size`, 0 for none.
    #[must_use]
    pub fn partial_width(level: u8, size: u64) -> u64 {
        hashes_at(level, size) % TILE_WIDTH
    }
}

/// How many hashes a level of the tree of `size` has.
#[must_use]
pub fn hashes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * 8).unwrap_or(0)
}

fn tiles_of(level: Option<u8>, count: u64) -> impl Iterator<Item = Tile> {
    (0..count.div_ceil(TILE_WIDTH)).map(move |index| {
        // Above 0: each tile starts below the count.
        let left = count.saturating_sub(index.saturating_mul(TILE_WIDTH));
        Tile { level, index, width: u16::try_from(left.min(TILE_WIDTH)).unwrap_or(256) }
    })
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(f, "tile/{level}/")?,
            None => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        while let Some(group) = groups.pop() {
            if groups.is_empty() {
                write!(f, "{group:03}")?;
            } else {
                write!(f, "x{group:03}/")?;
            }
        }
        if self.width < 256 {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

/// The hashes of a tile; `None` if there are not exactly `count`.
#[must_use]
pub fn split_tile(tile: &[u8], count: usize) -> Option<Vec<Hash>> {
    let (hashes, rest) = tile.as_chunks::<32>();
    (rest.is_empty() && hashes.len() == count).then(|| hashes.iter().map(|hash| Hash(*hash)).collect())
}

/// Appends one entry to a bundle: u16 big-endian length, then the bytes. `false` if it is too long.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> bool {
    let Ok(length) = u16::try_from(entry.len()) else { return false };
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    true
}

/// Splits a bundle into exactly `count` entries; `None` if it is cut or has bytes left.
#[must_use]
pub fn split_bundle(bundle: &[u8], count: usize) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::with_capacity(count);
    let mut rest = bundle;
    for _ in 0..count {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length)?;
        entries.push(entry);
        rest = after;
    }
    rest.is_empty().then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_spelling() {
        for path in
            ["tile/0/000", "tile/0/x001/x234/067", "tile/entries/000.p/7", "tile/63/255", "tile/1/x001/000.p/255"]
        {
            assert_eq!(Tile::parse(path).map(|t| t.to_string()).as_deref(), Some(path));
        }
        assert_eq!(Tile::parse("tile/0/x001/x234/067").unwrap().index, 1_234_067);
        for bad in [
            "tile/0/0",
            "tile/00/000",
            "tile/0/x000/001",
            "tile/64/000",
            "tile/0/000.p/256",
            "tile/0/000.p/0",
            "tile/0/001/000",
            "tile/x/000",
            "tile/0/000/",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(Tile::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_tiles_of_a_size() {
        let paths: Vec<String> = Tile::all(257).map(|t| t.to_string()).collect();
        assert_eq!(
            paths,
            ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/1"]
        );
        assert_eq!(Tile::all(0).count(), 0);
        for size in [0, 1, 255, 256, 257, 65_536, 70_000] {
            assert_eq!(Tile::count(size), Tile::all(size).count() as u64, "{size}");
        }
    }

    #[test]
    fn the_largest_size_is_only_a_number() {
        let size = (1 << 63) - 1;
        assert_eq!(Tile::all(size).next().map(|tile| tile.to_string()).as_deref(), Some("tile/0/000"));
        assert!(Tile::count(size) > 1 << 56);
    }

    #[test]
    fn tiles_are_exact() {
        assert_eq!(split_tile(&[7; 64], 2), Some(vec![Hash([7; 32]); 2]));
        for (length, count) in [(64, 1), (64, 3), (63, 2), (65, 2), (0, 1)] {
            assert_eq!(split_tile(&vec![7; length], count), None, "{length}");
        }
    }

    #[test]
    fn bundles_are_exact() {
        let mut bundle = Vec::new();
        assert!(push_entry(&mut bundle, b"one") && push_entry(&mut bundle, b""));
        assert_eq!(split_bundle(&bundle, 2).unwrap(), [b"one".as_slice(), b""]);
        assert_eq!(split_bundle(&bundle, 1), None);
        assert_eq!(split_bundle(&bundle, 3), None);
        assert!(!push_entry(&mut bundle, &[0; 65_536]));
    }
}
