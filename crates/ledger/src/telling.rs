//! What an event says to a person: the values that fill a sentence. The sentences stand in the pages' words, one for each
//! kind and language, under the kind's own name; who speaks and how entities are called is known there.

use crate::currency::Currency;
use crate::data::{Date, EventId, Payee, Ref, Words};
use crate::money::{Figure, Money};
use crate::words::NaturalClass;

/// The slots of a kind's sentence, by name.
pub type Telling<'a> = Vec<(&'static str, Slot<'a>)>;

/// What fills a slot.
#[derive(Debug, Clone)]
pub enum Slot<'a> {
    /// An amount as the event has it, in a currency.
    Amount(Figure, Currency),
    /// A sum that may not fit: nothing is told then.
    Sum(Option<Money>),
    /// A day.
    Date(Date),
    /// What a reference of the author's names.
    Entity(&'a Ref),
    /// Where money lies: a fund, and a project in it.
    Place(&'a Ref, Option<&'a Ref>),
    /// A chain by its id.
    Chain(&'a str),
    /// A chain, or an entity of a chain, as one text.
    Subject(&'a str),
    /// Who is paid.
    Payee(&'a Payee),
    /// Text that its author wrote.
    Text(&'a str),
    /// A name in several languages.
    Name(&'a Words),
    /// A word of a closed list, by the list's name.
    Word(&'static str, &'static str),
    /// How many; the sentence may follow it.
    Count(u64),
    /// An event of the log.
    Event(&'a EventId),
    /// A payment that was asked for: it fills `amount`, `payee` and `purpose`.
    Payment(&'a Ref),
    /// Which of a sentence's forms it is.
    Form(&'static str),
}

impl Slot<'_> {
    /// How many of them.
    #[must_use]
    pub fn count<T>(items: &[T]) -> Slot<'static> {
        Slot::Count(items.len() as u64)
    }

    /// The sum of figures in one currency.
    #[must_use]
    pub fn sum(figures: impl IntoIterator<Item = Figure>, currency: Currency) -> Slot<'static> {
        Slot::Sum(
            figures.into_iter().try_fold(Money::zero(currency), |sum, figure| sum.plus(figure.signed(currency)?)).ok(),
        )
    }
}

/// What an event says of what it takes back.
#[derive(Debug, Clone, Copy)]
pub struct TakenBack<'a> {
    /// When, as the author says.
    pub date: Date,
    /// Why, as the author says.
    pub reason: &'a str,
    /// In what, where it is an amount.
    pub currency: Option<Currency>,
}

/// What an event that takes money out of a pool says of it.
#[derive(Debug, Clone, Copy)]
pub struct Moved<'a> {
    /// When, as the author says.
    pub date: Date,
    /// How.
    pub how: Moving<'a>,
}

/// How money leaves a pool.
#[derive(Debug, Clone, Copy)]
pub enum Moving<'a> {
    /// Paid, as a request says it.
    Asked(&'a Ref),
    /// Paid without a request.
    Paid {
        /// From which fund.
        fund: &'a Ref,
        /// For which project.
        project: Option<&'a Ref>,
        /// To whom.
        payee: &'a Payee,
        /// How much.
        amount: (Figure, Currency),
        /// For what, by its nature.
        class: NaturalClass,
        /// For what, as the author says.
        purpose: Option<&'a str>,
        /// Against a rule.
        irregular: bool,
    },
    /// Set aside for a project of the fund, or for none.
    SetAside {
        /// The fund.
        fund: &'a Ref,
        /// The project.
        project: Option<&'a Ref>,
    },
    /// Gone with its project.
    Left {
        /// The project.
        project: &'a Ref,
    },
}
