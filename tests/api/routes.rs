//! Paths and methods that there are none of.

use crate::{
    caller::{Caller, assert_refused},
    on_both,
    support::site::TestSite,
};

on_both! {
    // Covers: RA-03
    #[test]
    fn what_does_not_exist_is_a_problem_too(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        for path in ["", "/", "/nothing", "/me/", "/workspaces", "/workspaces/1001/rename", "/spaces//workspaces"] {
            assert_refused(&admin.get(path), 404, "unknown_path");
        }
        for id in ["0", "01001", "-1", "1001x", "99999999999999999999", "wsp_1", "1001%20"] {
            assert_refused(&admin.get(&format!("/workspaces/{id}")), 404, "not_found");
        }
        assert_refused(&admin.get("/spaces/spc_1/workspaces"), 404, "not_found");

        let wrong = admin.call("DELETE", "/me").send();
        assert_refused(&wrong, 405, "method_not_allowed");
        assert_eq!(wrong.header("Allow"), Some("GET, HEAD"));
        let wrong = admin.put("/workspaces/1001", &serde_json::json!({}));
        assert_refused(&wrong, 405, "method_not_allowed");
        assert_eq!(wrong.header("Allow"), Some("GET, HEAD, PATCH, DELETE"));
        assert_eq!(server.client.post("/api/v1/docs").send().header("Allow"), Some("GET, HEAD"));

        let head = admin.call("HEAD", "/workspaces/1001").send();
        assert_eq!((head.status, head.body.as_str()), (200, ""));
    }

    // Covers: RA-03, RS-09
    #[test]
    fn the_api_stands_below_the_path_of_the_issuer(backend) {
        let site = TestSite::new(backend);
        let issuer = "http://127.0.0.1:8080/t/acme";
        let server = site.serve_with(|options| options.with("issuer", issuer));
        let answer = server.client.get("/t/acme/api/v1/me").send();
        assert_refused(&answer, 401, "no_token");
        assert_eq!(answer.text("type"), format!("{issuer}/api/v1/docs#no_token"));
        assert_eq!(server.client.get("/api/v1/me").send().error(), "not_found");

        let key = site.key("space_admin", &[]);
        let form = [("grant_type", "client_credentials"), ("resource", "http://127.0.0.1:8080/t/acme/api/v1")];
        let token = server.client.post_form("/t/acme/oauth/token", key.pair(), &form).text("access_token");
        let me = server.client.get("/t/acme/api/v1/me").bearer(&token).send();
        assert_eq!((me.status, me.text("client_id")), (200, key.client_id));
    }

    // Covers: RA-03, RA-04
    #[test]
    fn every_answer_names_its_request_and_is_kept_by_nobody(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        for answer in [admin.get("/me"), admin.get("/nothing"), admin.get("/workspaces/1")] {
            assert_eq!(answer.header("Cache-Control"), Some("no-store"));
            assert!(answer.header("Access-Control-Allow-Origin").is_none());
            if answer.status == 404 {
                assert_eq!(Some(answer.text("request_id").as_str()), answer.header("X-Request-Id"));
            }
        }
    }
}
