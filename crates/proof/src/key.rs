//! Ed25519 keys: admission once, `verify_strict` always.
//!
//! Source: RFC 8032; the admission rules and the pinned counts of published corpora are in
//! `docs/FORMATS.md`, "signature policy". Key strings are those of c2sp.org/signed-note.

use crate::b64;
use crate::hash::Hash;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use zeroize::Zeroizing;

/// Algorithm byte of a plain Ed25519 note signature.
pub const ALG_ED25519: u8 = 0x01;
/// Algorithm byte of a timestamped Ed25519 cosignature.
pub const ALG_COSIGNATURE: u8 = 0x04;
/// Algorithm byte of an ML-DSA-44 cosignature, which is ignored gracefully.
pub const ALG_MLDSA: u8 = 0x06;

/// Why a key is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not `name+<8 hex>+base64(alg || key)`.
    #[error("a key is written name+<8 hex digits>+<base64>; write it as `almoner key show` prints it")]
    Malformed,
    /// The eight hex digits are not those of this name and key.
    #[error("the key id does not belong to this name and key; copy the whole line again")]
    WrongId,
    /// The algorithm byte is not one that is allowed here.
    #[error("this algorithm is not allowed here")]
    Algorithm,
    /// The 32 bytes are no point of the curve, or another spelling of one.
    #[error("the 32 bytes are not the canonical encoding of a curve point; make a new key")]
    NotCanonical,
    /// A point of small order, or one with a component of small order.
    #[error("the key is weak (small order, or not torsion-free); make a new key")]
    Weak,
}

/// An admitted public key: canonical, not weak, torsion-free. The parsed point is kept, because
/// parsing it for each signature would cost a seventh of the verification.
#[derive(Clone)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Admits 32 bytes, or says why not.
    ///
    /// # Errors
    /// [`KeyError::NotCanonical`] or [`KeyError::Weak`].
    pub fn admit(bytes: &[u8; 32]) -> Result<PublicKey, KeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotCanonical)?;
        let point = key.to_edwards();
        // `from_bytes` keeps the bytes as given; only compressing the point again shows another spelling.
        if point.compress().as_bytes() != bytes {
            return Err(KeyError::NotCanonical);
        }
        if key.is_weak() || !point.is_torsion_free() {
            return Err(KeyError::Weak);
        }
        Ok(PublicKey(key))
    }

    /// The 32 bytes of RFC 8032.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Strict verification, the only one there is.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", b64::encode(self.bytes()))
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}
impl Eq for PublicKey {}

/// First four bytes, big endian, of SHA-256(name || newline || alg || key).
#[must_use]
pub fn key_id(name: &str, alg: u8, key: &[u8]) -> u32 {
    let hash = Hash::of_parts(&[name.as_bytes(), b"\n", &[alg], key]);
    u32::from_be_bytes([hash.0[0], hash.0[1], hash.0[2], hash.0[3]])
}

/// Whether a string may name a key: not empty, no Unicode space, no `+`.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+' || c < ' ')
}

/// A public key with its name and algorithm: what signed-note calls a verifier key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    /// The name on signature lines.
    pub name: String,
    /// [`ALG_ED25519`] or [`ALG_COSIGNATURE`].
    pub alg: u8,
    /// The id on signature lines.
    pub id: u32,
    /// The admitted key.
    pub key: PublicKey,
}

impl VerifierKey {
    /// Reads `name+<8 lowercase hex>+base64(alg || key)`, split at the first two `+` only.
    ///
    /// # Errors
    /// Every [`KeyError`].
    pub fn parse(text: &str) -> Result<VerifierKey, KeyError> {
        let (name, id, material) = split_key(text)?;
        let (&alg, key) = material.split_first().ok_or(KeyError::Malformed)?;
        if alg != ALG_ED25519 && alg != ALG_COSIGNATURE {
            return Err(KeyError::Algorithm);
        }
        let bytes: &[u8; 32] = key.try_into().map_err(|_| KeyError::Malformed)?;
        if key_id(name, alg, bytes) != id {
            return Err(KeyError::WrongId);
        }
        Ok(VerifierKey { name: name.to_owned(), alg, id, key: PublicKey::admit(bytes)? })
    }

    /// A verifier key from its parts.
    #[must_use]
    pub fn new(name: &str, alg: u8, key: PublicKey) -> VerifierKey {
        VerifierKey { id: key_id(name, alg, key.bytes()), name: name.to_owned(), alg, key }
    }
}

/// As text.
impl Serialize for VerifierKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VerifierKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<VerifierKey, D::Error> {
        VerifierKey::parse(&Cow::<str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut material = vec![self.alg];
        material.extend_from_slice(self.key.bytes());
        write!(f, "{}+{:08x}+{}", self.name, self.id, b64::encode(material))
    }
}

/// Splits a key string; used by policies to look at an algorithm byte that is not ours.
pub(crate) fn split_key(text: &str) -> Result<(&str, u32, Vec<u8>), KeyError> {
    let (name, rest) = text.split_once('+').ok_or(KeyError::Malformed)?;
    let (id, material) = rest.split_once('+').ok_or(KeyError::Malformed)?;
    let hex = id.len() == 8 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !hex || !is_key_name(name) {
        return Err(KeyError::Malformed);
    }
    let id = u32::from_str_radix(id, 16).map_err(|_| KeyError::Malformed)?;
    Ok((name, id, b64::decode(material).ok_or(KeyError::Malformed)?))
}

/// A private key with its name. Never printed by `Debug`; wiped when dropped.
#[derive(Clone)]
pub struct SecretKey {
    name: String,
    key: SigningKey,
}

impl SecretKey {
    /// A key from a seed of 32 random bytes, which the caller draws: this room has no randomness.
    #[must_use]
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> SecretKey {
        SecretKey { name: name.to_owned(), key: SigningKey::from_bytes(seed) }
    }

    /// Reads `PRIVATE+KEY+<name>+<8 hex>+<base64(alg || seed)>`, as golang.org/x/mod/sumdb/note writes it.
    ///
    /// # Errors
    /// [`KeyError::Malformed`], [`KeyError::Algorithm`], [`KeyError::WrongId`].
    pub fn parse(text: &str) -> Result<SecretKey, KeyError> {
        let rest = text.trim_end().strip_prefix("PRIVATE+KEY+").ok_or(KeyError::Malformed)?;
        let (name, id, material) = split_key(rest)?;
        let material = Zeroizing::new(material);
        let (&alg, seed) = material.split_first().ok_or(KeyError::Malformed)?;
        if alg != ALG_ED25519 {
            return Err(KeyError::Algorithm);
        }
        let seed: &[u8; 32] = seed.try_into().map_err(|_| KeyError::Malformed)?;
        let secret = SecretKey::from_seed(name, seed);
        if secret.verifier().id != id {
            return Err(KeyError::WrongId);
        }
        Ok(secret)
    }

    /// The one line that [`SecretKey::parse`] reads, without a newline.
    #[must_use]
    pub fn to_line(&self) -> Zeroizing<String> {
        let mut material = Zeroizing::new(vec![ALG_ED25519]);
        material.extend_from_slice(self.key.as_bytes());
        let id = self.verifier().id;
        Zeroizing::new(format!("PRIVATE+KEY+{}+{id:08x}+{}", self.name, b64::encode(&*material)))
    }

    /// The name on the signature lines that this key makes.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey::new(&self.name, ALG_ED25519, PublicKey(self.key.verifying_key()))
    }

    /// An Ed25519 signature, 64 bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({}, [redacted])", self.name)
    }
}
