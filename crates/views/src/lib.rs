//! # views: what people read, folded from the log
//!
//! **Here:** balances, the trail of a gift, figures of funds and projects, names, what others reported. Everything is a
//! fold of effects ([`Views::fold`]) and takes `at`, a size of the log.
//!
//! **Not here:** deciding, pages, formats, I/O. Nothing per gift is kept: what lies inside an event
//! is read from its note, which the caller hands in when asked.
//!
//! **Callers:** interchange, site, server, cli. **Ruled by:** `docs/ARCHITECTURE.md`.

// Neither may pass in silence: a sum beyond its type, and a variant that nobody thought of. Tests are not bound.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm))]

mod accounts;
pub mod balances;
pub mod chains;
pub mod corrections;
mod entities;
pub mod figures;
pub mod fold;
pub mod gift;
pub mod given_back;
pub mod indices;
mod kinds;
mod money;
pub mod names;
pub mod observed;
pub mod query;
pub mod receipt;
pub mod search;
pub mod series;
pub mod told;
pub mod trail;

pub use entities::EntityAt;
pub use fold::Views;
pub use indices::Indices;
