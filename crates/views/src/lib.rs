//! What people read, folded from the log.

pub mod trail;
