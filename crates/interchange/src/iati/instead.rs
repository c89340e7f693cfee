//! What a download leaves where a file should be: a web page, an archive, compressed or other bytes. Each is called what
//! it is, because "not well-formed XML" sends people looking for an error that is not there.

// Saturating: lengths of a file that is in memory.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use super::Refused;
use super::decode::MAX_BYTES;
use super::tokens::shown;

/// How far the beginning of a file is looked at.
const HEAD_BYTES: usize = 4096;

/// First bytes of what is no text, and what it is.
const MAGIC: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a zip archive (or a spreadsheet, which is one)"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xFD7zXZ\0", "an xz file"),
    (b"\x28\xB5\x2F\xFD", "a zstd file"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive"),
    (b"Rar!\x1A\x07", "a rar archive"),
];

/// The bytes of the file, unpacked if it is compressed by gzip; whether it was.
///
/// # Errors
/// What cannot be unpacked, and what is something else than text.
pub(super) fn unpacked(bytes: &[u8]) -> Result<(Cow<'_, [u8]>, bool), Refused> {
    if bytes.starts_with(b"\x1F\x8B") {
        let plain = gunzip(bytes, MAX_BYTES)?;
        if plain.starts_with(b"\x1F\x8B") {
            return Err(Refused::Packed { what: "a gzip file inside of a gzip file" });
        }
        binary(&plain)?;
        return Ok((Cow::Owned(plain), true));
    }
    binary(bytes)?;
    Ok((Cow::Borrowed(bytes), false))
}

/// Unpacks at most as much as a plain file may have.
fn gunzip(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Refused> {
    let mut plain = Vec::new();
    let one_more = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    match MultiGzDecoder::new(bytes).take(one_more).read_to_end(&mut plain) {
        Ok(_) if plain.len() > limit => Err(Refused::UnpacksTooLarge { limit }),
        Ok(_) => Ok(plain),
        Err(_) => Err(Refused::GzipBroken),
    }
}

fn binary(bytes: &[u8]) -> Result<(), Refused> {
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(Refused::Packed { what });
    }
    if bytes.starts_with(b"%PDF-") {
        return Err(Refused::Other { what: "a PDF document" });
    }
    // The compound file of old office programs.
    if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(Refused::Other { what: "a document of an office program" });
    }
    Ok(())
}

/// Looks at the beginning of a text: whether it can be an XML document that somebody published.
///
/// # Errors
/// What it is instead.
pub(super) fn text(text: &str) -> Result<(), Refused> {
    let start = text.trim_start();
    if start.is_empty() {
        return Err(Refused::Empty);
    }
    let Some(first) = start.chars().next().filter(|c| *c != '<') else { return markup(start) };
    if matches!(first, '{' | '[') {
        return Err(Refused::Json);
    }
    if start.starts_with("version https://git-lfs") {
        return Err(Refused::Other { what: "a pointer of git-lfs, which names the file and does not hold it" });
    }
    // Something before the first tag; but a file that has the root element is damaged, and not another thing.
    if start.contains("<iati-activities") {
        return Ok(());
    }
    let says = shown(start.lines().next().unwrap_or_default());
    if start.starts_with("--") || start.contains("</") { Ok(()) } else { Err(Refused::PlainText { says }) }
}

/// Whether markup is a web page: by its DOCTYPE, or by its first element.
fn markup(start: &str) -> Result<(), Refused> {
    let mut rest = start.get(..start.floor_char_boundary(HEAD_BYTES)).unwrap_or(start);
    loop {
        rest = rest.trim_start();
        let end = if rest.starts_with("<?") {
            "?>"
        } else if rest.starts_with("<!--") {
            "-->"
        } else {
            break;
        };
        match rest.split_once(end) {
            Some((_, after)) => rest = after,
            None => return Ok(()),
        }
    }
    let head: String = rest.chars().take(16).collect::<String>().to_ascii_lowercase();
    let is_page = head.starts_with("<!doctype html")
        || ["<html", "<head", "<body"].iter().any(|tag| {
            head.strip_prefix(tag).is_some_and(|after| after.starts_with([' ', '>', '\t', '\r', '\n', '/']))
        });
    if is_page { Err(Refused::WebPage { title: title(start) }) } else { Ok(()) }
}

/// The title of a web page, quoted, with a space before it; empty if it has none.
fn title(page: &str) -> String {
    let head = page.get(..page.floor_char_boundary(HEAD_BYTES)).unwrap_or(page);
    // Of the same length, so a place in one is a place in the other.
    let lower = head.to_ascii_lowercase();
    let text = lower.find("<title").and_then(|at| {
        let from = at.saturating_add(lower.get(at..)?.find('>')?).saturating_add(1);
        let to = from.saturating_add(lower.get(from..)?.find("</title")?);
        head.get(from..to)
    });
    let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
    if words.is_empty() { String::new() } else { format!(" (\"{}\")", shown(&words.join(" "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_unpacked_than_is_taken() {
        let mut packed = Vec::new();
        let zeros = [b' '; 100_000];
        flate2::read::GzEncoder::new(&zeros[..], flate2::Compression::best()).read_to_end(&mut packed).unwrap();
        assert!(packed.len() < 1_000);
        assert_eq!(gunzip(&packed, 100_000).unwrap().len(), 100_000);
        assert_eq!(gunzip(&packed, 99_999), Err(Refused::UnpacksTooLarge { limit: 99_999 }));
    }
}
