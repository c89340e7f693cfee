//! A file of chunks that can be made again from the log: it is believed as far as its checks go, and never synced.
//!
//! ```text
//! almoner derived file, version 1 LF
//! length of the header, 4 bytes    header    check, 32 bytes
//! length of a chunk, 4 bytes       chunk     check, 32 bytes      … to the end
//! ```
//!
//! Lengths are big-endian. A check is the SHA-256 of the check before it (of 32 zero bytes for the header's), the length
//! and the bytes: so a chunk counts only behind those that stood before it. What is in the chunks the store does not know.

use crate::StoreError;
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

const MAGIC: &[u8] = b"almoner derived file, version 1\n";
/// Bytes of a length and a check.
const FRAME: u64 = 4 + 32;
/// No chunk is longer: a length that says more is damage, and nothing is reserved for it.
const CHUNK_MAX: u32 = 64 << 20;

/// What one chunk's bytes and all before them hash to.
pub type Check = [u8; 32];

/// The check of a chunk behind another, or behind the header.
#[must_use]
pub fn check(before: &Check, chunk: &[u8]) -> Check {
    let length = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
    let hash = Sha256::new().chain_update(before).chain_update(length.to_be_bytes()).chain_update(chunk);
    hash.finalize().into()
}

/// The file, open behind its last good chunk.
#[derive(Debug)]
pub struct DerivedFile {
    path: PathBuf,
    file: File,
    end: u64,
    check: Check,
}

/// The file, while it is read.
#[derive(Debug)]
pub struct DerivedReader {
    read: BufReader<File>,
    at: DerivedFile,
}

/// Why a file, or the rest of it, does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotDerived {
    /// There is none.
    #[error("there is none")]
    Missing,
    /// Made by another program, or of another log.
    #[error("it was made by another program, or of another log")]
    Other,
    /// Cut short, or changed.
    #[error("it is cut short or damaged")]
    Damaged,
}

impl DerivedFile {
    /// Makes it anew; what was there is gone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path, header: &[u8]) -> Result<DerivedFile, StoreError> {
        let doing = || StoreError::io("make", path);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path).map_err(doing())?;
        file.write_all(MAGIC).map_err(doing())?;
        let mut made = DerivedFile { path: path.to_owned(), file, end: MAGIC.len() as u64, check: [0; 32] };
        made.append(header)?;
        Ok(made)
    }

    /// Appends a chunk. Where it fails the file ends behind the chunk before it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&mut self, chunk: &[u8]) -> Result<(), StoreError> {
        let doing = || StoreError::io("write", &self.path);
        let length = u32::try_from(chunk.len()).ok().filter(|length| *length <= CHUNK_MAX);
        let length = length.ok_or_else(|| doing()(std::io::ErrorKind::FileTooLarge.into()))?;
        let next = check(&self.check, chunk);
        let framed = [&length.to_be_bytes()[..], chunk, &next].concat();
        self.file.seek(SeekFrom::Start(self.end)).map_err(doing())?;
        if let Err(error) = self.file.write_all(&framed) {
            let _shorter = self.file.set_len(self.end);
            return Err(doing()(error));
        }
        self.end = self.end.saturating_add(framed.len() as u64);
        self.check = next;
        Ok(())
    }

    /// The check of its last chunk.
    #[must_use]
    pub fn check(&self) -> Check {
        self.check
    }

    /// Gives the file another name beside the old one, so that the next start does not find it.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn set_aside(path: &Path, suffix: &str) -> Result<PathBuf, StoreError> {
        let aside = crate::files::beside(path, suffix);
        std::fs::rename(path, &aside).map_err(StoreError::io("rename", path))?;
        Ok(aside)
    }
}

impl DerivedReader {
    /// Opens it, if it has this header.
    ///
    /// # Errors
    /// [`NotDerived`].
    pub fn open(path: &Path, header: &[u8]) -> Result<DerivedReader, NotDerived> {
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(|_| NotDerived::Missing)?;
        let second = file.try_clone().map_err(|_| NotDerived::Missing)?;
        let at = DerivedFile { path: path.to_owned(), file, end: 0, check: [0; 32] };
        let mut reader = DerivedReader { read: BufReader::with_capacity(1 << 20, second), at };
        let mut magic = [0; MAGIC.len()];
        reader.read.read_exact(&mut magic).map_err(|_| NotDerived::Other)?;
        reader.at.end = MAGIC.len() as u64;
        match reader.next_chunk() {
            Some(Ok(found)) if magic == MAGIC && found == header => Ok(reader),
            _ => Err(NotDerived::Other),
        }
    }

    /// The next chunk; none at the end of the file.
    pub fn next_chunk(&mut self) -> Option<Result<Vec<u8>, NotDerived>> {
        let mut length = [0; 4];
        match self.read.read(&mut length) {
            Ok(0) => return None,
            Ok(some) => {
                let rest = length.get_mut(some..)?;
                if self.read.read_exact(rest).is_err() {
                    return Some(Err(NotDerived::Damaged));
                }
            }
            Err(_) => return Some(Err(NotDerived::Damaged)),
        }
        Some(self.framed(u32::from_be_bytes(length)))
    }

    fn framed(&mut self, length: u32) -> Result<Vec<u8>, NotDerived> {
        if length > CHUNK_MAX {
            return Err(NotDerived::Damaged);
        }
        let mut chunk = Vec::new();
        let read = (&mut self.read).take(u64::from(length)).read_to_end(&mut chunk);
        let mut stored = [0; 32];
        let is_whole = read.is_ok_and(|read| read == length as usize) && self.read.read_exact(&mut stored).is_ok();
        let next = check(&self.at.check, &chunk);
        if !is_whole || next != stored {
            return Err(NotDerived::Damaged);
        }
        self.at.check = next;
        self.at.end = self.at.end.saturating_add(u64::from(length)).saturating_add(FRAME);
        Ok(chunk)
    }

    /// The check of the last chunk that was read.
    #[must_use]
    pub fn check(&self) -> Check {
        self.at.check
    }

    /// Cuts the file behind the last chunk that was read and found good, to write on from there.
    ///
    /// # Errors
    /// When it cannot be cut.
    pub fn cut(self) -> Result<DerivedFile, StoreError> {
        self.at.file.set_len(self.at.end).map_err(StoreError::io("cut", &self.at.path))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(path: &Path, header: &[u8]) -> Result<Vec<Vec<u8>>, NotDerived> {
        let mut reader = DerivedReader::open(path, header)?;
        let mut good = Vec::new();
        while let Some(Ok(chunk)) = reader.next_chunk() {
            good.push(chunk);
        }
        Ok(good)
    }

    fn written(path: &Path) -> Vec<Vec<u8>> {
        let chunks = vec![b"one".to_vec(), Vec::new(), vec![7; 300]];
        let mut file = DerivedFile::create(path, b"head").unwrap();
        chunks.iter().for_each(|chunk| file.append(chunk).unwrap());
        chunks
    }

    #[test]
    fn what_was_written_is_read_and_goes_on() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("derived");
        let mut expected = written(&path);
        assert_eq!(chunks(&path, b"head"), Ok(expected.clone()));
        assert_eq!(chunks(&path, b"another"), Err(NotDerived::Other));
        assert_eq!(chunks(&place.path().join("none"), b"head"), Err(NotDerived::Missing));
        let mut reader = DerivedReader::open(&path, b"head").unwrap();
        reader.next_chunk().unwrap().unwrap();
        let mut file = reader.cut().unwrap();
        file.append(b"two").unwrap();
        expected = vec![b"one".to_vec(), b"two".to_vec()];
        assert_eq!(chunks(&path, b"head"), Ok(expected));
    }

    #[test]
    fn every_flipped_byte_and_every_truncation_leaves_what_stood_before() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("derived");
        let expected = written(&path);
        let whole = std::fs::read(&path).unwrap();
        let starts_with = |what: &str| match chunks(&path, b"head") {
            Ok(found) => assert!(found.len() < expected.len() && expected.starts_with(&found), "{what}: {found:?}"),
            Err(why) => assert_ne!(why, NotDerived::Missing, "{what}"),
        };
        for place in 0..whole.len() {
            let mut bent = whole.clone();
            bent[place] ^= 1;
            std::fs::write(&path, &bent).unwrap();
            starts_with(&format!("flipped at {place}"));
            std::fs::write(&path, &whole[..place]).unwrap();
            starts_with(&format!("cut to {place}"));
        }
        // Chunks in another order are none.
        let (first, second) = (MAGIC.len() + 4 + 4 + 32, MAGIC.len() + 4 + 4 + 32 + 3 + 36);
        let swapped = [&whole[..first], &whole[second..second + 36], &whole[first..second], &whole[second + 36..]];
        std::fs::write(&path, swapped.concat()).unwrap();
        assert_eq!(chunks(&path, b"head"), Ok(Vec::new()));
    }
}
