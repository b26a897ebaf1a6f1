//! The shortest way through all endpoints.

use crate::{on_both, support::site::TestSite};

on_both! {
    // Covers: L003, CC-01, IN-05, RV-01
    #[test]
    fn a_key_logs_in_is_introspected_and_revokes_its_token(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("ci_cd_integration", &[0, 1]);

        let token = server.mint(&key);
        let answer = server.introspect(&site.resource_server, &token);
        assert_eq!(answer["active"], true);
        assert_eq!(answer["workspaces"]["1001"][0], "ci_cd_integration");

        assert_eq!(server.revoke(&key, &token).status, 200);
        assert!(!server.is_active(&site.resource_server, &token));
    }
}
