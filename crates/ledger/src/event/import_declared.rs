//! import.declared: a file of other people's reports is brought in.

use super::prelude::*;

/// Data of `import.declared/1`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportDeclared {
    import: Ref,
    sha256: String,
    name: String,
    standard: String,
    publisher: Option<String>,
    licence: Option<String>,
    mapper: String,
    left_out: Option<Vec<LeftOut>>,
    findings: Vec<Finding>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeftOut {
    path: String,
    count: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Finding {
    code: String,
    line: Option<u64>,
    what: String,
}

impl Kind for ImportDeclared {
    const TYPE: &'static str = "import.declared/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str =
        "An importer names a file: its hash, publisher, licence, and the version of the mapping.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/import.declared.txt");
    const MEMBERS: &'static [(&'static str, &'static str)] = &[
        ("import", "new `import/<id>`"),
        ("sha256", "of the file, 64 hex digits"),
        ("name", "file name"),
        ("standard", "such as iati 2.03"),
        ("publisher?", "identifier of the reporting organisation"),
        ("licence?", "licence of the data"),
        ("mapper", "name and version of the mapping"),
        ("left_out?", "list of {path, count}: what of the file no event carries, by element path"),
        ("findings", "list of {code, line?, what}: what is odd about the file or was changed in reading it"),
    ];
    const EXAMPLE: &'static str = r#"{"import":"import/0f","sha256":"0000000000000000000000000000000000000000000000000000000000000000","name":"activities.xml","standard":"iati 2.03","publisher":"GB-CHC-313139","mapper":"iati-1","left_out":[{"path":"iati-activity/location","count":2}],"findings":[{"code":"replaced-character","line":5,"what":"U+0092 read as ’"}]}"#;
}

impl Event for ImportDeclared {
    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        for text in [&self.name, &self.standard, &self.mapper].into_iter().chain(&self.publisher).chain(&self.licence) {
            check_text("texts", text)?;
        }
        let hex =
            self.sha256.len() == 64 && self.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !hex {
            return Err(Refusal::new(Code::DataDigest, "64 lowercase hex digits").at("sha256"));
        }
        let said = Said::Import {
            sha256: self.sha256.clone(),
            publisher: self.publisher.clone().unwrap_or_default(),
            name: self.name.clone(),
        };
        Ok(vec![context.open(0, EntityKind::Import, &self.import, said, Standing::Import { replaced_by: None })?])
    }
}
