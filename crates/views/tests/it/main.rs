//! The integration tests of the views, one binary.

mod trail;
