//! `almoner-verify` itself: its exit codes, and whose policy counts.

use crate::tree::{ORIGIN, Tree, policy_text, vkey};
use almoner_proof::Hash;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder that goes away with its owner.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("almoner-verify-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
    fn put(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    /// Exit code and all that was said.
    fn verify(&self, config: &Path, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_almoner-verify"));
        let output = command.args(arguments).current_dir(&self.0).env("XDG_CONFIG_HOME", config).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(said).unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_small_binary_judges_by_the_same_rules() {
    let (folder, mut tree) = (Folder::new(), Tree::new());
    let event = tree.says("well", "donation.received/1", "well/alice");
    let receipt = tree.receipt(event, "well/alice@2 operator/registrar@0");
    folder.put("gift", &receipt);
    folder.put("bent", &receipt.replacen("index 6", "index 5", 1));
    let (nothing, config) = (Path::new("/dev/null"), folder.0.join("config"));
    let other = policy_text().replace(&vkey(ORIGIN), &vkey(&format!("!{ORIGIN}")));
    let kept = format!("config/almoner/policies/{}", Hash::of(ORIGIN.as_bytes()).to_hex());

    assert_eq!(folder.verify(nothing, &["gift"]).0, 5, "no policy");
    folder.put("policy", &policy_text());
    let (code, said) = folder.verify(nothing, &["gift"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("genuine by a policy that came with the copy: "), "{said}");
    assert_eq!(folder.verify(nothing, &["bent"]).0, 3);
    folder.put(&kept, &policy_text());
    let (code, said) = folder.verify(&config, &["gift"]);
    assert_eq!((code, said.starts_with("genuine: ")), (0, true), "{said}");
    folder.put(&kept, &other);
    let (code, said) = folder.verify(&config, &["gift"]);
    assert_eq!((code, said.contains("policy.differs")), (5, true), "{said}");
    assert_eq!(folder.verify(&config, &["gift", "--policy", "policy"]).0, 0, "a named one decides alone");

    for (key, expected) in [("well/alice", 0), ("well/dora", 0), ("well/eve", 3), ("well/spare1", 2), ("mill/mia", 2)] {
        let (code, said) = folder.verify(nothing, &["--key", &vkey(key), "gift"]);
        assert_eq!(code, expected, "{key}: {said}");
    }
    for wrong in
        [&[][..], &["gift", "bent"], &["gift", "--key"], &["gift", "--key", "x"], &["nowhere"], &["--what", "gift"]]
    {
        assert_eq!(folder.verify(nothing, wrong).0, 2, "{wrong:?}");
    }
    assert_eq!(folder.verify(nothing, &["--help"]).0, 0);
}
