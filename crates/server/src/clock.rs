//! The one place of this room that reads the clock.

/// Now, as events write it: `YYYY-MM-DDTHH:MM:SSZ`.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "here, and nowhere else")]
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Now, as HTTP writes it (RFC 9110, section 5.6.7).
#[must_use]
#[allow(clippy::disallowed_methods, reason = "here, and nowhere else")]
pub fn now_of_http() -> String {
    jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
