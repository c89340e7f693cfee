//! Pages that say what was not found, what a refusal means, and what a search found.

use crate::{Frame, Link};
use askama::Template;

/// What a problem's code means. It belongs to no size of the log, so it has no frame.
#[derive(Debug, Clone, Template)]
#[template(path = "problem.html")]
pub struct ProblemPage<'a> {
    /// The stable code.
    pub code: &'a str,
    /// What to do.
    pub advice: &'a str,
    /// The log.
    pub origin: &'a str,
}

/// Nothing here.
#[derive(Debug, Clone, Template)]
#[template(path = "missing.html")]
pub struct MissingPage<'a> {
    /// The headline.
    pub title: &'a str,
    /// What was looked for, and where.
    pub detail: &'a str,
    /// The log.
    pub origin: &'a str,
}

/// What a search found, if it was not exactly one thing.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "search.html")]
pub struct SearchPage {
    /// Its surroundings.
    pub frame: Frame,
    /// What was searched for.
    pub query: String,
    /// What was found, with what it is.
    pub found: Vec<(&'static str, Link)>,
    /// Whether there is more than is listed.
    pub more: bool,
}
