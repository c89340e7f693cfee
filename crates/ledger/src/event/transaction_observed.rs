//! transaction.observed: a transaction that somebody else reported. Never refused for its content.

use super::prelude::*;
use super::reported::{Detail, LeftOut, Reported};

data! {
    /// Data of `transaction.observed/1`. Texts are the file's own; nothing in them is judged.
    pub struct TransactionObserved {
        /// Own import.
        pub import: Ref,
        /// Hash of the canonical transaction and its ordinal among equal ones.
        pub key: Digest,
        /// Line of the file, from 1.
        pub line: u64,
        /// Identifier of the activity.
        pub activity: String,
        /// Own `activity/<id>` that it stands in.
        pub of: Option<Ref>,
        /// The transaction's own reference.
        #[serde(rename = "ref")]
        pub reference: Option<String>,
        /// Type code as in the file.
        #[serde(rename = "type")]
        pub type_code: Option<String>,
        /// Type as text, in old files.
        pub type_text: Option<String>,
        /// The file's own text.
        pub raw_value: Option<String>,
        /// Rounded half-even to the currency's minor digits.
        pub value: Option<String>,
        /// Raw less rounded.
        pub rounding: Option<String>,
        /// The transaction's or the activity's default.
        pub currency: Option<String>,
        /// Transaction-date as in the file.
        pub date: Option<String>,
        /// Value-date as in the file.
        pub value_date: Option<String>,
        /// Who gave.
        pub provider: Option<Party>,
        /// Who got.
        pub receiver: Option<Party>,
        /// Text.
        pub description: Option<String>,
        /// Codes that came with it.
        pub details: Option<Vec<Detail>>,
        /// Elements and attributes that no member carries, and what was cut.
        pub left_out: Option<Vec<LeftOut>>,
        /// Codes of what is odd about it.
        pub findings: Vec<String>,
    }
}

data! {
    /// Who gave or got.
    pub struct Party {
        /// Identifier, as in the file.
        #[serde(rename = "ref")]
        pub reference: Option<String>,
        /// Name, as in the file.
        pub name: Option<String>,
        /// Identifier of its own activity.
        pub activity: Option<String>,
    }
}

impl Kind for TransactionObserved {
    const TYPE: &'static str = "transaction.observed/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str =
        "A transaction of an imported file, as the file says it. Each canonical transaction is taken once.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/transaction.observed.txt");
    const EXAMPLE: &'static str = r#"{"import":"import/0f","key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","line":42,"activity":"GB-CHC-313139-1","type":"3","raw_value":"100.005","value":"100.00","rounding":"0.005","currency":"GBP","date":"2026-01-01","findings":["rounded"]}"#;
}

impl Event for TransactionObserved {
    fn reported(&self) -> Option<Reported<'_>> {
        Some(Reported::Transaction(self))
    }

    fn tell(&self) -> Telling<'_> {
        let mut slots = vec![("activity", Slot::Text(&self.activity))];
        match (&self.value, &self.currency) {
            (Some(value), Some(currency)) => slots.extend([
                ("value", Slot::Form("given")),
                ("amount", Slot::Text(value)),
                ("currency", Slot::Text(currency)),
            ]),
            _ => slots.push(("value", Slot::Form("none"))),
        }
        slots
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let import = context.mine::<Import>(&self.import)?.no;
        let activity = self.of.as_ref().map(|of| context.mine::<Activity>(of)).transpose()?;
        context.not_observed_yet(self.key.0)?;
        let money = ReportedMoney {
            type_code: self.type_code.clone(),
            currency: self.currency.clone(),
            value: self.value.clone(),
        };
        Ok(vec![Effect::Note(Note::Observed {
            key: self.key.0,
            import,
            activity: activity.map(|entity| entity.no),
            transaction: Some(money),
        })])
    }
}
