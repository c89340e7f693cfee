//! Who writes a ledger on a cluster, as its anchor stream tells: claims, pins and seals. No input or output here.
//!
//! Whoever wants to write appends a *claim*, wherever the stream ends: the server takes that always, so that no holder,
//! however busy, keeps another from taking over. Whoever holds the newest claim *pins* checkpoints, each at an exact
//! revision: so the first claim behind a holder's last pin ends what that holder can pin. A *seal* is the last pin, and
//! says where the ledger went. Each is a note signed by the log's key; docs/FORMATS.md, "Streams", has the texts.
//!
//! What is none of these, or is not in its place, is passed over and counted: whoever can append to the stream must not
//! be able to stop a ledger.

// Saturating: revisions of a stream and sizes of the log. The cluster's are below 2^63, so what comes after one always
// exists; what is left of a stretch is nothing at the least.

use super::texts::{Claim, Holder, Pin, Seal, Text};
use crate::Pinned;

/// An event of the anchor stream, taken apart by `wire`: a text that the log has signed, or something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) revision: u64,
    /// None where it is nothing that the log has signed for this stream.
    pub(super) text: Option<Text>,
}

/// The state of an anchor stream up to some revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Holding {
    /// The revision that comes next.
    pub(super) next: u64,
    /// Number of the newest claim that counts; 0 before the first.
    pub(super) number: u64,
    /// Who claimed, until that one seals.
    pub(super) holder: Option<Holder>,
    /// The newest checkpoint that counts.
    pub(super) newest: Option<Pinned>,
    /// Where the ledger went, while nobody has brought it back.
    pub(super) seal: Option<Seal>,
    /// Events that were passed over.
    pub(super) foreign: u64,
}

impl Holding {
    /// The state behind a pin or seal at its own revision, whatever stands before it: its author had read all of that.
    pub(super) fn at(revision: u64, text: &Text) -> Option<Holding> {
        let next = revision.checked_add(1)?;
        match text {
            Text::Pin(pin) if pin.at == revision => Some(Holding {
                next,
                number: pin.number,
                holder: Some(pin.holder),
                newest: Some(pin.pinned.clone()),
                ..Holding::default()
            }),
            Text::Seal(seal) if seal.pin.at == revision => Some(Holding {
                next,
                number: seal.pin.number,
                newest: Some(seal.pin.pinned.clone()),
                seal: Some(seal.clone()),
                ..Holding::default()
            }),
            Text::Pin(_) | Text::Seal(_) | Text::Claim(_) => None,
        }
    }

    /// Takes the next event in; whether it counts.
    pub(super) fn take(&mut self, found: &Found) -> bool {
        self.next = found.revision.saturating_add(1);
        let counts = match &found.text {
            Some(Text::Claim(claim)) => self.claimed(claim),
            Some(Text::Pin(pin)) => self.pinned(found.revision, pin),
            Some(Text::Seal(seal)) => self.sealed(found.revision, seal),
            None => false,
        };
        // Of two claims at once the second does not count, and is nobody's mischief.
        let is_late = matches!(&found.text, Some(Text::Claim(claim)) if claim.number == self.number);
        if !counts && !is_late {
            self.foreign = self.foreign.saturating_add(1);
        }
        counts
    }

    /// A claim counts where its number follows, and behind a seal only from where that seal says.
    fn claimed(&mut self, claim: &Claim) -> bool {
        let follows = self.number.checked_add(1) == Some(claim.number);
        let may = self.seal.as_ref().is_none_or(|seal| claim.from.is_some_and(|from| seal.to.is_directory(from)));
        if follows && may {
            self.number = claim.number;
            self.holder = Some(claim.holder);
        }
        follows && may
    }

    /// Whether a pin may stand at a revision, as what follows the newest one.
    fn may_pin(&self, revision: u64, pin: &Pin) -> bool {
        let forward = self.newest.as_ref().is_none_or(|newest| {
            pin.pinned.size > newest.size || (pin.pinned.size == newest.size && pin.pinned.root == newest.root)
        });
        pin.at == revision && pin.number == self.number && self.holder == Some(pin.holder) && forward
    }

    fn pinned(&mut self, revision: u64, pin: &Pin) -> bool {
        let may = self.may_pin(revision, pin);
        if may {
            self.newest = Some(pin.pinned.clone());
            // Only one who brings the ledger back could claim behind a seal, and now it is here.
            self.seal = None;
        }
        may
    }

    fn sealed(&mut self, revision: u64, seal: &Seal) -> bool {
        let may = self.may_pin(revision, &seal.pin);
        if may {
            self.newest = Some(seal.pin.pinned.clone());
            self.seal = Some(seal.clone());
            self.holder = None;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::super::texts::{Id, To};
    use super::*;

    const HERE: Holder = [1; 16];
    const THERE: Holder = [2; 16];
    const DIRECTORY: Id = [7; 16];

    fn claim(number: u64, holder: Holder, from: Option<Id>) -> Option<Text> {
        Some(Text::Claim(Claim { holder, number, from }))
    }

    fn pin_at(at: u64, number: u64, holder: Holder, size: u64) -> Pin {
        Pin { holder, number, at, pinned: Pinned { size, root: [size as u8; 32], note: Vec::new() } }
    }

    fn pin(at: u64, number: u64, holder: Holder, size: u64) -> Option<Text> {
        Some(Text::Pin(pin_at(at, number, holder, size)))
    }

    fn seal(at: u64, number: u64, holder: Holder, size: u64, to: To) -> Option<Text> {
        let pin = pin_at(at, number, holder, size);
        Some(Text::Seal(Seal { pin, to, time: "2026-11-27T00:00:00Z".to_owned() }))
    }

    /// Plays texts from revision 0 on; which of them count.
    fn play(texts: &[Option<Text>]) -> (Holding, Vec<bool>) {
        let mut holding = Holding::default();
        let counts = (0..).zip(texts).map(|(revision, text)| holding.take(&Found { revision, text: text.clone() }));
        let counts = counts.collect();
        (holding, counts)
    }

    #[test]
    fn the_first_of_two_claims_counts_and_its_holder_alone_pins() {
        let (holding, counts) = play(&[
            claim(1, HERE, None),
            pin(1, 1, HERE, 5),
            claim(2, THERE, None),
            claim(2, HERE, None),
            pin(4, 1, HERE, 6),
            pin(5, 2, HERE, 6),
            pin(6, 2, THERE, 5),
            pin(7, 2, THERE, 4),
            pin(8, 2, THERE, 9),
        ]);
        assert_eq!(counts, [true, true, true, false, false, false, true, false, true]);
        assert_eq!((holding.number, holding.holder, holding.newest.map(|p| p.size)), (2, Some(THERE), Some(9)));
        assert_eq!(holding.foreign, 3, "the second of two claims at once is not foreign");
    }

    #[test]
    fn what_is_foreign_copied_or_out_of_order_is_passed_over() {
        let (holding, counts) = play(&[
            None,
            claim(1, HERE, None),
            claim(3, THERE, None),
            pin(3, 1, HERE, 5),
            // A copy of it, elsewhere than it says.
            pin(3, 1, HERE, 5),
            claim(1, HERE, None),
            None,
            pin(7, 1, HERE, 8),
        ]);
        assert_eq!(counts, [false, true, false, true, false, false, false, true]);
        assert_eq!((holding.number, holding.foreign, holding.next), (1, 4, 8));
    }

    #[test]
    fn behind_a_seal_only_its_directory_claims() {
        let to = || To::Directory(DIRECTORY);
        let (holding, counts) = play(&[
            claim(1, HERE, None),
            pin(1, 1, HERE, 5),
            seal(2, 1, HERE, 6, To::Directory([9; 16])),
            pin(3, 1, HERE, 7),
            claim(2, THERE, None),
            claim(2, THERE, Some(DIRECTORY)),
        ]);
        assert_eq!(counts, [true, true, true, false, false, false]);
        assert!(holding.seal.is_some());
        let (holding, counts) = play(&[
            claim(1, HERE, None),
            seal(1, 1, HERE, 5, to()),
            claim(2, THERE, None),
            claim(2, THERE, Some(DIRECTORY)),
            claim(3, HERE, None),
            pin(5, 2, THERE, 9),
            claim(3, HERE, None),
        ]);
        assert_eq!(counts, [true, true, false, true, false, true, true], "unsealed by a pin, and not before");
        assert_eq!((holding.seal, holding.number), (None, 3));
        let ledger = || To::Ledger("a~2".to_owned());
        let (holding, counts) = play(&[
            claim(1, HERE, None),
            seal(1, 1, HERE, 5, to()),
            claim(2, THERE, Some(DIRECTORY)),
            seal(3, 2, THERE, 5, ledger()),
            claim(3, HERE, Some(DIRECTORY)),
        ]);
        assert_eq!(counts, [true, true, true, true, false], "to other streams: for good");
        assert_eq!(holding.seal.map(|seal| seal.to), Some(ledger()));
    }

    #[test]
    fn a_pin_tells_all_that_stands_before_it() {
        let texts = [claim(1, HERE, None), pin(1, 1, HERE, 5), claim(2, THERE, None), pin(3, 2, THERE, 5)];
        let (whole, _) = play(&texts);
        assert_eq!(Holding::at(3, texts[3].as_ref().unwrap()), Some(whole));
        assert_eq!(Holding::at(4, texts[3].as_ref().unwrap()), None, "a copy elsewhere tells nothing");
    }
}
