//! Our own receipts, with every byte flipped: never genuine.

use crate::story::ledger;
use acceptance::House;
use almoner_proof::Policy;
use almoner_proof::receipt::{Verdict, judge};

fn receipt(house: &House, event: &str) -> Vec<u8> {
    let file = house.path(&format!("flip-{event}.tlog-proof"));
    house.almoner(["receipt", event, "--from", &house.ledger(), "--out", file.to_str().unwrap()]).ok();
    std::fs::read(file).unwrap()
}

#[test]
fn no_flipped_cut_or_longer_receipt_is_genuine() {
    let house = ledger();
    let policy = Policy::parse(&std::fs::read_to_string(house.path("ledger/policy")).unwrap()).unwrap();
    for event in ["well-8.1", "operator-0"] {
        let good = receipt(house, event);
        assert_eq!(judge(&good, Some(&policy)).verdict, Verdict::Genuine);
        assert_eq!(judge(&good, None).verdict, Verdict::CannotCheck);
        for at in 0..good.len() {
            // One bit; another letter case or kind; and out of ASCII.
            for bits in [0x01, 0x20, 0x80] {
                let mut bent = good.clone();
                bent[at] ^= bits;
                let judged = judge(&bent, Some(&policy));
                assert_ne!(judged.verdict, Verdict::Genuine, "{event}: byte {at} ^ {bits:#x}");
            }
            // A last newline that is missing is mended, and so is one too many.
            let expected = if at + 1 == good.len() { Verdict::Genuine } else { Verdict::Different };
            assert_eq!(judge(&good[..at], Some(&policy)).verdict, expected, "{event}: cut at {at}");
        }
        // Blanks at the end of lines are mended too, and nothing else is.
        for (tail, verdict) in [
            (" ", Verdict::Genuine),
            ("\n \t", Verdict::Genuine),
            ("x", Verdict::Different),
            ("\n x", Verdict::Different),
            ("\u{a0}", Verdict::Different),
            ("\r\n", Verdict::Different),
        ] {
            let longer = [&good, tail.as_bytes()].concat();
            assert_eq!(judge(&longer, Some(&policy)).verdict, verdict, "{event} and {tail:?}");
        }
    }
}

#[test]
fn the_binary_says_so_with_its_exit_codes() {
    let house = ledger();
    let policy = house.text("ledger/policy");
    let good = receipt(house, "well-11.0");
    let file = house.path("bent.tlog-proof");
    let verify = |bytes: &[u8], policy: &[&str]| {
        std::fs::write(&file, bytes).unwrap();
        house.almoner([&["verify", file.to_str().unwrap(), "--json"], policy].concat())
    };
    assert_eq!(verify(&good, &["--policy", &policy]).ended(0).json()["verdict"], "genuine");
    // Without a policy nothing is said, neither good nor bad.
    assert_eq!(verify(&good, &[]).ended(5).json()["verdict"], "cannot-check");
    let mut step = 0;
    while step < good.len() {
        let mut bent = good.clone();
        bent[step] ^= 1;
        let judged = verify(&bent, &["--policy", &policy]);
        let verdict = judged.json()["verdict"].as_str().unwrap().to_owned();
        assert!(
            matches!((judged.code, verdict.as_str()), (Some(3), "different") | (Some(5), "cannot-check")),
            "byte {step}: {verdict} {:?}",
            judged.code
        );
        step += good.len() / 12;
    }
}
