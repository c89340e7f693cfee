//! `almoner event`: draft, sign, submit; and the reference of event types.

use crate::args::Passphrase;
use crate::clock::now;
use crate::failure::{Failure, Outcome, While as _, unread};
use crate::journal::Journal;
use crate::rehearse::{self, Rehearsal};
use crate::target::{Head, Said, Target};
use crate::web::brief;
use crate::{keys, output};
use almoner_ledger::event::{KindInfo, KindNo, Signers, kind_meant, kind_named};
use almoner_ledger::shape::Member;
use almoner_ledger::{KINDS, read_envelope};
use almoner_proof::event::{Draft, HEADER};
use almoner_proof::text::visible;
use almoner_proof::{Envelope, Hash, Policy, VerifierKey, note};
use almoner_wire::{self as wire, Tried};
use clap::Subcommand;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// `almoner event`
#[derive(Debug, Subcommand)]
pub(crate) enum Event {
    /// Draft an event on a chain's head.
    New {
        /// Type, such as `fund.opened` (version 1) or `fund.opened/1`.
        kind: String,
        /// The chain.
        #[arg(long)]
        chain: String,
        /// Set a member: `fund=fund/water`, `gifts.0.gross=100.00`; `k:=JSON` sets it as JSON.
        #[arg(long = "set")]
        set: Vec<String>,
        /// All of data as JSON.
        #[arg(long, conflicts_with = "set")]
        data: Option<String>,
        /// The ledger whose head the draft builds on.
        #[arg(long, value_name = "LEDGER")]
        to: String,
        /// File to write; standard output otherwise.
        #[arg(long)]
        out: Option<PathBuf>,
        /// A key that will sign, as CHAIN/LABEL; may be given again. Without any, one that may sign is taken for the dry
        /// run.
        #[arg(long = "signer", value_name = "CHAIN/LABEL")]
        signers: Vec<String>,
        /// The same by its file: only the public half beside it is read.
        #[arg(long = "key", value_name = "FILE")]
        keys: Vec<PathBuf>,
        /// Write the draft without asking the ledger what it would do.
        #[arg(long)]
        no_dry_run: bool,
    },
    /// Sign a draft. Beside the key a journal is kept of what it signed.
    Sign(Sign),
    /// Ask what became of what a key has signed, and send again what the ledger does not have.
    Resume {
        /// The key.
        #[arg(long = "key", required = true)]
        keys: Vec<PathBuf>,
        /// The ledger.
        #[arg(long, value_name = "LEDGER")]
        to: String,
    },
    /// Submit signed events, in order.
    Submit {
        /// Signed events.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The ledger.
        #[arg(long, value_name = "LEDGER")]
        to: String,
        /// Say what would happen to the books, and why not, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// JSON on standard output.
        #[arg(long)]
        json: bool,
    },
}

/// `almoner event sign`
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("log").args(["to", "policy"]).required(true).multiple(true))]
pub(crate) struct Sign {
    /// The draft.
    pub(crate) file: PathBuf,
    /// Keys that sign.
    #[arg(long = "key", required = true)]
    pub(crate) keys: Vec<PathBuf>,
    /// The ledger, which is asked what became of anything else that the key signed for this place.
    #[arg(long, value_name = "LEDGER")]
    pub(crate) to: Option<String>,
    /// The policy that names the log's key: all that is needed where the ledger cannot be reached.
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// File to write; the draft itself otherwise.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    /// How the key files are encrypted.
    #[command(flatten)]
    pub(crate) passphrase: Passphrase,
}

pub(crate) fn run(event: Event) -> Outcome {
    match event {
        Event::New { kind, chain, set, data, to, out, signers, keys: key_files, no_dry_run } => {
            let info = known(&kind)?;
            let kind = info.kind;
            let data = match data {
                Some(text) => text,
                None => build(info, &set)?.to_string(),
            };
            typed(info, &data)?;
            let signers = signers.into_iter().map(Ok).chain(key_files.iter().map(|key| Ok(keys::public(key)?.name)));
            let signers = signers.collect::<Outcome<Vec<String>>>()?;
            let target = Target::open(&to)?;
            let head = match target.head(&chain)? {
                Some(head) => head,
                // Only an opening may begin one.
                None if info.signers == Signers::Opening => Head { seq: 0, prev: Hash::default() },
                None => return Err(target.no_chain(&chain)),
            };
            let (origin, seen, time) = (target.origin()?, target.seen()?, now());
            let draft = Draft {
                log: &origin,
                chain: &chain,
                seq: head.seq,
                prev: head.prev,
                seen,
                time: &time,
                kind,
                data: &data,
            };
            let text = draft.text();
            if !no_dry_run {
                let (target, to, chain, data) = (&target, to.as_str(), chain.as_str(), data.as_str());
                Rehearsal { target, to, chain, info, text: &text, data }.run(signers)?;
            }
            output::write(out.as_deref(), &text)?;
            target.close();
            Ok(())
        }
        Event::Sign(asked) => sign(asked),
        Event::Resume { keys, to } => resume(&keys, &to),
        Event::Submit { files, to, dry_run, json } => submit(&files, &to, dry_run, json),
    }
}

/// Signs a draft with keys that never signed another text there that may still be taken.
fn sign(Sign { file, keys: paths, to, policy, out, passphrase }: Sign) -> Outcome {
    let draft = std::fs::read_to_string(&file).map_err(|error| unread(&file, &error))?;
    // A signed event may be signed anew: what is signed is its text.
    let text = draft.split_once("\n\n").map_or(draft.clone(), |(text, _)| format!("{text}\n"));
    let secrets = paths.iter().map(|path| keys::read(path, &passphrase)).collect::<Outcome<Vec<_>>>()?;
    let signed = note::sign(&text, &secrets.iter().collect::<Vec<_>>());
    let envelope = Envelope::parse(signed.as_bytes()).while_doing(format!("reading {}", file.display()))?;
    envelope.check_data().while_doing(format!("reading {}", file.display()))?;
    let ledger = to.as_deref().map(Target::open).transpose()?;
    let theirs = ledger.as_ref().map(Target::vkey).transpose()?;
    let named = policy.as_deref().map(|policy| log_of(policy, envelope.log())).transpose()?;
    if let (Some(theirs), Some(named)) = (&theirs, &named)
        && theirs.to_string() != named.to_string()
    {
        return Err(Failure::refuted("the ledger's key is not the one that the policy names").hint(theirs));
    }
    let log = named.or(theirs).ok_or_else(|| Failure::usage("whose log is it? give --to LEDGER, or --policy FILE"))?;
    if envelope.log() != log.name {
        let (draft, log) = (visible(envelope.log()), visible(&log.name));
        return Err(Failure::usage(format!("the draft is for the log {draft}, and the ledger is {log}")));
    }
    let mut journals = paths.iter().map(|path| Journal::open(path, &log)).collect::<Outcome<Vec<_>>>()?;
    journals.iter_mut().try_for_each(|journal| journal.allow(&envelope, ledger.as_ref()))?;
    // A file can travel: from here on it is as if it were sent.
    journals.iter_mut().try_for_each(|journal| journal.sent(&envelope))?;
    std::fs::write(out.as_deref().unwrap_or(&file), signed)?;
    output::say(&format!("signed {}#{} {}", envelope.chain(), envelope.seq, envelope.hash()));
    if let Some(ledger) = ledger {
        ledger.close();
    }
    Ok(())
}

/// The key of a log in a policy.
fn log_of(policy: &Path, origin: &str) -> Outcome<VerifierKey> {
    let text = std::fs::read_to_string(policy).while_doing(policy.display())?;
    let read = Policy::parse(&text).while_doing(format!("reading the policy {}", policy.display()))?;
    let named = read.logs().iter().find(|log| log.name == origin).cloned();
    named.ok_or_else(|| Failure::usage(format!("{} names no log {}", policy.display(), visible(origin))))
}

/// Asks what became of what keys have signed, and sends again what the ledger does not have.
fn resume(keys: &[PathBuf], to: &str) -> Outcome {
    let target = Target::open(to)?;
    let log = target.vkey()?;
    for key in keys {
        let told = Journal::open(key, &log)?.resume(&target)?;
        if told.is_empty() {
            output::say(&format!("{}: nothing waits", key.display()));
        }
        told.iter().try_for_each(|line| output::line(line))?;
    }
    target.close();
    Ok(())
}

fn submit(files: &[PathBuf], to: &str, dry_run: bool, as_json: bool) -> Outcome {
    let notes = files
        .iter()
        .map(|file| std::fs::read_to_string(file).map_err(|error| unread(file, &error)))
        .collect::<Outcome<Vec<_>>>()?;
    if let Some((file, _)) =
        files.iter().zip(&notes).find(|(_, note)| note.starts_with(HEADER) && !note.contains("\n\n"))
    {
        let file = file.display();
        return Err(Failure::usage(format!("{file} is a draft that nobody has signed"))
            .hint(format!("sign it first: almoner event sign {file} --key KEY --to {to}")));
    }
    let target = Target::open(to)?;
    if dry_run {
        let refused = try_out(&target, files, &notes, as_json)?;
        target.close();
        return refused.map_or(Ok(()), Err);
    }
    let said = target.submit(&notes)?;
    target.publish()?;
    let mut refused = None;
    for (file, answer) in files.iter().zip(&said) {
        let about = read_envelope(&std::fs::read(file)?, &target.origin()?)
            .map(|e| format!("{}#{}", e.chain(), e.seq))
            .unwrap_or_default();
        match answer {
            Said::Accepted { index, duplicate } if as_json => {
                output::json(&json!({ "file": file, "event": about, "index": index, "duplicate": duplicate }))?
            }
            Said::Accepted { index, duplicate } => {
                output::line(&format!(
                    "{about} is at index {index}{}",
                    if *duplicate { ", where it was already" } else { "" }
                ))?;
            }
            Said::Refused { code, text } => {
                if as_json {
                    output::json(&json!({ "file": file, "event": about, "code": code, "detail": text }))?;
                }
                refused.get_or_insert(Failure::new(format!("{}: {code}: {text}", file.display())));
            }
        }
    }
    target.close();
    refused.map_or(Ok(()), Err)
}

/// Says what signed events would do, in order; gives the first refusal.
fn try_out(target: &Target, files: &[PathBuf], notes: &[String], as_json: bool) -> Outcome<Option<Failure>> {
    let drafts = notes.iter().map(|note| wire::Draft { text: note.clone(), signers: Vec::new() });
    let told = target.dry_run(&drafts.collect::<Vec<_>>())?;
    let mut refused = None;
    for (file, tried) in files.iter().zip(&told.results) {
        if as_json {
            let mut told = serde_json::to_value(tried).while_doing("writing JSON")?;
            if let Some(members) = told.as_object_mut() {
                members.insert("file".to_owned(), json!(file));
            }
            output::json(&told)?;
        }
        match tried {
            Tried::Would(_) if as_json => {}
            Tried::Would(would) => {
                output::line(&format!("{}: would be admitted", file.display()))?;
                rehearse::lines(would).iter().try_for_each(|line| output::line(&format!("  {line}")))?;
                would.would.iter().try_for_each(|line| output::line(&format!("  {}", brief(line))))?;
            }
            Tried::WouldNot(why) => {
                let mut failure = rehearse::failure(why);
                failure.text = format!("{} ({})", failure.text, file.display());
                refused.get_or_insert(failure);
            }
        }
    }
    Ok(refused)
}

/// Types data here, where its author is, and not at admission only.
pub(super) fn typed(info: &KindInfo, data: &str) -> Outcome {
    let kind = info.kind;
    let refused = |refusal| Failure::usage(refusal).hint(format!("`almoner events {kind}` lists its members"));
    info.decode(data).map(drop).map_err(refused)
}

/// Builds data from `k=v`, `a.0.b=v` and `k:=JSON`; the type of a plain value follows the example.
fn build(info: &KindInfo, set: &[String]) -> Outcome<Value> {
    let example: Value = serde_json::from_str(info.example).unwrap_or_default();
    let mut data = Value::Object(Map::new());
    for item in set {
        let wrong = || Failure::usage(format!("--set {item}: expected member=value or member:=JSON"));
        let (path, text) = item.split_once('=').ok_or_else(wrong)?;
        let (path, raw) = path.strip_suffix(':').map_or((path, false), |path| (path, true));
        let keys: Vec<&str> = path.split('.').collect();
        let like = keys
            .iter()
            .try_fold(&example, |at, key| at.get(key).or_else(|| at.get(key.parse::<usize>().ok().map(|_| 0)?)));
        let plain = !raw && like.is_none_or(Value::is_string);
        let inside = || {
            let first = like.and_then(Value::as_object).and_then(|members| members.keys().next());
            let first = first.map_or_else(|| "0".to_owned(), ToOwned::to_owned);
            Failure::usage(format!("--set {item}: {path} has members of its own"))
                .hint(format!("set each of them: --set {path}.{first}=…, or all: --set {path}:=JSON"))
        };
        let value = match serde_json::from_str(text) {
            _ if plain => json!(text),
            Ok(value) => value,
            Err(_) if !raw && like.is_some_and(|like| like.is_object() || like.is_array()) => return Err(inside()),
            Err(_) => return Err(wrong()),
        };
        place(&mut data, &keys, value).ok_or_else(wrong)?;
    }
    Ok(data)
}

fn place(at: &mut Value, keys: &[&str], value: Value) -> Option<()> {
    let Some((key, rest)) = keys.split_first() else {
        *at = value;
        return Some(());
    };
    let next = match key.parse::<usize>() {
        Ok(number) => {
            if at.is_null() {
                *at = json!([]);
            }
            let list = at.as_array_mut()?;
            // Positions are set in order, so that none is left empty.
            if number == list.len() {
                list.push(Value::Null);
            }
            list.get_mut(number)?
        }
        Err(_) => {
            if at.is_null() {
                *at = json!({});
            }
            at.as_object_mut()?.entry(*key).or_insert(Value::Null)
        }
    };
    place(next, rest, value)
}

/// One kind, as the reference has it.
///
/// # Errors
/// A kind that is none.
pub(crate) fn one_kind(kind: &str) -> Outcome {
    let mut text = String::new();
    section(&mut text, known(kind)?);
    output::lines(text.trim())
}

/// A kind by its name, with or without its version.
pub(super) fn known(kind: &str) -> Outcome<&'static KindInfo> {
    kind_named(kind).map(KindNo::info).ok_or_else(|| {
        let failure = Failure::usage(format!("there is no event type {kind}"));
        match kind_meant(kind) {
            Some(near) => failure.hint(format!("did you mean {}?", near.kind)),
            None => failure.hint("`almoner events` lists them"),
        }
    })
}

/// The reference of event types: docs/EVENTS.md is exactly this.
pub(crate) fn reference() -> String {
    let mut text = String::from(
        "# Event types\n\nGenerated by `almoner events` from `crates/ledger/src/event/`; a test fails when it is stale.\n\
         Data is one line of JSON with exactly these members and no others; those marked `?` may be left out. `almoner events <kind>` prints one of them, and `GET /v1/kinds/<kind>` is its JSON Schema.\n\
         References are `<kind>/<id>` for one's own entities, `<chain>/<kind>/<id>` for others'; amounts are decimal strings with exactly the currency's minor digits.\n",
    );
    for kind in KINDS {
        section(&mut text, kind);
    }
    text.push_str("\n# Refusals\n\nIn the order of checks.\n\n| code | what to do |\n|---|---|\n");
    for code in almoner_ledger::Code::ALL {
        let _ = writeln!(text, "| `{code}` | {} |", code.advice().replace('|', "\\|"));
    }
    text
}

fn section(text: &mut String, kind: &KindInfo) {
    let _ = write!(
        text,
        "\n## {}\n\n{}\n\n* signed by: {}\n\n| member | is | meaning |\n|---|---|---|\n",
        kind.kind, kind.summary, kind.signers,
    );
    let mut closed = String::new();
    rows(text, &mut closed, "", kind.members());
    if !closed.is_empty() {
        let _ = write!(text, "\n{closed}");
    }
    let _ = write!(text, "\n```json\n{}\n```\n", kind.example);
    let effects: Vec<&str> = kind.effects().collect();
    let _ = write!(text, "\nWhat it does, by examples:\n\n```text\n{}\n```\n", effects.join("\n\n"));
}

/// A row for each member, those of objects behind theirs; and what each closed list of words holds.
fn rows(text: &mut String, closed: &mut String, at: &str, members: &[Member]) {
    for member in members {
        let name = format!("{at}{}", member.name);
        let mark = if member.optional { "?" } else { "" };
        let _ =
            writeln!(text, "| `{name}{mark}` | {} | {} |", member.shape.brief(), member.sentence().replace('|', "\\|"));
        if !member.shape.words().is_empty() {
            let words: Vec<String> =
                member.shape.words().iter().map(|(word, what)| format!("`{word}` {}", what.trim())).collect();
            let _ = writeln!(closed, "* `{name}`: {}", words.join(" "));
        }
        rows(text, closed, &format!("{name}."), member.shape.members());
    }
}
