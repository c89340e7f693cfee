//! The viewer: one thread that folds into the views what is acknowledged, and writes it down for
//! the next start. It alone waits for those who read them.

use super::published::Published;
use super::replay::Recording;
use super::turns::Writer;
use almoner_ledger::Admitted;
use almoner_views::Views;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// Events that are folded in one turn: readers wait for it, some hundreds of microseconds.
pub(super) const ONE_TURN: usize = 256;

/// The events of one batch, acknowledged.
///
/// The channel on which they travel has no bound, so that the committer never waits. What bounds it is the door: no event
/// is taken while the views are too far behind ([`Options::behind`](super::Options::behind)).
pub(super) struct Taken {
    pub(super) events: Arc<Vec<Admitted>>,
    /// Of their notes.
    pub(super) bytes: usize,
}

pub(super) struct Viewer {
    pub(super) views: Writer<Views>,
    pub(super) recording: Recording,
}

impl Viewer {
    /// Until the committer has ended and everything is folded.
    pub(super) fn run(mut self, taken: &Receiver<Taken>, shared: &Published) {
        while let Ok(Taken { events, bytes }) = taken.recv() {
            let size = fold(&mut self.views, &events);
            shared.life.has_folded(size, bytes);
            events.iter().for_each(|admitted| self.recording.push(admitted, &|| shared.tree()));
        }
    }
}

/// Folds events, some in each turn; gives how many the views hold.
pub(super) fn fold(views: &mut Writer<Views>, events: &[Admitted]) -> u64 {
    let mut size = 0;
    for some in events.chunks(ONE_TURN) {
        size = views.write(|views| {
            for admitted in some {
                views.fold(&admitted.done);
            }
            views.size()
        });
    }
    size
}
