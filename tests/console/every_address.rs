//! What holds for every address of the console, whatever stands there.

use keystead::http::pages::console::{Address, addresses};

use crate::{
    on_both,
    person::Person,
    support::{
        browser::Browser,
        http::Response,
        site::{TestSite, name},
    },
};

/// The address with something that is there in the place of each name.
fn path_of(site: &TestSite, person: &Person, address: Address) -> String {
    let key = site.key("viewer", &[0]);
    let values = [
        ("{space}", site.space.to_string()),
        ("{workspace}", site.workspaces[0].0.to_string()),
        ("{user}", person.id.to_string()),
        ("{key}", key.client_id.clone()),
        ("{pair}", key.public_id.to_string()),
        ("{role_name}", "viewer".to_owned()),
        ("{session}", format!("ses_{:032x}", 1)),
        ("{role}", format!("rol_{:032x}", 8)),
        ("{application}", format!("app_{:032x}", 1)),
        ("{signing_key}", format!("sig_{:032x}", 1)),
        ("{audit_event}", format!("aud_{:032x}", 1)),
    ];
    let path = values.iter().fold(address.path.to_owned(), |path, (name, value)| path.replace(name, value));
    assert!(!path.contains('{'), "{path}: this test knows no value for it");
    path
}

fn is_page(answer: &Response, path: &str) {
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
    assert_eq!(answer.body.matches("<h1").count(), 1, "{path}: {}", answer.body);
    assert!(!answer.body.contains(" style=") && !answer.body.contains(" onclick"), "{path}");
}

on_both! {
    // Covers: B1, B2, B6, B7
    #[test]
    fn nothing_is_shown_or_done_for_strangers_or_without_the_token_of_the_form(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::with_roles(&site, &server, "ada", &["space_admin", "auditor", "site_admin"]);
        let mut jo = Person::with_roles(&site, &server, "jo", &[]);
        let all = addresses();
        assert!(all.len() > 80, "{}", all.len());
        for address in all {
            let path = path_of(&site, &jo, address);
            let stranger = Browser::new(&server).get(&path);
            assert_eq!(stranger.status, 303, "{path}");
            assert!(stranger.header("location").is_some_and(|to| to.starts_with("/login")), "{path}");
            for person in [&mut ada, &mut jo] {
                let shown = person.browser.get(&path);
                assert!([200, 303, 403, 404, 409, 422].contains(&shown.status), "{path}: {} {}", shown.status, shown.body);
                if shown.status != 303 {
                    is_page(&shown, &path);
                }
                let forged = person.browser.post(&path, "forged", &[]);
                assert_eq!(forged.status, if address.has_form { 403 } else { 405 }, "{path}: {}", forged.body);
            }
        }
        assert_eq!(site.audited("user.disable").len() + site.audited("space.close").len(), 0);
        assert_eq!(server.token(&site.key("viewer", &[0])).status, 200);
    }

    // Covers: B14
    #[test]
    fn names_are_texts_wherever_they_stand(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let hostile = "<img src=x onerror=alert(1)>\"'&";
        let mut ada = Person::with_roles(&site, &server, "ada", &["space_admin", "auditor", "site_admin"]);
        let key = site.key_with(|input| {
            input.name = name(hostile);
            input.roles = vec![site.role("viewer", &[0])];
        });
        ada.carry_out(&format!("/workspaces/{}/rename", site.workspaces[0].0), &[("name", hostile)]);
        ada.carry_out(&format!("/users/{}/edit", ada.id), &[("login", "ada"), ("full_name", hostile)]);
        let space = format!("/spaces/{}", site.space);
        let pages = ["/keys", "/users", "/workspaces", "/audit", "/settings", "/keys/new", "/keys/calendar"].map(|page| format!("{space}{page}"));
        let of_key = ["", "/edit", "/roles", "/rotate", "/disable"].map(|page| format!("/keys/{}{page}", key.client_id));
        let seen = pages.iter().chain(&of_key).filter(|path| {
            let page = ada.page(path);
            assert!(!page.contains("<img src=x"), "{path}: {page}");
            page.contains("&lt;img src=x") || page.contains("&#60;img src=x")
        });
        assert!(seen.count() > 8, "the name is really there");
    }
}
