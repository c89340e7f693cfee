//! What a client asks before it appends or reads: who is in the cluster, and what a node can do.

use crate::double::cluster::Cluster;
use crate::double::wire::gossip::gossip_server::Gossip;
use crate::double::wire::gossip::member_info::VNodeState;
use crate::double::wire::gossip::{ClusterInfo, EndPoint, MemberInfo};
use crate::double::wire::server_features::server_features_server::ServerFeatures;
use crate::double::wire::server_features::{SupportedMethod, SupportedMethods};
use std::sync::Arc;
use tonic::{Request, Response, Status, async_trait};

/// The gossip service of one node.
pub(super) struct Members {
    pub(super) cluster: Arc<Cluster>,
    pub(super) node: usize,
}

#[async_trait]
impl Gossip for Members {
    async fn read(&self, _: Request<()>) -> Result<Response<ClusterInfo>, Status> {
        self.cluster.thawed(self.node).await;
        let state = self.cluster.state();
        // A deposed leader that has not noticed still gossips that it leads, and that it alone does.
        let leader = if state.leads(self.node) { self.node } else { state.leader };
        let members = state.members.iter().enumerate().map(|(node, member)| MemberInfo {
            state: if node == leader { VNodeState::Leader } else { VNodeState::Follower }.into(),
            is_alive: member.alive,
            http_end_point: Some(EndPoint { address: "127.0.0.1".to_owned(), port: member.port.into() }),
            ..MemberInfo::default()
        });
        Ok(Response::new(ClusterInfo { members: members.collect() }))
    }
}

/// The service that says what one node can do.
pub(super) struct Features {
    pub(super) cluster: Arc<Cluster>,
    pub(super) node: usize,
}

#[async_trait]
impl ServerFeatures for Features {
    async fn get_supported_methods(&self, _: Request<()>) -> Result<Response<SupportedMethods>, Status> {
        self.cluster.thawed(self.node).await;
        let service_name = "event_store.client.streams.streams".to_owned();
        let methods = ["append", "batchappend", "delete", "read"].map(|method| SupportedMethod {
            method_name: method.to_owned(),
            service_name: service_name.clone(),
            features: Vec::new(),
        });
        let event_store_server_version = "22.10.5.0".to_owned();
        Ok(Response::new(SupportedMethods { methods: methods.into(), event_store_server_version }))
    }
}
