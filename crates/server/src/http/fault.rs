//! Problems that are the server's and not the ledger's: a word, the status of HTTP (RFC 9110, section 15), and what to do
//! next, in one row.

macro_rules! faults {
    ($($variant:ident = $word:literal, $status:literal, $advice:literal;)+) => {
        /// See the module.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Fault { $(#[doc = $advice] $variant),+ }

        impl Fault {
            /// Every one of them.
            pub(super) const ALL: &'static [Fault] = &[$(Fault::$variant),+];

            /// The stable word.
            pub(super) fn word(self) -> &'static str { match self { $(Fault::$variant => $word),+ } }

            /// What it means to a client.
            pub(super) fn status(self) -> u16 { match self { $(Fault::$variant => $status),+ } }

            /// What to do.
            pub(super) fn advice(self) -> &'static str { match self { $(Fault::$variant => $advice),+ } }
        }
    };
}

faults! {
    NotFound = "not_found", 404, "nothing is at this path, or not yet at this size of the log";
    AtBeyond = "at.beyond", 404, "at is larger than the newest published size: leave it out, or wait for the next checkpoint";
    RequestInvalid = "request.invalid", 400, "the request is not as this path takes it; the detail says what is wrong";
    RequestNotAcceptable = "request.not_acceptable", 406, "this path has no such form: ask for one that it names, or for */*";
    RequestHeadTooLarge = "request.head_too_large", 431, "the head of a request has at most 16 KiB and 100 fields: leave out what is not needed";
    QuotaExceeded = "quota.exceeded", 429, "this address asks too often: wait as Retry-After says, and send many events in one request";
    StreamFull = "stream.full", 503, "all streams are taken: read /v1/events, or try again later";
    StreamTooMany = "stream.too_many", 429, "this address has all the streams that it may have: end one";
    RequestTooMany = "request.too_many", 413, "too many events in one request: send at most 1,000";
    RequestTooLarge = "request.too_large", 413, "at most 16 MiB and 1,000 events in one request: send several";
    RequestMediaType = "request.media_type", 415, "send one note as text/plain, or {\"events\":[…]} as application/json";
    RequestSlow = "request.slow", 408, "the body came too slowly: send the same again, or less at once";
    ServerBusy = "server.busy", 503, "too many bodies or answers are under way: send the same again in a second";
    RequestTimeout = "request.timeout", 503, "the request took too long: send the same again";
    MethodNotAllowed = "method.not_allowed", 405, "this path does not take this method";
    CheckpointPending = "checkpoint.pending", 503, "no checkpoint is published yet: try again in a second";
    ReceiptPending = "receipt.pending", 503, "the event is acknowledged, but no published checkpoint covers it yet: try again in a second";
    LedgerBusy = "ledger.busy", 503, "too much is waiting: send the same again in a second";
    LedgerStopping = "ledger.stopping", 503, "the node is shutting down: send the same again later";
    LedgerFollows = "ledger.follows", 503, "this node shows what another one writes: send events to the node that writes";
    LedgerWaiting = "ledger.waiting", 503, "the store has not answered for a while: send the same again later";
    LedgerStopped = "ledger.stopped", 503, "the node takes no events now: send the same again later, what was stored will be found";
    LedgerDamaged = "ledger.damaged", 500, "what is stored is not what was signed; the operator has been told, and what verifies is still served";
    Internal = "internal", 500, "a defect or a broken disk on our side; the operator has been told";
}
