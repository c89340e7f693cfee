//! The order of things. See [`node::Node`] for what is running, [`commit`] for the story of a write.

pub mod commit;
pub mod directory;
mod engine;
mod epoch;
mod fold;
mod follow;
mod found;
mod gather;
mod job;
mod life;
mod locks;
#[cfg(feature = "kurrentdb")]
pub mod migrate;
pub mod node;
mod options;
mod publish;
mod published;
pub mod reader;
pub mod receipts;
mod recheck;
pub mod recover;
mod rehearse;
pub mod replay;
mod row;
mod scrub;
pub mod sequence;
mod signed;
mod status;
mod stored;
pub mod submit;
mod tree;
mod turns;
pub mod verified;
mod viewer;
#[cfg(feature = "kurrentdb")]
pub mod voice;

pub use directory::LedgerDirectory;
pub use job::{Accepted, Outcome};
pub use node::Node;
pub use options::{Options, Rounds};
pub use published::{Foreign, Published};
pub use reader::Reader;
pub use status::Status;
pub use submit::SubmitError;
pub use turns::Reading;
pub use verified::{Damage, ReadError, Verified};
