//! Users: made, invited, edited, disabled and deleted at the console, and what acts for them.

use serde_json::json;

use crate::{
    keys::text_of,
    on_both,
    people::{another_space, foreign_user, key_of},
    person::{Person, give},
    support::{
        browser::{self, Browser, PASSWORD},
        site::TestSite,
    },
};

on_both! {
    // Covers: L141, L143
    #[test]
    fn a_service_account_is_pointed_out_and_told_to_say_what_it_is(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let list = format!("/spaces/{}/users", site.space);
        let fields = [("login", "import"), ("full_name", "Nightly import"), ("account_type", "service")];
        let to = ada.carry_out(&format!("{list}/new"), &fields);
        let path = to.strip_suffix("?done=user-made").expect("a user").to_owned();
        let says = |page: &str| {
            ["Service account", "full name does not tell", "of type standard as a rule"].map(|text| page.contains(text))
        };
        assert_eq!(says(&ada.page(&path)), [true, true, true]);
        let listed = ada.page(&list);
        assert!(["Service account", "Type service", "Name does not tell"].iter().all(|text| listed.contains(text)), "{listed}");
        assert!(!ada.page(&path).contains("/setup-link"), "it has no password, ever");
        assert_eq!(ada.send(&format!("{path}/setup-link"), &[]).status, 422);

        let fields = [
            ("login", "import"),
            ("full_name", "Nightly import service"),
            ("account_type", "service"),
            ("api_keys_enabled", "yes"),
        ];
        assert_eq!(ada.carry_out(&format!("{path}/edit"), &fields), format!("{path}?done=saved"));
        assert_eq!(says(&ada.page(&path)), [true, false, true]);
        let standard = fields.map(|(field, value)| (field, if field == "account_type" { "standard" } else { value }));
        ada.carry_out(&format!("{path}/edit"), &standard);
        assert_eq!(says(&ada.page(&path)), [false, false, false]);
        let admin = ada.carry_out(&format!("{path}/edit"), &fields);
        let refused = ada.send(&format!("{path}/roles/new"), &[("role", "space_admin")]);
        assert_eq!(refused.status, 422, "{admin}: a service account is no administrator: {}", refused.body);
    }

    // The path of L105: the users of the space, one user, the user's API keys, a new key.
    #[test]
    fn a_key_of_a_user_is_made_on_the_way_over_the_user(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let jo = site.user("jo");
        let list = ada.page(&format!("/spaces/{}/users", site.space));
        assert!(list.contains(&format!("href=\"/users/{jo}\"")));
        let user = ada.page(&format!("/users/{jo}"));
        let new = format!("/users/{jo}/keys/new");
        assert!(user.contains("No key") && user.contains(&format!("href=\"{new}\"")));
        let made = ada.send(&new, &[("name", "Laptop"), ("kind", "inherit"), ("expiry", "usual")]);
        assert_eq!(made.status, 200, "{}", made.body);
        let (id, secret) = (text_of(&made.body, "client-id"), text_of(&made.body, "client-secret"));
        let form = [("grant_type", "client_credentials")];
        let token = server.client.post_form("/oauth/token", (id, secret), &form).text("access_token");
        assert_eq!(server.introspect(&site.resource_server, &token)["sub"], json!(jo));
        let user = ada.page(&format!("/users/{jo}"));
        assert!(user.contains(">Laptop<") && user.contains(&format!("href=\"/keys/{id}\"")));
    }

    // Covers: L085, L087
    #[test]
    fn disabling_tells_what_stops_and_stops_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let mut jo = Person::with_roles(&site, &server, "jo", &[]);
        let key = key_of(&site, jo.id, "Jo's laptop", None);
        let token = server.mint(&key);
        let path = format!("/users/{}", jo.id);
        let asks = ada.page(&format!("{path}/disable"));
        assert!(asks.contains("One session ends") && asks.contains("One API key stops at once"), "{asks}");
        assert!(asks.contains("Jo&#39;s laptop") && server.is_active(&site.resource_server, &token));

        assert_eq!(ada.carry_out(&format!("{path}/disable"), &[]), format!("{path}?done=user-disabled"));
        assert!(!server.is_active(&site.resource_server, &token) && !jo.browser.is_logged_in());
        assert_eq!(server.token(&key).status, 401);
        assert_ne!(Browser::new(&server).log_in("jo", PASSWORD).status, 303);
        let noted = site.audited("user.disable");
        assert_eq!(noted[0].detail["keys"], json!([key.client_id]), "{noted:?}");
        let repeated = ada.send(&format!("{path}/disable"), &[]);
        assert_eq!(repeated.status, 409, "{}", repeated.body);
        let shown = ada.page(&path);
        assert!(shown.contains("Disabled") && !shown.contains("/setup-link"));

        ada.carry_out(&format!("{path}/enable"), &[("restore_keys", "yes")]);
        assert!(!server.is_active(&site.resource_server, &token), "what was dead stays dead");
        assert!(server.is_active(&site.resource_server, &server.mint(&key)));
        assert_eq!(ada.status(&format!("{path}/enable")), 409);

        let own = ada.send(&format!("{path}/delete"), &[]);
        assert_eq!(own.header("location"), Some(format!("/spaces/{}/users?done=user-deleted", site.space).as_str()));
        assert_eq!((ada.status(&path), server.token(&key).status), (404, 401));
    }

    #[test]
    fn editing_switches_the_keys_of_a_user_off(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let jo = site.user("jo");
        let key = key_of(&site, jo, "Laptop", None);
        let token = server.mint(&key);
        let path = format!("/users/{jo}");
        let form = ada.page(&format!("{path}/edit"));
        assert!(form.contains("name=\"api_keys_enabled\" value=\"yes\" checked"), "{form}");
        let fields = [("login", "jo"), ("full_name", "Jo Roe"), ("emails", ""), ("account_type", "standard")];
        ada.carry_out(&format!("{path}/edit"), &fields);
        assert!(!server.is_active(&site.resource_server, &token));
        let page = ada.page(&path);
        assert!(page.contains("Jo Roe") && page.contains("API keys of this user are switched off"));
        let wrong = ada.send(&format!("{path}/edit"), &[("login", "jo"), ("full_name", ""), ("api_keys_enabled", "yes")]);
        assert_eq!(wrong.status, 422);
        assert!(wrong.body.contains("name=\"api_keys_enabled\" value=\"yes\" checked"), "what was ticked stays");
    }

    #[test]
    fn who_manages_no_users_is_refused_and_sees_only_himself(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let ada = Person::admin(&site, &server);
        let mut bob = Person::with_roles(&site, &server, "bob", &["auditor"]);
        let (space, other) = (site.space, ada.id);
        for path in [
            format!("/spaces/{space}/users"),
            format!("/spaces/{space}/users/new"),
            format!("/spaces/{space}/guests/new"),
            format!("/users/{other}"),
            format!("/users/{other}/edit"),
            format!("/users/{other}/disable"),
            format!("/users/{other}/delete"),
            format!("/users/{other}/invite"),
            format!("/users/{other}/setup-link"),
            format!("/users/{other}/workspaces"),
            format!("/users/{other}/sessions/end"),
            format!("/users/{other}/roles/new"),
            format!("/users/{other}/spaces/{space}/roles/space_admin/take"),
        ] {
            assert_eq!(bob.status(&path), 403, "{path}");
        }
        let form = bob.page("/account/keys/new");
        let csrf = browser::field(form.split("<main").nth(1).expect("a main part"), "csrf").expect("a token");
        for form in ["edit", "disable", "delete", "setup-link", "sessions/end", "roles/new"] {
            let answer = bob.browser.post(&format!("/users/{other}/{form}"), &csrf, &[("login", "x"), ("full_name", "X")]);
            assert!(matches!(answer.status, 400 | 403 | 422), "{form}: {answer:?}");
        }
        let without = bob.browser.post(&format!("/users/{}/edit", bob.id), "", &[("login", "bob"), ("full_name", "Boss")]);
        assert_eq!(without.status, 403);
        assert_eq!(site.audited("user.disable").len() + site.audited("user.edit").len() + site.audited("user.delete").len(), 0);

        let own = bob.page(&format!("/users/{}", bob.id));
        assert!(own.contains("auditor") && !own.contains("/disable") && !own.contains("/edit"), "{own}");
        // What lies in a space that one does not belong to is not there.
        let theirs = foreign_user(&site, another_space(&site, "Theirs"), "theo");
        assert_eq!((bob.status(&format!("/users/{theirs}")), bob.status("/users/usr_x")), (404, 404));
    }

    #[test]
    fn nobody_disables_or_deletes_himself(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let path = format!("/users/{}", ada.id);
        assert!(!ada.page(&path).contains("/disable"));
        assert_eq!((ada.status(&format!("{path}/disable")), ada.status(&format!("{path}/delete"))), (403, 403));
        give(&site, site.user("jo"), "viewer", &[site.workspaces[0].0]);
        let jo = ada.page(&format!("/spaces/{}/users?q=jo", site.space));
        let jo = jo.split("href=\"/users/").nth(1).and_then(|rest| rest.split('"').next()).expect("a user").to_owned();
        let refused = ada.send(&format!("/users/{jo}/delete"), &[]);
        assert_eq!(refused.status, 409, "{}", refused.body);
        assert!(refused.body.contains("Take them first") && refused.body.contains("The user still holds roles; take them first"));
    }
}
