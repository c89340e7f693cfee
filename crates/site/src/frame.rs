//! What surrounds every page: which log, which size, where the same is found as data.

/// The frame of a page.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// Title of the page, without the log's name.
    pub title: String,
    /// The log's origin.
    pub origin: String,
    /// The size that the page is about.
    pub size: u64,
    /// Its root, base64.
    pub root: String,
    /// Whether the address names the size; then all links go on naming it.
    pub named: bool,
    /// The page's own path, percent-encoded, without `at`.
    pub path: String,
    /// Path of the same as JSON, without `at`.
    pub json: String,
}

impl Frame {
    /// A link that stays at the size the reader chose.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        if self.named { self.pinned(path) } else { path.to_owned() }
    }

    /// A link to a page that is named by an id.
    #[must_use]
    pub fn to(&self, base: &str, id: &str) -> String {
        self.link(&format!("{base}{id}"))
    }

    /// A link to an entry of the log.
    #[must_use]
    pub fn entry(&self, index: impl std::fmt::Display) -> String {
        self.link(&format!("/log/{index}"))
    }

    /// A link that names this size.
    #[must_use]
    pub fn pinned(&self, path: &str) -> String {
        format!("{path}{}at={}", if path.contains('?') { '&' } else { '?' }, self.size)
    }

    /// This page at this size, for ever.
    #[must_use]
    pub fn permalink(&self) -> String {
        self.pinned(&self.path)
    }

    /// The same as JSON.
    #[must_use]
    pub fn data(&self) -> String {
        self.link(&self.json)
    }

    /// The size, readable.
    #[must_use]
    pub fn size_text(&self) -> String {
        crate::money::grouped(&self.size.to_string())
    }
}
