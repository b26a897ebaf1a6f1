//! The type of an integration, derived from the roles of its key and never set by anyone (L009–L012, C05).

use super::{api_key::InternalService, role::Integration, text_enum::text_enum};

text_enum! {
    /// What kind of program uses a key.
    IntegrationType {
        /// Any program of somebody else.
        ThirdParty = "third_party",
        /// A CI server.
        CiCd = "ci_cd",
        /// The component that mediates with systems behind a firewall.
        IntegrationBridge = "integration_bridge",
        /// Internal: bridge service.
        BridgeService = "bridge_service",
        /// Internal: synchronizer.
        SynchronizerService = "synchronizer_service",
        /// Internal: the product's side of the bridge.
        ProductBridgeService = "product_bridge_service",
    }
}

impl IntegrationType {
    /// Internal goes before bridge, bridge before CI/CD, and everything else is a third party's (C05).
    #[must_use]
    pub fn derive(internal: Option<InternalService>, roles: impl IntoIterator<Item = Integration>) -> Self {
        match internal {
            Some(InternalService::BridgeService) => return Self::BridgeService,
            Some(InternalService::SynchronizerService) => return Self::SynchronizerService,
            Some(InternalService::ProductBridgeService) => return Self::ProductBridgeService,
            None => {}
        }
        roles.into_iter().fold(Self::ThirdParty, |found, role| match (found, role) {
            (_, Integration::Bridge) | (Self::IntegrationBridge, _) => Self::IntegrationBridge,
            (_, Integration::CiCd) | (Self::CiCd, _) => Self::CiCd,
            _ => found,
        })
    }
}
