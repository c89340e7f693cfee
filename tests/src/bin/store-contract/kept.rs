//! What writers were told of their batches, and whether the stream has kept it.

use crate::Stage;
use acceptance::bare::Bare;
use almoner_store::Sealed;
use eventstore::RecordedEvent;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What became of one writer's batches.
#[derive(Default)]
pub(crate) struct Batches {
    /// Acknowledged: the index of the first entry, and all of them.
    pub(crate) stored: Vec<(u64, Vec<Sealed>)>,
    /// Answered `Conflict`: none of it may be there.
    pub(crate) refused: Vec<Vec<Sealed>>,
    /// Nobody was told: it may be there, or not.
    pub(crate) open: Vec<Vec<Sealed>>,
    /// Why the writer ended before its time.
    pub(crate) ended: Option<String>,
}

impl Batches {
    /// The writer ends before its time, perhaps in the midst of a batch.
    pub(crate) fn end(mut self, batch: Vec<Sealed>, why: String) -> Batches {
        self.open.push(batch);
        self.ended = Some(why);
        self
    }
}

/// Reads the stream of a ledger, and says whether everything is as the writers were told; prints what is not.
pub(crate) fn is_kept(stage: &Stage, ledger: &str, writers: &[Batches], mut wrong: Vec<String>) -> bool {
    let stream = read(stage, &format!("almoner-{ledger}"));
    let batches = writers.iter().flat_map(|batches| &batches.stored);
    let acknowledged: usize = batches.map(|(_, items)| items.len()).sum();
    wrong.extend(compare(writers, &stream));
    for why in wrong.iter().take(20) {
        println!("WRONG  {why}");
    }
    if wrong.is_empty() {
        println!(
            "nothing acknowledged is missing, nothing is there twice: {acknowledged} acknowledged of {} in the stream",
            stream.len()
        );
    } else {
        println!("{} things are wrong: {acknowledged} acknowledged, {} in the stream", wrong.len(), stream.len());
    }
    wrong.is_empty() && acknowledged > 0
}

/// The whole stream, by the client alone, as often as it takes.
fn read(stage: &Stage, stream: &str) -> Vec<RecordedEvent> {
    let mut said = Instant::now();
    loop {
        let read = Bare::connect(&stage.connection).and_then(|bare| bare.read(stream, usize::MAX));
        let why = match read {
            Ok(there) => return there.unwrap_or_default(),
            Err(why) => why,
        };
        if said.elapsed() > Duration::from_secs(5) {
            said = Instant::now();
            println!("the stream cannot be read yet: {why}");
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Everything that is not as the writers were told.
fn compare(writers: &[Batches], stream: &[RecordedEvent]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut places: BTreeMap<&[u8], u64> = BTreeMap::new();
    for (index, event) in (0..).zip(stream) {
        if event.revision != index {
            wrong.push(format!("revision {} stands where {index} should", event.revision));
        }
        if let Some(before) = places.insert(&event.data, event.revision) {
            wrong.push(format!("an entry stands at {before} and again at {}", event.revision));
        }
    }
    let mut known = 0;
    for (number, batches) in writers.iter().enumerate() {
        for (first, items) in &batches.stored {
            for (index, item) in (*first..).zip(items) {
                let there = usize::try_from(index).ok().and_then(|index| stream.get(index));
                match there {
                    Some(event) if event.data[..] == item.bytes[..] => known += 1,
                    Some(_) => wrong.push(format!("entry {index}, acknowledged to writer {number}, is another one")),
                    None => wrong.push(format!("entry {index}, acknowledged to writer {number}, is not there")),
                }
            }
        }
        for item in batches.refused.iter().flatten() {
            if let Some(place) = places.get(&item.bytes[..]) {
                wrong.push(format!("writer {number} was told Conflict, and its entry stands at {place}"));
            }
        }
        known += batches.open.iter().flatten().filter(|item| places.contains_key(&item.bytes[..])).count();
        if let Some(why) = &batches.ended {
            wrong.push(format!("writer {number} ended before its time: {why}"));
        }
    }
    if known < stream.len() && wrong.is_empty() {
        wrong.push(format!("{} entries are nobody's", stream.len() - known));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use acceptance::bare::items;
    use bytes::Bytes;

    fn stream(items: &[Sealed]) -> Vec<RecordedEvent> {
        let event = |(revision, item): (u64, &Sealed)| RecordedEvent {
            stream_id: String::new(),
            id: uuid::Uuid::nil(),
            revision,
            event_type: String::new(),
            data: Bytes::copy_from_slice(&item.bytes),
            metadata: Default::default(),
            custom_metadata: Bytes::new(),
            is_json: false,
            position: eventstore::Position { commit: 0, prepare: 0 },
            created: Default::default(),
        };
        (0..).zip(items).map(event).collect()
    }

    #[test]
    fn what_is_lost_twice_or_nobodys_is_seen() {
        let [a, b, c] = [1, 2, 3].map(|chain| items(chain, 0, 2, 60));
        let writer = |stored: &[(u64, &[Sealed])]| {
            let stored = stored.iter().map(|(index, items)| (*index, items.to_vec())).collect();
            Batches { stored, refused: vec![b.clone()], open: vec![c.clone()], ended: None }
        };
        let both: &[(u64, &[Sealed])] = &[(0, &a)];
        for (there, wrong) in [
            (a.clone(), ""),
            ([&a[..], &c].concat(), ""),
            (a[..1].to_vec(), "entry 1, acknowledged to writer 0, is not there"),
            ([&a[..1], &c].concat(), "entry 1, acknowledged to writer 0, is another one"),
            ([&a[..], &a].concat(), "an entry stands at 0 and again at 2"),
            ([&a[..], &b].concat(), "writer 0 was told Conflict, and its entry stands at 2"),
            ([&a[..], &items(4, 0, 1, 60)].concat(), "1 entries are nobody's"),
        ] {
            let said = compare(&[writer(both)], &stream(&there));
            assert_eq!(said.first().map_or("", String::as_str), wrong, "{said:?}");
        }
    }
}
