//! What the client's answers that are no success mean here.

use std::fmt;
use std::time::Duration;

use eventstore::{Error, GrpcConnectionError};

use crate::StoreError;

/// What a call did not give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// There is no such stream.
    Missing,
    /// The stream was deleted for good.
    Deleted,
    /// The user may not do this.
    Denied,
    /// As it stands, the connection string leads nowhere: what to change.
    Refused(String),
    /// The stream ends somewhere else than an append expected: nothing was written.
    Conflict,
    /// No answer, or one that says nothing: what was asked for may have happened.
    Unknown(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no such stream"),
            Self::Deleted => f.write_str("the stream was deleted"),
            Self::Denied => f.write_str("access is denied"),
            Self::Conflict => f.write_str("the stream ends elsewhere"),
            Self::Refused(why) | Self::Unknown(why) => f.write_str(why),
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::ResourceNotFound => Self::Missing,
            Error::ResourceDeleted => Self::Deleted,
            Error::AccessDenied => Self::Denied,
            // In a session the client hands the bare code on: PERMISSION_DENIED, UNAUTHENTICATED.
            Error::Grpc { code, .. } if matches!(code as i32, 7 | 16) => Self::Denied,
            // The same of a wrong expected revision: ALREADY_EXISTS.
            Error::WrongExpectedVersion { .. } => Self::Conflict,
            Error::Grpc { code, .. } if code as i32 == 6 => Self::Conflict,
            // Its text does not say where the leader is.
            Error::NotLeaderException(to) => Self::Unknown(format!("the leader is {}:{}", to.host, to.port)),
            Error::GrpcConnectionError(GrpcConnectionError::MaxDiscoveryAttemptReached(_)) => {
                Self::Unknown("no node of it answers".to_owned())
            }
            other => Self::Unknown(plain(&other.to_string())),
        }
    }
}

/// A status without the parts that say nothing to people.
fn plain(status: &str) -> String {
    let end = [", details: [", ", metadata: MetadataMap"].iter().filter_map(|part| status.find(part)).min();
    end.and_then(|end| status.get(..end)).unwrap_or(status).to_owned()
}

impl Trouble {
    /// As an error of opening.
    pub(super) fn at(self, stream: &str) -> StoreError {
        match self {
            Self::Missing => StoreError::Stream {
                stream: stream.to_owned(),
                what: "it is not there".to_owned(),
                next: "check the connection string and the ledger's origin; make a new ledger with init",
            },
            Self::Deleted => StoreError::Stream {
                stream: stream.to_owned(),
                what: "it was deleted".to_owned(),
                next: "restore the cluster from a backup that is as new as the anchor",
            },
            Self::Denied => StoreError::Connection {
                why: format!(
                    "its user may not use the stream {stream}: let an administrator give it the right, in that stream's \
                     metadata ($${stream})"
                ),
            },
            Self::Refused(why) => StoreError::Connection { why },
            Self::Conflict => StoreError::Unreachable { why: format!("{stream} was written to meanwhile") },
            Self::Unknown(why) => StoreError::Unreachable { why },
        }
    }
}

/// Why reading stopped: by what was read, or by what was made of it.
pub(super) enum Halt {
    Trouble(Trouble),
    Store(StoreError),
}

impl From<Trouble> for Halt {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// No answer came.
pub(super) fn silent(limit: Duration) -> Trouble {
    Trouble::Unknown(format!("no answer within {:.1} s", limit.as_secs_f32()))
}
