//! Where a judgement stopped, and why.

use super::verdict::Step;

/// A step that does not hold.
pub(super) struct Fault {
    pub(super) step: Step,
    pub(super) why: String,
}

impl Fault {
    pub(super) fn new(step: Step, why: impl Into<String>) -> Fault {
        Fault { step, why: why.into() }
    }
}
