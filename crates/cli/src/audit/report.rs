//! What an audit says: a verdict, the first failing index, and each finding by name.

use almoner_ledger::Refusal;
use almoner_proof::Hash;
use almoner_proof::mend::{File, Mended};
use almoner_proof::policy::search::{Found, Source};
use serde::Serialize;
use std::collections::BTreeMap;

/// The three answers. Nothing that could not be read ever counts against a log, nor for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything that the audit checks holds.
    Verified,
    /// Something was read that cannot be right.
    Refuted,
    /// Something could not be read, or there is no policy to judge by; nothing read was wrong.
    CouldNotCheck,
}

impl Verdict {
    /// 0 verified, 3 refuted, 5 could not check.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Verdict::Verified => 0,
            Verdict::Refuted => 3,
            Verdict::CouldNotCheck => 5,
        }
    }

    /// The word of the report.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Verified => "verified",
            Verdict::Refuted => "refuted",
            Verdict::CouldNotCheck => "could-not-check",
        }
    }
}

/// Which way a finding counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It cannot be right.
    Refutes,
    /// It could not be read or judged.
    Unchecked,
}

/// One thing that was found. Codes are those of refusals, or of the list in the module `audit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable code.
    pub code: &'static str,
    /// Log index that it is about, where there is one.
    pub index: Option<u64>,
    /// A sentence.
    pub text: String,
    /// Which way it counts.
    #[serde(skip)]
    pub weight: Weight,
}

impl Finding {
    pub(super) fn refutes(code: &'static str, index: Option<u64>, text: impl std::fmt::Display) -> Finding {
        Finding { code, index, text: text.to_string(), weight: Weight::Refutes }
    }

    pub(super) fn unchecked(code: &'static str, index: Option<u64>, text: impl std::fmt::Display) -> Finding {
        Finding { code, index, text: text.to_string(), weight: Weight::Unchecked }
    }

    pub(super) fn refused(index: u64, refusal: &Refusal) -> Finding {
        let text = format!("{} ({})", refusal.advice(), refusal.detail());
        Finding::refutes(refusal.code().word(), Some(index), text)
    }
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events admitted again.
    pub events: u64,
    /// Chains open.
    pub chains: u64,
    /// Chains that the operator has not admitted.
    pub chains_not_admitted: u64,
    /// Accounts that were ever posted to.
    pub accounts: u64,
}

/// The report of an audit. It binds origin, size and root.
#[derive(Debug, Clone)]
pub struct Report {
    /// The answer.
    pub verdict: Verdict,
    /// As the checkpoint claims, accepted or not; `None` if there was none to read.
    pub origin: Option<String>,
    /// Likewise.
    pub size: Option<u64>,
    /// Likewise.
    pub root: Option<Hash>,
    /// The first index that refutes the log, if it can be told.
    pub first_bad_index: Option<u64>,
    /// By index; those about no index come last.
    pub findings: Vec<Finding>,
    /// How the policy was found.
    pub policy_source: Option<Source>,
    /// In which file.
    pub policy_file: Option<String>,
    /// What was mended on it before it was read.
    pub mended: Vec<Mended>,
    /// What this audit leaves out, always named.
    pub not_checked: Vec<String>,
    /// Witnesses behind the checkpoint, with the time of their cosignature in seconds since 1970.
    pub witnesses: BTreeMap<String, u64>,
    /// How much was looked at.
    pub counts: Counts,
}

/// The settled members, in their order.
#[derive(Serialize)]
struct Json<'a> {
    verdict: Verdict,
    origin: Option<&'a str>,
    size: Option<u64>,
    root: Option<String>,
    first_bad_index: Option<u64>,
    findings: &'a [Finding],
    policy_source: Option<Source>,
    policy_file: Option<&'a str>,
    mended: &'a [Mended],
    not_checked: &'a [String],
}

impl Report {
    /// The report of an audit that has established nothing yet, under this policy.
    #[must_use]
    pub fn under(policy: Option<&Found>) -> Report {
        Report {
            verdict: Verdict::CouldNotCheck,
            origin: None,
            size: None,
            root: None,
            first_bad_index: None,
            findings: Vec::new(),
            policy_source: policy.map(|found| found.source),
            policy_file: policy.map(|found| found.file.display().to_string()),
            mended: policy.map(|found| Mended::of(File::Policy, found.policy.mended())).unwrap_or_default(),
            not_checked: Vec::new(),
            witnesses: BTreeMap::new(),
            counts: Counts::default(),
        }
    }

    /// The report of an audit that could not begin.
    #[must_use]
    pub fn unopened(code: &'static str, text: &str) -> Report {
        let mut report = Report { not_checked: vec!["everything".to_owned()], ..Report::under(None) };
        report.conclude(vec![Finding::unchecked(code, None, text)]);
        report
    }

    /// 0 verified, 3 refuted, 5 could not check.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.verdict.exit_code()
    }

    /// One JSON object on one line, with exactly the settled members.
    #[must_use]
    pub fn to_json(&self) -> String {
        let json = Json {
            verdict: self.verdict,
            origin: self.origin.as_deref(),
            size: self.size,
            root: self.root.map(Hash::to_base64),
            first_bad_index: self.first_bad_index,
            findings: &self.findings,
            policy_source: self.policy_source,
            policy_file: self.policy_file.as_deref(),
            mended: &self.mended,
            not_checked: &self.not_checked,
        };
        // Nothing in it can fail to be written; an empty object would still say that it is no report.
        serde_json::to_string(&json).unwrap_or_else(|_| "{}".to_owned())
    }

    /// Adds what was found and judges again: any refutation refutes, else anything unchecked
    /// leaves the question open.
    pub(super) fn conclude(&mut self, mut findings: Vec<Finding>) {
        self.findings.append(&mut findings);
        self.findings.sort_by_key(|finding| finding.index.unwrap_or(u64::MAX));
        self.findings.dedup();
        let refutations = || self.findings.iter().filter(|finding| finding.weight == Weight::Refutes);
        self.first_bad_index = refutations().filter_map(|finding| finding.index).min();
        self.verdict = if refutations().next().is_some() {
            Verdict::Refuted
        } else if self.findings.is_empty() {
            Verdict::Verified
        } else {
            Verdict::CouldNotCheck
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use almoner_proof::mend::Mend;

    fn report() -> Report {
        Report {
            verdict: Verdict::CouldNotCheck,
            origin: Some("a.example".to_owned()),
            size: Some(3),
            root: None,
            first_bad_index: None,
            findings: Vec::new(),
            policy_source: Some(Source::Named),
            policy_file: Some("p".to_owned()),
            mended: Mended::of(File::Policy, &[Mend::LineEndings]),
            not_checked: vec!["censuses".to_owned()],
            witnesses: BTreeMap::new(),
            counts: Counts::default(),
        }
    }

    #[test]
    fn a_refutation_outweighs_what_could_not_be_checked() {
        let mut report = report();
        report.conclude(vec![
            Finding::refutes("root.differs", None, "r"),
            Finding::unchecked("tile.missing", Some(1), "m"),
            Finding::refutes("chain.gap", Some(2), "g"),
        ]);
        assert_eq!((report.verdict, report.first_bad_index, report.exit_code()), (Verdict::Refuted, Some(2), 3));
        assert_eq!(
            report.findings.iter().map(|f| f.code).collect::<Vec<_>>(),
            ["tile.missing", "chain.gap", "root.differs"]
        );
    }

    #[test]
    fn the_json_has_the_settled_members_in_their_order() {
        let mut report = report();
        report.conclude(vec![Finding::unchecked("tile.missing", None, "m")]);
        assert_eq!(
            report.to_json(),
            r#"{"verdict":"could-not-check","origin":"a.example","size":3,"root":null,"first_bad_index":null,"findings":[{"code":"tile.missing","index":null,"text":"m"}],"policy_source":"named","policy_file":"p","mended":[{"file":"policy","what":"line-endings"}],"not_checked":["censuses"]}"#
        );
        assert_eq!(report.exit_code(), 5);
    }
}
