//! The pages, rendered from views.
