//! A ledger's three streams, and what must not be set on them.

use eventstore::{Acl, StreamAcl, StreamMetadata, StreamMetadataBuilder};

use super::link::{Link, Trouble};
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
}

/// Nobody deletes, and nobody but an administrator changes this again.
pub(super) fn guarded() -> StreamMetadata {
    let only_admins = || Some(vec!["$admins".to_owned()]);
    let acl = StreamAcl { delete_roles: only_admins(), meta_write_roles: only_admins(), ..StreamAcl::default() };
    StreamMetadataBuilder::new().acl(Acl::Stream(acl)).build()
}

/// Refuses a stream that the engine would shorten. A writer guards one that nobody has guarded yet.
pub(super) fn guard(link: &Link, stream: &str, is_writer: bool) -> Result<(), StoreError> {
    let found = link.metadata(stream).map_err(|trouble| trouble.at(stream))?;
    match found {
        Some(metadata) => {
            let shortens = [
                ("$maxAge", metadata.max_age.is_some()),
                ("$maxCount", metadata.max_count.is_some()),
                ("$tb", metadata.truncate_before.is_some()),
            ];
            match shortens.into_iter().find(|(_, set)| *set) {
                None => Ok(()),
                Some((what, _)) => Err(StoreError::Stream {
                    stream: stream.to_owned(),
                    what: format!("its metadata sets {what}, so that the engine drops entries"),
                    next: "if nothing was scavenged yet, remove it from the stream's metadata; otherwise restore the \
                           cluster from a backup",
                }),
            }
        }
        None if is_writer => match link.set_metadata(stream, &guarded()) {
            Ok(()) => Ok(()),
            Err(Trouble::Denied) => {
                tracing::warn!(
                    stream,
                    "this user may not guard the stream against deletion: let an administrator do it"
                );
                Ok(())
            }
            // Somebody else set it at the same moment, or the answer was lost: the next start looks again.
            Err(trouble) => {
                tracing::warn!(stream, %trouble, "the stream could not be guarded against deletion");
                Ok(())
            }
        },
        None => Ok(()),
    }
}
