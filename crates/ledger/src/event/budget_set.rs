//! budget.set: what a project is to cost, by heading.

use super::prelude::*;

data! {
    /// Data of `budget.set/1`.
    pub(super) struct BudgetSet {
        /// Own project.
        project: Ref,
        /// ISO 4217.
        currency: Currency,
        /// The headings, 1 to 256.
        lines: Vec<Line>,
    }
}

data! {
    struct Line {
        /// What it is for.
        heading: String,
        /// How much, zero or more.
        amount: Figure,
    }
}

impl Kind for BudgetSet {
    const TYPE: &'static str = "budget.set/1";
    const SIGNERS: Signers = REPORTS;
    const SUMMARY: &'static str = "A project's budget by heading; it replaces the one before.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/budget.set.txt");
    const EXAMPLE: &'static str =
        r#"{"project":"project/wells","currency":"CNY","lines":[{"heading":"drilling","amount":"400000.00"}]}"#;
}

impl Event for BudgetSet {
    fn tell(&self) -> Telling<'_> {
        vec![
            ("project", Slot::Entity(&self.project)),
            ("total", Slot::sum(self.lines.iter().map(|line| line.amount), self.currency)),
        ]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let project = context.mine::<Project>(&self.project)?;
        if !(1..=LINES_MAX).contains(&self.lines.len()) {
            return Err(Refusal::new(Code::DataCount, "1 to 256 stand here").at("lines"));
        }
        let line = |(nth, line): (usize, &Line)| {
            check_text("heading", &line.heading).at(nth).at("lines")?;
            let amount = line.amount.not_negative(self.currency).item("lines", nth, "amount")?;
            Ok((line.heading.clone(), amount))
        };
        let budget = self.lines.iter().enumerate().map(line).collect::<Result<_, Refusal>>()?;
        Ok(vec![context.say(project, Project { budget, ..project.said.clone() })])
    }
}
