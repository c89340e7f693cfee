//! The API of a server of ours, in the types of the wire. What it answers is its word and nothing more.

// Saturating: counts of rows in memory, and positions, which do not come near the edge.

use super::{ANSWER_MAX, Answer, Web, brief, read};
use crate::failure::{Failure, Outcome, While as _};
use almoner_wire::{Draft, Drafts, DryRun, Events, Paged, Problem, Results, Submission};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Most rows of all pages of a list together: of balances some 200 MiB.
const ROWS_MAX: usize = 200_000;

const SUBMIT: &str = "/v1/events";
const DRY_RUN: &str = "/v1/events?dry_run=true";

/// A server of this program's API.
pub struct Server {
    web: Web,
}

impl Server {
    /// Names a server.
    #[must_use]
    pub fn new(base: &str) -> Server {
        Server { web: Web::new(base) }
    }

    /// Its address.
    #[must_use]
    pub fn base(&self) -> &str {
        self.web.base()
    }

    /// GET.
    ///
    /// # Errors
    /// When it cannot be reached, answers a problem, or something else than is asked for.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Outcome<T> {
        let answer = self.fetch(path, ANSWER_MAX)?;
        if answer.status == 200 { self.told(path, &answer) } else { Err(self.refused(path, &answer)) }
    }

    /// GET of a list with all its pages: the first answer, with the rows of all. The next page is where this list goes
    /// on, and nowhere else that a server may name; each has rows, and together they have so many at the most as are
    /// worth holding.
    ///
    /// # Errors
    /// Those of [`Server::get`], and what is said above.
    pub fn get_all<L: Paged + DeserializeOwned>(&self, path: &str) -> Outcome<L> {
        let list = path.split('?').next().unwrap_or(path);
        let mut whole: L = self.get(path)?;
        let mut next = whole.next().map(str::to_owned);
        while let Some(at) = next {
            if at.split_once('?').is_none_or(|(endpoint, _)| endpoint != list) {
                return Err(Failure::new(format!("the next page of {list} is said to be {}", brief(&at))));
            }
            let mut page: L = self.get(&at)?;
            next = page.next().map(str::to_owned);
            if page.rows().is_empty() {
                return Err(Failure::new(format!("{}: a page without rows", brief(&at))));
            }
            whole.rows().append(page.rows());
            if whole.rows().len() > ROWS_MAX {
                return Err(Failure::new(format!("{list} has more than {ROWS_MAX} rows: ask for a part of it")));
            }
        }
        Ok(whole)
    }

    /// GET; `None` for 404.
    ///
    /// # Errors
    /// Those of [`Server::get`].
    pub fn find<T: DeserializeOwned>(&self, path: &str) -> Outcome<Option<T>> {
        let answer = self.fetch(path, ANSWER_MAX)?;
        match answer.status {
            200 => self.told(path, &answer).map(Some),
            404 => Ok(None),
            _ => Err(self.refused(path, &answer)),
        }
    }

    /// GET as bytes; anything but 200 is a failure.
    ///
    /// # Errors
    /// When it cannot be reached, or answers a problem or more than `limit` bytes.
    pub fn bytes(&self, path: &str, limit: usize) -> Outcome<Vec<u8>> {
        let answer = self.fetch(path, limit)?;
        if answer.status == 200 { Ok(answer.body) } else { Err(self.refused(path, &answer)) }
    }

    /// Calls `each(type, data)` for every event of a chain, in order.
    ///
    /// # Errors
    /// Those of [`Server::get`], or when they come out of order.
    pub fn events_of(&self, chain: &str, each: &mut dyn FnMut(&str, &Value)) -> Outcome {
        let out_of_order =
            || Failure::new(format!("{} tells the events of {chain} out of order, or without an end", self.base()));
        // The cursor is ours: where a server says that the next page is, another host may be, or this page again.
        let mut seq = 0u64;
        loop {
            let after = seq.checked_sub(1).map(|after| format!("&after={after}")).unwrap_or_default();
            let path = format!("/v1/chains/{chain}/events?limit=1000{after}");
            let Some(page) = self.find::<Events>(&path)? else { return Ok(()) };
            let before = seq;
            for event in page.events.iter().map(|row| &row.told) {
                if event.seq != seq {
                    return Err(out_of_order());
                }
                each(&event.kind, &event.data);
                seq = seq.saturating_add(1);
            }
            if page.next.is_none() {
                return Ok(());
            }
            if seq == before {
                return Err(out_of_order());
            }
        }
    }

    /// What some drafts would do, in their order.
    ///
    /// # Errors
    /// When it cannot be reached, or answers something else.
    pub fn dry_run(&self, drafts: &[Draft]) -> Outcome<DryRun> {
        let body = serde_json::to_vec(&Drafts { drafts: drafts.to_vec() }).while_doing("writing the drafts")?;
        let answer = self.post(DRY_RUN, "application/json", &body)?;
        if answer.status != 200 {
            return Err(self.refused(DRY_RUN, &answer));
        }
        let told: DryRun = self.told(DRY_RUN, &answer)?;
        if told.results.len() == drafts.len() {
            return Ok(told);
        }
        let text = format!("{}{DRY_RUN}: {} answers to {} drafts", self.base(), told.results.len(), drafts.len());
        Err(Failure::new(text))
    }

    /// What became of some notes, in their order.
    ///
    /// # Errors
    /// When it cannot be reached or takes no events; what was stored stays stored, and the same notes may be sent again.
    pub fn submit(&self, notes: &[String]) -> Outcome<Results> {
        let body =
            serde_json::to_vec(&Submission { events: notes.iter().collect() }).while_doing("writing the events")?;
        let answer = self.post(SUBMIT, "application/json", &body)?;
        if answer.status != 200 {
            return Err(self.refused(SUBMIT, &answer));
        }
        let results: Results = self.told(SUBMIT, &answer)?;
        if results.results.len() == notes.len() {
            return Ok(results);
        }
        let text = format!(
            "{}{SUBMIT}: {} answers to {} events, so nobody knows which were taken",
            self.base(),
            results.results.len(),
            notes.len()
        );
        Err(Failure::new(text).hint("send the same again: what is there already is found"))
    }

    fn fetch(&self, path: &str, limit: usize) -> Outcome<Answer> {
        self.web.get(path, limit).while_doing(format!("asking {}{path}", self.base()))
    }

    fn post(&self, path: &str, media: &str, body: &[u8]) -> Outcome<Answer> {
        self.web.post(path, media, body, ANSWER_MAX).while_doing(format!("sending to {}{path}", self.base()))
    }

    fn told<T: DeserializeOwned>(&self, path: &str, answer: &Answer) -> Outcome<T> {
        read(&answer.body).while_doing(format!("reading {}{path}", self.base()))
    }

    /// An answer that says no.
    fn refused(&self, path: &str, answer: &Answer) -> Failure {
        let problem = problem(answer);
        // What the person asked for, not what the server did.
        if problem.code == "at.beyond" {
            return Failure::usage(problem.detail);
        }
        Failure::new(format!("{}{path}: {} {}", self.base(), answer.status, text(&problem)))
    }
}

/// What a server says of a refusal (RFC 9457), as far as it may be quoted.
fn problem(answer: &Answer) -> Problem {
    match read::<Problem>(&answer.body) {
        Ok(problem) => quoted(&problem),
        Err(_) => Problem { detail: brief(&String::from_utf8_lossy(&answer.body)), ..Problem::default() },
    }
}

/// A problem of somebody else, as it may be quoted: what a sentence is made of.
#[must_use]
pub fn quoted(problem: &Problem) -> Problem {
    Problem {
        code: brief(&problem.code),
        detail: brief(&problem.detail),
        about: problem.about.as_deref().map(brief),
        ..Problem::default()
    }
}

/// `<code>: <detail> (<about>)`, as far as it is there.
fn text(problem: &Problem) -> String {
    let code = if problem.code.is_empty() { String::new() } else { format!("{}: ", problem.code) };
    format!("{code}{}", sentence(problem))
}

/// The same without the code.
#[must_use]
pub fn sentence(problem: &Problem) -> String {
    match problem.about.as_deref() {
        None | Some("") => problem.detail.clone(),
        Some(about) => format!("{} ({about})", problem.detail),
    }
}
