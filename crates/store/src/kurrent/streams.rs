//! A ledger's three streams, who may write them, and what must not be set on them.

use eventstore::{Acl, StreamAcl, StreamMetadata, StreamMetadataBuilder};

use super::Cluster;
use super::link::Link;
use super::trouble::Trouble;
use crate::StoreError;

/// Names of a ledger's streams.
#[derive(Debug, Clone)]
pub(super) struct Streams {
    pub(super) entries: String,
    pub(super) checkpoints: String,
    pub(super) anchor: String,
}

impl Streams {
    pub(super) fn of(ledger: &str) -> Self {
        let entries = format!("almoner-{ledger}");
        Self { checkpoints: format!("{entries}-checkpoints"), anchor: format!("{entries}-anchor"), entries }
    }

    /// The name of a ledger's streams of a later generation, from the second on.
    pub(super) fn generation(origin: &str, number: u32) -> String {
        format!("{origin}~{number}")
    }

    /// Which generation of this ledger's streams a name is of; none where it is of another ledger's.
    pub(super) fn number(name: &str, origin: &str) -> Option<u32> {
        if name == origin {
            return Some(1);
        }
        let number = name.strip_prefix(origin)?.strip_prefix('~')?.parse().ok()?;
        (number > 1 && Self::generation(origin, number) == name).then_some(number)
    }

    /// Whether nothing was ever written to them, nor a list set.
    pub(super) fn are_empty(&self, link: &Link) -> Result<bool, StoreError> {
        for stream in self.all() {
            let at = |trouble: Trouble| trouble.at(stream);
            if link.last(stream).map_err(at)?.is_some() || link.metadata(stream).map_err(at)?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn all(&self) -> [&str; 3] {
        [&self.entries, &self.checkpoints, &self.anchor]
    }
}

/// Administrators alone delete and change this again; where the connection names a user, that one alone writes.
pub(super) fn list(user: Option<&str>) -> StreamMetadata {
    let only = |who: &str| Some(vec![who.to_owned()]);
    let acl = StreamAcl {
        write_roles: user.and_then(only),
        read_roles: only("$all"),
        meta_read_roles: only("$all"),
        delete_roles: only("$admins"),
        meta_write_roles: only("$admins"),
    };
    StreamMetadataBuilder::new().acl(Acl::Stream(acl)).build()
}

/// Whether a list lets others than this user (and administrators) write.
fn is_open(metadata: &StreamMetadata, user: Option<&str>) -> bool {
    match &metadata.acl {
        Some(Acl::Stream(StreamAcl { write_roles: Some(roles), .. })) => {
            roles.iter().any(|role| role != "$admins" && Some(role.as_str()) != user)
        }
        // Without a list of writers everybody is one.
        Some(Acl::Stream(_) | Acl::UserStream) | None => true,
        Some(Acl::SystemStream) => false,
    }
}

/// Refuses a stream that the engine would shorten, and says to a writer where others can write. Whether the stream has a
/// list.
pub(super) fn guard(link: &Link, cluster: &Cluster, stream: &str, is_writer: bool) -> Result<bool, StoreError> {
    let Some(metadata) = link.metadata(stream).map_err(|trouble| trouble.at(stream))? else { return Ok(false) };
    let shortens = [
        ("$maxAge", metadata.max_age.is_some()),
        ("$maxCount", metadata.max_count.is_some()),
        ("$tb", metadata.truncate_before.is_some()),
    ];
    if let Some((what, _)) = shortens.into_iter().find(|(_, set)| *set) {
        return Err(StoreError::Stream {
            stream: stream.to_owned(),
            what: format!("its metadata sets {what}, so that the engine drops entries"),
            next: "if nothing was scavenged yet, remove it from the stream's metadata; otherwise restore the cluster \
                   from a backup",
        });
    }
    if is_writer && is_open(&metadata, cluster.user.as_deref()) {
        warn_open(cluster, stream);
    }
    Ok(true)
}

/// Sets the list of a stream that has none, before its first event, and says where others can write all the same.
pub(super) fn set_list(link: &Link, cluster: &Cluster, stream: &str) {
    let user = cluster.user.as_deref();
    match link.set_metadata(stream, &list(user)) {
        Ok(()) if user.is_some() => {}
        Ok(()) => warn_open(cluster, stream),
        // Denied, or somebody else set it at the same moment, or the answer was lost: the next start looks again.
        Err(trouble) => {
            tracing::warn!(stream, %trouble, "the list of who may write the stream could not be set");
            warn_open(cluster, stream);
        }
    }
}

/// Where only this machine reaches the server, nobody else writes.
fn warn_open(cluster: &Cluster, stream: &str) {
    if cluster.user.is_none() && cluster.is_local() {
        return;
    }
    let user = cluster.user.as_deref().unwrap_or("<the ledger's user>");
    let json = serde_json::to_string(&list(Some(user))).unwrap_or_default();
    tracing::warn!(
        stream,
        "others than the ledger's user can write this stream, and stop the ledger: let an administrator set its metadata \
         ($${stream}) to {json}{}",
        if cluster.user.is_none() { ", and name that user in the connection string" } else { "" }
    );
}
