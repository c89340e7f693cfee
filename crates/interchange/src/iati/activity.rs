//! One activity as a publisher's file states it: what makes its transactions readable.

// Saturating: counts and lengths of what is in memory.

use almoner_proof::Hash;
use rust_decimal::Decimal;
use serde::Serialize;

use super::draft::MAX_TEXT_BYTES;
use super::key::field;
use super::report::LeftOut;

/// An activity of a file: what the file says, cut to what one event can carry, and what is odd about it.
///
/// Serialised it is the data of `activity.observed/1` but for `import`. Texts are trimmed and have their white space
/// collapsed; what is blank counts as missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// `activity/<id>`: 32 hex digits of `H("almoner/iati/activity-id/1\n" || field || field)`, a `field` being as at
    /// [`Observed::key`](super::Observed::key): the publisher's reference, or else its name, and the identifier. So two
    /// publishers who use one identifier speak of two activities. Without an identifier `key` stands in its place.
    pub activity: String,
    /// Base64 of `H("almoner/iati/activity/1\n" || JSON)`, the JSON being this very object, never cut, without
    /// `activity`, `key`, `line`, `left_out` and `findings`.
    pub key: String,
    /// Line of the `iati-activity` start tag, 1-based; 0 while the key is made.
    pub line: u64,
    /// `iati-identifier`; empty if it has none.
    pub identifier: String,
    /// `reporting-org`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<Party>,
    /// `title`.
    pub titles: Vec<Text>,
    /// `description`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<Text>,
    /// `activity-status/@code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `activity-date`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<Dated>,
    /// `participating-org`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub organisations: Vec<Party>,
    /// `sector`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sectors: Vec<Coded>,
    /// `recipient-country`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<Coded>,
    /// `recipient-region`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Coded>,
    /// `budget`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<Budget>,
    /// `result`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<Outcome>,
    /// Further codes, named as the details of a transaction are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
    /// What of the activity this does not carry, by path inside of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// Codes from [`FINDINGS`](super::FINDINGS).
    pub findings: Vec<&'static str>,
}

/// A text in a language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Text {
    /// The text.
    pub text: String,
    /// `@xml:lang`, or that of the activity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// `description/@type`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_code: Option<String>,
}

/// A date.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Dated {
    /// `@type`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_code: Option<String>,
    /// `@iso-date` as in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Its text, which version 1 may have instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// An organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Party {
    /// `@role`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// `@ref`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// First narrative, or text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `@type`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_code: Option<String>,
    /// `@activity-id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
}

/// A sector, a country or a region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Coded {
    /// `@code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// `@vocabulary`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vocabulary: Option<String>,
    /// `@percentage` as in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<String>,
    /// First narrative, or text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A budget.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Budget {
    /// `@type`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_code: Option<String>,
    /// `@status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `period-start/@iso-date` as in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// `period-end/@iso-date` as in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Text of `value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_value: Option<String>,
    /// That rounded half to even to the currency's minor digits; `None` if it is no number or the currency is not known.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub value: Option<Decimal>,
    /// `value/@currency`, else the activity's `@default-currency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// `value/@value-date` as in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_date: Option<String>,
}

fn as_text<S: serde::Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&value.unwrap_or_default())
}

/// A result. Its values are the file's own text: they are counts, scores and words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// `@type`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_code: Option<String>,
    /// First narrative of `title`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// First narrative of `description`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `indicator`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub indicators: Vec<Indicator>,
}

/// What is measured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Indicator {
    /// `@measure`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// First narrative of `title`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// First narrative of `description`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `baseline/@value`, or its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// `baseline/@year`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline_year: Option<String>,
    /// `period`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub periods: Vec<Period>,
}

/// What was aimed at and reached from one day to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Period {
    /// `period-start/@iso-date` as in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// `period-end/@iso-date` as in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// `target/@value`, or its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// `actual/@value`, or its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
}

/// A further code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// Such as `collaboration-type`.
    pub name: String,
    /// Its code or text.
    pub value: String,
}

impl Activity {
    /// Gives it key and id, once all of it is there.
    pub(super) fn name_it(&mut self) {
        // No member of it can fail to be written.
        let canonical = serde_json::to_vec(&self.clone().bare()).unwrap_or_default();
        let key = Hash::of_parts(&[b"almoner/iati/activity/1\n", &canonical]);
        let mut named = b"almoner/iati/activity-id/1\n".to_vec();
        let publisher = self.publisher.as_ref();
        field(&mut named, publisher.and_then(|one| one.reference.as_deref().or(one.name.as_deref())));
        self.key = key.to_base64();
        field(&mut named, Some(if self.identifier.is_empty() { &self.key } else { &self.identifier }));
        let id = Hash::of(&named).to_hex();
        self.activity = format!("activity/{}", id.get(..32).unwrap_or_default());
    }

    /// What the key covers.
    fn bare(self) -> Self {
        Self {
            activity: String::new(),
            key: String::new(),
            line: 0,
            left_out: Vec::new(),
            findings: Vec::new(),
            ..self
        }
    }

    /// Says that something is not carried; what lies together is counted together.
    pub(super) fn leave_out(&mut self, path: &str, count: u64) {
        match self.left_out.iter_mut().find(|known| known.path == path) {
            Some(known) => known.count = known.count.saturating_add(count),
            None => self.left_out.push(LeftOut { path: path.to_owned(), count }),
        }
    }

    pub(super) fn find(&mut self, code: &'static str) {
        if !self.findings.contains(&code) {
            self.findings.push(code);
        }
    }

    /// Cuts texts to size, and then lists, from the longest, until the event fits; what is cut is told in `left_out`.
    pub(super) fn fit(&mut self, bytes: usize) {
        if self.shorten(MAX_TEXT_BYTES) {
            self.find("text-cut");
        }
        // Any list with so many items leaves each of them out at last, and an activity without lists is small but for its
        // identifier, publisher and what was left out, which are bounded.
        while serde_json::to_vec(self).map_or(0, |json| json.len()) > bytes && self.cut_longest() {
            self.find("cut");
        }
    }

    fn shorten(&mut self, limit: usize) -> bool {
        let mut is_cut = false;
        for text in &mut self.descriptions {
            is_cut |= cut_at(&mut text.text, MAX_DESCRIPTION_BYTES);
        }
        let mut cut = |text: &mut String| is_cut |= cut_at(text, limit);
        fn optional<'a>(texts: impl IntoIterator<Item = &'a mut Option<String>>, cut: &mut impl FnMut(&mut String)) {
            texts.into_iter().flatten().for_each(cut);
        }
        cut(&mut self.identifier);
        optional([&mut self.status], &mut cut);
        self.titles.iter_mut().for_each(|text| cut(&mut text.text));
        for text in self.titles.iter_mut().chain(&mut self.descriptions) {
            optional([&mut text.lang, &mut text.type_code], &mut cut);
        }
        for date in &mut self.dates {
            optional([&mut date.type_code, &mut date.date, &mut date.text], &mut cut);
        }
        for party in self.publisher.iter_mut().chain(&mut self.organisations) {
            let Party { role, reference, name, type_code, activity } = party;
            optional([role, reference, name, type_code, activity], &mut cut);
        }
        for coded in self.sectors.iter_mut().chain(&mut self.countries).chain(&mut self.regions) {
            let Coded { code, vocabulary, percentage, name } = coded;
            optional([code, vocabulary, percentage, name], &mut cut);
        }
        for budget in &mut self.budgets {
            let Budget { type_code, status, from, to, raw_value, currency, value_date, value: _ } = budget;
            optional([type_code, status, from, to, raw_value, currency, value_date], &mut cut);
        }
        for result in &mut self.results {
            optional([&mut result.type_code, &mut result.title, &mut result.description], &mut cut);
            for indicator in &mut result.indicators {
                let Indicator { measure, title, description, baseline, baseline_year, periods } = indicator;
                optional([measure, title, description, baseline, baseline_year], &mut cut);
                for Period { from, to, target, actual } in periods {
                    optional([from, to, target, actual], &mut cut);
                }
            }
        }
        for detail in &mut self.details {
            cut(&mut detail.name);
            cut(&mut detail.value);
        }
        is_cut
    }

    /// Takes the last eighth, at least one, from the list that takes most room. False if there is none any more.
    fn cut_longest(&mut self) -> bool {
        fn size(list: &impl Serialize) -> usize {
            serde_json::to_vec(list).map_or(0, |json| json.len())
        }
        let sizes = [
            size(&self.titles),
            size(&self.descriptions),
            size(&self.dates),
            size(&self.organisations),
            size(&self.sectors),
            size(&self.countries),
            size(&self.regions),
            size(&self.budgets),
            size(&self.results),
            size(&self.details),
            size(&self.left_out),
        ];
        let longest = sizes.iter().enumerate().max_by_key(|(_, size)| **size).map_or(0, |(at, _)| at);
        let (path, count) = match longest {
            0 => ("title/narrative", shorter(&mut self.titles)),
            1 => ("description", shorter(&mut self.descriptions)),
            2 => ("activity-date", shorter(&mut self.dates)),
            3 => ("participating-org", shorter(&mut self.organisations)),
            4 => ("sector", shorter(&mut self.sectors)),
            5 => ("recipient-country", shorter(&mut self.countries)),
            6 => ("recipient-region", shorter(&mut self.regions)),
            7 => ("budget", shorter(&mut self.budgets)),
            8 => shorter_results(&mut self.results),
            9 => ("(further codes)", shorter(&mut self.details)),
            // Paths of a hostile file: those that are not named any more are told by the file's own list.
            _ => ("(further paths)", shorter(&mut self.left_out)),
        };
        self.leave_out(path, count);
        count > 0
    }
}

/// Longest description carried; other texts are bounded as those of a transaction.
pub const MAX_DESCRIPTION_BYTES: usize = 8_000;

/// Cuts a text; whether it was longer.
fn cut_at(text: &mut String, limit: usize) -> bool {
    let is_longer = text.len() > limit;
    if is_longer {
        text.truncate(text.floor_char_boundary(limit));
    }
    is_longer
}

/// Takes the last eighth of a list away, at least one; how many.
fn shorter<T>(list: &mut Vec<T>) -> u64 {
    let take = list.len().div_ceil(8);
    list.truncate(list.len().saturating_sub(take));
    u64::try_from(take).unwrap_or(u64::MAX)
}

/// The same of results: whole ones while there are several, then indicators, then periods.
fn shorter_results(results: &mut Vec<Outcome>) -> (&'static str, u64) {
    if let [only] = results.as_mut_slice()
        && !only.indicators.is_empty()
    {
        if let [only] = only.indicators.as_mut_slice()
            && !only.periods.is_empty()
        {
            return ("result/indicator/period", shorter(&mut only.periods));
        }
        return ("result/indicator", shorter(&mut only.indicators));
    }
    ("result", shorter(results))
}
