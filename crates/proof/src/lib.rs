//! What a stranger needs to check a claim.
