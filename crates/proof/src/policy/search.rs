//! Whose policy counts: the named one, the one kept for the log, the one beside; in this order.
//!
//! Who hands over a receipt or a copy of a log can put a policy beside it, so what the reader keeps goes
//! before it and decides alone. Nothing is read here: the caller gives a way to read a file.

use super::{Policy, PolicyError};
use crate::hash::Hash;
use serde::Serialize;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// How a policy was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Named by who asks.
    Named,
    /// Kept for the log by who asks.
    Kept,
    /// Beside what is judged: it came with the copy.
    Beside,
}

impl Source {
    /// As in the settled JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Source::Named => "named",
            Source::Kept => "kept",
            Source::Beside => "beside",
        }
    }

    /// What stands behind a verdict's word, in its first line.
    #[must_use]
    pub fn said(self) -> &'static str {
        match self {
            Source::Named | Source::Kept => "",
            Source::Beside => " by a policy that came with the copy",
        }
    }
}

/// A policy, and where it was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The policy.
    pub policy: Policy,
    /// How it was found.
    pub source: Source,
    /// In which file.
    pub file: PathBuf,
}

/// Where to look.
#[derive(Debug, Clone, Default)]
pub struct Places<'a> {
    /// Named by who asks.
    pub named: Option<&'a Path>,
    /// Where who asks keeps the policy of this log; see [`kept`].
    pub kept: Option<PathBuf>,
    /// Beside what is judged.
    pub beside: Option<&'a Path>,
}

/// Why a policy that is there does not count; the verdict is then *could not check*.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// It cannot be read, or is malformed. It is never passed over.
    #[error("the policy {}: {why}", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// The one beside names another key for the log than the kept one.
    #[error(
        "two policies name other keys for the log `{origin}`: {}, which is kept, and {}, which came with the copy; \
        ask the log's operator and others which is right, and name that one with --policy",
        kept.display(), beside.display()
    )]
    Differs {
        /// The log.
        origin: String,
        /// The kept file.
        kept: PathBuf,
        /// The file beside.
        beside: PathBuf,
    },
}

impl SearchError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            SearchError::Unusable { .. } => "policy.unusable",
            SearchError::Differs { .. } => "policy.differs",
        }
    }
}

/// A base directory of a user: what the variable says, or else `usual` in the home. What is not an absolute path is passed
/// over (XDG Base Directory Specification): it would be looked for where one happens to stand, which may be in a copy.
#[must_use]
pub fn base_directory(variable: Option<OsString>, home: Option<OsString>, usual: &str) -> Option<PathBuf> {
    let absolute = |text: Option<OsString>| text.map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(variable).or_else(|| absolute(home).map(|home| home.join(usual)))
}

/// Where the policy of a log is kept: `almoner/policies/<hex H(origin)>` in the folder of the configuration,
/// which is `$XDG_CONFIG_HOME`, or else `$HOME/.config`.
#[must_use]
pub fn kept(xdg_config_home: Option<OsString>, home: Option<OsString>, origin: &str) -> Option<PathBuf> {
    let config = base_directory(xdg_config_home, home, ".config")?;
    Some(config.join("almoner/policies").join(Hash::of(origin.as_bytes()).to_hex()))
}

/// Looks for the policy of the log `origin` (`None` where that cannot be told). `read` gives a file's text, or
/// `None` where there is no such file.
///
/// # Errors
/// [`SearchError`]
pub fn search(
    places: &Places<'_>,
    origin: Option<&str>,
    read: &dyn Fn(&Path) -> Result<Option<String>, String>,
) -> Result<Option<Found>, SearchError> {
    let open = |file: &Path, source: Source| -> Result<Option<Found>, SearchError> {
        let unusable = |why: String| SearchError::Unusable { file: file.to_owned(), why };
        let Some(text) = read(file).map_err(unusable)? else { return Ok(None) };
        let policy = Policy::parse(&text).map_err(|why: PolicyError| unusable(why.to_string()))?;
        Ok(Some(Found { policy, source, file: file.to_owned() }))
    };
    if let Some(named) = places.named {
        let missing = || SearchError::Unusable { file: named.to_owned(), why: "there is no such file".to_owned() };
        return open(named, Source::Named)?.ok_or_else(missing).map(Some);
    }
    let beside = || places.beside.map_or(Ok(None), |file| open(file, Source::Beside));
    let kept = places.kept.as_deref().map_or(Ok(None), |file| open(file, Source::Kept))?;
    let (Some(kept), Some(origin)) = (kept, origin) else { return beside() };
    // The kept one decides alone, so one beside that cannot be used changes nothing.
    match beside() {
        Ok(Some(beside)) if contradicts(&beside.policy, &kept.policy, origin) => {
            Err(SearchError::Differs { origin: origin.to_owned(), kept: kept.file, beside: beside.file })
        }
        Ok(_) | Err(_) => Ok(Some(kept)),
    }
}

/// Whether `beside` names keys for the log, and none of those that `kept` names for it.
fn contradicts(beside: &Policy, kept: &Policy, origin: &str) -> bool {
    let keys = |policy: &Policy| policy.logs().iter().filter(|log| log.name == origin).cloned().collect::<Vec<_>>();
    let (beside, kept) = (keys(beside), keys(kept));
    !beside.is_empty() && !beside.iter().any(|key| kept.contains(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SecretKey;

    const ORIGIN: &str = "a.example/log";

    fn policy(origin: &str, seed: u8) -> String {
        format!("log {}\nquorum none\n", SecretKey::from_seed(origin, &[seed; 32]).verifier())
    }

    /// What is found, by its source's word or the code of the failure.
    fn found(files: &[(&str, &str)], named: Option<&str>, origin: Option<&str>) -> String {
        let places = Places {
            named: named.map(Path::new),
            kept: origin.map(|_| PathBuf::from("kept")),
            beside: Some(Path::new("beside")),
        };
        let read = |path: &Path| {
            let text = files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| *text);
            if text == Some("(unreadable)") { Err("permission denied".to_owned()) } else { Ok(text.map(str::to_owned)) }
        };
        match search(&places, origin, &read) {
            Ok(Some(found)) => {
                assert_eq!(found.file.to_str(), Some(named.unwrap_or(found.source.word())));
                found.source.word().to_owned()
            }
            Ok(None) => "none".to_owned(),
            Err(error) => error.code().to_owned(),
        }
    }

    /// Files, the named one, the log, and what is found.
    type Row<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>, Option<&'a str>, &'a str);

    #[test]
    fn the_named_one_then_the_kept_one_then_the_one_beside() {
        let (good, other) = (policy(ORIGIN, 1), policy(ORIGIN, 2));
        let both = format!("{}{good}", other.replace("quorum none\n", ""));
        let elsewhere = policy("b.example/log", 3);
        let (origin, good, other) = (Some(ORIGIN), good.as_str(), other.as_str());
        let rows: [Row<'_>; 18] = [
            (&[], None, origin, "none"),
            (&[("beside", good)], None, origin, "beside"),
            (&[("kept", good)], None, origin, "kept"),
            (&[("kept", good), ("beside", good)], None, origin, "kept"),
            (&[("kept", good), ("beside", other)], None, origin, "policy.differs"),
            // One key in common is enough: a log may change its key.
            (&[("kept", good), ("beside", &both)], None, origin, "kept"),
            (&[("kept", &both), ("beside", other)], None, origin, "kept"),
            // A policy for another log contradicts nothing.
            (&[("kept", good), ("beside", &elsewhere)], None, origin, "kept"),
            (&[("kept", &elsewhere), ("beside", good)], None, origin, "policy.differs"),
            (&[("kept", &elsewhere)], None, origin, "kept"),
            // What cannot be used decides nothing beside a kept one, and is passed over nowhere else.
            (&[("kept", good), ("beside", "nonsense")], None, origin, "kept"),
            (&[("kept", good), ("beside", "(unreadable)")], None, origin, "kept"),
            (&[("kept", "nonsense"), ("beside", good)], None, origin, "policy.unusable"),
            (&[("kept", ""), ("beside", good)], None, origin, "policy.unusable"),
            (&[("kept", "(unreadable)"), ("beside", good)], None, origin, "policy.unusable"),
            // The named one decides alone.
            (&[("mine", other), ("kept", good), ("beside", good)], Some("mine"), origin, "named"),
            (&[("kept", good), ("beside", good)], Some("mine"), origin, "policy.unusable"),
            // No log is told, so none is kept for it.
            (&[("kept", good), ("beside", other)], None, None, "beside"),
        ];
        for (files, named, origin, expected) in rows {
            assert_eq!(found(files, named, origin), expected, "{files:?}, --policy {named:?}, of {origin:?}");
        }
    }

    #[test]
    fn a_kept_policy_is_never_looked_for_in_the_folder_where_one_stands() {
        let at = |config: Option<&str>, home: Option<&str>| {
            let path = kept(config.map(OsString::from), home.map(OsString::from), "a.example");
            path.map(|path| path.parent().unwrap_or(&path).display().to_string())
        };
        assert_eq!(at(Some("/conf"), Some("/home/a")).as_deref(), Some("/conf/almoner/policies"));
        let at_home = Some("/home/a/.config/almoner/policies");
        assert_eq!(at(None, Some("/home/a")).as_deref(), at_home);
        assert_eq!(at(Some("conf"), Some("/home/a")).as_deref(), at_home);
        assert_eq!(at(Some(""), Some("/home/a")).as_deref(), at_home);
        for home in [None, Some(""), Some("."), Some("home/a")] {
            assert_eq!(at(None, home), None);
            assert_eq!(at(Some("conf"), home), None);
        }
    }
}
