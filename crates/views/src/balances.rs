//! Balances, as the API, the command line and the hledger export name them.

use crate::Views;
use almoner_ledger::{AccountKey, EntityNo, Money};
use almoner_wire::BalanceRow;

impl Views {
    /// The account's full name: head, chain, fund, project.
    #[must_use]
    pub fn account_name(&self, key: &AccountKey) -> String {
        let id = |no: EntityNo| self.entity(no, None).map(|e| e.id.to_owned()).unwrap_or_default();
        let chain = self.chain(key.pool.chain).map(|c| c.id.clone()).unwrap_or_default();
        let mut name = format!("{}:{chain}:{}", key.head.name(&id), id(key.pool.fund));
        if let Some(project) = key.pool.project {
            name.push(':');
            name.push_str(&id(project));
        }
        name
    }

    /// Balances after the first `at` events; zero balances are left out.
    #[must_use]
    pub fn balances(&self, chain: Option<&str>, fund: Option<&str>, at: Option<u64>) -> Vec<BalanceRow> {
        self.balance_rows(chain, fund, at).collect()
    }

    /// The same, one after another. At one size the order never changes.
    pub fn balance_rows(
        &self,
        chain: Option<&str>,
        fund: Option<&str>,
        at: Option<u64>,
    ) -> impl Iterator<Item = BalanceRow> {
        let id = |no: EntityNo| self.entity(no, None).map(|e| e.id).unwrap_or_default();
        let of_chain = chain.map(|id| self.chain_no(id));
        // Of a chain that there is not, none.
        let accounts = (of_chain != Some(None)).then(|| self.accounts.all(of_chain.flatten()));
        accounts.into_iter().flatten().filter_map(move |(key, series)| {
            let amount = Money::from_minor(series.at(at), key.pool.currency);
            let chain_id = self.chain(key.pool.chain).map(|c| c.id.as_str()).unwrap_or_default();
            if amount.is_zero() {
                return None;
            }
            let fund_id = id(key.pool.fund);
            if fund.is_some_and(|f| f != fund_id) {
                return None;
            }
            Some(BalanceRow {
                chain: chain_id.to_owned(),
                fund: fund_id.to_owned(),
                project: key.pool.project.map(id).map(str::to_owned),
                account: self.account_name(key),
                currency: key.pool.currency.to_string(),
                amount: amount.amount().to_string(),
            })
        })
    }
}
