//! Kinds of event, and what their data looks like.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /v1/kinds`: every kind that there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Kinds {
    /// In the order of the registry.
    pub kinds: Vec<KindRow>,
}

/// A kind of event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KindRow {
    /// `<noun>.<verb>/<version>`
    #[schema(example = "donation.received/1")]
    pub kind: String,
    /// What it is, in a sentence.
    pub summary: String,
    /// Who signs it.
    pub signed_by: String,
}

/// `GET /v1/kinds/{kind}`: a kind and the shape of its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Kind {
    /// The kind.
    #[serde(flatten)]
    pub row: KindRow,
    /// JSON Schema (2020-12) of `data`: what it allows can be read; what the books refuse, it does not know.
    #[schema(value_type = Object)]
    pub schema: serde_json::Value,
    /// Data that is of this shape.
    #[schema(value_type = Object)]
    pub example: serde_json::Value,
}
