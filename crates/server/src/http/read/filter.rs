//! Which events of a list are asked for beyond what the views tell apart: by payee, effective date and amount. That stands
//! in the notes, so they are read, and only so many for one page.

use super::super::Problem;
use super::query::Query;
use almoner_ledger::data::{Date, Payee};
use almoner_ledger::entity::Disbursement;
use almoner_ledger::money::Figure;
use almoner_ledger::{ChainNo, Currency, Money};
use almoner_proof::Envelope;
use almoner_views::Views;
use serde_json::Value;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Filter {
    payee: Option<String>,
    from: Option<Date>,
    to: Option<Date>,
    currency: Option<Currency>,
    least: Option<Money>,
    most: Option<Money>,
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
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(Problem::bad_request("effective_from is after effective_to: no day is between them"));
        }
        let read = |text: &str| {
            Currency::parse(text).ok_or_else(|| {
                Problem::bad_request(&format!("currency {text:?} is no code that is known here, such as EUR"))
            })
        };
        let currency = query.text("currency").map(read).transpose()?;
        let amount = |name: &str| {
            let read = |text: &str| {
                let currency = currency.ok_or_else(|| {
                    Problem::bad_request(&format!("{name} needs a currency: add currency=EUR or another"))
                })?;
                let figure = Figure::parse(text)
                    .ok_or_else(|| Problem::bad_request(&format!("{name} is an amount, such as 100.00")))?;
                figure
                    .signed(currency)
                    .map_err(|refusal| Problem::bad_request(&format!("{name}: {}", refusal.detail())))
            };
            query.text(name).map(read).transpose()
        };
        let (least, most) = (amount("amount_min")?, amount("amount_max")?);
        if least.zip(most).is_some_and(|(least, most)| least.minor() > most.minor()) {
            return Err(Problem::bad_request("amount_min is above amount_max: no amount is between them"));
        }
        Ok(Filter { payee: query.text("payee").map(str::to_lowercase), from, to, currency, least, most })
    }

    /// Whether nothing of the kind is asked.
    pub(super) fn is_empty(&self) -> bool {
        self.payee.is_none() && self.from.is_none() && self.to.is_none() && self.currency.is_none()
    }

    /// Whether an event has all that is asked for.
    pub(super) fn takes(&self, views: &Views, chain: ChainNo, note: &Envelope) -> bool {
        let Ok(data) = serde_json::from_str::<Value>(note.data()) else { return false };
        let paid = Paid::of(views, chain, &data);
        self.has_day(&data) && self.has_payee(&paid) && self.has_amount(&paid)
    }

    fn has_day(&self, data: &Value) -> bool {
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        let day = data.get("effective_date").and_then(Value::as_str).and_then(Date::parse);
        day.is_some_and(|day| self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day <= to))
    }

    fn has_payee(&self, paid: &Paid) -> bool {
        self.payee.as_deref().is_none_or(|asked| {
            let payee = paid.payee.iter();
            let mut names = payee.flat_map(|payee| [&payee.chain, &payee.organisation, &payee.name]).flatten();
            names.any(|name| name.to_lowercase() == asked)
        })
    }

    fn has_amount(&self, paid: &Paid) -> bool {
        let Some(currency) = self.currency else { return true };
        let is_asked = |money: &Money| {
            money.currency() == currency
                && self.least.is_none_or(|least| money.minor() >= least.minor())
                && self.most.is_none_or(|most| money.minor() <= most.minor())
        };
        paid.amounts.iter().any(is_asked)
    }
}

/// Whom an event pays, and the amounts that it tells: its own, of each gift the gross, of each line.
struct Paid {
    payee: Option<Payee>,
    amounts: Vec<Money>,
}

impl Paid {
    fn of(views: &Views, chain: ChainNo, data: &Value) -> Paid {
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let payee = data.get("payee").and_then(|payee| serde_json::from_value::<Payee>(payee.clone()).ok());
        let mut paid = Paid { payee, amounts: Vec::new() };
        if let Some(currency) = text(data, "currency").and_then(|code| Currency::parse(&code)) {
            let rows = |name: &str| data.get(name).and_then(Value::as_array).into_iter().flatten();
            let own = std::iter::once(data).chain(rows("lines")).filter_map(|row| text(row, "amount"));
            let all = own.chain(rows("gifts").filter_map(|gift| text(gift, "gross")));
            paid.amounts = all.filter_map(|text| Figure::parse(&text)?.signed(currency).ok()).collect();
        }
        // What goes on with a request tells neither of them again.
        let request = text(data, "disbursement")
            .and_then(|name| views.named::<Disbursement>(chain, name.strip_prefix("disbursement/")?, None));
        if let Some(request) = request {
            paid.payee.get_or_insert_with(|| request.said.payee.clone());
            paid.amounts.push(request.said.amount);
        }
        paid
    }
}
