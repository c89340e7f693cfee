//! Any sequence of calls: the SQLite log answers as the log in memory does, across reopenings.

use std::hash::{BuildHasher, Hasher};

use almoner_store::{Append, Log, MemoryLog, Pinned, Sealed, SqliteLog};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::common::{entries, place};

/// One call; numbers are small so that they collide.
#[derive(Clone, Debug)]
enum Call {
    /// Expected size is the true one plus `off`; an item is a chain, a seq and a length.
    Append {
        off: i8,
        items: Vec<(u32, u64, usize)>,
    },
    Checkpoint {
        size: u64,
        root: u8,
        note: u8,
    },
    Ranges {
        from: u64,
        to: u64,
    },
    Reopen,
}

fn call() -> impl Strategy<Value = Call> {
    let off = prop_oneof![8 => Just(0), 1 => -2_i8..3];
    let item = (0..4_u32, 0..40_u64, prop_oneof![8 => 0..300_usize, 1 => 3000..9000_usize]);
    prop_oneof![
        6 => (off, prop::collection::vec(item, 0..6)).prop_map(|(off, items)| Call::Append { off, items }),
        2 => (0..6_u64, 0..2_u8, 0..3_u8).prop_map(|(size, root, note)| Call::Checkpoint { size, root, note }),
        2 => (0..60_u64, 0..60_u64).prop_map(|(from, to)| Call::Ranges { from, to }),
        1 => Just(Call::Reopen),
    ]
}

/// Answers are compared, reasons are not.
fn outcome(answer: Append) -> Append {
    match answer {
        Append::Unknown { .. } => Append::Unknown { why: String::new() },
        Append::Appended | Append::Conflict { .. } => answer,
    }
}

fn all_checkpoints(log: &dyn Log) -> Vec<Pinned> {
    let mut all = Vec::new();
    log.checkpoints(0, &mut |checkpoint| {
        all.push(checkpoint.clone());
        true
    })
    .unwrap();
    all
}

fn same(model: &dyn Log, log: &dyn Log) -> Result<(), TestCaseError> {
    prop_assert_eq!(model.size().unwrap(), log.size().unwrap());
    prop_assert_eq!(entries(model), entries(log));
    prop_assert_eq!(model.leaves(0, u64::MAX).unwrap(), log.leaves(0, u64::MAX).unwrap());
    prop_assert_eq!(all_checkpoints(model), all_checkpoints(log));
    prop_assert_eq!(model.latest_checkpoint().unwrap(), log.latest_checkpoint().unwrap());
    for chain in 0..5 {
        prop_assert_eq!(model.head(chain).unwrap(), log.head(chain).unwrap());
        for seq in 0..41 {
            prop_assert_eq!(model.lookup(chain, seq).unwrap(), log.lookup(chain, seq).unwrap());
        }
    }
    Ok(())
}

fn run(calls: &[Call]) -> Result<(), TestCaseError> {
    let (_directory, path) = place("ledger.db");
    let model = MemoryLog::new();
    let mut log = SqliteLog::create(&path).unwrap();
    for call in calls {
        match call {
            Call::Append { off, items } => {
                let size = model.size().unwrap();
                let expected = size.saturating_add_signed(i64::from(*off));
                let batch: Vec<Sealed> = items
                    .iter()
                    .map(|&(chain, seq, len)| Sealed {
                        bytes: vec![seq as u8; len].into(),
                        leaf_hash: [len as u8; 32],
                        chain,
                        seq,
                        event_hash: [0; 32],
                    })
                    .collect();
                prop_assert_eq!(outcome(model.append(expected, &batch)), outcome(log.append(expected, &batch)));
            }
            Call::Checkpoint { size, root, note } => {
                let checkpoint = Pinned { size: *size, root: [*root; 32], note: vec![*note] };
                let answers = (model.put_checkpoint(&checkpoint), log.put_checkpoint(&checkpoint));
                prop_assert_eq!(answers.0.is_ok(), answers.1.is_ok());
            }
            Call::Ranges { from, to } => {
                prop_assert_eq!(model.leaves(*from, *to).unwrap(), log.leaves(*from, *to).unwrap());
                prop_assert_eq!(model.entry(*from).unwrap(), log.entry(*from).unwrap());
            }
            Call::Reopen => {
                drop(log);
                log = SqliteLog::open(&path).unwrap();
            }
        }
    }
    same(&model, &log)?;
    drop(log);
    same(&model, &SqliteLog::open_read_only(&path).unwrap())
}

#[test]
fn the_sqlite_log_answers_as_the_memory_log() {
    let seed: u64 = match std::env::var("ALMONER_TEST_SEED") {
        Ok(text) => text.parse().expect("ALMONER_TEST_SEED is a number"),
        Err(_) => std::hash::RandomState::new().build_hasher().finish(),
    };
    println!("to run this again: ALMONER_TEST_SEED={seed}");
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_be_bytes());
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &key));
    runner.run(&prop::collection::vec(call(), 1..30), |calls| run(&calls)).unwrap();
}
