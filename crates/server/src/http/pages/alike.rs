//! Spellings that a search takes for one: compatibility forms (Unicode NFKC, so also full and half width), case (full
//! case folding, CaseFolding.txt), blanks, and characters that nobody sees.

use almoner_proof::text::is_hidden;
use caseless::Caseless as _;
use unicode_normalization::UnicodeNormalization as _;

/// The text as it is compared.
pub(super) fn folded(text: &str) -> String {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) && !text.contains("  ") {
        return text.trim().to_ascii_lowercase();
    }
    let is_seen = |c: &char| c.is_whitespace() || !is_hidden(*c);
    // Twice, because folding may leave what is not normal (UAX #15, section 8; the standard's definition D146).
    let folded: String =
        text.nfkc().filter(is_seen).default_case_fold().nfkc().default_case_fold().nfkc().filter(is_seen).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn what_a_reader_takes_for_one_is_one() {
        for alike in [
            &["Caf\u{e9} Lumi\u{e8}re", "CAFE\u{301} LUMIE\u{300}RE", "  caf\u{e9}\u{a0}\u{a0}lumi\u{e8}re "][..],
            &["The Well", "the\u{200b} well", "\u{feff}THE\u{3000}WELL", "Th\u{ad}e Well", "the\n well"],
            &["\u{ff28}\u{ff29}\u{ff24}\u{ff0d}\u{ff10}", "hid-0", "HID-0"],
            &["STRASSE", "stra\u{df}e", "Stra\u{1e9e}e"],
            &["\u{ff76}\u{ff9e}\u{ff9d}", "\u{30ac}\u{30f3}"],
            &["\u{1f88}", "\u{1f80}"],
            &["\u{fb01}sh", "FISH"],
        ] {
            for one in alike {
                assert_eq!(folded(one), folded(alike[0]), "{one:?}");
                assert_eq!(folded(&folded(one)), folded(one), "{one:?}");
            }
        }
        for (one, other) in [("cafe", "caf\u{e9}"), ("\u{304b}", "\u{304c}"), ("well", "wells")] {
            assert_ne!(folded(one), folded(other));
        }
        assert_eq!(folded("\u{200b}\u{1}"), "");
    }
}
