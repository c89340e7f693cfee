//! What people read, folded from the log.
