//! # ledger: what may happen, and what it does to the books
//!
//! **Here:** money, references, the registry of event kinds (one file each), entries and their
//! double entry, the books, admission in the stated order of checks, and every refusal by name.
//!
//! **Not here:** bytes on disk, sockets, clocks, randomness, tokio. Nothing here waits or reads;
//! what an event refers to is handed in ([`Referenced`]). **No fold depends on hash-map order.**
//!
//! **Callers:** views, interchange, server, cli. **Ruled by:** `docs/ARCHITECTURE.md`,
//! `docs/EVENTS.md` (generated from here), `docs/ADDING_AN_EVENT.md`.

pub mod admit;
pub mod books;
pub mod data;
pub mod effect;
pub mod entity;
pub mod entry;
pub mod event;
pub mod money;
pub mod refusal;
pub mod rules;

pub use admit::{
    Admitted, Candidate, KeyRing, Referenced, admit, decode, read_envelope, recall_candidate, verify_candidate,
};
pub use books::{Books, ChainNo};
pub use effect::Effect;
pub use entity::{Body, Entity, EntityKind, EntityNo};
pub use entry::{AccountKey, Entry, Flow, Head, Pool, Posting};
pub use event::{Event, KINDS, KindInfo};
pub use money::{Currency, Money};
pub use refusal::Refusal;
