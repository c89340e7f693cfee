//! Dates: `xsd:date` (<https://www.w3.org/TR/xmlschema-2/#date>), of which only the calendar day is kept.

use almoner_proof::text::is_date;

/// The day `YYYY-MM-DD`, if the text is a real date of the years 1 to 9999. A zone (`Z`, `+01:00`) or a time of day
/// behind it, which `xsd:dateTime` has, is passed over: the raw text keeps it.
pub(super) fn day(text: &str) -> Option<String> {
    let (head, rest) = (text.get(..10)?, text.get(10..)?);
    // ISO 8601 has a year 0, which XML Schema of that time has not.
    (is_date(head) && !head.starts_with("0000") && behind(rest)).then(|| head.to_owned())
}

/// Whether what follows the day is nothing, a zone, or a time of day.
fn behind(rest: &str) -> bool {
    let zone = |text: &str| {
        text.is_empty() || text == "Z" || text.strip_prefix(['+', '-']).is_some_and(|hours| shaped(hours, "00:00"))
    };
    match rest.strip_prefix('T') {
        None => zone(rest),
        Some(time) => {
            let (clock, zone_text) = time.split_at(time.find(['Z', '+', '-']).unwrap_or(time.len()));
            let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
            let digits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
            digits && (shaped(clock, "00:00:00") || shaped(clock, "00:00")) && zone(zone_text)
        }
    }
}

fn shaped(text: &str, pattern: &str) -> bool {
    let same = |(t, p): (u8, u8)| if p == b'0' { t.is_ascii_digit() } else { t == p };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(same)
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn real_days_and_others() {
        for (text, expected) in [
            ("2020-02-29", Some("2020-02-29")),
            ("2000-02-29", Some("2000-02-29")),
            ("2021-02-29", None),
            ("1900-02-29", None),
            ("2012-06-01Z", Some("2012-06-01")),
            ("2012-06-01+08:00", Some("2012-06-01")),
            ("2012-06-01T09:06:01.5-04:00", Some("2012-06-01")),
            ("2012-06-01T", None),
            ("2012-06-01 00:00", None),
            ("2012-13-01", None),
            ("2012-00-10", None),
            ("0000-01-01", None),
            ("961963", None),
            ("01/06/2012", None),
            ("2012-6-1", None),
            ("２０１２-06-01", None),
            ("+012-06-01", None),
            ("", None),
        ] {
            assert_eq!(day(text).as_deref(), expected, "{text}");
        }
    }
}
