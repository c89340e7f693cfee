//! How an entry and a checkpoint stand in a stream: docs/FORMATS.md, "Streams".

use std::sync::Arc;

use bytes::Bytes;
use eventstore::{EventData, RecordedEvent};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::{Pinned, Sealed};

const ENTRY: &str = "almoner.entry";
const CHECKPOINT: &str = "almoner.checkpoint";

/// First byte of the metadata: the version of its layout.
const VERSION: u8 = 1;

/// An entry as an event. The bytes are shared, not copied.
pub(super) fn entry(item: &Sealed) -> EventData {
    let mut metadata = Vec::with_capacity(77);
    metadata.push(VERSION);
    metadata.extend_from_slice(&item.chain.to_be_bytes());
    metadata.extend_from_slice(&item.seq.to_be_bytes());
    metadata.extend_from_slice(&item.leaf_hash);
    metadata.extend_from_slice(&item.event_hash);
    let id = entry_id(&metadata, &item.bytes);
    EventData::binary(ENTRY, Bytes::from_owner(Arc::clone(&item.bytes))).id(id).metadata(metadata.into())
}

/// What a reader finds, hashed again: none if the event is not one of ours or not the content its id was made of.
pub(super) fn read_entry(event: &RecordedEvent) -> Option<Sealed> {
    let metadata: &[u8; 77] = event.custom_metadata.as_ref().try_into().ok()?;
    if event.event_type != ENTRY || metadata[0] != VERSION || entry_id(metadata, &event.data) != event.id {
        return None;
    }
    Some(Sealed {
        bytes: Arc::from(event.data.as_ref()),
        leaf_hash: metadata[13..45].try_into().ok()?,
        chain: u32::from_be_bytes(metadata[1..5].try_into().ok()?),
        seq: u64::from_be_bytes(metadata[5..13].try_into().ok()?),
        event_hash: metadata[45..77].try_into().ok()?,
    })
}

/// Who pins: a name for the life of one handle.
pub(super) type Holder = [u8; 16];

/// Nobody pins: a published checkpoint, or one that was brought along from elsewhere.
pub(super) const UNHELD: Holder = [0; 16];

/// A checkpoint as an event: its note, with size, root and who pins it beside it.
pub(super) fn checkpoint(pinned: &Pinned, holder: &Holder) -> EventData {
    let mut metadata = Vec::with_capacity(57);
    metadata.push(VERSION);
    metadata.extend_from_slice(&pinned.size.to_be_bytes());
    metadata.extend_from_slice(&pinned.root);
    metadata.extend_from_slice(holder);
    let id = name(b"almoner/checkpoint-in-stream@v1\n", &metadata, &pinned.note);
    EventData::binary(CHECKPOINT, pinned.note.clone().into()).id(id).metadata(metadata.into())
}

/// The checkpoint of an event, as [`read_entry`].
pub(super) fn read_checkpoint(event: &RecordedEvent) -> Option<(Pinned, Holder)> {
    let metadata: &[u8; 57] = event.custom_metadata.as_ref().try_into().ok()?;
    let id = name(b"almoner/checkpoint-in-stream@v1\n", metadata, &event.data);
    if event.event_type != CHECKPOINT || metadata[0] != VERSION || id != event.id {
        return None;
    }
    let pinned = Pinned {
        size: u64::from_be_bytes(metadata[1..9].try_into().ok()?),
        root: metadata[9..41].try_into().ok()?,
        note: event.data.to_vec(),
    };
    Some((pinned, metadata[41..57].try_into().ok()?))
}

fn entry_id(metadata: &[u8], bytes: &[u8]) -> Uuid {
    name(b"almoner/entry-in-stream@v1\n", metadata, bytes)
}

/// UUIDv8 (RFC 9562, section 5.8) of a hash over everything that is stored. The engine compares ids alone when it calls
/// a repeated append a success, so that an equal id must mean equal content.
fn name(label: &[u8], metadata: &[u8], data: &[u8]) -> Uuid {
    let hash = Sha256::new().chain_update(label).chain_update(metadata).chain_update(data).finalize();
    let mut first = [0; 16];
    first.copy_from_slice(&hash[..16]);
    Builder::from_custom_bytes(first).into_uuid()
}
