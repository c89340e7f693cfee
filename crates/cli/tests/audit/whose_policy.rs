//! The program itself: whose policy counts, what `verify` says, and which key it compares.

use super::log::{Dir, ORIGIN, key, publish};
use super::story::honest;
use almoner_proof::Hash;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the program did.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {} {}", self.out, self.err))
    }
    fn first_line(&self) -> &str {
        self.out.lines().next().unwrap_or_default()
    }
}

/// Who asks: a configuration folder of his own, and a place where he stands.
struct Auditor(Dir);

impl Auditor {
    fn new() -> Auditor {
        Auditor(Dir::new())
    }

    fn keeps(&self, origin: &str, policy: &str) -> PathBuf {
        let name = format!("config/almoner/policies/{}", Hash::of(origin.as_bytes()).to_hex());
        self.0.put(&name, policy.as_bytes());
        self.0.0.join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_almoner"));
        command.args(arguments).env("XDG_CONFIG_HOME", self.0.0.join("config")).current_dir(&self.0.0);
        command
    }

    fn almoner(&self, arguments: &[&str]) -> Ran {
        ran(&mut self.command(arguments))
    }
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn policy_of(origin: &str, name: &str) -> String {
    let named = key(name);
    let vkey = almoner_proof::VerifierKey::new(origin, almoner_proof::key::ALG_ED25519, named.verifier().key);
    format!("log {vkey}\nquorum none\n")
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

fn vector(name: &str) -> Vec<u8> {
    std::fs::read(vectors().join(name)).unwrap()
}

const OWN: &str = "operator.example/own";

/// A receipt of the vectors of a malicious operator, found by what stands there as its reason.
fn receipt_where(why: &str) -> Vec<u8> {
    let expected: Value = serde_json::from_slice(&vector("operator/EXPECTED.json")).unwrap();
    let row = expected["receipts"].as_array().unwrap().iter().find(|row| row["why"] == why).unwrap();
    vector(&format!("operator/{}", row["file"].as_str().unwrap()))
}

#[test]
fn a_kept_policy_goes_before_the_one_that_came_with_the_copy() {
    let tiles = publish(&honest().writer.entries[..40]);
    let receipts = Dir::new();
    receipts.put("gift.tlog-proof", &receipt_where("a gift booked by a first key"));
    let (tiles_at, receipt_at) = (tiles.0.to_str().unwrap(), receipts.0.join("gift.tlog-proof"));
    let own = String::from_utf8(vector("operator/policy")).unwrap();
    // What is judged, the policy that is right for it, and one of the same log with another key.
    let judged = [
        (["audit", tiles_at], &tiles, ORIGIN, policy_of(ORIGIN, ORIGIN), "verified", "refuted", "could-not-check"),
        (["verify", receipt_at.to_str().unwrap()], &receipts, OWN, own, "genuine", "different", "cannot-check"),
    ];
    for (what, folder, origin, right, good, bad, open) in judged {
        let other = policy_of(origin, "somebody else");
        let asks =
            |auditor: &Auditor| (auditor.almoner(&what), auditor.almoner(&[&what[..], &["--json"]].concat()).json());
        let expect = |auditor: &Auditor, code: i32, verdict: &str, source: Value| {
            let (said, json) = asks(auditor);
            assert_eq!((said.code, json["verdict"].as_str()), (Some(code), Some(verdict)), "{}", said.out);
            assert_eq!((&json["policy_source"], &json["mended"]), (&source, &json!([])), "{json}");
            assert_eq!(
                said.first_line().contains("by a policy that came with the copy"),
                source == "beside",
                "{}",
                said.out
            );
            assert!(said.first_line().starts_with(verdict) || code == 5, "{}", said.out);
            (said, json)
        };
        // None at all.
        let auditor = Auditor::new();
        let (said, json) = expect(&auditor, 5, open, Value::Null);
        assert!(format!("{}{json}", said.out).contains("policy.absent"), "{} {json}", said.out);
        // The one beside, and no other.
        folder.put("policy", right.as_bytes());
        expect(&auditor, 0, good, json!("beside"));
        folder.put("policy", other.as_bytes());
        expect(&auditor, 3, bad, json!("beside"));
        // The kept one decides alone; one beside that contradicts it is told.
        let kept = auditor.keeps(origin, &right);
        let (said, json) = expect(&auditor, 5, open, Value::Null);
        let told = format!("{}{}{json}", said.out, said.err);
        for wanted in ["policy.differs", kept.to_str().unwrap(), folder.0.join("policy").to_str().unwrap()] {
            assert!(told.contains(wanted), "{wanted}: {told}");
        }
        folder.put("policy", right.as_bytes());
        expect(&auditor, 0, good, json!("kept"));
        folder.put("policy", policy_of("another.example/log", "another").as_bytes());
        expect(&auditor, 0, good, json!("kept"));
        folder.put("policy", b"nonsense\n");
        expect(&auditor, 0, good, json!("kept"));
        std::fs::remove_file(folder.0.join("policy")).unwrap();
        expect(&auditor, 0, good, json!("kept"));
        // An attacker's copy with its own policy beside: with the kept one alone it is what it is.
        auditor.keeps(origin, &other);
        expect(&auditor, 3, bad, json!("kept"));
        folder.put("policy", right.as_bytes());
        expect(&auditor, 5, open, Value::Null);
        // Who names one has said which.
        auditor.0.put("named", right.as_bytes());
        let said = auditor.almoner(&[&what[..], &["--policy", "named", "--json"]].concat());
        assert_eq!((said.code, &said.json()["policy_source"]), (Some(0), &json!("named")));
        let said = auditor.almoner(&[&what[..], &["--policy", "nowhere", "--json"]].concat());
        assert_eq!((said.code, &said.json()["policy_source"]), (Some(5), &Value::Null));
        // A kept one that cannot be used is never passed over: malformed, a folder, a link to nowhere.
        auditor.keeps(origin, "quorum none\n");
        expect(&auditor, 5, open, Value::Null);
        std::fs::remove_file(&kept).unwrap();
        std::os::unix::fs::symlink("/nowhere", &kept).unwrap();
        expect(&auditor, 5, open, Value::Null);
        std::fs::remove_file(&kept).unwrap();
        std::fs::create_dir(&kept).unwrap();
        expect(&auditor, 5, open, Value::Null);
    }
}

#[test]
fn the_folder_where_one_stands_is_no_configuration() {
    let tiles = publish(&honest().writer.entries[..40]);
    tiles.put("policy", policy_of(ORIGIN, ORIGIN).as_bytes());
    let auditor = Auditor::new();
    let trap = format!("almoner/policies/{}", Hash::of(ORIGIN.as_bytes()).to_hex());
    for folder in ["config", ".config", "home/.config", "."] {
        auditor.0.put(&format!("{folder}/{trap}"), policy_of(ORIGIN, "somebody else").as_bytes());
    }
    for (config, home) in [(None, None), (Some("config"), None), (Some(""), Some("")), (Some("."), Some("home"))] {
        let mut command = auditor.command(&["audit", tiles.0.to_str().unwrap(), "--json"]);
        for (name, value) in [("XDG_CONFIG_HOME", config), ("HOME", home)] {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let said = ran(&mut command);
        assert_eq!((said.code, &said.json()["policy_source"]), (Some(0), &json!("beside")), "{config:?} {home:?}");
    }
    // Where the variable is not absolute, the home folder counts.
    let mut command = auditor.command(&["audit", tiles.0.to_str().unwrap(), "--json"]);
    let said = ran(command.env("XDG_CONFIG_HOME", "config").env("HOME", auditor.0.0.join("home")));
    assert_eq!(said.json()["findings"][0]["code"], "policy.differs");
}

#[test]
fn a_touched_receipt_still_finds_the_kept_policy() {
    let whole = receipt_where("a gift booked by a first key");
    let (mark, lines) = (&b"\xef\xbb\xbf"[..], String::from_utf8(whole.clone()).unwrap().replace('\n', "\r\n"));
    let auditor = Auditor::new();
    // Beside lies the policy under which it would be genuine; the kept one knows better.
    auditor.keeps(OWN, &policy_of(OWN, "somebody else"));
    auditor.0.put("policy", &vector("operator/policy"));
    for touched in [[mark, &whole].concat(), lines.clone().into_bytes(), [&whole[..], b"\n"].concat()] {
        auditor.0.put("gift.tlog-proof", &touched);
        let said = auditor.almoner(&["verify", "gift.tlog-proof"]);
        assert_eq!(said.code, Some(5), "{}", said.out);
        assert!(said.first_line().contains("policy.differs"), "{}", said.out);
    }
    // And what was mended is named, of the receipt and of the policy.
    auditor.keeps(OWN, &String::from_utf8(vector("operator/policy")).unwrap().replace('\n', "\r\n"));
    auditor.0.put("gift.tlog-proof", &[mark, lines.trim_end().as_bytes()].concat());
    let said = auditor.almoner(&["verify", "gift.tlog-proof", "--json"]).json();
    let rows = json!([
        { "file": "receipt", "what": "byte-order-mark" },
        { "file": "receipt", "what": "line-endings" },
        { "file": "receipt", "what": "last-newline" },
        { "file": "policy", "what": "line-endings" },
    ]);
    assert_eq!((&said["verdict"], &said["mended"]), (&json!("genuine"), &rows), "{said}");
    let said = auditor.almoner(&["verify", "gift.tlog-proof"]).out;
    assert!(said.contains("mended before reading: byte-order-mark of the receipt"), "{said}");
}

#[test]
fn audits_name_what_was_mended_on_the_policy() {
    let tiles = publish(&honest().writer.entries[..40]);
    tiles.put("policy", format!("\u{feff}{}", policy_of(ORIGIN, ORIGIN).trim_end()).as_bytes());
    let auditor = Auditor::new();
    let said = auditor.almoner(&["audit", tiles.0.to_str().unwrap(), "--json"]).json();
    let rows = json!([{ "file": "policy", "what": "byte-order-mark" }, { "file": "policy", "what": "last-newline" }]);
    assert_eq!((&said["verdict"], &said["mended"]), (&json!("verified"), &rows), "{said}");
    // One object with the same members also where nothing could be opened.
    let nothing = auditor.almoner(&["audit", "nowhere", "--json"]);
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!((nothing.code, names(&nothing.json())), (Some(5), names(&said)));
    assert_eq!(nothing.json()["findings"][0]["code"], "source.unreachable");
}

#[test]
fn verify_compares_a_key_that_the_reader_knows() {
    let auditor = Auditor::new();
    auditor.0.put("policy", &vector("operator/policy"));
    auditor.0.put("honest", &receipt_where("added by an admin"));
    auditor.0.put("forged", &receipt_where("a second opening alone, which one receipt cannot show"));
    let vkey = |name: &str| key(name).verifier().to_string();
    let verify = |file: &str, name: &str| auditor.almoner(&["verify", file, "--key", &vkey(name), "--json"]);
    let said = verify("honest", "well/alice");
    assert_eq!((said.code, &said.json()["verdict"]), (Some(0), &json!("genuine")), "{}", said.err);
    assert_eq!(said.json()["not_checked"], json!(["revocation", "thresholds", "later"]));
    let said = verify("forged", "well/alice");
    assert_eq!((said.code, &said.json()["step"]), (Some(3), &json!("key")), "{}", said.err);
    assert_eq!(said.json()["not_checked"].as_array().unwrap().iter().filter(|w| **w == "second-opening").count(), 0);
    // A key that was added later is not what is asked for, and the sentence says so.
    let said = verify("honest", "well/carol");
    assert_eq!(said.code, Some(3));
    assert!(said.json()["why"].as_str().unwrap().contains("added later"), "{}", said.out);
    for name in ["mill/mia", "operator/registrar", "well/spare1"] {
        assert_eq!(verify("honest", name).code, Some(2), "{name}");
    }
    let said = auditor.almoner(&["verify", "honest", "--key", "well/alice"]);
    assert_eq!(said.code, Some(2), "{}", said.out);
    // Without it the words say what one receipt cannot show, and claim nothing else.
    for file in ["honest", "forged"] {
        let said = auditor.almoner(&["verify", file]);
        assert_eq!(said.code, Some(0));
        assert!(said.out.contains("One receipt cannot show") && !said.out.contains("charity signed"), "{}", said.out);
    }
}

#[test]
fn registrar_signed_is_said_only_where_a_registrar_signed() {
    let auditor = Auditor::new();
    auditor.0.put("policy", &vector("operator/policy"));
    for (why, signed) in [("added by an admin", false), ("a gift booked by a first key", true)] {
        auditor.0.put("receipt", &receipt_where(why));
        let said = auditor.almoner(&["verify", "receipt"]).out;
        assert_eq!(said.contains("registrar-signed"), signed, "{said}");
        let json = auditor.almoner(&["verify", "receipt", "--json"]).json();
        assert_eq!(json["signers"][0]["registrar_signed"], signed, "{json}");
    }
}
