//! `almoner key`

use crate::args::{Key, Passphrase};
use crate::author::Writer;
use crate::clock::now;
use crate::failure::{Failure, Outcome};
use crate::target::Target;
use crate::{keys, output};
use almoner_proof::text::{is_chain_id, is_label};
use serde_json::json;
use std::path::PathBuf;

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
