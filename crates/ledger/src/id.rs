//! Numbers of what the books hold, dense from 0. Admission gives them, in log order, so every fold of the log has the same.

use serde::{Deserialize, Serialize};

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// The number that comes after so many. A log would have to hold four thousand million of them to run out, each
            /// with an event of its own; the last number would then stand for all further ones.
            #[must_use]
            pub fn after(count: usize) -> $name {
                $name(u32::try_from(count).unwrap_or(u32::MAX))
            }

            /// Where it stands in a list that is indexed by these numbers.
            #[must_use]
            pub fn place(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

numbers! {
    /// A chain, in order of opening; 0 is operator.
    ChainNo
    /// An entity, in order of opening.
    EntityNo
    /// A pool, in order of the first entry that names it.
    PoolNo
    /// An account, in order of its first posting.
    AccountNo
}

/// A kind of event, by its place in the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KindNo(pub(crate) u8);

impl KindNo {
    /// Its place in the registry.
    #[must_use]
    pub fn place(self) -> u32 {
        u32::from(self.0)
    }
}
