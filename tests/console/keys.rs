//! Keys: made, shown and ended at the console.

use crate::{
    on_both,
    person::Person,
    support::{
        browser::field,
        site::{Credential, TestSite},
    },
};

/// What stands in the element with this id.
pub(crate) fn text_of<'p>(page: &'p str, id: &str) -> &'p str {
    let (_, behind) = page.split_once(&format!("id=\"{id}\"")).expect("an element of this id");
    let (_, inside) = behind.split_once('>').expect("its end");
    inside.split('<').next().unwrap_or_default()
}

on_both! {
    // Covers: L036, L037, L099, L107
    #[test]
    fn a_key_made_here_logs_in_and_its_secret_is_shown_once(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let new = format!("/spaces/{}/keys/new", site.space);
        let role = format!("ci_cd_integration@{}", site.workspaces[0].0);
        let page = ada.page(&new);
        let form = page.split("<main").nth(1).expect("a main part").to_owned();
        let (csrf, once) = (field(&form, "csrf").expect("a token"), field(&form, "once").expect("another"));
        let fields = [("once", once.as_str()), ("name", "Jenkins main"), ("role", role.as_str()), ("expiry", "usual")];

        let made = ada.browser.post(&new, &csrf, &fields);
        assert_eq!((made.status, made.header("cache-control")), (200, Some("no-store")), "{}", made.body);
        let id = text_of(&made.body, "client-id").to_owned();
        let secret = text_of(&made.body, "client-secret").to_owned();
        let public_id = ada.page(&format!("/keys/{id}")).split("<tr id=\"").nth(1).expect("a pair")[..16].parse();
        let key = Credential { client_id: id.clone(), public_id: public_id.expect("a public id"), secret: secret.clone() };
        let token = server.mint(&key);
        assert!(server.is_active(&site.resource_server, &token));

        // Reloading the answer sends the form again: there is no second key, and the secret is not shown again.
        let again = ada.browser.post(&new, &csrf, &fields);
        assert_eq!(again.header("location"), Some(format!("/keys/{id}?done=shown-before").as_str()), "{}", again.body);
        let shown = ada.page(&format!("/keys/{id}?done=shown-before"));
        assert!(!shown.contains(&secret) && shown.contains("shown then"));
        let grid = ada.page(&format!("/spaces/{}/keys", site.space));
        assert_eq!(grid.matches(">Jenkins main<").count(), 1);
    }
}

/// The token of the forms of somebody who may see the form of this page.
pub(crate) fn csrf_of(person: &mut Person, path: &str) -> String {
    let page = person.page(path);
    let form = page.split("<main").nth(1).expect("a main part").to_owned();
    field(&form, "csrf").expect("a token")
}
