//! Which events of a list are asked for beyond what the views tell apart: by payee, effective date and amount. That stands
//! in the notes, so they are read, and only so many for one page.

use super::super::Problem;
use super::query::Query;
use almoner_ledger::currency::ever_known;
use almoner_ledger::data::{Date, Payee, Ref};
use almoner_ledger::entity::Disbursement;
use almoner_ledger::entry::GiftPlace;
use almoner_ledger::event::{Event, kind_of};
use almoner_ledger::money::Figure;
use almoner_ledger::telling::Slot;
use almoner_ledger::{ChainNo, Currency, Money};
use almoner_proof::Envelope;
use almoner_views::Views;
use serde::Deserialize;

/// Longest payee that is asked for.
pub(in crate::http) const PAYEE_MAX: usize = 200;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Filter {
    payee: Option<String>,
    from: Option<Date>,
    to: Option<Date>,
    currency: Option<Currency>,
    least: Option<Figure>,
    most: Option<Figure>,
}

impl Filter {
    pub(super) fn of(query: &Query) -> Result<Filter, Problem> {
        let date = |name: &str| {
            let read = |text| {
                Date::parse(text).ok_or_else(|| Problem::bad_request(&format!("{name} is a day, such as 2026-11-20")))
            };
            query.text(name).map(read).transpose()
        };
        let (from, to) = (date("effective_from")?, date("effective_to")?);
        let read = |text: &str| {
            ever_known(text).map_err(|refusal| {
                Problem::bad_request(&format!("currency is a code such as EUR, not {}", refusal.detail()))
            })
        };
        let currency = query.text("currency").map(read).transpose()?;
        let amount = |name: &str| {
            let read = |text: &str| {
                Figure::parse(text)
                    .ok_or_else(|| Problem::bad_request(&format!("{name} is an amount, such as 100.00, not {text:?}")))
            };
            query.text(name).map(read).transpose()
        };
        let (least, most) = (amount("amount_min")?, amount("amount_max")?);
        let payee = query.text("payee").map(str::to_lowercase);
        if payee.as_ref().is_some_and(|payee| !(1..=PAYEE_MAX).contains(&payee.chars().count())) {
            let what = "payee is a chain, an organisation's identifier or its name, of at most 200 characters";
            return Err(Problem::bad_request(what));
        }
        Ok(Filter { payee, from, to, currency, least, most })
    }

    /// Whether nothing of the kind is asked.
    pub(super) fn is_empty(&self) -> bool {
        self.payee.is_none() && self.from.or(self.to).is_none() && !self.asks_for_amounts()
    }

    fn asks_for_amounts(&self) -> bool {
        self.currency.is_some() || self.least.or(self.most).is_some()
    }

    /// Whether an event has all that is asked for.
    pub(super) fn takes(&self, views: &Views, chain: ChainNo, note: &Envelope) -> bool {
        let event = kind_of(note.kind()).and_then(|kind| kind.info().decode(note.data()).ok());
        let Some(event) = event else { return false };
        let paid = Paid::of(views, chain, event.as_ref());
        self.has_day(note) && self.has_payee(&paid) && self.has_amount(&paid)
    }

    fn has_day(&self, note: &Envelope) -> bool {
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        // The one member that means the same in every kind that has it.
        #[derive(Deserialize)]
        struct Dated {
            effective_date: Date,
        }
        let day = serde_json::from_str::<Dated>(note.data()).map(|dated| dated.effective_date);
        day.is_ok_and(|day| self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day <= to))
    }

    fn has_payee(&self, paid: &Paid) -> bool {
        self.payee.as_deref().is_none_or(|asked| {
            let payee = paid.payee.iter();
            let mut names = payee.flat_map(|payee| [&payee.chain, &payee.organisation, &payee.name]).flatten();
            names.any(|name| name.to_lowercase() == asked)
        })
    }

    fn has_amount(&self, paid: &Paid) -> bool {
        let is_asked = |money: &Money| {
            self.currency.is_none_or(|currency| money.currency() == currency)
                && self.least.is_none_or(|least| money.figure() >= least)
                && self.most.is_none_or(|most| money.figure() <= most)
        };
        !self.asks_for_amounts() || paid.amounts.iter().any(is_asked)
    }
}

/// Whom an event pays, and the amounts in it: of each gift the gross, else those that its sentence tells.
#[derive(Default)]
struct Paid {
    payee: Option<Payee>,
    amounts: Vec<Money>,
}

impl Paid {
    fn of(views: &Views, chain: ChainNo, event: &dyn Event) -> Paid {
        let mut paid = Paid::default();
        for (_, slot) in event.tell() {
            match slot {
                Slot::Amount(figure, currency) => paid.amounts.extend(figure.signed(currency).ok()),
                Slot::Sum(sum) => paid.amounts.extend(sum),
                Slot::Payee(payee) => paid.payee = Some(payee.clone()),
                Slot::Payment(request) => paid.asked(views, chain, request),
                Slot::Date(_)
                | Slot::Entity(_)
                | Slot::Place(..)
                | Slot::Chain(_)
                | Slot::Subject(_)
                | Slot::Text(_)
                | Slot::Name(_)
                | Slot::Word(..)
                | Slot::Count(_)
                | Slot::Event(_)
                | Slot::Form(_) => {}
            }
        }
        if let Some(gifts) = event.gifts() {
            let gross = |place: &GiftPlace| Money::from_minor(place.gross(), gifts.currency());
            paid.amounts = gifts.places().iter().map(gross).collect();
        }
        paid
    }

    /// What goes on with a request tells neither payee nor amount again.
    fn asked(&mut self, views: &Views, chain: ChainNo, request: &Ref) {
        if let Some(request) = views.named::<Disbursement>(chain, &request.id, None) {
            self.payee = Some(request.said.payee.clone());
            self.amounts.push(request.said.amount);
        }
    }
}
