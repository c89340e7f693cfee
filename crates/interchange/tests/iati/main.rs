//! The IATI reader against our own fixtures, real publishers' files, and hostile bytes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod activities;
mod content;
mod hostile;
mod keys;
mod mutated;
mod vectors;

use almoner_interchange::iati::{Activity, Observed, Refused, Report, Reported, read};

/// Minor digits of the currencies of the test files, as ISO 4217 has them; the ledger owns the real table.
fn digits(currency: &str) -> Option<u32> {
    match currency {
        "ISK" | "JPY" | "KRW" => Some(0),
        "AUD" | "CAD" | "CHF" | "CRC" | "CZK" | "DKK" | "EUR" | "GBP" | "MNT" | "NGN" | "NOK" | "NZD" | "SEK"
        | "USD" => Some(2),
        "JOD" | "KWD" => Some(3),
        _ => None,
    }
}

/// Reads a whole file: its transactions.
fn all(bytes: &[u8]) -> Result<(Report, Vec<Observed>), Refused> {
    whole(bytes).map(|(report, seen, _)| (report, seen))
}

/// Reads a whole file: transactions and activities.
fn whole(bytes: &[u8]) -> Result<(Report, Vec<Observed>, Vec<Activity>), Refused> {
    let (mut seen, mut activities) = (Vec::new(), Vec::new());
    let report = read(bytes, &digits, &mut |reported| {
        match reported {
            Reported::Transaction(transaction) => seen.push(*transaction),
            Reported::Activity(activity) => activities.push(*activity),
        }
        Ok::<(), Refused>(())
    })?;
    assert_eq!((report.transactions, report.activities), (seen.len() as u64, activities.len() as u64));
    let sorted = report.elements;
    assert_eq!(report.unmapped.iter().map(|u| u.elements).sum::<u64>(), sorted.listed);
    Ok((report, seen, activities))
}

/// Reads a file of one activity with the given content.
fn activity(content: &str) -> (Report, Vec<Observed>) {
    let file = format!(
        "<iati-activities version=\"2.03\">\n<iati-activity default-currency=\"EUR\">\n\
         <iati-identifier>A</iati-identifier>{content}</iati-activity>\n</iati-activities>"
    );
    all(file.as_bytes()).unwrap()
}

/// Reads a transaction that is complete but for its value element.
fn valued(value: &str) -> (Report, Observed) {
    let (report, mut seen) = activity(&format!(
        "<transaction ref='r'><transaction-type code='3'/><transaction-date iso-date='2020-01-31'/>{value}</transaction>"
    ));
    (report, seen.remove(0))
}

/// What is listed, with its line: path and reason.
fn reasons(report: &Report) -> Vec<(u64, String)> {
    report.unmapped.iter().map(|u| (u.line, format!("{}: {}", u.path, u.reason))).collect()
}
