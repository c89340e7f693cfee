//! An event in one sentence, in the reader's language. What fills it the kind says ([`Telling`]); the sentences stand in
//! `words/*.ftl` (Fluent), one for each kind. A reader who wants to know exactly reads the signed text.

use crate::money::money;
use almoner_ledger::data::{Payee, Ref};
use almoner_ledger::entity::{Disbursement, EntityType as _};
use almoner_ledger::event::Event;
use almoner_ledger::telling::{Slot, Telling};
use almoner_ledger::{Books, EntityKind, KindNo, Money, decode};
use almoner_proof::Envelope;
use almoner_proof::text::foreign;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use std::sync::LazyLock;

/// A language that the sentences are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Chinese in simplified characters.
    ZhHans,
    /// Japanese.
    Ja,
}

impl Language {
    /// Every language.
    pub const ALL: [Language; 3] = [Language::En, Language::ZhHans, Language::Ja];

    /// Its tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::ZhHans => "zh-Hans",
            Language::Ja => "ja",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Language::En => include_str!("../words/en.ftl"),
            Language::ZhHans => include_str!("../words/zh-Hans.ftl"),
            Language::Ja => include_str!("../words/ja.ftl"),
        }
    }

    fn words(self) -> &'static Words {
        static ALL: LazyLock<[Words; 3]> = LazyLock::new(|| Language::ALL.map(read));
        let [en, zh, ja] = &*ALL;
        match self {
            Language::En => en,
            Language::ZhHans => zh,
            Language::Ja => ja,
        }
    }
}

type Words = FluentBundle<FluentResource>;

fn read(language: Language) -> Words {
    let mut words = FluentBundle::new_concurrent(language.tag().parse().into_iter().collect());
    // What others wrote is isolated by [`foreign`], and nothing else.
    words.set_use_isolating(false);
    // What cannot be read of the file is left out of it; a test demands that nothing is.
    let resource = FluentResource::try_new(language.text().to_owned()).unwrap_or_else(|(read, _)| read);
    let _ = words.add_resource(resource);
    words
}

/// What entities and chains are called, and what was asked for: by whoever knows.
pub trait Names {
    /// A chain, by its id. What its owner wrote is marked ([`foreign`]).
    fn chain(&self, id: &str) -> String;
    /// What a reference of `author`'s names, marked likewise.
    fn entity(&self, author: &str, reference: &Ref) -> String;
    /// A payment that `author` refers to: how much, to whom, what for.
    fn payment(&self, author: &str, reference: &Ref) -> Option<(Money, Payee, String)>;
}

/// Names of a reader who knows no more than the event: ids.
#[derive(Debug, Clone, Copy)]
pub struct Ids;

impl Names for Ids {
    fn chain(&self, id: &str) -> String {
        id.to_owned()
    }
    fn entity(&self, _author: &str, reference: &Ref) -> String {
        match &reference.chain {
            Some(chain) => format!("{chain}/{}", reference.id),
            None => reference.id.clone(),
        }
    }
    fn payment(&self, _author: &str, _reference: &Ref) -> Option<(Money, Payee, String)> {
        None
    }
}

/// Tells an event; what people wrote in it is marked ([`foreign`]).
#[must_use]
pub fn sentence(language: Language, names: &dyn Names, author: &str, kind: KindNo, event: &dyn Event) -> String {
    let teller = Teller { words: language.words(), names, author };
    teller.tell(&key(kind.info().kind), &event.tell())
}

/// Tells the event that a note is; one of a kind that is not known here as such.
#[must_use]
pub fn note(language: Language, names: &dyn Names, note: &Envelope) -> String {
    let author = note.chain();
    match decode(note) {
        Ok((kind, event)) => sentence(language, names, author, kind, &*event),
        Err(_) => Teller { words: language.words(), names, author }.tell("unknown-event", &Vec::new()),
    }
}

/// `donation.received/1` → `donation-received`
fn key(kind: &str) -> String {
    kind.strip_suffix("/1").unwrap_or(kind).replace(['.', '/'], "-")
}

struct Teller<'a> {
    words: &'a Words,
    names: &'a dyn Names,
    author: &'a str,
}

impl Teller<'_> {
    fn tell(&self, key: &str, telling: &Telling<'_>) -> String {
        let mut args = FluentArgs::new();
        args.set("who", self.names.chain(self.author));
        for (name, slot) in telling {
            self.fill(&mut args, name, slot);
        }
        self.word_with(key, Some(&args))
    }

    fn fill(&self, args: &mut FluentArgs<'_>, name: &'static str, slot: &Slot<'_>) {
        let text = match slot {
            Slot::Amount(figure, currency) => {
                figure.signed(*currency).map_or_else(|_| format!("{currency} {figure:?}"), money)
            }
            Slot::Sum(sum) => sum.map(money).unwrap_or_default(),
            Slot::Date(date) => date.to_string(),
            Slot::Entity(reference) => self.names.entity(self.author, reference),
            Slot::Place(fund, project) => {
                let fund = self.names.entity(self.author, fund);
                project.map_or_else(|| fund.clone(), |p| format!("{fund} · {}", self.names.entity(self.author, p)))
            }
            Slot::Chain(id) => self.names.chain(id),
            Slot::Subject(text) => match Ref::parse(text) {
                Some(reference) => self.names.entity(self.author, &reference),
                None => self.names.chain(text),
            },
            Slot::Payee(payee) => self.payee(payee),
            Slot::Text(text) => foreign(text),
            Slot::Name(words) => foreign(&crate::words::one(words, self.author).text),
            Slot::Word(list, word) => self.word_with(&format!("{list}-{word}"), None),
            Slot::Event(event) => event.to_string(),
            Slot::Form(form) => (*form).to_owned(),
            // A number, which a sentence can follow.
            Slot::Count(count) => {
                args.set(name, *count);
                return;
            }
            Slot::Payment(reference) => {
                let asked = self.names.payment(self.author, reference);
                let (amount, payee, purpose) = match &asked {
                    Some((amount, payee, purpose)) => (money(*amount), self.payee(payee), foreign(purpose)),
                    None => (self.names.entity(self.author, reference), "…".to_owned(), "…".to_owned()),
                };
                args.set("amount", amount);
                args.set("payee", payee);
                args.set("purpose", purpose);
                return;
            }
        };
        args.set(name, text);
    }

    fn payee(&self, payee: &Payee) -> String {
        match &payee.chain {
            Some(chain) => self.names.chain(chain),
            None if payee.person.is_some() => self.word_with("a-person", None),
            None => payee.told(),
        }
    }

    /// The text of a key. A key that a file lacks, or a slot that is not filled, is a defect of ours that a test finds;
    /// a reader is shown the key.
    fn word_with(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self.words.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        self.words.format_pattern(pattern, args, &mut Vec::new()).into_owned()
    }
}

/// The names as the views have them.
impl Names for crate::Scene<'_> {
    fn chain(&self, id: &str) -> String {
        let name = self.views.chain_no(id).map(|no| self.chain_name(no).text).filter(|name| !name.is_empty());
        name.map_or_else(|| id.to_owned(), |name| foreign(&name))
    }

    fn entity(&self, author: &str, reference: &Ref) -> String {
        let no = self.views.chain_no(reference.chain.as_deref().unwrap_or(author));
        let entity = no.and_then(|chain| self.views.find(chain, reference.kind, &reference.id));
        let entity = entity.and_then(|no| crate::Scene::entity(self, no));
        entity.map_or_else(|| reference.id.clone(), |entity| foreign(&crate::scene::name_of(&entity).text))
    }

    fn payment(&self, author: &str, reference: &Ref) -> Option<(Money, Payee, String)> {
        let asked = self.views.named::<Disbursement>(self.views.chain_no(author)?, &reference.id, self.size())?.said;
        Some((asked.amount, asked.payee.clone(), asked.purpose.clone()))
    }
}

/// The names as books have them: of a state that no reader sees yet.
impl Names for Books {
    fn chain(&self, id: &str) -> String {
        let chain = self.chain_no(id).and_then(|no| Books::chain(self, no));
        let name = chain.map(|chain| crate::words::one(&chain.names, id).text).filter(|name| !name.is_empty());
        name.map_or_else(|| id.to_owned(), |name| foreign(&name))
    }

    fn entity(&self, author: &str, reference: &Ref) -> String {
        let chain = self.chain_no(reference.chain.as_deref().unwrap_or(author));
        let entity = chain.and_then(|chain| self.find(chain, reference.kind, &reference.id));
        let name = entity.and_then(|entity| Some((entity.told()?.name(), &entity.id)));
        let name = name.map(|(name, id)| foreign(&crate::scene::named(name, id).text));
        name.unwrap_or_else(|| reference.id.clone())
    }

    fn payment(&self, author: &str, reference: &Ref) -> Option<(Money, Payee, String)> {
        let payment = self.find(self.chain_no(author)?, EntityKind::Disbursement, &reference.id)?;
        let (asked, _) = Disbursement::told(payment.told()?)?;
        Some((asked.amount, asked.payee.clone(), asked.purpose.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use almoner_ledger::KINDS;
    use almoner_ledger::entity::{AccountKind, FundClass, ProjectStatus};
    use almoner_ledger::event::kind_of;
    use almoner_ledger::shape::Shape;
    use almoner_ledger::words::{ChainRole, NaturalClass};

    fn keys(language: Language) -> Vec<String> {
        let lines = language.text().lines();
        let mut keys: Vec<String> = lines
            .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
            .filter_map(|line| Some(line.split_once(" =")?.0.to_owned()))
            .collect();
        keys.sort();
        keys
    }

    #[test]
    fn every_language_has_every_key_and_no_other() {
        for language in Language::ALL {
            let read = FluentResource::try_new(language.text().to_owned());
            assert!(read.is_ok(), "{}: {:?}", language.tag(), read.err().map(|(_, errors)| errors));
            let keys = keys(language);
            let mut wanted: Vec<String> = KINDS.iter().map(|info| key(info.kind)).collect();
            let lists = [
                (ChainRole::LIST, ChainRole::ALL.iter().map(|v| v.word()).collect::<Vec<_>>()),
                (AccountKind::LIST, AccountKind::ALL.iter().map(|v| v.word()).collect()),
                (FundClass::LIST, FundClass::ALL.iter().map(|v| v.word()).collect()),
                (ProjectStatus::LIST, ProjectStatus::ALL.iter().map(|v| v.word()).collect()),
                (NaturalClass::LIST, NaturalClass::ALL.iter().map(|v| v.word()).collect()),
                ("Basis", basis()),
            ];
            for (list, words) in lists {
                wanted.extend(words.iter().map(|word| format!("{list}-{word}")));
            }
            wanted.extend(["unknown-event", "a-person"].map(str::to_owned));
            wanted.sort();
            assert_eq!(keys, wanted, "{}", language.tag());
        }
    }

    fn basis() -> Vec<&'static str> {
        let info = kind_of("balance.opened/1").unwrap().info();
        let member = info.members().iter().find(|member| member.name == "basis").unwrap();
        let Shape::Word(words) = member.shape else { panic!() };
        words.iter().map(|(word, _)| *word).collect()
    }

    /// Every slot of every sentence is filled by the kind, in every form that the sentence has.
    #[test]
    fn every_kind_tells_its_example_in_every_language() {
        for info in KINDS {
            let event = info.decode(info.example).unwrap();
            let mut told: Vec<String> = Vec::new();
            for language in Language::ALL {
                let words = language.words();
                let teller = Teller { words, names: &Ids, author: "well" };
                let mut args = FluentArgs::new();
                args.set("who", "well");
                for (name, slot) in event.tell() {
                    teller.fill(&mut args, name, &slot);
                }
                let pattern = words.get_message(&key(info.kind)).unwrap().value().unwrap();
                let mut errors = Vec::new();
                let text = words.format_pattern(pattern, Some(&args), &mut errors);
                assert!(errors.is_empty(), "{} in {}: {errors:?}", info.kind, language.tag());
                assert!(text.contains("well"), "{text}");
                told.push(text.into_owned());
            }
            assert!(told[0] != told[1] && told[1] != told[2], "{told:?}");
        }
    }

    #[test]
    fn sentences_follow_what_happened() {
        let tell = |kind: &str, data: &str| {
            let kind = kind_of(kind).unwrap();
            let event = kind.info().decode(data).unwrap();
            let text = sentence(Language::En, &Ids, "well", kind, &*event);
            text.replace(['\u{2068}', '\u{2069}'], "|").replace('\u{a0}', " ")
        };
        let gifts = |list: &str| {
            format!(
                r#"{{"account":"account/bank","currency":"CNY","fund":"fund/water","project":"project/wells","effective_date":"2026-11-20","gifts":[{list}]}}"#
            )
        };
        let gift = r#"{"gross":"1000.00","fee":"0.60"}"#;
        assert_eq!(
            tell("donation.received/1", &gifts(gift)),
            "well received a gift of CNY 1,000.00, of which fees CNY 0.60, for water · wells"
        );
        assert_eq!(
            tell("donation.received/1", &gifts(&format!("{gift},{gift}"))),
            "well received 2 gifts, in all CNY 2,000.00, of which fees CNY 1.20, for water · wells"
        );
        let move_of = |sides: &str| {
            format!(
                r#"{{"account":"account/bank","currency":"CNY","fund":"fund/water",{sides}"amount":"5.00","effective_date":"2026-11-21"}}"#
            )
        };
        for (sides, told) in [
            (r#""to":"project/wells","#, "well set CNY 5.00 of water aside for wells"),
            (r#""from":"project/wells","#, "well took CNY 5.00 back from wells to the free money of water"),
            (r#""from":"project/a","to":"project/b","#, "well moved CNY 5.00 of water from a to b"),
        ] {
            assert_eq!(tell("allocation.made/1", &move_of(sides)), told);
        }
        assert_eq!(
            tell("hold.placed/1", r#"{"hold":"hold/h1","on":"well/fund/water","basis":"art.\u202e 97"}"#),
            "well placed a hold on well/water: |art.\\u{202e} 97|"
        );
    }
}
