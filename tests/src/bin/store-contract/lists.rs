//! What a stream's list of writers keeps others from: where the connection names a user, that one alone writes.

use crate::holder::Handle;
use crate::rules::{Letters, Way, is_error, wrote};
use crate::{Report, Stage};
use acceptance::bare::{Bare, LIMIT, Said};
use eventstore::ExpectedRevision::{self, Exact, NoStream};
use eventstore::{DeleteStreamOptions, EventData};
use serde_json::{Value, json};

/// Connection strings of the user, of nobody, and of one who does not know the password.
struct Strings {
    user: String,
    nobody: String,
    wrong: String,
}

impl Strings {
    /// None where the connection names no user.
    fn of(connection: &str) -> Option<Strings> {
        let (scheme, rest) = connection.split_once("://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (login, hosts) = rest.get(..end)?.rsplit_once('@')?;
        let user = login.split(':').next().filter(|name| !name.is_empty())?.to_owned();
        let nobody = format!("{scheme}://{hosts}{}", &rest[end..]);
        let wrong = format!("{scheme}://{user}:not-the-password@{hosts}{}", &rest[end..]);
        Some(Strings { user, nobody, wrong })
    }
}

/// As the store sets it.
fn list(user: &str) -> Value {
    json!({"$acl": {"$w": user, "$r": "$all", "$mr": "$all", "$d": "$admins", "$mw": "$admins"}})
}

fn event(list: &Value) -> Vec<EventData> {
    vec![EventData::json("$metadata", list).expect("JSON")]
}

pub(crate) fn try_all(stage: &Stage, report: &mut Report) {
    let Some(strings) = Strings::of(&stage.connection) else {
        println!("           not tried: the connection names no user, and then everybody may write");
        return;
    };
    for way in [Way::InSession, Way::Unary] {
        let mut lists = Lists { stage, strings: &strings, way, report };
        if let Err(why) = lists.of_one_stream() {
            report.line(false, &format!("the list of a stream ({way})"), "answers", &why);
        }
    }
    let mut lists = Lists { stage, strings: &strings, way: Way::Unary, report };
    if let Err(why) = lists.of_a_ledger() {
        report.line(false, "the lists that the store sets", "answers", &why);
    }
}

struct Lists<'a> {
    stage: &'a Stage,
    strings: &'a Strings,
    way: Way,
    report: &'a mut Report,
}

impl Lists<'_> {
    /// By the client alone.
    fn of_one_stream(&mut self) -> Result<(), String> {
        let Strings { user, nobody, wrong } = self.strings;
        let (with_user, letters) = (&self.stage.connection, Letters::new());
        let stream = self.stage.fresh("listed");
        let (meta, list) = (format!("$${stream}"), event(&list(user)));
        self.append("the user sets the list of a stream without one", with_user, &meta, NoStream, list, Some(0))?;
        let again = "the user, who is no administrator, sets it once more";
        self.append(again, with_user, &meta, Exact(0), event(&json!({})), None)?;
        self.append("nobody sets it", nobody, &meta, Exact(0), event(&json!({})), None)?;
        self.append("nobody appends", nobody, &stream, NoStream, letters.events("x"), None)?;
        self.append("a wrong password appends", wrong, &stream, NoStream, letters.events("y"), None)?;
        self.append("the user appends", with_user, &stream, NoStream, letters.events("a"), Some(0))?;
        self.delete("the user, who is no administrator, deletes the stream", with_user, &stream)?;
        self.delete("nobody deletes the stream", nobody, &stream)?;
        let nobody = Bare::connect(nobody)?;
        let count = |stream: &str| Ok::<_, String>(nobody.read(stream, usize::MAX)?.map_or(0, |events| events.len()));
        let (events, lists) = (count(&stream)?, count(&meta)?);
        self.report.line(
            (events, lists) == (1, 1),
            &format!("nobody reads the stream and its list ({})", self.way),
            "1 event, 1 list",
            &format!("{events} events, {lists} lists"),
        );
        Ok(())
    }

    /// One append by somebody; what is denied writes nothing.
    fn append(
        &mut self,
        rule: &str,
        who: &str,
        stream: &str,
        expected: ExpectedRevision,
        events: Vec<EventData>,
        want: Option<u64>,
    ) -> Result<(), String> {
        let reader = self.stage.bare()?;
        let count = || Ok::<_, String>(reader.read(stream, usize::MAX)?.map_or(0, |events| events.len()));
        let before = count()?;
        // Whom the server does not know it tells nothing, not even who leads.
        let said = self.way.append(&Bare::unasked(who)?, stream, expected, events);
        let added = count()?.saturating_sub(before);
        let (is_said, words) = match want {
            Some(revision) => (said == Said::Done(Some(revision)), format!("success, revision {revision}")),
            // As elsewhere: a session tells no more than that it refuses.
            None if self.way == Way::InSession => (is_error(&said), "refused, whatever the words".to_owned()),
            None => (said == Said::Denied, Said::Denied.to_string()),
        };
        self.report.line(
            is_said && added == usize::from(want.is_some()),
            &format!("{rule} ({})", self.way),
            &format!("{words}, {}", wrote(usize::from(want.is_some()))),
            &format!("{said}, {}", wrote(added)),
        );
        Ok(())
    }

    fn delete(&mut self, rule: &str, who: &str, stream: &str) -> Result<(), String> {
        // The same call in both rounds.
        if self.way == Way::InSession {
            return Ok(());
        }
        let bare = Bare::connect(who)?;
        let deleted = bare.run(LIMIT, bare.client().delete_stream(stream, &DeleteStreamOptions::default()));
        let (is_denied, got) = match deleted {
            Some(Ok(_)) => (false, "success".to_owned()),
            Some(Err(error)) => (matches!(error, eventstore::Error::AccessDenied), error.to_string()),
            None => (false, "no answer".to_owned()),
        };
        self.report.line(is_denied, rule, &Said::Denied.to_string(), &got);
        Ok(())
    }

    /// As the store sets them when it makes a ledger: nobody else writes any of its streams, and itself it can.
    fn of_a_ledger(&mut self) -> Result<(), String> {
        let ledger = self.stage.fresh("listed");
        let room = self.stage.mirrors.path();
        let handle = Handle::create(&self.stage.cluster, &ledger, room).map_err(|error| error.to_string())?;
        for suffix in ["", "-anchor", "-checkpoints"] {
            let (stream, rule) = (format!("almoner-{ledger}{suffix}"), format!("nobody appends to almoner-…{suffix}"));
            let events = Letters::new().events("x");
            self.append(&rule, &self.strings.nobody, &stream, ExpectedRevision::Any, events, None)?;
        }
        let wrote = handle.take_over().and_then(|()| handle.write_one());
        let got = wrote.as_ref().map_or_else(ToString::to_string, |()| "all of it".to_owned());
        self.report.line(wrote.is_ok(), "the user claims, appends, pins and publishes", "all of it", &got);
        Ok(())
    }
}
