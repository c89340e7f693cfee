//! Did you mean: the known name that somebody most likely meant.

/// The known name nearest to `word`: one that differs in a third of its letters at most (letters that changed places
/// count once), or that begins with it. Case does not matter. Of several the first.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > 200 {
        return None;
    }
    let word: String = word.to_lowercase();
    let allowed = word.chars().count().div_ceil(3);
    let far = |name: &str| {
        let name = name.to_lowercase();
        let begins = word.chars().count() >= 3 && name.starts_with(&word);
        let distance = strsim::damerau_levenshtein(&word, &name);
        (distance <= allowed || begins).then_some(if begins { distance.min(allowed) } else { distance })
    };
    known
        .into_iter()
        .filter_map(|name| Some((far(name)?, name)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// What is said of a name that is not there, with the one that was meant.
#[must_use]
pub fn meant(what: &str, near: Option<&str>) -> String {
    near.map_or_else(|| what.to_owned(), |near| format!("{what}; did you mean {near}?"))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn typing_errors_find_what_was_meant_and_other_words_nothing() {
        let known = ["fund.opened", "fund.closed", "donation.received", "gross"];
        for (word, meant) in [
            ("fund.open", Some("fund.opened")),
            ("donation.recieved", Some("donation.received")),
            ("Gross", Some("gross")),
            ("gros", Some("gross")),
            ("fund.close", Some("fund.closed")),
            ("milestone", None),
            ("x", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
    }
}
