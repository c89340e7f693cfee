//! How an entry and a checkpoint stand in a stream: docs/FORMATS.md, "Streams".

use std::sync::Arc;

use bytes::Bytes;
use eventstore::{EventData, RecordedEvent};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::holding::Found;
use super::texts::{Seal, Text, Voice};
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

/// A published checkpoint as an event: its note, with size and root beside it.
pub(super) fn checkpoint(pinned: &Pinned) -> EventData {
    let mut metadata = Vec::with_capacity(41);
    metadata.push(VERSION);
    metadata.extend_from_slice(&pinned.size.to_be_bytes());
    metadata.extend_from_slice(&pinned.root);
    let id = name(b"almoner/checkpoint-in-stream@v1\n", &metadata, &pinned.note);
    EventData::binary(CHECKPOINT, pinned.note.clone().into()).id(id).metadata(metadata.into())
}

/// The checkpoint of an event; none where the log has not signed it.
pub(super) fn read_checkpoint(event: &RecordedEvent, voice: &dyn Voice) -> Option<Pinned> {
    let metadata: &[u8; 41] = event.custom_metadata.as_ref().try_into().ok()?;
    if metadata[0] != VERSION {
        return None;
    }
    let pinned = Pinned {
        size: u64::from_be_bytes(metadata[1..9].try_into().ok()?),
        root: metadata[9..41].try_into().ok()?,
        note: event.data.to_vec(),
    };
    voice.is_checkpoint(&pinned).then_some(pinned)
}

/// What stands in an anchor stream, as an event and its id: the signed note, with the checkpoint's note beside it.
pub(super) fn anchored(text: &Text, note: Vec<u8>) -> (EventData, Uuid) {
    let (kind, beside) = match text {
        Text::Claim(_) => ("almoner.claim", &[][..]),
        Text::Pin(pin) => ("almoner.pin", &pin.pinned.note[..]),
        Text::Seal(seal) => ("almoner.seal", &seal.pin.pinned.note[..]),
    };
    let id = name(b"almoner/anchor-in-stream@v1\n", beside, &note);
    let beside = Bytes::copy_from_slice(beside);
    (EventData::binary(kind, note.into()).id(id).metadata(beside), id)
}

/// An event of the anchor stream. What the log has not signed for this stream has no text.
pub(super) fn read_anchored(event: &RecordedEvent, stream: &str, voice: &dyn Voice) -> Found {
    let text = voice.text(&event.data).and_then(|text| Text::read(text, stream, &event.custom_metadata));
    let text = text.filter(|text| match text {
        Text::Claim(_) => true,
        Text::Pin(pin) | Text::Seal(Seal { pin, .. }) => voice.is_checkpoint(&pin.pinned),
    });
    Found { revision: event.revision, text }
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
