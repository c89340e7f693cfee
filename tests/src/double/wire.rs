//! The protocol's messages as compiled from `proto/`, in the nesting that the generated code expects.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, reason = "generated code")]

pub mod google {
    pub mod rpc {
        tonic::include_proto!("google.rpc");
    }
}

pub mod event_store {
    pub mod client {
        tonic::include_proto!("event_store.client");
        pub mod streams {
            tonic::include_proto!("event_store.client.streams");
        }
        pub mod gossip {
            tonic::include_proto!("event_store.client.gossip");
        }
        pub mod server_features {
            tonic::include_proto!("event_store.client.server_features");
        }
    }
}

pub use event_store::client::{AllStreamPosition, StreamIdentifier, Uuid, WrongExpectedVersion};
pub use event_store::client::{gossip, server_features, streams};
pub use event_store::client::{uuid as id, wrong_expected_version};
pub use google::rpc::Status as Failure;
