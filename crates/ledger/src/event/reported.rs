//! What several kinds say of a file of somebody else's reports.

use super::prelude::*;

data! {
    /// A code that came with a transaction or an activity.
    pub(super) struct Detail {
        /// Which code.
        name: String,
        /// Its value.
        value: String,
    }

    /// What of the file, or of a part of it, no event carries.
    pub(super) struct LeftOut {
        /// Path of the element, or of the element and its attribute.
        path: String,
        /// How many of them.
        count: u64,
    }
}
