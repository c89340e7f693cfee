//! Key files: one line, or an age file (scrypt passphrase) around it; mode 0600; the public half beside it.

use crate::args::Passphrase;
use crate::failure::{Failure, Outcome, While as _, unread};
use age::secrecy::{ExposeSecret as _, SecretString};
use almoner_proof::text::visible;
use almoner_proof::{SecretKey, VerifierKey};
use almoner_server::app::directory::{public_half, write_key};
use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// 32 random bytes from the system.
///
/// # Errors
/// When the system gives none.
pub fn random() -> Outcome<[u8; 32]> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).while_doing("asking the system for random bytes")?;
    Ok(bytes)
}

/// Makes a key file and its public half.
///
/// # Errors
/// When a file exists or cannot be written, or no passphrase was given.
pub fn create(name: &str, path: &Path, passphrase: &Passphrase) -> Outcome<VerifierKey> {
    if path.exists() {
        return Err(Failure::new(format!("{} exists, and a key is never overwritten", path.display()))
            .hint("name another file: --out FILE"));
    }
    let key = SecretKey::from_seed(name, &random()?);
    let line = key.to_line();
    let secret = if passphrase.no_passphrase {
        line
    } else {
        let word = read_passphrase(passphrase, "Passphrase for the new key: ")?;
        let again = read_passphrase(passphrase, "The same again: ")?;
        if word.expose_secret() != again.expose_secret() {
            return Err(Failure::usage("the two passphrases differ"));
        }
        let recipient = age::scrypt::Recipient::new(word);
        Zeroizing::new(age::encrypt_and_armor(&recipient, line.as_bytes()).while_doing("encrypting the key")?)
    };
    write_key(path, secret.trim_end(), &key.verifier().to_string()).map_err(|e| Failure::new(format!("{e:#}")))?;
    Ok(key.verifier())
}

/// Reads a key file.
///
/// # Errors
/// When it is open to others, encrypted and no passphrase is to be had, or no key.
pub fn read(path: &Path, passphrase: &Passphrase) -> Outcome<SecretKey> {
    let doing = || format!("reading the key file {}", path.display());
    if let Some(key) = path.to_str().and_then(|path| path.strip_suffix(".pub")) {
        return Err(Failure::usage(format!("{} is the public half, which signs nothing", path.display()))
            .hint(format!("the key is {key}")));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).map_err(|error| unread(path, &error))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(Failure::new(format!("{} can be read by others (mode {:03o})", path.display(), mode & 0o777))
                .hint(format!("chmod 600 {}", path.display())));
        }
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).while_doing(doing())?);
    let line = if text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----") {
        if passphrase.no_passphrase {
            return Err(Failure::usage(format!("{} is encrypted: leave --no-passphrase out", path.display())));
        }
        let word = read_passphrase(passphrase, &format!("Passphrase for {}: ", path.display()))?;
        let identity = age::scrypt::Identity::new(word);
        let plain = age::decrypt(&identity, text.as_bytes()).while_doing(doing())?;
        Zeroizing::new(String::from_utf8(plain).while_doing(doing())?)
    } else {
        text
    };
    SecretKey::parse(&line).while_doing(doing())
}

/// Reads the public half of a key, from its `.pub` file or the file named itself.
///
/// # Errors
/// When neither can be read.
pub fn public(path: &Path) -> Outcome<VerifierKey> {
    let beside = public_half(path);
    let file = if beside.exists() { beside } else { path.to_owned() };
    let text = std::fs::read_to_string(&file).while_doing(format!("reading {}", file.display()))?;
    VerifierKey::parse(text.trim()).while_doing(format!("reading {}", file.display()))
}

/// Reads the passphrase, once for all key files of a command.
fn read_passphrase(passphrase: &Passphrase, prompt: &str) -> Outcome<SecretString> {
    static FROM_DESCRIPTOR: OnceLock<SecretString> = OnceLock::new();
    if let Some(known) = FROM_DESCRIPTOR.get() {
        return Ok(known.clone());
    }
    let text = match passphrase.passphrase_fd {
        Some(fd) => {
            // Never in argv: a descriptor that the caller opened.
            let mut text = Zeroizing::new(String::new());
            let mut file =
                std::fs::File::open(format!("/dev/fd/{fd}")).while_doing("opening the passphrase's descriptor")?;
            file.read_to_string(&mut text).while_doing("reading the passphrase")?;
            text
        }
        None if std::io::stdin().is_terminal() => Zeroizing::new(rpassword::prompt_password(visible(prompt))?),
        None => {
            let text = "no passphrase: give --passphrase-fd N, or --no-passphrase for an unencrypted key file";
            return Err(Failure::usage(text));
        }
    };
    let word = text.trim_end_matches(['\r', '\n']);
    if word.is_empty() {
        return Err(Failure::usage("an empty passphrase protects nothing; use --no-passphrase if that is meant"));
    }
    let word = SecretString::from(word.to_owned());
    if passphrase.passphrase_fd.is_some() {
        let _ = FROM_DESCRIPTOR.set(word.clone());
    }
    Ok(word)
}
