//! Data on standard output; progress and messages on standard error. The one door to a terminal: no control character,
//! no direction and nothing hidden goes through it, whoever wrote it (`docs/FORMATS.md`, "What a client believes").

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use crate::failure::{Failure, Outcome, While as _};
use almoner_proof::text::{is_hidden, visible, visible_lines};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

/// Prints one JSON object and a newline.
///
/// # Errors
/// When standard output is closed.
pub fn json(value: &impl Serialize) -> Outcome {
    json_text(&serde_json::to_string(value).while_doing("writing JSON")?)
}

/// Prints a JSON text that has no line breaks of its own, and a newline. JSON escapes what lies below U+0020; what else
/// a terminal obeys or does not show stands inside strings and is escaped here, so that the value stays the same.
///
/// # Errors
/// When standard output is closed.
pub fn json_text(json: &str) -> Outcome {
    let mut text = String::with_capacity(json.len().saturating_add(1));
    for c in json.chars() {
        if is_hidden(c) {
            // Above U+FFFF as two (RFC 8259 section 7).
            for unit in c.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(c);
        }
    }
    text.push('\n');
    print(&text)
}

/// Prints one line: a newline within it is shown, and begins none.
///
/// # Errors
/// When standard output cannot be written; a reader that has seen enough (`| head`) is no error.
pub fn line(text: &str) -> Outcome {
    print(&format!("{}\n", visible(text)))
}

/// Prints a text of several lines, and a newline.
///
/// # Errors
/// Those of [`line()`].
pub fn lines(text: &str) -> Outcome {
    print(&format!("{}\n", visible_lines(text)))
}

fn print(text: &str) -> Outcome {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Says something to the person, on standard error.
pub fn say(text: &str) {
    // Where nobody listens there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{}", visible_lines(text));
}

/// Sends the program's log to standard error, one line for each event, through the same filter. `ALMONER_LOG` says what is
/// logged; `default` where it does not.
pub fn log(default: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("ALMONER_LOG").unwrap_or_else(|_| default.into());
    // Whoever was first (a test) keeps it.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| LogWriter).try_init();
}

/// Gets a whole event at once, with its line break.
struct LogWriter;

impl std::io::Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        writeln!(std::io::stderr(), "{}", visible(text.trim_end_matches('\n')))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}

/// Says how a command failed, and what to do: a line for each.
pub fn say_failure(failure: &Failure) {
    say(&visible(&format!("almoner: {}", failure.sentence())));
    failure.hints.iter().for_each(|hint| say(&visible(&format!("  {hint}"))));
}

/// Says that what is shown was checked by nobody.
pub fn say_unchecked(why: &str) {
    say(&format!("unchecked: {}", visible(why)));
}

/// Writes to a file, or to standard output: byte for byte, but to a terminal as it can be shown.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: Option<&Path>, text: &str) -> Outcome {
    match out {
        Some(path) => Ok(std::fs::write(path, text)?),
        None if std::io::stdout().is_terminal() => print(&visible_lines(text)),
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

/// A bar on a terminal; nothing elsewhere. A total of 0 is one that nobody knows.
#[must_use]
pub fn progress(what: &str, total: u64) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(10)
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target((total > 0).then_some(total), target);
    let style = ProgressStyle::with_template("{msg:24} {bar:40} {human_pos}/{human_len} {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(visible(what).into_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
