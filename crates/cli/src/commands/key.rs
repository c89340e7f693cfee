//! `almoner key`

use crate::args::Passphrase;
use crate::author::Writer;
use crate::clock::now;
use crate::failure::{Failure, Outcome};
use crate::target::Target;
use crate::{keys, output};
use almoner_proof::text::{is_chain_id, is_label};
use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;

/// `almoner key`
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a key file and its public half beside it.
    New {
        /// `<chain>/<label>`
        name: String,
        /// File to make; default: the label, in the current folder.
        #[arg(long)]
        out: Option<PathBuf>,
        /// How it is encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// Print a key file's public half.
    Show {
        /// The key file, or its `.pub`.
        file: PathBuf,
        /// How it is encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// Add a key to a chain: signed by the admin quorum and by the new key itself.
    Add {
        /// The new key's file.
        new: PathBuf,
        /// Whose key it is, within the chain.
        #[arg(long)]
        holder: String,
        /// Its roles, such as book,report.
        #[arg(long, value_delimiter = ',')]
        roles: Vec<String>,
        /// Admin keys that sign.
        #[arg(long = "key", required = true)]
        keys: Vec<PathBuf>,
        /// The ledger.
        #[arg(long, value_name = "LEDGER")]
        to: String,
        /// How the key files are encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
}

pub(crate) fn run(key: Key) -> Outcome {
    match key {
        Key::New { name, out, passphrase } => new(&name, out, &passphrase),
        Key::Show { file, passphrase } => {
            let shown = keys::public(&file).or_else(|_| keys::read(&file, &passphrase).map(|key| key.verifier()))?;
            output::line(&shown.to_string())
        }
        Key::Add { new, holder, roles, keys: signers, to, passphrase } => {
            let target = Target::open(&to)?;
            let added = keys::read(&new, &passphrase)?;
            let mut signing = signers.iter().map(|path| keys::read(path, &passphrase)).collect::<Outcome<Vec<_>>>()?;
            let name = added.name().to_owned();
            let chain = name.split('/').next().unwrap_or_default().to_owned();
            let data = json!({ "key": { "vkey": added.verifier().to_string(), "holder": holder, "roles": roles } });
            signing.push(added);
            let mut writer = Writer::new(&target)?;
            let signed = writer.write(&chain, &signing.iter().collect::<Vec<_>>(), &now(), "key.added/1", &data)?;
            writer.publish()?;
            output::line(&format!("{name} added at {}", signed.event))?;
            target.close();
            Ok(())
        }
    }
}

fn new(name: &str, out: Option<PathBuf>, passphrase: &Passphrase) -> Outcome {
    let label = match name.split_once('/') {
        Some((chain, label)) if is_chain_id(chain) && is_label(label) => label,
        _ => {
            return Err(Failure::usage(format!(
                "{name}: a key is named <chain>/<label>, in small letters, digits and hyphens"
            )));
        }
    };
    let path = out.unwrap_or_else(|| PathBuf::from(label));
    let key = keys::create(name, &path, passphrase)?;
    if passphrase.no_passphrase {
        output::say(&format!("{} is not encrypted: whoever copies it can sign as {name}", path.display()));
    }
    output::line(&key.to_string())
}
