//! What is admitted and hardly meant: warnings of the dry run, before a slip is signed for ever.

use crate::data::Date;
use crate::nearest::meant;
use serde::Deserialize;

/// Days ahead of today that are not asked about: elsewhere it is tomorrow already.
const AHEAD_MAX: i64 = 1;
/// Days back that are not asked about: a year that is being closed, and a month to close it.
const BACK_MAX: i64 = 400;

/// Something that is admitted and hardly meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlikely {
    /// A stable word: `date.ahead`, `date.back`.
    pub code: &'static str,
    /// The member of data.
    pub member: &'static str,
    /// One sentence.
    pub text: String,
}

/// What is unlikely in the data of an event that is signed today.
#[must_use]
pub fn unlikely(data: &str, today: Date) -> Vec<Unlikely> {
    /// All that is looked at; whether data is of its kind's shape was judged before.
    #[derive(Deserialize)]
    struct Data {
        effective_date: Option<Date>,
    }
    let Some(date) = serde_json::from_str::<Data>(data).ok().and_then(|data| data.effective_date) else {
        return Vec::new();
    };
    let ahead = date.day_number().saturating_sub(today.day_number());
    let back = ahead.saturating_neg();
    let (code, days, side) = if ahead > AHEAD_MAX {
        ("date.ahead", ahead, "after")
    } else if back > BACK_MAX {
        ("date.back", back, "before")
    } else {
        return Vec::new();
    };
    let text = format!("{date} is {days} days {side} today, {today}");
    vec![Unlikely { code, member: "effective_date", text: meant(&text, slip(date, today).as_deref()) }]
}

/// The day that was meant where the digits of this year, or of the last, were typed in another order.
fn slip(date: Date, today: Date) -> Option<String> {
    let digits = |year: &str| {
        let mut digits: Vec<u8> = year.bytes().collect();
        digits.sort_unstable();
        digits
    };
    let (year, rest) = date.as_str().split_at_checked(4)?;
    let this: u32 = today.as_str().get(..4)?.parse().ok()?;
    let years = [this, this.saturating_sub(1)].map(|year| format!("{year:04}"));
    let meant = years.into_iter().find(|meant| digits(meant) == digits(year))?;
    let meant = Date::parse(&format!("{meant}{rest}"))?;
    let days = meant.day_number().saturating_sub(today.day_number());
    (-BACK_MAX..=AHEAD_MAX).contains(&days).then(|| meant.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(day: &str, today: &str) -> Vec<String> {
        let data = format!(r#"{{"effective_date":"{day}","other":[1]}}"#);
        let said = |what: &Unlikely| format!("{}: {}: {}", what.code, what.member, what.text);
        unlikely(&data, Date::parse(today).unwrap()).iter().map(said).collect()
    }

    #[test]
    fn days_far_from_today_are_asked_about() {
        for (day, said) in [
            ("2026-05-02", None),
            ("2026-05-03", Some("date.ahead: effective_date: 2026-05-03 is 2 days after today, 2026-05-01")),
            ("2025-03-27", None),
            ("2025-03-26", Some("date.back: effective_date: 2025-03-26 is 401 days before today, 2026-05-01")),
            ("2062-04-20", Some("; did you mean 2026-04-20?")),
            ("0226-04-20", Some("; did you mean 2026-04-20?")),
            ("2052-12-31", Some("; did you mean 2025-12-31?")),
            ("9999-12-31", Some("days after today")),
        ] {
            let found = of(day, "2026-05-01");
            assert_eq!(found.len(), usize::from(said.is_some()), "{day}: {found:?}");
            assert!(said.is_none_or(|said| found[0].contains(said)), "{day}: {found:?}");
        }
        assert_eq!(unlikely(r#"{"fund":"fund/a"}"#, Date::parse("2026-05-01").unwrap()), []);
    }

    #[test]
    fn days_are_counted_over_every_month_and_leap_year() {
        let (mut count, mut last) = (0, None);
        for year in 1895..=2105 {
            for month in 1..=12 {
                for day in 1..=31 {
                    let Some(date) = Date::parse(&format!("{year}-{month:02}-{day:02}")) else { continue };
                    if let Some(last) = last {
                        assert_eq!(date.day_number(), last + 1, "{date}");
                    }
                    (last, count) = (Some(date.day_number()), count + 1);
                }
            }
        }
        // 211 years, of which 52 have a leap day: not 1900 and not 2100.
        assert_eq!(count, 211 * 365 + 51);
    }
}
