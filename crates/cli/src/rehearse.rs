//! A dry run before anything is signed: who would sign, what the ledger says of the draft, and how that is shown.
//!
//! What a server says of it is its word: it is shown on lines of its own, and nothing of it is signed.

// Saturating: counts of what is in memory, which do not come near the edge.

use crate::failure::{Failure, Outcome};
use crate::output;
use crate::target::{MaySign, Target};
use crate::web::brief;
use almoner_ledger::data::{Date, Ref};
use almoner_ledger::event::{KindInfo, Signers};
use almoner_ledger::money::Figure;
use almoner_ledger::{Code, Currency};
use almoner_proof::introduction::Role;
use almoner_proof::text::visible;
use almoner_wire::{Draft, DryRun, Finding, Fix, PoolChange, Tried, Would, WouldNot};
use serde_json::Value;
use std::collections::BTreeSet;

/// Most signers of an event.
const MOST: usize = 16;

/// A text to be tried, and where.
pub(crate) struct Rehearsal<'a> {
    pub(crate) target: &'a Target,
    /// As it was named, for commands.
    pub(crate) to: &'a str,
    pub(crate) chain: &'a str,
    pub(crate) info: &'static KindInfo,
    pub(crate) text: &'a str,
    pub(crate) data: &'a str,
}

impl Rehearsal<'_> {
    /// Tries the text as these keys would sign it; where none are named, as those would that may.
    ///
    /// # Errors
    /// A refusal, with what to do; or when the ledger cannot be reached.
    pub(crate) fn run(&self, signers: Vec<String>) -> Outcome {
        let groups = if signers.is_empty() { self.likely()? } else { vec![signers] };
        let mut last = None;
        for signers in groups {
            match self.tried(signers)? {
                Tried::Would(would) => {
                    lines(&would).iter().for_each(|line| output::say(&visible(line)));
                    would.fix.iter().filter_map(|fix| self.command(fix)).for_each(|line| output::say(&line));
                    return Ok(());
                }
                // How many must sign is known to the ledger alone.
                Tried::WouldNot(refused) if refused.code == Code::SignersWrong.word() => last = Some(refused),
                Tried::WouldNot(refused) => return Err(self.refused(&refused)),
            }
        }
        match last {
            Some(refused) => Err(self.refused(&refused)),
            None => Err(Failure::new("nobody is known who may sign this").hint("name the keys: --signer CHAIN/LABEL")),
        }
    }

    fn tried(&self, signers: Vec<String>) -> Outcome<Tried> {
        let DryRun { results, .. } = self.target.dry_run(&[Draft { text: self.text.to_owned(), signers }])?;
        results.into_iter().next().ok_or_else(|| Failure::new("the ledger says nothing of the draft"))
    }

    /// Groups of keys that may be meant, the most likely first.
    fn likely(&self) -> Outcome<Vec<Vec<String>>> {
        let Some(keys) = self.target.keys_of(self.chain)? else { return self.opening() };
        let own = |roles: &[Role]| -> Vec<String> {
            let mut holders = BTreeSet::new();
            let may = |key: &&MaySign| roles.iter().any(|role| key.roles.iter().any(|word| word == role.word()));
            keys.iter().filter(may).filter(|key| holders.insert(&key.holder)).map(|key| key.name.clone()).collect()
        };
        let names = match self.info.signers {
            Signers::One(roles) => {
                let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
                let who = own(roles).into_iter().next().ok_or_else(|| {
                    let why = format!("no active key of {} has the role {}", self.chain, words.join(" or "));
                    Failure::new(why).coded(Code::SignersRole.word())
                })?;
                return Ok(vec![vec![who]]);
            }
            Signers::Opening => return self.opening(),
            Signers::AdminQuorum | Signers::AdminQuorumAndNewKey | Signers::TwoHolders => own(&[Role::Admin]),
        };
        let new = self.new_keys();
        let group = |count: usize| names.iter().take(count).chain(&new).cloned().collect();
        Ok((1..=names.len().min(MOST)).map(group).collect())
    }

    /// Every key in the data, and a registrar of the operator's.
    fn opening(&self) -> Outcome<Vec<Vec<String>>> {
        let mut names = self.new_keys();
        let operators = self.target.keys_of("operator")?.unwrap_or_default();
        let registrar = |key: &&MaySign| key.roles.iter().any(|word| word == Role::Registrar.word());
        names.extend(operators.iter().find(registrar).map(|key| key.name.clone()));
        Ok(vec![names])
    }

    /// Names of the keys that the data lists.
    fn new_keys(&self) -> Vec<String> {
        let Ok(data) = serde_json::from_str::<Value>(self.data) else { return Vec::new() };
        let listed = data.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
        let listed = listed.iter().chain(data.get("key"));
        let name = |entry: &Value| Some(entry.get("vkey")?.as_str()?.split('+').next()?.to_owned());
        listed.filter_map(name).collect()
    }

    fn refused(&self, refused: &WouldNot) -> Failure {
        let failure = failure(refused);
        refused.fix.iter().filter_map(|fix| self.command(fix)).fold(failure, Failure::hint)
    }

    /// What mends it, as a command. Of the server's words only those are taken that are what they must be.
    fn command(&self, fix: &Fix) -> Option<String> {
        let Fix { action, fund, project, account, currency, amount } = fix;
        let own = |text: &str| {
            let reference = Ref::parse(text)?;
            (reference.chain.as_deref() == Some(self.chain)).then(|| Ref { chain: None, ..reference }.to_string())
        };
        let (fund, project, account) = (own(fund)?, own(project)?, own(account)?);
        let is_sound = action == "allocate" && Currency::parse(currency).is_some() && Figure::parse(amount).is_some();
        let data: Value = serde_json::from_str(self.data).unwrap_or_default();
        let now = crate::clock::now();
        let day = data.get("effective_date").and_then(Value::as_str).or_else(|| now.get(..10));
        let day = day.and_then(Date::parse)?;
        let (chain, to) = (self.chain, self.to);
        is_sound.then(|| {
            format!(
                "set the money aside first: almoner event new allocation.made --chain {chain} --to {to} --set fund={fund} \
                 --set to={project} --set account={account} --set currency={currency} --set amount={amount} \
                 --set effective_date={day}"
            )
        })
    }
}

/// What a draft would do, in lines; its sentence first.
pub(crate) fn lines(would: &Would) -> Vec<String> {
    let mut lines: Vec<String> = would.sentence.get("en").map(|sentence| brief(sentence)).into_iter().collect();
    lines.extend(would.pools.iter().filter(|pool| pool.before != pool.after).map(|pool| {
        let PoolChange { fund, project, currency, before, after } = pool;
        let place = project.as_ref().map_or_else(|| fund.clone(), |project| format!("{fund} {project}"));
        brief(&format!("{place}: not spent {currency} {before} -> {after}"))
    }));
    lines.extend(would.approvals.map(|approvals| format!("approvals: {} of {}", approvals.have, approvals.needed)));
    lines.extend(would.findings.iter().map(|Finding { code, event, member, about }| {
        let parts = [Some(code), event.as_ref(), member.as_ref(), about.as_ref()];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        brief(&format!("warning: {}", parts.join(": ")))
    }));
    lines
}

/// A refusal as a failure, as far as it may be quoted.
pub(crate) fn failure(refused: &WouldNot) -> Failure {
    let WouldNot { code, also, detail, about, head, .. } = refused;
    let about = about.as_deref().filter(|about| !about.is_empty()).map(|about| format!(" ({about})"));
    let text = brief(&format!("{detail}{}", about.unwrap_or_default()));
    let mut failure = match Code::parse(code) {
        Some(code) => Failure::new(text).coded(code.word()),
        None => Failure::new(format!("{}: {text}", brief(code))),
    };
    if !also.is_empty() {
        failure = failure.hint(brief(&format!("and then: {}", also.join(", "))));
    }
    match head {
        Some(head) => failure.hint(brief(&format!("the chain's last event is seq {}, {}", head.seq, head.hash))),
        None => failure,
    }
}
