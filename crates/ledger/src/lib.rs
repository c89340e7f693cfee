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

// Neither may pass in silence: a sum beyond its type, and a variant that nobody thought of. Tests are not bound.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm))]

pub mod admit;
pub mod admitted;
pub mod booked;
mod booking;
pub mod books;
pub mod candidate;
pub mod currency;
pub mod data;
pub mod draft;
pub mod effect;
pub mod entity;
pub mod entry;
pub mod event;
pub mod id;
mod intern;
pub mod money;
pub mod nearest;
pub mod refusal;
pub mod replay;
pub mod ring;
pub mod rows;
pub mod rules;
pub mod shape;
mod signers;
pub mod telling;
pub mod touched;
pub mod unlikely;
pub mod walked;
pub mod words;
pub mod would;

pub use admit::{Referenced, admit};
pub use admitted::{Admitted, Done};
pub use booked::{Account, Booked, Opened, Posting, Step};
pub use books::Books;
pub use candidate::{Candidate, decode, read_envelope, recall_candidate, verify_candidate};
pub use currency::Currency;
pub use draft::{Drafted, Refused, Rehearsed};
pub use effect::Effect;
pub use entity::{Entity, EntityType, Found, Said, Standing, Told};
pub use entry::{AccountKey, Entry, Flow, Head, Line, Pool};
pub use event::{Event, KINDS, KindInfo};
pub use id::{AccountNo, ChainNo, EntityNo, KindNo, PoolNo};
pub use money::Money;
pub use refusal::{Code, Refusal};
pub use ring::KeyRing;
pub use rows::Rows;
pub use words::EntityKind;
