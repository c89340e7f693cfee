//! Signed notes, c2sp.org/signed-note: a text, an empty line, signature lines.

use crate::b64;
use crate::key::{SecretKey, VerifierKey, is_key_name};

/// Largest note that is read, in bytes.
pub const NOTE_MAX: usize = 64 * 1024;
/// Most signature lines that are read; the specification asks for at least 16.
pub const SIGNATURES_MAX: usize = 100;
/// What a signature line begins with: an em dash and a space.
pub(crate) const DASH: &str = "\u{2014} ";

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine<'a> {
    /// The key's name.
    pub name: &'a str,
    /// The key's id.
    pub id: u32,
    /// What follows the id: 64 bytes for Ed25519, 72 for a cosignature.
    pub signature: Vec<u8>,
}

/// A note taken apart. Nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note<'a> {
    /// The signed text, with its final newline.
    pub text: &'a str,
    /// The signature lines, in their order.
    pub signatures: Vec<SignatureLine<'a>>,
}

/// Why bytes are no note, or no note of the expected signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Over [`NOTE_MAX`] bytes.
    #[error("the note is over 64 KiB")]
    TooLarge,
    /// Not UTF-8, or a control character.
    #[error("the note is not plain UTF-8 text")]
    NotText,
    /// No empty line, or nothing after it.
    #[error("the note has no signatures: a text, an empty line and signature lines are expected")]
    NoSignatures,
    /// A signature line that is not `— name base64`.
    #[error("a signature line is malformed")]
    SignatureLine,
    /// A known key's signature does not verify.
    #[error("the signature of a known key does not verify")]
    BadSignature,
    /// No line is of the expected key.
    #[error("the note is not signed by the expected key")]
    NotSigned,
}

/// Whether a control character other than a newline stands in a text. In stretches without a way out, which the compiler
/// makes into a few instructions.
pub(crate) fn has_control(bytes: &[u8]) -> bool {
    let in_stretch = |stretch: &[u8]| stretch.iter().fold(false, |found, b| found | ((*b < 0x20) & (*b != b'\n')));
    bytes.chunks(64).any(in_stretch)
}

impl<'a> Note<'a> {
    /// Takes a note apart at its last empty line.
    ///
    /// # Errors
    /// See [`NoteError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Note<'a>, NoteError> {
        if bytes.len() > NOTE_MAX {
            return Err(NoteError::TooLarge);
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::NotText)?;
        if has_control(bytes) {
            return Err(NoteError::NotText);
        }
        let (text, lines) = split(whole)?;
        let mut signatures = Vec::new();
        for line in lines.split_terminator('\n') {
            if signatures.len() == SIGNATURES_MAX {
                return Err(NoteError::SignatureLine);
            }
            signatures.push(parse_line(line)?);
        }
        Ok(Note { text, signatures })
    }

    /// Checks the plain Ed25519 signature of `key`. Lines of other keys are ignored.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] when a line of this key fails, [`NoteError::NotSigned`] when there is none.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        let mut seen = false;
        for line in self.signatures.iter().filter(|line| line.name == key.name && line.id == key.id) {
            let signature: &[u8; 64] = line.signature.as_slice().try_into().map_err(|_| NoteError::BadSignature)?;
            if !key.key.verifies(self.text.as_bytes(), signature) {
                return Err(NoteError::BadSignature);
            }
            seen = true;
        }
        if seen { Ok(()) } else { Err(NoteError::NotSigned) }
    }
}

/// Splits at the last empty line: the text with its newline, and the signature lines.
pub(crate) fn split(whole: &str) -> Result<(&str, &str), NoteError> {
    let at = whole.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
    // `at` stands before two newlines.
    let (text, rest) = whole.split_at(at.saturating_add(1));
    let lines = rest.strip_prefix('\n').ok_or(NoteError::NoSignatures)?;
    if lines.is_empty() {
        return Err(NoteError::NoSignatures);
    }
    if !lines.ends_with('\n') {
        return Err(NoteError::SignatureLine);
    }
    Ok((text, lines))
}

pub(crate) fn parse_line(line: &str) -> Result<SignatureLine<'_>, NoteError> {
    let (name, material) =
        line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or(NoteError::SignatureLine)?;
    let material = b64::decode(material).ok_or(NoteError::SignatureLine)?;
    let (id, signature) = material.split_first_chunk::<4>().ok_or(NoteError::SignatureLine)?;
    if !is_key_name(name) || signature.is_empty() {
        return Err(NoteError::SignatureLine);
    }
    Ok(SignatureLine { name, id: u32::from_be_bytes(*id), signature: signature.to_vec() })
}

/// One signature line, with its newline.
#[must_use]
pub fn signature_line(name: &str, id: u32, signature: &[u8]) -> String {
    let mut material = id.to_be_bytes().to_vec();
    material.extend_from_slice(signature);
    format!("{DASH}{name} {}\n", b64::encode(material))
}

/// Signs a text with every key; lines stand in order of the keys' names.
#[must_use]
pub fn sign(text: &str, keys: &[&SecretKey]) -> String {
    let mut lines: Vec<(String, String)> = keys
        .iter()
        .map(|key| {
            let line = signature_line(key.name(), key.verifier().id, &key.sign(text.as_bytes()));
            (key.name().to_owned(), line)
        })
        .collect();
    lines.sort();
    let mut note = format!("{text}\n");
    for (_, line) in lines {
        note.push_str(&line);
    }
    note
}

#[cfg(test)]
mod tests {
    use super::*;

    const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    #[test]
    fn the_published_vector_verifies() {
        let key = VerifierKey::parse(VKEY).unwrap();
        assert_eq!(key.to_string(), VKEY);
        Note::parse(NOTE.as_bytes()).unwrap().verify(&key).unwrap();
        let bent = NOTE.replace("message", "massage");
        assert_eq!(Note::parse(bent.as_bytes()).unwrap().verify(&key), Err(NoteError::BadSignature));
    }

    #[test]
    fn a_signed_note_reads_back() {
        let secret = SecretKey::from_seed("a.example/log", &[7; 32]);
        assert_eq!(SecretKey::parse(&secret.to_line()).unwrap().verifier(), secret.verifier());
        let note = sign("one\n\ntwo\n", &[&secret]);
        let parsed = Note::parse(note.as_bytes()).unwrap();
        assert_eq!(parsed.text, "one\n\ntwo\n");
        parsed.verify(&secret.verifier()).unwrap();
    }

    #[test]
    fn malformed_notes_are_named() {
        for (note, why) in [
            ("text\n", NoteError::NoSignatures),
            ("text\n\n", NoteError::NoSignatures),
            ("text\n\n- a AAAAAAA=\n", NoteError::SignatureLine),
            ("text\n\n\u{2014} a AAAAAAA=", NoteError::SignatureLine),
            ("te\txt\n\n\u{2014} a AAAAAAA=\n", NoteError::NotText),
            ("text\n\n\u{2014} a+b AAAAAAA=\n", NoteError::SignatureLine),
        ] {
            assert_eq!(Note::parse(note.as_bytes()), Err(why), "{note:?}");
        }
    }
}
