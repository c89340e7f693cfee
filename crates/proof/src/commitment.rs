//! Commitments: what a donor can open, and nobody else can guess.

use crate::hash::Hash;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// HMAC-SHA-256(salt, "almoner/commit@v1\n" || field || "\n" || value) (RFC 2104).
///
/// `salt` is always 32 fresh random bytes: HMAC pads shorter keys with zeros, so any other length
/// would let two salts open one commitment.
#[must_use]
pub fn commit(salt: &[u8; 32], field: &str, value: &str) -> Hash {
    tag(salt, &["almoner/commit@v1\n", field, "\n", value])
}

/// HMAC-SHA-256 over the parts: `ref_tag` and `match_tag` use it with a secret of their own.
#[must_use]
pub fn tag(key: &[u8; 32], parts: &[&str]) -> Hash {
    // HMAC takes keys of every length, so this never fails.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Hash::default() };
    for part in parts {
        mac.update(part.as_bytes());
    }
    Hash(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_binds_field_and_value() {
        let one = commit(&[1; 32], "gifts/0/donor", "李雷");
        assert_eq!(one, commit(&[1; 32], "gifts/0/donor", "李雷"));
        for other in [
            commit(&[2; 32], "gifts/0/donor", "李雷"),
            commit(&[1; 32], "gifts/1/donor", "李雷"),
            commit(&[1; 32], "gifts/0/donor", "李"),
        ] {
            assert_ne!(one, other);
        }
    }
}
