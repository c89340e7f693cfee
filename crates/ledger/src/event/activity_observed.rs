//! activity.observed: an activity that somebody else reported, with what makes its transactions readable. Never refused
//! for its content.

use super::prelude::*;

/// Data of `activity.observed/1`. Texts are the file's own; nothing in them is judged.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActivityObserved {
    import: Ref,
    activity: Ref,
    key: Digest,
    line: u64,
    identifier: String,
    publisher: Option<Organisation>,
    titles: Vec<Text>,
    descriptions: Option<Vec<Text>>,
    status: Option<String>,
    dates: Option<Vec<Dated>>,
    organisations: Option<Vec<Organisation>>,
    sectors: Option<Vec<Coded>>,
    countries: Option<Vec<Coded>>,
    regions: Option<Vec<Coded>>,
    budgets: Option<Vec<Budget>>,
    results: Option<Vec<Outcome>>,
    details: Option<Vec<Detail>>,
    left_out: Option<Vec<LeftOut>>,
    findings: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
    lang: Option<String>,
    #[serde(rename = "type")]
    type_code: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dated {
    #[serde(rename = "type")]
    type_code: Option<String>,
    date: Option<String>,
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Organisation {
    role: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    name: Option<String>,
    #[serde(rename = "type")]
    type_code: Option<String>,
    activity: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Coded {
    code: Option<String>,
    vocabulary: Option<String>,
    percentage: Option<String>,
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Budget {
    #[serde(rename = "type")]
    type_code: Option<String>,
    status: Option<String>,
    from: Option<String>,
    to: Option<String>,
    raw_value: Option<String>,
    value: Option<String>,
    currency: Option<String>,
    value_date: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome {
    #[serde(rename = "type")]
    type_code: Option<String>,
    title: Option<String>,
    description: Option<String>,
    indicators: Option<Vec<Indicator>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Indicator {
    measure: Option<String>,
    title: Option<String>,
    description: Option<String>,
    baseline: Option<String>,
    baseline_year: Option<String>,
    periods: Option<Vec<Period>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Period {
    from: Option<String>,
    to: Option<String>,
    target: Option<String>,
    actual: Option<String>,
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

impl Kind for ActivityObserved {
    const TYPE: &'static str = "activity.observed/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "An activity of an imported file, as the file says it. The same activity told anew, with other content, replaces what was told before.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/activity.observed.txt");
    const MEMBERS: &'static [(&'static str, &'static str)] = &[
        ("import", "own import"),
        ("activity", "`activity/<id>`, new, or told before by this importer; the id follows from publisher and identifier"),
        ("key", "hash of the canonical activity"),
        ("line", "line of the file, from 1"),
        ("identifier", "the activity's identifier as in the file, empty if it has none"),
        ("publisher?", "reporting organisation: {ref?, name?, type?}"),
        ("titles", "list of {text, lang?}"),
        ("descriptions?", "list of {text, lang?, type?}"),
        ("status?", "ActivityStatus code as in the file"),
        ("dates?", "list of {type?, date?, text?}: ActivityDateType, the day as in the file"),
        ("organisations?", "participating organisations: list of {role?, ref?, name?, type?, activity?}"),
        ("sectors?", "list of {code?, vocabulary?, percentage?, name?}"),
        ("countries?", "recipient countries: list of {code?, percentage?, name?}"),
        ("regions?", "recipient regions: list of {code?, vocabulary?, percentage?, name?}"),
        (
            "budgets?",
            "list of {type?, status?, from?, to?, raw_value?, value?, currency?, value_date?}; value as in transaction.observed, missing where the text is no number",
        ),
        (
            "results?",
            "list of {type?, title?, description?, indicators?: list of {measure?, title?, description?, baseline?, baseline_year?, periods?: list of {from?, to?, target?, actual?}}}; values as in the file",
        ),
        ("details?", "list of {name, value}: further codes of the activity"),
        ("left_out?", "list of {path, count}: elements and attributes that no member carries, and what was cut"),
        ("findings", "codes of what is odd about it"),
    ];
    const EXAMPLE: &'static str = r#"{"import":"import/0f","activity":"activity/3c","key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","line":4,"identifier":"GB-CHC-313139-1","publisher":{"ref":"GB-CHC-313139","name":"The Well","type":"22"},"titles":[{"text":"Wells for two valleys","lang":"en"}],"dates":[{"type":"2","date":"2026-01-01"}],"organisations":[{"role":"1","name":"Ministry of Water"}],"sectors":[{"code":"14030","percentage":"100"}],"countries":[{"code":"KE"}],"budgets":[{"from":"2026-01-01","to":"2026-12-31","raw_value":"1000","value":"1000.00","currency":"GBP"}],"results":[{"title":"Wells","indicators":[{"title":"Wells dug","periods":[{"from":"2026-01-01","to":"2026-12-31","target":"4","actual":"3"}]}]}],"left_out":[{"path":"location","count":2}],"findings":["left-out"]}"#;
}

impl ActivityObserved {
    /// Title by language; `und` where the file names none.
    fn title(&self) -> Words {
        let mut words = Words::new();
        for text in &self.titles {
            words.entry(text.lang.clone().unwrap_or_else(|| "und".to_owned())).or_insert_with(|| text.text.clone());
        }
        words
    }
}

impl Event for ActivityObserved {
    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let import = context.mine(EntityKind::Import, &self.import)?.no;
        context.not_observed_yet(self.key.0)?;
        let publisher = self.publisher.as_ref();
        let said = Said::Activity {
            identifier: self.identifier.clone(),
            title: self.title(),
            publisher: publisher.and_then(|one| one.reference.clone().or_else(|| one.name.clone())).unwrap_or_default(),
            import,
        };
        let (no, told) = match context.mine(EntityKind::Activity, &self.activity) {
            Ok(entity) => (entity.no, context.say(entity, said)),
            Err(_) => (
                context.next_entity(),
                context.open(0, EntityKind::Activity, &self.activity, said, Standing::Fixed)?,
            ),
        };
        let note = Note::Observed { key: self.key.0, import, activity: Some(no), transaction: None };
        Ok(vec![told, Effect::Note(note)])
    }
}
