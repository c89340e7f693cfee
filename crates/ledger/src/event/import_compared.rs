//! import.compared: a file that was published again takes the place of those before it.

use super::prelude::*;

/// Most keys that one event names: 47 bytes each, within the limit of an event.
const KEYS_MAX: usize = 1_000;

data! {
    /// Data of `import.compared/1`.
    pub(super) struct ImportCompared {
        /// Own import: the newer file.
        import: Ref,
        /// Own imports whose place it takes; each is replaced once.
        replaces: Vec<Ref>,
        /// Keys of observed transactions and activities that are not in it.
        gone: Vec<Digest>,
        /// Keys that are in it and were first told from another file, or were gone before.
        again: Vec<Digest>,
    }
}

impl Kind for ImportCompared {
    const TYPE: &'static str = "import.compared/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "A file is compared with those that the same publisher published before it: it takes their place, and what they said and it does not say is no longer in the newest file. Up to 1,000 keys in all; further ones in further events.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/import.compared.txt");
    const EXAMPLE: &'static str = r#"{"import":"import/1e","replaces":["import/0f"],"gone":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="],"again":[]}"#;
}

impl Event for ImportCompared {
    fn tell(&self) -> Telling<'_> {
        vec![
            ("import", Slot::Entity(&self.import)),
            ("replaces", Slot::count(&self.replaces)),
            ("gone", Slot::count(&self.gone)),
            ("again", Slot::count(&self.again)),
        ]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let import = context.mine::<Import>(&self.import)?;
        let count = self.gone.len().saturating_add(self.again.len());
        if count > KEYS_MAX || self.replaces.len() > LINES_MAX {
            let limits = format!(
                "at most {KEYS_MAX} keys and {LINES_MAX} imports; these are {count} and {}",
                self.replaces.len()
            );
            return Err(Refusal::new(Code::DataCount, limits).at("gone"));
        }
        let mut effects = Vec::new();
        let mut replaces = Vec::new();
        for reference in &self.replaces {
            let old = context.mine::<Import>(reference)?;
            if old.no == import.no {
                return Err(Refusal::new(Code::DataSame, format!("{reference} cannot replace itself")).at("replaces"));
            }
            if replaces.contains(&old.no) {
                return Err(Refusal::new(Code::DataTwice, reference).at("replaces"));
            }
            if let Some(by) = old.standing.replaced_by {
                let by = context.entity::<Import>(by).map(|newer| newer.id).unwrap_or_default();
                return Err(wrong_state(format!("{reference} was replaced by import/{by}")));
            }
            replaces.push(old.no);
            effects.push(context.stand(old, ImportStanding { replaced_by: Some(import.no) }));
        }
        for (list, keys) in [("gone", &self.gone), ("again", &self.again)] {
            for (place, key) in keys.iter().enumerate() {
                if !context.is_observed(key.0) {
                    let what = format!("this importer has told nothing with the key {}", key.0);
                    return Err(Refusal::new(Code::RefUnknown, what).at(place).at(list));
                }
            }
        }
        let keys = |digests: &[Digest]| digests.iter().map(|digest| digest.0).collect();
        let note = Note::Compared { import: import.no, replaces, gone: keys(&self.gone), again: keys(&self.again) };
        effects.push(Effect::Note(note));
        Ok(effects)
    }
}
