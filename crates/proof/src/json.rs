//! The JSON that may stand in an event: stricter than RFC 8259, so that every reader sees the same.
//!
//! One object; depth at most 8 (the object itself is 1); no duplicate keys, compared after
//! unescaping; integers within ±2^53 without fraction, exponent or `-0`; no lone surrogates.
//! Spaces between tokens are allowed; tabs and newlines cannot occur in a note's line.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// Deepest nesting.
pub const DEPTH_MAX: usize = 8;
/// Largest magnitude of an integer: 2^53, the last that a double holds with all below it.
pub const INTEGER_MAX: u64 = 1 << 53;

/// Up to so many keys of an object are compared one by one.
const FEW_KEYS: usize = 16;

/// Why a text is not acceptable; the position is the byte within `data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON at all.
    #[error("byte {0}: not JSON")]
    Syntax(usize),
    /// The value is no object.
    #[error("data must be one JSON object")]
    NotObject,
    /// Nested too deeply.
    #[error("byte {0}: nested deeper than 8")]
    Depth(usize),
    /// A key stands twice in one object.
    #[error("byte {0}: this key stands twice in one object")]
    DuplicateKey(usize),
    /// A fraction, an exponent or `-0`.
    #[error("byte {0}: numbers are whole; write amounts as strings")]
    Float(usize),
    /// Beyond ±2^53.
    #[error("byte {0}: integers stay within ±2^53")]
    Range(usize),
    /// Half of a surrogate pair.
    #[error("byte {0}: half of a surrogate pair")]
    Surrogate(usize),
}

/// Checks `data` of an event.
///
/// # Errors
/// The first [`JsonError`].
pub fn check(text: &str) -> Result<(), JsonError> {
    let mut scan = Scan { text, at: 0, keys: Vec::new() };
    scan.spaces();
    if scan.peek() != Some(b'{') {
        // Tell "an array" from "not JSON".
        scan.value(1)?;
        return Err(JsonError::NotObject);
    }
    scan.value(1)?;
    scan.spaces();
    if scan.at == text.len() { Ok(()) } else { Err(JsonError::Syntax(scan.at)) }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// Keys of the objects that are open, innermost last.
    keys: Vec<Cow<'a, str>>,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Past bytes that are there: a position is never beyond the text's length, so the edge of a usize is not met.
    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn take(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.peek() == Some(byte) {
            self.skip(1);
            Ok(())
        } else {
            Err(JsonError::Syntax(self.at))
        }
    }

    fn spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.skip(1);
        }
    }

    fn value(&mut self, depth: usize) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(|_| ()),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => Err(JsonError::Syntax(self.at)),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), JsonError> {
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.skip(word.len());
            Ok(())
        } else {
            Err(JsonError::Syntax(self.at))
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), JsonError> {
        if depth > DEPTH_MAX {
            return Err(JsonError::Depth(self.at));
        }
        self.take(b'{')?;
        self.spaces();
        let base = self.keys.len();
        let mut many = BTreeSet::new();
        if self.peek() == Some(b'}') {
            self.skip(1);
            return Ok(());
        }
        loop {
            let key_at = self.at;
            let key = self.string()?;
            let open = self.keys.get(base..).unwrap_or_default();
            // A list is fastest for what events have; beyond that a hostile author would make it slow.
            let twice = if open.len() < FEW_KEYS {
                open.contains(&key)
            } else {
                !many.insert(key.clone()) || open.get(..FEW_KEYS).is_some_and(|few| few.contains(&key))
            };
            if twice {
                return Err(JsonError::DuplicateKey(key_at));
            }
            self.keys.push(key);
            self.spaces();
            self.take(b':')?;
            self.spaces();
            self.value(depth.saturating_add(1))?;
            self.spaces();
            match self.peek() {
                Some(b',') => {
                    self.skip(1);
                    self.spaces();
                }
                Some(b'}') => {
                    self.skip(1);
                    self.keys.truncate(base);
                    return Ok(());
                }
                _ => return Err(JsonError::Syntax(self.at)),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), JsonError> {
        if depth > DEPTH_MAX {
            return Err(JsonError::Depth(self.at));
        }
        self.take(b'[')?;
        self.spaces();
        if self.peek() == Some(b']') {
            self.skip(1);
            return Ok(());
        }
        loop {
            self.value(depth.saturating_add(1))?;
            self.spaces();
            match self.peek() {
                Some(b',') => {
                    self.skip(1);
                    self.spaces();
                }
                Some(b']') => {
                    self.skip(1);
                    return Ok(());
                }
                _ => return Err(JsonError::Syntax(self.at)),
            }
        }
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        let negative = self.peek() == Some(b'-');
        if negative {
            self.skip(1);
        }
        let digits_at = self.at;
        let mut magnitude: u64 = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            // What saturates is beyond the range all the same.
            magnitude = magnitude.saturating_mul(10).saturating_add(u64::from(digit.wrapping_sub(b'0')));
            self.skip(1);
        }
        let digits = self.at.saturating_sub(digits_at);
        let leading_zero = digits > 1 && self.text.as_bytes().get(digits_at) == Some(&b'0');
        if digits == 0 || leading_zero {
            return Err(JsonError::Syntax(start));
        }
        if matches!(self.peek(), Some(b'.' | b'e' | b'E')) || (negative && magnitude == 0) {
            return Err(JsonError::Float(start));
        }
        if magnitude > INTEGER_MAX {
            return Err(JsonError::Range(start));
        }
        Ok(())
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.take(b'"')?;
        let start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let whole = self.text.get(start..self.at).unwrap_or_default();
                    self.skip(1);
                    return Ok(Cow::Borrowed(whole));
                }
                Some(b'\\') => return self.escaped(start).map(Cow::Owned),
                Some(0..0x20) | None => return Err(JsonError::Syntax(self.at)),
                Some(_) => self.skip(1),
            }
        }
    }

    fn escaped(&mut self, start: usize) -> Result<String, JsonError> {
        let mut out = self.text.get(start..self.at).unwrap_or_default().to_owned();
        loop {
            let from = self.at;
            match self.peek() {
                Some(b'"') => {
                    self.skip(1);
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.skip(1);
                    let mark = self.peek().ok_or(JsonError::Syntax(from))?;
                    self.skip(1);
                    out.push(match mark {
                        b'"' => '"',
                        b'\\' => '\\',
                        b'/' => '/',
                        b'b' => '\u{8}',
                        b'f' => '\u{c}',
                        b'n' => '\n',
                        b'r' => '\r',
                        b't' => '\t',
                        b'u' => self.unicode(from)?,
                        _ => return Err(JsonError::Syntax(from)),
                    });
                }
                Some(0..0x20) | None => return Err(JsonError::Syntax(self.at)),
                Some(_) => {
                    while self.peek().is_some_and(|b| b >= 0x20 && b != b'"' && b != b'\\') {
                        self.skip(1);
                    }
                    out.push_str(self.text.get(from..self.at).unwrap_or_default());
                }
            }
        }
    }

    fn unicode(&mut self, from: usize) -> Result<char, JsonError> {
        let unit = self.hex4(from)?;
        let low = match unit {
            0xD800..0xDC00 => {
                self.word("\\u").map_err(|_| JsonError::Surrogate(from))?;
                Some(self.hex4(from)?)
            }
            _ => None,
        };
        let decoded = char::decode_utf16([unit].into_iter().chain(low)).next();
        decoded.and_then(Result::ok).ok_or(JsonError::Surrogate(from))
    }

    fn hex4(&mut self, from: usize) -> Result<u16, JsonError> {
        let digits = self.text.get(self.at..).and_then(|rest| rest.get(..4)).ok_or(JsonError::Syntax(from))?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(JsonError::Syntax(from));
        }
        self.skip(4);
        u16::from_str_radix(digits, 16).map_err(|_| JsonError::Syntax(from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_accepted() {
        for good in [
            "{}",
            r#"{ "a" : [ 1 , -9007199254740992, 9007199254740992 ] , "b":"\u0000\ud83d\ude00\/", "c":null,"d":true}"#,
            r#"{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}"#,
            r#"{"a":{"x":1},"b":{"x":1}}"#,
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn duplicates_are_found_in_large_objects_too() {
        let object = |keys: &[usize]| {
            format!("{{{}}}", keys.iter().map(|k| format!("\"k{k}\":{k}")).collect::<Vec<_>>().join(","))
        };
        let mut keys: Vec<usize> = (0..100).collect();
        assert_eq!(check(&object(&keys)), Ok(()));
        for twice in [0, 15, 16, 17, 99] {
            keys.push(twice);
            assert!(matches!(check(&object(&keys)), Err(JsonError::DuplicateKey(_))), "{twice}");
            keys.pop();
        }
    }

    #[test]
    fn what_is_refused() {
        for (bad, why) in [
            ("", JsonError::Syntax(0)),
            ("[]", JsonError::NotObject),
            ("{}{}", JsonError::Syntax(2)),
            (r#"{"a":1,"a":2}"#, JsonError::DuplicateKey(7)),
            (r#"{"a":1,"\u0061":2}"#, JsonError::DuplicateKey(7)),
            (r#"{"a":1.0}"#, JsonError::Float(5)),
            (r#"{"a":1e3}"#, JsonError::Float(5)),
            (r#"{"a":-0}"#, JsonError::Float(5)),
            (r#"{"a":01}"#, JsonError::Syntax(5)),
            (r#"{"a":9007199254740993}"#, JsonError::Range(5)),
            (r#"{"a":"\ud800"}"#, JsonError::Surrogate(6)),
            (r#"{"a":"\udc00"}"#, JsonError::Surrogate(6)),
            (r#"{"a":1,}"#, JsonError::Syntax(7)),
            (r#"{'a':1}"#, JsonError::Syntax(1)),
            (r#"{"a":NaN}"#, JsonError::Syntax(5)),
            (r#"{"a":"\x"}"#, JsonError::Syntax(6)),
            (r#"{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}"#, JsonError::Depth(40)),
        ] {
            let got = check(bad);
            assert_eq!(std::mem::discriminant(&got), std::mem::discriminant(&Err(why)), "{bad}: {got:?}");
        }
    }
}
