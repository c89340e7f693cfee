//! The API's reference, for people: no script, nothing from elsewhere.

use askama::Template;

/// `/v1/reference`. It belongs to no size of the log, so it has no frame.
#[derive(Debug, Clone, Template)]
#[template(path = "reference.html")]
pub struct ReferencePage<'a> {
    /// Every operation.
    pub operations: Vec<Operation>,
    /// The log.
    pub origin: &'a str,
}

/// An operation of the API.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its name in the OpenAPI document.
    pub id: String,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// With `{name}` for each parameter in it.
    pub path: String,
    /// What it is.
    pub title: String,
    /// Name and meaning.
    pub parameters: Vec<(String, String)>,
    /// Every HTTP status that it may answer.
    pub statuses: String,
    /// How to try it.
    pub curl: String,
}
