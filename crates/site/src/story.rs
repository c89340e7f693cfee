//! An event in one sentence. What a kind says in general stands in the registry; here is what this
//! one says in particular. A reader who wants to know exactly reads the signed text.

use crate::Scene;
use crate::money::{money, read};
use almoner_ledger::data::Payee;
use almoner_ledger::event::kind_of;
use almoner_ledger::{Currency, EntityKind, Money, Said};
use almoner_proof::Envelope;
use almoner_proof::text::foreign;
use serde_json::Value;

/// Tells an event; what its author wrote is marked ([`foreign`]).
pub(crate) fn story(scene: &Scene<'_>, note: &Envelope) -> String {
    let who = scene
        .views
        .chain_no(note.chain())
        .map_or_else(|| note.chain().to_owned(), |no| foreign(&scene.chain_name(no).text));
    let data: Value = serde_json::from_str(note.data()).unwrap_or_default();
    let told = Told { scene, chain: note.chain(), data: &data };
    match told.of(note.kind()) {
        Some(what) => format!("{who} {what}"),
        None => {
            format!("{who}: {}", kind_of(note.kind()).map_or("an event of an unknown type", |kind| kind.info().summary))
        }
    }
}

struct Told<'a> {
    scene: &'a Scene<'a>,
    chain: &'a str,
    data: &'a Value,
}

impl Told<'_> {
    fn of(&self, kind: &str) -> Option<String> {
        Some(match kind {
            "chain.opened/1" => "opened its chain and introduced its first keys".to_owned(),
            "chain.admitted/1" => {
                format!("admitted {} as {}", self.chain_named(self.text("chain")?), self.text("role")?)
            }
            "log.opened/1" => "opened the log".to_owned(),
            "sequencer.epoch_opened/1" => "started another process that writes the log".to_owned(),
            "key.added/1" => "added a key".to_owned(),
            "key.retired/1" => "retired a key".to_owned(),
            "organisation.described/1" => "described who it is".to_owned(),
            "account.opened/1" => format!("opened the account {}", self.named("account")?),
            "fund.opened/1" => format!("opened the fund {} ({})", self.named("fund")?, self.text("class")?),
            "project.proposed/1" => format!("proposed the project {}", self.named("project")?),
            "project.approved/1" => format!("approved the project {}", self.named("project")?),
            "project.status_changed/1" => {
                format!("says that the project {} is {}", self.named("project")?, self.text("status")?)
            }
            "budget.set/1" => format!("set the budget of the project {}", self.named("project")?),
            "donation.received/1" => self.gifts()?,
            "donation.refunded/1" => format!("gave {} back to a donor of {}", self.amount()?, self.text("donation")?),
            "settlement.received/1" => format!("saw {} arrive at the bank", self.sum("lines", "amount")?),
            "allocation.made/1" => {
                format!("moved {} from {} to {}", self.amount()?, self.side("from"), self.side("to"))
            }
            "grant.awarded/1" => {
                format!(
                    "awarded {} to {}: {}",
                    self.amount()?,
                    self.payee("recipient")?,
                    foreign(&self.text("purpose")?)
                )
            }
            "disbursement.requested/1" => {
                format!(
                    "asked for {} for {}: {}",
                    self.amount()?,
                    self.payee("payee")?,
                    foreign(&self.text("purpose")?)
                )
            }
            "disbursement.approved/1" => format!("approved the payment of {}", self.payment()?),
            "disbursement.paid/1" => format!("paid {}", self.payment()?),
            "disbursement.confirmed/1" => format!("confirms that {} arrived", self.amount()?),
            "disbursement.failed/1" => format!("says that the payment of {} failed", self.payment()?),
            "expenditure.recorded/1" => {
                format!("spent {}, paid to {} ({})", self.amount()?, self.payee("payee")?, self.text("class")?)
            }
            "payment.irregular/1" => format!("reports a payment against the rules: {}", self.amount()?),
            "pledge.made/1" => format!("notes a pledge of {}, not binding", self.amount()?),
            "commitment.agreed/1" => format!("notes a binding commitment of {}", self.amount()?),
            "campaign.opened/1" => format!("opened the appeal {}", self.named("campaign")?),
            "milestone.planned/1" => {
                format!("planned the milestone {}, due {}", self.named("milestone")?, self.text("due")?)
            }
            "milestone.evidenced/1" => format!("showed evidence for the milestone {}", self.named("milestone")?),
            "milestone.attested/1" => format!("attests the milestone {}", self.named("milestone")?),
            "hold.placed/1" => format!("placed a hold on {}: {}", self.text("on")?, foreign(&self.text("basis")?)),
            "event.reversed/1" => format!("reversed {}: {}", self.text("event")?, foreign(&self.text("reason")?)),
            _ => return None,
        })
    }

    /// A member as text; of a citation its event.
    fn text(&self, member: &str) -> Option<String> {
        match self.data.get(member)? {
            Value::String(text) => Some(text.clone()),
            Value::Object(map) => Some(map.get("event")?.as_str()?.to_owned()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
        }
    }

    fn currency(&self) -> Option<Currency> {
        Currency::parse(self.data.get("currency")?.as_str()?)
    }

    fn amount(&self) -> Option<String> {
        Some(money(read(self.data.get("amount")?.as_str()?, self.currency()?)?))
    }

    fn total(&self, list: &str, member: &str) -> Option<Money> {
        let currency = self.currency()?;
        self.data
            .get(list)?
            .as_array()?
            .iter()
            .try_fold(Money::zero(currency), |sum, one| sum.plus(read(one.get(member)?.as_str()?, currency)?).ok())
    }

    fn sum(&self, list: &str, member: &str) -> Option<String> {
        self.total(list, member).map(money)
    }

    fn gifts(&self) -> Option<String> {
        let count = self.data.get("gifts")?.as_array()?.len();
        let gifts = if count == 1 { "a gift of".to_owned() } else { format!("{count} gifts, in all") };
        let place = match self.named("project") {
            Some(project) => format!("{} · {project}", self.named("fund")?),
            None => self.named("fund")?,
        };
        Some(format!(
            "received {gifts} {}, of which fees {}, for {place}",
            self.sum("gifts", "gross")?,
            self.sum("gifts", "fee")?
        ))
    }

    /// The name of what a reference names.
    fn named(&self, member: &str) -> Option<String> {
        let text = self.data.get(member)?.as_str()?;
        let reference = almoner_ledger::data::Ref::parse(text)?;
        let views = self.scene.views;
        let chain = views.chain_no(reference.chain.as_deref().unwrap_or(self.chain))?;
        let entity = views.find(chain, reference.kind, &reference.id).and_then(|no| self.scene.entity(no));
        Some(entity.map_or(reference.id, |entity| foreign(&crate::scene::name_of(&entity).text)))
    }

    fn side(&self, member: &str) -> String {
        self.named(member).unwrap_or_else(|| "the fund's free money".to_owned())
    }

    fn chain_named(&self, id: String) -> String {
        self.scene
            .views
            .chain_no(&id)
            .map(|no| self.scene.chain_name(no).text)
            .filter(|name| !name.is_empty())
            .map_or(id, |name| foreign(&name))
    }

    fn payee(&self, member: &str) -> Option<String> {
        let payee: Payee = serde_json::from_value(self.data.get(member)?.clone()).ok()?;
        Some(match payee.chain {
            Some(chain) => self.chain_named(chain),
            None => payee.told(),
        })
    }

    /// Amount and payee of the disbursement that the event names.
    fn payment(&self) -> Option<String> {
        let text = self.data.get("disbursement")?.as_str()?;
        let chain = self.scene.views.chain_no(self.chain)?;
        let no = self.scene.views.find(chain, EntityKind::Disbursement, text.strip_prefix("disbursement/")?)?;
        let Said::Disbursement { amount, payee, purpose, .. } = self.scene.entity(no)?.said else { return None };
        let to = payee.chain.clone().map_or_else(|| payee.told(), |chain| self.chain_named(chain));
        Some(format!("{} to {to}: {}", money(*amount), foreign(purpose)))
    }
}
