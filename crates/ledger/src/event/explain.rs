//! Why data is not of a kind's shape, told by its member and never by a column of a JSON that its author has not seen.

use crate::data::{Date, EventId, Ref};
use crate::money::Figure;
use crate::nearest::nearest;
use crate::refusal::{Code, Refusal};
use crate::words::EntityKind;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

/// Reads again what could not be read, this time keeping track of where: the way of data that is right pays nothing.
pub(super) fn explain<K: DeserializeOwned>(data: &str) -> Refusal {
    let mut reader = serde_json::Deserializer::from_str(data);
    match serde_path_to_error::deserialize::<_, K>(&mut reader) {
        // Read the second time: a reader that does not always answer alike. Nothing is known of it.
        Ok(_) => Refusal::new(Code::DataJson, "the data could not be read"),
        Err(error) => told(error.path(), &error.inner().to_string()),
    }
}

fn told(path: &Path, text: &str) -> Refusal {
    // serde_json says where in the text; the author wrote members.
    let text = text.rsplit_once(" at line ").map_or(text, |(what, _)| what);
    let mut members = members(path);
    let (code, detail) = if let Some((code, what)) = ours(text) {
        (code, respelt(code, what, members.last().map(String::as_str)))
    } else if let Some((name, known)) = quoted(text, "unknown field ") {
        if members.last().is_none_or(|last| last != name) {
            members.push(name.to_owned());
        }
        (Code::DataUnknownField, unknown(name, known))
    } else if let Some((name, _)) = quoted(text, "missing field ") {
        members.push(name.to_owned());
        (Code::DataMissingField, "is missing".to_owned())
    } else if let Some((name, known)) = quoted(text, "unknown variant ") {
        (Code::DataWord, unknown(name, known))
    } else {
        (Code::DataType, text.strip_prefix("invalid type: ").unwrap_or(text).to_owned())
    };
    members.into_iter().rev().fold(Refusal::new(code, detail), Refusal::at)
}

/// What somebody wrote, with the spelling that was meant where it can be told.
fn respelt(code: Code, text: &str, member: Option<&str>) -> String {
    let meant = if code == Code::RefNotCanonical {
        // `fund=wells`: the member says of which kind it is.
        let of_kind = member.filter(|member| EntityKind::parse(member).is_some()).map(|kind| format!("{kind}/{text}"));
        let event = || text.rsplit_once('-').map(|(chain, seq)| format!("{chain}#{seq}"));
        of_kind
            .filter(|meant| Ref::parse(meant).is_some())
            .or_else(|| event().filter(|meant| EventId::parse(meant).is_some()))
    } else if code == Code::AmountMalformed {
        // `1,000.00`
        Some(text.replace([',', ' ', '_', '\''], "")).filter(|text| Figure::parse(text).is_some())
    } else if code == Code::DateInvalid {
        // `2026/11/20`
        Some(text.replace(['/', '.'], "-")).filter(|text| Date::parse(text).is_some())
    } else {
        None
    };
    crate::nearest::meant(text, meant.as_deref().filter(|meant| *meant != text))
}

fn members(path: &Path) -> Vec<String> {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// A code of ours, and what one of our types said with it.
fn ours(text: &str) -> Option<(Code, &str)> {
    let (word, what) = text.split_once(": ")?;
    Some((Code::parse(word)?, what))
}

/// The first name in backquotes behind a beginning of serde's, and the rest.
fn quoted<'a>(text: &'a str, beginning: &str) -> Option<(&'a str, &'a str)> {
    text.strip_prefix(beginning)?.strip_prefix('`')?.split_once('`')
}

/// What stands there instead: the nearest name, or all of them.
fn unknown(name: &str, rest: &str) -> String {
    let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("there is no {name} here; did you mean {near}?"),
        None => format!("there is no {name} here; there are {}", known.join(", ")),
    }
}
