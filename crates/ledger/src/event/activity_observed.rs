//! activity.observed: an activity that somebody else reported, with what makes its transactions readable. Never refused
//! for its content.

use super::prelude::*;
use super::reported::{Detail, LeftOut, Reported};

data! {
    /// Data of `activity.observed/1`. Texts are the file's own; nothing in them is judged.
    pub struct ActivityObserved {
        /// Own import.
        pub import: Ref,
        /// `activity/<id>`, new, or told before by this importer; the id follows from publisher and identifier.
        pub activity: Ref,
        /// Hash of the canonical activity.
        pub key: Digest,
        /// Line of the file, from 1.
        pub line: u64,
        /// The activity's identifier as in the file, empty if it has none.
        pub identifier: String,
        /// Reporting organisation.
        pub publisher: Option<Organisation>,
        /// Titles.
        pub titles: Vec<Text>,
        /// Descriptions.
        pub descriptions: Option<Vec<Text>>,
        /// ActivityStatus code as in the file.
        pub status: Option<String>,
        /// When it began and ends.
        pub dates: Option<Vec<Dated>>,
        /// Participating organisations.
        pub organisations: Option<Vec<Organisation>>,
        /// Sectors.
        pub sectors: Option<Vec<Coded>>,
        /// Recipient countries.
        pub countries: Option<Vec<Coded>>,
        /// Recipient regions.
        pub regions: Option<Vec<Coded>>,
        /// Budgets.
        pub budgets: Option<Vec<Budget>>,
        /// Results.
        pub results: Option<Vec<Outcome>>,
        /// Further codes of the activity.
        pub details: Option<Vec<Detail>>,
        /// Elements and attributes that no member carries, and what was cut.
        pub left_out: Option<Vec<LeftOut>>,
        /// Codes of what is odd about it.
        pub findings: Vec<String>,
    }
}

data! {
    /// A text of the file.
    pub struct Text {
        /// The text.
        pub text: String,
        /// Its language, where the file names one.
        pub lang: Option<String>,
        /// DescriptionType code.
        #[serde(rename = "type")]
        pub type_code: Option<String>,
    }
}

data! {
    /// A day of an activity.
    pub struct Dated {
        /// ActivityDateType code.
        #[serde(rename = "type")]
        pub type_code: Option<String>,
        /// The day, as in the file.
        pub date: Option<String>,
        /// What is written beside it.
        pub text: Option<String>,
    }
}

data! {
    /// An organisation that takes part.
    pub struct Organisation {
        /// OrganisationRole code.
        pub role: Option<String>,
        /// Identifier, as in the file.
        #[serde(rename = "ref")]
        pub reference: Option<String>,
        /// Name, as in the file.
        pub name: Option<String>,
        /// OrganisationType code.
        #[serde(rename = "type")]
        pub type_code: Option<String>,
        /// Identifier of its own activity.
        pub activity: Option<String>,
    }
}

data! {
    /// A sector, a country or a region.
    pub struct Coded {
        /// The code.
        pub code: Option<String>,
        /// Code of the vocabulary that it is of.
        pub vocabulary: Option<String>,
        /// Share of the activity, as in the file.
        pub percentage: Option<String>,
        /// Name, as in the file.
        pub name: Option<String>,
    }
}

data! {
    /// A budget.
    pub struct Budget {
        /// BudgetType code.
        #[serde(rename = "type")]
        pub type_code: Option<String>,
        /// BudgetStatus code.
        pub status: Option<String>,
        /// First day, as in the file.
        pub from: Option<String>,
        /// Last day, as in the file.
        pub to: Option<String>,
        /// The file's own text.
        pub raw_value: Option<String>,
        /// Rounded half-even to the currency's minor digits; missing where the text is no number.
        pub value: Option<String>,
        /// The budget's or the activity's default.
        pub currency: Option<String>,
        /// Value-date as in the file.
        pub value_date: Option<String>,
    }
}

data! {
    /// A result.
    pub struct Outcome {
        /// ResultType code.
        #[serde(rename = "type")]
        pub type_code: Option<String>,
        /// Title.
        pub title: Option<String>,
        /// Description.
        pub description: Option<String>,
        /// What it is measured by.
        pub indicators: Option<Vec<Indicator>>,
    }
}

data! {
    /// What a result is measured by.
    pub struct Indicator {
        /// IndicatorMeasure code.
        pub measure: Option<String>,
        /// Title.
        pub title: Option<String>,
        /// Description.
        pub description: Option<String>,
        /// Value to begin with, as in the file.
        pub baseline: Option<String>,
        /// Year of that value.
        pub baseline_year: Option<String>,
        /// Values, period by period.
        pub periods: Option<Vec<Period>>,
    }
}

data! {
    /// What was aimed at and reached in a while.
    pub struct Period {
        /// First day, as in the file.
        pub from: Option<String>,
        /// Last day, as in the file.
        pub to: Option<String>,
        /// What was aimed at, as in the file.
        pub target: Option<String>,
        /// What was reached, as in the file.
        pub actual: Option<String>,
    }
}

impl Kind for ActivityObserved {
    const TYPE: &'static str = "activity.observed/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "An activity of an imported file, as the file says it. The same activity told anew, with other content, replaces what was told before.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/activity.observed.txt");
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
    fn reported(&self) -> Option<Reported<'_>> {
        Some(Reported::Activity(self))
    }

    fn tell(&self) -> Telling<'_> {
        let title = self.titles.iter().map(|one| one.text.as_str()).find(|text| !text.is_empty());
        match title {
            Some(title) => vec![("name", Slot::Form("title")), ("title", Slot::Text(title))],
            None => vec![("name", Slot::Form("identifier")), ("identifier", Slot::Text(&self.identifier))],
        }
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let import = context.mine::<Import>(&self.import)?.no;
        context.not_observed_yet(self.key.0)?;
        let publisher = self.publisher.as_ref();
        let said = Activity {
            identifier: self.identifier.clone(),
            title: self.title(),
            publisher: publisher.and_then(|one| one.reference.clone().or_else(|| one.name.clone())).unwrap_or_default(),
            import,
        };
        let (no, told) = match context.mine(&self.activity) {
            Ok(activity) => (activity.no, context.say(activity, said)),
            Err(_) => (context.next_entity(), context.open(0, &self.activity, said, Fixed)?),
        };
        let note = Note::Observed { key: self.key.0, import, activity: Some(no), transaction: None };
        Ok(vec![told, Effect::Note(note)])
    }
}
