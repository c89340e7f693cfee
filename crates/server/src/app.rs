//! The order of things. See [`node::Node`] for what is running, [`commit`] for the story of a write.

pub mod commit;
pub mod directory;
mod engine;
mod epoch;
mod fold;
mod follow;
#[cfg(feature = "kurrentdb")]
pub mod migrate;
pub mod node;
pub mod publish;
pub mod reader;
pub mod receipts;
pub mod recover;
mod scrub;
pub mod sequence;
pub mod submit;
mod tree;
pub mod verified;
#[cfg(feature = "kurrentdb")]
pub mod voice;
mod would;

pub use directory::LedgerDirectory;
pub use node::{Foreign, Node, Options, Rounds, Status};
pub use reader::Reader;
pub use submit::{Accepted, Outcome, SubmitError};
pub use verified::{Damage, ReadError, Verified};
