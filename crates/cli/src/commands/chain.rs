//! `almoner chain`: a request to open a chain travels as a note that gathers signatures.

use super::event::{known, typed};
use crate::args::Passphrase;
use crate::author::Writer;
use crate::clock::now;
use crate::failure::{Failure, Outcome, While as _};
use crate::journal::Journal;
use crate::target::{Said, Target};
use crate::{keys, output};
use almoner_proof::event::Draft;
use almoner_proof::merkle::empty_root;
use almoner_proof::note::{self, signature_line};
use almoner_proof::{Envelope, Hash, SecretKey};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// `almoner chain`
#[derive(Debug, Subcommand)]
pub(crate) enum Chain {
    /// Write a request to open a chain, signed by its keys.
    Open {
        /// The chain's id.
        chain: String,
        /// Name in a language, `en=The Well`; may be repeated.
        #[arg(long = "name", required = true)]
        names: Vec<String>,
        /// A key: `FILE:holder:role,role`; may be repeated.
        #[arg(long = "key", required = true)]
        keys: Vec<String>,
        /// Approval threshold: `CNY:50000.00:2`; may be repeated.
        #[arg(long = "approvals")]
        approvals: Vec<String>,
        /// How many admin holders change keys and policy.
        #[arg(long, default_value_t = 1)]
        admin_quorum: u32,
        /// The log's origin.
        #[arg(long)]
        origin: String,
        /// Where to write the request.
        #[arg(long)]
        out: PathBuf,
        /// How the key files are encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// A registrar adds its signature to a request.
    Countersign {
        /// The request.
        request: PathBuf,
        /// The registrar's key.
        #[arg(long)]
        key: PathBuf,
        /// How the key file is encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// Submit a countersigned request and admit the chain.
    Admit {
        /// The request.
        request: PathBuf,
        /// The registrar's key.
        #[arg(long)]
        key: PathBuf,
        /// charity, sponsor, platform, reviewer, regulator, payee or importer.
        #[arg(long, default_value = "charity")]
        role: String,
        /// Chain that may place holds on it.
        #[arg(long)]
        supervisor: Option<String>,
        /// The ledger.
        #[arg(long, value_name = "LEDGER")]
        to: String,
        /// How the key file is encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
}

pub(crate) fn run(chain: Chain) -> Outcome {
    match chain {
        Chain::Open { chain, names, keys: key_specs, approvals, admin_quorum, origin, out, passphrase } => {
            if out.exists() {
                // It may have signatures of others.
                return Err(Failure::new(format!("{} exists, and a request is never overwritten", out.display()))
                    .hint("name another file with --out, or delete it"));
            }
            let mut entries = Vec::new();
            let mut secrets = Vec::new();
            for spec in &key_specs {
                let mut parts = spec.rsplitn(3, ':');
                let (Some(roles), Some(holder), Some(file)) = (parts.next(), parts.next(), parts.next()) else {
                    return Err(Failure::usage(format!("--key {spec}: expected FILE:holder:role,role")));
                };
                let secret = keys::read(Path::new(file), &passphrase)?;
                let roles: Vec<&str> = roles.split(',').collect();
                entries.push(json!({ "vkey": secret.verifier().to_string(), "holder": holder, "roles": roles }));
                secrets.push(secret);
            }
            let data = json!({
                "name": pairs(&names)?,
                "keys": entries,
                "admin_quorum": admin_quorum,
                "approvals": approvals.iter().map(|a| approval(a)).collect::<Outcome<Vec<_>>>()?,
                "recovery": { "keys": [], "quorum": 1 },
            });
            let (time, data) = (now(), data.to_string());
            typed(known("chain.opened")?, &data)?;
            let draft = Draft {
                log: &origin,
                chain: &chain,
                seq: 0,
                prev: Hash::default(),
                seen: (0, empty_root()),
                time: &time,
                kind: "chain.opened/1",
                data: &data,
            };
            let signed = note::sign(&draft.text(), &secrets.iter().collect::<Vec<_>>());
            std::fs::write(&out, signed)?;
            output::say(&format!(
                "{}: have a registrar countersign it (`almoner chain countersign`), then `almoner chain admit`",
                out.display()
            ));
            Ok(())
        }
        Chain::Countersign { request, key, passphrase } => {
            let registrar = keys::read(&key, &passphrase)?;
            let text = std::fs::read_to_string(&request)?;
            std::fs::write(&request, countersign(&text, &registrar)?)?;
            output::say(&format!("{} is countersigned by {}", request.display(), registrar.name()));
            Ok(())
        }
        Chain::Admit { request, key, role, supervisor, to, passphrase } => {
            let registrar = keys::read(&key, &passphrase)?;
            let text = std::fs::read_to_string(&request)?;
            let envelope = Envelope::parse(text.as_bytes()).while_doing(format!("reading {}", request.display()))?;
            let chain = envelope.chain().to_owned();
            let mut data = json!({ "chain": chain, "role": role, "event": format!("{chain}#0"), "hash": envelope.hash().to_base64() });
            if let (Some(supervisor), Value::Object(map)) = (supervisor, &mut data) {
                map.insert("supervisor".to_owned(), json!(supervisor));
            }
            typed(known("chain.admitted")?, &data.to_string())?;
            let note = if envelope.signatures().any(|(name, _)| name == registrar.name()) {
                text.clone()
            } else {
                countersign(&text, &registrar)?
            };
            let target = Target::open(&to)?;
            match target.submit(std::slice::from_ref(&note))?.first() {
                Some(said @ Said::Accepted { .. }) => said.accepted()?,
                Some(Said::Refused { code, text }) => return Err(Failure::new(format!("{code}: {text}"))),
                None => return Err(Failure::new("the ledger did not answer")),
            };
            let mut writer = Writer::new(&target)?;
            let signed = writer.write("operator", &[&registrar], &now(), "chain.admitted/1", &data)?;
            let mut journal = Journal::open(&key, &target.vkey()?)?;
            if let Some(note) = writer.newest() {
                let admitted = Envelope::parse(note.as_bytes()).while_doing("reading what was signed")?;
                journal.allow(&admitted, Some(&target))?;
                journal.sent(&admitted)?;
            }
            writer.publish()?;
            output::line(&format!("{chain} is admitted as {role} at {}", signed.event))?;
            target.close();
            Ok(())
        }
    }
}

/// Adds a signature line to a note, in the order of names.
fn countersign(text: &str, key: &SecretKey) -> Outcome<String> {
    let envelope = Envelope::parse(text.as_bytes()).while_doing("reading the request")?;
    if envelope.kind() != "chain.opened/1" {
        return Err(Failure::usage("only chain.opened is countersigned"));
    }
    let mut lines: Vec<(String, String)> = envelope
        .signatures()
        .filter(|(name, _)| *name != key.name())
        .map(|(name, line)| (name.to_owned(), signature_line(name, line.key_id, &line.signature)))
        .collect();
    lines.push((
        key.name().to_owned(),
        signature_line(key.name(), key.verifier().id, &key.sign(envelope.text().as_bytes())),
    ));
    lines.sort();
    Ok(lines.into_iter().fold(format!("{}\n", envelope.text()), |note, (_, line)| note + &line))
}

fn pairs(names: &[String]) -> Outcome<Value> {
    let mut map = serde_json::Map::new();
    for name in names {
        let (language, text) =
            name.split_once('=').ok_or_else(|| Failure::usage(format!("--name {name}: expected en=The Well")))?;
        map.insert(language.to_owned(), json!(text));
    }
    Ok(Value::Object(map))
}

fn approval(text: &str) -> Outcome<Value> {
    let parts: Vec<&str> = text.split(':').collect();
    let wrong = || Failure::usage(format!("--approvals {text}: expected CNY:50000.00:2"));
    match parts.as_slice() {
        [currency, from, approvers] => Ok(
            json!({ "currency": currency, "from": from, "approvers": approvers.parse::<u32>().map_err(|_| wrong())? }),
        ),
        _ => Err(wrong()),
    }
}
