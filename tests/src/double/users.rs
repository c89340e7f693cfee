//! Users, and the lists of who may do what with a stream, as EventStoreDB 22.10 judges them.

use crate::double::stream::Stream;
use almoner_proof::b64;
use serde_json::Value;
use std::collections::BTreeMap;
use tonic::Status;
use tonic::metadata::MetadataMap;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// The server knows no users: everybody may everything.
    Anybody,
    /// No user was named.
    Nobody,
    /// In no group.
    User(String),
    Admin,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Right {
    Read,
    Write,
    Delete,
}

/// By the header that names them.
#[derive(Debug, Default)]
pub(super) struct Users(BTreeMap<String, Who>);

impl Users {
    pub(super) fn add(&mut self, name: &str, password: &str, is_admin: bool) {
        let who = if is_admin { Who::Admin } else { Who::User(name.to_owned()) };
        self.0.insert(format!("Basic {}", b64::encode(format!("{name}:{password}"))), who);
    }

    pub(super) fn who(&self, metadata: &MetadataMap) -> Result<Who, Status> {
        if self.0.is_empty() {
            return Ok(Who::Anybody);
        }
        match metadata.get("authorization").map(|header| header.to_str().unwrap_or_default()) {
            None => Ok(Who::Nobody),
            Some(header) => self.0.get(header).cloned().ok_or_else(|| Status::unauthenticated("Authentication Failed")),
        }
    }
}

/// Whether the list in a stream's metadata lets somebody do this. Without a list everybody may.
pub(super) fn may(streams: &BTreeMap<String, Stream>, who: &Who, stream: &str, right: Right) -> bool {
    if matches!(who, Who::Anybody | Who::Admin) {
        return true;
    }
    let (stream, right) = match (stream.strip_prefix("$$"), right) {
        (Some(stream), Right::Read) => (stream, "$mr"),
        (Some(stream), Right::Write | Right::Delete) => (stream, "$mw"),
        (None, Right::Read) => (stream, "$r"),
        (None, Right::Write) => (stream, "$w"),
        (None, Right::Delete) => (stream, "$d"),
    };
    let metadata = streams.get(&format!("$${stream}")).and_then(|metadata| metadata.events.last());
    let metadata: Value = metadata.and_then(|event| serde_json::from_slice(&event.data).ok()).unwrap_or_default();
    let is_listed = |role: &Value| role == "$all" || matches!(who, Who::User(name) if role == name.as_str());
    match &metadata["$acl"][right] {
        Value::Null => true,
        Value::Array(roles) => roles.iter().any(is_listed),
        role => is_listed(role),
    }
}
