//! import.declared: a file of other people's reports is brought in.

use super::prelude::*;
use super::reported::{LeftOut, Reported};

data! {
    /// Data of `import.declared/1`.
    pub struct ImportDeclared {
        /// New `import/<id>`.
        pub import: Ref,
        /// Of the file, 64 hex digits.
        sha256: String,
        /// File name.
        pub name: String,
        /// Such as iati 2.03.
        pub standard: String,
        /// Identifier of the reporting organisation.
        pub publisher: Option<String>,
        /// Licence of the data.
        pub licence: Option<String>,
        /// Name and version of the mapping.
        pub mapper: String,
        /// What of the file no event carries, by element path.
        pub left_out: Option<Vec<LeftOut>>,
        /// What is odd about the file, or was changed in reading it.
        pub findings: Vec<Finding>,
    }
}

data! {
    /// What is odd about a file.
    pub struct Finding {
        /// What kind of thing, as a code.
        pub code: String,
        /// Line of the file, from 1.
        pub line: Option<u64>,
        /// In words.
        pub what: String,
    }
}

impl Kind for ImportDeclared {
    const TYPE: &'static str = "import.declared/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str =
        "An importer names a file: its hash, publisher, licence, and the version of the mapping.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/import.declared.txt");
    const EXAMPLE: &'static str = r#"{"import":"import/0f","sha256":"0000000000000000000000000000000000000000000000000000000000000000","name":"activities.xml","standard":"iati 2.03","publisher":"GB-CHC-313139","mapper":"iati-1","left_out":[{"path":"iati-activity/location","count":2}],"findings":[{"code":"replaced-character","line":5,"what":"U+0092 read as ’"}]}"#;
}

impl Event for ImportDeclared {
    fn reported(&self) -> Option<Reported<'_>> {
        Some(Reported::File(self))
    }

    fn tell(&self) -> Telling<'_> {
        vec![("name", Slot::Text(&self.name))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        for text in [&self.name, &self.standard, &self.mapper].into_iter().chain(&self.publisher).chain(&self.licence) {
            check_text("texts", text)?;
        }
        let hex =
            self.sha256.len() == 64 && self.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !hex {
            return Err(Refusal::new(Code::DataDigest, "64 lowercase hex digits").at("sha256"));
        }
        let said = Import {
            sha256: self.sha256.clone(),
            publisher: self.publisher.clone().unwrap_or_default(),
            name: self.name.clone(),
        };
        Ok(vec![context.open(0, &self.import, said, ImportStanding { replaced_by: None })?])
    }
}
