//! # proof: what a stranger needs to check a claim
//!
//! **Here:** SHA-256 and Merkle proofs (RFC 6962), signed notes, checkpoints, cosignatures, tile
//! paths, policies and `.tlog-proof` receipts (C2SP), the event note's strict grammar, and
//! [`Verified`], the type that only [`verify()`] makes.
//!
//! **Not here:** money, kinds of events, books, files, clocks, randomness. Proof never sees money:
//! it reads of an event's `data` only what introduces a key, and the path of an opened commitment.
//!
//! **Callers:** every other room but `store`, and the tiny binary `almoner-verify`.
//! **Ruled by:** `docs/FORMATS.md`.

// Neither may pass in silence: a sum beyond its type, and a variant that nobody thought of. Tests are not bound.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm))]

pub mod b64;
pub mod checkpoint;
pub mod commitment;
pub mod event;
pub mod hash;
pub mod introduction;
pub mod json;
pub mod key;
pub mod mend;
pub mod merkle;
pub mod note;
pub mod policy;
pub mod receipt;
pub mod text;
pub mod tile;
mod verified;

pub use checkpoint::Checkpoint;
pub use event::{Envelope, EnvelopeError};
pub use hash::Hash;
pub use key::{PublicKey, SecretKey, VerifierKey};
pub use policy::Policy;
pub use verified::{Verified, VerifyError, recall, verify};
