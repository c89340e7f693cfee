//! # site: the pages
//!
//! **Here:** page models made of strings and numbers, how they are filled from the views
//! ([`Scene`]), and their templates. Every page takes `at`, a size of the log, and shows it.
//!
//! **Not here:** sockets, stores, clocks, scripts. Texts that users signed are hostile until the
//! templates have escaped them, and no template says `safe`; they stand in `<bdi>`, by the macros of
//! `templates/parts.html` and nothing else.
//!
//! **Callers:** server. **Ruled by:** `docs/ARCHITECTURE.md`.

// Neither may pass in silence: a sum beyond its type, and a variant that nobody thought of. Tests are not bound.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm))]

mod chain;
mod fit;
mod foreign;
mod frame;
mod fund;
mod home;
mod line;
mod log;
mod money;
mod notice;
mod project;
mod receipt;
mod reference;
mod reported;
mod scene;
mod strip;
pub mod tell;
mod words;

/// What every page is, so that its caller needs no template engine of its own.
pub use askama::Template;
pub use chain::ChainPage;
pub use fit::Cut;
pub use frame::Frame;
pub use fund::FundPage;
pub use home::HomePage;
pub use line::Line;
pub use log::{EntryPage, LogPage};
pub use notice::{MissingPage, ProblemPage, SearchPage};
pub use project::ProjectPage;
pub use receipt::{Asked, ReceiptPage};
pub use reference::{Operation, ReferencePage};
pub use reported::{ActivityPage, Gone, ImportPage, ReportedRow, SumRow};
pub use scene::{Link, Scene, page_of};
pub use strip::{StripRow, StripTable};
pub use words::Word;

/// The one stylesheet.
pub const STYLE: &str = include_str!("../templates/style.css");

/// Renders a page. A template that cannot be rendered is a defect; the reader is told so.
#[must_use]
pub fn html(page: &impl askama::Template) -> String {
    page.render().unwrap_or_else(|_| {
        "<!doctype html><title>Defect</title><p>This page cannot be drawn: a defect of ours.".to_owned()
    })
}
