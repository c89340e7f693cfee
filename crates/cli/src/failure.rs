//! How a command ends: what went wrong, what to do, and the exit code.

use almoner_ledger::nearest::nearest;
use almoner_views::names::Nowhere;
use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// Which exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 1: it failed.
    Failed,
    /// 2: it was asked wrongly.
    Usage,
    /// 3: what was checked does not hold.
    Refuted,
    /// 5: it could not be checked. Never merged with 3.
    CouldNotCheck,
}

/// A command's failure.
#[derive(Debug)]
pub struct Failure {
    /// Which exit code.
    pub kind: Kind,
    /// A stable code, where the failure has one.
    pub code: Option<&'static str>,
    /// One sentence.
    pub text: String,
    /// What to do.
    pub hints: Vec<String>,
}

/// What commands return.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// It failed.
    pub fn new(text: impl fmt::Display) -> Failure {
        Failure { kind: Kind::Failed, code: None, text: text.to_string(), hints: Vec::new() }
    }
    /// It was asked wrongly.
    pub fn usage(text: impl fmt::Display) -> Failure {
        Failure { kind: Kind::Usage, ..Failure::new(text) }
    }
    /// Nothing can be said.
    pub fn could_not_check(text: impl fmt::Display) -> Failure {
        Failure { kind: Kind::CouldNotCheck, ..Failure::new(text) }
    }
    /// What was checked does not hold.
    pub fn refuted(text: impl fmt::Display) -> Failure {
        Failure { kind: Kind::Refuted, ..Failure::new(text) }
    }
    /// Names it by a stable code.
    #[must_use]
    pub fn coded(self, code: &'static str) -> Failure {
        Failure { code: Some(code), ..self }
    }
    /// The code, if it has one, and the sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.code.map_or_else(|| self.text.clone(), |code| format!("{code}: {}", self.text))
    }
    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Failure {
        self.hints.push(hint.to_string());
        self
    }
    /// The process's exit code.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.kind {
            Kind::Failed => 1,
            Kind::Usage => 2,
            Kind::Refuted => 3,
            Kind::CouldNotCheck => 5,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.sentence())?;
        for hint in &self.hints {
            write!(f, "\n  {hint}")?;
        }
        Ok(())
    }
}

impl From<Nowhere> for Failure {
    fn from(nowhere: Nowhere) -> Failure {
        match nowhere {
            Nowhere::Malformed(why) => Failure::usage(why),
            Nowhere::Absent(why) => Failure::new(why),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::new(error)
    }
}

/// A file that was named and cannot be read, with the one that was meant.
pub fn unread(path: &Path, error: &std::io::Error) -> Failure {
    let failure = Failure::new(format!("{}: {error}", path.display()));
    if error.kind() != std::io::ErrorKind::NotFound {
        return failure;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names: Vec<String> = names.take(1_000).filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let wanted = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match nearest(wanted, names.iter().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean {}?", path.with_file_name(near).display())),
        None => failure,
    }
}

/// Adds what was being done to an error.
pub trait While<T> {
    /// # Errors
    /// The error with `doing` before it.
    fn while_doing(self, doing: impl fmt::Display) -> Outcome<T>;
}

impl<T, E: fmt::Display> While<T> for Result<T, E> {
    fn while_doing(self, doing: impl fmt::Display) -> Outcome<T> {
        self.map_err(|error| Failure::new(format!("{doing}: {error}")))
    }
}
