//! The gift of a receipt, and the commitments that it opens.

use super::fault::Fault;
use super::verdict::Step;
use super::{Extra, Opening};
use crate::b64;
use crate::commitment::commit;
use crate::event::Envelope;
use crate::hash::Hash;
use serde_json::Value;

/// Field and value of every opening. The gift must stand in the event, and every opening belong to it.
pub(super) fn opened(extra: &Extra, event: &Envelope) -> Result<Vec<(String, String)>, Fault> {
    let data: Value = serde_json::from_str(event.data()).map_err(|_| fault("the event's data cannot be read"))?;
    let prefix = match extra.gift {
        None => String::new(),
        Some(gift) => {
            let there = usize::try_from(gift).ok().and_then(|k| data.get("gifts")?.as_array()?.get(k));
            if there.is_none() {
                return Err(fault("the event has no such gift"));
            }
            format!("gifts/{gift}/")
        }
    };
    let mut all: Vec<(String, String)> = Vec::new();
    for opening in &extra.openings {
        if !opening.field.starts_with(&prefix) {
            return Err(fault("an opening belongs to another gift"));
        }
        if all.iter().any(|(field, _)| *field == opening.field) {
            return Err(fault("a field is opened twice"));
        }
        fits(opening, &data)?;
        all.push((opening.field.clone(), opening.value.clone()));
    }
    Ok(all)
}

fn fits(opening: &Opening, data: &Value) -> Result<(), Fault> {
    let salt: [u8; 32] = b64::decode_exact(&opening.salt).ok_or_else(|| fault("a salt is not 32 bytes"))?;
    let committed = data.pointer(&format!("/{}", opening.field)).and_then(Value::as_str).and_then(Hash::from_base64);
    if committed == Some(commit(&salt, &opening.field, &opening.value)) {
        Ok(())
    } else {
        Err(fault("an opening does not match its commitment"))
    }
}

fn fault(why: &str) -> Fault {
    Fault::new(Step::Opening, why)
}
