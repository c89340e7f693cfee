//! The small types that members of `data` are made of. Each refuses by name what it cannot be.

use crate::refusal::{At, Code, Refusal};
use crate::rules::TEXT_MAX;
use crate::shape::{Form, Shape, Shaped, data};
use crate::words::EntityKind;
use almoner_proof::Hash;
use almoner_proof::text::{foreign, has_something_to_see, is_chain_id, is_date, is_entity_id, parse_decimal};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// Language tag → text.
pub type Words = BTreeMap<String, String>;

/// A reference to an entity: `<kind>/<id>` of one's own chain, `<chain>/<kind>/<id>` of another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ref {
    /// `None`: the author's own chain.
    pub chain: Option<String>,
    /// What it is.
    pub kind: EntityKind,
    /// Its id.
    pub id: String,
}

impl Ref {
    /// Reads the one spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Ref> {
        let mut parts = text.split('/');
        let (a, b, c) = (parts.next()?, parts.next()?, parts.next());
        if parts.next().is_some() {
            return None;
        }
        let (chain, kind, id) = match c {
            None => (None, a, b),
            Some(id) => (Some(a), b, id),
        };
        if chain.is_some_and(|chain| !is_chain_id(chain)) || !is_entity_id(id) {
            return None;
        }
        Some(Ref { chain: chain.map(str::to_owned), kind: EntityKind::parse(kind)?, id: id.to_owned() })
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(chain) = &self.chain {
            write!(f, "{chain}/")?;
        }
        write!(f, "{}/{}", self.kind, self.id)
    }
}

impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Ref::parse(&text).ok_or_else(|| Code::RefNotCanonical.says(text))
    }
}

/// `<chain>#<seq>`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId {
    /// The chain.
    pub chain: String,
    /// Position in it.
    pub seq: u64,
}

impl EventId {
    /// Reads `<chain>#<seq>`.
    #[must_use]
    pub fn parse(text: &str) -> Option<EventId> {
        let (chain, seq) = text.split_once('#')?;
        Some(EventId { chain: is_chain_id(chain).then(|| chain.to_owned())?, seq: parse_decimal(seq)? })
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.chain, self.seq)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        EventId::parse(&text).ok_or_else(|| Code::RefNotCanonical.says(text))
    }
}

data! {
    /// `{"event":"<chain>#<seq>","hash":"<base64>"}`
    #[derive(Clone, PartialEq, Eq)]
    pub struct EventRef {
        /// Which event.
        pub event: EventId,
        /// Its event hash.
        pub hash: Digest,
    }

    /// `{"event":"<chain>#<seq>","hash":"<base64>","gift":k}`
    #[derive(Clone, PartialEq, Eq)]
    pub struct GiftRef {
        /// Which event.
        pub event: EventId,
        /// Its event hash.
        pub hash: Digest,
        /// Which gift in it, from 0.
        pub gift: u32,
    }

    /// Who is paid. Exactly one of chain, organisation and person stands; persons appear only as commitments.
    #[derive(Clone, PartialEq, Eq, Serialize)]
    pub struct Payee {
        /// Id of a chain of this log.
        pub chain: Option<String>,
        /// An organisation's registered identifier (org-id.guide), not on this log.
        pub organisation: Option<String>,
        /// Commitment to a person.
        pub person: Option<Digest>,
        /// Public name of the organisation.
        pub name: Option<String>,
    }
}

impl Shaped for Ref {
    const SHAPE: Shape = Shape::Text(Form {
        name: "reference",
        pattern: "^([a-z0-9][a-z0-9.-]{0,62}/)?[a-z]+/[a-z0-9][a-z0-9-]{0,62}$",
    });
}
impl Shaped for EventId {
    const SHAPE: Shape =
        Shape::Text(Form { name: "event", pattern: "^[a-z0-9][a-z0-9.-]{0,62}#(0|[1-9][0-9]{0,18})$" });
}
impl Shaped for Digest {
    const SHAPE: Shape = Shape::Text(Form { name: "32 bytes in base64", pattern: "^[A-Za-z0-9+/]{43}=$" });
}
impl Shaped for Date {
    const SHAPE: Shape = Shape::Text(Form { name: "date", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" });
}
impl Shaped for Words {
    const SHAPE: Shape = Shape::Languages;
}

/// 32 bytes in canonical base64: a hash, a commitment or a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest(pub Hash);

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_base64())
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl serde::de::Visitor<'_> for Reader {
            type Value = Digest;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("32 bytes in base64")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Digest, E> {
                Hash::from_base64(text)
                    .map(Digest)
                    .ok_or_else(|| Code::DataDigest.says("not 32 bytes in canonical base64"))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// A date that exists, `YYYY-MM-DD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date([u8; 10]);

impl Date {
    /// Reads a date that exists.
    #[must_use]
    pub fn parse(text: &str) -> Option<Date> {
        if is_date(text) { text.as_bytes().try_into().ok().map(Date) } else { None }
    }
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
    /// Days since 0000-03-01 of the proleptic Gregorian calendar, for differences.
    #[must_use]
    pub fn day_number(&self) -> i64 {
        let number = |from: usize, to: usize| self.as_str().get(from..to).and_then(|text| text.parse::<i64>().ok());
        let (year, month, day) = (number(0, 4).unwrap_or(1), number(5, 7).unwrap_or(1), number(8, 10).unwrap_or(1));
        // A year of this count begins in March, so that the leap day is its last. Four digits come near no edge.
        let (year, month) =
            if month > 2 { (year, month.saturating_sub(3)) } else { (year.saturating_sub(1), month.saturating_add(9)) };
        let leaps = (year / 4).saturating_sub(year / 100).saturating_add(year / 400);
        let months = month.saturating_mul(153).saturating_add(2) / 5;
        year.saturating_mul(365).saturating_add(leaps).saturating_add(months).saturating_add(day).saturating_sub(1)
    }
}
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(self.as_str())
        } else {
            self.0.serialize(serializer)
        }
    }
}
impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            // Of every event of the replay file: nothing is reserved for it.
            let bytes = <[u8; 10]>::deserialize(deserializer)?;
            let date = std::str::from_utf8(&bytes).ok().and_then(Date::parse);
            return date.ok_or_else(|| Code::DateInvalid.says("not a date"));
        }
        let text = Cow::<str>::deserialize(deserializer)?;
        Date::parse(&text).ok_or_else(|| Code::DateInvalid.says(text))
    }
}

impl Payee {
    /// # Errors
    /// `data.together` unless exactly one of chain, organisation and person stands.
    pub fn check(&self) -> Result<(), Refusal> {
        let given = [self.chain.is_some(), self.organisation.is_some(), self.person.is_some()];
        if given.iter().filter(|g| **g).count() != 1 {
            return Err(
                Refusal::new(Code::DataTogether, "a payee is exactly one of chain, organisation, person").at("payee")
            );
        }
        if self.name.is_some() && self.organisation.is_none() {
            return Err(Refusal::new(
                Code::DataTogether,
                "a name stands only with an organisation: persons are not named",
            )
            .at("name")
            .at("payee"));
        }
        self.organisation.iter().chain(&self.name).try_for_each(|text| check_text("payee", text))
    }

    /// What readers are shown.
    #[must_use]
    pub fn label(&self) -> String {
        match (&self.chain, &self.organisation, &self.name) {
            (Some(chain), _, _) => chain.clone(),
            (None, Some(id), Some(name)) => format!("{name} ({id})"),
            (None, Some(id), None) => id.clone(),
            (None, None, _) => "a person".to_owned(),
        }
    }

    /// The same within a sentence: what others wrote is marked.
    #[must_use]
    pub fn told(&self) -> String {
        told_label(&self.label())
    }
}

/// A payee's label within a sentence, name and identifier marked ([`foreign`]) each for itself.
#[must_use]
pub fn told_label(label: &str) -> String {
    match label.strip_suffix(')').and_then(|label| label.rsplit_once(" (")) {
        Some((name, id)) => format!("{} ({})", foreign(name), foreign(id)),
        None => foreign(label),
    }
}

/// Free text stays short, so that no event is mostly prose, and holds nothing that XML cannot carry.
///
/// # Errors
/// `data.text` when empty, over [`TEXT_MAX`] characters, or with a control character.
pub fn check_text(name: &str, text: &str) -> Result<(), Refusal> {
    let length = text.chars().count();
    if !(1..=TEXT_MAX).contains(&length) {
        return Err(Refusal::new(Code::DataText, format!("1 to {TEXT_MAX} characters, these are {length}")).at(name));
    }
    let unfit = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{fffe}' | '\u{ffff}');
    if text.chars().any(unfit) {
        return Err(Refusal::new(Code::DataText, "control characters").at(name));
    }
    Ok(())
}

/// A name: free text that people look for and click on, so one line in which something is to be seen.
///
/// # Errors
/// `data.text`, `data.name`.
pub fn check_name(name: &str, text: &str) -> Result<(), Refusal> {
    check_text(name, text)?;
    if text.contains(['\n', '\u{2028}', '\u{2029}']) {
        return Err(Refusal::new(Code::DataName, "it has a line break").at(name));
    }
    if !has_something_to_see(text) {
        return Err(Refusal::new(Code::DataName, "there is nothing in it that anybody could see").at(name));
    }
    Ok(())
}

/// A name or title in at least one language.
///
/// # Errors
/// `data.language`, `data.text`, `data.name`.
pub fn check_words(name: &str, words: &Words) -> Result<(), Refusal> {
    check_languages(name, words, check_name)
}

/// A text, which may have lines, in at least one language.
///
/// # Errors
/// `data.language`, `data.text`.
pub fn check_prose(name: &str, words: &Words) -> Result<(), Refusal> {
    check_languages(name, words, check_text)
}

/// At least one language, each with a tag of the shape of BCP 47.
fn check_languages(name: &str, words: &Words, check: fn(&str, &str) -> Result<(), Refusal>) -> Result<(), Refusal> {
    if words.is_empty() {
        return Err(Refusal::new(Code::DataLanguage, "at least one language").at(name));
    }
    let is_tag = |tag: &str| {
        let letters = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        tag.len() <= 35 && tag.split('-').all(letters)
    };
    if let Some(tag) = words.keys().find(|tag| !is_tag(tag)) {
        return Err(Refusal::new(Code::DataLanguage, format!("{tag:?} is not a language tag")).at(name));
    }
    words.iter().try_for_each(|(tag, text)| check(tag, text).at(name))
}
