//! A fingerprint of the sources that decide what an event does: what was written down by other sources is not taken back.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let mut print = DefaultHasher::new();
    for sources in ["src", "../proof/src"] {
        println!("cargo::rerun-if-changed={sources}");
        add(&root.join(sources), &mut print)?;
    }
    println!("cargo::rustc-env=ALMONER_LEDGER_SOURCES={:016x}", print.finish());
    Ok(())
}

fn add(path: &Path, print: &mut DefaultHasher) -> io::Result<()> {
    if path.is_dir() {
        let mut entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        entries.sort();
        return entries.iter().try_for_each(|entry| add(entry, print));
    }
    print.write(path.file_name().unwrap_or_default().as_encoded_bytes());
    print.write(&fs::read(path)?);
    Ok(())
}
