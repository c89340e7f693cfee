//! Between the protocol's messages and the double's own types.

use crate::double::state::{LARGEST_APPEND, Outcome};
use crate::double::stream::{Append, Expected, Recorded};
use crate::double::wire::streams::{
    AppendReq, AppendResp, BatchAppendReq, BatchAppendResp, DeleteReq, ProposedMessage, Success, Target, append_req,
    append_resp, batch_append_resp, success, target,
};
use crate::double::wire::{
    AllStreamPosition, Failure, StreamIdentifier, Uuid as WireId, WrongExpectedVersion, id, wrong_expected_version,
};
use prost::Message as _;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};
use uuid::Uuid;

fn invalid(what: &str) -> Status {
    Status::invalid_argument(format!("the double found no {what}"))
}

pub(super) fn name(stream: Option<StreamIdentifier>) -> Result<String, Status> {
    let stream = stream.ok_or_else(|| invalid("stream"))?;
    String::from_utf8(stream.stream_name.into()).map_err(|_| invalid("UTF-8 in the stream's name"))
}

pub(super) fn id_from(wire: Option<&WireId>) -> Result<Uuid, Status> {
    match wire.and_then(|wire| wire.value.as_ref()) {
        Some(id::Value::String(text)) => text.parse().map_err(|_| invalid("UUID")),
        Some(id::Value::Structured(halves)) => Ok(Uuid::from_u64_pair(
            halves.most_significant_bits.cast_unsigned(),
            halves.least_significant_bits.cast_unsigned(),
        )),
        None => Err(invalid("id")),
    }
}

pub(super) fn id_to(id: Uuid, structured: bool) -> WireId {
    let value = if structured {
        let (most, least) = id.as_u64_pair();
        id::Value::Structured(id::Structured {
            most_significant_bits: most.cast_signed(),
            least_significant_bits: least.cast_signed(),
        })
    } else {
        id::Value::String(id.to_string())
    };
    WireId { value: Some(value) }
}

fn event(proposed: ProposedMessage) -> Result<Recorded, Status> {
    let mut said = proposed.metadata;
    Ok(Recorded {
        revision: 0,
        id: id_from(proposed.id.as_ref())?,
        kind: said.remove("type").ok_or_else(|| invalid("type"))?,
        data: proposed.data,
        metadata: proposed.custom_metadata,
        json: said.get("content-type").is_some_and(|form| form == "application/json"),
        position: 0,
    })
}

fn target(options: Option<Target>) -> Result<(String, Expected), Status> {
    use target::Expected as Wire;
    let options = options.ok_or_else(|| invalid("options"))?;
    let expected = match options.expected.ok_or_else(|| invalid("expected revision"))? {
        Wire::Revision(revision) => Expected::Exact(revision),
        Wire::NoStream(()) => Expected::NoStream,
        Wire::Any(()) => Expected::Any,
        Wire::StreamExists(()) => Expected::Exists,
    };
    Ok((name(options.stream_identifier)?, expected))
}

pub(super) fn batch(request: BatchAppendReq) -> Result<Append, Status> {
    let (stream, expected) = target(request.options)?;
    let events = request.proposed_messages.into_iter().map(event).collect::<Result<_, _>>()?;
    Ok(Append { stream, expected, events })
}

/// The first message of a single append.
pub(super) fn begin(request: Option<AppendReq>) -> Result<Append, Status> {
    let Some(append_req::Content::Options(options)) = request.and_then(|request| request.content) else {
        return Err(invalid("options"));
    };
    let (stream, expected) = target(Some(options))?;
    Ok(Append { stream, expected, events: Vec::new() })
}

/// Each further message of it.
pub(super) fn proceed(append: &mut Append, request: AppendReq) -> Result<(), Status> {
    let Some(append_req::Content::ProposedMessage(proposed)) = request.content else { return Err(invalid("event")) };
    append.events.push(event(proposed)?);
    Ok(())
}

pub(super) fn deletion(request: DeleteReq) -> Result<(String, Expected), Status> {
    target(request.options)
}

fn success(revision: Option<u64>, position: u64) -> Success {
    use success::{CurrentRevisionOption as Current, PositionOption};
    Success {
        current_revision_option: Some(revision.map_or(Current::NoStream(()), Current::CurrentRevision)),
        position_option: Some(PositionOption::Position(at(position))),
    }
}

pub(super) fn at(position: u64) -> AllStreamPosition {
    AllStreamPosition { commit_position: position, prepare_position: position }
}

/// How an outcome ends a call; for those that are messages in the one way to append and a status in the
/// other, the status.
pub(super) fn status(outcome: &Outcome) -> Status {
    match outcome {
        Outcome::NotLeader(port) => not_leader(*port),
        Outcome::NotReady => Status::unavailable("Server Is Not Ready"),
        Outcome::Denied => with(Status::permission_denied("Access Denied"), &[("exception", "access-denied")]),
        Outcome::TooLarge => Status::invalid_argument(format!("Maximum Append Size of {LARGEST_APPEND} Exceeded.")),
        Outcome::CommitTimeout | Outcome::CommitTimeoutLater => Status::aborted("Commit phase timeout"),
        Outcome::Wrong { current, .. } => {
            let message = format!("WrongExpectedVersion, current {current:?}");
            with(Status::failed_precondition(message), &[("exception", "wrong-expected-version")])
        }
        _ => Status::unavailable("the double's fault"),
    }
}

fn not_leader(leader: Option<u16>) -> Status {
    let Some(port) = leader else {
        return with(Status::unknown("No leader info available in response"), &[("exception", "not-leader")]);
    };
    let port = port.to_string();
    let fields = [("exception", "not-leader"), ("leader-endpoint-host", "127.0.0.1"), ("leader-endpoint-port", &port)];
    with(Status::not_found("Leader info available"), &fields)
}

fn with(status: Status, fields: &[(&'static str, &str)]) -> Status {
    let mut metadata = MetadataMap::new();
    for &(key, value) in fields {
        metadata.insert(key, MetadataValue::try_from(value).expect("plain ASCII"));
    }
    Status::with_metadata(status.code(), status.message(), metadata)
}

/// The answer to a single append.
pub(super) fn single(outcome: &Outcome) -> Result<AppendResp, Status> {
    use append_resp::wrong_expected_version::{CurrentRevisionOption as Current, ExpectedRevisionOption as Was};
    use append_resp::{Result as Wire, WrongExpectedVersion};
    let result = match outcome {
        Outcome::Written { revision, position } => Wire::Success(success(*revision, *position)),
        Outcome::Wrong { current, expected } => Wire::WrongExpectedVersion(WrongExpectedVersion {
            current_revision_option: Some(current.map_or(Current::CurrentNoStream(()), Current::CurrentRevision)),
            expected_revision_option: Some(match expected {
                Expected::Any => Was::ExpectedAny(()),
                Expected::Exists => Was::ExpectedStreamExists(()),
                Expected::NoStream => Was::ExpectedNoStream(()),
                Expected::Exact(revision) => Was::ExpectedRevision(*revision),
            }),
        }),
        _ => return Err(status(outcome)),
    };
    Ok(AppendResp { result: Some(result) })
}

/// What a session says about one append, or how the session ends. Unlike a single append, a session
/// names a failure by its kind only, and stays open after most of them.
pub(super) fn in_session(outcome: &Outcome) -> Result<batch_append_resp::Result, Status> {
    let nothing = Vec::new;
    let (code, message, kind, details) = match outcome {
        Outcome::Written { revision, position } => {
            return Ok(batch_append_resp::Result::Success(success(*revision, *position)));
        }
        Outcome::Wrong { current, expected } => {
            let kind = "WrongExpectedVersion";
            (Code::AlreadyExists, kind, kind, wrong_details(*current, *expected).encode_to_vec())
        }
        Outcome::TooLarge => {
            let kind = "MaximumAppendSizeExceeded";
            (Code::InvalidArgument, kind, kind, nothing())
        }
        Outcome::CommitTimeout | Outcome::CommitTimeoutLater => {
            (Code::DeadlineExceeded, "Timeout", "Timeout", nothing())
        }
        Outcome::Denied => (Code::PermissionDenied, "AccessDenied", "AccessDenied", nothing()),
        // The server forgets the code here: a failure that says "ok".
        Outcome::NotReady => (Code::Ok, "Server Is Not Ready", "Empty", nothing()),
        _ => return Err(status(outcome)),
    };
    let type_url = format!("type.googleapis.com/event_store.client.{kind}");
    let details = Some(prost_types::Any { type_url, value: details });
    Ok(batch_append_resp::Result::Error(Failure { code: code.into(), message: message.to_owned(), details }))
}

fn wrong_details(current: Option<u64>, expected: Expected) -> WrongExpectedVersion {
    use wrong_expected_version::{CurrentStreamRevisionOption as Current, ExpectedStreamPositionOption as Was};
    WrongExpectedVersion {
        current_stream_revision_option: Some(
            current.map_or(Current::CurrentNoStream(()), Current::CurrentStreamRevision),
        ),
        expected_stream_position_option: Some(match expected {
            Expected::Any => Was::ExpectedAny(()),
            Expected::Exists => Was::ExpectedStreamExists(()),
            Expected::NoStream => Was::ExpectedNoStream(()),
            Expected::Exact(revision) => Was::ExpectedStreamPosition(revision),
        }),
    }
}

pub(super) fn session_answer(id: Option<WireId>, stream: String, result: batch_append_resp::Result) -> BatchAppendResp {
    let stream_identifier = Some(StreamIdentifier { stream_name: stream.into() });
    BatchAppendResp { correlation_id: id, result: Some(result), stream_identifier }
}
