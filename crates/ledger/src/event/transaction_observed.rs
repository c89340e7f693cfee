//! transaction.observed: a transaction that somebody else reported. Never refused for its content.

use super::prelude::*;

/// Data of `transaction.observed/1`. Texts are the file's own; nothing in them is judged.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TransactionObserved {
    import: Ref,
    key: Digest,
    line: u64,
    activity: String,
    of: Option<Ref>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    #[serde(rename = "type")]
    type_code: Option<String>,
    type_text: Option<String>,
    raw_value: Option<String>,
    value: Option<String>,
    rounding: Option<String>,
    currency: Option<String>,
    date: Option<String>,
    value_date: Option<String>,
    provider: Option<Organisation>,
    receiver: Option<Organisation>,
    description: Option<String>,
    details: Option<Vec<Detail>>,
    left_out: Option<Vec<LeftOut>>,
    findings: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Organisation {
    #[serde(rename = "ref")]
    reference: Option<String>,
    name: Option<String>,
    activity: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Detail {
    name: String,
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeftOut {
    path: String,
    count: u64,
}

impl Kind for TransactionObserved {
    const TYPE: &'static str = "transaction.observed/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str =
        "A transaction of an imported file, as the file says it. Each canonical transaction is taken once.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/transaction.observed.txt");
    const MEMBERS: &'static [(&'static str, &'static str)] = &[
        ("import", "own import"),
        ("key", "hash of the canonical transaction and its ordinal among equal ones"),
        ("line", "line of the file, from 1"),
        ("activity", "identifier of the activity"),
        ("of?", "own `activity/<id>` that it stands in"),
        ("ref?", "the transaction's own reference"),
        ("type?", "type code as in the file"),
        ("type_text?", "type as text, in old files"),
        ("raw_value?", "the file's own text"),
        ("value?", "rounded half-even to the currency's minor digits"),
        ("rounding?", "raw less rounded"),
        ("currency?", "the transaction's or the activity's default"),
        ("date?", "transaction-date as in the file"),
        ("value_date?", "value-date as in the file"),
        ("provider?", "{ref?, name?, activity?}"),
        ("receiver?", "{ref?, name?, activity?}"),
        ("description?", "text"),
        ("details?", "list of {name, value}: codes that came with it"),
        ("left_out?", "list of {path, count}: elements and attributes that no member carries, and what was cut"),
        ("findings", "codes of what is odd about it"),
    ];
    const EXAMPLE: &'static str = r#"{"import":"import/0f","key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","line":42,"activity":"GB-CHC-313139-1","type":"3","raw_value":"100.005","value":"100.00","rounding":"0.005","currency":"GBP","date":"2026-01-01","findings":["rounded"]}"#;
}

impl Event for TransactionObserved {
    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let import = context.mine(EntityKind::Import, &self.import)?.no;
        let activity = self.of.as_ref().map(|of| context.mine(EntityKind::Activity, of)).transpose()?;
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
