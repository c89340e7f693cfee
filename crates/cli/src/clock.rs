//! The one place of the command line that reads the clock.

/// Now, as events write it: `YYYY-MM-DDTHH:MM:SSZ`. The author's claim of the time.
#[must_use]
pub fn now() -> String {
    almoner_server::clock::now()
}
