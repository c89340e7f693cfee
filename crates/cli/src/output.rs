//! Data on standard output; progress and messages on standard error.

use crate::failure::Outcome;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

/// Prints one JSON object and a newline.
///
/// # Errors
/// When standard output is closed.
pub fn json(value: &Value) -> Outcome {
    line(&value.to_string())
}

/// Prints a line.
///
/// # Errors
/// When standard output cannot be written; a reader that has seen enough (`| head`) is no error.
pub fn line(text: &str) -> Outcome {
    print(&format!("{text}\n"))
}

fn print(text: &str) -> Outcome {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Says something to the person, on standard error.
pub fn say(text: &str) {
    eprintln!("{text}");
}

/// Writes to a file, or to standard output.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: Option<&Path>, text: &str) -> Outcome {
    match out {
        Some(path) => Ok(std::fs::write(path, text)?),
        None => print(text),
    }
}

/// What long work calls with (done, total) to move a bar.
pub fn follow(bar: &ProgressBar) -> impl Fn(u64, u64) + Sync + '_ {
    |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    }
}

/// A bar on a terminal; nothing elsewhere.
#[must_use]
pub fn progress(what: &str, total: u64) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(10)
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(total), target);
    let style = ProgressStyle::with_template("{msg:24} {bar:40} {human_pos}/{human_len} {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
