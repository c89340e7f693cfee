//! One writes and many read, by turns, and nobody waits long for a reader who stays.
//!
//! The writer shuts the door and waits for those inside; whoever reads for a moment is out by then. If somebody stays,
//! the door is opened again, so that others read beside him, and so on, longer each time, until nobody is inside. So one
//! slow reader keeps the writer out, but not the other readers; and readers that come without a gap, each of them quick,
//! do not keep the writer out. A plain `RwLock` does one or the other.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least. Waits grow to their
// limit.

use super::locks::{lock, read, write};
use std::ops::Deref;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

/// How long the door is shut at first, and at most, while somebody is inside; then it is open for as long.
const SHUT_FIRST: Duration = Duration::from_millis(1);
const SHUT_MOST: Duration = Duration::from_millis(250);

/// What is read and written by turns.
#[derive(Debug)]
pub(super) struct Turns<T> {
    /// Never waited for: the door says whose turn it is.
    value: RwLock<T>,
    door: Mutex<Door>,
    /// For those outside: the door is open.
    opened: Condvar,
    /// For the writer: nobody is inside, or those who waited for him are.
    quiet: Condvar,
}

#[derive(Debug, Default)]
struct Door {
    is_shut: bool,
    /// Who reads.
    inside: usize,
    /// Who waits to read.
    outside: usize,
    /// Of those, how many go before the writer comes again.
    due: usize,
    /// Whether the writer waits for [`Turns::quiet`].
    is_awaited: bool,
}

/// The one who writes.
#[derive(Debug)]
pub(super) struct Writer<T>(Arc<Turns<T>>);

/// What is read, until it is dropped.
///
/// It may be held for as long as it takes, and taken again while it is held: the writer waits for it, others do not.
#[derive(Debug)]
pub struct Reading<'a, T> {
    // Dropped in this order: who has left holds nothing.
    value: RwLockReadGuard<'a, T>,
    _inside: Inside<'a>,
}

#[derive(Debug)]
struct Inside<'a> {
    door: &'a Mutex<Door>,
    quiet: &'a Condvar,
}

impl<T> Deref for Reading<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut door = lock(self.door);
        door.inside = door.inside.saturating_sub(1);
        if door.inside == 0 && door.is_awaited {
            self.quiet.notify_one();
        }
    }
}

impl<T> Turns<T> {
    /// A value, to be read by all and written by one.
    pub(super) fn new(value: T) -> (Arc<Turns<T>>, Writer<T>) {
        let turns = Arc::new(Turns {
            value: RwLock::new(value),
            door: Mutex::default(),
            opened: Condvar::new(),
            quiet: Condvar::new(),
        });
        (Arc::clone(&turns), Writer(turns))
    }

    /// Reads; it waits while something is written, and for at most a quarter of a second beside a slow reader.
    pub(super) fn read(&self) -> Reading<'_, T> {
        let mut door = lock(&self.door);
        if door.is_shut {
            door.outside = door.outside.saturating_add(1);
            while door.is_shut {
                door = self.opened.wait(door).unwrap_or_else(PoisonError::into_inner);
            }
            door.outside = door.outside.saturating_sub(1);
            door.due = door.due.saturating_sub(1);
            if door.due == 0 && door.is_awaited {
                self.quiet.notify_one();
            }
        }
        door.inside = door.inside.saturating_add(1);
        drop(door);
        Reading { value: read(&self.value), _inside: Inside { door: &self.door, quiet: &self.quiet } }
    }

    /// Lets those in who waited; they go first.
    fn open(&self, door: &mut Door) {
        door.is_shut = false;
        door.due = door.outside;
        if door.outside > 0 {
            self.opened.notify_all();
        }
    }

    /// Waits until something is so, or for so long.
    fn wait_until<'a>(
        &'a self,
        mut door: MutexGuard<'a, Door>,
        most: Duration,
        is_so: fn(&Door) -> bool,
    ) -> MutexGuard<'a, Door> {
        let since = Instant::now();
        door.is_awaited = true;
        while !is_so(&door) {
            let left = most.saturating_sub(since.elapsed());
            if left.is_zero() {
                break;
            }
            door = self.quiet.wait_timeout(door, left).map_or_else(|e| e.into_inner().0, |(door, _)| door);
        }
        door.is_awaited = false;
        door
    }
}

impl<T> Writer<T> {
    /// Writes when nobody reads.
    pub(super) fn write<R>(&mut self, work: impl FnOnce(&mut T) -> R) -> R {
        let Writer(turns) = self;
        let mut patience = SHUT_FIRST;
        let mut door = lock(&turns.door);
        loop {
            // Whoever waited through the last turn has his own before the next.
            door = turns.wait_until(door, patience, |door| door.due == 0);
            door.is_shut = true;
            door = turns.wait_until(door, patience, |door| door.inside == 0);
            if door.inside == 0 {
                break;
            }
            turns.open(&mut door);
            door = turns.wait_until(door, patience, |door| door.inside == 0);
            patience = patience.saturating_mul(2).min(SHUT_MOST);
        }
        drop(door);
        // Opened again also where the work panics.
        let opens = Opens(turns);
        let done = work(&mut write(&turns.value));
        drop(opens);
        done
    }
}

struct Opens<'a, T>(&'a Turns<T>);

impl<T> Drop for Opens<'_, T> {
    fn drop(&mut self) {
        self.0.open(&mut lock(&self.0.door));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::sync::mpsc::channel;
    use std::thread;

    #[test]
    fn a_reader_who_stays_keeps_out_the_writer_and_no_reader() {
        let (turns, mut writer) = Turns::new(0u64);
        let stays = turns.read();
        let (tell, told) = channel();
        let written = thread::spawn(move || {
            writer.write(|value| *value = 1);
            tell.send(()).unwrap();
        });
        // Many others, while the writer waits: each is let in, also the one who stays, once more.
        for _ in 0..200 {
            assert_eq!(thread::scope(|scope| scope.spawn(|| *turns.read()).join().unwrap()), 0);
            assert_eq!(*turns.read(), 0);
        }
        assert!(told.try_recv().is_err(), "nothing is written while somebody reads");
        drop(stays);
        written.join().unwrap();
        assert_eq!(*turns.read(), 1);
    }

    #[test]
    fn readers_without_a_gap_do_not_keep_the_writer_out_nor_he_them() {
        let (turns, mut writer) = Turns::new(0u64);
        let (ends, reads) = (AtomicBool::new(false), AtomicU64::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut last = 0;
                    while !ends.load(Ordering::Relaxed) {
                        let value = turns.read();
                        assert!(*value >= last, "it only grows");
                        last = *value;
                        reads.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            // The writer without a gap, too: both come on.
            while writer.write(|value| {
                *value += 1;
                *value < 1000
            }) || reads.load(Ordering::Relaxed) < 1000
            {}
            ends.store(true, Ordering::Relaxed);
        });
        assert!(*turns.read() >= 1000);
    }

    #[test]
    fn the_door_is_open_after_a_writer_who_died() {
        let (turns, mut writer) = Turns::new(7u64);
        let died = thread::spawn(move || writer.write(|_| panic!("on purpose"))).join();
        assert!(died.is_err());
        assert_eq!(*turns.read(), 7);
    }
}
