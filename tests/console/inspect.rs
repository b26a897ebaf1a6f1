//! The inspector at the console: what is pasted is explained in the answer, and stands nowhere else.

use keystead::{domain::authority::Authority, manage};

use crate::{
    on_both,
    person::Person,
    support::{canary, credential::key_id, site::TestSite},
};

const PATH: &str = "/inspect";

on_both! {
    // Covers: EX-01, EX-04
    #[test]
    fn a_token_is_explained_in_the_answer_and_is_not_told_again(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::with_roles(&site, &server, "ada", &["space_admin", "auditor"]);
        let key = site.key("viewer", &[0]);
        let token = server.mint(&key);
        assert!(!ada.page(PATH).contains("id=\"result\""), "nothing is explained before something is asked");

        let active = ada.send(PATH, &[("what", &token)]);
        assert_eq!((active.status, active.header("cache-control")), (200, Some("no-store")), "{}", active.body);
        assert!(active.body.contains("An access token of an API key") && active.body.contains("</span> Active</span>"));
        assert!(active.body.contains(&format!("href=\"/keys/{}\"", key.client_id)));
        assert!(active.body.contains(&format!("/spaces/{}/audit?key={}", site.space, key.client_id)));
        assert!(active.body.contains("The role viewer in workspace 1001 counts"));
        canary::assert_none("the page", active.body.as_bytes());

        site.change(|change, deps| manage::api_keys::disable(change, deps, &Authority::OPERATOR, key_id(&key)));
        assert!(!server.is_active(&site.resource_server, &token));
        let dead = ada.send(PATH, &[("what", &token)]);
        assert!(dead.body.contains("</span> Not active</span>") && dead.body.contains("The key is disabled."));
        let secret = ada.send(PATH, &[("what", &format!("  {}  ", key.secret))]);
        assert!(secret.body.contains("The secret of an API key") && secret.body.contains("The key is disabled."));
        canary::assert_none("the page", secret.body.as_bytes());
        for id in [key.client_id.clone(), key.public_id.to_string(), ada.id.to_string()] {
            assert_eq!(ada.send(PATH, &[("what", &id)]).status, 200, "{id}");
        }
    }

    // Covers: EX-03, EX-04
    #[test]
    fn somebody_elses_and_nobodys_look_the_same_and_hostile_text_is_text(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut bob = Person::with_roles(&site, &server, "bob", &[]);
        let key = site.key("viewer", &[0]);
        let token = server.mint(&key);
        let unknown = "key_00000000000000000000000000000001".to_owned();
        let nobodys = bob.send(PATH, &[("what", &unknown)]);
        let sentence = "There is no such token, secret or id that you may see.";
        assert!(nobodys.status == 404 && nobodys.body.contains(sentence), "{}", nobodys.body);
        for text in [&token, &key.secret, &key.client_id] {
            let answer = bob.send(PATH, &[("what", text)]);
            assert_eq!((answer.status, answer.body.contains(sentence)), (404, true), "{}", answer.body);
            assert_eq!(answer.body.len(), nobodys.body.len(), "the pages are alike");
            canary::assert_none("the page", answer.body.as_bytes());
        }
        let own = bob.id.to_string();
        assert!(bob.send(PATH, &[("what", &own)]).body.contains("A user"), "oneself one may see");

        let hostile = bob.send(PATH, &[("what", "<script>alert(1)</script>")]);
        assert!(hostile.status == 200 && hostile.body.contains("Nothing of this site"));
        assert!(!hostile.body.contains("alert(1)"), "what was typed is not told again");
        assert_eq!(bob.send(PATH, &[("what", "  ")]).status, 422);
        assert_eq!(bob.browser.post(PATH, "wrong", &[("what", &token)]).status, 403);
    }
}
