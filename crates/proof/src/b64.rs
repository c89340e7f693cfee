//! base64 as RFC 4648 §4 with padding; non-canonical encodings are rejected.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Encodes bytes, with padding.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// Decodes; `None` for anything that [`encode`] would not have written.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Decodes exactly `N` bytes.
#[must_use]
pub fn decode_exact<const N: usize>(text: &str) -> Option<[u8; N]> {
    // The length is checked first, so that a long string costs nothing.
    if text.len() != N.div_ceil(3).checked_mul(4)? {
        return None;
    }
    let mut buffer = [0u8; 96];
    let room = buffer.get_mut(..N.checked_add(2)?)?;
    let written = STANDARD.decode_slice(text, room).ok()?;
    if written != N {
        return None;
    }
    buffer.get(..N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_text_decodes() {
        assert_eq!(decode_exact::<1>("AA=="), Some([0]));
        assert_eq!(decode("AB=="), None, "trailing bits");
        assert_eq!(decode("AA"), None, "no padding");
        assert_eq!(decode("A A="), None, "a space");
        assert_eq!(decode("_w=="), None, "the URL alphabet");
        assert_eq!(decode_exact::<2>("AAA="), Some([0, 0]));
        assert_eq!(decode_exact::<64>(&encode([7; 64])), Some([7; 64]));
    }
}
