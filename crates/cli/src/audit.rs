//! The full audit.
