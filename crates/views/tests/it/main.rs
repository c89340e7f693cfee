//! The integration tests of the views, one binary.

#[cfg(test)]
mod trail;
