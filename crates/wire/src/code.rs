//! The words of refusals and problems.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /problems/{code}`: what a code means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Advice {
    /// The word.
    #[schema(example = "chain.gap")]
    pub code: String,
    /// What to do next.
    pub advice: String,
}

/// `GET /v1/refusals`: every code there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Codes {
    /// Why an event is refused, in the order of the checks.
    pub refusals: Vec<Advice>,
    /// Why a request is.
    pub problems: Vec<Advice>,
}
