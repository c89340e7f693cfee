//! What is answered that is not a success: RFC 9457.

use crate::Head;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A problem. Of what a stranger's server answers any member may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Problem {
    /// Where the code is explained.
    #[serde(rename = "type")]
    #[schema(required = true, example = "/problems/chain.gap")]
    pub kind: String,
    /// The status in words.
    #[schema(required = true)]
    pub title: String,
    /// The HTTP status.
    #[schema(required = true)]
    pub status: u16,
    /// A stable word.
    #[schema(required = true, example = "chain.gap")]
    pub code: String,
    /// What to do next.
    #[schema(required = true)]
    pub detail: String,
    /// The request that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// What was met in this case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The member of the event's data that it is about, as a path from the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "gifts.3.fee")]
    pub member: Option<String>,
    /// Of a conflict: the chain's head to draft on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<Head>,
    /// The entry that is damaged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
    /// The newest published size, where a larger one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The quotas that the request was too much for (draft-ietf-httpapi-ratelimit-headers-10).
    #[serde(rename = "violated-policies", default, skip_serializing_if = "Vec::is_empty")]
    pub violated_policies: Vec<String>,
}
